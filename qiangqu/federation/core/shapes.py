"""What nodes exchange: entries, the batches that carry them, and the marks by which stores are compared."""

from collections.abc import Mapping
from typing import Any, NamedTuple

#: lanes upward, the urgent first
UP = ("acts", "facts", "hours")
#: the lane downward that everybody below reads
ALL = "all"
#: how a lane downward to one node (and whoever is on the way) begins
TO = "to/"

#: versions of the protocol that this software speaks; within one only things are added
PROTO = (1, 1)


class Log(NamedTuple):
    """One chain of batches: whose, which lane, since which start of the node (a random word)."""

    origin: str
    lane: str
    epoch: str


class Mark(NamedTuple):
    """A batch as others name it: its number in its log, for looking it up, and its hash, which alone counts."""

    seq: int
    hash: str


#: of each log the batches that none follows: one, or several where a log has branched
Tips = Mapping[Log, frozenset[Mark]]


class Entry(NamedTuple):
    """One thing that was said about one record.

    ``origin`` is the node that said it: it is taken from the signed batch, never from the entry. ``record`` is
    ``"ORIGIN/uid"``: who made a record stands in its name. ``term`` counts the record's homes, ``revision`` its
    changes; ``base`` is the entry that this one builds upon ("" for the first), ``settles`` are those that it takes
    out of the conflict box. ``refs`` name the records without which it cannot be understood. ``at`` is the writer's
    clock, for people: nothing is decided by it.
    """

    origin: str
    uid: str
    kind: str
    version: int
    record: str
    term: int
    revision: int
    base: str
    refs: tuple[str, ...]
    settles: tuple[str, ...]
    at: int
    body: Mapping[str, Any] | None  # None: erased

    @property
    def key(self) -> tuple[str, str]:
        """What makes an entry the same: a node can repeat itself, and nobody can take another's word from it."""
        return self.origin, self.uid

    @property
    def place(self) -> tuple[int, int, str]:
        """Where it stands among the changes of its record; the uid only parts what nothing else does."""
        return self.term, self.revision, self.uid


class Header(NamedTuple):
    """What is signed of a batch. ``root`` is the Merkle root over its entries, so that one entry can be proved
    and a body erased; ``prevs`` are the batches that it follows."""

    proto: int
    origin: str
    lane: str
    epoch: str
    seq: int
    prevs: tuple[str, ...]
    root: str
    size: int
    key: str
    alg: str

    @property
    def log(self) -> Log:
        return Log(self.origin, self.lane, self.epoch)


class Batch(NamedTuple):
    """A batch as it is kept and passed on: the signed bytes, the signature, and its lines (not compressed)."""

    hash: str
    header: Header
    signed: bytes
    signature: bytes
    lines: tuple[bytes, ...]

    @property
    def mark(self) -> Mark:
        return Mark(self.header.seq, self.hash)


class Alarm(NamedTuple):
    """Something that people must know; ``what`` is a code with words in ``qiangqu.federation.words``."""

    what: str
    node: str
    detail: str = ""


class Parked(NamedTuple):
    """Why an entry is not applied, and what it waits for (``record:…``, ``kind:…``, or ``work`` on it)."""

    reason: str
    waits: str
