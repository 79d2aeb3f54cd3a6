"""Means over hours and days, and when they are valid. Hours are arrays of float64 in order of time; what is
missing or invalid is NaN.

GB 3095-2026 table 4 (read; the counts are those of GB 3095-2012 table 4 too): an hour needs 45 minutes of
sampling, eight hours 6 hourly means, a day 20, a year 324 daily means with at least 27 in each month (25 in
February). Particles need no 45 minutes by that table; the rule is applied to them all the same. A noise level
is averaged by energy, not by decibels (GB 12348-2008, 3.3; not looked up).
"""

import numpy as np
from numpy.typing import NDArray

from qiangqu.base.errors import InputError

Array = NDArray[np.float64]
HOUR_SHARE = 45 / 60
DAY_HOURS, EIGHT_HOURS = 20, 6
YEAR_DAYS, MONTH_DAYS, FEBRUARY_DAYS = 324, 27, 25


def valid_hours(mean: Array, count: Array, valid: Array, expected: float) -> Array:
    """Hourly means, NaN where fewer than 45 minutes' worth of ``expected`` readings an hour were valid.

    ``count`` is not needed by the rule but must be at least ``valid``. Raises InputError when ``expected`` is
    not positive.
    """
    if expected <= 0:
        raise InputError("每小时应有的数据个数必须大于零", where="expected")
    enough = np.nan_to_num(valid) >= HOUR_SHARE * expected - 1e-9
    return np.where(enough & (np.nan_to_num(count) >= np.nan_to_num(valid)), mean, np.nan)


def rolling_8h(hours: Array) -> Array:
    """8-hour means ending with each hour: of at least 6 of the 8; NaN for the first 7 hours.

    >>> rolling_8h(np.arange(9.0))[-2:].tolist()
    [3.5, 4.5]
    """
    result = np.full(hours.size, np.nan)
    if hours.size < 8:
        return result
    known = ~np.isnan(hours)
    windows = np.lib.stride_tricks.sliding_window_view(np.where(known, hours, 0.0), 8).sum(axis=1)
    counts = np.lib.stride_tricks.sliding_window_view(known, 8).sum(axis=1)
    result[7:] = np.where(counts >= EIGHT_HOURS, windows / np.maximum(counts, 1), np.nan)
    return result


def daily_mean(hours: Array) -> float | None:
    """Mean of a day's hourly means; None with fewer than 20.

    >>> daily_mean(np.array([10.0] * 20 + [np.nan] * 4)), daily_mean(np.array([10.0] * 19))
    (10.0, None)
    """
    known = hours[~np.isnan(hours)]
    return float(known.mean()) if known.size >= DAY_HOURS else None


def daily_max_8h(hours: Array) -> float | None:
    """Greatest 8-hour mean of a natural day (GB 3095-2026, 3.9) from its 24 hours.

    The windows lie within the day: the first ends at 8 o'clock (HJ 663-2013; not looked up). None when no
    window is valid. A day with fewer than 14 valid windows counts only when its greatest is above the grade-2
    limit of 160 μg/m³ (same place).
    """
    if hours.size != 24:
        raise InputError("一天应有 24 个小时值", where="hours")
    means = rolling_8h(hours)[7:]
    known = means[~np.isnan(means)]
    if known.size == 0:
        return None
    top = float(known.max())
    return top if known.size >= 14 or top > 160 else None


def equivalent_level(levels: Array) -> float | None:
    """Energy mean of sound levels in dB(A): 10 lg of the mean of 10^(L/10); None when there are none.

    >>> round(equivalent_level(np.array([50.0, 60.0])), 2)
    57.4
    """
    known = levels[~np.isnan(levels)]
    return float(10 * np.log10(np.mean(10 ** (np.minimum(known, 300.0) / 10)))) if known.size else None


def is_night(hour: int) -> bool:
    """22:00 to 6:00 (noise law; GB 12348-2008, 3.10, not looked up). ``hour`` is the local hour of day in
    which the hour begins.
    """
    return hour >= 22 or hour < 6
