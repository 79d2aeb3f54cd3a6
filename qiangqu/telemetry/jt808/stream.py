"""From a stream of bytes to messages: bounded memory, bounded work, and back in step after garbage."""

from ..gateway.stream import PATIENCE, TRIAL, Stream
from .codes import Refusal
from .frame import LONGEST, Message, parse


class Decoder(Stream):
    """Feed it what comes in; it gives the messages."""

    def __init__(self, patience: int = PATIENCE) -> None:
        super().__init__(patience)
        self._open = False  # whether a mark stands before ``_rest``

    def feed(self, chunk: bytes) -> list[Message]:
        """The messages that ``chunk`` completes."""
        if self.exhausted:
            return []
        found: list[Message] = []
        *pieces, rest = (self.rest + chunk if self.rest else chunk).split(b"\x7e")
        for piece in pieces:
            if not self._open:
                self._open = True
                self._lost(piece)
            elif piece:
                message = parse(piece) if len(piece) <= LONGEST else Refusal.BAD_LENGTH
                if isinstance(message, Message):
                    self.paid(message.size)
                    found.append(message)
                    continue
                self.refused[message] += 1
                self.debt += TRIAL + len(piece)
                if self.exhausted:
                    return self._given_up(found)
        if len(rest) > LONGEST or (rest and not self._open):
            self._lost(rest)
            self._open, rest = False, b""
        self.rest = rest
        return self._given_up(found) if self.exhausted else found

    def _lost(self, between: bytes) -> None:
        if between:
            self.refused[Refusal.GARBAGE] += 1
            self.debt += len(between)

    def _given_up(self, found: list[Message]) -> list[Message]:
        self.rest = b""
        self.refused[Refusal.GIVEN_UP] += 1
        return found
