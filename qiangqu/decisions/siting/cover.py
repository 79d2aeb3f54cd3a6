"""Cover: fewest sites that reach every place within a standard (LSCP: C. Toregas and others, Operations
Research 19 (1971) 1363-1373), most weight within it with p sites (MCLP: R. Church, C. ReVelle, Papers of the
Regional Science Association 32 (1974) 101-118), a second cover for when one site is out (BACOP: K. Hogan,
C. ReVelle, Management Science 32 (1986) 1434-1444), and the shortest standard that p sites can keep (p-centre:
E. Minieka, SIAM Review 12 (1970) 138-139).
"""

import math
import time
from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack, identity, vstack

from qiangqu.base.errors import InputError

from .milp import Solved, minimise
from .table import Floats, Ints, Siting, checked, fixed_sites, nearest_of

Mask = Any  # places × candidates, bool


def cover_all(times: Any, standard: float, *, keep: Iterable[int] = (), seconds: float = 60.0) -> Siting:
    """LSCP: the fewest sites so that every place is within ``standard`` (the table's unit) of an open one.
    ``value``: how many. Raises InputError naming a place that no candidate reaches within it.
    """
    table, _load = checked(times)
    kept = fixed_sites(table.shape[1], keep, table.shape[1])
    within = table <= standard
    hopeless = np.flatnonzero(~within.any(1))
    if hopeless.size:
        raise InputError(
            f"有 {hopeless.size} 个需求点没有任何候选点能在 {standard:g} 以内到达，例如第{int(hopeless[0]) + 1}个"
        )
    solved = _set_cover(within, kept, seconds)
    sites = np.flatnonzero(_values(solved) > 0.5)
    return Siting(
        tuple(sites.tolist()),
        tuple(nearest_of(table, sites).tolist()),
        float(len(sites)),
        float(math.ceil(solved.bound - 1e-6)),
        solved.optimal,
    )


def _values(solved: Solved) -> Floats:
    if solved.x is None:
        raise InputError("在给定的时间内没有找到可行的方案，请放宽时间或减少候选点")
    return solved.x


def _reduced_rows(within: Mask) -> Mask:
    """Rows that are no superset of another row: what covers those covers the others too."""
    rows = np.unique(within, axis=0)
    rows = rows[np.argsort(rows.sum(1), kind="stable")]
    if len(rows) > 4000:
        return rows
    sizes = rows.sum(1)
    shared = rows.astype(np.float32) @ rows.astype(np.float32).T
    contains = shared >= sizes[None, :]  # row i holds all of row j
    return rows[~np.triu(contains.T, 1).any(0)]


def _set_cover(within: Mask, kept: Ints, seconds: float) -> Solved:
    open_rows = within[~within[:, kept].any(1)] if kept.size else within
    count = within.shape[1]
    lower = np.zeros(count)
    lower[kept] = 1.0
    if not len(open_rows):
        return Solved(lower, float(len(kept)), float(len(kept)), True)
    rows = csr_matrix(_reduced_rows(open_rows).astype(np.float64))
    return minimise(
        np.ones(count),
        np.ones(count, bool),
        rows,
        np.ones(rows.shape[0]),
        np.full(rows.shape[0], np.inf),
        lower=lower,
        gap=0.999,
        seconds=seconds,
    )


def cover_most(
    times: Any, p: int, standard: float, *, weights: Any = None, keep: Iterable[int] = (), seconds: float = 60.0
) -> Siting:
    """MCLP: the ``p`` sites with the most weight within ``standard``; ``value`` is that weight."""
    table, load = checked(times, weights)
    kept = fixed_sites(table.shape[1], keep, p)
    within, weight = _grouped(table <= standard, load)
    groups, count = within.shape
    rows = vstack(
        [
            hstack([-csr_matrix(within.astype(np.float64)), identity(groups)]),
            csr_matrix(np.concatenate([np.ones(count), np.zeros(groups)])[None, :]),
        ]
    ).tocsr()
    return _most(table, load, standard, 1, kept, p, rows, np.concatenate([np.zeros(count), -weight]), seconds)


def cover_twice(
    times: Any, p: int, standard: float, *, weights: Any = None, keep: Iterable[int] = (), seconds: float = 60.0
) -> Siting:
    """BACOP1: every place within ``standard`` of one of the ``p`` sites, and the most weight within it of two;
    ``value`` is that weight. Raises InputError when p sites cannot cover every place once.
    """
    table, load = checked(times, weights)
    kept = fixed_sites(table.shape[1], keep, p)
    within, weight = _grouped(table <= standard, load)
    groups, count = within.shape
    if not within.any(1).all() or len(within) < len(np.unique(table <= standard, axis=0)):
        raise InputError(f"没有方案能让每个需求点都在 {standard:g} 以内")
    inside = csr_matrix(within.astype(np.float64))
    rows = vstack(
        [
            hstack([-inside, identity(groups)]),
            csr_matrix(np.concatenate([np.ones(count), np.zeros(groups)])[None, :]),
        ]
    ).tocsr()
    return _most(table, load, standard, 2, kept, p, rows, np.concatenate([np.zeros(count), -weight]), seconds)


