"""The table that siting starts from, and what every model answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qiangqu.base.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MAX_CELLS = 25_000_000  # places × candidates: 200 MB of float64
UNREACHED = -1


@dataclass(frozen=True, slots=True)
class Siting:
    """Which sites are open and what they achieve.

    ``sites``: open candidates, ascending. ``nearest``: for each place the open site that is nearest, or -1
    where none reaches it. ``value``: the model's objective; ``bound``: what no choice of sites can pass;
    ``proven``: whether the two agree.
    """

    sites: tuple[int, ...]
    nearest: tuple[int, ...]
    value: float
    bound: float
    proven: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """A choice of sites seen from the places, in the table's unit. ``mean`` is weighted; ``worst`` is None
    when a place is reached by none; ``within`` and ``twice``: weight within the standard of one and of two
    open sites; ``beyond``: places outside it, the farthest first."""

    mean: float | None
    worst: float | None
    within: float
    twice: float
    beyond: tuple[int, ...]
    unreached: tuple[int, ...]


def checked(times: Any, weights: Any = None) -> tuple[Floats, Floats]:
    """The table as float64 and the weights of its places (1 each by default).

    ``times``: places × candidates, in any one unit (minutes, metres); inf where there is no way. Raises
    InputError for an empty or too large table, a negative or missing time, or weights that do not fit.
    """
    table = np.ascontiguousarray(times, np.float64)
    if table.ndim != 2 or not table.size:
        raise InputError("选址需要一张表：每行一个需求点，每列一个候选点")
    if table.size > MAX_CELLS:
        raise InputError(f"选址表有 {table.size:,} 格，最多 {MAX_CELLS:,} 格，请合并需求点或减少候选点")
    if np.isnan(table).any() or (table < 0).any():
        row, column = (int(i) for i in np.argwhere(np.isnan(table) | (table < 0))[0])
        raise InputError(f"第{row + 1}行第{column + 1}列的时间或距离不是 0 以上的数（没有通路的写作 inf）")
    load = np.ones(len(table)) if weights is None else np.asarray(weights, np.float64)
    if load.shape != (len(table),) or not np.isfinite(load).all() or (load < 0).any():
        raise InputError("权重须与需求点一一对应，且为 0 以上的数")
    return table, load


def fixed_sites(count: int, keep: Iterable[int], p: int) -> Ints:
    """Existing sites that stay, checked. Raises InputError for unknown ones, or more of them than ``p``."""
    kept = np.unique(np.fromiter(keep, np.int64))
    if kept.size and (kept[0] < 0 or kept[-1] >= count):
        raise InputError("保留的站点不在候选点之中")
    if not kept.size <= p <= count or p < 1:
        raise InputError(f"站点数须在 {max(1, kept.size)}—{count} 之间，现为 {p}")
    return kept


def nearest_of(table: Floats, sites: Sequence[int] | Ints) -> Ints:
    """For each place the nearest of ``sites`` (-1: none reaches it)."""
    chosen = np.asarray(sites, np.int64)
    if not chosen.size:
        return np.full(len(table), UNREACHED)
    part = table[:, chosen]
    best = part.argmin(1)
    return np.where(np.isfinite(part[np.arange(len(table)), best]), chosen[best], UNREACHED)


def describe(times: Any, sites: Sequence[int], *, standard: float, weights: Any = None) -> Situation:
    """What a choice of sites means for the places: for a planner who moves one by hand and looks.

    ``standard``: the time or distance that counts as served, in the table's unit. O(places × sites).

    >>> seen = describe([[2.0, 9.0], [7.0, 3.0], [12.0, 30.0]], [0, 1], standard=5)
    >>> seen.mean, seen.worst, seen.within, seen.beyond
    (5.666666666666667, 12.0, 2.0, (2,))
    """
    table, load = checked(times, weights)
    chosen = np.unique(np.asarray(sites, np.int64))
    if not chosen.size:
        return Situation(None, None, 0.0, 0.0, (), tuple(range(len(table))))
    if chosen[0] < 0 or chosen[-1] >= table.shape[1]:
        raise InputError("所选站点不在候选点之中")
    part = table[:, chosen]
    best = part.min(1)
    reached = np.isfinite(best)
    total = load[reached].sum()
    hits = (part <= standard).sum(1)
    far = np.flatnonzero(reached & (hits == 0))
    return Situation(
        float(load[reached] @ best[reached] / total) if total else None,
        float(best.max()) if reached.all() else None,
        float(load[hits > 0].sum()),
        float(load[hits > 1].sum()),
        tuple(far[np.argsort(-best[far], kind="stable")].tolist()),
        tuple(np.flatnonzero(~reached).tolist()),
    )
