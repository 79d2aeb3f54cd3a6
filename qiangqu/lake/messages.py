"""Messages of devices as they came in, byte for byte: what a reading is opened to in the end.

A commit of readings (:func:`telemetry.append_many`) lists the file of their messages in the same transaction,
so a reading that counts has its message. A message that a device repeats may lie here twice. Rows are
(device: int32, first, last, received: int64 milliseconds UTC, about: string, body: binary): the earliest and
the latest time of its readings, when it came, and what it was called on its line (a topic; empty where the
body says all).

Files become longer in three steps, one for each commit → one for each round of :func:`merge` → hour → day,
and are sorted by device.
"""

import datetime as dt
import time
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db.models import Q
from django.utils import timezone

from qiangqu.base.errors import ConflictError

from .models import MESSAGES, Segment
from .segments import NewSegment, publish, sorted_by, store, write_file
from .telemetry import DAY, days_setting, raw_days

SCHEMA = pa.schema(
    [
        ("device", pa.int32()),
        ("first", pa.int64()),
        ("last", pa.int64()),
        ("received", pa.int64()),
        ("about", pa.string()),
        ("body", pa.binary()),
    ]
)
KEYS = ("device", "first", "last", "received")
ROW_GROUP = 2000  # a device's messages of an hour are found without reading much of the others'
FILE_BYTES = 128 << 20  # of bodies, of one merged file: taken into memory whole
FILE_ROWS = 1_000_000
ROUND, OF_HOUR, OF_DAY = "round", "hour", "day"


@dataclass(frozen=True, slots=True)
class Message:
    """What a device sent. Times in milliseconds UTC."""

    device: int
    first: int
    last: int
    about: str
    body: bytes
    received: int = 0


def message_days() -> int:
    """How many days messages are kept (``QIANGQU_TELEMETRY_MESSAGE_DAYS``; as long as readings unless
    set).
    """
    return days_setting("QIANGQU_TELEMETRY_MESSAGE_DAYS") or raw_days()


@dataclass(slots=True)
class Incoming:
    """Messages of one commit, by columns: there are thousands of them a second."""

    device: list[int] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    about: list[str] = field(default_factory=list)
    body: list[bytes] = field(default_factory=list)

    def add(self, device: int, times: int | list[int], about: str, body: bytes) -> None:
        """``times`` are those of its readings (ms UTC), or the one of all."""
        self.device.append(device)
        if isinstance(times, int):
            self.first.append(times)
            self.last.append(times)
        else:
            self.first.append(min(times))
            self.last.append(max(times))
        self.about.append(about)
        self.body.append(body)


def write(messages: Incoming, received: int | None = None) -> Segment:
    """Write messages to a file, synced; it counts once it is listed (``append_many(…, also=…)``).
    ``received`` is for tests.
    """
    at = time.time_ns() // 1_000_000 if received is None else received
    table = pa.Table.from_arrays(
        [
            pa.array(messages.device, pa.int32()),
            pa.array(messages.first, pa.int64()),
            pa.array(messages.last, pa.int64()),
            np.full(len(messages.body), at, np.int64),
            pa.array(messages.about, pa.string()),
            pa.array(messages.body, pa.binary()),
        ],
        schema=SCHEMA,
    )
    return write_file(MESSAGES, _new(table, ""))


def _new(table: pa.Table, group: str) -> NewSegment:
    size = pc.sum(pc.binary_length(table["body"])).as_py() or 0
    return NewSegment(table, group, KEYS, {"bytes": size}, ("about",), ROW_GROUP)


def find(device: int, first: int, last: int, limit: int = 100, *, newest: bool = False) -> list[Message]:
    """At most ``limit`` messages of a device with readings from ``first`` to ``last`` (ms UTC, both
    included), by their times (``newest``: the latest of them, latest first). One that came more than once is
    given once, as it first came."""
    segments = Segment.objects.live().filter(
        Q(low__first__lte=last, high__last__gte=first, low__device__lte=device, high__device__gte=device),
        dataset=MESSAGES,
    )
    wanted = (pc.field("device") == device) & (pc.field("first") <= last) & (pc.field("last") >= first)
    found: dict[tuple[int, int, str, bytes], Message] = {}
    for segment in segments.order_by("created_at", "pk"):
        for row in pq.read_table(segment.path, schema=SCHEMA, filters=wanted).to_pylist():
            message = Message(**row)
            key = (message.first, message.last, message.about, message.body)
            known = found.get(key)
            if known is None or message.received < known.received:
                found[key] = message
    return sorted(found.values(), key=lambda message: (message.first, message.received), reverse=newest)[:limit]


def merge(now: dt.datetime | None = None) -> int:
    """Put files together that have become old enough for it; gives how many were replaced. To be called
    every minute or so, beside writers and readers; of two that do it at the same time one leaves it to the
    other."""
    clock = timezone.localtime(now)
    hour = clock.replace(minute=0, second=0, microsecond=0)
    replaced = 0
    try:
        for source, target, before in (
            ("", ROUND, clock),
            (ROUND, OF_HOUR, hour),
            (OF_HOUR, OF_DAY, hour.replace(hour=0)),
        ):
            due = Segment.objects.live().filter(dataset=MESSAGES, group=source, created_at__lt=before)
            for part in _parts(list(due)):
                table = pa.concat_tables([pq.read_table(segment.path, schema=SCHEMA) for segment in part])
                store(MESSAGES, [_new(sorted_by(table, "device", "first", "received"), target)], retire=part)
                replaced += len(part)
    except ConflictError:
        pass  # the other one's files are as good
    return replaced


def _parts(segments: list[Segment]) -> list[list[Segment]]:
    """Neighbours that make one file."""
    parts: list[list[Segment]] = []
    rows = size = 0
    for segment in segments:
        rows, size = rows + segment.rows, size + segment.info["bytes"]
        if not parts or rows > FILE_ROWS or size > FILE_BYTES:
            parts.append([])
            rows, size = segment.rows, segment.info["bytes"]
        parts[-1].append(segment)
    return parts


def expire(now: dt.datetime | None = None, days: int | None = None) -> int:
    """Retire files whose messages all came in longer ago than messages are kept; gives how many.
    ``segments.vacuum`` removes them.
    """
    clock = int((now or timezone.now()).timestamp() * 1000)
    before = clock - (message_days() if days is None else days) * DAY
    old = list(Segment.objects.live().filter(dataset=MESSAGES, high__received__lt=before))
    try:
        publish([], retire=old)
    except ConflictError:
        return 0  # a merge took some of them just now: next time
    return len(old)
