"""Sites of limited capacity with a cost for opening each (capacitated warehouse location, J. E. Beasley,
Computers & Operations Research 20 (1993) 1-12, is the test of it).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, vstack

from qiangqu.base.errors import InputError

from .milp import minimise
from .table import Floats, checked, fixed_sites


@dataclass(frozen=True, slots=True)
class Allocation:
    """``share``: places × candidates, which part of a place's demand goes where; ``value``: opening costs and
    share × cost; ``bound`` and ``proven`` as in :class:`.table.Siting`."""

    sites: tuple[int, ...]
    share: Floats
    value: float
    bound: float
    proven: bool


def capacitated(
    costs: Any,
    demand: Any,
    capacity: Any,
    opening: Any,
    *,
    p: int | None = None,
    keep: Iterable[int] = (),
    undivided: bool = False,
    seconds: float = 60.0,
) -> Allocation:
    """Which sites to open and who is served where, at the least cost.

    ``costs``: places × candidates, the cost of serving a whole place there (inf: not possible); ``demand``: of
    each place; ``capacity`` and ``opening`` cost: of each candidate. ``p``: exactly so many sites;
    ``undivided``: a place is served by one site alone. Raises InputError when nothing fits.
    """
    table, need = checked(costs, demand)
    count = table.shape[1]
    kept = fixed_sites(count, keep, p or count)
    room, price = np.asarray(capacity, np.float64), np.asarray(opening, np.float64)
    if room.shape != (count,) or price.shape != (count,) or (room < 0).any() or np.isnan(price).any():
        raise InputError("容量和建站费用须与候选点一一对应")
    if need.sum() > room.sum():
        raise InputError(f"全部候选点的容量 {room.sum():g} 小于总需求 {need.sum():g}")
    rows, columns = np.nonzero(np.isfinite(table))
    links = len(rows)
    at = np.arange(links)
    width = count + links
    served = csr_matrix((np.ones(links), (rows, count + at)), shape=(len(table), width))
    linked = csr_matrix(
        (
            np.concatenate([np.ones(links), -np.ones(links)]),
            (np.concatenate([at, at]), np.concatenate([count + at, columns])),
        ),
        shape=(links, width),
    )
    filled = csr_matrix(
        (
            np.concatenate([need[rows], -room]),
            (np.concatenate([columns, np.arange(count)]), np.concatenate([count + at, np.arange(count)])),
        ),
        shape=(count, width),
    )
    enough = csr_matrix((room, (np.zeros(count, int), np.arange(count))), shape=(1, width))
    number = csr_matrix((np.ones(count), (np.zeros(count, int), np.arange(count))), shape=(1, width))
    lower = np.zeros(width)
    lower[kept] = 1.0
    low_number, high_number = (0.0, float(count)) if p is None else (float(p), float(p))
    solved = minimise(
        np.concatenate([price, table[rows, columns]]),
        np.concatenate([np.ones(count, bool), np.full(links, undivided)]),
        vstack([served, linked, filled, enough, number]).tocsr(),
        np.concatenate([np.ones(len(table)), np.full(links + count, -np.inf), [need.sum(), low_number]]),
        np.concatenate([np.ones(len(table)), np.zeros(links + count), [np.inf, high_number]]),
        lower=lower,
        gap=1e-7 * max(1.0, float(np.abs(price).sum())),
        seconds=seconds,
    )
    if solved.infeasible or solved.x is None:
        raise InputError(
            "没有可行的方案：容量、站点数或可达范围不足" if solved.infeasible else "在给定的时间内没有找到可行的方案"
        )
    share = np.zeros(table.shape)
    share[rows, columns] = solved.x[count:]
    return Allocation(
        tuple(np.flatnonzero(solved.x[:count] > 0.5).tolist()), share, solved.value, solved.bound, solved.optimal
    )
