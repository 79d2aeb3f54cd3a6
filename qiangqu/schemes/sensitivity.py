"""Which weights would change the order: how far the share of one group may move before two neighbours swap.

The marks of a subject are ``Σ w_g r_g`` with ``r_g`` the share of group g's points that it reached. When w_g moves by d,
the other weights shrink in proportion, so the lead of one subject over another is a straight line in d.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Swap:
    """The subjects in rows ``above`` and ``below`` swap when the weight of ``group`` moves from ``now`` to ``at``."""

    above: int
    below: int
    group: int
    now: float
    at: float


def swaps(shares: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> list[Swap]:
    """For each two neighbours in the order of marks, the smallest move of one weight that makes them equal; those that
    are nearest first. ``shares``: subjects × groups, from 0 to 1; ``weights``: sum 1."""
    totals = shares @ weights
    order = np.argsort(-totals, kind="stable")
    found = []
    for above, below in pairwise(order):
        lead = shares[above] - shares[below]
        total = float(lead @ weights)
        best: Swap | None = None
        for group, weight in enumerate(weights):
            if weight >= 1:
                continue
            # the rest keeps its proportions: its mean lead counts
            rest = (total - weight * lead[group]) / (1 - weight)
            slope = lead[group] - rest
            if slope == 0:
                continue
            at = float(weight - total / slope)
            if 0 <= at <= 1 and (best is None or abs(at - weight) < abs(best.at - best.now)):
                best = Swap(int(above), int(below), group, float(weight), at)
        if best is not None:
            found.append(best)
    return sorted(found, key=lambda one: abs(one.at - one.now))


def reweighted(weights: npt.NDArray[np.float64], group: int, to: float) -> npt.NDArray[np.float64]:
    """The weights with one of them set and the others in their old proportion.

    >>> reweighted(np.array([0.5, 0.3, 0.2]), 0, 0.75).round(3).tolist()
    [0.75, 0.15, 0.1]
    """
    rest = 1 - weights[group]
    made = weights * ((1 - to) / rest if rest else 0.0)
    made[group] = to
    return made
