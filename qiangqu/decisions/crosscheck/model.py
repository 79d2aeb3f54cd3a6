"""What the meters say month by month: for each industry and meter one robust regression, turned round.

Within an enterprise, and beside its peers in the same month, a meter moves by ``slope`` when output moves by 1
(in logarithms; below 1 where part of the consumption is base load). The slope is an M-estimate with Tukey's biweight
(statsmodels ``RLM``; Huber & Ronchetti, Robust Statistics, 2009, ch. 7): false figures are outliers and must not
bend it. Turned round, a meter that lies lower than the reported figure by itself would have it says by how much
the figure is too high: its *gap*.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .panel import Bools, Floats, Ints, Panel, logs, median, spread

LEAST_PEERS = 8  # enterprises of an industry that have a meter: fewer are judged by the slope of all industries
LEAST_MONTHS = 9
LEAST_SLOPE = 0.15  # a meter that hardly follows output says nothing about it
STOPPED = 0.5  # a month this much (log) below its neighbours is a stop or an overhaul: base load rules, not output
MOST_POINTS = 20_000  # of a regression


@dataclass(frozen=True, slots=True)
class Fitted:
    """``gaps``: for each kind of meter (enterprises, months), centred on each enterprise's own median, NaN where
    nothing can be said; ``noise`` the usual size of a gap in one month by industry, ``own`` how much noisier each
    enterprise is than that; ``slopes`` by meter and industry.
    """

    claim: str
    kinds: tuple[str, ...]
    gaps: Floats  # (kinds, enterprises, months)
    noise: Floats  # (kinds, industries)
    own: Floats  # (kinds, enterprises)
    slopes: dict[str, Floats]


def fit(panel: Panel, claim: str) -> Fitted:
    """What each kind of meter says about ``claim`` (a key of ``panel.reported``)."""
    industries = int(panel.industry.max(initial=0)) + 1
    reported = logs(panel.reported[claim])
    meters = {name: logs(series) for name, series in panel.meters.items()}
    judged = np.isfinite(reported) & ~stopped(reported, [m for name, m in meters.items() if name != "insured"])
    reported = np.where(judged, reported, np.nan)
    moves = beside_peers(reported, panel.industry, industries)
    kinds = tuple(dict.fromkeys(panel.kinds[name] for name in panel.meters))
    sums = np.zeros((len(kinds), *reported.shape))
    weights = np.zeros_like(sums)
    slopes: dict[str, Floats] = {}
    beside: dict[str, Floats] = {}
    for name, series in meters.items():
        meter = np.where(judged, series, np.nan)
        meter[np.isfinite(meter).sum(1) < LEAST_MONTHS] = np.nan
        beside[name] = beside_peers(meter, panel.industry, industries)
    for name, there in beside.items():
        others = [one for other, one in beside.items() if panel.kinds[other] != panel.kinds[name]]
        other = _mean(others, moves)
        slopes[name] = slope = _slopes(moves, there, other, panel.industry, industries)
        usable = np.where(slope >= LEAST_SLOPE, slope, np.nan)[panel.industry]
        usable = _own_slopes(moves, there, other, usable, panel.industry, industries)[:, None]
        gap = beside_peers(-(there - usable * moves) / usable, panel.industry, industries)
        for industry in range(industries):
            rows = panel.industry == industry
            noise = spread(np.diff(gap[rows], axis=1)) / np.sqrt(2)
            if np.isfinite(noise):
                weight = 1 / max(noise, 1e-3) ** 2
                at = kinds.index(panel.kinds[name])
                has = np.isfinite(gap[rows])
                sums[at, rows] += np.where(has, gap[rows], 0.0) * weight
                weights[at, rows] += has * weight
    gaps = np.where(weights > 0, sums / np.where(weights > 0, weights, 1.0), np.nan)
    noise, own = _noises(gaps, panel.industry, industries)
    return Fitted(claim, kinds, gaps, noise, own, slopes)


def stopped(reported: Floats, meters: Sequence[Floats], around: int = 6) -> Bools:
    """Months in which the figure lies far below the median of ``around`` months before and after, and most meters lie
    lower, too: a figure that is low alone is no stop.
    """
    low = _low(reported, around, STOPPED)
    fallen, known = np.zeros(reported.shape), np.zeros(reported.shape)
    for meter in meters:
        fallen += _low(meter, around, 0.6 * STOPPED)
        known += np.isfinite(meter)
    return low & (2 * fallen > known)


def _low(series: Floats, around: int, by: float) -> Bools:
    low = np.zeros(series.shape, dtype=bool)
    for t in range(series.shape[1]):
        usual = median(series[:, max(t - around, 0) : t + around + 1], 1)[:, 0]
        with np.errstate(invalid="ignore"):
            low[:, t] = series[:, t] < usual - by
    return low


def beside_peers(series: Floats, industry: Ints, industries: int) -> Floats:
    """Moves about the enterprise's own median and beside the median of the industry's enterprises in that month:
    seasons, prices and shocks that all share fall out.
    """
    moves = series - median(series, 1)
    for one in range(industries):
        rows = industry == one
        moves[rows] -= np.nan_to_num(median(moves[rows], 0, 5)) if rows.any() else 0.0
    return moves - median(moves, 1)


def _mean(meters: list[Floats], moves: Floats) -> Floats:
    """What other kinds of meters say of the moves of output, the mean of those that are there; without any, the
    reported moves themselves.
    """
    if not meters:
        return moves
    there = np.stack(meters)
    has = np.isfinite(there)
    return np.where(has.any(0), np.where(has, there, 0.0).sum(0) / np.maximum(has.sum(0), 1), np.nan)


def _slopes(moves: Floats, meter: Floats, other: Floats, industry: Ints, industries: int) -> Floats:
    """By industry: how the meter moves with what other meters say, over how the reported figure moves with that
    (instrumental variable: what is off in the reported figure, prices or falsehood, would else flatten the slope).
    """

    def slope(rows: Bools) -> float:
        """Of the enterprises ``rows``."""
        both = np.where(np.isfinite(moves[rows] * meter[rows]), other[rows], np.nan)
        up, across = _slope(both, meter[rows]), _slope(both, moves[rows])
        return up / across if np.isfinite(up) and across > 0.05 else _slope(moves[rows], meter[rows])

    everyone = slope(np.ones(len(industry), dtype=bool))
    found = np.full(industries, everyone)
    for one in range(industries):
        rows = (industry == one) & np.isfinite(moves * meter).any(1)
        if rows.sum() >= LEAST_PEERS:
            found[one] = slope(rows)
    return np.minimum(found, 1.5)


def _slope(x: Floats, y: Floats) -> float:
    from statsmodels.api import RLM
    from statsmodels.robust.norms import TukeyBiweight

    there = np.flatnonzero(np.isfinite(x * y))
    if there.size < 60:
        return float("nan")
    there = there[:: there.size // MOST_POINTS + 1]
    across, up = x.ravel()[there], y.ravel()[there]
    if spread(across) <= 1e-6 or spread(up) <= 1e-6:
        return float("nan")
    return float(RLM(up, across[:, None], M=TukeyBiweight()).fit(maxiter=30).params[0])


def _own_slopes(moves: Floats, meter: Floats, other: Floats, slope: Floats, industry: Ints, industries: int) -> Floats:
    """Each enterprise's own slope, drawn towards its industry's as far as its months are few or noisy (empirical
    Bayes; the spread of true slopes is what their estimates differ beyond their errors). Residuals are cut at
    2.5 standard deviations first, so that false figures bend it little.
    """
    there = np.isfinite(moves * meter * other * slope[:, None])
    x, z = np.where(there, moves, 0.0), np.where(there, other, 0.0)
    residual = np.where(there, meter - slope[:, None] * moves, np.nan)
    residual -= median(residual, 1)
    own = slope.copy()
    for one in range(industries):
        rows = industry == one
        noise = spread(residual[rows])
        squares, across = (z[rows] ** 2).sum(1), (x[rows] * z[rows]).sum(1)
        known = across > 0.3 * squares
        if not np.isfinite(noise) or noise <= 0 or not known.any():
            continue
        cut = np.where(there[rows], np.clip(np.nan_to_num(residual[rows]), -2.5 * noise, 2.5 * noise), 0.0)
        safe = np.where(known, across, 1.0)
        by, error = (z[rows] * cut).sum(1) / safe, noise**2 * squares / safe**2
        true = max(spread(by[known]) ** 2 - float(np.median(error[known])), 0.0) if known.sum() >= LEAST_PEERS else 0.0
        own[rows] += np.where(known, by * true / np.maximum(true + error, 1e-12), 0.0)
    return np.clip(own, 0.5 * slope, 1.6 * slope)


def _noises(gaps: Floats, industry: Ints, industries: int) -> tuple[Floats, Floats]:
    """Usual size of a gap by industry, and each enterprise's own beside it: few months are not believed alone."""
    noise = np.full((gaps.shape[0], industries), np.nan)
    own = np.ones(gaps.shape[:2])
    steps = np.diff(gaps, axis=2)
    for at in range(gaps.shape[0]):
        everyone = spread(gaps[at])
        for one in range(industries):
            rows = industry == one
            noise[at, one] = spread(gaps[at, rows]) if rows.sum() >= LEAST_PEERS else everyone
            usual = spread(steps[at, rows])
            if not np.isfinite(usual) or usual <= 0:
                continue
            mine = 1.4826 * median(np.abs(steps[at, rows]), 1)[:, 0] / usual
            many = np.isfinite(steps[at, rows]).sum(1)
            share = many / (many + 12)
            own[at, rows] = np.sqrt(share * np.nan_to_num(mine, nan=1.0) ** 2 + 1 - share)
    return np.where(noise > 1e-3, noise, np.where(np.isfinite(noise), 1e-3, np.nan)), np.maximum(own, 0.5)
