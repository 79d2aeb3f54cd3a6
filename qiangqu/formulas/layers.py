"""What stands beside a value: flags that say what it rests on, or why there is none.

Every node has two numbers for a cell: its value, and one that for a value holds :class:`Flag` bits and for a missing
one says why: ``(node * 100 + detail) * 10_000_000 + period``, see :func:`decode_reason`.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag

PERIOD_BASE = 10_000_000


class Flag(IntFlag):
    SIMULATED = 1
    OFFICIAL = 2
    REPORTED = 4
    REGISTER = 8


class Why(IntEnum):
    """Details of a reason below 90 count the parts that are there (see :func:`part_count`)."""

    MISSING = 0
    ZERO = 90
    SOME_BELOW = 91
    NO_CASE = 92
    BASE = 93
    BEFORE = 94
    CHAIN = 95
    YEARS = 96
    TOP = 97
    BELOW = 98
    RANGE = 99


#: reasons that the figures themselves give: all are there, and there is no result
CONCLUSIVE = (Why.ZERO, Why.NO_CASE, Why.BASE)


@dataclass(frozen=True, slots=True)
class Reason:
    node: int
    detail: int
    period: int


def decode_reason(code: int) -> Reason:
    rest, period = divmod(int(code), PERIOD_BASE)
    return Reason(rest // 100, rest % 100, period)


def part_count(detail: int) -> tuple[int, int]:
    """``(number of parts there, way)`` of an incomplete value; the way says what the parts are (months,
    quarters, halves).
    """
    return detail % 20, detail // 20 + 1


def is_conclusive(code: int) -> bool:
    """Whether a missing value is one because of what its figures are, not because one is missing."""
    return code // PERIOD_BASE % 100 in CONCLUSIVE
