"""JT/T 808 over TCP: messages to positions, who sent them, and the answers; one listening protocol of the gateway.

A terminal says its number in every message and its code once (0x0102); until then nothing is taken from it but that
and its registration (0x0100), which tells it the code when it says the terminal id that is registered for it. One
connection is one terminal's: what it says for another is refused. A terminal that signs in anew replaces its earlier
connection.

A position is one message of the gateway whether it came alone or in a batch; its batch id is what it says, so that
one which comes again from a blind zone is recognised. Answers to positions follow the commit.
"""

import json
import time
from collections.abc import Callable

from ..gateway.connection import Connection
from ..gateway.core import Gateway
from ..gateway.directory import Known
from ..gateway.intake import Frame, Outcome
from . import bodies, location
from .assembly import Assembler
from .codes import Down, Quirk, Refusal, Registered, Result, Up
from .factors import add_factors
from .frame import Message, build
from .requests import Requests
from .stream import Decoder

MOST_POSITIONS = 1000  # of one batch


class Listener:
    """JT/T 808 in one gateway."""

    code, title, port = "jt808", "JT/T 808", 21208

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.requests = Requests(gateway)

    def session(self, connection: Connection) -> "Session":
        return Session(self, connection)

    async def start(self) -> None:
        await self.gateway.database(add_factors)
        await self.gateway.database(self.gateway.directory.reload)

    async def tick(self) -> None:
        await self.requests.tick()
        now = time.monotonic()
        for device in self.gateway.speaking(self.code):
            session = self.gateway.by_device[device.mn].session
            if isinstance(session, Session):
                session.ask_for_missing(now)


class Group:
    """A message that waits for the commit of all that it says: which it is, what is still to come, whether anything
    of it was kept."""

    __slots__ = ("failed", "kept", "left", "messages")

    def __init__(self, messages: list[Message], left: int) -> None:
        self.messages, self.left = messages, left
        self.kept = self.failed = False


