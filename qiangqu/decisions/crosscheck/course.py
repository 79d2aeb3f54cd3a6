"""The picture of a suspicion: what was reported month by month beside what the meters would expect."""

from dataclasses import dataclass

import numpy as np

from .model import Fitted
from .panel import Floats, Panel, median
from .windows import BEFORE, Z90
from .witness import scales, together


@dataclass(frozen=True, slots=True)
class Course:
    """By month, NaN where nothing is known: reported and expected in the unit of the claim, the 90 % interval of
    one month, and of each kind of meters the gap (log).
    """

    reported: Floats
    expected: Floats
    low: Floats
    high: Floats
    gaps: dict[str, Floats]


def courses(panel: Panel, fitted: Fitted, rows: list[int], first: list[int]) -> list[Course]:
    """Of each of ``rows`` the course; the usual is that of the months before ``first`` (positions), at most
    :data:`.windows.BEFORE` of them.
    """
    own, common = scales(fitted.gaps / fitted.own[:, :, None], panel.industry, fitted.noise.shape[1])
    found = []
    for row, start in zip(rows, first, strict=True):
        usual = median(fitted.gaps[:, row, max(start - BEFORE, 0) : max(start, 1)], 1)
        gaps = fitted.gaps[:, row] - np.nan_to_num(usual)
        scale = np.repeat((own[:, panel.industry[row]] * fitted.own[:, row])[:, None], gaps.shape[1], axis=1)
        said = together(gaps, scale, np.full(gaps.shape[1], common[panel.industry[row]]))
        reported = panel.reported[fitted.claim][row]
        found.append(
            Course(
                reported, reported * np.exp(-said.gap), reported * np.exp(-said.gap - Z90 * said.error),
                reported * np.exp(-said.gap + Z90 * said.error), dict(zip(fitted.kinds, gaps, strict=True)),
            )
        )  # fmt: skip
    return found
