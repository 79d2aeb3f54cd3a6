"""Stores of batches: they only grow, by union, and are compared by their tips, in both directions.

A batch is known by its hash, so a repeat is nothing. It is stored when what it follows is here, else answered with
what lacks. Where to go on is found anew from the other side's tips each time: nobody keeps a cursor for the other.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from . import wire
from .shapes import Batch, Header, Log, Mark, Tips
from .tree import Tree, rank_of


class Shelf(Protocol):
    """What these functions may ask of a store; a dictionary and tables of a database both answer it."""

    def header(self, hash: str) -> Header | None:
        """The header of a batch that is here."""

    def tips(self, log: Log) -> frozenset[Mark]:
        """The batches of a log that none follows."""

    def logs(self) -> Iterable[Log]:
        """All logs of which there is a batch."""

    def after(self, log: Log, seq: int) -> list[Mark]:
        """The batches of a log with greater numbers, in the order in which they were stored."""

    def at(self, log: Log, seq: int) -> str | None:
        """A batch of a log by its number (any of them where the log has branched)."""


class Key(NamedTuple):
    """A signing key: whose, and, once it is revoked, the batches with which its history ends (per log)."""

    origin: str
    last: Mapping[Log, frozenset[Mark]] | None = None


class Verdict(NamedTuple):
    """What becomes of a batch that came in: ``stored``, ``repeat``, ``lacks`` (predecessors, named), ``unknown``
    (its key is not known yet: it comes with the sender's cards) or ``refused`` with a reason."""

    what: str
    detail: str = ""
    missing: tuple[str, ...] = ()


def judge(batch: Batch, shelf: Shelf, tree: Tree, here: str, keys: Mapping[str, Key], verify: wire.Verify) -> Verdict:
    """What becomes of a batch that came in and was read (:func:`qiangqu.federation.core.wire.read_batch`)."""
    header = batch.header
    if shelf.header(batch.hash) is not None:
        return Verdict("repeat")
    if not tree.may_hold(here, header.origin, header.lane):
        return Verdict("refused", "scope")
    key = keys.get(header.key)
    if key is None:
        return Verdict("unknown", header.key)
    if key.origin != header.origin:
        return Verdict("refused", "key")
    if not verify(header.key, batch.signed, batch.signature):
        return Verdict("refused", "signature")
    if key.last is not None and not _in_history(batch, key.last):
        return Verdict("refused", "revoked")
    found = [shelf.header(one) for one in header.prevs]
    missing = tuple(one for one, known in zip(header.prevs, found, strict=True) if known is None)
    if missing:
        return Verdict("lacks", "", missing)
    return _follows(header, [one for one in found if one is not None])


def _follows(header: Header, prevs: list[Header]) -> Verdict:
    """Whether a batch stands where it says: after batches of its own chain, one number further in its epoch."""
    if any((one.origin, one.lane) != (header.origin, header.lane) for one in prevs):
        return Verdict("refused", "chain")
    here = [one.seq for one in prevs if one.epoch == header.epoch]
    if here and len(here) != len(prevs):
        return Verdict("refused", "chain")
    if header.seq != (max(here) + 1 if here else 1):
        return Verdict("refused", "number")
    return Verdict("stored")


def advance(tips: frozenset[Mark], batch: Batch) -> frozenset[Mark]:
    """The tips of a log with one batch more. More than one: the log has branched, which only a restored or copied
    node (or a liar) does."""
    return frozenset(one for one in tips if one.hash not in batch.header.prevs) | {batch.mark}


def tips_of(shelf: Shelf, shared: Callable[[str, str], bool]) -> dict[Log, frozenset[Mark]]:
    """The tips of all logs that two nodes compare (``shared``: of an origin and a lane)."""
    return {log: shelf.tips(log) for log in shelf.logs() if shared(log.origin, log.lane)}


def outline(shelf: Shelf, log: Log) -> tuple[Mark, ...]:
    """Some of a log's batches, ever further apart: for a side that does not know the tips, to find the last
    common one (git's ``have`` lines).
    """
    top = max((mark.seq for mark in shelf.tips(log)), default=0)
    found, step, seq = [], 1, top
    while seq > 0:
        if (hash := shelf.at(log, seq)) is not None:
            found.append(Mark(seq, hash))
        seq, step = seq - step, step * 2
    return tuple(found)


class Lacking(NamedTuple):
    """What the other side lacks, the urgent lanes first and predecessors before what follows them; and logs of
    which its tips are unknown here, so that an outline must be asked for (or its batches fetched first)."""

    batches: list[Mark]
    ask: list[Log]


def lacking(
    shelf: Shelf, theirs: Tips, shared: Callable[[str, str], bool], outlines: Mapping[Log, Iterable[Mark]] | None = None
) -> Lacking:
    """What the other side lacks of the logs that both hold, by its tips."""
    found: list[tuple[int, int, Mark]] = []
    ask = []
    order = 0
    for log in shelf.logs():
        if not shared(log.origin, log.lane):
            continue
        tips, said = shelf.tips(log), theirs.get(log, frozenset())
        if tips == said:
            continue
        known = [mark for mark in said if shelf.header(mark.hash) is not None]
        if said and not known:
            # theirs is ahead of this store or on another branch: only an outline can tell
            if outlines is None or log not in outlines:
                ask.append(log)
                continue
            known = [mark for mark in outlines[log] if shelf.header(mark.hash) is not None]
        for mark in _not_behind(shelf, log, tips, known):
            found.append((rank_of(log.lane), order, mark))
            order += 1
    return Lacking([mark for _rank, _order, mark in sorted(found)], ask)


def _not_behind(shelf: Shelf, log: Log, tips: frozenset[Mark], known: list[Mark]) -> list[Mark]:
    """The batches of a log that are neither among ``known`` nor before them."""
    if len(tips) == 1:  # a line: what has a greater number
        return shelf.after(log, max((mark.seq for mark in known), default=0))
    behind, todo = set(), [mark.hash for mark in known]
    while todo:
        hash = todo.pop()
        header = shelf.header(hash)
        if hash in behind or header is None or header.log != log:
            continue
        behind.add(hash)
        todo += header.prevs
    return [mark for mark in shelf.after(log, 0) if mark.hash not in behind]


def _in_history(batch: Batch, last: Mapping[Log, frozenset[Mark]]) -> bool:
    """Whether a batch belongs to the history that stays valid of a revoked key: it is, or comes before, one of
    the batches named at the revocation. A batch before them is told by its number: whoever has the key could put
    a branch beside that history, which is seen as one.
    """
    ends = last.get(batch.header.log, frozenset())
    return any(batch.mark == end or batch.header.seq < end.seq for end in ends)


def forgotten(shelf: Shelf, here: str, epoch: str, theirs: Tips) -> bool:
    """Whether another node shows a batch of mine, of the running epoch, that I lack: I was restored."""
    return any(
        log.origin == here and log.epoch == epoch and any(shelf.header(mark.hash) is None for mark in marks)
        for log, marks in theirs.items()
    )
