"""What a listening protocol is to the gateway, and one connection of it: bounded, with deadlines.

A listening protocol is a folder with a :class:`Listener`. For each connection it makes a :class:`Session`,
which decodes what comes in, hands messages to the gateway (:meth:`~.core.Gateway.take`) and answers them when
it is told what became of them (:class:`~.intake.Origin`). Everything else is the gateway's: limits,
deadlines, passwords, quarantine, storing, holding back whom it cannot keep up with.
"""

import asyncio
import time
from typing import TYPE_CHECKING, Protocol

from .peers import address_of
from .stream import Stream

if TYPE_CHECKING:
    from .core import Gateway


class Session(Protocol):
    """A protocol on one connection. The gateway bounds what comes in by its ``stream``: it lowers the
    patience for those who gave trouble, and counts good messages that nobody wanted as work in vain.
    """

    @property
    def stream(self) -> Stream: ...

    def feed(self, data: bytes) -> bool:
        """Take what came in; gives whether a message was complete."""


class Listener(Protocol):
    """A protocol that devices speak to us. ``code`` is that of the devices' register
    (``Device.protocol``).
    """

    code: str

    def session(self, connection: "Connection") -> Session:
        """A new connection's session."""

    async def start(self) -> None:
        """Called once, before anybody connects."""

    async def tick(self) -> None:
        """Called about once a second, for what is due."""


class ListenerKind(Protocol):
    """What makes the listener of one gateway: a class, say. ``title`` is what people call the protocol,
    ``port`` where it is listened for unless the command says otherwise."""

    @property
    def code(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def port(self) -> int: ...

    def __call__(self, gateway: "Gateway") -> Listener: ...


class Connection(asyncio.Protocol):
    """One connection. ``devices`` are those that signed in on it; ``out`` is what is sent after the commit
    that is being answered.
    """

    def __init__(self, gateway: "Gateway", listener: Listener) -> None:
        self.gateway, self.listener = gateway, listener
        self.devices: set[bytes] = set()
        self.transport: asyncio.Transport | None = None
        self.peer = self.address = ""
        self.counted = False  # among the open connections of its address
        self.opened = self.heard = time.monotonic()
        self.unfinished_since = 0.0
        self.wrong_passwords = 0
        self.out: list[bytes] = []
        self.session = listener.session(self)
        self.stream = self.session.stream
        self.patience = self.stream.patience  # of one who gave no trouble

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
        complete, stream = self.session.feed(data), self.stream
        if complete or not stream.waiting:
            self.unfinished_since = self.heard if stream.waiting else 0.0
        elif not self.unfinished_since:
            self.unfinished_since = self.heard
        if stream.exhausted:
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

    def flush(self) -> None:
        """Send what waits in ``out``, in one piece."""
        if self.out:
            raw, self.out = b"".join(self.out), []
            self.send(raw)

    def give_up(self, why: str) -> None:
        """Close it, and remember where it came from."""
        if self.transport is not None and not self.transport.is_closing():
            self.gateway.peers.given_up(self.address, time.monotonic())
            self.close(why)

    def close(self, why: str) -> None:
        self.gateway.counters[f"closed_{why}"] += 1
        if self.transport is not None:
            self.transport.abort()
