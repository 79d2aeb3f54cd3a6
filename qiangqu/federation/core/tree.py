"""The tree of nodes, and what follows from it: who may hold which lane, and what a child and its parent compare."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from .shapes import ALL, TO, UP


class Tree:
    """Who is whose parent (None above the top). Does not change: a node that joins makes a new one."""

    def __init__(self, parents: Mapping[str, str | None]) -> None:
        self.parents = dict(parents)
        self._paths = {node: self._up(node) for node in self.parents}
        self.may_hold = lru_cache(maxsize=50_000)(self._may_hold)

    def _up(self, node: str) -> tuple[str, ...]:
        found: list[str] = []
        above = self.parents.get(node)
        while above is not None and above not in found:
            found.append(above)
            above = self.parents.get(above)
        return tuple(found)

    def up(self, node: str) -> tuple[str, ...]:
        """Its parent, the parent's parent … to the top."""
        return self._paths.get(node, ())

    def below(self, node: str) -> tuple[str, ...]:
        return tuple(one for one, path in self._paths.items() if node in path)

    def children(self, node: str) -> tuple[str, ...]:
        return tuple(one for one, parent in self.parents.items() if parent == node)

    def covers(self, node: str, other: str) -> bool:
        """Whether ``other`` is ``node`` or lies below it."""
        return node == other or node in self._paths.get(other, ())

    def common(self, one: str, other: str) -> str | None:
        """The lowest node that covers both."""
        return next((above for above in (one, *self.up(one)) if self.covers(above, other)), None)

    def _may_hold(self, node: str, origin: str, lane: str) -> bool:
        """Whether batches of this lane have business at ``node``: its own, its subtree's upward, its ancestors' to
        all, and what is to it or to a node below it."""
        if origin not in self.parents or node not in self.parents:
            return False
        if lane in UP:
            return self.covers(node, origin)
        if lane == ALL:
            return self.covers(origin, node)
        to = lane.removeprefix(TO)
        return lane.startswith(TO) and to != origin and self.covers(origin, node) and self.covers(node, to)

    def shared(self, child: str, origin: str, lane: str) -> bool:
        """Whether a child and its parent both hold it: what they compare."""
        parent = self.parents.get(child)
        return parent is not None and self.may_hold(child, origin, lane) and self.may_hold(parent, origin, lane)


def lanes_of(tree: Tree, node: str) -> Iterable[str]:
    """The lanes that a node may write."""
    yield from UP
    if below := tree.below(node):
        yield ALL
        yield from (TO + one for one in below)


def rank_of(lane: str) -> int:
    """Which goes first on a line: acts and what is meant for somebody, then facts, then hours."""
    return {"facts": 1, "hours": 2}.get(lane, 0)
