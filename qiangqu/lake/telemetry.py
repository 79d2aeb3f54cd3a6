"""Telemetry taken in: a group of batches becomes one Parquet file and one database transaction, and is on disk when the call returns.

    append_many([Batch("32010201|20261123120000123", points, times, values, flags), …])

The file is written and synced first, then one transaction lists it, moves the latest values on (:mod:`.telemetry_latest`) and notes the batch ids. A crash before its
commit leaves a file that nobody lists; a crash after it leaves a committed batch that the sender will repeat and that is then recognised.
Batches that wait for the same commit should be given together: a commit costs two disk syncs whatever its size.

Rows are (point: int32, time: int64 milliseconds UTC, value: float64, flag: uint8). The low seven bits of a flag belong to the caller; with
:data:`INVALID` set the value is kept and shown but left out of means, extremes and the valid share. Of several rows with the same point and
time the one committed last counts (of one call, the one given last).
"""

import datetime as dt
import errno
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
from django.db import OperationalError, connection, transaction
from numpy.typing import ArrayLike, NDArray

from qiangqu.base.errors import InputError, QiangquError

from . import telemetry_latest
from .models import TELEMETRY, Level, Segment, TelemetryClock, TelemetryCommit, TelemetrySegment
from .segments import NewSegment, publish, vacuum, write_file
from .telemetry_ids import digest, seen

INVALID = 0x80  # flag bit: the value does not count
SECOND, HOUR, DAY = 1000, 3_600_000, 86_400_000  # milliseconds
# a device's clock may be ahead of ours by this much (time zones set wrong stay below it); such rows are stored, and wait for their time before they are
# anybody's latest value
AHEAD = DAY
LARGEST = 1e100  # a month of such values at 1 kHz can still be summed; no physical quantity comes near
MAX_ROWS = 20_000_000  # of one call: the columns and their sort order take about 1 GB
MAX_ID = 400  # characters

SCHEMA = pa.schema([("point", pa.int32()), ("time", pa.int64()), ("value", pa.float64()), ("flag", pa.uint8())])


class Refusal(StrEnum):
    """Why a row was not taken."""

    NOT_FINITE = "not_finite"
    TOO_LARGE = "too_large"
    CLOCK_AHEAD = "clock_ahead"
    CLOCK_BEHIND = "clock_behind"


class StorageFullError(QiangquError):
    """The disk is full; nothing of the call was stored, and nothing may be acknowledged."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What one sender gave under one id. Arrays are of equal length; ``flags`` may be left out (all 0)."""

    id: str
    points: ArrayLike
    times: ArrayLike
    values: ArrayLike
    flags: ArrayLike | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch: a repeat (nothing stored again) or rows stored, and rows refused by reason."""

    repeat: bool
    rows: int
    refused: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Checked columns of equal length."""

    points: NDArray[np.int32]
    times: NDArray[np.int64]
    values: NDArray[np.float64]
    flags: NDArray[np.uint8]

    def take(self, which: NDArray[Any]) -> "Rows":
        return Rows(self.points[which], self.times[which], self.values[which], self.flags[which])

    def table(self) -> pa.Table:
        return pa.Table.from_arrays([self.points, self.times, self.values, self.flags], schema=SCHEMA)


class _Again(Exception):
    """Another process committed one of the batches in between."""


def raw_days() -> int:
    """How many days rows are kept (``QIANGQU_TELEMETRY_RAW_DAYS``, three years unless set); older ones are not taken either."""
    return days_setting("QIANGQU_TELEMETRY_RAW_DAYS", "1096") or 1096


def days_setting(name: str, default: str = "") -> int | None:
    """A number of days in the environment; None when it is empty. Raises InputError when it is not a positive whole number."""
    text = os.environ.get(name, default).strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 100_000:
        raise InputError("应为正整数（天数），请改正环境变量", where=name)
    return int(text)


def refusals() -> dict[str, int]:
    """Rows refused by reason, of the commits of the last :data:`telemetry_ids.KEEP_DAYS` days."""
    counts: dict[str, int] = {}
    for refused in TelemetryCommit.objects.exclude(refused={}).values_list("refused", flat=True).iterator():
        for reason, count in refused.items():
            counts[reason] = counts.get(reason, 0) + count
    return counts


def append(
    batch_id: str,
    points: ArrayLike,
    times: ArrayLike,
    values: ArrayLike,
    flags: ArrayLike | None = None,
    *,
    now: int | None = None,
) -> Appended:
    """Store one batch durably; see :func:`append_many`."""
    return append_many([Batch(batch_id, points, times, values, flags)], now=now)[0]


