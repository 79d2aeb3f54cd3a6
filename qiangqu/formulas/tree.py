"""The tree of areas as it was: one tree for each stretch of months in which no area moved or changed its
level.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from .spells import FIRST, LAST, Spell


@dataclass(frozen=True)
class Tree:
    """Parent and level of each area in the months ``first`` to ``last``."""

    first: int
    last: int
    parent: Mapping[int, int | None]
    level: Mapping[int, str]

    @cached_property
    def children(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for area, above in self.parent.items():
            if above is not None:
                found[above].append(area)
        return found

    def above(self, area: int) -> list[int]:
        """The area and all above it, upwards."""
        found = [area]
        # days of moves entered by hand can contradict each other: a ring ends where it began
        while (up := self.parent.get(found[-1])) is not None and up not in found:
            found.append(up)
        return found

    @cached_property
    def depth(self) -> dict[int, int]:
        return {area: len(self.above(area)) - 1 for area in self.parent}

    @cached_property
    def nested(self) -> bool:
        """Whether areas lie in one another."""
        return any(above is not None for above in self.parent.values())

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Each area with itself and every area above it."""
        for area in self.parent:
            for above in self.above(area):
                yield area, above

    def below(self, area: int) -> set[int]:
        """The area and all areas below it."""
        return {one for one, above in self.pairs() if above == area}


def trees_of(areas: Mapping[int, Sequence[Spell]]) -> list[Tree]:
    """Trees of areas whose stretches hold ``(parent, level)``, in the order of time.

    >>> moved = {1: [(0, 99999, (None, "city"))], 2: [(0, 99999, (None, "city"))], 3: [(0, 299, (1, "zone")), (300, 99999, (2, "zone"))]}
    >>> [(tree.first, tree.last, tree.above(3)) for tree in trees_of(moved)]
    [(0, 299, [3, 1]), (300, 99999, [3, 2])]
    """
    starts = sorted({first for parts in areas.values() for first, _last, _values in parts} | {FIRST})
    trees = []
    for at, first in enumerate(starts):
        held = {area: next(v for start, end, v in parts if start <= first <= end) for area, parts in areas.items()}
        last = starts[at + 1] - 1 if at + 1 < len(starts) else LAST
        trees.append(Tree(first, last, {a: v[0] for a, v in held.items()}, {a: v[1] for a, v in held.items()}))
    return trees
