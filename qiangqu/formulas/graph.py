"""Formulas as a graph of nodes: equal sub-expressions are one node, whoever wrote them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

FACT_ATOMS = frozenset({"total", "area_sum", "average", "reporters", "official"})
REGISTER_ATOMS = frozenset({"holders", "recognised_since", "projects", "organisations", "parcels", "count", "sum"})
#: leaves: values that are aggregated from facts and registers
ATOMS = FACT_ATOMS | REGISTER_ATOMS


@dataclass(frozen=True, slots=True)
class Node:
    """One operation. ``args`` are indexes of nodes; ``params`` are constants.

    ``unit`` None is a bare number that takes the unit of what it is compared with or added to. ``flow`` says
    whether the value is a flow (True), a level (False) or neither is known (None).
    """

    op: str
    args: tuple[int, ...] = ()
    params: tuple[Any, ...] = ()
    unit: str | None = None
    boolean: bool = False
    flow: bool | None = None


class Graph:
    """Nodes in an order in which each comes after its arguments."""

    def __init__(self) -> None:
        # nobody refers to the node 0: a reason's code, which begins with the node's number, is then never
        # mistaken for flags
        self.nodes: list[Node] = [Node("null")]
        self._index: dict[Node, int] = {}

    def add(self, node: Node) -> int:
        """The index of ``node``, which is added when it is new."""
        found = self._index.get(node)
        if found is None:
            found = self._index[node] = len(self.nodes)
            self.nodes.append(node)
        return found

    def __getitem__(self, index: int) -> Node:
        return self.nodes[index]

    def reachable(self, roots: Iterable[int]) -> list[int]:
        """Indexes of all nodes that ``roots`` need, themselves included, arguments first."""
        seen: set[int] = set()
        stack = list(roots)
        while stack:
            index = stack.pop()
            if index not in seen:
                seen.add(index)
                stack.extend(self.nodes[index].args)
        return sorted(seen)

    def levels(self, indexes: Iterable[int]) -> dict[int, int]:
        """Level of each node: atoms and constants 0, others one above the highest of their arguments."""
        levels: dict[int, int] = {}
        for index in indexes:
            args = self.nodes[index].args
            levels[index] = 1 + max(levels[arg] for arg in args) if args else 0
        return levels
