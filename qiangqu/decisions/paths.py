"""Required paths 要求路径: what value a target asks for on a day, and how fast it has to move from here.

Time is a fraction of years: the end of 2022 is 2023.0, the middle of 2025 is 2025.5 (:func:`year_fraction`).
Values are plain floats in the target's own unit. Nothing here knows of targets as records.
"""

import calendar
import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from qiangqu.base.errors import InputError
from qiangqu.base.periods import Period

Shape = Literal["linear", "compound", "milestones", "yearly"]
Keep = Literal["", "up", "down"]
LARGEST_LOG = 700.0  # e to more is no float


def year_fraction(day: dt.date) -> float:
    """The end of ``day`` as a fraction of years: the last day of a year is the next whole number.

    >>> year_fraction(dt.date(2022, 12, 31)), round(year_fraction(dt.date(2025, 6, 30)), 3)
    (2023.0, 2025.496)
    """
    days = 366 if calendar.isleap(day.year) else 365
    return day.year + day.timetuple().tm_yday / days


def period_end(period: Period) -> float:
    """The end of a period as a fraction of years, in whole months.

    >>> from qiangqu.base.periods import parse_period
    >>> period_end(parse_period("2022")), period_end(parse_period("2025-06"))
    (2023.0, 2025.5)
    """
    return period.year + period.last_month / 12


@dataclass(frozen=True, slots=True)
class Path:
    """A required path from ``start`` (time, value) to ``goal`` (time, value); ``milestones`` are points on
    the way.

    ``keep`` "up": what has to rise is never asked to fall. A start or milestone beyond the goal asks for the
    goal, one below what was asked before asks for that ("down": the other way round; "": as written).
    ``whole``: pieces are asked for whole, the nearest number of them.
    """

    shape: Shape
    start: tuple[float, float] | None
    goal: tuple[float, float]
    milestones: tuple[tuple[float, float], ...] = ()
    keep: Keep = ""
    whole: bool = False

    def at(self, time: float) -> float | None:
        """The value required at ``time``: the start's before it, the goal's after it; None when the path has
        no start.

        A yearly path asks for the goal's value at any time.
        """
        value = self._at(time)
        return math.floor(value + 0.5) + 0.0 if self.whole and value is not None else value

    def _at(self, time: float) -> float | None:
        if self.shape == "yearly":
            return self.goal[1]
        points = self._points()
        if time >= self.goal[0]:
            return self.goal[1]
        if not points or time < points[0][0]:
            return points[0][1] if points and self.start is not None else None
        for (t0, v0), (t1, v1) in pairwise(points):
            if time <= t1:
                return _between(time, t0, v0, t1, v1, compound=self.shape == "compound")
        return None

    def _points(self) -> list[tuple[float, float]]:
        points = [self.start] if self.start is not None else []
        if self.shape == "milestones":
            points += sorted(self.milestones)
        elif self.start is None:
            return []
        points.append(self.goal)
        return _kept(points, self.keep)


def _kept(points: list[tuple[float, float]], keep: Keep) -> list[tuple[float, float]]:
    """The points without turning back: none beyond the last one, none before the one before it."""
    if not keep:
        return points
    sign = 1.0 if keep == "up" else -1.0
    reached, goal, kept = -math.inf, points[-1][1] * sign, []
    for time, value in points:
        reached = max(reached, min(value * sign, goal))
        kept.append((time, reached * sign))
    return kept


def _between(time: float, t0: float, v0: float, t1: float, v1: float, *, compound: bool) -> float:
    share = (time - t0) / (t1 - t0)
    if compound and v0 > 0 and v1 > 0:
        ratio = v1 / v0
        # of a base next to nothing the ratio overflows; its logarithm does not
        return (
            v0 * ratio**share if math.isfinite(ratio) else math.exp(math.log(v0) * (1 - share) + math.log(v1) * share)
        )
    return v0 + (v1 - v0) * share


def make_path(
    shape: str,
    base: float | None,
    base_year: int | None,
    target: float,
    target_year: int,
    milestones: Mapping[int, float] | None = None,
    *,
    keep: Keep = "",
    whole: bool = False,
) -> Path:
    """A path from the end of ``base_year`` to the end of ``target_year``; ``milestones`` are values due at
    the end of years. For ``keep`` and ``whole`` see :class:`Path`.

    ``base`` None makes a path without a start (nothing is required before the goal, or before the first
    milestone). Raises InputError for a shape that does not exist, a target year not after the base year, and
    a milestone outside the two.
    """
    if shape not in ("linear", "compound", "milestones", "yearly"):
        raise InputError(f"路径“{shape}”不存在；可用 linear、compound、milestones、yearly", where="path")
    start = None
    if base is not None and base_year is not None:
        if target_year <= base_year:
            raise InputError(f"目标年 {target_year} 应晚于基年 {base_year}", where="year")
        start = (base_year + 1.0, base)
    points = []
    for year, value in (milestones or {}).items():
        if year >= target_year or (base_year is not None and year <= base_year):
            raise InputError(f"里程碑 {year} 年不在基年与目标年之间", where="milestones")
        points.append((year + 1.0, value))
    kind: Shape = "milestones" if points else "linear" if shape == "milestones" else shape  # type: ignore[assignment]
    return Path(kind, start, (target_year + 1.0, target), tuple(sorted(points)), keep, whole)


def run_rate(first: tuple[float, float], last: tuple[float, float], *, compound: bool) -> float | None:
    """Change per year between two points: a ratio less one (0.08 is 8 % a year) when ``compound``, else a
    difference.

    None when no time lies between, or growth is asked of values that are not positive or is beyond any number.

    >>> round(run_rate((2023.0, 100.0), (2025.0, 121.0), compound=True), 12)
    0.1
    >>> run_rate((2023.0, 100.0), (2025.0, 121.0), compound=False)
    10.5
    """
    years = last[0] - first[0]
    if years <= 1e-9:
        return None
    if not compound:
        return (last[1] - first[1]) / years
    if first[1] <= 0 or last[1] <= 0:
        return None
    rate = (math.log(last[1]) - math.log(first[1])) / years  # of a ratio that may be too large or small to be held
    return math.exp(rate) - 1 if rate < LARGEST_LOG else None


def remaining_mean_growth(seen: float, years_seen: int, wanted: float, years_in_all: int) -> float | None:
    """Mean growth (%) that the remaining years need so that the mean over all years is ``wanted`` (%), after
    ``years_seen`` at ``seen`` (%).

    (1+wanted)^all = (1+seen)^done · (1+x)^rest. None when no year remains or a growth is −100 % or worse.

    >>> round(remaining_mean_growth(8.0, 3, 10.0, 5), 3)
    13.07
    """
    rest = years_in_all - years_seen
    if rest <= 0 or seen <= -100 or wanted <= -100:
        return None
    logs = years_in_all * math.log1p(wanted / 100) - years_seen * math.log1p(seen / 100)
    return math.expm1(logs / rest) * 100


def sum_gap(parts: Sequence[float], whole: float) -> float:
    """How much the parts fall short of the whole (negative: they exceed it), with rounding noise below 1e-9
    of the whole taken as nothing.
    """
    gap = whole - math.fsum(parts)
    return 0.0 if abs(gap) <= 1e-9 * max(abs(whole), 1.0) else gap
