"""Questions about telemetry. Times are milliseconds UTC, ranges include ``start`` and leave out ``end``;
answers are Arrow tables in order.

Each question has a ``…_query`` that only plans (so that Spark can run the same, see ``telemetry_spark``) and
a function that answers by DuckDB. Who may see which point is the caller's to decide before he asks.
"""

# ruff: noqa: S608 - queries are composed of fixed pieces and integers

import datetime as dt
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qiangqu.base.errors import InputError

from .models import TELEMETRY, TELEMETRY_HOURLY
from .telemetry import DAY, HOUR, SCHEMA
from .telemetry_latest import COLUMNS, standing_at
from .telemetry_plan import (
    HOURLY_COLUMNS,
    HOURLY_SCHEMA,
    Piece,
    Query,
    aggregates,
    as_points,
    condition,
    of_points,
    pieces,
    plain,
    run,
    scans,
    standing,
    wanted,
)

OFFSET = 8 * HOUR  # days and months are those of China Standard Time
MAX_BUCKETS = 5000
Bucket = Literal["hour", "day", "month"]


def rows_query(start: int, end: int, points: Any = None) -> Query:
    """Rows that count: ``point, time, value, flag`` by point and time."""
    chosen = as_points(points)
    found = of_points(pieces(start, end, TELEMETRY), chosen)
    if chosen is not None and not chosen.size:
        chosen, end = None, start
    where = condition(start, end, chosen)
    sql = f"SELECT * FROM ({standing('raw', TELEMETRY, where)}) AS r ORDER BY point, time"
    return Query(sql, scans("raw", found, TELEMETRY), wanted(chosen))


def rows(start: int, end: int, points: Any = None) -> pa.Table:
    """Rows that count: ``point, time, value, flag`` by point and time; of all points without ``points``."""
    return run(rows_query(start, end, points)).cast(SCHEMA)


def _hourly(start: int, end: int, points: Any) -> Query:
    """Hourly rows that count, unordered. What is not rolled up yet is computed from the rows of those
    hours.
    """
    if start % HOUR or end % HOUR:
        raise InputError("小时值的起止时间应为整点")
    chosen = as_points(points)
    found = of_points(pieces(start, end), chosen)
    if chosen is not None and not chosen.size:
        chosen, end = None, start
    where = condition(start, end, chosen)
    raw = [piece for piece in found if piece.dataset == TELEMETRY]
    stored = [piece for piece in found if piece.dataset == TELEMETRY_HOURLY]
    columns = ", ".join(("point", "time", *HOURLY_COLUMNS))
    stored_sql = f"SELECT {columns} FROM ({standing('hourly', TELEMETRY_HOURLY, where)}) AS s"
    all_scans = scans("hourly", stored, TELEMETRY_HOURLY)
    fresh = [piece for piece in raw if not piece.rolled]
    if not fresh:
        return Query(stored_sql, all_scans, wanted(chosen))
    pending, near = _pending(fresh, raw, where, chosen)
    all_scans |= scans("raw", near, TELEMETRY)
    sql = f"""
        SELECT {columns} FROM ({stored_sql}) AS s
        WHERE NOT EXISTS (SELECT 1 FROM pending AS p WHERE p.pending_point = s.point AND p.pending_hour = s.time)
        UNION ALL
        SELECT pending_point AS point, pending_hour AS time, {aggregates()}
        FROM ({standing("raw", TELEMETRY, where)}) AS r
        JOIN pending AS p ON r.point = p.pending_point AND r.time - r.time % {HOUR} = p.pending_hour
        GROUP BY pending_point, pending_hour"""
    return Query(sql, all_scans, wanted(chosen) | {"pending": pending})


def _pending(fresh: list[Piece], raw: list[Piece], where: str, chosen: Any) -> tuple[pa.Table, list[Piece]]:
    """The (point, hour) whose hourly rows are not written yet, and the segments that hold rows of those
    hours.
    """
    query = Query(
        f"SELECT DISTINCT point AS pending_point, time - time % {HOUR} AS pending_hour FROM fresh_over WHERE {where}",
        {"fresh_over": plain(fresh, TELEMETRY)},
        wanted(chosen),
    )
    pending = run(query)
    hours = np.unique(pending["pending_hour"].to_numpy())
    near = [
        piece
        for piece in raw
        if np.searchsorted(hours, piece.first_ms - piece.first_ms % HOUR)
        < np.searchsorted(hours, piece.last_ms, side="right")
    ]
    return pending, near


def hourly_query(start: int, end: int, points: Any = None) -> Query:
    """Hourly rows by point and time; see :func:`hourly`."""
    query = _hourly(start, end, points)
    return Query(f"SELECT * FROM ({query.sql}) AS h ORDER BY point, time", query.scans, query.tables)


def hourly(start: int, end: int, points: Any = None) -> pa.Table:
    """Hourly values ``point, time, count, valid, mean, min, max, first, last`` with ``valid_share``; empty
    hours have no row.

    ``time`` is the start of the hour; ``count`` are all rows, ``valid`` those without the invalid flag, from
    which the values are computed (null when there are none). ``start`` and ``end`` are whole hours. Raises
    InputError when they are not.
    """
    table = run(hourly_query(start, end, points)).cast(HOURLY_SCHEMA)
    return table.append_column(
        "valid_share", pc.divide(pc.cast(table["valid"], pa.float64()), pc.cast(table["count"], pa.float64()))
    )


