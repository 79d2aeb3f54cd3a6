"""Telemetry taken in: a group of batches becomes one Parquet file and one database transaction, and is on
disk when the call returns.

    append_many([Batch("32010201|20261123120000123", points, times, values, flags), …])
    append_together(ids, counts, rows)  # the same of thousands of small batches whose columns stand end to end

The file is written and synced first, then one transaction lists it, moves the latest values on
(:mod:`.telemetry_latest`) and notes the batch ids. A crash before its commit leaves a file that nobody lists;
a crash after it leaves a committed batch that the sender will repeat and that is then recognised. Batches
that wait for the same commit should be given together: a commit costs two disk syncs whatever its size.

Rows are (point: int32, time: int64 milliseconds UTC, value: float64, flag: uint8). The low seven bits of a
flag belong to the caller; with :data:`INVALID` set the value is kept and shown but left out of means,
extremes and the valid share. Of several rows with the same point and time the one committed last counts (of
one call, the one given last).
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
# a device's clock may be ahead of ours by this much (time zones set wrong stay below it); such rows are
# stored, and wait for their time before they are anybody's latest value
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


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """What became of batches given end to end, in their order: which were repeats, how many rows of each were
    stored, and the rows refused by reason, by the place of the batch (those without any are left out)."""

    repeats: NDArray[np.bool_]
    rows: NDArray[np.int64]
    refused: Mapping[int, Mapping[str, int]]


class _Again(Exception):
    """Another process committed one of the batches in between."""


def raw_days() -> int:
    """How many days rows are kept (``QIANGQU_TELEMETRY_RAW_DAYS``, three years unless set); older ones are
    not taken either.
    """
    return days_setting("QIANGQU_TELEMETRY_RAW_DAYS", "1096") or 1096


def days_setting(name: str, default: str = "") -> int | None:
    """A number of days in the environment; None when it is empty. Raises InputError when it is not a positive
    whole number.
    """
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

    ``also`` gives a written file that counts from the same moment on (the messages that the batches were read
    from); it may still be on its way to the disk in another thread and is waited for. When all batches are
    repeats it is removed.

    ``now`` is the node's clock in milliseconds UTC (for tests); rows more than a day after it or more than
    ``behind_days`` (default: as long as rows are kept) before it are refused and counted, as are values that
    are not finite or larger than :data:`LARGEST`. Must not be called inside a transaction. Raises InputError
    when a batch is malformed, StorageFullError when the disk is full.
    """
    given = [_rows(batch) for batch in batches]
    ids = [digest(batch.id) for batch in batches]
    counts = np.array([rows.points.size for rows in given], np.int64)
    done = append_together(ids, counts, _joined(given), now=now, behind_days=behind_days, also=also)
    outcomes = zip(done.repeats.tolist(), done.rows.tolist(), strict=True)
    return [
        Appended(repeat, rows, {} if repeat else done.refused.get(at, {})) for at, (repeat, rows) in enumerate(outcomes)
    ]


def append_together(
    ids: Sequence[bytes],
    counts: NDArray[np.int64],
    rows: Rows,
    *,
    now: int | None = None,
    behind_days: int | None = None,
    also: Callable[[], Segment] | None = None,
) -> Stored:
    """As :func:`append_many`, of batches whose rows stand end to end: ``ids`` are their
    :func:`~.telemetry_ids.digest`, ``counts`` how many rows each has. Point numbers must not be negative."""
    if rows.points.size > MAX_ROWS:
        raise InputError(f"一次最多写入 {MAX_ROWS} 行遥测数据，请分次写入")
    clock = telemetry_latest.clock_ms() if now is None else now
    oldest = clock - min(behind_days or raw_days(), raw_days()) * DAY
    reasons = _reasons(rows, oldest, clock + AHEAD)
    refused: dict[int, dict[str, int]] = {}
    if reasons is not None:
        refused = by_batch(reasons, counts)
        taken = reasons == 0
        counts = counts - np.array([sum(refused.get(at, {}).values()) for at in range(len(ids))], np.int64)
        rows = rows.take(taken)
    try:
        while True:
            try:
                return _commit(ids, counts, rows, refused, now, also)
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


def refusals_of(rows: Rows, *, now: int | None = None) -> NDArray[np.uint8] | None:
    """Why :func:`append_together` would not take each row, as the place in :data:`REASONS` (0: it would);
    None when it would take all.
    """
    clock = telemetry_latest.clock_ms() if now is None else now
    return _reasons(rows, clock - raw_days() * DAY, clock + AHEAD)


def by_batch(reasons: NDArray[np.uint8], counts: NDArray[np.int64]) -> dict[int, dict[str, int]]:
    """Rows refused by reason, by the place of their batch, of :func:`refusals_of` rows that stand end to
    end.
    """
    which = np.repeat(np.arange(len(counts)), counts)
    bad = np.flatnonzero(reasons)
    found: dict[int, dict[str, int]] = {}
    for batch, reason in zip(which[bad].tolist(), reasons[bad].tolist(), strict=True):
        of_batch = found.setdefault(batch, {})
        name = REASONS[reason]
        of_batch[name] = of_batch.get(name, 0) + 1
    return found


