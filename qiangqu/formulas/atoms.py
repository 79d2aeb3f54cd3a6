"""The atoms' values in every cell of a grid, from what the query of :mod:`qiangqu.formulas.cells` sums up: raised to the
areas above, put together from other periods, and of several ways the best one taken, all with numpy. DuckDB takes
longer to plan this part than to do it.

Axes are areas × periods × groups; a group is what is alike but for these (a sum that is made, of real or of
simulated figures).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from .arrays import Array, Cells, Grid, by_atom
from .cells import COUNTED, PUBLISHED, REGISTERED, REPORTED, AtomPlan, Use
from .derivation import Mode, alternatives
from .inputs import AreaRow
from .layers import PERIOD_BASE, Flag
from .spells import LAST, month_of

#: numbers of one array at a time, unless one group has more
_AT_ONCE = 4_000_000
_NOT_WHOLE, _SUBJECT, _MANY = 1e14, 1e11, 1e8
Rows = Mapping[str, Array]
Group = tuple[int, int]  # a sum or an element, simulated
Part = tuple[Array, int, Array, Array]  # places in the grid, simulated, values, flags


@dataclass(frozen=True, slots=True)
class Picked:
    """The best way to each cell (groups × periods × areas): ``rank`` is infinite where there is nothing."""

    rank: Array
    s: Array
    n: Array
    sk: Array
    way: Array
    here: Array

    @property
    def whole(self) -> Array:
        """Whether all parts are there."""
        found: Array = self.rank < _NOT_WHOLE
        return found


def cells_of(found: pa.Table, plan: AtomPlan, grid: Grid, areas: Sequence[AreaRow]) -> dict[int, Cells]:
    """The cells of each atom, from rows ``what, id, sk, sim, area, period, way, s, n`` (:mod:`.cells`)."""
    rows = {name: found[name].to_numpy() for name in found.column_names}
    what = rows["what"]
    known: dict[int, Cells] = {}
    if plan.registers:
        mine = _where(rows, what == REGISTERED)
        flags = int(Flag.REGISTER) + mine["sim"].astype(np.int64)
        known |= by_atom(mine["id"], mine["area"], mine["period"], mine["sim"], mine["s"], flags, grid)
    if plan.uses:
        known |= _reported(_where(rows, what == REPORTED), _where(rows, what == COUNTED), plan, grid)
    if plan.official or plan.area_sums:
        known |= _published(_where(rows, what == PUBLISHED), plan, grid, areas)
    return known


def _where(rows: Rows, mask: Array) -> dict[str, Array]:
    return {name: column[mask] for name, column in rows.items()}


# ---------------------------------------------------------------- what is reported


def _reported(sums: Rows, counts: Rows, plan: AtomPlan, grid: Grid) -> dict[int, Cells]:
    known: dict[int, Cells] = {}
    by_use: dict[int, list[Use]] = {}
    for use in plan.uses:
        by_use.setdefault(use.number, []).append(use)
    modes = {use.number: use.mode for use in plan.uses}
    for mode in sorted(set(modes.values())):
        numbers = [number for number, its in modes.items() if its == mode]
        for groups, picked in _picks(sums, numbers, Mode(mode), grid, counted=True):
            at = {group: place for place, group in enumerate(groups)}
            for number in dict.fromkeys(number for number, _sim in groups):
                sides = [(sim, at[number, sim]) for sim in (0, 1) if (number, sim) in at]
                for use in by_use[number]:
                    known[use.atom] = _of_atom(use, sides, picked, counts, grid)
    return known


def _of_atom(use: Use, sides: Sequence[tuple[int, int]], picked: Picked, counts: Rows, grid: Grid) -> Cells:
    parts = []
    for sim, place in sides:
        cells = np.flatnonzero(picked.rank[place].ravel() < np.inf)
        whole, s, n = (part[place].ravel()[cells] for part in (picked.whole, picked.s, picked.n))
        if use.deep:
            s, n = (part.ravel()[cells] for part in _counted(use.atom, sim, picked, place, counts, grid))
        if use.func == "reporters":
            value = n
        elif use.func == "total":
            value = s
        else:
            value = np.divide(s, n, out=np.full(len(s), np.nan), where=n != 0)
        parts.append((cells, sim, value, _flags(use.atom, int(Flag.REPORTED) + sim, whole, picked, place, cells, grid)))
    return _together(parts)


def _flags(atom: int, basis: int, whole: Array, picked: Picked, place: int, cells: Array, grid: Grid) -> Array:
    """What a value rests on, or how many parts there are of what is incomplete."""
    here, way = (part[place].ravel()[cells].astype(np.int64) for part in (picked.here, picked.way))
    period = grid.keys[cells // len(grid.areas)]
    found: Array = np.where(whole, basis, (atom * 100 + here + (way - 1) * 20) * PERIOD_BASE + period)
    return found


def _together(parts: Sequence[Part]) -> Cells:
    return (
        np.concatenate([cells for cells, *_ in parts]),
        np.concatenate([np.full(len(cells), sim == 1) for cells, sim, *_ in parts]),
        np.concatenate([value for *_, value, _flags in parts]),
        np.concatenate([flags for *_, flags in parts]),
    )


def _counted(atom: int, sim: int, picked: Picked, place: int, counts: Rows, grid: Grid) -> tuple[Array, Array]:
    """Sum and number of the subjects that a deep atom looks at (periods × areas), of the same figures (from months or
    quarters) as the element's own sum uses.
    """
    mine = _where(counts, (counts["id"] == atom) & (counts["sim"] == sim))
    s, n = np.zeros(grid.shape), np.zeros(grid.shape)
    for sk, way in sorted(set(zip(mine["sk"].tolist(), mine["way"].tolist(), strict=True))):
        these = _where(mine, (mine["sk"] == sk) & (mine["way"] == way))
        groups = np.zeros(len(these["id"]), np.int64)
        summed, number, _there = (part[:, :, 0].T for part in _risen(_dense(these, groups, 1, grid), grid))
        use = (picked.sk[place] == sk) & (picked.way[place] == way)
        s[use], n[use] = summed[use], number[use]
    return s, n


def _dense(rows: Rows, group: Array, groups: int, grid: Grid) -> tuple[Array, Array, Array]:
    """Sums, numbers and whether there is a row; of each area, period and group there is one at most."""
    shape = (len(grid.areas), len(grid.keys), groups)
    s, n, there = np.zeros(shape), np.zeros(shape), np.zeros(shape, bool)
    if len(grid.areas) and len(grid.keys):
        area, period, inside = grid.places(rows["area"], rows["period"])
        at = area[inside], period[inside], group[inside]
        s[at], n[at], there[at] = rows["s"][inside], rows["n"][inside], True
    return s, n, there


def _risen(own: tuple[Array, Array, Array], grid: Grid) -> tuple[Array, ...]:
    """Each area with all below it, as they lay in each period."""
    pairs = [(places, tree.pairs()) for tree, places in grid.in_trees if tree.nested]
    if not pairs:
        return own
    found = tuple(part.copy() for part in own)
    for places, above in pairs:
        every: Any = slice(None) if len(places) == len(grid.keys) else places
        for low, high in ((grid.at(low), grid.at(high)) for low, high in above if low != high):
            if own[2][low].any():
                for whole, part in zip(found, own, strict=True):
                    whole[high, every] += part[low, every]
    return found


def _picks(
    rows: Rows, ids: Iterable[int], mode: Mode, grid: Grid, *, counted: bool
) -> Iterator[tuple[list[Group], Picked]]:
    """Groups of ``ids`` with the best way to each of their cells, as many at once as fit. ``counted``: of complete ways
    of one kind of subjects that with the most reporters is the best.
    """
    mine = _where(rows, np.isin(rows["id"], np.fromiter(ids, np.int64)))
    sources = Grid(np.unique(mine["period"]).tolist(), grid.areas, grid.trees)
    numbers = np.unique(mine["id"])
    step = max(1, _AT_ONCE // max(1, 2 * len(grid.areas) * max(len(sources.keys), len(grid.keys))))
    for at in range(0, len(numbers), step):
        some = numbers[at : at + step]
        these = mine if len(some) == len(numbers) else _where(mine, np.isin(mine["id"], some))
        codes = np.unique(_code(these))
        yield [divmod(int(one), 2) for one in codes], _pick(these, codes, mode, sources, grid, counted)


def _code(rows: Rows) -> Array:
    found: Array = rows["id"].astype(np.int64) * 2 + rows["sim"]
    return found


def _pick(rows: Rows, codes: Array, mode: Mode, sources: Grid, grid: Grid, counted: bool) -> Picked:
    """The best way to each cell: complete before incomplete, then by the subject's number (organisations before
    projects before parcels …), then most reporters, then the way that :func:`.derivation.alternatives` names first.
    """
    shape = (len(grid.keys), len(grid.areas), len(codes))
    rank, s, n = np.full(shape, np.inf), np.zeros(shape), np.zeros(shape)
    kind, way, here = np.zeros(shape, np.int16), np.zeros(shape, np.int8), np.zeros(shape, np.int8)
    group = np.searchsorted(codes, _code(rows))
    places = {int(key): place for place, key in enumerate(sources.keys)}
    for sk in np.unique(rows["sk"]).tolist():
        chosen = rows["sk"] == sk
        own = _dense(_where(rows, chosen), group[chosen], len(codes), sources)
        sums, numbers, there = _risen(own, sources) if counted else own
        for row, key in enumerate(grid.keys.tolist()):
            for order, (number, parts) in enumerate(alternatives(key, mode)):
                at = [places[part] for part in parts if part in places]
                if not at:
                    continue
                if len(at) == 1:
                    found, many, part = sums[:, at[0]], numbers[:, at[0]], there[:, at[0]]
                else:
                    found, many = sums[:, at].sum(axis=1), numbers[:, at].max(axis=1)
                    part = there[:, at].sum(axis=1)
                weight: Any = 0
                if len(parts) == 1:
                    worth = _SUBJECT * sk + order
                    weight = many
                else:
                    whole = part == len(parts)
                    worth = np.where(whole, 0, _NOT_WHOLE) + (_SUBJECT * sk + order)
                    weight = np.where(whole, many, part)
                worth = worth + (_MANY - np.minimum(weight, _MANY)) * 100 if counted else worth
                better = (part > 0) & (worth < rank[row])
                if not better.any():
                    continue
                np.copyto(rank[row], worth, where=better)
                np.copyto(s[row], found, where=better)
                np.copyto(n[row], many, where=better)
                np.copyto(here[row], part, where=better, casting="unsafe")
                kind[row][better], way[row][better] = sk, number
    return Picked(*(np.ascontiguousarray(np.moveaxis(one, 2, 0)) for one in (rank, s, n, kind, way, here)))


# ---------------------------------------------------------------- published figures of areas


def _published(rows: Rows, plan: AtomPlan, grid: Grid, areas: Sequence[AreaRow]) -> dict[int, Cells]:
    parts: dict[int, list[Part]] = {}
    modes = plan.official_modes
    for mode in sorted(set(modes.values())):
        elements = [element for element, its in modes.items() if its == mode]
        for groups, picked in _picks(rows, elements, Mode(mode), grid, counted=False):
            for place, (element, sim) in enumerate(groups):
                cells = np.flatnonzero(picked.rank[place].ravel() < np.inf)
                whole, value = (part[place].ravel()[cells] for part in (picked.whole, picked.s))
                for atom, its, _mode in plan.official:
                    if its == element:
                        flags = _flags(atom, int(Flag.OFFICIAL) + sim, whole, picked, place, cells, grid)
                        parts.setdefault(atom, []).append((cells, sim, value, flags))
            summed = {element for _atom, element, _mode in plan.area_sums}
            asked = [place for place, (element, _sim) in enumerate(groups) if element in summed]
            below, there = _area_sums(picked.s[asked], picked.whole[asked], grid, areas)
            for at, place in enumerate(asked):
                element, sim = groups[place]
                cells = np.flatnonzero(there[at].ravel())
                flags = np.full(len(cells), int(Flag.OFFICIAL) + sim, np.int64)
                for atom, its, _mode in plan.area_sums:
                    if its == element:
                        parts.setdefault(atom, []).append((cells, sim, below[at].ravel()[cells], flags))
    return {atom: _together(found) for atom, found in parts.items()}


def _area_sums(own: Array, known: Array, grid: Grid, areas: Sequence[AreaRow]) -> tuple[Array, Array]:
    """Of each area the sum of its parts (groups × periods × areas): of each part its own figure, else the sum of its
    parts; the sum stands only when every part that exists then is there. Real and simulated sums are made apart: one
    real part does not take the others' simulated sum away.
    """
    best, there = (np.moveaxis(one, (2, 1), (0, 1)).copy() for one in (own, known))  # areas × periods × groups
    below, summed = np.zeros_like(best), np.zeros_like(there)
    born, ended = np.zeros(len(grid.areas), np.int64), np.full(len(grid.areas), LAST, np.int64)
    for one in areas:
        at = grid.at(one.id)
        born[at], ended[at] = month_of(one.first), month_of(one.last) if one.last else LAST
    first = np.array([month_of(one.start) for one in grid.periods], np.int64)
    last = np.array([month_of(one.end) for one in grid.periods], np.int64)
    exists = (born[:, None] <= last) & (ended[:, None] >= first)
    for tree, places in grid.in_trees:
        levels: dict[int, list[int]] = {}
        for area, depth in tree.depth.items():
            levels.setdefault(depth, []).append(area)
        for depth in sorted(levels, reverse=True):
            if not depth:
                continue
            count: dict[int, tuple[Array, Array, Array]] = {}
            for area in levels[depth]:
                up, at = grid.at(tree.parent[area] or 0), grid.at(area)
                if up not in count:
                    shape = (len(places), best.shape[2])
                    count[up] = np.zeros(shape), np.zeros(shape, np.int64), np.zeros((len(places), 1), np.int64)
                total, parts, kids = count[up]
                total += np.where(there[at, places], best[at, places], 0)
                parts += there[at, places]
                kids += exists[at, places][:, None]
            for up, (total, parts, kids) in count.items():
                stands = (parts == kids) & (kids > 0)
                below[up, places], summed[up, places] = np.where(stands, total, 0), stands
                fill = stands & ~there[up, places]
                best[up, places] = np.where(fill, total, best[up, places])
                there[up, places] |= fill
    return np.moveaxis(below, (0, 1), (2, 1)), np.moveaxis(summed, (0, 1), (2, 1))
