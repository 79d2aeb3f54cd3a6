"""What is the latest value of a point: of the rows whose time has come, the one of the greatest time.

A row stamped ahead of the node's clock is stored like any other, but it waits
(:class:`~.models.WaitingValue`) and decides nothing until the clock reaches its time. Writers put rows where
they belong (:func:`move`), readers ask :func:`standing_at`; nobody else reads the tables.

When the node's clock was set back, latest values may lie ahead of it: the next commit puts them back to wait
and looks up in the lake what stands instead; readers do the same for themselves until then.
"""

# ruff: noqa: S608 - queries are composed of fixed names and integers

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import connection

from .models import LatestValue, TelemetryClock, WaitingValue
from .telemetry_plan import Query, run

if TYPE_CHECKING:
    from .telemetry import Rows

Row = tuple[int, int, float, int, int]  # point, time, value, flag, received
COLUMNS = ("point", "time", "value", "flag", "received")
MINUTE, DAY = 60_000, 86_400_000  # milliseconds
# rows further ahead wait one a minute, so that a clock wrong by hours does not fill the table
EXACT = 10 * MINUTE
# a commit made while a reader was at work may have moved a latest value past the reader's moment: its time
# had come by the writer's clock
RACE = 10_000
CHUNK = 10_000
_LOOK_BACK = (DAY, 31 * DAY, 20 * 366 * DAY)

_LATEST = (
    "ON CONFLICT (point) DO UPDATE SET time = excluded.time, value = excluded.value, flag = excluded.flag, "
    "received = excluded.received WHERE excluded.time >= lake_latestvalue.time"
)
_WAITING = (
    "ON CONFLICT (point, slot) DO UPDATE SET time = excluded.time, value = excluded.value, flag = excluded.flag, "
    "received = excluded.received WHERE excluded.time >= lake_waitingvalue.time"
)
_TYPES = {
    "point": "int",
    "slot": "bigint",
    "time": "bigint",
    "value": "float8",
    "flag": "smallint",
    "received": "bigint",
}


def clock_ms() -> int:
    """The node's clock in milliseconds UTC."""
    return time.time_ns() // 1_000_000


def move(rows: "Rows", now: int, horizon: int) -> None:
    """Take rows (sorted by point and time) into account, in the writer's transaction. ``now``: the clock (ms
    UTC); ``horizon``: the greatest clock at which latest values were moved so far. Commits follow one
    another, so equal times go to the later commit."""
    if horizon > now:
        _set_back(now)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM lake_waitingvalue WHERE time <= %s RETURNING {', '.join(COLUMNS)}", [now])
        due = sorted(cursor.fetchall())
    if due:
        _upsert("lake_latestvalue", COLUMNS, list(zip(*{row[0]: row for row in due}.values(), strict=True)), _LATEST)
    ahead = rows.times > now
    if ahead.any():
        _wait(rows.take(ahead), now)
        rows = rows.take(~ahead)
    if rows.points.size:
        last = np.ones(rows.points.size, bool)
        last[:-1] = rows.points[1:] != rows.points[:-1]
        newest = rows.take(last)
        columns = [column.tolist() for column in (newest.points, newest.times, newest.values, newest.flags)]
        _upsert("lake_latestvalue", COLUMNS, [*columns, [now] * newest.points.size], _LATEST)
    if horizon != now:
        TelemetryClock.objects.update(horizon=now)


def _wait(rows: "Rows", now: int) -> None:
    slots = np.where(rows.times - now <= EXACT, rows.times, rows.times % MINUTE - rows.times)
    last = np.ones(rows.points.size, bool)
    last[:-1] = (rows.points[1:] != rows.points[:-1]) | (slots[1:] != slots[:-1])
    kept = rows.take(last)
    columns = [kept.points, slots[last], kept.times, kept.values, kept.flags, np.full(kept.points.size, now, np.int64)]
    names = ("point", "slot", "time", "value", "flag", "received")
    _upsert("lake_waitingvalue", names, [column.tolist() for column in columns], _WAITING)


def _upsert(table: str, names: Sequence[str], columns: Sequence[Sequence[Any]], conflict: str) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"%s::{_TYPES[name]}[]" for name in names)
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(names)}) SELECT * FROM unnest({arrays}) AS n({', '.join(names)}) {conflict}",
                [list(column) for column in columns],
            )
        else:
            cursor.executemany(
                f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))}) {conflict}",
                list(zip(*columns, strict=True)),
            )


def _set_back(now: int) -> None:
    """The clock went back: latest values ahead of it wait for their time (again), and what the lake has
    before it stands.
    """
    ahead = list(LatestValue.objects.filter(time__gt=now).values_list(*COLUMNS))
    if not ahead:
        return
    points = [row[0] for row in ahead]
    columns = list(zip(*ahead, strict=True))
    _upsert("lake_waitingvalue", ("point", "slot", *COLUMNS[1:]), [columns[0], columns[1], *columns[1:]], _WAITING)
    for at in range(0, len(points), CHUNK):
        LatestValue.objects.filter(point__in=points[at : at + CHUNK]).delete()
    found = _before(points, now)
    if found:
        _upsert("lake_latestvalue", COLUMNS, list(zip(*found, strict=True)), _LATEST)


def _before(points: Iterable[int], now: int) -> list[Row]:
    """The last row of each point up to ``now`` by the lake; its time stands for when it was received, which
    the lake does not say.
    """
    # which needs the writer's constants, as this is needed by the writer
    from .telemetry_read import rows_query

    missing, found, end = set(points), [], now + 1
    for back in _LOOK_BACK:
        if not missing:
            break
        query = rows_query(now - back, end, sorted(missing))
        inner = query.sql.rpartition(" ORDER BY ")[0]
        sql = (
            "SELECT point, MAX(time) AS time, ARG_MAX(value, time) AS value, ARG_MAX(flag, time) AS flag "
            f"FROM ({inner}) AS r GROUP BY point"
        )
        for row in run(Query(sql, query.scans, query.tables)).to_pylist():
            found.append((row["point"], row["time"], row["value"], row["flag"], row["time"]))
            missing.discard(row["point"])
        end = now - back
    return found


def standing_at(points: Iterable[int] | None = None, now: int | None = None) -> list[Row]:
    """The latest row of each point (of all without ``points``) at ``now`` (ms UTC, default the clock), by
    point. Points without one are left out.
    """
    clock = clock_ms() if now is None else now
    wanted = None if points is None else sorted(set(points))
    found: dict[int, Row] = {}
    for queryset in (LatestValue.objects.all(), WaitingValue.objects.filter(time__lte=clock)):
        for chunk in [None] if wanted is None else [wanted[at : at + CHUNK] for at in range(0, len(wanted), CHUNK)]:
            rows = queryset if chunk is None else queryset.filter(point__in=chunk)
            for row in rows.values_list(*COLUMNS):
                if row[0] not in found or row[1] > found[row[0]][1]:
                    found[row[0]] = row
    blind = [point for point, row in found.items() if row[1] > clock + RACE]
    for point in blind:
        del found[point]
    if blind:
        found |= {row[0]: row for row in _before(blind, clock)}
    return [found[point] for point in sorted(found)]
