"""The TCP side of the gateway: bounded connections, deadlines, who may send what, and the answers.

Every packet carries MN and PW and is judged by them, so several devices may share a connection and a wrong one does not disturb the others.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from hmac import compare_digest
from typing import Any

from django.db import close_old_connections

from qiangqu.base.errors import QiangquError
from qiangqu.lake import telemetry as lake

from ..hj212.assembly import Assembler
from ..hj212.codes import INTERVALS, Command, Refusal
from ..hj212.packet import Packet, answer
from ..hj212.region import Reader, Region, milliseconds
from ..hj212.stream import PATIENCE, WORTH, Decoder
from . import intake
from .commanding import Commander
from .directory import Directory, Known
from .intake import Frame, Stranger
from .peers import Guesses, Peers, address_of

log = logging.getLogger(__name__)
_ANSWERS = frozenset(c.encode() for c in (Command.REQUEST_ANSWER, Command.RESULT, Command.NOTICE_ANSWER))
REFUSED, WRONG_COMMAND = (
    b"QnRtn=2",
    b"QnRtn=8",
)  # HJ 212-2017, table of what 9011 says: the request is refused; the CN is wrong
LONGEST_AT_DEVICE = 10.0  # seconds; a device that many guess at is to get through itself
_NOTICES = frozenset(c.encode() for c in (Command.ASK_TIME, Command.HEARTBEAT))


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the gateway; times in seconds."""

    connections: int = 5000
    per_address: int = 1000  # connections of one address (this machine's own: no bound but the above)
    login: float = 30.0  # until the first packet of a registered device
    frame: float = 20.0  # for one packet to arrive whole
    idle: float = 3600.0
    wrong_passwords: int = 5  # on a connection, and of a device at an address before it has to wait
    guesses_of_address: int = 20  # wrong passwords of whatever devices before an address has to wait
    guesses_at_device: int = 100  # from whatever addresses before those where the device did not sign in have to wait
    wary: int = 4096  # bytes of work in vain on a connection of an address that gave trouble
    gather: float = 0.1  # between commits, so that they hold many frames
    pending_points: int = 400_000
    pending_frames: int = 40_000
    unsent: int = 1 << 20  # bytes of answers that a device does not fetch
    strangers: int = 1000  # unknown MN between two flushes
    flush: float = 5.0


