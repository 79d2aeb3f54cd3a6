"""A terminal of a vehicle (JT/T 808): registers, signs in, says where it is, answers what it is asked. For
demonstrations and tests; blocking."""

import datetime as dt
import socket
from collections.abc import Iterable

from ..jt808 import bodies, location, settings
from ..jt808.codes import Down, Up
from ..jt808.frame import Message, build
from ..jt808.stream import Decoder

MOST_IN_BATCH = 20


class Terminal:
    """One terminal on one connection. ``edition`` 2013 or 2019. Raises OSError where nobody listens, TimeoutError
    where nobody answers."""

    def __init__(
        self, number: str, host: str = "127.0.0.1", port: int = 21208, *, edition: int = 2013, patience: float = 20.0
    ) -> None:
        self.version = 1 if edition == 2019 else 0
        self.number = bytes.fromhex(number.zfill(20 if self.version else 12))
        self.socket = socket.create_connection((host, port), timeout=patience)
        self.decoder = Decoder()
        self.heard: list[Message] = []
        self.asked: list[Message] = []
        self.sequence = 0
        self.values: dict[int, int] = {0x0055: 80, 0x0029: 30}

    def close(self) -> None:
        self.socket.close()

    def send(self, kind: int, body: bytes = b"") -> int:
        """Send a message; gives its sequence number."""
        number = self.sequence
        self.socket.sendall(build(kind, body, self.number, number, self.version))
        self.sequence = number + 1 & 0xFFFF
        return number

    def hear(self) -> Message:
        """The next message of the platform. Raises ConnectionError when it closes."""
        while not self.heard:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("the gateway closed the connection")
            self.heard += self.decoder.feed(data)
        return self.heard.pop(0)

    def say(self, kind: int, body: bytes = b"") -> int:
        """Send a message and wait for its general answer: the result. Requests that come meanwhile are answered."""
        number = self.send(kind, body)
        while True:
            message = self.hear()
            if message.kind == Down.ANSWER:
                sequence, _kind, result = bodies.ANSWER.unpack_from(message.body)
                if sequence == number:
                    return int(result)
            else:
                self.answer(message)

    def register(self, terminal: str, plate: str, maker: str = "SIM", model: str = "QQ808") -> bytes | None:
        """Register; gives the code, None when the platform does not know the terminal."""
        words = zip((maker, model, terminal), bodies.WIDTHS[2019 if self.version else 2013], strict=True)
        body = bytes.fromhex("00400003") + b"".join(word.encode("gbk").ljust(width, b"\0") for word, width in words)
        self.send(Up.REGISTER, body + b"\x02" + plate.encode("gbk"))
        while (message := self.hear()).kind != Down.REGISTERED:
            self.answer(message)
        return message.body[3:] if message.body[2] == 0 else None

    def sign_in(self, code: bytes) -> bool:
        body = bytes((len(code),)) + code + b"0" * 15 + b"1.0".ljust(20, b"\0") if self.version else code
        return self.say(Up.SIGN_IN, body) == 0

    def report(self, at: dt.datetime, lon: float, lat: float, **more: object) -> int:
        """A position (:func:`..jt808.location.write`); the result of the platform's answer."""
        return self.say(Up.POSITION, location.write(at, lon, lat, **more))  # type: ignore[arg-type]

    def batch(self, positions: Iterable[bytes], *, late: bool = True) -> int:
        """Positions of a blind zone in one message."""
        found = list(positions)
        body = b"".join(len(one).to_bytes(2, "big") + one for one in found)
        return self.say(Up.POSITIONS, len(found).to_bytes(2, "big") + bytes((late,)) + body)

    def answer(self, message: Message) -> None:
        """Do what the platform asks and say so."""
        self.asked.append(message)
        sequence = message.sequence.to_bytes(2, "big")
        match message.kind:
            case Down.GET_PARAMETERS:
                listed = settings.write(list(self.values.items()))
                self.send(Up.PARAMETERS, sequence + listed)
            case Down.SET_PARAMETERS:
                for number, raw in bodies.parameters(message.body) or ():
                    self.values[number] = int.from_bytes(raw, "big")
                self.send(Up.ANSWER, bodies.answer(message.sequence, message.kind, 0))
            case Down.GET_POSITION:
                self.send(Up.POSITION_ASKED, sequence + location.write(dt.datetime.now(dt.UTC), 106.5, 38.1))
            case _:
                self.send(Up.ANSWER, bodies.answer(message.sequence, message.kind, 0))
