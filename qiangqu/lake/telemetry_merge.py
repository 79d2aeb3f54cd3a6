"""Housekeeping of telemetry: many small segments become few large ones, hourly values are rolled up, what is
too old goes.

A time is filed by its age: the last two days by hour, the last two months by day, what is older by month.
:func:`merge` moves rows along

    hot (one file for each commit) → hour → day → month

and may run at any time beside writers and readers: each step is one transaction that lists new segments and
retires those they replace; readers go on with the files they listed. Merging only ever takes the newest runs
of a period together, so the order of commits is kept and the row committed last stays the one that counts.
"""

# ruff: noqa: S608 - queries are composed of fixed pieces and integers

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from qiangqu.base.errors import ConflictError

from .models import TELEMETRY, TELEMETRY_HOURLY, Level, Segment, TelemetryCommit, TelemetrySegment
from .segments import GRACE_SECONDS, NewSegment, publish, vacuum, write_file
from .telemetry import DAY, HOUR, SCHEMA, SECOND, Rows, days_setting, place, raw_days, sorted_last
from .telemetry_ids import KEEP_DAYS
from .telemetry_plan import COLUMNS, HOURLY_SCHEMA, Piece, Query, aggregates, pieces, plain, run, scans, standing

ROUND_ROWS = 8_000_000  # rows taken into memory at once: about 0.7 GB with their sort order
FILE_ROWS = 4_000_000
RUNS = 4  # a period with fewer runs than that is left alone, unless it moves to a longer one
# an older run is taken into a merge when it is at most this many times as large as the newer ones together
FACTOR = 2
OVER_FACTOR = 16  # the same for an hour that is over: it is small, read often, and hardly grows any more
CLOSED_AFTER = 300 * SECOND  # after its end an hour waits this long for stragglers before it is rolled up
_SCHEMAS = {TELEMETRY: SCHEMA, TELEMETRY_HOURLY: HOURLY_SCHEMA}
_DICTIONARY = {TELEMETRY: ("value", "flag"), TELEMETRY_HOURLY: ("count", "valid", "min", "max", "first", "last")}
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Merged:
    """What :func:`merge` did: segments replaced by longer ones, and hourly rows written."""

    settled: int = 0
    hours: int = 0
    replaced: int = 0


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days rows and hourly values are kept (None: for ever); ``raw_days_by_point`` may shorten it
    for some points.

    Whole segments go, so rows stay up to a month longer than stated.
    """

    raw_days: int = field(default_factory=raw_days)
    hourly_days: int | None = field(default_factory=lambda: days_setting("QIANGQU_TELEMETRY_HOURLY_DAYS"))
    raw_days_by_point: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tidied:
    """What :func:`tidy` removed."""

    expired: int
    commits: int
    files: int


def _quiet(_text: str) -> None:
    return None


def _clock(now: int | None) -> int:
    return time.time_ns() // 1_000_000 if now is None else now


def merge(now: int | None = None, report: Report = _quiet) -> Merged:
    """Settle hot segments, roll up closed hours, join runs. To be called every minute or so; ``now`` is in
    milliseconds UTC.

    When another process does the same at the same time, one of the two gives up what it did last and leaves
    it to the other.
    """
    clock, settled, hours, replaced = _clock(now), 0, 0, 0
    try:
        until = max((piece.seq for piece in pieces(dataset=TELEMETRY)), default=0)
        while count := _settle(clock, until):  # up to here: a busy writer must not keep us from the rest
            settled += count
        hours = _roll(clock)
        replaced = sum(_join(dataset, clock) for dataset in (TELEMETRY, TELEMETRY_HOURLY))
    except ConflictError:
        report("另一个进程正在整理遥测数据，本次到此为止")
    return Merged(settled, hours, replaced)


# --- where a time is filed ---


def _month(times: NDArray[np.int64]) -> NDArray[np.int64]:
    months = times.astype("datetime64[ms]").astype("datetime64[M]").astype("datetime64[ms]")
    return months.astype(np.int64)


def _edges(now: int) -> tuple[int, int]:
    """The times from which on rows are filed by hour and by day: yesterday's start, the start of last
    month.
    """
    this_month = int(_month(np.array([now], np.int64))[0])
    last_month = int(_month(np.array([this_month - 1], np.int64))[0])
    return (now // DAY - 1) * DAY, last_month


def filed(times: NDArray[np.int64], now: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Level and start of the period under which each time is filed."""
    by_hour, by_day = _edges(now)
    levels = np.where(times >= by_hour, Level.HOUR.value, np.where(times >= by_day, Level.DAY.value, Level.MONTH.value))
    return levels, _period(times, levels)


