"""How a period's value comes from those of other periods.

* ``FLOW``: the sum of the parts (a year from 12 months, 4 quarters or 2 halves; 1—6月 from 6 months …), or an
  equal period under another name (上半年 = 1—6月);
* ``LAST``: a level holds at the end of a period, so every period with the same end has the same level;
* ``SAME``: rates and shares cannot be put together; only an equal period under another name serves.
"""

from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache

import pyarrow as pa

from qiangqu.base.periods import Period, PeriodKind, cumulative, from_key, month, year


class Mode(IntEnum):
    FLOW = 0
    LAST = 1
    SAME = 2


#: what the parts of each alternative are called (the alternative's number is its place)
PART_NAMES = {1: "个月", 2: "个季度", 3: "个半年"}

MODE_OF_KIND = {
    "flow": Mode.FLOW,
    "level": Mode.LAST,
    "count": Mode.LAST,
    "index": Mode.LAST,
    "share": Mode.SAME,
    "rate": Mode.SAME,
}


def periods_of_year(value: int) -> list[Period]:
    """All thirty periods of a year: the year, halves, quarters, cumulative 1—11月, months."""
    y = year(value)
    return [
        y,
        *(Period(PeriodKind.HALF, value, i) for i in (1, 2)),
        *(Period(PeriodKind.QUARTER, value, i) for i in (1, 2, 3, 4)),
        *(Period(PeriodKind.CUMULATIVE, value, i) for i in range(1, 12)),
        *(month(value, i) for i in range(1, 13)),
    ]


def _equals(period: Period) -> list[Period]:
    """Other names of the same stretch of time."""
    return [
        other
        for other in periods_of_year(period.year)
        if other != period and (other.first_month, other.last_month) == (period.first_month, period.last_month)
    ]


@lru_cache(maxsize=4096)
def alternatives(key: int, mode: Mode) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Ways to the value of a period: (number of the alternative, keys of the parts that must all be there),
    best first.
    """
    period = from_key(key)
    ways: list[tuple[int, tuple[int, ...]]] = [(0, (key,))]
    if mode == Mode.LAST:
        same_end = [p for p in periods_of_year(period.year) if p.last_month == period.last_month and p != period]
        order = [PeriodKind.MONTH, PeriodKind.CUMULATIVE, PeriodKind.QUARTER, PeriodKind.HALF, PeriodKind.YEAR]
        same_end.sort(key=lambda p: order.index(p.kind))
        return tuple(ways + [(4 + at, (p.key,)) for at, p in enumerate(same_end)])
    ways += [(4 + at, (p.key,)) for at, p in enumerate(_equals(period))]
    if mode == Mode.FLOW and period.kind != PeriodKind.MONTH:
        inside = [
            p for p in periods_of_year(period.year) if p.start >= period.start and p.end <= period.end and p != period
        ]
        for number, kind in ((1, PeriodKind.MONTH), (2, PeriodKind.QUARTER), (3, PeriodKind.HALF)):
            parts = [p for p in inside if p.kind == kind]
            covered = sum(p.last_month - p.first_month + 1 for p in parts)
            if covered == period.last_month - period.first_month + 1 and len(parts) > 1:
                ways.append((number, tuple(p.key for p in parts)))
    return tuple(ways)


def sources(key: int, mode: Mode) -> set[int]:
    """Keys of all periods whose facts can matter for the period ``key``."""
    return {source for _, parts in alternatives(key, mode) for source in parts}


@lru_cache(maxsize=4096)
def targets(key: int, mode: Mode) -> frozenset[int]:
    """Keys of all periods whose value can change with a fact of the period ``key``."""
    return frozenset(p.key for p in periods_of_year(from_key(key).year) if key in sources(p.key, mode))


def derivation_table(keys: Iterable[int]) -> pa.Table:
    """``id, mode, target, rank, way, source, parts`` for the periods ``keys``; the lower ``rank`` is the
    better way, ``id`` numbers the ways of all.
    """
    ways = [
        (int(mode), key, rank, way, parts)
        for key in keys
        for mode in Mode
        for rank, (way, parts) in enumerate(alternatives(key, mode))
    ]
    rows = [
        (number, mode, key, rank, way, source, len(parts))
        for number, (mode, key, rank, way, parts) in enumerate(ways)
        for source in parts
    ]
    names = ("id", "mode", "target", "rank", "way", "source", "parts")
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.table({name: pa.array(column, pa.int32()) for name, column in zip(names, columns, strict=True)})


def previous_key(key: int, count: int) -> int:
    """Key of the period ``count`` places before; before 1月 of a year's cumulative periods comes the whole
    year before.
    """
    before = from_key(key).previous(count)
    return end_key(before) if before.kind == PeriodKind.CUMULATIVE else before.key


def end_key(period: Period) -> int:
    """Key of the stretch from January to the period's end: a year or a cumulative period."""
    return cumulative(period.year, period.last_month).key
