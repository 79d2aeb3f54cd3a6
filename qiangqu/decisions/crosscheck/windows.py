"""Too high for months on end 虚报: the gap over a stretch of months against the enterprise's own months before it."""

import numpy as np

from .model import Fitted
from .panel import Flag, Floats, Panel, median
from .witness import limits, scales, together

LENGTHS = (3, 4, 6, 9, 12)
BEFORE = 12  # months of which the usual is made: longer ago, products and plant were others
LEAST_BEFORE = 6
LEAST_GAP = 0.05  # less than 5 % is not worth a question
SHARE = 0.07  # of honest enterprises that a run may flag
Z90 = 1.645


def too_high(panel: Panel, fitted: Fitted, *, recent: int = 12, share: float = SHARE) -> list[Flag]:
    """At most one flag for each enterprise: the stretch within the last ``recent`` months for which the meters
    most surely say that less was produced than was reported.

    All stretches of :data:`LENGTHS` are tried, and the same is done for figures too low: how far those go says
    where the limit lies.
    """
    end, industries = len(panel.months), fitted.noise.shape[1]
    rows = len(panel.industry)
    best, worst = np.full(rows, -np.inf), np.full(rows, -np.inf)
    gap, error = np.full(rows, np.nan), np.full(rows, np.nan)
    count = np.zeros(rows, dtype=np.int64)
    stretch = np.zeros((rows, 2), dtype=np.int64)
    by_kind = np.full((len(fitted.kinds), rows), np.nan)
    for length in LENGTHS:
        starts = list(range(max(end - recent, LEAST_BEFORE), end - length + 1))
        if not starts:
            continue
        differences = np.stack([_difference(fitted.gaps, start, start + length) for start in starts], axis=2)
        differences -= np.nan_to_num(_by_industry(differences, panel))
        relative = differences / fitted.own[:, :, None]
        own, common = scales(relative, panel.industry, industries)
        scale = own[:, panel.industry] * fitted.own
        shared = common[panel.industry]
        for at, start in enumerate(starts):
            said = together(differences[:, :, at], scale, shared)
            better = np.nan_to_num(said.up, nan=-np.inf) > best
            best = np.where(better, said.up, best)
            worst = np.fmax(worst, said.down)
            gap, error = np.where(better, said.gap, gap), np.where(better, said.error, error)
            count = np.maximum(count, said.count)
            stretch[better] = start, start + length - 1
            by_kind = np.where(better, differences[:, :, at], by_kind)
    worst[count == 0] = np.nan
    limit = limits(worst, count, share)[count]
    with np.errstate(invalid="ignore"):
        found = np.flatnonzero((best > limit) & (gap >= LEAST_GAP) & (count > 0))
    return [
        Flag(
            int(row), "over", panel.months[stretch[row, 0]], panel.months[stretch[row, 1]], fitted.claim,
            float(gap[row]), float(gap[row] - Z90 * error[row]), float(gap[row] + Z90 * error[row]),
            float(best[row]), float(limit[row]), agreeing(fitted, by_kind[:, row]),
        )
        for row in found
    ]  # fmt: skip


def _difference(gaps: Floats, start: int, stop: int) -> Floats:
    """Mean gap from ``start`` to before ``stop`` less the median of the months around."""
    inside = gaps[:, :, start:stop]
    before = np.concatenate([gaps[:, :, max(start - BEFORE, 0) : start], gaps[:, :, stop:]], axis=2)
    there = np.isfinite(inside)
    enough = there.sum(2) * 2 >= stop - start
    mean = np.where(there, inside, 0.0).sum(2) / np.maximum(there.sum(2), 1)
    return np.where(enough, mean, np.nan) - median(before, 2, LEAST_BEFORE)[:, :, 0]


def _by_industry(differences: Floats, panel: Panel) -> Floats:
    """The median of the peers, for each kind and stretch."""
    middle = np.zeros_like(differences)
    for one in np.unique(panel.industry):
        rows = panel.industry == one
        middle[:, rows] = median(differences[:, rows], 1, 5)
    return middle


def agreeing(fitted: Fitted, gaps: Floats) -> tuple[tuple[str, float], ...]:
    """The gap of each kind that says something."""
    return tuple((kind, float(gap)) for kind, gap in zip(fitted.kinds, gaps, strict=True) if np.isfinite(gap))
