"""HJ 212 over TCP: frames to messages, who sent them, and the answers; one listening protocol of the gateway.

Every packet carries MN and PW and is judged by them, so several devices may share a connection and a wrong
one does not disturb the others. A batch id is (MN, QN, CN, PNO) and a check of the region: devices whose
clock stands still give one QN to different data, and data that was acknowledged must not be taken for a
repeat.
"""

import time
from zlib import crc32

from ..gateway.connection import Connection
from ..gateway.core import Gateway
from ..gateway.directory import Known
from ..gateway.intake import Frame, Outcome
from .assembly import Assembler
from .codes import INTERVALS, Command, Refusal
from .packet import Packet, answer
from .region import Reader, milliseconds
from .requests import Requests
from .stream import Decoder

_ANSWERS = frozenset(c.encode() for c in (Command.REQUEST_ANSWER, Command.RESULT, Command.NOTICE_ANSWER))
_NOTICES = frozenset(c.encode() for c in (Command.ASK_TIME, Command.HEARTBEAT))
_HEARTBEAT, _ASK_TIME, _REALTIME = b"9015", b"1013", b"2011"
# HJ 212-2017, table of what 9011 says: the request is refused; the CN is wrong
REFUSED, WRONG_COMMAND = b"QnRtn=2", b"QnRtn=8"


class Listener:
    """HJ 212 in one gateway."""

    code, title, port = "hj212", "HJ 212", 21200

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.reader = Reader()
        self.requests = Requests(gateway)

    def session(self, connection: Connection) -> "Session":
        return Session(self, connection)

    async def start(self) -> None:
        """Nothing to be done: the dictionary of factors is loaded by people."""

    async def tick(self) -> None:
        await self.requests.tick()


class Session:
    """HJ 212 on one connection."""

    def __init__(self, listener: Listener, connection: Connection) -> None:
        self.listener, self.gateway, self.connection = listener, listener.gateway, connection
        self.stream = Decoder(self.gateway.directory.key_of)
        self.assembler = Assembler()

    def feed(self, data: bytes) -> bool:
        packets = self.stream.feed(data)
        now = time.time()
        for packet in packets:
            self._take(packet, now)
        if self.stream.rejected:
            rejected, self.stream.rejected = self.stream.rejected, []
            for packet in rejected:
                self._reject(packet)
        if self.stream.refused:
            self.gateway.blame(self.connection, self.stream.refused)
        if self.assembler.refused:
            self.gateway.blame(self.connection, self.assembler.refused)
        return bool(packets)

    # --- packets

    def _sender(self, packet: Packet) -> Known | None:
        def describe() -> tuple[str, str]:
            system = packet.st.decode("ascii", "replace")
            return system, f"ST={system};CN={packet.cn.decode()};CP=&&{packet.text}&&"

        return self.gateway.sender(self.connection, packet.mn, packet.pw, len(packet.raw), describe)

    def _take(self, packet: Packet, now: float) -> None:
        """Judge a packet and send it where it belongs."""
        gateway = self.gateway
        gateway.counters["packets"] += 1
        device = self._sender(packet)
        if device is None:
            return
        tally = device.tally
        tally.frames += 1
        tally.seen = now
        if packet.quirks:
            gateway.quirks.update(packet.quirks)
            tally.quirks.update(packet.quirks)
        parts = [packet]
        if packet.split:
            whole = self.assembler.add(packet)
            if whole is None:
                return
            packet, parts = whole
        cn = packet.cn
        interval = INTERVALS.get(cn)
        if interval is not None:
            self._data(device, packet, parts, interval, now)
        elif cn in _ANSWERS:
            self.listener.requests.answered(packet)
        else:
            self.listener.requests.told(packet)
            if cn == _ASK_TIME:
                self.listener.requests.set_time(device)
            if cn == _HEARTBEAT:  # says nothing that could be stored
                self._answer(parts, b"9013")
                self.connection.flush()
            else:
                frame = self._frame(device, packet, parts)
                frame.keep_text = "message"
                gateway.take(frame)

    def _data(self, device: Known, packet: Packet, parts: list[Packet], interval: str, now: float) -> None:
        at = None
        if packet.cn == _REALTIME:
            qn = packet.qn
            at = milliseconds(qn[:14])
            # platform's time minus the device's
            device.tally.skew = None if at is None or len(qn) != 17 else int(now * 1000) - at - int(qn[14:])
        frame = self._frame(device, packet, parts)
        frame.interval = interval
        frame.readings = readings = self.listener.reader.read(packet.region, default_time=at)
        frame.body = packet.raw if len(parts) == 1 else b"\r\n".join([part.raw for part in parts])
        frame.told = True
        if readings.refused:
            frame.keep_text = "，".join(readings.refused)
        elif not readings.values or readings.extras:
            frame.keep_text = "message"
        self.gateway.take(frame)

    def _frame(self, device: Known, packet: Packet, parts: list[Packet]) -> Frame:
        key = b"%b|%b|%b|%d|%08x" % (packet.mn, packet.qn, packet.cn, packet.part, crc32(packet.region))
        return Frame(device, key, self, token=(packet, parts), connection=self.connection)

    def _reject(self, packet: Packet) -> None:
        """Tell a device that its packet cannot be taken, with the standard's answer to what is not (9011), so
        that it does not send it for ever.
        """
        if self._sender(packet) is not None and packet.wants_answer:
            self.gateway.counters["answers_refusing"] += 1
            why = WRONG_COMMAND if packet.refused == Refusal.NO_COMMAND else REFUSED
            self.connection.send(answer(b"9011", packet, why))

    # --- answers

    def settled(self, frame: Frame, outcome: Outcome) -> None:
        """Answer each packet of a stored message that wants it: 9013 to a notice, 9014 to data, 9011 to data
        of which nothing could be kept. What is not on disk has no answer: the device sends it again."""
        packet, parts = frame.token
        if outcome is Outcome.STORED:
            self._answer(parts, b"9013" if packet.cn in _NOTICES else b"9014")
        elif outcome is Outcome.REFUSED:
            self._answer(parts, b"9011", REFUSED)

    def described(self, frame: Frame) -> tuple[str, str, str]:
        packet, _parts = frame.token
        return packet.cn.decode(), packet.qn.decode("ascii", "replace"), packet.text

    def _answer(self, parts: list[Packet], cn: bytes, region: bytes = b"") -> None:
        for packet in parts:
            if packet.wants_answer:
                self.gateway.counters["answers_refusing" if region else "answers"] += 1
                self.connection.out.append(answer(cn, packet, region))
