"""GB/T 26875.3 over TCP: packets to states, who sent them, and the answers; one listening protocol of the gateway.

A device is known by its address alone (:meth:`~..gateway.core.Gateway.addressed`); several may share a connection. What
it sends is confirmed when it is on disk and denied when nothing of it could be read. A heartbeat is confirmed at once.
"""

import time

from ..gateway.connection import Connection
from ..gateway.core import Gateway
from ..gateway.directory import Known
from ..gateway.intake import Frame, Outcome
from .codes import Command, Kind, Quirk, Refusal
from .factors import FIRE, add_factors
from .packet import Packet, address_of, build, milliseconds, time_of
from .requests import Requests
from .stream import Decoder
from .units import read

ASTRAY = 60_000  # ms that a device's clock may be off before it is set
SET_EVERY = 3600.0  # seconds between settings of one device's clock
NOBODY = bytes(6)


class Listener:
    """GB/T 26875.3 in one gateway."""

    code, title, port = "fire", "GB/T 26875", 21268

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.requests = Requests(gateway)
        self.set_at: dict[bytes, float] = {}

    def session(self, connection: Connection) -> "Session":
        return Session(self, connection)

    async def start(self) -> None:
        await self.gateway.database(add_factors)
        await self.gateway.database(self.gateway.directory.reload)
        # a reset ends the fires of parts that spoke before the gateway was started
        await self.gateway.database(self.gateway.directory.read_points, self.code)

    async def tick(self) -> None:
        await self.requests.tick()

    def set_clock(self, device: Known) -> None:
        """Set a clock that is off, once an hour at the most."""
        now = time.monotonic()
        if now - self.set_at.get(device.mn, -SET_EVERY) >= SET_EVERY:
            self.set_at[device.mn] = now  # as many as there are registered devices
            self.requests.send(device, Kind.SET_TIME)


class Session:
    """GB/T 26875.3 on one connection."""

    def __init__(self, listener: Listener, connection: Connection) -> None:
        self.listener, self.gateway, self.connection = listener, listener.gateway, connection
        self.stream = Decoder()
        self.number = 0
        self.centres: dict[bytes, tuple[bytes, bytes]] = {}  # what devices call us, and their version

    def feed(self, data: bytes) -> bool:
        packets = self.stream.feed(data)
        now = time.time()
        for packet in packets:
            self._take(packet, now)
        if self.stream.rejected:
            rejected, self.stream.rejected = self.stream.rejected, []
            for packet in rejected:  # who they are from is known only where their source has spoken before
                if packet.name in self.connection.devices and packet.command in (Command.SEND, Command.ANSWER):
                    self._answer(packet, Command.DENY)
            self.connection.flush()
        if self.stream.refused:
            self.gateway.blame(self.connection, self.stream.refused)
        return bool(packets)

    def _take(self, packet: Packet, now: float) -> None:
        gateway = self.gateway
        gateway.counters["packets"] += 1
        name = packet.name
        device = gateway.addressed(
            self.connection, name, len(packet.raw), lambda: ("", f"{packet.command} {packet.unit.hex()}")
        )
        if device is None:
            return
        tally = device.tally
        tally.frames += 1
        tally.seen = now
        self.centres[name] = packet.target, packet.version
        if packet.version[0] != 1:
            gateway.notice(device, Quirk.OTHER_VERSION)
        sent = milliseconds(packet.sent)
        if sent is not None:
            tally.skew = int(now * 1000) - sent
            if abs(tally.skew) > ASTRAY:
                self.listener.set_clock(device)
        match packet.command:
            case Command.SEND if not packet.unit:  # the heartbeat
                self._answer(packet, Command.CONFIRM)
                self.connection.flush()
            case Command.SEND | Command.ANSWER:
                self._told(device, packet, now)
            case Command.CONFIRM | Command.DENY:
                self._answered(device, packet, "")
            case _:
                gateway.refuse(device, Refusal.NO_COMMAND, str(packet.command))
                self.stream.unwanted(len(packet.raw), signed_in=True)
                self._answer(packet, Command.DENY)
                self.connection.flush()

    def _answered(self, device: Known, packet: Packet, said: str) -> None:
        if not self.listener.requests.answered(device, packet, said):
            self.gateway.counters["answers_unmatched"] += 1

    def _told(self, device: Known, packet: Packet, now: float) -> None:
        clock = int(now * 1000)

        def parts_of(place: str) -> list[str]:
            found = [series for _interval, series in list(device.points)]
            return sorted(
                {where for code, where in found if code == FIRE and where != place and where.startswith(place)}
            )

        said = read(packet.unit, packet.sent, clock, parts_of)
        readings = said.readings
        key = b"%b|%d|%b|%b" % (device.mn, packet.number, packet.sent, packet.unit)
        if Quirk.NO_TIME in said.quirks:  # numbers begin anew with a device: its next fire is no repeat of this one
            key += b"|%d" % (clock // 60_000)
        about = f"26875 {said.kind}"
        frame = Frame(device, key, self, said.interval, readings, packet.raw, about, (packet, said), told=True)
        frame.connection = self.connection
        if not said.words:
            self.gateway.refuse(device, Refusal.BAD_UNIT)
            frame.keep_text = str(Refusal.BAD_UNIT)
        elif readings is None or said.kind != Kind.ANALOGUE:
            frame.keep_text = "message"
        if readings is None:
            for quirk in said.quirks:
                self.gateway.notice(device, quirk)
        if said.guard:
            self.listener.requests.guard_answered(device, said.text)
        if packet.command == Command.ANSWER:
            self._answered(device, packet, said.text)
        self.gateway.take(frame)

    # --- answers

    def settled(self, frame: Frame, outcome: Outcome) -> None:
        """Confirm what is on disk, deny what says nothing. What is not on disk has no answer: the device sends it
        again."""
        packet, said = frame.token
        if packet.command == Command.SEND and outcome is not Outcome.FAILED:
            good = outcome is Outcome.STORED and bool(said.words)
            self._answer(packet, Command.CONFIRM if good else Command.DENY)

    def described(self, frame: Frame) -> tuple[str, str, str]:
        packet, said = frame.token
        return str(said.kind), str(packet.number), said.text or packet.unit.hex(" ")

    def _answer(self, packet: Packet, command: Command) -> None:
        self.gateway.counters["answers_refusing" if command == Command.DENY else "answers"] += 1
        self.connection.out.append(
            build(
                command,
                b"",
                number=packet.number,
                source=packet.target,
                target=packet.source,
                sent=time_of(time.time()),
                version=packet.version,
            )
        )

    def ask(self, name: bytes, command: Command, unit: bytes) -> tuple[int, bytes]:
        """Send a command to a device that has spoken here; gives its number and its bytes."""
        centre, version = self.centres.get(name, (NOBODY, b"\1\0"))
        number = self.number
        self.number = number + 1 & 0xFFFF
        raw = build(
            command,
            unit,
            number=number,
            source=centre,
            target=address_of(name),
            sent=time_of(time.time()),
            version=version,
        )
        self.connection.send(raw)
        return number, raw
