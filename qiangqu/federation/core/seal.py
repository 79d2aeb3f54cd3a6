"""Sealing: what acts have left in the outbox becomes signed batches at the ends of this node's chains.

What is *not yet sealed* is taken, in the order given, never "what has a greater number": rows of the outbox become
visible in another order than they were numbered in (kamu-cli #1398).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from . import wire
from .shapes import PROTO, Batch, Log, Mark
from .store import Shelf, advance


class Waiting(NamedTuple):
    """A row of the outbox: its lane, and the entry as its line."""

    lane: str
    line: bytes


def seal(
    waiting: Sequence[Waiting], shelf: Shelf, here: str, epoch: str, key: str, sign: wire.Sign
) -> list[tuple[Batch, frozenset[Mark]]]:
    """The batches of what waits, in the order in which they are to be stored, each with its log's tips after it."""
    made: list[tuple[Batch, frozenset[Mark]]] = []
    lanes: dict[str, list[bytes]] = {}
    for one in waiting:
        lanes.setdefault(one.lane, []).append(one.line)
    for lane, lines in lanes.items():
        log = Log(here, lane, epoch)
        tips = shelf.tips(log)
        prevs = tips or _ends(shelf, here, lane)
        seq = max((mark.seq for mark in tips), default=0)
        for some in _portions(lines):
            seq += 1
            header = {"proto": PROTO[1], "origin": here, "lane": lane, "epoch": epoch, "seq": seq, "key": key}
            batch = wire.write_batch(header | {"prevs": sorted(mark.hash for mark in prevs)}, some, sign)
            tips = prevs = advance(tips, batch)
            made.append((batch, tips))
    return made


def _ends(shelf: Shelf, here: str, lane: str) -> frozenset[Mark]:
    """What the first batch of an epoch names: the tips of all earlier epochs of the lane that are known here (the
    latest 64, should a node have been restored more often than that)."""
    found = [mark for log in shelf.logs() if (log.origin, log.lane) == (here, lane) for mark in shelf.tips(log)]
    return frozenset(found[-wire.MOST_PREVS :])


def _portions(lines: Iterable[bytes]) -> Iterable[list[bytes]]:
    some: list[bytes] = []
    size = 0
    for line in lines:
        if some and (size + len(line) + 1 > wire.MOST_BYTES or len(some) == wire.MOST_ENTRIES):
            yield some
            some, size = [], 0
        some.append(line)
        size += len(line) + 1
    if some:
        yield some
