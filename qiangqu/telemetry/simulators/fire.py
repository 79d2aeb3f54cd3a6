"""A transmission device of fire systems (GB/T 26875.3): heartbeats, states, operations, answers to what it is asked. For
demonstrations and tests; blocking."""

import socket
import time

from ..fire.codes import Command, Kind
from ..fire.packet import Packet, address_of, build, time_of
from ..fire.stream import Decoder
from ..fire.units import ANALOGUE, OPERATION, PART, SYSTEM

CENTRE = bytes.fromhex("385b01000000")  # of the sample packets
NORMAL, FIRE, FAULT = 0b001, 0b010, 0b100


class Transmitter:
    """One device on one connection; ``name`` is its address as twelve hexadecimal digits. ``ahead``: seconds that its
    clock is fast. Raises OSError where nobody listens, TimeoutError where nobody answers."""

    def __init__(
        self, name: str, host: str = "127.0.0.1", port: int = 21268, *, ahead: float = 0.0, patience: float = 20.0
    ) -> None:
        self.address = address_of(name.encode())
        self.socket = socket.create_connection((host, port), timeout=patience)
        self.stream = Decoder()
        self.heard: list[Packet] = []
        self.asked: list[Packet] = []
        self.ahead, self.number = ahead, 0

    def close(self) -> None:
        self.socket.close()

    def now(self) -> bytes:
        return time_of(time.time() + self.ahead)

    def packet(self, command: int, unit: bytes = b"", number: int | None = None) -> bytes:
        given = self.number if number is None else number
        return build(command, unit, number=given, source=self.address, target=CENTRE, sent=self.now())

    def send(self, unit: bytes = b"") -> int:
        """Send data (a heartbeat without); gives its number."""
        number = self.number
        self.socket.sendall(self.packet(Command.SEND, unit))
        self.number = number + 1 & 0xFFFF
        return number

    def hear(self) -> Packet:
        """The next packet of the centre. Raises ConnectionError when it closes."""
        while not self.heard:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("the gateway closed the connection")
            self.heard += self.stream.feed(data)
        return self.heard.pop(0)

    def say(self, unit: bytes = b"") -> bool:
        """Send and wait for the answer: whether it is confirmed. What is asked meanwhile is answered."""
        number = self.send(unit)
        while True:
            packet = self.hear()
            if packet.command not in (Command.CONFIRM, Command.DENY):
                self.answer(packet)
            elif packet.number == number:
                return packet.command == Command.CONFIRM

    def system(self, word: int, kind: int = 1, address: int = 1) -> bytes:
        return bytes((Kind.SYSTEM, 1)) + SYSTEM.pack(kind, address, word) + self.now()

    def part(self, word: int, zone: int, number: int, text: str = "", *, kind: int = 40, address: int = 1) -> bytes:
        """The state of a part of fire alarm system ``address``: by default a smoke detector."""
        body = PART.pack(1, address, kind, zone, number, word, text.encode("gb18030")[:31])
        return bytes((Kind.PART, 1)) + body + self.now()

    def value(self, code: int, steps: int, zone: int, number: int, *, kind: int = 99) -> bytes:
        return bytes((Kind.ANALOGUE, 1)) + ANALOGUE.pack(12, 1, kind, zone, number, code, steps) + self.now()

    def operation(self, action: int, address: int = 1, operator: int = 1) -> bytes:
        return bytes((Kind.OPERATION, 1)) + OPERATION.pack(1, address, action, operator) + self.now()

    def own(self, word: int) -> bytes:
        return bytes((Kind.DEVICE, 1, word)) + self.now()

    def press(self, action: int, operator: int = 1) -> bytes:
        """An operation at the device itself; bit 5 answers the guard call."""
        return bytes((Kind.DEVICE_OPERATION, 1, action, operator)) + self.now()

    def answer(self, packet: Packet) -> None:
        """Do what the centre asks and say so."""
        self.asked.append(packet)
        kind = packet.unit[0] if packet.unit else 0
        if packet.command == Command.CONTROL:
            if kind == Kind.SET_TIME:
                self.ahead = 0.0
            raw = self.packet(Command.CONFIRM, number=packet.number)
        else:
            told = {
                Kind.READ_DEVICE: self.own(NORMAL),
                Kind.READ_VERSION: bytes((Kind.DEVICE_VERSION, 1, 1, 1)),
                Kind.READ_TIME: bytes((Kind.DEVICE_TIME, 1)) + self.now(),
                Kind.READ_SYSTEM: self.system(NORMAL, *packet.unit[2:4]),
            }.get(kind)  # type: ignore[call-overload]
            command = Command.DENY if told is None else Command.ANSWER
            raw = self.packet(command, told or b"", packet.number)
        self.socket.sendall(raw)
