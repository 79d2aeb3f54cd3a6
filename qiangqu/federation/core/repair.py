"""Finding what two nodes differ in without sending it all: counts and sums of digests, by (kind, area, month), and
then by the beginnings of names; and which bodies a node may let go."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from .shapes import UP, Log, Mark
from .store import Shelf

_SIZE = 1 << 256


class Sum(NamedTuple):
    """How many, and the sum of their digests: adding one and taking one away cost one addition."""

    many: int = 0
    total: int = 0

    def __add__(self, other: "Sum") -> "Sum":  # type: ignore[override]
        return Sum(self.many + other.many, (self.total + other.total) % _SIZE)


def of(name: str, content: bytes) -> Sum:
    return Sum(1, int.from_bytes(hashlib.sha256(name.encode() + b"\0" + content).digest(), "big"))


def sums(things: Iterable[tuple[str, Sum]], group: Callable[[str], str]) -> dict[str, Sum]:
    """The sums of the groups that things (name, sum of the one) fall into."""
    found: dict[str, Sum] = {}
    for name, one in things:
        found[group(name)] = found.get(group(name), Sum()) + one
    return found


def differing(ours: Mapping[str, Sum], theirs: Mapping[str, Sum]) -> list[str]:
    """The groups in which two sides differ.

    >>> differing({"a": Sum(1, 5), "b": Sum(1, 6)}, {"a": Sum(1, 5), "c": Sum(1, 7)})
    ['b', 'c']
    """
    return sorted(key for key in {*ours, *theirs} if ours.get(key) != theirs.get(key))


def bisect(
    ours: Mapping[str, Sum], ask: Callable[[tuple[str, ...], int], Mapping[str, Sum]], step: int = 2
) -> tuple[set[str], int]:
    """The names in which this side differs from another, and how many questions it took.

    ``ours`` are the things here by name; ``ask(beginnings, length)`` gives the other side's sums of the things that
    begin so, by the first ``length`` characters of their names. Of n things with d differing about d · log(n) sums
    are sent.
    """
    found: set[str] = set()
    todo: tuple[str, ...] = ("",)
    asked, length = 0, 0
    while todo:
        length += step
        mine = _within(ours, todo, length)
        differ = differing(mine, ask(todo, length))
        asked += 1
        found |= {name for name in differ if len(name) < length}  # shorter than what was asked for: a whole name
        todo = tuple(name for name in differ if len(name) == length)
    return found, asked


def _within(things: Mapping[str, Sum], beginnings: tuple[str, ...], length: int) -> dict[str, Sum]:
    return sums(
        ((name, one) for name, one in things.items() if name.startswith(beginnings)), lambda name: name[:length]
    )


class Kept(NamedTuple):
    """A batch whose body may go or not: when it was stored here, and the lane."""

    log: Log
    mark: Mark
    stored: float


def may_go(
    kept: Iterable[Kept], shelf: Shelf, safe: Callable[[Log], list[frozenset[Mark]]], now: float, days: int = 35
) -> list[Mark]:
    """The batches whose bodies this node may let go: those of lanes upward that lie inside the verified backups of
    all neighbours that share the log (``safe``: the parent's word and the child's from which it came; none where
    there is no parent, so the top keeps everything), and are ``days`` old by this node's own clock.

    The child's word counts too: it may be restored, and gets its own batches back from here. Of a log that has
    branched, here or there, none may go: what is safe on one branch says nothing of the other.
    """
    found = []
    for one in kept:
        if now - one.stored < days * 86_400 or one.log.lane not in UP or len(shelf.tips(one.log)) != 1:
            continue
        marks = safe(one.log)
        if marks and all(_inside(shelf, one.mark, each) for each in marks):
            found.append(one.mark)
    return found


def _inside(shelf: Shelf, mark: Mark, safe: frozenset[Mark]) -> bool:
    return len(safe) == 1 and all(mark.seq <= end.seq and shelf.header(end.hash) is not None for end in safe)
