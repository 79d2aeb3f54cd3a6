"""Moved between months 跨月调节: one month too low and a neighbour too high by about as much output."""

import numpy as np

from .model import Fitted
from .panel import Flag, Floats, Panel, median
from .windows import agreeing
from .witness import limits, scales, together

AROUND = 8  # months before and after by which a month's usual gap is known
TOO_FAR = (5, 6)
APART = (1, 2)  # months between which output is moved
LEAST_SHARE = 0.06  # of the month's output
SHARE = 0.03  # of honest enterprises that a run may flag
BALANCE = 0.25  # of the whole contrast that either month must bear


def shifted(panel: Panel, fitted: Fitted, *, recent: int = 12, share: float = SHARE) -> list[Flag]:
    """At most one flag for each enterprise: the pair of months of which the later lies within the last ``recent``.

    Nobody moves output by five months; how far honest months so far apart differ in opposite directions says where
    the limit lies.
    """
    end, industries = len(panel.months), fitted.noise.shape[1]
    first = max(end - recent - max(APART), 1)
    alone = np.full((len(fitted.kinds), len(panel.industry), end), np.nan)
    for t in range(first, end):
        near = [u for u in range(max(t - AROUND, 0), min(t + AROUND + 1, end)) if abs(u - t) > max(APART)]
        alone[:, :, t] = fitted.gaps[:, :, t] - median(fitted.gaps[:, :, near], 2, 3)[:, :, 0]
    rows = len(panel.industry)
    best, honest = np.full(rows, -np.inf), np.full(rows, np.nan)
    moved, count = np.full(rows, np.nan), np.zeros(rows, dtype=np.int64)
    pair = np.zeros((rows, 2), dtype=np.int64)
    for apart in (*APART, *TOO_FAR):
        earlier = list(range(max(first, end - recent - apart), end - apart))
        both = np.stack([alone[:, :, t + apart] - alone[:, :, t] for t in earlier], axis=2)
        own, common = scales(both / fitted.own[:, :, None], panel.industry, industries)
        scale = own[:, panel.industry] * fitted.own
        for at, t in enumerate(earlier):
            said = together(both[:, :, at], scale, common[panel.industry])
            sides = [_middle(alone[:, :, u], scale) for u in (t, t + apart)]
            opposite = (np.sign(sides[0]) != np.sign(sides[1])) & (
                np.minimum(np.abs(sides[0]), np.abs(sides[1])) >= BALANCE * np.abs(sides[1] - sides[0])
            )
            score = np.where(opposite & (said.count > 0), np.abs(said.up), np.nan)
            count = np.maximum(count, said.count)
            if apart in TOO_FAR:
                honest = np.fmax(honest, np.nan_to_num(score))
                continue
            better = score > best
            best = np.where(better, score, best)
            moved = np.where(better, np.abs(said.gap) / 2, moved)
            pair[better] = t, t + apart
    limit = limits(np.where(count > 0, honest, np.nan), count, share)[count]
    with np.errstate(invalid="ignore"):
        found = np.flatnonzero((best > limit) & (moved >= LEAST_SHARE) & (count > 0))
    return [
        Flag(
            int(row), "shift", panel.months[pair[row, 0]], panel.months[pair[row, 1]], fitted.claim,
            float(moved[row]), None, None, float(best[row]), float(limit[row]),
            agreeing(fitted, alone[:, row, pair[row, 1]]),
        )
        for row in found
    ]  # fmt: skip


def _middle(gaps: Floats, scale: Floats) -> Floats:
    """Weighted mean of the kinds."""
    there = np.isfinite(gaps * scale)
    weight = np.where(there, 1 / np.where(there, scale, 1.0) ** 2, 0.0)
    total = weight.sum(0)
    mean: Floats = (weight * np.where(there, gaps, 0.0)).sum(0) / np.where(total > 0, total, 1.0)
    return mean
