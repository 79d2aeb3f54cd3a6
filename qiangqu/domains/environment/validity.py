"""Validity of continuous monitoring at outlets, and what stands in for what is invalid.

Stack gas (HJ 75-2017, HJ 76-2017 annex B; the counts were found in a page that reproduces annex B, the
substitution table of HJ 75-2017 12.2 was not looked up): an hour needs 45 valid minutes, a day 20 valid
hours, a month 25 valid days (February 23). Invalid hours while the source runs are replaced, for *emissions*,
by the greatest hourly value among the last valid hours before the gap.

Waste water (HJ 356-2019; only its table of contents was found, clauses 7 and 8 were not looked up): a day's
mean is weighted by flow and needs 75 % of the values due; invalid concentrations are replaced by the mean
(pH: median) of as long a stretch of valid values before the gap.

Flags of HJ 212-2017 (table of data marks): N normal; F plant stopped; M maintenance; S manually set; D
instrument fault; C calibration; T above range; B communication fault. Only N and S are taken as valid; F
means no emission.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from qiangqu.base.errors import InputError

Array = NDArray[np.float64]
MINUTES, HOURS_A_DAY, DAYS_A_MONTH, DAYS_IN_FEBRUARY = 45, 20, 25, 23
WATER_SHARE = 0.75


class Origin(IntEnum):
    """Where an hour's value comes from."""

    MEASURED = 0
    SUBSTITUTED = 1
    STOPPED = 2
    MISSING = 3


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """Hourly values after substitution, their origin, the valid share of the hours in operation, and the rule
    used for gaps.
    """

    values: Array
    origin: NDArray[np.int8]
    capture: float
    rules: tuple[str, ...]


def capture_rate(measured: NDArray[np.bool_], running: NDArray[np.bool_]) -> float:
    """Share of the hours in operation whose value is valid (有效数据捕集率); 1 when the source did not
    run.
    """
    hours = int(np.count_nonzero(running))
    return float(np.count_nonzero(measured & running) / hours) if hours else 1.0


def fill_air(hours: Array, running: NDArray[np.bool_]) -> Filled:
    """Hourly emissions (kg/h) of stack gas with invalid hours replaced (HJ 75-2017, 12.2; not looked up).

    Capture ≥ 90 %: gaps up to 24 h take the maximum of the 180 valid hours before, longer ones of 720; 75–90
    %: of 2160; below 75 % nothing is replaced, the data being unfit. An hour with no valid hour before it
    stays missing. Hours out of operation count 0.
    """
    if hours.shape != running.shape:
        raise InputError("小时值与运行状态的个数不同", where="running")
    measured = ~np.isnan(hours) & running
    capture = capture_rate(measured, running)
    values = np.where(running, hours, 0.0)
    origin = np.where(measured, Origin.MEASURED, np.where(running, Origin.MISSING, Origin.STOPPED)).astype(np.int8)
    rules: dict[str, None] = {}
    if capture < 0.75:
        return Filled(values, origin, capture, ("捕集率不足75%，不替代",) if (origin == Origin.MISSING).any() else ())
    known = np.flatnonzero(measured)
    for start, stop in gaps(origin == Origin.MISSING):
        look = (180 if stop - start <= 24 else 720) if capture >= 0.9 else 2160
        before = known[: np.searchsorted(known, start)][-look:]
        if before.size == 0:
            continue
        values[start:stop] = hours[before].max()
        origin[start:stop] = Origin.SUBSTITUTED
        rules[f"前{look}个有效小时最大值"] = None
    return Filled(values, origin, capture, tuple(rules))


def fill_water(hours: Array, running: NDArray[np.bool_], *, median: bool = False) -> Filled:
    """Hourly concentrations of waste water with invalid hours replaced (HJ 356-2019, clause 8; not looked
    up).

    A gap of n hours takes the mean (``median`` for pH) of the n valid values before it, fewer when there are
    fewer; a gap with none before it stays missing. Hours without discharge count as stopped and keep NaN.
    """
    if hours.shape != running.shape:
        raise InputError("小时值与运行状态的个数不同", where="running")
    measured = ~np.isnan(hours) & running
    values = np.where(running, hours, np.nan)
    origin = np.where(measured, Origin.MEASURED, np.where(running, Origin.MISSING, Origin.STOPPED)).astype(np.int8)
    known = np.flatnonzero(measured)
    replaced = False
    for start, stop in gaps(origin == Origin.MISSING):
        before = known[: np.searchsorted(known, start)][-(stop - start) :]
        if before.size == 0:
            continue
        values[start:stop] = np.median(hours[before]) if median else hours[before].mean()
        origin[start:stop] = Origin.SUBSTITUTED
        replaced = True
    rule = ("前一等长时段中位值",) if median else ("前一等长时段算术均值",)
    return Filled(values, origin, capture_rate(measured, running), rule if replaced else ())


def gaps(missing: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of True as ``(start, stop)``.

    >>> gaps(np.array([False, True, True, False, True]))
    [(1, 3), (4, 5)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], missing, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def air_day(hours: Array) -> float | None:
    """Mean of a day of stack gas: None with fewer than 20 valid hours (HJ 76-2017 annex B)."""
    known = hours[~np.isnan(hours)]
    return float(known.mean()) if known.size >= HOURS_A_DAY else None


def water_day(concentrations: Array, flows: Array, due: int) -> float | None:
    """Mean of a day of waste water weighted by flow; None with fewer than 75 % of the ``due`` values, or
    without flow (HJ 356-2019, 7; not looked up).

    >>> water_day(np.array([10.0, 40.0]), np.array([3.0, 1.0]), 2)
    17.5
    """
    if due <= 0:
        raise InputError("应有数据个数必须大于零", where="due")
    known = ~np.isnan(concentrations) & ~np.isnan(flows)
    volume = float(flows[known].sum())
    if np.count_nonzero(known) < WATER_SHARE * due - 1e-9 or volume <= 0:
        return None
    return float((concentrations[known] * flows[known]).sum() / volume)
