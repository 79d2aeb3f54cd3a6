"""The effect of a policy: growth of those who got it beside that of enterprises like them that did not. Arrays in, numbers out.

Method: difference in differences on matched enterprises. Each enterprise that got the policy is matched, with replacement, to the
``K`` nearest that did not, by standardised figures from before the policy (within equal ``groups``; none farther than
:data:`CALIPER`). The effect is the mean of the difference between its growth and the mean growth of its matches (ATT). Its standard
error is that of A. Abadie and G. Imbens, Large Sample Properties of Matching Estimators for Average Treatment Effects,
Econometrica 74 (2006), section 4: the bootstrap is not valid for matching with replacement (the same authors, 2008). It does
not cover what the figures do not show: enterprises that got the policy may differ in ways that nobody reports.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

Numbers = npt.NDArray[np.float64]
K = 3
#: standard deviations, over all figures together: farther ones are no match
CALIPER = 1.0
#: fewer matched enterprises say nothing
LEAST = 20
#: of the normal distribution, for 95 %
Z = 1.959964


@dataclass(frozen=True, slots=True)
class Effect:
    """``effect`` in the unit of the changes, between ``low`` and ``high`` with 95 % confidence. ``treated`` are those with all
    figures, ``matched`` those with a match near enough, ``controls`` the different enterprises that they were matched to;
    ``balance``: of each figure the standardised difference before and after matching."""

    treated: int
    matched: int
    controls: int
    change: float
    change_controls: float
    effect: float
    error: float
    balance: tuple[tuple[float, float], ...]

    @property
    def low(self) -> float:
        return self.effect - Z * self.error

    @property
    def high(self) -> float:
        return self.effect + Z * self.error

    @property
    def sure(self) -> bool:
        """Whether the effect can be told from none."""
        return self.low > 0 or self.high < 0


def effect_of(
    treated: npt.NDArray[np.bool_],
    figures: Sequence[Numbers],
    change: Numbers,
    groups: npt.NDArray[np.int64] | None = None,
) -> Effect | None:
    """The effect on ``change`` of those who are ``treated`` against others, by ``figures`` from before. Who lacks a figure is left out.
    None where fewer than :data:`LEAST` can be matched."""
    table = np.column_stack(figures)
    there = np.isfinite(table).all(axis=1) & np.isfinite(change)
    treated, table, change = treated[there], table[there], change[there]
    group = np.zeros(treated.size, np.int64) if groups is None else groups[there]
    if treated.sum() < LEAST or (~treated).sum() < K + 1:
        return None
    spread = table.std(axis=0)
    table = (table - table.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    pairs = _matched(treated, table, group)
    if len(pairs) < LEAST:
        return None
    rows = np.array([row for row, _near in pairs])
    nearest = np.array([near for _row, near in pairs])
    beside = change[nearest].mean(axis=1)
    effect = float((change[rows] - beside).mean())
    uses = np.bincount(nearest.ravel(), minlength=treated.size)
    variance = float(((change[rows] - beside - effect) ** 2).mean())
    used = np.flatnonzero(uses)
    noise = _noise(table, change, treated, group, used)
    variance += float((uses[used] * (uses[used] - 1) / K**2 * noise).sum()) / rows.size
    before = np.abs(table[treated].mean(axis=0) - table[~treated].mean(axis=0))
    after = np.abs(table[rows].mean(axis=0) - table[nearest].mean(axis=(0, 1)))
    return Effect(
        int(treated.sum()), rows.size, used.size, float(change[rows].mean()), float(beside.mean()), effect,
        float(np.sqrt(variance / rows.size)), tuple(zip(before.tolist(), after.tolist(), strict=True)),
    )  # fmt: skip


def _matched(treated: npt.NDArray[np.bool_], table: Numbers, group: npt.NDArray[np.int64]) -> list[tuple[int, Numbers]]:
    """Each treated row that has ``K`` controls of its group near enough, with those."""
    found: list[tuple[int, Numbers]] = []
    for number in np.unique(group[treated]):
        mine = np.flatnonzero(treated & (group == number))
        others = np.flatnonzero(~treated & (group == number))
        if others.size < K:
            continue
        away, at = cKDTree(table[others]).query(table[mine], k=K)
        found += [
            (int(row), others[near]) for row, far, near in zip(mine, away, at, strict=True) if far.max() <= CALIPER
        ]
    return found


def _noise(
    table: Numbers,
    change: Numbers,
    treated: npt.NDArray[np.bool_],
    group: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
) -> Numbers:
    """The variance of the change of controls, each by its nearest other controls (Abadie and Imbens, 4.1, with J = K)."""
    made = np.zeros(rows.size)
    for number in np.unique(group[rows]):
        others = np.flatnonzero(~treated & (group == number))
        here = group[rows] == number
        count = min(K + 1, others.size)
        _away, at = cKDTree(table[others]).query(table[rows[here]], k=count)
        beside = change[others[at[:, 1:]]].mean(axis=1)
        made[here] = (count - 1) / count * (change[rows[here]] - beside) ** 2
    return made