class Connection(asyncio.Protocol):
    """One connection."""

    def __init__(self, gateway: "Gateway") -> None:
        self.gateway = gateway
        self.decoder = Decoder(gateway.directory.key_of)
        self.assembler = Assembler()
        self.devices: set[bytes] = set()
        self.transport: asyncio.Transport | None = None
        self.peer = self.address = ""
        self.counted = False  # among the open connections of its address
        self.opened = self.heard = time.monotonic()
        self.unfinished_since = 0.0
        self.wrong_passwords = 0
        self.out: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        peer = transport.get_extra_info("peername")
        self.peer = f"{peer[0]}:{peer[1]}" if peer else ""
        self.address = address_of(peer[0]) if peer else ""
        self.gateway.opened(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.gateway.closed(self)

    def data_received(self, data: bytes) -> None:
        self.heard = time.monotonic()
        packets = self.decoder.feed(data)
        if packets or not self.decoder.waiting:
            self.unfinished_since = self.heard if self.decoder.waiting else 0.0
        elif not self.unfinished_since:
            self.unfinished_since = self.heard
        for packet in packets:
            self.gateway.take(self, packet)
        if self.decoder.rejected:
            rejected, self.decoder.rejected = self.decoder.rejected, []
            for packet in rejected:
                self.gateway.reject(self, packet)
        if self.decoder.refused:
            self.gateway.blame(self, self.decoder.refused)
        if self.assembler.refused:
            self.gateway.blame(self, self.assembler.refused)
        if self.decoder.exhausted:
            self.give_up("garbage")

    def send(self, raw: bytes) -> None:
        """Send, or give up on a peer that does not fetch what it is sent."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > self.gateway.limits.unsent:
            self.gateway.counters["closed_not_reading"] += 1
            transport.abort()
            return
        transport.write(raw)

    def give_up(self, why: str) -> None:
        """Close it, and remember where it came from."""
        if self.transport is not None and not self.transport.is_closing():
            self.gateway.peers.given_up(self.address, time.monotonic())
            self.close(why)

    def close(self, why: str) -> None:
        self.gateway.counters[f"closed_{why}"] += 1
        if self.transport is not None:
            self.transport.abort()


class Gateway:
    """An HJ 212 server over one directory of devices and one committing thread."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.directory = Directory()
        self.reader = Reader()
        self.connections: set[Connection] = set()
        self.by_device: dict[bytes, Connection] = {}
        self.counters: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.quirks: Counter[str] = Counter()
        self.strangers: dict[str, Stranger] = {}
        self.peers = Peers(self.limits.per_address)
        self.guesses = Guesses(self.limits.wrong_passwords)
        self.guesses_of_address = Guesses(self.limits.guesses_of_address)
        self.guesses_at_device = Guesses(self.limits.guesses_at_device, LONGEST_AT_DEVICE)
        self.commander = Commander(self)
        self.commit_seconds = 0.0
        self.waits: deque[float] = deque(
            maxlen=20_000
        )  # of MQTT, seconds from a message's arrival to its acknowledgement
        self._pending: list[Frame] = []
        self._pending_points = 0
        self._paused: set[Connection] = set()
        self._thread = ThreadPoolExecutor(1, "gateway-database")
        self._wake = asyncio.Event()
        self._stopping = False
        self._flushing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._server: asyncio.Server | None = None

    # --- life

    async def start(self, host: str, port: int, *, share: bool = False) -> int:
        """Listen; gives the port. ``share``: several processes listen on the same port."""
        await self.database(lake.start)
        await self.database(self.directory.reload)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self), host, port, backlog=1024, reuse_port=share or None
        )
        self._tasks = [asyncio.create_task(work) for work in (self._commit_loop(), self._watch(), self._housekeeping())]
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and reading, commit and answer what has been read, flush, close."""
        if self._server is not None:
            self._server.close()
        for connection in self.connections:
            if connection.transport is not None:
                connection.transport.pause_reading()
        self._stopping = True
        self._wake.set()
        await self._tasks[0]
        for task in self._tasks[1:]:
            task.cancel()
        await asyncio.gather(*self._tasks[1:], return_exceptions=True)
        await self._flush()
        for connection in list(self.connections):
            if connection.transport is not None:
                connection.transport.close()
        await asyncio.sleep(0.05)
        self._thread.shutdown()

    async def failed(self) -> None:
        """Waits until one of the gateway's own tasks ends, which it should not; raises what ended it."""
        done, _rest = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def database(self, work: Any, *args: Any) -> Any:
        """Run ``work`` in the one thread that touches the database."""

        def run() -> Any:
            close_old_connections()
            return work(*args)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    # --- connections

    def opened(self, connection: Connection) -> None:
        self.counters["connections"] += 1
        if len(self.connections) >= self.limits.connections or self._stopping:
            connection.close("full")
            return
        welcome = self.peers.opened(connection.address, time.monotonic())
        if welcome not in ("", "wary"):
            connection.close(welcome)
            return
        if welcome == "wary":
            connection.decoder.patience = self.limits.wary
        connection.counted = True
        self.connections.add(connection)

    def closed(self, connection: Connection) -> None:
        self.connections.discard(connection)
        if connection.counted:
            connection.counted = False
            self.peers.closed(connection.address, time.monotonic())
        self._paused.discard(connection)
        for mn in connection.devices:
            if self.by_device.get(mn) is connection:
                del self.by_device[mn]

    def blame(self, connection: Connection, refused: Counter[Refusal]) -> None:
        """Count what could not be read; where only one device speaks on a connection it is laid at its door."""
        for why, count in refused.items():
            self.refused[why] += count
        if len(connection.devices) == 1:
            device = self.directory.get(next(iter(connection.devices)))
            if device is not None:
                device.tally.refused.update({str(why): count for why, count in refused.items()})
        refused.clear()

    async def _watch(self) -> None:
        """Close connections that are too slow."""
        limits = self.limits
        while True:
            await asyncio.sleep(min(1.0, limits.frame / 4, limits.login / 4))
            now = time.monotonic()
            for connection in list(self.connections):
                if connection in self._paused:
                    continue
                if not connection.devices and now - connection.opened > limits.login:
                    connection.close("no_login")
                elif connection.unfinished_since and now - connection.unfinished_since > limits.frame:
                    connection.close("slow_frame")
                elif now - connection.heard > limits.idle:
                    connection.close("idle")
            await self.commander.tick()

    async def _housekeeping(self) -> None:
        while True:
            await asyncio.sleep(self.limits.flush)
            try:
                await self._flush()
                await self.database(self.directory.reload)
            except Exception:  # a locked database now is no reason to stop taking data in
                self.counters["housekeeping_failed"] += 1
                log.exception("设备状况未能写入数据库，稍后重试")

    async def _flush(self) -> None:
        # what was taken is written also when the gateway is told to stop meanwhile
        await asyncio.shield(self._write_tallies())

    async def _write_tallies(self) -> None:
        """Write what happened since the last time; what could not be written is counted on."""
        async with self._flushing:
            taken = [(known, tally) for known in self.directory.devices.values() if (tally := known.take_tally())]
            strangers, self.strangers = self.strangers, {}
            if not taken and not strangers:
                return
            try:
                await self.database(intake.flush_tallies, [(known.pk, tally) for known, tally in taken], strangers)
            except Exception:
                for known, tally in taken:
                    known.give_back(tally)
                for name, stranger in strangers.items():
                    since = self.strangers.get(name)
                    if since is not None:
                        stranger.add(since)
                    self.strangers[name] = stranger
                raise

    # --- packets

    def take(self, connection: Connection, packet: Packet) -> None:
        """Judge a packet and send it where it belongs."""
        self.counters["packets"] += 1
        device = self._sender(connection, packet)
        if device is None:
            return
        tally = device.tally
        tally.frames += 1
        tally.seen = now = time.time()
        if packet.quirks:
            self.quirks.update(packet.quirks)
            tally.quirks.update(packet.quirks)
        if packet.split:
            whole = connection.assembler.add(packet)
            if whole is None:
                return
            packet, parts = whole
        else:
            parts = [packet]
        if packet.cn in INTERVALS:
            self._data(connection, device, packet, parts, now)
        elif packet.cn in _ANSWERS:
            self.commander.answered(packet)
        else:
            self.commander.told(packet)
            if packet.cn == b"1013":
                self.commander.set_time(device)
            if packet.cn in _NOTICES and packet.cn == b"9015":
                self._answer(Frame(device, packet, parts, connection))
            else:
                self._enqueue(Frame(device, packet, parts, connection, keep_text="message"))

    def reject(self, connection: Connection, packet: Packet) -> None:
        """Tell a device that its packet cannot be taken, with the standard's answer to what is not (9011), so that it does not send it for ever."""
        if self._sender(connection, packet) is not None and packet.wants_answer:
            self.counters["answers_refusing"] += 1
            connection.send(answer(b"9011", packet, WRONG_COMMAND if packet.refused == Refusal.NO_COMMAND else REFUSED))

    def _sender(self, connection: Connection, packet: Packet) -> Known | None:
        """The device that a packet comes from, signed in by its password; None when it is none that may send."""
        device = self.directory.devices.get(packet.mn)
        if device is None or device.protocol != "hj212":  # one that is registered for another protocol is none of this
            self._stranger(connection, packet)
            return None
        signed_in = packet.mn in connection.devices
        now = time.monotonic()
        at_address = (packet.mn, connection.address)
        why = ""
        if not device.password:
            why = "no_password"  # registered without one: nobody is let in for saying nothing
        elif not signed_in and self._waits(device, connection.address, now):
            why = "password_waits"
        elif not compare_digest(packet.pw, device.password):
            why = "wrong_password"
            self.guesses.wrong(at_address, now)
            self.guesses_of_address.wrong(connection.address, now)
            self.guesses_at_device.wrong(packet.mn, now)
            connection.wrong_passwords += 1
        if why:
            self.refused[why] += 1
            device.tally.refused[why] += 1
            self._unwanted(connection, packet)
            if connection.wrong_passwords >= self.limits.wrong_passwords:
                connection.give_up("wrong_password")
            return None
        if not device.enabled:
            self.refused["disabled"] += 1
            return None
        if not signed_in:
            connection.devices.add(packet.mn)
            device.address = connection.address
            connection.decoder.patience = PATIENCE
            self.peers.signed_in(connection.address, now)
            self.guesses.right(at_address)
        self.by_device[packet.mn] = connection
        return device

    def _waits(self, device: Known, address: str, now: float) -> bool:
        """Whether a password that is said for a device at an address must not be judged yet."""
        if self.guesses.waits((device.mn, address), now):
            return True
        if device.address == address:  # it signed in from there: what others do does not hold it up
            return False
        return self.guesses_of_address.waits(address, now) or self.guesses_at_device.waits(device.mn, now)

    def _unwanted(self, connection: Connection, packet: Packet) -> None:
        """A good frame of nobody who may send pays for nothing; where nobody is signed in it is itself work in vain."""
        connection.decoder.charge((WORTH if connection.devices else WORTH + 1) * len(packet.raw))

    def _stranger(self, connection: Connection, packet: Packet) -> None:
        self.refused["unknown_mn"] += 1
        self._unwanted(connection, packet)
        mn = packet.mn.decode("ascii", "replace")
        password = packet.pw.decode("ascii", "replace").replace("\0", "")
        known = self.strangers.get(mn)
        if known is not None:
            known.frames += 1
            known.say(password, connection.peer)
        elif len(self.strangers) < self.limits.strangers:
            sample = f"ST={packet.st.decode('ascii', 'replace')};CN={packet.cn.decode()};CP=&&{packet.text}&&"
            self.strangers[mn] = Stranger(
                1,
                connection.peer,
                password,
                packet.st.decode("ascii", "replace").replace("\0", ""),
                sample.replace("\0", "")[:1000],
            )

    def _data(self, connection: Connection, device: Known, packet: Packet, parts: list[Packet], now: float) -> None:
        default = milliseconds(packet.qn[:14]) if packet.cn == b"2011" else None
        region = self.reader.read(packet.region, default_time=default)
        frame = Frame(device, packet, parts, connection, INTERVALS[packet.cn], region)
        tally = device.tally
        if region.quirks:
            self.quirks.update(region.quirks)
            tally.quirks.update(region.quirks)
        if region.refused:
            self.refused.update(region.refused)
            tally.refused.update({str(why): count for why, count in region.refused.items()})
            frame.keep_text = "，".join(region.refused)
        elif not region.values or region.extras:
            frame.keep_text = "message"
        if packet.cn == b"2011":
            tally.skew = intake.skew(packet.qn, now)
        self._enqueue(frame)

    def store(
        self,
        device: Known,
        region: Region,
        interval: str,
        key: str,
        done: Callable[[bool], None],
        message: tuple[str, bytes] = ("", b""),
        *,
        beside: str = "",
        alive: bool = True,
    ) -> None:
        """Take in what a device of another protocol said, with its name on the line and its bytes; ``done`` hears whether it is on disk. Called in the
        gateway's loop. ``beside``: a second batch id under which it may come again. ``alive``: False for what is only delivered again."""
        self.counters["packets"] += 1
        tally = device.tally
        tally.frames += 1
        if alive:
            tally.seen = time.time()
        if region.refused:
            self.refused.update(region.refused)
            tally.refused.update({str(why): count for why, count in region.refused.items()})
        about, body = message
        frame = Frame(device, interval=interval, region=region, key=key, done=done, about=about[:400], body=body)
        frame.beside = beside
        self._enqueue(frame)

    async def stored(
        self, device: Known, region: Region, interval: str, key: str, message: tuple[str, bytes] = ("", b"")
    ) -> bool:
        """As :meth:`store`; waits and says whether it is on disk."""
        waiting: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def done(stored: bool) -> None:
            if not waiting.done():
                waiting.set_result(stored)

        self.store(device, region, interval, key, done, message)
        return await waiting

    def refuse(self, device: Known | None, why: str, item: str = "") -> None:
        """Count a message that could not be read, or one ``item`` of it, at its device's door when that is known."""
        self.refused[why] += 1
        if device is not None:
            device.tally.note(why, item)

    def notice(self, device: Known | None, what: str, item: str = "") -> None:
        """As :meth:`refuse`, of what is noted but nothing that was refused."""
        self.quirks[what] += 1
        if device is not None:
            device.tally.note(what, item, refused=False)

    def note_stranger(self, name: str, protocol: str, peer: str, sample: str) -> None:
        """A message of a device that is in no register goes to the quarantine list."""
        self.refused["unknown_mn"] += 1
        known = self.strangers.get(name)
        if known is not None:
            known.frames += 1
        elif len(self.strangers) < self.limits.strangers:
            self.strangers[name] = Stranger(1, peer[:64], "", "", sample.replace("\0", "")[:1000], protocol)

    def _enqueue(self, frame: Frame) -> None:
        self._pending.append(frame)
        if frame.region is not None:
            self._pending_points += len(frame.region.values)
        if len(self._pending) == 1:
            self._wake.set()
        if self._pending_points > self.limits.pending_points or len(self._pending) > self.limits.pending_frames:
            connection = frame.connection  # other protocols hold themselves back: they wait for ``done``
            if connection is not None and connection.transport is not None and connection not in self._paused:
                connection.transport.pause_reading()
                self._paused.add(connection)
                self.counters["paused"] += 1

    # --- commits

    async def _commit_loop(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._pending:
                if not self._stopping and self._pending_points < self.limits.pending_points // 4:
                    await asyncio.sleep(self.limits.gather)
                frames, self._pending, self._pending_points = self._pending, [], 0
                await self._commit(frames)
                self._resume()
            if self._stopping:
                return

    def _resume(self) -> None:
        paused, self._paused = self._paused, set()
        for connection in paused:
            if connection.transport is not None and not connection.transport.is_closing() and not self._stopping:
                connection.heard = time.monotonic()
                if connection.unfinished_since:  # it could not go on while it was not read
                    connection.unfinished_since = connection.heard
                connection.transport.resume_reading()

    async def _commit(self, frames: list[Frame]) -> None:
        began = time.monotonic()
        try:
            results = await self.database(partial(intake.commit, self.directory, frames))
        except Exception as error:
            # nothing is answered: the devices send it again
            self.counters["commits_failed"] += 1
            self.counters["frames_not_stored"] += len(frames)
            log.error("遥测数据未能写入，设备将重发：%s", error, exc_info=not isinstance(error, QiangquError))
            for frame in frames:
                if frame.done is not None:
                    frame.done(False)
            await asyncio.sleep(1.0)
            return
        self.commit_seconds = time.monotonic() - began
        counters = self.counters
        counters["commits"] += 1
        counters["frames"] += len(frames)
        for frame, result in zip(frames, results, strict=True):
            tally = frame.device.tally
            if result.repeat:
                counters["repeats"] += 1
                tally.repeats += 1
            else:
                counters["points"] += result.rows
                tally.points += result.rows
                for why, count in (*result.refused.items(), *frame.refused.items()):
                    self.refused[why] += count
                    tally.refused[why] += count
            if frame.done is not None:
                frame.done(True)
            else:
                region = frame.region
                lost = region is not None and (
                    region.unreadable or bool(region.values and not result.repeat and not result.rows)
                )
                self._answer(frame, taken=not lost)
        for frame in frames:
            connection = frame.connection
            if connection is not None and connection.out:
                raw, connection.out = b"".join(connection.out), []
                connection.send(raw)

    def _answer(self, frame: Frame, *, taken: bool = True) -> None:
        """Answer each packet of a stored message that wants it: 9013 to a notice, 9014 to data, 9011 to data of which nothing could be kept."""
        assert frame.packet is not None
        cn = b"9013" if frame.packet.cn in _NOTICES else b"9014" if taken else b"9011"
        for packet in frame.parts:
            if packet.wants_answer:
                self.counters["answers" if taken else "answers_refusing"] += 1
                frame.connection.out.append(answer(cn, packet, b"" if taken else REFUSED))
        if frame.packet.cn == b"9015" and frame.connection.out:
            raw, frame.connection.out = b"".join(frame.connection.out), []
            frame.connection.send(raw)
