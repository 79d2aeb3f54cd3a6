"""The arrays that the cross-check reads, and the flags that it gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
What = Literal["over", "shift", "copy", "split"]

MOST_ENTERPRISES, MOST_MONTHS = 200_000, 240
#: what has one cause moves together and counts as one witness: a new boiler changes gas, power and flue gas at once
KINDS = {
    "electricity": "energy",
    "gas": "energy",
    "emission": "energy",
    "water": "water",
    "freight": "freight",
    "insured": "labour",
}


@dataclass(frozen=True, slots=True)
class Panel:
    """Enterprises by consecutive months, NaN where there is none.

    ``months`` are year · 12 + month - 1; ``industry`` numbers the industries from 0; ``reported`` are the
    enterprise's own figures, ``meters`` those of others about it, each (enterprises, months), in any one unit
    that is not below 0; ``kinds`` says which meters are one witness; ``steps`` to what the reported figures are
    rounded. Raises ValueError for shapes that do not agree, months that are not consecutive, figures that are
    infinite, and more than :data:`MOST_ENTERPRISES` or :data:`MOST_MONTHS`.
    """

    months: Sequence[int]
    industry: Ints
    reported: Mapping[str, Floats]
    meters: Mapping[str, Floats]
    kinds: Mapping[str, str] = field(default_factory=lambda: KINDS)
    steps: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = (len(self.industry), len(self.months))
        if shape[0] > MOST_ENTERPRISES or shape[1] > MOST_MONTHS:
            raise ValueError(f"more than {MOST_ENTERPRISES} enterprises or {MOST_MONTHS} months")
        if any(b - a != 1 for a, b in zip(self.months, self.months[1:], strict=False)):
            raise ValueError("months are not consecutive")
        for name, series in (*self.reported.items(), *self.meters.items()):
            if series.shape != shape:
                raise ValueError(f"{name}: {series.shape} instead of {shape}")
            if np.isinf(series).any():
                raise ValueError(f"{name}: infinite")
        unknown = set(self.meters) - set(self.kinds)
        if unknown:
            raise ValueError(f"meters of no kind: {sorted(unknown)}")

    def until(self, count: int) -> "Panel":
        """The first ``count`` months: what was known then."""

        def cut(of: Mapping[str, Floats]) -> dict[str, Floats]:
            return {name: series[:, :count] for name, series in of.items()}

        return Panel(self.months[:count], self.industry, cut(self.reported), cut(self.meters), self.kinds, self.steps)


@dataclass(frozen=True, slots=True)
class Flag:
    """One suspicion: enterprise ``row``, months ``first`` to ``last`` (year · 12 + month - 1).

    ``gap`` is by how much what was reported exceeds what the meters expect, as a logarithm, ``low``–``high``
    its 90 % interval, None where that is not the question (copies); for a shift the share that was moved.
    ``score`` is comparable among flags of one kind, ``limit`` what it had to reach. ``agree`` are the kinds of
    meters that say so, with the gap of each; ``partners`` further rows that are in it.
    """

    row: int
    what: What
    first: int
    last: int
    claim: str
    gap: float | None
    low: float | None
    high: float | None
    score: float
    limit: float
    agree: tuple[tuple[str, float], ...] = ()
    partners: tuple[int, ...] = ()


def logs(series: Floats) -> Floats:
    """Logarithms; what is not above 0 is missing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(series > 0, np.log(np.where(series > 0, series, 1.0)), np.nan)


def median(series: Floats, axis: int, least: int = 1) -> Floats:
    """Median of what is there along ``axis`` (kept); NaN where there are fewer than ``least``."""
    count = np.isfinite(series).sum(axis=axis, keepdims=True)
    ordered = np.sort(series, axis=axis)  # NaN last
    low = np.maximum((count - 1) // 2, 0)
    high = np.minimum(count // 2, series.shape[axis] - 1)
    middle = (np.take_along_axis(ordered, low, axis) + np.take_along_axis(ordered, high, axis)) / 2
    return np.where(count >= max(least, 1), middle, np.nan)


def spread(series: Floats) -> float:
    """Standard deviation of all that is there by its median absolute deviation; NaN of fewer than eight."""
    there = series[np.isfinite(series)]
    if there.size < 8:
        return float("nan")
    return float(1.4826 * np.median(np.abs(there - np.median(there))))