class Session:
    """JT/T 808 on one connection."""

    def __init__(self, listener: Listener, connection: Connection) -> None:
        self.listener, self.gateway, self.connection = listener, listener.gateway, connection
        self.stream = Decoder()
        self.assembler = Assembler()
        self.sequence = 0
        self.name = b""  # of the terminal that signed in
        self.number, self.version = b"", 0  # as it writes its own
        self._acts: dict[int, Callable[[Known, Message, list[Message]], None]] = {
            Up.POSITION: self._position,
            Up.POSITIONS: self._positions,
            Up.HEARTBEAT: self._heartbeat,
            Up.SIGN_OFF: self._sign_off,
            Up.ASK_TIME: self._tell_time,
            Up.ANSWER: self._answered,
            Up.PARAMETERS: self._answered,
            Up.ATTRIBUTES: self._answered,
            Up.POSITION_ASKED: self._position_asked,
            Up.CONTROLLED: self._position_asked,
            Up.DRIVER: self._told,
            Up.WAYBILL: self._told,
        }

    def feed(self, data: bytes) -> bool:
        messages = self.stream.feed(data)
        now = time.time()
        for message in messages:
            self._take(message, now)
        if self.stream.refused:
            self.gateway.blame(self.connection, self.stream.refused)
        return bool(messages)

    # --- messages

    def _take(self, message: Message, now: float) -> None:
        gateway = self.gateway
        gateway.counters["packets"] += 1
        if message.kind == Up.REGISTER or message.kind == Up.SIGN_IN:
            self._introduce(message)
            return
        if not self.name or message.name != self.name:
            self._unwanted(message)
            return
        device = gateway.sender(self.connection, self.name, None, message.size, self._describe(message))
        if device is None:
            return
        tally = device.tally
        tally.frames += 1
        tally.seen = now
        if message.quirk is not None:
            gateway.notice(device, message.quirk)
        if message.encryption:
            gateway.refuse(device, Refusal.NO_KEY)
            self.answer(message, Result.UNKNOWN)
            return
        parts = [message]
        if message.parts:
            whole = self.assembler.add(message)
            if self.assembler.lost:
                gateway.note_refused(device, {Refusal.INCOMPLETE: self.assembler.lost})
                self.assembler.lost = 0
            if whole is None:
                return
            message, parts = whole
        act = self._acts.get(message.kind)
        if act is not None:
            act(device, message, parts)
        else:  # what it says is kept for whoever can read it; the terminal may go on
            self._keep(device, message, parts, message.body.hex(), Result.UNKNOWN)

    def _describe(self, message: Message) -> Callable[[], tuple[str, str]]:
        return lambda: ("", f"0x{message.kind:04x} {message.body.hex()}")

    def _unwanted(self, message: Message) -> None:
        """What is said before the sign-in, or for another terminal."""
        gateway = self.gateway
        if self.name:
            gateway.refuse(gateway.directory.get(self.name), Refusal.SPEAKS_FOR_ANOTHER, message.name.decode())
        else:
            gateway.refuse(gateway.directory.get(message.name), Refusal.BEFORE_SIGN_IN)
        self.stream.unwanted(message.size, False)
        if not self.stream.exhausted:
            self.answer(message, Result.FAILED)

    def _introduce(self, message: Message) -> None:
        """Registration and authentication: the only messages of whom nobody knows."""
        gateway, connection = self.gateway, self.connection
        if self.name and message.name != self.name:
            self._unwanted(message)
        elif message.parts or message.encryption:
            self.stream.unwanted(message.size, bool(self.name))
        elif message.kind == Up.REGISTER:
            self._register(message)
        else:
            code = bodies.code_of(message.body, message.version)
            before = gateway.by_device.get(message.name)
            device = gateway.sender(connection, message.name, code, message.size, self._describe(message))
            if device is None:
                self.answer(message, Result.FAILED)
                return
            device.tally.frames += 1
            device.tally.seen = time.time()
            if before is not None and before is not connection:
                before.close("replaced")
            self.name, self.number, self.version = message.name, message.number, message.version
            self.answer(message, Result.DONE)

    def _register(self, message: Message) -> None:
        gateway = self.gateway
        said = bodies.registration(message.body, message.version)
        if said is None:
            gateway.refuse(gateway.directory.get(message.name), Refusal.BAD_ITEM)
            self.stream.unwanted(message.size, bool(self.name))
            self.answer(message, Result.WRONG)
            return
        device = gateway.recognised(
            self.connection,
            message.name,
            said.terminal.encode("ascii", "replace"),
            message.size,
            lambda: ("", f"{said.plate} {said.maker} {said.model} {said.terminal}"),
        )
        result = Registered.DONE if device is not None else Registered.NO_TERMINAL
        code = device.password if device is not None else b""
        self._send(Down.REGISTERED, bodies.REGISTERED.pack(message.sequence, result) + code, message)

    def _sign_off(self, _device: Known, message: Message, parts: list[Message]) -> None:
        self.answer(message, Result.DONE)
        self.gateway.signed_out(self.connection, self.name)
        self.name = b""

    def _heartbeat(self, _device: Known, message: Message, parts: list[Message]) -> None:
        self.answer(message, Result.DONE)

    def _tell_time(self, _device: Known, message: Message, parts: list[Message]) -> None:
        now = bytes.fromhex(time.strftime("%y%m%d%H%M%S", time.gmtime(time.time() + 8 * 3600)))
        self._send(Down.TIME, now, message)

    def _answered(self, device: Known, message: Message, parts: list[Message]) -> None:
        if not self.listener.requests.answered(device, message):
            self.gateway.counters["answers_unmatched"] += 1
        if message.kind != Up.ANSWER:
            for part in parts[1:]:
                self.answer(part, Result.DONE)

    # --- positions

    def _position(self, device: Known, message: Message, parts: list[Message]) -> None:
        self._store(device, message.body, "0200", Group(parts, 1))

    def _position_asked(self, device: Known, message: Message, parts: list[Message]) -> None:
        self._answered(device, message, parts)
        self._store(device, message.body[2:], f"{message.kind:04x}", Group([], 1))

    def _positions(self, device: Known, message: Message, parts: list[Message]) -> None:
        found, late, whole = location.split(message.body)
        if not whole:
            self.gateway.refuse(device, Refusal.BAD_ITEM)
        if late:
            self.gateway.notice(device, Quirk.LATE)
        if not found or len(found) > MOST_POSITIONS:
            self._answer_all(parts, Result.WRONG)
            return
        group = Group(parts, len(found))
        for body in found:
            self._store(device, body, "0704", group)

    def _store(self, device: Known, body: bytes, about: str, group: Group) -> None:
        readings = location.read(body)
        frame = Frame(device, b"%b|p|%b" % (device.mn, body), self, "realtime", None, body, about, group, told=True)
        frame.connection = self.connection
        if isinstance(readings, Refusal):
            self.gateway.refuse(device, readings)
            frame.keep_text = str(readings)
        else:
            frame.readings = readings
            if readings.extras:
                frame.keep_text = "message"
            if about == "0200":
                device.tally.skew = int(device.tally.seen * 1000) - readings.times  # type: ignore[operator]
        self.gateway.take(frame)

    # --- what else it says

    def _told(self, device: Known, message: Message, parts: list[Message]) -> None:
        """Who drives, what is carried: kept as words, without more of a person than is needed."""
        if message.kind == Up.DRIVER:
            said = bodies.driver(message.body)
            words = json.dumps(said, ensure_ascii=False) if said else ""
        else:
            words = bodies.waybill(message.body)
        self._keep(device, message, parts, words, Result.DONE if words else Result.WRONG)

    def _keep(self, device: Known, message: Message, parts: list[Message], words: str, result: Result) -> None:
        key = b"%b|%04x|%d|%b" % (device.mn, message.kind, message.sequence, message.body)
        frame = Frame(device, key, self, token=(message, parts, words, result), keep_text="message")
        frame.connection = self.connection
        self.gateway.take(frame)

    # --- answers

    def settled(self, frame: Frame, outcome: Outcome) -> None:
        """Answer what is on disk; of a batch when all of it is. What is not on disk has no answer: the terminal sends it
        again."""
        if isinstance(frame.token, Group):
            group = frame.token
            group.left -= 1
            group.failed = group.failed or outcome is Outcome.FAILED
            # a position that could not be read has no readings: nothing of it is kept
            group.kept = group.kept or (outcome is Outcome.STORED and frame.readings is not None)
            if group.left == 0 and not group.failed:
                self._answer_all(group.messages, Result.DONE if group.kept else Result.WRONG)
        elif outcome is not Outcome.FAILED:
            _message, parts, _words, result = frame.token
            self._answer_all(parts, result)

    def described(self, frame: Frame) -> tuple[str, str, str]:
        if isinstance(frame.token, Group):
            extras = frame.readings.extras if frame.readings is not None else {}
            told = " ".join(f"{kind}={value}" for kind, value in extras.items())
            return frame.about, "", told or frame.body.hex()
        message, _parts, words, _result = frame.token
        return f"{message.kind:04x}", str(message.sequence), words

    def _answer_all(self, messages: list[Message], result: Result) -> None:
        gateway = self.gateway
        for message in messages:
            gateway.counters["answers_refusing" if result else "answers"] += 1
            self.connection.out.append(
                self._frame(Down.ANSWER, bodies.answer(message.sequence, message.kind, result), message)
            )

    def answer(self, message: Message, result: Result) -> None:
        """A general answer, at once."""
        self._send(Down.ANSWER, bodies.answer(message.sequence, message.kind, result), message)

    def ask_for_missing(self, now: float) -> None:
        """Ask for sub-packets that did not come (0x8003)."""
        for missing in self.assembler.due(now):
            wanted = b"".join(part.to_bytes(2, "big") for part in missing.parts)
            count = len(missing.parts).to_bytes(2 if missing.sample.version else 1, "big")
            self._send(Down.RESEND, missing.first.to_bytes(2, "big") + count + wanted, missing.sample)

    def ask(self, kind: int, body: bytes) -> tuple[int, bytes]:
        """Send a request; gives its sequence number and its bytes."""
        number = self.sequence
        raw = self._next(kind, body, self.number, self.version)
        self.connection.send(raw)
        return number, raw

    def _send(self, kind: int, body: bytes, to: Message) -> None:
        self.connection.send(self._frame(kind, body, to))

    def _frame(self, kind: int, body: bytes, to: Message) -> bytes:
        return self._next(kind, body, to.number, to.version)

    def _next(self, kind: int, body: bytes, number: bytes, version: int) -> bytes:
        raw = build(kind, body, number, self.sequence, version)
        self.sequence = self.sequence + 1 & 0xFFFF
        return raw
