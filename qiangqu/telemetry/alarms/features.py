"""What conditions need, computed for one point over a grid of moments: arrays in, arrays out."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from .conditions import column

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


def features(
    times: Times,
    values: Floats,
    grid: Times,
    windows: Iterable[tuple[str, int]],
    valid: NDArray[np.bool_] | None = None,
) -> dict[str, Floats]:
    """``value``, ``age`` and the windows at each moment of ``grid``.

    ``times`` (ms since 1970, ascending) and ``values`` are the rows of one point, ``valid`` says which of
    them count (all when left out); ``grid`` (ms, ascending) are the moments asked about. A window of s
    seconds at moment t is (t − s, t]. NaN: no data. ``value`` is NaN where the latest row does not count;
    ``age`` is of the latest row whether it counts or not, and infinite before the first. ``change`` compares
    with the last value that counts in the s seconds before the window.
    """
    upto = np.searchsorted(times, grid, side="right")
    seen = upto > 0
    nothing = np.full(len(grid), np.nan)
    if len(times):
        last = np.maximum(upto - 1, 0)
        good = np.ones(len(times), bool) if valid is None else valid
        found = {
            "value": np.where(seen & good[last], values[last], np.nan),
            "age": np.where(seen, (grid - times[last]) / 1000.0, np.inf),
        }
        if not good.all():
            times, values = times[good], values[good]
            upto = np.searchsorted(times, grid, side="right")
    else:
        found = {"value": nothing, "age": np.full(len(grid), np.inf)}
    if not len(times):
        return found | {column(f, s): np.zeros(len(grid)) if f == "count" else nothing for f, s in windows}
    wanted = sorted(set(windows), key=lambda pair: pair[1])
    for function, seconds in wanted:
        since = np.searchsorted(times, grid - seconds * 1000, side="right")
        if function == "change":
            found[column(function, seconds)] = _change(times, values, grid, seconds, since, upto)
        else:
            found[column(function, seconds)] = _window(function, values, since, upto)
    return found


def _change(
    times: Times, values: Floats, grid: Times, seconds: int, since: NDArray[np.intp], upto: NDArray[np.intp]
) -> Floats:
    """Last value of the window less the last of the window before it."""
    before = np.maximum(since - 1, 0)
    known = (since > 0) & (upto > since) & (times[before] > grid - 2 * seconds * 1000)
    return np.where(known, values[np.maximum(upto - 1, 0)] - values[before], np.nan)


def _window(function: str, values: Floats, since: NDArray[np.intp], upto: NDArray[np.intp]) -> Floats:
    count = upto - since
    filled = count > 0
    match function:
        case "count":
            return count.astype(float)
        case "mean":
            middle = float(values.mean())  # sums of differences keep their digits where values are large
            sums = np.concatenate(([0.0], np.cumsum(values - middle)))
            return np.where(filled, middle + (sums[upto] - sums[since]) / np.maximum(count, 1), np.nan)
        case "low":
            return _extreme(np.minimum, values, since, upto, filled)
        case "high":
            return _extreme(np.maximum, values, since, upto, filled)
        case "span":
            high = _extreme(np.maximum, values, since, upto, filled)
            return high - _extreme(np.minimum, values, since, upto, filled)
    raise ValueError(f"unknown window function {function}")


def _extreme(
    of: np.ufunc, values: Floats, since: NDArray[np.intp], upto: NDArray[np.intp], filled: NDArray[np.bool_]
) -> Floats:
    """Extremes of values[since:upto], by a table of extremes over runs of 2, 4, 8 … values: two overlapping
    runs cover any window.
    """
    table = [values]
    longest = int((upto - since).max(initial=1))
    while 2 * (1 << (len(table) - 1)) <= longest:
        half = 1 << (len(table) - 1)
        table.append(of(table[-1][:-half], table[-1][half:]))
    result = np.full(len(since), np.nan)
    length = np.maximum(upto - since, 1)
    level = np.floor(np.log2(length)).astype(int)
    for number, run in enumerate(table):
        at = np.flatnonzero(filled & (level == number))
        result[at] = of(run[since[at]], run[upto[at] - (1 << number)])
    return result
