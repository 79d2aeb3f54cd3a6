"""Limits by standard 标准限值, as data with clause: ``data/limits.csv``.

``looked_up`` says how far a row was checked: ``yes`` in the text of the standard, ``secondary`` in a page
that reproduces the table, ``no`` written down from general knowledge and to be checked against the standard
before it is relied upon (pages say so).
"""

import csv
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .factors import DATA

Average = Literal["hour", "8h", "day", "year", "daytime", "night"]
LookedUp = Literal["yes", "secondary", "no"]


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: ``high`` may not be exceeded, nor ``low`` undercut (pH); ``since`` and ``until`` are when it
    applies.
    """

    standard: str
    clause: str
    grade: str
    factor: str
    average: Average
    low: float | None
    high: float
    unit: str
    since: dt.date
    until: dt.date | None
    looked_up: LookedUp

    def exceeded(self, value: float) -> bool:
        return value > self.high or (self.low is not None and value < self.low)

    @property
    def citation(self) -> str:
        return f"{self.standard} {self.clause} {self.grade}"


@lru_cache(maxsize=1)
def limits() -> tuple[Limit, ...]:
    """All limits, in the order of the file."""
    with (DATA / "limits.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Limit(
                row["standard"],
                row["clause"],
                row["class"],
                row["factor"],
                row["average"],  # type: ignore[arg-type]
                float(row["low"]) if row["low"] else None,
                float(row["high"]),
                row["unit"],
                dt.date.fromisoformat(row["from"]),
                dt.date.fromisoformat(row["to"]) if row["to"] else None,
                row["looked_up"],  # type: ignore[arg-type]
            )
            for row in csv.DictReader(file)
        )


@lru_cache(maxsize=1)
def _index() -> dict[tuple[str, str, str, str], list[Limit]]:
    found: dict[tuple[str, str, str, str], list[Limit]] = {}
    for one in limits():
        found.setdefault((family(one.standard), one.grade, one.factor, one.average), []).append(one)
    return found


def family(standard: str) -> str:
    """The number without its year: a new edition takes the place of the old one.

    >>> family("GB 3095-2012")
    'GB 3095'
    """
    return standard.partition("-")[0].strip()


def limit(standard: str, grade: str, factor: str, average: Average, day: dt.date) -> Limit | None:
    """The limit in force on ``day`` in any edition of ``standard`` (given with or without year), or None when
    it sets none.

    >>> limit("GB 3095", "二级", "a34004", "day", dt.date(2026, 6, 1)).high
    60.0
    """
    for one in _index().get((family(standard), grade, factor, average), ()):
        if one.since <= day and (one.until is None or day <= one.until):
            return one
    return None
