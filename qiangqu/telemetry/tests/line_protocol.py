"""A second listening protocol, small but whole: lines of text, signed in once, each acknowledged when it is
on disk. Served by ``python line_protocol.py``.

    LOGIN <MN> <password>              → OK
    PUT <number> <factor> <ms> <value>  → ACK <number>, or NAK <number> when nothing of it can be kept

It is declared here alone: that it works shows that the gateway's core knows no protocol.
"""

import asyncio
import signal
from collections.abc import Callable

import django

LONGEST = 200  # bytes of a line


class LineListener:
    """The protocol in one gateway."""

    code, title, port = (
        "mqtt",
        "Lines",
        21299,
    )  # registered like MQTT devices: the register's list of protocols is not the matter here

    def __init__(self, gateway: "Gateway") -> None:
        self.gateway = gateway

    def session(self, connection: "Connection") -> "LineSession":
        return LineSession(self.gateway, connection)

    async def start(self) -> None:
        pass

    async def tick(self) -> None:
        raise RuntimeError("a fault in one protocol stops nobody")


class LineSession:
    """The protocol on one connection: its decoder and its answers."""

    def __init__(self, gateway: "Gateway", connection: "Connection") -> None:
        self.gateway, self.connection = gateway, connection
        self.stream = Stream(10_000)
        self.name = b""

    def feed(self, data: bytes) -> bool:
        stream = self.stream
        *lines, stream.rest = (stream.rest + data).split(b"\n")
        if len(stream.rest) > LONGEST:
            stream.debt, stream.rest = stream.patience + 1, b""
        for line in lines:
            self.take(line.split(b" "), line)
        return bool(lines)

    def take(self, words: list[bytes], line: bytes) -> None:
        if words[0] == b"LOGIN" and len(words) == 3:
            device = self.sender(words[1], words[2], line)
            if device is not None:
                self.name = words[1]
                self.connection.send(b"OK\n")
        elif words[0] == b"PUT" and len(words) == 5:
            device = self.sender(self.name, None, line)
            if device is None:
                return
            device.tally.frames += 1
            given = Reading(words[2].decode(), int(words[3]), float(words[4]))
            key = b"%b|line|%b" % (self.name, b" ".join(words[1:]))
            frame = Frame(device, key, self, "realtime", readings_of([given]), line, "line", token=words[1], told=True)
            frame.connection = self.connection
            self.gateway.take(frame)
        else:
            self.stream.debt += len(line)

    def sender(self, name: bytes, password: bytes | None, line: bytes) -> "Known | None":
        return self.gateway.sender(self.connection, name, password, len(line), lambda: ("", line.decode()))

    def settled(self, frame: "Frame", outcome: "Outcome") -> None:
        if outcome is not Outcome.FAILED:
            word = b"ACK" if outcome is Outcome.STORED else b"NAK"
            self.connection.out.append(b"%b %b\n" % (word, frame.token))

    def described(self, frame: "Frame") -> tuple[str, str, str]:
        return "PUT", frame.token.decode(), frame.body.decode()


async def serve(*kinds: "Callable[[Gateway], Listener]") -> None:
    """A gateway that listens for ``kinds``; prints their ports."""
    gateway = Gateway(Limits(gather=0.02, flush=0.3))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await gateway.start()
    ports = [await gateway.listen(kind(gateway), "127.0.0.1", 0) for kind in kinds]
    print(*ports, flush=True)
    await stop.wait()
    await gateway.stop()


if __name__ == "__main__":
    django.setup()
    from qiangqu.telemetry.gateway.connection import Connection, Listener
    from qiangqu.telemetry.gateway.core import Gateway, Limits
    from qiangqu.telemetry.gateway.directory import Known
    from qiangqu.telemetry.gateway.intake import Frame, Outcome
    from qiangqu.telemetry.gateway.stream import Stream
    from qiangqu.telemetry.hj212.listener import Listener as Hj212
    from qiangqu.telemetry.incoming import Reading, readings_of

    asyncio.run(serve(Hj212, LineListener))