def _period(times: NDArray[np.int64], levels: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(
        levels == Level.HOUR,
        times - times % HOUR,
        np.where(levels == Level.DAY, times - times % DAY, _month(times)),
    )


# --- writing ---


@dataclass(frozen=True, slots=True)
class _Written:
    segment: Segment
    where: TelemetrySegment


def _write(dataset: str, table: pa.Table, level: int, partition: int, seq: int, rolled: bool) -> list[_Written]:
    """Files of at most about :data:`FILE_ROWS`, split between points."""
    points, times = table["point"].to_numpy(), table["time"].to_numpy()
    starts = [0]
    while points.size - starts[-1] > FILE_ROWS:
        cut = starts[-1] + FILE_ROWS
        begin = int(np.searchsorted(points, points[cut]))
        starts.append(begin if begin > starts[-1] else int(np.searchsorted(points, points[cut], side="right")))
    written = []
    for start, end in zip(starts, [*starts[1:], points.size], strict=True):
        if start == end:
            continue
        new = NewSegment(table.slice(start, end - start), f"{level}/{partition}", dictionary=_DICTIONARY[dataset])
        segment = write_file(dataset, new)
        where = place(segment, points[start:end], times[start:end], level, partition, seq, rolled)
        written.append(_Written(segment, where))
    return written


def _write_filed(dataset: str, table: pa.Table, now: int, seq: int, rolled: bool) -> list[_Written]:
    """Rows (in order of point and time) each under its period."""
    levels, partitions = filed(table["time"].to_numpy(), now)
    written: list[_Written] = []
    for level in np.unique(levels):
        of_level = levels == level
        for partition in np.unique(partitions[of_level]):
            rows = np.flatnonzero(of_level & (partitions == partition))
            part = table if rows.size == table.num_rows else table.take(pa.array(rows))
            written += _write(dataset, part, int(level), int(partition), seq, rolled)
    return written


def _exchange(written: list[_Written], replaced: Iterable[Piece], rolled: Iterable[Piece] = ()) -> None:
    """One transaction: list the new, retire the old, mark what is rolled up. Nothing, and ConflictError, when
    any of these is no more.
    """
    done = [piece.pk for piece in rolled]
    try:
        with transaction.atomic():
            publish([each.segment for each in written], retire=[Segment(pk=piece.pk) for piece in replaced])
            TelemetrySegment.objects.bulk_create([each.where for each in written])
            fresh = TelemetrySegment.objects.filter(pk__in=done, rolled=False, segment__retired_at__isnull=True)
            if fresh.update(rolled=True) != len(done):
                raise ConflictError("遥测数据段已被另一个进程整理，请重试")
    except ConflictError:
        for each in written:
            each.segment.path.unlink(missing_ok=True)
        raise


# --- hot → hour, day, month by age ---


def _settle(now: int, until: int) -> int:
    """File the oldest hot segments, up to commit ``until``, under their periods; returns how many."""
    hot = [piece for piece in pieces(dataset=TELEMETRY) if piece.level == Level.HOT and piece.seq <= until]
    taken: list[Piece] = []
    rows = 0
    for piece in hot:  # in the order of commits; what is left over is newer than all that is taken
        if taken and rows + piece.rows > ROUND_ROWS:
            break
        taken.append(piece)
        rows += piece.rows
    if not taken:
        return 0
    table = pa.concat_tables([pq.read_table(piece.path, schema=SCHEMA) for piece in taken])
    last = sorted_last(Rows(*(table[name].to_numpy() for name in SCHEMA.names)))
    _exchange(_write_filed(TELEMETRY, last.table(), now, taken[-1].seq, False), taken)
    return len(taken)


# --- hourly values ---


def _roll(now: int) -> int:
    """Write the hourly values of closed hours that have rows not counted yet; returns how many rows."""
    settled = [piece for piece in pieces(dataset=TELEMETRY) if piece.level != Level.HOT]
    due = [p for p in settled if not p.rolled and p.last_ms - p.last_ms % HOUR + HOUR + CLOSED_AFTER <= now]
    count = 0
    while due:
        part = [due.pop(0)]
        while due and sum(piece.rows for piece in part) + due[0].rows <= ROUND_ROWS:
            part.append(due.pop(0))
        count += _roll_part(part, settled, now)
    return count


def _roll_part(part: list[Piece], settled: list[Piece], now: int) -> int:
    hour = f"time - time % {HOUR}"
    pending = run(
        Query(
            f"SELECT DISTINCT point AS pending_point, {hour} AS pending_hour FROM fresh",
            {"fresh": plain(part, TELEMETRY)},
        )
    )
    hours = np.unique(pending["pending_hour"].to_numpy())
    start, end = int(hours[0]), int(hours[-1]) + HOUR
    near = [p for p in settled if _touches(p, hours)]
    stored = pieces(start, end, TELEMETRY_HOURLY)
    where = f"time >= {start} AND time < {end}"
    # rows are never taken away but by retention: an hour that now counts fewer has lost its rows and keeps
    # its values
    sql = f"""
        SELECT n.* FROM (
            SELECT pending_point AS point, pending_hour AS time, {aggregates()}
            FROM ({standing("raw", TELEMETRY, where)}) AS r
            JOIN pending AS p ON r.point = p.pending_point AND r.time - r.time % {HOUR} = p.pending_hour
            GROUP BY pending_point, pending_hour) AS n
        WHERE NOT EXISTS (SELECT 1 FROM ({standing("hourly", TELEMETRY_HOURLY, where)}) AS s
            WHERE s.point = n.point AND s.time = n.time AND s.count > n.count)
        ORDER BY point, time"""
    all_scans = scans("raw", near, TELEMETRY) | scans(
        "hourly", [p for p in stored if _touches(p, hours)], TELEMETRY_HOURLY
    )
    table = run(Query(sql, all_scans, {"pending": pending})).cast(HOURLY_SCHEMA)
    written = _write_filed(TELEMETRY_HOURLY, table, now, max(p.seq for p in near), True) if table.num_rows else []
    _exchange(written, [], rolled=part)
    return table.num_rows


def _touches(piece: Piece, hours: NDArray[np.int64]) -> bool:
    first = piece.first_ms - piece.first_ms % HOUR
    return bool(np.searchsorted(hours, first) < np.searchsorted(hours, piece.last_ms, side="right"))


# --- runs → one run ---


def _join(dataset: str, now: int) -> int:
    """Join runs of each period where that pays, and move periods that have become old to longer ones; returns
    how many segments were replaced.
    """
    settled = [piece for piece in pieces(dataset=dataset) if piece.level != Level.HOT]
    replaced = 0
    for (level, partition), group in _periods(settled, now).items():
        over = level == Level.HOUR and partition + HOUR + CLOSED_AFTER <= now
        chosen = _to_join(group, level, 2 if over else RUNS, OVER_FACTOR if over else FACTOR)
        if not chosen or len({piece.rolled for piece in chosen}) > 1:  # half of it is still to be rolled up
            continue
        _join_runs(dataset, chosen, level, partition)
        replaced += len(chosen)
    return replaced


def _periods(settled: list[Piece], now: int) -> dict[tuple[int, int], list[Piece]]:
    """Segments by the period under which they belong now, in the order of commits."""
    if not settled:
        return {}
    starts = np.array([piece.partition for piece in settled], np.int64)
    levels = np.maximum(filed(starts, now)[0], np.array([piece.level for piece in settled], np.int64))
    for level in (
        Level.DAY,
        Level.MONTH,
    ):  # a longer period that exists already takes in what lies in it (a clock set back)
        level_of = np.full(starts.size, level.value)
        longer = _period(starts, level_of)
        levels = np.where(np.isin(longer, longer[levels == level]) & (levels < level), level.value, levels)
    groups: dict[tuple[int, int], list[Piece]] = {}
    for piece, level_, partition in zip(settled, levels.tolist(), _period(starts, levels).tolist(), strict=True):
        groups.setdefault((level_, partition), []).append(piece)
    return groups


def _to_join(group: list[Piece], level: int, least: int, factor: int) -> list[Piece]:
    """The newest runs of a period that are to become one; empty when it is well as it is."""
    runs = [list(run_) for _, run_ in groupby(group, key=lambda piece: piece.seq)]
    sizes = [sum(piece.rows for piece in run_) for run_ in runs]
    shorter = [index for index, run_ in enumerate(runs) if any(piece.level != level for piece in run_)]
    if len(runs) < least and not shorter:
        return []
    first = len(runs) - 1
    while first > 0 and sizes[first - 1] <= factor * sum(sizes[first:]):
        first -= 1
    first = min([first, *shorter])
    if first == len(runs) - 1 and not shorter:
        return []
    return [piece for run_ in runs[first:] for piece in run_]


def _join_runs(dataset: str, chosen: list[Piece], level: int, partition: int) -> None:
    seq = max(piece.seq for piece in chosen)
    rolled = all(piece.rolled for piece in chosen)
    written: list[_Written] = []
    for where in _slices(dataset, chosen):
        table = _rows_of(dataset, chosen, where)
        if table.num_rows:
            written += _write(dataset, table, level, partition, seq, rolled)
        for each in written:
            each.segment.path.touch()  # a long merge: vacuum must not take the first files for orphans
    _exchange(written, chosen)


def _rows_of(dataset: str, chosen: list[Piece], where: str) -> pa.Table:
    columns = ", ".join(("point", "time", *COLUMNS[dataset]))
    sql = f"SELECT {columns} FROM ({standing('part', dataset, where)}) AS s ORDER BY point, time"
    return run(Query(sql, scans("part", chosen, dataset))).cast(_SCHEMAS[dataset])


def _slices(dataset: str, chosen: list[Piece]) -> list[str]:
    """Conditions on ``point`` that cut the rows into parts that fit in memory (a single point is never
    cut).
    """
    if sum(piece.rows for piece in chosen) <= ROUND_ROWS:
        return ["point >= 0"]
    counts = run(
        Query(
            "SELECT point, COUNT(*) AS rows_ FROM part GROUP BY point ORDER BY point",
            {"part": plain(chosen, dataset)},
        )
    )
    points, sums = counts["point"].to_numpy(), np.cumsum(counts["rows_"].to_numpy())
    slices, first, done = [], 0, 0
    while first < points.size:
        last = max(first, int(np.searchsorted(sums, done + FILE_ROWS, side="right")) - 1)
        slices.append(f"point >= {points[first]:d} AND point <= {points[last]:d}")
        first, done = last + 1, int(sums[last])
    return slices


# --- what is too old ---


def tidy(now: int | None = None, retention: Retention | None = None, grace_seconds: float = GRACE_SECONDS) -> Tidied:
    """Apply the retention rules, forget old batch ids, delete files that nobody reads any more. To be called
    every hour or so.
    """
    clock, rules = _clock(now), retention or Retention()
    expired = _expire(clock, rules)
    before = timezone.now() - dt.timedelta(days=KEEP_DAYS)
    commits, _ = TelemetryCommit.objects.filter(at__lt=before).delete()
    cleared = vacuum(grace_seconds)
    return Tidied(expired, commits, cleared.retired + cleared.orphans)


def _expire(now: int, rules: Retention) -> int:
    """Retire whole segments that are too old, and rewrite those of points with a shorter time; returns how
    many went.
    """
    gone = 0
    for dataset, days in ((TELEMETRY, rules.raw_days), (TELEMETRY_HOURLY, rules.hourly_days)):
        if days is None:
            continue
        old = [p for p in pieces(dataset=dataset) if p.last_ms < now - days * DAY and p.rolled]
        if old:
            _exchange([], old)
            gone += len(old)
    shorter: dict[int, list[int]] = {}
    for point, days in rules.raw_days_by_point.items():
        if days < rules.raw_days:
            shorter.setdefault(days, []).append(point)
    for days, points in sorted(shorter.items()):
        listed = ", ".join(f"{int(point):d}" for point in sorted(points))
        for piece in pieces(dataset=TELEMETRY):
            if piece.level == Level.MONTH and piece.rolled and piece.last_ms < now - days * DAY:
                gone += _without(piece, f"point NOT IN ({listed})")
    return gone


def _without(piece: Piece, kept: str) -> int:
    """Write a segment again with the rows that meet ``kept`` only; 1 when any went."""
    counted: Any = run(
        Query(f"SELECT COUNT(*) AS gone FROM part WHERE NOT ({kept})", {"part": plain([piece], TELEMETRY)})
    )
    if not counted["gone"][0].as_py():
        return 0
    table = _rows_of(TELEMETRY, [piece], kept)
    written = _write(TELEMETRY, table, piece.level, piece.partition, piece.seq, True) if table.num_rows else []
    _exchange(written, [piece])
    return 1