def append_many(
    batches: Sequence[Batch],
    *,
    now: int | None = None,
    behind_days: int | None = None,
    also: Callable[[], Segment] | None = None,
) -> list[Appended]:
    """Store several batches in one commit, all or none. They are on disk when this returns.

    ``also`` gives a written file that counts from the same moment on (the messages that the batches were read from); it may still be on its way to the
    disk in another thread and is waited for. When all batches are repeats it is removed.

    ``now`` is the node's clock in milliseconds UTC (for tests); rows more than a day after it or more than ``behind_days`` (default: as long as
    rows are kept) before it are refused and counted, as are values that are not finite or larger than :data:`LARGEST`.
    Must not be called inside a transaction. Raises InputError when a batch is malformed, StorageFullError when the disk is full.
    """
    clock = telemetry_latest.clock_ms() if now is None else now
    oldest = clock - min(behind_days or raw_days(), raw_days()) * DAY
    checked = _checked_together(batches, oldest, clock + AHEAD)
    if sum(rows.points.size for rows, _ in checked) > MAX_ROWS:
        raise InputError(f"一次最多写入 {MAX_ROWS} 行遥测数据，请分次写入")
    ids = [digest(batch.id) for batch in batches]
    try:
        while True:
            try:
                return _commit(ids, checked, now, also)
            except _Again:
                continue  # what the other process committed is known now
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageFullError("磁盘已满，遥测数据未写入，请清理磁盘或扩容") from error
        raise
    except OperationalError as error:
        if "full" in str(error).lower() or "disk i/o" in str(error).lower():
            raise StorageFullError("磁盘已满，遥测数据未写入，请清理磁盘或扩容") from error
        raise


def refused_rows(batch: Batch, *, now: int | None = None) -> dict[str, int]:
    """What :func:`append_many` would refuse of a batch, by reason, without storing anything."""
    clock = telemetry_latest.clock_ms() if now is None else now
    return _checked(batch, clock - raw_days() * DAY, clock + AHEAD)[1]


def start() -> None:
    """To be called once when a writer starts: clears files left by a crash and reads the ids of recent batches."""
    vacuum()
    clock = TelemetryClock.objects.first()
    if clock is not None:
        seen(connection.alias).sync(clock.epoch, clock.seq, dt.datetime.now(dt.UTC))


_TYPES = (np.dtype(np.int32), np.dtype(np.int64), np.dtype(np.float64), np.dtype(np.uint8))


def _checked_together(batches: Sequence[Batch], oldest: int, newest: int) -> list[tuple[Rows, dict[str, int]]]:
    """:func:`_checked` of each batch. Many small batches whose arrays have the store's own types are checked end to end, as one; only when
    something is wrong with one of them is each looked at."""
    columns: tuple[list[Any], ...] = ([], [], [], [])
    for batch in batches if len(batches) > 8 else ():
        arrays = (batch.points, batch.times, batch.values, batch.flags)
        size = len(batch.points) if isinstance(batch.points, np.ndarray) else -1
        for array, column, kind in zip(arrays, columns, _TYPES, strict=True):
            if not isinstance(array, np.ndarray) or array.dtype != kind or array.shape != (size,):
                break
            column.append(array)
        else:
            if 0 < len(batch.id) <= MAX_ID:
                continue
        break
    else:
        if len(batches) > 8:
            merged = [np.concatenate(column) for column in columns]
            whole, refused = (
                _checked(Batch("all", *merged), oldest, newest) if merged[0].min(initial=0) >= 0 else (None, {})
            )
            if whole is not None and not refused:
                ends = np.cumsum([len(points) for points in columns[0]]).tolist()
                return [
                    (Rows(whole.points[a:b], whole.times[a:b], whole.values[a:b], whole.flags[a:b]), {})
                    for a, b in zip([0, *ends[:-1]], ends, strict=True)
                ]
    return [_checked(batch, oldest, newest) for batch in batches]


def _checked(batch: Batch, oldest: int, newest: int) -> tuple[Rows, dict[str, int]]:
    if not batch.id or len(batch.id) > MAX_ID:
        raise InputError(f"批次标识应为 1 至 {MAX_ID} 个字符", where=batch.id[:40])
    points, times = _integers(batch, "points", batch.points), _integers(batch, "times", batch.times)
    flags = np.zeros(points.size, np.uint8) if batch.flags is None else _integers(batch, "flags", batch.flags)
    values = np.asarray(batch.values)
    if values.dtype.kind not in "fiu" and values.size:
        raise InputError("values 应为数字", where=batch.id[:40])
    if not (points.shape == times.shape == values.shape == flags.shape) or points.ndim != 1:
        raise InputError("points、times、values、flags 应为等长的一维数组", where=batch.id[:40])
    if points.size and (points.min() < 0 or points.max() > 2**31 - 1):
        raise InputError("测点编号应为非负的 32 位整数", where=batch.id[:40])
    if flags.size and (flags.min() < 0 or flags.max() > 255):
        raise InputError("标记应在 0 至 255 之间", where=batch.id[:40])
    rows = Rows(
        points.astype(np.int32, copy=False),
        times.astype(np.int64, copy=False),
        values.astype(np.float64, copy=False),
        flags.astype(np.uint8, copy=False),
    )
    refused: dict[str, int] = {}
    taken = np.ones(rows.points.size, bool)
    for reason, bad in (
        (Refusal.NOT_FINITE, ~np.isfinite(rows.values)),
        (Refusal.TOO_LARGE, np.abs(rows.values) > LARGEST),
        (Refusal.CLOCK_AHEAD, rows.times > newest),
        (Refusal.CLOCK_BEHIND, rows.times < oldest),
    ):
        count = int(np.count_nonzero(bad & taken))
        if count:
            refused[reason.value] = count
            taken &= ~bad
    return (rows.take(taken) if refused else rows), refused


