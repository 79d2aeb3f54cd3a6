"""Nowcast 全年预计: where a year will end, from the months of it that there are.

What happened in earlier years between the same month and the year's end is carried over to this one:

* amounts that add up over the year (``flow``): the year was so many times its first months (``steps`` are
  these factors, their mean is geometric);
* rates cumulative since January, and quantities that stand at a time: the year ended so much above its first
  months (``steps`` are these differences).

The mean step is rounded to what is shown, so that whoever multiplies (or adds) gets the same number. The
interval is Student's t on the spread of the steps. A spread of few years is not believed alone: it is pooled
with one degree of freedom of :data:`ORDINARY` times the part of the year that is still to come. With it
bench/nowcast_backtest.py finds 76 % (amounts) and 79 % (rates) of what came inside over the demonstration's
series, and errors of 0.44 and 0.33 of those of last year's value.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .distribution import COVERAGE, Forecast, Request, t_quantile, within_bounds

LEAST_MONTHS = 3  # a quarter: one month, or the two that are published together, say too little of a year
MOST_YEARS = 6  # earlier ones ran by other seasons
# by how much the rest of a year ordinarily differs from year to year, as a share of a whole year's worth
ORDINARY = 0.03
FACTOR_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Nowcast:
    """What the year is expected to end with: the distribution (at the end of the year), and the numbers by
    which a reader repeats it. ``steps``: for each earlier year the factor (flow) or difference from the same
    months to the year; ``step`` their mean as it was used.
    """

    forecast: Forecast
    months: int
    so_far: float
    steps: tuple[tuple[int, float], ...]
    step: float
    flow: bool


def nowcast(
    years: Sequence[int],
    so_far: Sequence[float | None],
    whole: Sequence[float | None],
    months: int,
    *,
    flow: bool,
    decimals: int = 1,
    lower: float | None = None,
    upper: float | None = None,
    pieces: bool = False,
    rising: bool = False,
) -> Nowcast | None:
    """The last of ``years`` from its first ``months`` (1-11).

    ``so_far`` is aligned with ``years``: the sum of the first months of each (flow), else the value since
    January or at the end of that month. ``whole``: the whole year's value, of the last year not looked at.
    ``decimals`` are those of the shown difference less one. ``lower``, ``upper``, ``pieces`` (whole numbers)
    and ``rising`` (never falls) bound the result as in :class:`.forecast.Request`; a sum of months that were
    never negative ends no lower than it stands. None when nothing honest can be said: fewer than
    :data:`LEAST_MONTHS` months, no earlier year (two for what does not add up), sums that are not positive.

    >>> n = nowcast([2023, 2024, 2025], [500.0, 600.0, 660.0], [1000.0, 1210.0, None], 6, flow=True)
    >>> n.steps, n.step, round(n.forecast.mean, 1)
    (((2023, 2.0), (2024, 2.0166666666666666)), 2.0083, 1325.5)
    >>> nowcast([2025], [660.0], [None], 6, flow=True) is None
    True
    """
    if not LEAST_MONTHS <= months <= 11 or not years:
        return None
    present = so_far[-1]
    before = [
        (year, float(part), float(year_value))
        for year, part, year_value in zip(years[:-1], so_far[:-1], whole[:-1], strict=True)
        if part is not None and year_value is not None and (not flow or (part > 0 and year_value > 0))
    ][-MOST_YEARS:]
    if present is None or not math.isfinite(present) or len(before) < (1 if flow else 2) or (flow and present <= 0):
        return None
    parts = np.array([part for _year, part, _whole in before])
    ends = np.array([end for _year, _part, end in before])
    left = (12 - months) / 12
    if flow:
        moves = np.log(ends / parts)
        step = round(math.exp(float(moves.mean())), FACTOR_DECIMALS)
        centre, ordinary = math.log(present * step), ORDINARY * left
        steps = tuple((year, end / part) for year, part, end in before)
    else:
        moves = ends - parts
        step = round(float(moves.mean()), decimals + 1)
        centre, ordinary = present + step, ORDINARY * left * float(np.abs(parts).mean())
        steps = tuple((year, end - part) for year, part, end in before)
    count = len(before)
    squares = float(((moves - moves.mean()) ** 2).sum())
    sd = math.sqrt((squares + ordinary**2) / count * (1 + 1 / count))
    half = t_quantile((1 + COVERAGE) / 2, count) * sd
    spread = np.array([[centre - half], [centre], [centre + half]])
    if flow:
        spread = np.exp(spread)
        if (parts <= ends).all():
            lower = present if lower is None else max(lower, present)
    end = years[-1] + 1.0
    request = Request((), (), end, lower, upper, flow, pieces, rising)
    made = within_bounds(
        np.array([end]), (spread[0], spread[1], spread[2]), (centre, sd, count), "nowcast", flow, request, present
    )
    return Nowcast(made, months, present, steps, step, flow)
