"""From a stream of bytes to messages: bounded memory, bounded work, and back in step after garbage.

Work on what comes to nothing is counted in bytes. Every good frame pays for :data:`WORTH` times its length of it; a
stream whose debt exceeds its ``patience`` is given up, for good. So the work on a stream is at most a constant
times its length, whatever it says.
"""

from collections import Counter

from .codes import Refusal
from .frame import LONGEST, Message, parse

PATIENCE = 64 * 1024
WORTH = 4
TRIAL = 32  # what looking at a frame costs besides its bytes


class Decoder:
    """Feed it what comes in; it gives the messages. ``refused`` counts what could not be read, by reason."""

    def __init__(self, patience: int = PATIENCE) -> None:
        self._rest = b""
        self._open = False  # whether a mark stands before ``_rest``
        self.patience = patience
        self.debt = 0
        self.refused: Counter[Refusal] = Counter()

    @property
    def waiting(self) -> int:
        """Bytes of an unfinished frame."""
        return len(self._rest)

    @property
    def exhausted(self) -> bool:
        return self.debt > self.patience

    def charge(self, work: int) -> None:
        """Note work in vain, in bytes; of the caller's on messages that were good but not wanted, too."""
        self.debt += work

    def feed(self, chunk: bytes) -> list[Message]:
        """The messages that ``chunk`` completes."""
        if self.exhausted:
            return []
        found: list[Message] = []
        *pieces, rest = (self._rest + chunk if self._rest else chunk).split(b"\x7e")
        for piece in pieces:
            if not self._open:
                self._open = True
                self._lost(piece)
            elif piece:
                message = parse(piece) if len(piece) <= LONGEST else Refusal.BAD_LENGTH
                if isinstance(message, Message):
                    self.debt = max(0, self.debt - WORTH * message.size)
                    found.append(message)
                    continue
                self.refused[message] += 1
                self.debt += TRIAL + len(piece)
                if self.exhausted:
                    return self._given_up(found)
        if len(rest) > LONGEST or (rest and not self._open):
            self._lost(rest)
            self._open, rest = False, b""
        self._rest = rest
        return self._given_up(found) if self.exhausted else found

    def _lost(self, between: bytes) -> None:
        if between:
            self.refused[Refusal.GARBAGE] += 1
            self.debt += len(between)

    def _given_up(self, found: list[Message]) -> list[Message]:
        self._rest = b""
        self.refused[Refusal.GIVEN_UP] += 1
        return found