def _integers(batch: Batch, name: str, given: ArrayLike) -> NDArray[Any]:
    array = np.asarray(given)
    if array.size and array.dtype.kind not in "iu":
        raise InputError(f"{name} 应为整数", where=batch.id[:40])
    return array


def sorted_last(rows: Rows) -> Rows:
    """Rows by (point, time); of equal ones the last given."""
    order = np.lexsort((rows.times, rows.points))
    rows = rows.take(order)
    if rows.points.size < 2:
        return rows
    last = np.ones(rows.points.size, bool)
    last[:-1] = (rows.points[1:] != rows.points[:-1]) | (rows.times[1:] != rows.times[:-1])
    return rows if last.all() else rows.take(last)


def place(
    segment: Segment,
    points: NDArray[np.int32],
    times: NDArray[np.int64],
    level: int,
    partition: int,
    seq: int,
    rolled: bool = False,
) -> TelemetrySegment:
    """Where a segment with these rows (in order of points) lies; to be saved in the transaction that lists the segment."""
    return TelemetrySegment(
        segment=segment,
        level=level,
        partition=partition,
        seq=seq,
        first_ms=int(times.min()),
        last_ms=int(times.max()),
        first_point=int(points[0]),
        last_point=int(points[-1]),
        rolled=rolled,
    )


def _commit(
    ids: list[bytes], checked: list[tuple[Rows, dict[str, int]]], now: int | None, also: Callable[[], Segment] | None
) -> list[Appended]:
    memory = seen(connection.alias)
    at = dt.datetime.now(dt.UTC)
    current = TelemetryClock.objects.first()
    if current is None:  # the first commit ever; of two processes one inserts the row
        TelemetryClock.objects.bulk_create([TelemetryClock(epoch=uuid.uuid4().hex)], ignore_conflicts=True)
        current = TelemetryClock.objects.get()
    memory.sync(current.epoch, current.seq, at)
    repeat = memory.known(ids)
    within: set[bytes] = set()
    for at_index, each in enumerate(ids):
        repeat[at_index] = repeat[at_index] or each in within
        within.add(each)
    fresh = [index for index in range(len(ids)) if not repeat[index]]
    result = [
        Appended(True, 0) if repeat[index] else Appended(False, int(rows.points.size), refused)
        for index, (rows, refused) in enumerate(checked)
    ]
    if not fresh:
        if also is not None:
            also().path.unlink(missing_ok=True)
        return result
    rows = sorted_last(_joined([checked[index][0] for index in fresh]))
    file = write_file(TELEMETRY, NewSegment(rows.table(), "hot", dictionary=("flag",))) if rows.points.size else None
    written = [segment for segment in (file, also() if also is not None else None) if segment is not None]
    refused: dict[str, int] = {}
    for index in fresh:
        for reason, count in checked[index][1].items():
            refused[reason] = refused.get(reason, 0) + count
    mine = [ids[index] for index in fresh]
    try:
        with transaction.atomic(durable=True):
            epoch, seq, horizon = _tick()
            memory.sync(epoch, seq - 1, at)
            if any(memory.known(mine)):
                raise _Again
            total = sum(result[index].rows for index in fresh)
            TelemetryCommit(seq=seq, at=at, rows=total, refused=refused, ids=b"".join(mine)).save(force_insert=True)
            publish(written)
            if file is not None:
                place(file, rows.points, rows.times, Level.HOT, 0, seq).save(force_insert=True)
                # by the clock of this moment: other processes may have committed since the call
                telemetry_latest.move(rows, telemetry_latest.clock_ms() if now is None else now, horizon)
    except _Again:
        if file is not None:
            file.path.unlink(missing_ok=True)
        raise
    memory.add(seq, mine, at)
    return result


def _joined(parts: list[Rows]) -> Rows:
    if len(parts) == 1:
        return parts[0]
    return Rows(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.times for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.flags for part in parts]),
    )


def _tick() -> tuple[str, int, int]:
    """Take the clock for the rest of the transaction: its epoch, the number of this commit, and its horizon."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE lake_telemetryclock SET seq = seq + 1 WHERE id = 1 RETURNING epoch, seq, horizon")
        epoch, seq, horizon = cursor.fetchone()
    return epoch, seq, horizon