def by_group_query(start: int, end: int, groups: pa.Table, bucket: Bucket = "month", offset: int = OFFSET) -> Query:
    """Plan of :func:`by_group`."""
    if offset % HOUR:
        raise InputError("时区偏移应为整小时")
    members = pa.table({"point": groups["point"].cast(pa.int32()), "group_key": groups["group"].cast(pa.string())})
    query = _hourly(start, end, members["point"].to_numpy())
    day = f"time - (time + {offset:d}) % {DAY if bucket != 'hour' else HOUR}"
    sums = "SUM(CAST({c} AS BIGINT)) AS {c}"
    by_day = f"""
        SELECT g.group_key, {day} AS day, {sums.format(c="count")}, {sums.format(c="valid")}, SUM(mean * valid) AS total,
        MIN(min) AS min, MAX(max) AS max
        FROM ({query.sql}) AS h JOIN members AS g ON g.point = h.point GROUP BY g.group_key, {day}"""
    tables = query.tables | {"members": members}
    start_of, join = "day", ""
    if bucket == "month":
        tables["months"] = _months(start, end, offset)
        start_of, join = "m.month", "JOIN months AS m ON m.month_day = d.day"
    sql = f"""
        SELECT group_key, {start_of} AS time, CAST(SUM(count) AS BIGINT) AS count, CAST(SUM(valid) AS BIGINT) AS valid,
        SUM(total) / SUM(CASE WHEN valid > 0 THEN valid END) AS mean, MIN(min) AS min, MAX(max) AS max
        FROM ({by_day}) AS d {join} GROUP BY group_key, {start_of} ORDER BY group_key, {start_of}"""
    return Query(sql, query.scans, tables)


def _months(start: int, end: int, offset: int) -> pa.Table:
    """The first day of the month of each day in the range, both as milliseconds UTC of its local start."""
    first, last = (start + offset) // DAY, (end + offset) // DAY
    days = np.arange(first, last + 1, dtype="datetime64[D]")
    months = days.astype("datetime64[M]").astype("datetime64[D]")
    return pa.table(
        {"month_day": days.astype(np.int64) * DAY - offset, "month": months.astype(np.int64) * DAY - offset},
        pa.schema([("month_day", pa.int64()), ("month", pa.int64())]),
    )


def by_group(start: int, end: int, groups: pa.Table, bucket: Bucket = "month", offset: int = OFFSET) -> pa.Table:
    """All points of a group together, by hour, local day or local month: ``group, time, count, valid, mean,
    min, max``.

    ``groups`` is a table ``point, group`` (text); a point may be in several groups. ``offset`` is the local
    time's lead over UTC in milliseconds.
    """
    return run(by_group_query(start, end, groups, bucket, offset)).rename_columns({"group_key": "group"})


def chart_query(start: int, end: int, points: Any, buckets: int = 500) -> tuple[Query, int]:
    """Plan of :func:`chart` and the width of a bucket in milliseconds."""
    if not 0 < buckets <= MAX_BUCKETS or end <= start:
        raise InputError(f"图表应有 1 至 {MAX_BUCKETS} 段，且起点早于终点")
    width = -(-(end - start) // buckets)
    if width < HOUR:
        query = rows_query(start, end, points)
        bucket = f"time - (time - {start:d}) % {width:d}"
        sql = f"SELECT point, {bucket} AS time, {aggregates()} FROM ({query.sql}) AS r GROUP BY point, {bucket}"
    else:
        width = -(-width // HOUR) * HOUR
        start, end = start - start % HOUR, -(-end // HOUR) * HOUR
        query = _hourly(start, end, points)
        bucket = f"time - (time - {start:d}) % {width:d}"
        sql = (
            f"SELECT point, {bucket} AS time, CAST(SUM(count) AS INTEGER) AS count, CAST(SUM(valid) AS INTEGER) AS valid, "
            "SUM(mean * valid) / SUM(CASE WHEN valid > 0 THEN valid END) AS mean, MIN(min) AS min, MAX(max) AS max, "
            "MIN_BY(first, CASE WHEN valid > 0 THEN time END) AS first, MAX_BY(last, CASE WHEN valid > 0 THEN time END) AS last "
            f"FROM ({query.sql}) AS h GROUP BY point, {bucket}"
        )
    return Query(f"SELECT * FROM ({sql}) AS c ORDER BY point, time", query.scans, query.tables), width


def chart(start: int, end: int, points: Any, buckets: int = 500) -> tuple[pa.Table, int]:
    """At most about ``buckets`` rows a point for a chart, columns as in :func:`hourly`, and the width of a
    bucket in milliseconds.

    Buckets of an hour or more are whole hours and come from the hourly values.
    """
    query, width = chart_query(start, end, points, buckets)
    return run(query).cast(HOURLY_SCHEMA), width


def latest(points: Any = None, now: int | None = None) -> pa.Table:
    """The latest row of each point at ``now`` (ms UTC, default the clock), see
    :func:`.telemetry_latest.standing_at`: ``point, time, value, flag, received`` (``received`` by the node's
    clock) by point."""
    chosen = None if points is None else [int(point) for point in np.unique(np.asarray(points))]
    lines = [dict(zip(COLUMNS, row, strict=True)) for row in standing_at(chosen, now)]
    return pa.Table.from_pylist(lines, SCHEMA.append(pa.field("received", pa.int64())))


def milliseconds(moment: dt.datetime) -> int:
    """A moment (with time zone) as milliseconds UTC.

    >>> milliseconds(dt.datetime(1970, 1, 1, 8, tzinfo=dt.timezone(dt.timedelta(hours=8))))
    0
    """
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)