def _grouped(within: Mask, load: Floats) -> tuple[Mask, Floats]:
    """Places with the same candidates within the standard are one, with their weight; hopeless ones are out."""
    rows, inverse = np.unique(within, axis=0, return_inverse=True)
    weight: Floats = np.bincount(inverse.ravel(), load, minlength=len(rows)).astype(np.float64)
    some = rows.any(1)
    return rows[some], weight[some]


def _most(
    table: Floats,
    load: Floats,
    standard: float,
    times: int,
    kept: Ints,
    p: int,
    rows: Any,
    cost: Floats,
    seconds: float,
) -> Siting:
    """Most weight within ``standard`` of ``times`` open sites, every place of one less; ``rows`` end with the
    number of sites."""
    count, groups = table.shape[1], rows.shape[0] - 1
    lower = np.zeros(len(cost))
    lower[kept] = 1.0
    whole = bool(np.equal(np.mod(cost, 1), 0).all())
    solved = minimise(
        cost,
        np.concatenate([np.ones(count, bool), np.zeros(len(cost) - count, bool)]),
        rows,
        np.concatenate([np.full(groups, -np.inf), [float(p)]]),
        # the second cover ≤ sites within less 1, so that the first is always there
        np.concatenate([np.full(groups, 1.0 - times), [float(p)]]),
        lower=lower,
        gap=0.999 if whole else 1e-7 * max(1.0, float(load.sum())),
        seconds=seconds,
    )
    if solved.infeasible:
        raise InputError(f"{p} 个站点不能让每个需求点都达标，请增加站点或放宽标准")
    sites = np.flatnonzero(_values(solved)[:count] > 0.5)
    value = float(load[(table[:, sites] <= standard).sum(1) >= times].sum())
    bound = -solved.bound
    return Siting(
        tuple(sites.tolist()),
        tuple(nearest_of(table, sites).tolist()),
        value,
        value if solved.optimal else (float(math.floor(bound + 1e-6)) if whole else bound),
        solved.optimal,
    )


def p_centre(times: Any, p: int, *, keep: Iterable[int] = (), seconds: float = 60.0) -> Siting:
    """The ``p`` sites whose worst place is nearest; ``value`` is its time. Bisects over the times that occur.

    Raises InputError when no choice of p sites reaches every place.
    """
    began = time.monotonic()
    table, _load = checked(times)
    kept = fixed_sites(table.shape[1], keep, p)
    values = np.unique(table[np.isfinite(table)])
    sites = _farthest_first(table, p, kept)
    worst = table[:, sites].min(1).max()
    low = int(np.searchsorted(values, table.min(1).max()))  # no place can be nearer than its own nearest candidate
    high = int(np.searchsorted(values, worst)) if np.isfinite(worst) else len(values)
    proven = True
    while low < high:
        middle = (low + high) // 2
        left = seconds - (time.monotonic() - began)
        fits = _fits(table <= values[middle], p, kept, max(1.0, left))
        if fits is None:
            proven = False
            break
        if len(fits):
            sites = fits
            high = int(np.searchsorted(values, table[:, sites].min(1).max()))
        else:
            low = middle + 1
    if high == len(values):
        raise InputError(f"没有方案能用 {p} 个站点到达每个需求点")
    return Siting(
        tuple(np.sort(sites).tolist()),
        tuple(nearest_of(table, np.sort(sites)).tolist()),
        float(values[high]),
        float(values[low]),
        proven,
    )


def _farthest_first(table: Floats, p: int, kept: Ints) -> Ints:
    """Sites chosen one after the other for the place that is worst off."""
    chosen = kept.tolist() or [
        int(np.where(np.isfinite(table), table, table[np.isfinite(table)].max() * 2).max(0).argmin())
    ]
    near = table[:, chosen].min(1)
    while len(chosen) < p:
        site = int(table[int(near.argmax())].argmin())
        if site in chosen:
            site = int(np.setdiff1d(np.arange(table.shape[1]), chosen)[0])
        chosen.append(site)
        near = np.minimum(near, table[:, site])
    return np.asarray(chosen, np.int64)


def _fits(within: Mask, p: int, kept: Ints, seconds: float) -> Ints | None:
    """Sites (p at most) that cover every place; empty: proven that none do; None: the time ran out."""
    if not within.any(1).all():
        return np.empty(0, np.int64)
    packed = _apart(within)
    if packed > p:
        return np.empty(0, np.int64)
    quick = _greedy_cover(within, kept)
    if len(quick) <= p:
        return quick
    solved = _set_cover(within, kept, seconds)
    if solved.x is not None and solved.value <= p + 0.5:
        return np.flatnonzero(solved.x > 0.5)
    if solved.optimal or solved.bound > p + 1e-6:
        return np.empty(0, np.int64)
    return None


def _greedy_cover(within: Mask, kept: Ints) -> Ints:
    chosen = kept.tolist()
    open_ = ~within[:, chosen].any(1) if chosen else np.ones(len(within), bool)
    while open_.any():
        site = int(within[open_].sum(0).argmax())
        chosen.append(site)
        open_ &= ~within[:, site]
    return np.asarray(chosen, np.int64)


def _apart(within: Mask) -> int:
    """How many places, taken greedily, share no candidate: so many sites are needed at least."""
    free = np.ones(within.shape[1], bool)
    count = 0
    for row in within[np.argsort(within.sum(1), kind="stable")]:
        if not (row & ~free).any():
            free &= ~row
            count += 1
    return count
