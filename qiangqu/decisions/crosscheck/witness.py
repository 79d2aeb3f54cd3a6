"""Several witnesses together: how sure it is that all kinds of meters say the same, and that it does not hang on one.

What kinds of meters say about one enterprise differs from what it reports by something common (prices, products: the
figure moves against all meters) and something of each kind (a saving, a defect). Both are estimated over the
enterprises of the industry by robust scales, the common part by the pairs of kinds (Gnanadesikan & Kettenring 1972).
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from .panel import Floats, Ints, spread

DF = 3
GRID = np.concatenate(
    [np.arange(-200, -80) * 0.01, np.arange(-160, 161) * 0.005, np.arange(81, 201) * 0.01]
)  # gaps tried, logs
FEWEST = 40  # scores from which a limit is read; fewer are put together with all others
PLAIN_LIMIT = 3.5  # where even those are too few: about 1 in 4,000 if errors were normal


@dataclass(frozen=True, slots=True)
class Verdict:
    """For each enterprise: the gap of all kinds together with its standard error, ``up`` and ``down`` the scores
    for too high and too low, ``count`` of the kinds that say something.
    """

    gap: Floats
    error: Floats
    up: Floats
    down: Floats
    count: Ints


def scales(gaps: Floats, industry: Ints, industries: int, least: int = 24) -> tuple[Floats, Floats]:
    """Standard deviations of the own part of each kind (kinds, industries) and of the common part (industries,);
    ``gaps`` are (kinds, enterprises, …). An industry with fewer than ``least`` values takes those of all.
    """
    kinds = gaps.shape[0]
    own, common = np.full((kinds, industries), np.nan), np.zeros(industries)
    everyone, together = _scale(gaps)
    for one in range(industries):
        here = gaps[:, industry == one]
        mine, shared = _scale(here)
        enough = np.array([np.isfinite(kind).sum() >= least for kind in here], dtype=bool)
        own[:, one] = np.where(enough & np.isfinite(mine), mine, everyone)
        common[one] = shared if np.isfinite(shared) else np.nan_to_num(together)
    return own, common


def _scale(gaps: Floats) -> tuple[Floats, float]:
    total = np.array([spread(one) for one in gaps])
    shared = []
    for a, b in combinations(range(len(gaps)), 2):
        there = np.isfinite(gaps[a] * gaps[b])
        if there.sum() >= 24 and min(total[a], total[b]) > 0:
            x, y = gaps[a][there] / total[a], gaps[b][there] / total[b]
            plus, minus = spread(x + y) ** 2, spread(x - y) ** 2
            shared.append((plus - minus) / 4 * total[a] * total[b])
    common = max(float(np.median(shared)), 0.0) if shared else float("nan")
    own = np.sqrt(np.maximum(total**2 - np.nan_to_num(common), (0.3 * total) ** 2))
    return own, float(np.sqrt(common)) if np.isfinite(common) else float("nan")


def together(gaps: Floats, own: Floats, common: Floats) -> Verdict:
    """Weigh the kinds; ``own`` and ``common`` are standard deviations, (kinds, enterprises) and (enterprises,).

    Errors of a kind have Student's t with :data:`DF` degrees of freedom: savings come in steps, so one kind that
    lies far from the others counts for little, however loud. The score is the signed root of twice the
    log-likelihood ratio of any gap against none but the common part (normal errors: gap / standard error).
    """
    there = np.isfinite(gaps) & np.isfinite(own)
    scale = np.where(there, own, 1.0)
    value = np.where(there, gaps, 0.0)
    likely = np.zeros((value.shape[1], GRID.size))
    for at in range(len(value)):
        distance = (value[at][:, None] - GRID[None, :]) / scale[at][:, None]
        likely -= np.where(there[at][:, None], (DF + 1) / 2 * np.log1p(distance**2 / DF), 0.0)
    usual = np.maximum(common, 1e-3)[:, None]
    null = (likely - GRID[None, :] ** 2 / (2 * usual**2)).max(1)
    best = likely.argmax(1)
    root = np.sqrt(2 * np.maximum(likely.max(1) - null, 0.0))
    gap = GRID[best]
    count = there.sum(0)
    signed = np.where(count > 0, np.sign(gap) * root, np.nan)
    precision = np.where(there, 1 / scale**2, 0.0).sum(0)
    error = np.sqrt(1 / np.where(precision > 0, precision, 1.0) + common**2)
    return Verdict(np.where(count > 0, gap, np.nan), error, signed, -signed, count)


def limits(scores: Floats, groups: Ints, share: float) -> Floats:
    """For each group (numbers from 0) the score that only ``share`` of ``scores`` exceed.

    ``scores`` are those of the opposite direction, in which nobody has a reason to cheat: they say how often
    honest figures go as far as that.
    """
    found = np.full(int(groups.max(initial=0)) + 1, np.nan)
    everyone = _limit(scores, share)
    for one in range(found.size):
        mine = scores[(groups == one) & np.isfinite(scores)]
        found[one] = _limit(mine, share) if mine.size >= FEWEST else everyone
    return found


def _limit(scores: Floats, share: float) -> float:
    """The greatest of many scores is distributed after Gumbel. Its two constants are read from the median and the
    upper quartile, which the figures of those who have cheated (too low beside their own false ones) hardly move.
    """
    scores = scores[np.isfinite(scores)]
    if scores.size < FEWEST:
        return PLAIN_LIMIT
    middle, upper = np.quantile(scores, [0.5, 0.75])
    width = (upper - middle) / (np.log(-np.log(0.5)) - np.log(-np.log(0.75)))
    return float(middle + width * (np.log(-np.log(0.5)) - np.log(-np.log(1 - share))))
