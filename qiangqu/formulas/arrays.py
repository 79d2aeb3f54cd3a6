"""From the atoms to the formulas: each node of the graph is computed for all cells (choices × periods × areas) at
once, with numpy, from the cells of its atoms (:mod:`qiangqu.formulas.atoms`).

A node is a pair of arrays, values and flags (:mod:`qiangqu.formulas.layers`); where the flags are a reason there is
no value, whatever the other array holds.

Whether a formula uses real or simulated figures is chosen once for a cell (decision 6): all is computed with
``choice`` 0 (real figures only) and 1 (simulated ones; real ones of what has none), and :func:`chosen` takes the
second where the first cannot be computed.
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from qiangqu.base.periods import Period, PeriodKind, from_key

from .derivation import end_key, previous_key
from .graph import ATOMS, Graph, Node
from .layers import CONCLUSIVE, PERIOD_BASE, Flag, Why
from .spells import month_of
from .tree import Tree

Array = np.ndarray[Any, Any]
Pair = tuple[Array, Array]
#: places in the grid, whether simulated, values, flags
Cells = tuple[Array, Array, Array, Array]
#: a reason that is never the smallest
_NO_REASON = np.iinfo(np.int64).max


def is_missing(flags: Array) -> Array:
    """Where there is no value."""
    found: Array = flags >= PERIOD_BASE
    return found


class Grid:
    """The cells of an evaluation: each of ``periods`` (keys) with each of ``areas`` (ids), as they lay in ``trees``."""

    def __init__(self, periods: Iterable[int], areas: Iterable[int], trees: Sequence[Tree]) -> None:
        self.keys = np.array(sorted(periods), np.int64)
        self.areas = np.array(sorted(areas), np.int64)
        self.trees = trees
        self.periods: list[Period] = [from_key(int(key)) for key in self.keys]
        self.years = np.array([one.year for one in self.periods], np.int64)
        self.kinds = np.array([int(one.kind) for one in self.periods], np.int64)
        self.ends = np.array([end_key(one) for one in self.periods], np.int64)
        self._at = {int(key): at for at, key in enumerate(self.keys)}

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.keys), len(self.areas)

    def find(self, keys: Iterable[int]) -> Array:
        """Places of periods; -1 for one that is not there."""
        return np.array([self._at.get(int(key), -1) for key in keys], np.int64)

    @cached_property
    def in_trees(self) -> list[tuple[Tree, Array]]:
        """Each tree with the places of the periods that end while it stands."""
        months = np.array([month_of(one.end) for one in self.periods], np.int64)
        found = [(tree, np.flatnonzero((months >= tree.first) & (months <= tree.last))) for tree in self.trees]
        return [(tree, places) for tree, places in found if len(places)]

    def at(self, area: int) -> int:
        """Place of an area."""
        return self._area_places[area]

    @cached_property
    def _area_places(self) -> dict[int, int]:
        return {int(area): place for place, area in enumerate(self.areas)}

    def places(self, areas: Array, periods: Array) -> tuple[Array, Array, Array]:
        """Places of areas and of periods, and whether both are there."""
        row, column = (
            np.minimum(np.searchsorted(known, wanted), len(known) - 1)
            for known, wanted in ((self.keys, periods), (self.areas, areas))
        )
        return column, row, (self.keys[row] == periods) & (self.areas[column] == areas)

    def area_at(self, areas: Iterable[int]) -> Array:
        return np.searchsorted(self.areas, np.fromiter(areas, np.int64))

    @cached_property
    def parents(self) -> Array:
        """Place of the area above, by period and area; -1 for none."""
        found = np.full(self.shape, -1, np.int64)
        for tree, places in self.in_trees:
            above = {area: up for area, up in tree.parent.items() if up is not None}
            row = np.full(len(self.areas), -1, np.int64)
            row[self.area_at(above)] = self.area_at(above.values())
            found[places] = row
        return found


class Values:
    """The nodes ``roots`` of a graph over a grid, from the ``cells`` of its atoms."""

    def __init__(self, graph: Graph, roots: Iterable[int], grid: Grid, cells: Mapping[int, Cells]) -> None:
        self.graph, self.grid, self.roots = graph, grid, list(dict.fromkeys(roots))
        self._rows = cells
        self.choices = 1 + any(simulated.any() for _places, simulated, _v, _f in self._rows.values())
        self.known: dict[int, Pair] = {}
        nodes = graph.reachable(self.roots)
        last_use = {arg: index for index in nodes for arg in graph[index].args}
        with np.errstate(all="ignore"):
            for index in nodes:
                self.known[index] = self._computed(index, graph[index])
                for arg in {*graph[index].args}:
                    if last_use[arg] == index and arg not in self.roots:
                        del self.known[arg]

    @property
    def _shape(self) -> tuple[int, int, int]:
        return self.choices, *self.grid.shape

    def _computed(self, index: int, node: Node) -> Pair:
        if node.op in ATOMS:
            return self._atom(index)
        if node.op == "const":
            return self._same(float(node.params[0]), 0)
        if node.op == "null":
            return self._same(np.nan, np.broadcast_to(self._why(index, Why.NO_CASE), self._shape))
        method: Callable[[int, Node], Pair] = getattr(self, f"_{node.op}")
        return method(index, node)

    def _same(self, value: float, flags: Any) -> Pair:
        return np.broadcast_to(np.float64(value), self._shape), np.broadcast_to(np.int64(flags), self._shape)

    def _why(self, node: int, detail: int, keys: Array | None = None) -> Array:
        """The reason, by period (of the cell's own or of ``keys``), to be spread over the others."""
        return (np.int64((node * 100 + int(detail)) * PERIOD_BASE) + (self.grid.keys if keys is None else keys))[
            :, None
        ]

    def _atom(self, index: int) -> Pair:
        """Real figures, and beside them the simulated ones, or what there is (complete before incomplete)."""
        size = self.grid.shape[0] * self.grid.shape[1]
        v = np.full((2, size), np.nan)
        f = np.tile(np.broadcast_to(self._why(index, Why.MISSING), self.grid.shape).reshape(size), (2, 1))
        there = np.zeros((2, size), bool)
        if index in self._rows:
            places, simulated, values, flags = self._rows[index]
            # an average of nobody has no value and no reason of its own
            odd = np.isnan(values) & ~is_missing(flags)
            if odd.any():
                keys = self.grid.keys[places // len(self.grid.areas)]
                flags = np.where(odd, (index * 100 + int(Why.RANGE)) * PERIOD_BASE + keys, flags)
            for side in (0, 1):
                mine = simulated == side
                v[side, places[mine]], f[side, places[mine]] = values[mine], flags[mine]
                there[side, places[mine]] = True
        if self.choices == 2:
            gone = is_missing(f)
            # complete: simulated, then real; incomplete: real, then simulated
            real = there[0] & (~there[1] | gone[1])
            v[1], f[1] = np.where(real, v[0], v[1]), np.where(real, f[0], f[1])
        return v[: self.choices].reshape(self._shape), f[: self.choices].reshape(self._shape)

    # ------------------------------------------------------------ cell by cell

    def _strict(self, args: Sequence[int], value: Array, problem: Array | None = None, why: Any = None) -> Pair:
        """A value that is missing when an argument is, by the reason of the first such; ``why`` where there is a
        ``problem``.
        """
        flags = self.known[args[0]][1]
        for arg in args[1:]:
            flags = flags | self.known[arg][1]
        if problem is not None:
            flags = np.where(problem, why, flags)
        for arg in reversed(args):
            mine = self.known[arg][1]
            flags = np.where(is_missing(mine), mine, flags)
        return value, flags

    def _neg(self, _index: int, node: Node) -> Pair:
        return self._strict(node.args, -self.known[node.args[0]][0])

    def _abs(self, _index: int, node: Node) -> Pair:
        return self._strict(node.args, np.abs(self.known[node.args[0]][0]))

    def _round(self, _index: int, node: Node) -> Pair:
        """Halves away from zero."""
        value, scale = self.known[node.args[0]][0], 10.0 ** abs(int(node.params[0]))
        moved = value * scale if node.params[0] >= 0 else value / scale
        whole = np.trunc(moved) + np.trunc(2 * (moved - np.trunc(moved)))
        return self._strict(node.args, whole / scale if node.params[0] >= 0 else whole * scale)

    def _convert(self, _index: int, node: Node) -> Pair:
        return self._strict(node.args, self.known[node.args[0]][0] * float(node.params[0]))

    def _binary(self, node: Node, function: Callable[[Array, Array], Array]) -> Pair:
        a, b = node.args
        return self._strict(node.args, function(self.known[a][0], self.known[b][0]))

    def _add(self, _index: int, node: Node) -> Pair:
        return self._binary(node, operator.add)

    def _sub(self, _index: int, node: Node) -> Pair:
        return self._binary(node, operator.sub)

    def _mul(self, _index: int, node: Node) -> Pair:
        return self._binary(node, operator.mul)

    def _compare(self, _index: int, node: Node) -> Pair:
        value, flags = self._binary(node, _COMPARISONS[node.params[0]])
        return value.astype(np.float64), flags

    def _div(self, index: int, node: Node) -> Pair:
        a, b = (self.known[arg][0] for arg in node.args)
        return self._strict(node.args, a / b, b == 0, self._why(index, Why.ZERO))

    def _nullif(self, index: int, node: Node) -> Pair:
        (a, fa), (b, fb) = (self.known[arg] for arg in node.args)
        equal = ~is_missing(fa) & ~is_missing(fb) & (a == b)
        return a, np.where(equal, self._why(index, Why.ZERO), fa)

    def _greatest(self, _index: int, node: Node) -> Pair:
        return self._strict(node.args, np.maximum.reduce([self.known[arg][0] for arg in node.args]))

    def _least(self, _index: int, node: Node) -> Pair:
        return self._strict(node.args, np.minimum.reduce([self.known[arg][0] for arg in node.args]))

    def _coalesce(self, _index: int, node: Node) -> Pair:
        value, flags = self.known[node.args[-1]]
        for arg in reversed(node.args[:-1]):
            v, f = self.known[arg]
            gone = is_missing(f)
            value, flags = np.where(gone, value, v), np.where(gone, flags, f)
        return value, flags

    def _prefer(self, _index: int, node: Node) -> Pair:
        """The first, unless it is missing or is real where simulated figures were chosen and the second has
        some.
        """
        (a, fa), (b, fb) = (self.known[arg] for arg in node.args)
        gone = is_missing(fb)
        use = is_missing(fa) | (~gone & ((fa & 1) < (fb & 1)))
        # when neither is there, an incomplete one tells more than one that is missing altogether
        detail = fa // PERIOD_BASE % 100
        counted = True if node.params == ("total",) else (detail >= 1) & (detail <= 89)
        return np.where(use, b, a), np.where(use & ~(gone & counted), fb, fa)

    def _and(self, _index: int, node: Node) -> Pair:
        return self._logic(node, np.minimum, 0.0)

    def _or(self, _index: int, node: Node) -> Pair:
        return self._logic(node, np.maximum, 1.0)

    def _logic(self, node: Node, function: Callable[[Array, Array], Array], decides: float) -> Pair:
        """One that ``decides`` does so whatever the other is."""
        (a, fa), (b, fb) = (self.known[arg] for arg in node.args)
        gone_a, gone_b = is_missing(fa), is_missing(fb)
        first, second = ~gone_a & (a == decides), ~gone_b & (b == decides)
        flags = np.select([first, second, gone_a, gone_b], [fa, fb, fa, fb], fa | fb)
        return np.where(first | second, decides, function(a, b)), flags

    def _not(self, _index: int, node: Node) -> Pair:
        value, flags = self.known[node.args[0]]
        return 1.0 - value, flags

    def _isnull(self, _index: int, node: Node) -> Pair:
        flags = self.known[node.args[0]][1]
        gone = is_missing(flags)
        return gone.astype(np.float64), np.where(gone, 0, flags)

    def _case(self, index: int, node: Node) -> Pair:
        """An unknown condition makes the whole unknown: a missing value must not fall into ELSE."""
        whens, thens = node.args[0 : len(node.args) // 2 * 2 : 2], node.args[1::2]
        value, flags = self._same(np.nan, 0)
        passed = np.zeros(self._shape, np.int64)
        open_ = np.ones(self._shape, bool)
        for when, then in zip(whens, thens, strict=True):
            (w, fw), (t, ft) = self.known[when], self.known[then]
            unknown = is_missing(fw)
            passed = passed | np.where(unknown, 0, fw)
            holds = open_ & ~unknown & (w != 0)
            flags = np.where(open_ & unknown, fw, flags)
            value, flags = np.where(holds, t, value), np.where(holds, np.where(is_missing(ft), ft, passed | ft), flags)
            open_ = open_ & ~unknown & (w == 0)
        if not len(node.args) % 2:
            return value, np.where(open_, self._why(index, Why.NO_CASE), flags)
        v, f = self.known[node.args[-1]]
        return np.where(open_, v, value), np.where(open_, np.where(is_missing(f), f, passed | f), flags)

    def _count_true(self, _index: int, node: Node) -> Pair:
        """Sum of those that are known; missing when none is."""
        total, flags, none = np.zeros(self._shape), np.zeros(self._shape, np.int64), np.ones(self._shape, bool)
        for arg in node.args:
            v, f = self.known[arg]
            gone = is_missing(f)
            total, flags, none = total + np.where(gone, 0, v), flags | np.where(gone, 0, f), none & gone
        return total, np.where(none, self.known[node.args[0]][1], flags)

    # ------------------------------------------------------------ other cells

    def _at(self, arg: int, keys: Iterable[int]) -> Pair:
        """A node in other periods; a cell that is not in the grid has no value, a constant is the same everywhere."""
        if self.graph[arg].op in ("const", "null"):
            return self.known[arg]
        keys = np.fromiter(keys, np.int64, self.grid.shape[0])
        places = self.grid.find(keys)
        v, f = (one[:, places] for one in self.known[arg])
        return v, np.where((places < 0)[:, None], self._why(arg, Why.MISSING, keys), f)

    def _growth(self, index: int, arg: int, base: Pair, value: Array) -> Pair:
        """Against a base, which must be positive."""
        (_now, f), (then, g) = self.known[arg], base
        flags = np.select([is_missing(f), is_missing(g)], [f, g], f | g)
        bad = ~is_missing(flags) & ((then <= 0) | np.isnan(value))
        return value, np.where(bad, self._why(index, Why.BASE), flags)

    def _yoy(self, index: int, node: Node) -> Pair:
        (arg,) = node.args
        base = self._at(arg, self.grid.keys - 100)
        return self._growth(index, arg, base, (self.known[arg][0] / base[0] - 1) * 100)

    def _based(self, arg: int, year: int) -> Pair:
        return self._at(arg, (Period(one.kind, year, one.index).key for one in self.grid.periods))

    def _change(self, index: int, node: Node) -> Pair:
        (arg,), (year,) = node.args, node.params
        base = self._based(arg, year)
        value, flags = self._growth(index, arg, base, (self.known[arg][0] / base[0] - 1) * 100)
        return value, self._not_before(index, flags, self.grid.years < year)

    def _cagr(self, index: int, node: Node) -> Pair:
        (arg,), (year,) = node.args, node.params
        base, now = self._based(arg, year), self.known[arg][0]
        power = np.power(now / base[0], 1.0 / (self.grid.years - year)[:, None])
        value, flags = self._growth(index, arg, base, np.where(now < 0, np.nan, (power - 1) * 100))
        return value, self._not_before(index, flags, self.grid.years <= year)

    def _not_before(self, index: int, flags: Array, before: Array) -> Array:
        return np.where(before[:, None], self._why(index, Why.BEFORE), flags)

    def _lag(self, _index: int, node: Node) -> Pair:
        (arg,), (count,) = node.args, node.params
        return self._at(arg, (previous_key(int(key), count) for key in self.grid.keys))

    def _parent(self, index: int, node: Node) -> Pair:
        v, f = self.known[node.args[0]]
        above = self.grid.parents
        rows = np.arange(len(above))[:, None]
        return v[:, rows, above], np.where(above < 0, self._why(index, Why.TOP), f[:, rows, above])

    def _chain(self, index: int, node: Node) -> Pair:
        """The mean yearly growth since a year, out of the growth of each year in the same part of the year."""
        (arg,), (base,) = node.args, node.params
        rate, f = self.known[arg]
        whole, value = np.zeros(self._shape, bool), np.full(self._shape, np.nan)
        flags = np.broadcast_to(self._why(index, Why.CHAIN), self._shape).copy()
        usable = ~is_missing(f) & (rate > -100)
        logs = np.where(usable, np.log(1 + rate / 100), 0)
        for part in {(one.kind, one.index) for one in self.grid.periods}:
            at = np.array(
                [n for n, p in enumerate(self.grid.periods) if (p.kind, p.index) == part and p.year > base], int
            )
            if not len(at):
                continue
            at = at[np.argsort(self.grid.years[at])]
            count = np.cumsum(usable[:, at], axis=1)
            whole[:, at] = count == (self.grid.years[at] - base)[:, None]
            value[:, at] = (np.exp(np.cumsum(logs[:, at], axis=1) / count) - 1) * 100
            flags[:, at] = _told(f[:, at], whole[:, at], flags[:, at], exclusive=False)
        return value, self._not_before(index, flags, self.grid.years <= base)

    def _since(self, index: int, node: Node) -> Pair:
        """The sum of the whole years since the first and of this year so far."""
        (arg,), (first,) = node.args, node.params
        v, f = self.known[arg]
        at = np.flatnonzero((self.grid.kinds == int(PeriodKind.YEAR)) & (self.grid.years >= first))
        at = at[np.argsort(self.grid.years[at])]
        before = np.searchsorted(self.grid.years[at], self.grid.years)
        known = ~is_missing(f[:, at])
        total, count = (
            np.pad(np.cumsum(part, axis=1), ((0, 0), (1, 0), (0, 0)))[:, before]
            for part in (np.where(known, v[:, at], 0), known)
        )
        whole = count == np.maximum(self.grid.years - first, 0)[:, None]
        lacking = np.broadcast_to(self._why(index, Why.YEARS), self._shape)
        past = _told(f[:, at], whole, lacking, exclusive=True, places=before)
        now, so_far = self._at(arg, self.grid.ends)
        flags = np.where(~whole, past, np.where(is_missing(so_far), so_far, past | so_far))
        return total + now, self._not_before(index, flags, self.grid.years < first)

    def _areas_where(self, index: int, node: Node) -> Pair:
        (arg,), (level,) = node.args, node.params
        v, f = self.known[arg]
        found = {name: np.zeros(self._shape, np.int64) for name in ("all", "known", "holds", "flags")}
        for tree, at in self.grid.in_trees:
            pairs = [(area, above) for area, above in tree.pairs() if tree.level[area] == level]
            areas, above = (self.grid.area_at(part) for part in zip(*pairs, strict=True)) if pairs else (_NONE, _NONE)
            mine = f[:, at][:, :, areas]
            known = ~is_missing(mine)
            holds = known & (v[:, at][:, :, areas] != 0)
            for name, add, part in (
                ("all", np.add, np.ones_like(known)), ("known", np.add, known), ("holds", np.add, holds),
                ("flags", np.bitwise_or, np.where(known, mine, 0)),
            ):  # fmt: skip
                block = np.zeros((self.choices, len(at), len(self.grid.areas)), np.int64)
                where: Any = (slice(None), slice(None), above)
                add.at(block, where, part)
                found[name][:, at] = block
        # as with sums: of some areas alone nothing is said of all
        whole = (found["all"] > 0) & (found["known"] == found["all"])
        lacking = np.where(found["known"] > 0, self._why(index, Why.SOME_BELOW), self._why(index, Why.BELOW))
        return found["holds"].astype(np.float64), np.where(whole, found["flags"], lacking)


_NONE = np.empty(0, np.int64)
_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def _told(flags: Array, whole: Array, lacking: Array, *, exclusive: bool, places: Array | None = None) -> Array:
    """Of the years up to each (``exclusive``: before it): what they rest on where they are ``whole``, else the first
    reason why one is missing, else ``lacking``; ``places`` says at which year each period stands.
    """
    gone = is_missing(flags)
    rests = np.bitwise_or.accumulate(np.where(gone, 0, flags), axis=1)
    reasons = np.minimum.accumulate(np.where(gone, flags, _NO_REASON), axis=1)
    if exclusive:
        rests = np.pad(rests, ((0, 0), (1, 0), (0, 0)))[:, places]
        reasons = np.pad(reasons, ((0, 0), (1, 0), (0, 0)), constant_values=_NO_REASON)[:, places]
    return np.where(whole, rests, np.where(reasons < _NO_REASON, reasons, lacking))


def by_atom(
    atom: Array, area: Array, period: Array, simulated: Array, value: Array, flags: Array, grid: Grid
) -> dict[int, Cells]:
    """Rows of cells by atom."""
    if not (len(atom) and len(grid.areas)):
        return {}
    column, row, inside = grid.places(area, period)
    order = np.argsort(atom, kind="stable")
    order = order[inside[order]]
    place = (row * len(grid.areas) + column)[order]
    atom, simulated, value, flags = atom[order], simulated[order] != 0, value[order], flags[order]
    if not len(atom):
        return {}
    starts = np.flatnonzero(np.r_[True, atom[1:] != atom[:-1]])
    ends = np.r_[starts[1:], len(atom)]
    return {
        int(atom[a]): (place[a:b], simulated[a:b], value[a:b], flags[a:b]) for a, b in zip(starts, ends, strict=True)
    }


def table(values: Values, periods: Iterable[int], apart: bool) -> pa.Table:
    """Columns ``area, period`` and ``v<i>, f<i>`` of each root, one row for each area and period; ``apart``: for each
    choice too (column ``choice``).
    """
    grid = values.grid
    at = grid.find(sorted(periods))
    width, length = len(grid.areas), len(at)
    choices = values.choices if apart else 1
    columns: dict[str, Array] = {
        "area": np.tile(grid.areas, choices * length),
        "period": np.tile(np.repeat(grid.keys[at], width), choices),
    }
    if apart:
        columns["choice"] = np.repeat(np.arange(choices), length * width)
    for root in values.roots:
        v, f = (part[:, at] for part in values.known[root])
        if not apart:
            v, f = chosen(v, f)
        columns[f"v{root}"] = np.where(is_missing(f), np.nan, v).reshape(-1)
        columns[f"f{root}"] = f.reshape(-1)
    return pa.table(columns)


def chosen(v: Array, f: Array) -> Pair:
    """Of the two choices the second where real figures do not suffice, marked as simulated."""
    if len(v) == 1:
        return v, f
    use = is_missing(f[0])
    if not use.any():
        return v[0], f[0]
    use &= ~np.isin(f[0] // PERIOD_BASE % 100, CONCLUSIVE)
    marked = np.where(is_missing(f[1]), f[1], f[1] | int(Flag.SIMULATED))
    return np.where(use, v[1], v[0]), np.where(use, marked, f[0])
