"""Carried over 照抄上月: figures that repeat the month before more exactly than chance allows.

For each figure the chance of so small a move is read from how its peers move; figures after the first count by how
they stand to the first, for those move together anyway. The chances are multiplied.
"""

import numpy as np

from .panel import Flag, Floats, Panel, logs

CHANCE = 5e-4  # of one month: at most 6 in 1,000 honest enterprises are flagged in a year
LEVELS = (0.0, 0.001)  # copied exactly (as figures are rounded), or with the last digits altered by up to 1 in 1,000
NEAR = 0.02  # moves up to 2 % of peers, of which the density at none is taken


def copied(panel: Panel, *, recent: int = 12, chance: float = CHANCE) -> list[Flag]:
    """A flag for each run of months within the last ``recent`` that repeat the month before.

    Asked is how likely it is that *all* figures at once move by no more than one of :data:`LEVELS`. A figure that many
    peers repeat (staff) says little. Months without production (0) are no copies.
    """
    names = list(panel.reported)
    end, rows = len(panel.months), len(panel.industry)
    since = max(end - recent, 1)
    lead = logs(panel.reported[names[0]])
    moves: list[Floats] = []
    steps: list[Floats] = []
    for at, name in enumerate(names):
        series = logs(panel.reported[name])
        with np.errstate(divide="ignore", invalid="ignore"):
            fine = np.nan_to_num(panel.steps.get(name, 0.0) / panel.reported[name] / 2, nan=0.0, posinf=1.0)
        if at:  # beside the first, both of which may have been rounded or altered
            series, fine = series - lead, np.maximum(fine, steps[0])
        move = np.full((rows, end), np.nan)
        move[:, 1:] = np.abs(np.diff(series, axis=1))
        moves.append(move)
        steps.append(fine)
    best = np.zeros((rows, end))
    for level in LEVELS:
        joint, close = np.zeros((rows, end)), np.isfinite(moves[0])
        for at, (move, fine) in enumerate(zip(moves, steps, strict=True)):
            width = np.maximum(level * (2 if at else 1), fine + 1e-9)
            there = np.isfinite(move)
            joint += np.where(there, np.log(np.minimum(_chance(move, width, panel), 1.0)), 0.0)
            close &= ~there | (move <= width)
        best = np.where(close, np.minimum(best, joint), best)
    short = best < np.log(chance)
    flags = []
    for row in np.flatnonzero(short[:, since:].any(1)):
        months = np.flatnonzero(short[row, since:]) + since
        for run in np.split(months, np.flatnonzero(np.diff(months) > 1) + 1):
            score = float(-best[row, run].min() / np.log(10))
            flags.append(
                Flag(
                    int(row), "copy", panel.months[run[0]], panel.months[run[-1]], names[0], None, None, None, score,
                    -float(np.log10(chance)),
                )
            )  # fmt: skip
    return flags


def _chance(moves: Floats, step: Floats, panel: Panel) -> Floats:
    """The chance of a move of at most ``step``: the share of peers that move so little, where it is more than what
    the density about 0 gives.
    """
    chance = np.ones_like(step)
    for one in np.unique(panel.industry):
        rows = panel.industry == one
        there = moves[rows][np.isfinite(moves[rows])]
        if there.size < 60:
            there = moves[np.isfinite(moves)]
        if not there.size:
            continue
        # the widest stretch that about a sixth of the moves fill, at most NEAR: copies are few in it
        near = min(max(float(np.quantile(there, 0.17)), 1e-6), NEAR)
        dense = ((there <= near) & (there > near / 10)).sum() / there.size / (near * 0.9)
        chance[rows] = dense * step[rows]
        same = (there <= 1e-9).mean()
        if same > 0.05:  # counts of people stand still for months
            chance[rows] = np.maximum(chance[rows], same)
    return chance
