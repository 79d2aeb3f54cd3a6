"""How much of what was due came in, computed from the lake by DuckDB: usual steps of points, day by day
completeness, gaps.

Plain functions: points, steps and times go in, tables come out. Times are milliseconds UTC; days and their
hours are those of China Standard Time. The unit of completeness is the point-hour (点时): one point over one
hour; an hour in which half of the due rows came counts 0.5.
"""

# ruff: noqa: S608 - queries are composed of fixed pieces and integers

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from qiangqu.base.errors import InputError
from qiangqu.lake.telemetry import DAY, HOUR, SECOND
from qiangqu.lake.telemetry_plan import Query, run
from qiangqu.lake.telemetry_read import OFFSET, hourly_query, rows_query

ZONE = dt.timezone(dt.timedelta(milliseconds=OFFSET), "CST")
HOURS = 24
# steps that devices are set to; a measured step within 6 % of one of them is taken for it (a lost row in an
# hour must not hide itself)
_COMMON = (
    1,
    2,
    3,
    5,
    10,
    15,
    20,
    30,
    60,
    120,
    180,
    300,
    600,
    900,
    1200,
    1800,
    3600,
    7200,
    14_400,
    21_600,
    43_200,
    86_400,
)
_NEAR = 0.06
GAP_STEPS = 2.5  # rows further apart than so many steps have a gap between them
MAX_GAPS = 1000


@dataclass(frozen=True, slots=True)
class Due:
    """What is due from one point: a row every ``step`` seconds; its rows count for ``key`` (a device's id, or
    the point itself).
    """

    point: int
    key: int
    step: int