def start() -> None:
    """To be called once when a writer starts: clears files left by a crash and reads the ids of recent
    batches.
    """
    vacuum()
    clock = TelemetryClock.objects.first()
    if clock is not None:
        seen(connection.alias).sync(clock.epoch, clock.seq, dt.datetime.now(dt.UTC))


REASONS = ("", *(reason.value for reason in Refusal))


def _reasons(rows: Rows, oldest: int, newest: int) -> NDArray[np.uint8] | None:
    """The place in :data:`REASONS` of why each row is refused (the first that holds), None when none is."""
    if not rows.points.size:
        return None
    sound = np.abs(rows.values) <= LARGEST  # not a number is not
    if sound.all() and rows.times.max() <= newest and rows.times.min() >= oldest:
        return None
    found = np.zeros(rows.points.size, np.uint8)
    for reason, bad in (
        (Refusal.CLOCK_BEHIND, rows.times < oldest),
        (Refusal.CLOCK_AHEAD, rows.times > newest),
        (Refusal.TOO_LARGE, ~sound),
        (Refusal.NOT_FINITE, ~np.isfinite(rows.values)),
    ):
        found[bad] = REASONS.index(reason.value)
    return found


def _rows(batch: Batch) -> Rows:
    """The columns of a batch. Raises InputError when they are not what they should be."""
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
    return Rows(
        points.astype(np.int32, copy=False),
        times.astype(np.int64, copy=False),
        values.astype(np.float64, copy=False),
        flags.astype(np.uint8, copy=False),
    )


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
    """Where a segment with these rows (in order of points) lies; to be saved in the transaction that lists
    the segment.
    """
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
    ids: Sequence[bytes],
    counts: NDArray[np.int64],
    rows: Rows,
    refused: Mapping[int, Mapping[str, int]],
    now: int | None,
    also: Callable[[], Segment] | None,
) -> Stored:
    memory = seen(connection.alias)
    at = dt.datetime.now(dt.UTC)
    current = TelemetryClock.objects.first()
    if current is None:  # the first commit ever; of two processes one inserts the row
        TelemetryClock.objects.bulk_create([TelemetryClock(epoch=uuid.uuid4().hex)], ignore_conflicts=True)
        current = TelemetryClock.objects.get()
    memory.sync(current.epoch, current.seq, at)
    fresh = _fresh(ids, memory.known(ids))
    result = Stored(~fresh, np.where(fresh, counts, 0), refused)
    if not fresh.any():
        if also is not None:
            also().path.unlink(missing_ok=True)
        return result
    mine = list(ids)
    if not fresh.all():
        rows = rows.take(np.repeat(fresh, counts))
        mine = [each for each, new in zip(ids, fresh.tolist(), strict=True) if new]
    total = int(rows.points.size)
    rows = sorted_last(rows)
    file = write_file(TELEMETRY, NewSegment(rows.table(), "hot", dictionary=("flag",))) if total else None
    written = [segment for segment in (file, also() if also is not None else None) if segment is not None]
    reasons: dict[str, int] = {}
    for index, of_batch in refused.items():
        for reason, count in of_batch.items() if fresh[index] else ():
            reasons[reason] = reasons.get(reason, 0) + count
    try:
        with transaction.atomic(durable=True):
            epoch, seq, horizon = _tick()
            memory.sync(epoch, seq - 1, at)
            if any(memory.known(mine)):
                raise _Again
            TelemetryCommit(seq=seq, at=at, rows=total, refused=reasons, ids=b"".join(mine)).save(force_insert=True)
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


def _fresh(ids: Sequence[bytes], known: list[bool]) -> NDArray[np.bool_]:
    """Which batches are new: not known, and not given before in the same call."""
    if not any(known) and len(set(ids)) == len(ids):
        return np.ones(len(ids), bool)
    within: set[bytes] = set()
    fresh = []
    for each, before in zip(ids, known, strict=True):
        fresh.append(not before and each not in within)
        within.add(each)
    return np.array(fresh, bool)


def _joined(parts: list[Rows]) -> Rows:
    if not parts:
        return Rows(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.float64), np.zeros(0, np.uint8))
    if len(parts) == 1:
        return parts[0]
    return Rows(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.times for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.flags for part in parts]),
    )


def _tick() -> tuple[str, int, int]:
    """Take the clock for the rest of the transaction: its epoch, the number of this commit, and its
    horizon.
    """
    with connection.cursor() as cursor:
        cursor.execute("UPDATE lake_telemetryclock SET seq = seq + 1 WHERE id = 1 RETURNING epoch, seq, horizon")
        epoch, seq, horizon = cursor.fetchone()
    return epoch, seq, horizon
