"""What conditions need, computed for one point over a grid of moments: arrays in, arrays out."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from .conditions import column

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


def features(times: Times, values: Floats, grid: Times, windows: Iterable[tuple[str, int]]) -> dict[str, Floats]:
    """``value``, ``age`` and the windows at each moment of ``grid``.

    ``times`` (ms since 1970, ascending) and ``values`` are the valid rows of one point; ``grid`` (ms, ascending) are the moments asked
    about. A window of s seconds at moment t is (t − s, t]. NaN: no data; ``age`` is infinite before the first row.
    """
    upto = np.searchsorted(times, grid, side="right")
    seen = upto > 0
    last = np.maximum(upto - 1, 0)
    nothing = np.full(len(grid), np.nan)
    if not len(times):
        found = {"value": nothing, "age": np.full(len(grid), np.inf)}
        return found | {column(f, s): np.zeros(len(grid)) if f == "count" else nothing for f, s in windows}
    found = {
        "value": np.where(seen, values[last], np.nan),
        "age": np.where(seen, (grid - times[last]) / 1000.0, np.inf),
    }
    wanted = sorted(set(windows), key=lambda pair: pair[1])
    for function, seconds in wanted:
        since = np.searchsorted(times, grid - seconds * 1000, side="right")
        found[column(function, seconds)] = _window(function, values, since, upto, found["value"])
    return found


def _window(function: str, values: Floats, since: NDArray[np.intp], upto: NDArray[np.intp], latest: Floats) -> Floats:
    count = upto - since
    filled = count > 0
    match function:
        case "count":
            return count.astype(float)
        case "mean":
            middle = float(values.mean())  # sums of differences keep their digits where values are large
            sums = np.concatenate(([0.0], np.cumsum(values - middle)))
            return np.where(filled, middle + (sums[upto] - sums[since]) / np.maximum(count, 1), np.nan)
        case "change":
            before = np.maximum(since - 1, 0)
            return np.where((since > 0) & filled, latest - values[before], np.nan)
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
    """Extremes of values[since:upto], by a table of extremes over runs of 2, 4, 8 … values: two overlapping runs cover any window."""
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
