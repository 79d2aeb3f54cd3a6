"""What rules look at, now: one row a point with its latest value, its windows, its range and its limit; and
each rule over all its points.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from qiangqu.lake.engine import connect, quoted
from qiangqu.lake.telemetry import INVALID
from qiangqu.lake.telemetry_latest import standing_at
from qiangqu.lake.telemetry_plan import Query, run
from qiangqu.lake.telemetry_read import milliseconds, rows_query

from .conditions import Condition, column, parse_condition
from .models import AlarmRule, codes_of

POINT_COLUMNS = (
    ("point", "pk", pa.int32()),
    ("device", "device_id", pa.int64()),
    ("area", "device__area_id", pa.int64()),
    ("path", "device__area__path", pa.string()),
    ("organisation", "device__organisation_id", pa.int64()),
    ("mn", "device__mn", pa.string()),
    ("factor_code", "factor_code", pa.string()),
    ("interval", "interval", pa.string()),
    ("statistic", "statistic", pa.string()),
    ("simulated", "device__simulated", pa.bool_()),
    ("lower", "lower", pa.float64()),
    ("upper", "upper", pa.float64()),
    ("limit", "limit__value", pa.float64()),
    ("limit_over", "limit__seconds", pa.float64()),
    ("created", "created_at", pa.int64()),  # ms: a point that has reported nothing yet is as old as its entry
)


@dataclass(frozen=True, slots=True)
class Live:
    """A rule ready to be asked."""

    rule: AlarmRule
    fire: Condition
    clear: Condition | None

    @property
    def windows(self) -> frozenset[tuple[str, int]]:
        return self.fire.windows | (self.clear.windows if self.clear else frozenset())


@dataclass(frozen=True, slots=True)
class Judged:
    """A point under a rule: is an alarm due, may it end; the latest value and the limit that was compared."""

    point: int
    fired: bool
    cleared: bool
    value: float | None
    limit: float | None


def ready(rule: AlarmRule) -> Live:
    """Raises InputError for a condition that is not allowed (rules are checked when they are saved)."""
    clear = parse_condition(rule.clear_condition) if rule.clear_condition.strip() else None
    return Live(rule, parse_condition(rule.condition), clear)


def points_table(points: Any) -> pa.Table:
    """The points of a queryset as a table of :data:`POINT_COLUMNS`."""
    found = points.values_list(*(source for _name, source, _kind in POINT_COLUMNS))
    rows = [(*row[:-1], milliseconds(row[-1])) for row in found]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(POINT_COLUMNS)
    return pa.table(
        {name: pa.array(values, kind) for (name, _source, kind), values in zip(POINT_COLUMNS, columns, strict=True)}
    )


def _aggregate(function: str, seconds: int, now: int) -> str:
    inside = f"FILTER (flag < {INVALID} AND time > {now - seconds * 1000:d})"
    match function:
        case "mean":
            return f"AVG(value) {inside}"
        case "count":
            return f"COUNT(*) {inside}"
        case "low":
            return f"MIN(value) {inside}"
        case "high":
            return f"MAX(value) {inside}"
        case "span":
            return f"MAX(value) {inside} - MIN(value) {inside}"
        case "change":
            begin, end = now - 2 * seconds * 1000, now - seconds * 1000
            before = f"FILTER (flag < {INVALID} AND time > {begin:d} AND time <= {end:d})"
            return f"ARG_MAX(value, time) {inside} - ARG_MAX(value, time) {before}"
    raise ValueError(f"unknown window function {function}")


def windows_table(points: Any, windows: Iterable[tuple[str, int]], now: int) -> pa.Table:
    """The windows that end at ``now`` (ms) of the points: one scan of the lake for all of them. Points
    without rows have no line.
    """
    wanted = sorted(set(windows))
    reach = max((seconds * (2 if function == "change" else 1) for function, seconds in wanted), default=0)
    query = rows_query(now - reach * 1000, now + 1, points)
    inner = query.sql.rpartition(" ORDER BY ")[0]
    columns = ", ".join(f"{_aggregate(f, s, now)} AS {column(f, s)}" for f, s in wanted)
    return run(Query(f"SELECT point, {columns} FROM ({inner}) AS r GROUP BY point", query.scans, query.tables))  # noqa: S608


def _latest_table(now: int) -> pa.Table:
    rows = standing_at(now=now)
    point, time, value, flag, _received = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return pa.table(
        {
            "point": pa.array(point, pa.int32()),
            "time": pa.array(time, pa.int64()),
            "latest": pa.array(value, pa.float64()),
            "flag": pa.array(flag, pa.int16()),
        }
    )


def moments(points: pa.Table, windows: Iterable[tuple[str, int]], now: int) -> pa.Table:
    """One row a point with everything that conditions may name."""
    wanted = sorted(set(windows))
    with connect({"points": points, "latest": _latest_table(now)}) as duck:
        joined, more = "", ""
        if wanted:
            duck.register("windows", windows_table(points["point"].to_numpy(), wanted, now))
            joined = "LEFT JOIN windows AS w ON w.point = p.point"
            more = "".join(
                f", coalesce(w.{column(f, s)}, 0)::DOUBLE AS {column(f, s)}" if f == "count" else f", w.{column(f, s)}"
                for f, s in wanted
            )
        return duck.sql(
            f"SELECT p.*, CASE WHEN l.flag < {INVALID} THEN l.latest END AS value, "  # noqa: S608 - fixed pieces and integers
            f"greatest(0, {now:d} - coalesce(l.time, p.created)) / 1000.0 AS age {more} "
            f"FROM points AS p LEFT JOIN latest AS l ON l.point = p.point {joined} ORDER BY p.point"
        ).to_arrow_table()


def _listed(name: str, text: str) -> str:
    """Condition that a column is one of the codes; ``w*`` means what begins with w. Codes were checked when
    the rule was saved.
    """
    codes = codes_of(text)
    if not codes:
        return ""
    parts = [
        f"starts_with({name}, {quoted(code[:-1])})" if code.endswith("*") else f"{name} = {quoted(code)}"
        for code in codes
    ]
    return f" AND ({' OR '.join(parts)})"


def applies(rule: AlarmRule) -> str:
    """Which points the rule is for, as SQL over :data:`POINT_COLUMNS`."""
    return (
        f"starts_with(path, {quoted(rule.area.path)})"
        + _listed("factor_code", rule.factors)
        + _listed("interval", rule.intervals)
        + _listed("statistic", rule.statistics)
        + _listed("mn", rule.devices)
    )


def ask(duck: Any, live: Live, followed: Iterable[int]) -> list[Judged]:
    """The rule's points where an alarm is due, and those of ``followed`` that are among its points. ``duck``
    is a connection that sees what :func:`moments` gave as ``moments``.

    Raises duckdb.Error when the condition cannot be computed.
    """
    fire = live.fire.sql
    clear = live.clear.sql if live.clear else f"NOT ({fire})"
    duck.register("followed", pa.table({"point": pa.array(sorted(followed), pa.int32())}))
    rows = duck.execute(
        f"""SELECT point, fired, cleared, value, "limit" FROM (
            SELECT point, value, "limit", coalesce({fire}, false) AS fired, coalesce({clear}, false) AS cleared
            FROM (
                SELECT * REPLACE (
                    coalesce(CAST($1 AS DOUBLE), "limit") AS "limit",
                    CASE WHEN $1 IS NULL THEN coalesce(limit_over, 0) ELSE 0 END AS limit_over)
                FROM moments WHERE {applies(live.rule)}))
        WHERE fired OR point IN (SELECT point FROM followed) ORDER BY point""",  # noqa: S608 - allow-listed conditions, quoted codes
        [live.rule.limit],
    ).fetchall()
    return [
        Judged(point, fired, cleared, None if value is None or not np.isfinite(value) else value, limit)
        for point, fired, cleared, value, limit in rows
    ]
