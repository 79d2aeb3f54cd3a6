"""Messages split into sub-packets, which come in any order, more than once, or not at all.

They are joined by message and number of parts: their sequence numbers should follow one another, but those of real
terminals do not always. A part that comes again and says something else begins the message anew.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from .frame import Message

MOST_OPEN = 4  # unfinished messages of one connection
MOST_BYTES = 1 << 20  # of all of them
PATIENCE = 300.0  # seconds until an unfinished message is forgotten
ASK_AFTER, ASKED_MOST = 10.0, 3  # seconds of silence until the missing parts are asked for; how often
MOST_ASKED = 255  # parts: their number is one byte in the edition of 2013


@dataclass(slots=True)
class _Open:
    began: float
    heard: float
    asked: int = 0
    parts: dict[int, Message] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Missing:
    """Parts to be asked for: a part that came, the sequence number of the first one, the numbers of the missing."""

    sample: Message
    first: int
    parts: tuple[int, ...]


class Assembler:
    """Joins the split messages of one connection. ``lost`` counts the parts that came to nothing."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, int], _Open] = {}
        self._size = 0
        self.lost = 0

    def add(self, message: Message, now: float | None = None) -> tuple[Message, list[Message]] | None:
        """The message that a part completes, and its parts; None when others are missing."""
        moment = time.monotonic() if now is None else now
        if not 0 < message.part <= message.parts:
            self.lost += 1
            return None
        key = (message.kind, message.parts)
        whole = self._open.get(key)
        if whole is not None and self._another(whole, message):
            self._drop(key)  # the terminal began anew
            whole = None
        if whole is None:
            if len(self._open) >= MOST_OPEN:
                self._drop(next(iter(self._open)))
            whole = self._open[key] = _Open(moment, moment)
        if message.part not in whole.parts:
            self._size += len(message.body)
            whole.parts[message.part] = message
        whole.heard, whole.asked = moment, 0
        if self._size > MOST_BYTES:
            self._drop(key)
            return None
        if len(whole.parts) < message.parts:
            return None
        del self._open[key]
        parts = [whole.parts[number] for number in range(1, message.parts + 1)]
        self._size -= sum(len(part.body) for part in parts)
        return parts[0]._replace(body=b"".join(part.body for part in parts), parts=0, part=0), parts

    def due(self, now: float) -> Iterator[Missing]:
        """What is to be asked for now; forgets what was waited for long enough."""
        for key, whole in list(self._open.items()):
            if now - whole.began > PATIENCE:
                self._drop(key)
            elif now - whole.heard > ASK_AFTER and whole.asked < ASKED_MOST:
                whole.asked += 1
                whole.heard = now
                sample = next(iter(whole.parts.values()))
                wanted = [part for part in range(1, sample.parts + 1) if part not in whole.parts]
                yield Missing(sample, sample.sequence - sample.part + 1 & 0xFFFF, tuple(wanted[:MOST_ASKED]))

    @staticmethod
    def _another(whole: _Open, message: Message) -> bool:
        """Whether a part that came before now says something else: it is of another message."""
        before = whole.parts.get(message.part)
        return before is not None and before.body != message.body

    def _drop(self, key: tuple[int, int]) -> None:
        parts = self._open.pop(key).parts
        self._size -= sum(len(part.body) for part in parts.values())
        self.lost += len(parts)
