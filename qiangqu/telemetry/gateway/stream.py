"""A stream of bytes that somebody sends us: bounded memory, bounded work.

Work on what comes to nothing (garbage, false heads, check sums that are not right) is counted in bytes looked
at. Every good frame pays for :data:`WORTH` times its length of it; a stream whose debt exceeds its
``patience`` is given up, for good. So the work on a stream is at most a constant times its length, whatever
it says.
"""

from collections import Counter
from typing import Any

# bytes of work in vain: some twenty broken frames of a thousand bytes, one after the other
PATIENCE = 64 * 1024
WORTH = 4
TRIAL = 32  # what looking at a head, a frame or the end of a line costs besides its bytes


class Stream:
    """What the decoder of a protocol begins with. ``rest`` are the bytes of an unfinished frame; ``refused`` counts what could not be read, by reason. When
    ``exhausted`` it takes nothing more.
    """

    def __init__(self, patience: int = PATIENCE) -> None:
        self.rest = b""
        self.patience = patience
        self.debt = 0
        self.refused: Counter[Any] = Counter()

    @property
    def waiting(self) -> int:
        """Bytes of an unfinished frame."""
        return len(self.rest)

    @property
    def exhausted(self) -> bool:
        """Whether the stream is given up: it is garbage for the most part."""
        return self.debt > self.patience

    def paid(self, size: int) -> None:
        """A good frame of so many bytes."""
        self.debt = max(0, self.debt - WORTH * size)

    def unwanted(self, size: int, signed_in: bool) -> None:
        """A good frame of nobody who may send pays for nothing; where nobody is signed in it is itself work
        in vain.
        """
        self.debt += (WORTH if signed_in else WORTH + 1) * size