@dataclass(frozen=True, slots=True)
class KeyDay:
    """What came for a key on a day: point-hours (valid ones leave out rows marked invalid), rows, a bit for
    each hour in which a row came, points.
    """

    received: float
    valid: float
    rows: int
    mask: int
    points: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without data, from ``start`` to before ``end`` (milliseconds UTC)."""

    start: int
    end: int

    @property
    def hours(self) -> float:
        return (self.end - self.start) / HOUR


def day_start(day: dt.date) -> int:
    """Milliseconds UTC of a day's midnight in China Standard Time.

    >>> day_start(dt.date(1970, 1, 2)) // HOUR
    16
    """
    return (day - dt.date(1970, 1, 1)).days * DAY - OFFSET


def moment(ms: int) -> dt.datetime:
    """Milliseconds UTC as China Standard Time."""
    return dt.datetime.fromtimestamp(ms / SECOND, ZONE)


def common_step(seconds: float) -> int:
    """The usual setting that a measured step stands for, else the step in whole seconds (at least 1).

    >>> common_step(61.0), common_step(3600 / 57), common_step(47)
    (60, 60, 47)
    """
    near = min(_COMMON, key=lambda common: abs(seconds - common) / common)
    return near if abs(seconds - near) <= _NEAR * near else max(1, round(seconds))


def usual_steps(points: Sequence[int], start: int, end: int) -> dict[int, int]:
    """The step of each point in seconds, from its hours with data between whole hours ``start`` and ``end``:
    the median count of rows in them, or, when that is one, the median distance between them. A point with
    fewer than two such hours has none.
    """
    query = hourly_query(start, end, points)
    table = run(
        Query(
            f"SELECT point, median(count) AS count, median(far) AS far, COUNT(*) AS hours FROM "
            f"(SELECT point, count, time - LAG(time) OVER (PARTITION BY point ORDER BY time) AS far FROM ({query.sql}) AS h) AS s "
            "GROUP BY point",
            query.scans,
            query.tables,
        )
    )
    found: dict[int, int] = {}
    for row in table.to_pylist():
        if row["hours"] < 2:
            continue
        seconds = row["far"] / SECOND if row["count"] <= 1 else HOUR / SECOND / row["count"]
        found[row["point"]] = common_step(seconds)
    return found


def by_day(dues: Sequence[Due], start: int, end: int, until: int | None = None) -> dict[tuple[int, dt.date], KeyDay]:
    """What came for each key on each day between midnights ``start`` and ``end``; days without a row are left
    out, and so are hours that begin at or after ``until`` (now): rows stamped ahead wait for their time.

    More rows than due in an hour do not make up for fewer in another; a point due less often than hourly is
    judged over the day.
    """
    if (start + OFFSET) % DAY or (end + OFFSET) % DAY:
        raise InputError("完整率按日计算，起止时间应为零点")
    query = hourly_query(start, end, [due.point for due in dues])
    wanted = pa.table(
        {
            "due_point": pa.array([due.point for due in dues], pa.int32()),
            "due_key": pa.array([due.key for due in dues], pa.int64()),
            "step_ms": pa.array([due.step * SECOND for due in dues], pa.int64()),
        }
    )
    day = f"(time + {OFFSET:d}) // {DAY:d}"

    def share(column: str) -> str:
        return (
            f"CASE WHEN step_ms <= {HOUR:d} THEN SUM(LEAST(CAST({column} AS DOUBLE) * step_ms / {HOUR:d}, 1.0)) "
            f"ELSE LEAST(SUM(CAST({column} AS DOUBLE)) * step_ms / {HOUR:d}, {HOURS:d}.0) END"
        )

    sql = f"""
        SELECT due_key, day, SUM(received) AS received, SUM(valid) AS valid, CAST(SUM(rows) AS BIGINT) AS rows,
        CAST(BIT_OR(mask) AS BIGINT) AS mask, COUNT(*) AS points FROM (
            SELECT due_key, due_point, {day} AS day, {share("count")} AS received, {share("valid")} AS valid, SUM(count) AS rows,
            BIT_OR(CAST(1 AS BIGINT) << CAST((time + {OFFSET:d}) % {DAY:d} // {HOUR:d} AS BIGINT)) AS mask
            FROM ({query.sql}) AS h JOIN dues AS d ON d.due_point = h.point WHERE time < {end if until is None else until:d} GROUP BY due_key, due_point, step_ms, {day}
        ) AS p GROUP BY due_key, day ORDER BY due_key, day"""
    table = run(Query(sql, query.scans, query.tables | {"dues": wanted}))
    epoch = dt.date(1970, 1, 1)
    return {
        (row["due_key"], epoch + dt.timedelta(days=row["day"])): KeyDay(
            row["received"], row["valid"], row["rows"], row["mask"], row["points"]
        )
        for row in table.to_pylist()
    }


def due_mask(day: dt.date, since: int, until: int) -> int:
    """A bit for each hour of ``day`` that begins at or after ``since`` and is over at ``until``.

    >>> bin(due_mask(dt.date(2026, 11, 1), day_start(dt.date(2026, 11, 1)) + 2 * HOUR, day_start(dt.date(2026, 11, 1)) + 5 * HOUR + 1))
    '0b11100'
    """
    start = day_start(day)
    first = min(max(-(-(since - start) // HOUR), 0), HOURS)
    last = min(max((until - start) // HOUR, 0), HOURS)
    return ((1 << last) - (1 << first)) if last > first else 0


def hour_gaps(days: Mapping[dt.date, tuple[int, int]]) -> list[Gap]:
    """Runs of due hours without any data, over the days of ``{day: (due_mask, mask)}``; in order, runs over
    midnight joined.

    >>> one, two = dt.date(2026, 11, 1), dt.date(2026, 11, 2)
    >>> [gap.hours for gap in hour_gaps({one: (2**24 - 1, 2**22 - 1), two: (2**24 - 1, 2**24 - 2)})]
    [3.0]
    """
    found: list[Gap] = []
    for day in sorted(days):
        due, mask = days[day]
        missing = due & ~mask
        start = day_start(day)
        for hour in range(HOURS):
            if not missing >> hour & 1:
                continue
            at = start + hour * HOUR
            if found and found[-1].end == at:
                found[-1] = Gap(found[-1].start, at + HOUR)
            else:
                found.append(Gap(at, at + HOUR))
    return found


def row_gaps(point: int, step: int, start: int, end: int, most: int = MAX_GAPS) -> list[Gap]:
    """Gaps between a point's rows in ``start`` … ``end`` of more than :data:`GAP_STEPS` steps of ``step``
    seconds, also before its first and after its last row; the longest ``most``, in order of time. Without a
    row the whole time is one gap."""
    query = rows_query(start, end, [point])
    limit = step * SECOND * GAP_STEPS
    sql = f"""
        SELECT begin, finish FROM (
            SELECT COALESCE(LAG(time) OVER (ORDER BY time), {start:d}) AS begin, time AS finish FROM (
                SELECT time FROM ({query.sql}) AS r UNION ALL SELECT {end:d} AS time
            ) AS t
        ) AS g WHERE finish - begin > {limit:f} ORDER BY finish - begin DESC LIMIT {int(most):d}"""
    table = run(Query(sql, query.scans, query.tables))
    return sorted((Gap(row["begin"], row["finish"]) for row in table.to_pylist()), key=lambda gap: gap.start)


def ones(masks: Iterable[int]) -> int:
    """How many bits are set.

    >>> ones([0b101, 1])
    3
    """
    return sum(mask.bit_count() for mask in masks)


def share(part: float, whole: float) -> float | None:
    """A share from 0 to 1; None of nothing."""
    return min(1.0, part / whole) if whole > 0 else None
