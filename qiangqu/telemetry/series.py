"""A point's course for a chart: the resolution follows from the time asked for, so that an answer has at most
about 4000 values.

series(point, start, end)  →  raw rows, or minutes, hours or days with mean, least and greatest value
"""

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

from qiangqu.base.errors import InputError
from qiangqu.lake import telemetry_read
from qiangqu.lake.telemetry import DAY, HOUR, INVALID, SECOND
from qiangqu.lake.telemetry_plan import Query, run

MINUTE = 60 * SECOND
MOST = 4000  # values of one answer
LONGEST = 20 * 366 * DAY
RAW_SPAN = 7 * DAY  # longer times are not looked through row by row
# the longest time that is answered in minutes, and in hours
MINUTES_SPAN, HOURS_SPAN = 2 * DAY, 120 * DAY


class Resolution(StrEnum):
    """What one value of an answer stands for."""

    RAW = "raw"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Course:
    """Values in order of time (milliseconds UTC: of the row, or the start of the minute, hour or local day).
    ``mean`` is the value itself when raw; None where only invalid rows are. ``valid`` of ``count`` rows
    counted."""

    resolution: Resolution
    times: list[int]
    mean: list[float | None]
    low: list[float | None]
    high: list[float | None]
    count: list[int]
    valid: list[int]


def series(point: int, start: int, end: int, *, most: int = MOST) -> Course:
    """The course of a point from ``start`` to before ``end`` (milliseconds UTC), as fine as about ``most``
    values allow.

    Raises InputError for a time that is empty or longer than twenty years.
    """
    if not 0 < end - start <= LONGEST or start < 0:
        raise InputError("起点应早于终点，且一次不超过 20 年")
    span = end - start
    if span <= RAW_SPAN and (raw := _raw(point, start, end, most)) is not None:
        return raw
    if span <= MINUTES_SPAN:
        start -= start % MINUTE
        table, width = telemetry_read.chart(
            start, start + -(-(end - start) // MINUTE) * MINUTE, [point], -(-(end - start) // MINUTE)
        )
        assert width == MINUTE
        return _course(Resolution.MINUTE, table)
    if span <= HOURS_SPAN:
        return _course(Resolution.HOUR, telemetry_read.hourly(start - start % HOUR, -(-end // HOUR) * HOUR, [point]))
    offset = telemetry_read.OFFSET
    first, last = start - (start + offset) % DAY, end + (-(end + offset)) % DAY
    groups = pa.table({"point": pa.array([point], pa.int32()), "group": ["one"]})
    return _course(Resolution.DAY, telemetry_read.by_group(first, last, groups, "day"))


def _raw(point: int, start: int, end: int, most: int) -> Course | None:
    """All rows, when there are not more than ``most``."""
    query = telemetry_read.rows_query(start, end, [point])
    sql = f"SELECT * FROM ({query.sql}) AS r ORDER BY time LIMIT {int(most) + 1:d}"  # noqa: S608 - our own query
    table = run(Query(sql, query.scans, query.tables))
    if table.num_rows > most:
        return None
    good = [flag < INVALID for flag in table["flag"].to_pylist()]
    values = [value if fine else None for value, fine in zip(table["value"].to_pylist(), good, strict=True)]
    return Course(
        Resolution.RAW,
        table["time"].to_pylist(),
        values,
        values,
        values,
        [1] * len(values),
        [int(fine) for fine in good],
    )


def _course(resolution: Resolution, table: pa.Table) -> Course:
    columns = (table[name].to_pylist() for name in ("time", "mean", "min", "max", "count", "valid"))
    return Course(resolution, *columns)
