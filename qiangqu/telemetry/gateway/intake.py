"""Group commit: messages of all protocols gather; one thread stores them together; what is stored is then
answered.

The thread is the only one that touches the database. What is done for each message is little: values, marks
and times of thousands of messages are laid end to end, checked and stored as columns.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from numpy.typing import NDArray

from qiangqu.lake import messages
from qiangqu.lake.telemetry import Rows, append_together, by_batch, refusals_of
from qiangqu.lake.telemetry_ids import digest

from ..models import DeviceHealth, DeviceMessage, DeviceQuality, UnknownDevice
from .directory import Directory, Known, Tally
from .readings import Readings

if TYPE_CHECKING:
    from .connection import Connection

MAX_MESSAGE = 20_000
MAX_UNKNOWN = 10_000  # rows of the quarantine list
MAX_NAMED = (
    # rows of quality records with an item, of one device and day; what exceeds them is counted without its
    # name
    300
)
_writer = ThreadPoolExecutor(1, "gateway-messages")


class Outcome(Enum):
    """What became of a message."""

    STORED = "stored"  # it is on disk, now or since it came before
    REFUSED = "refused"  # it was read, and nothing of it could be kept
    FAILED = "failed"  # it is not on disk: who sent it may send it again


class Origin(Protocol):
    """Who brought a message, and is told what became of it: a protocol's answers."""

    def settled(self, frame: "Frame", outcome: Outcome) -> None:
        """Called in the gateway's loop, after the commit."""

    def described(self, frame: "Frame") -> tuple[str, str, str]:
        """Command, number and text of a message whose text is kept. Called in the committing thread."""


@dataclass(slots=True, eq=False)
class Frame:
    """A message of a registered device on its way to the lake. ``readings`` None: text only.

    ``key`` is its batch id: two messages of one key are one, so it must tell different data of a device
    apart, also of a device whose clock stands still. ``told``: its sender is told when nothing of it could be
    kept; it is then no batch, so that its repeats are told the same, and its text is kept. ``token`` is the
    origin's own.
    """

    device: Known
    key: bytes
    origin: Origin
    interval: str = ""
    readings: Readings | None = None
    body: bytes = b""
    # what the message was called on its line (topic, registers); empty where the body says all
    about: str = ""
    token: Any = None
    told: bool = False
    keep_text: str = ""  # why the text is kept as well
    connection: "Connection | None" = None  # is not read while too much waits to be stored
    beside: bytes = b""  # a second batch id, to know it by when it comes again
    # what the commit found
    repeat: bool = False
    stored: int = 0
    refused: dict[str, int] | None = None

    def lose(self, refused: dict[str, int]) -> None:
        """Rows that could not be taken, by reason."""
        self.refused = refused if self.refused is None else self.refused | refused


class Told:
    """The origin of a message whose sender waits for a call: True when it is on disk (or nothing of it could
    be kept), False when it is not.
    """

    __slots__ = ("done",)

    def __init__(self, done: Callable[[bool], None]) -> None:
        self.done = done

    def settled(self, _frame: Frame, outcome: Outcome) -> None:
        self.done(outcome is not Outcome.FAILED)

    def described(self, frame: Frame) -> tuple[str, str, str]:
        return "", "", frame.body.decode("utf-8", "replace")


@dataclass(slots=True)
class Stranger:
    """What an unregistered MN sent since the last flush: the first password, and how many frames said another
    one, the last of them from ``rival``.
    """

    frames: int
    peer: str
    password: str
    system: str
    sample: str
    protocol: str = ""
    rivals: int = 0
    rival: str = ""

    def say(self, password: str, peer: str) -> None:
        """A further frame, and the password in it."""
        if password != self.password:
            self.rivals, self.rival = self.rivals + 1, peer

    def add(self, later: "Stranger") -> None:
        """Take in what the same MN sent after this."""
        rivals = later.rivals if later.password == self.password else later.frames
        self.frames, self.rivals = self.frames + later.frames, self.rivals + rivals
        if rivals:
            self.rival = later.rival if later.password == self.password else later.peer


def commit(directory: Directory, frames: Sequence[Frame]) -> None:
    """Store messages; when this returns they are on disk, and each says whether it was a repeat, and how many
    of its rows were stored or refused. Raises what the lake raises, with nothing of the rows stored."""
    batches = [frame for frame in frames if frame.readings is not None and frame.readings.values]
    counts, rows = _columns(directory, batches)
    batches, counts, rows = _possible(batches, counts, rows)
    _keep_texts(frames)
    if not batches:
        return
    ids = [digest(frame.key) for frame in batches]
    beside = [digest(frame.beside) for frame in batches if frame.beside]
    received = _received(batches)
    # the two files go to the disk side by side
    also = _writer.submit(messages.write, received).result if received.body else None
    all_counts = np.concatenate([counts, np.zeros(len(beside), np.int64)]) if beside else counts
    done = append_together(ids + beside, all_counts, rows, also=also)
    for frame, repeat, stored in zip(batches, done.repeats.tolist(), done.rows.tolist(), strict=False):
        frame.repeat, frame.stored = repeat, stored
    for at, refused in done.refused.items():
        if not batches[at].repeat:
            batches[at].lose(dict(refused))


def _columns(directory: Directory, frames: list[Frame]) -> tuple[NDArray[np.int64], Rows]:
    """How many rows each message has, and the rows of all of them end to end; a point of a device that has
    too many has number -1.
    """
    found = [frame.readings for frame in frames if frame.readings is not None]
    directory.learn({(frame.device, frame.interval, one.layout) for frame, one in zip(frames, found, strict=True)})
    counts = np.array([len(one.values) for one in found], np.int64)
    total = int(counts.sum())
    points = []
    for frame, one in zip(frames, found, strict=True):
        numbers = directory.points(frame.device, frame.interval, one.layout)
        points.append(numbers if one.kept is None else numbers[one.kept])
    times = np.repeat(np.array([one.times if isinstance(one.times, int) else 0 for one in found], np.int64), counts)
    several = [at for at, one in enumerate(found) if not isinstance(one.times, int)]
    if several:
        ends = np.cumsum(counts)
        for at in several:
            times[ends[at] - counts[at] : ends[at]] = found[at].times
    return counts, Rows(
        np.concatenate(points) if points else np.zeros(0, np.int32),
        times,
        np.fromiter(chain.from_iterable(one.values for one in found), np.float64, total),
        np.fromiter(chain.from_iterable(one.flags for one in found), np.uint8, total),
    )


def _possible(
    frames: list[Frame], counts: NDArray[np.int64], rows: Rows
) -> tuple[list[Frame], NDArray[np.int64], Rows]:
    """Without rows of too many points, and without messages of which no row can be stored where their sender
    is to be told.
    """
    unknown = rows.points < 0
    if unknown.any():
        which = np.repeat(np.arange(len(frames)), counts)
        lost = np.bincount(which[unknown], minlength=len(frames))
        for at in np.flatnonzero(lost).tolist():
            frames[at].lose({"too_many": int(lost[at])})
        counts, rows = counts - lost, rows.take(~unknown)
    reasons = refusals_of(rows)
    if reasons is None and counts.all():
        return frames, counts, rows
    refused = by_batch(reasons, counts) if reasons is not None else {}
    hopeless = np.array(
        [
            frame.told and sum(refused.get(at, {}).values()) == count
            for at, (frame, count) in enumerate(zip(frames, counts.tolist(), strict=True))
        ]
    )
    for at in np.flatnonzero(hopeless).tolist():
        frame = frames[at]
        frame.lose(refused.get(at, {}))
        frame.keep_text = frame.keep_text or "，".join(frame.refused or ())
    rows = rows.take(np.repeat(~hopeless, counts))
    return [frame for frame, bad in zip(frames, hopeless, strict=True) if not bad], counts[~hopeless], rows


def _received(frames: list[Frame]) -> messages.Incoming:
    """The messages as they came, of those that have bytes to keep."""
    kept = [(frame, frame.readings.times) for frame in frames if frame.body and frame.readings is not None]
    return messages.Incoming(
        [frame.device.pk for frame, _times in kept],
        [times if isinstance(times, int) else min(times) for _frame, times in kept],
        [times if isinstance(times, int) else max(times) for _frame, times in kept],
        [frame.about for frame, _times in kept],
        [frame.body for frame, _times in kept],
    )


def _keep_texts(frames: Sequence[Frame]) -> None:
    rows = []
    now = timezone.now()
    for frame in frames:
        if not frame.keep_text:
            continue
        command, number, text = frame.origin.described(frame)
        rows.append(
            DeviceMessage(
                device_id=frame.device.pk,
                received=now,
                cn=command,
                qn=number,
                text=text.replace("\0", "\\0")[:MAX_MESSAGE],
                reason=frame.keep_text[:200] if frame.keep_text != "message" else "",
                digest=blake2b(frame.key, digest_size=16).hexdigest(),
            )
        )
    if rows:
        DeviceMessage.objects.bulk_create(rows, ignore_conflicts=True)


def flush_tallies(tallies: list[tuple[int, Tally]], strangers: dict[str, Stranger]) -> None:
    """Add what happened to the devices' health and quality records and to the quarantine list."""
    now = timezone.now()
    day = timezone.localdate(now)
    with transaction.atomic():
        _add_health(tallies)
        for pk, tally in tallies:
            if tally.quirks or tally.refused:
                _add_quality(pk, day, tally)
        for mn, stranger in strangers.items():
            _note_stranger(mn, stranger, now)


def _add_health(tallies: list[tuple[int, Tally]]) -> None:
    """Add to the counters of thousands of devices by one statement: it runs in the committing thread."""
    DeviceHealth.objects.bulk_create([DeviceHealth(device_id=pk) for pk, _tally in tallies], ignore_conflicts=True)
    name = connection.ops.quote_name
    moment = connection.ops.adapt_datetimefield_value
    rows = [
        (
            tally.frames,
            tally.points,
            tally.repeats,
            sum(tally.refused.values()),
            moment(dt.datetime.fromtimestamp(tally.seen, dt.UTC)) if tally.seen else None,
            tally.skew,
            pk,
        )
        for pk, tally in tallies
    ]
    counted = ", ".join(f"{name(one)} = {name(one)} + %s" for one in ("frames", "points", "repeats", "refused"))
    latest = ", ".join(f"{name(one)} = COALESCE(%s, {name(one)})" for one in ("last_seen", "clock_skew_ms"))
    table = name(DeviceHealth._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {counted}, {latest} WHERE {name('device_id')} = %s", rows)  # noqa: S608 - names of our own


def _add_quality(device: int, day: dt.date, tally: Tally) -> None:
    """Add to a device's quality records; each event to one row: of its item where that is named, else of
    none.
    """
    counts: Counter[tuple[str, bool, str]] = Counter(tally.items)
    for refused, found in ((False, tally.quirks), (True, tally.refused)):
        for what, count in found.items():
            counts[str(what), refused, ""] += count
    for (what, refused, _item), count in tally.items.items():
        counts[what, refused, ""] -= count
    of_day = DeviceQuality.objects.filter(device_id=device, day=day)
    named = set(of_day.exclude(item="").values_list("what", "refused", "item"))
    for (what, refused, item), count in list(counts.items()):
        if item and (what, refused, item) not in named:
            if len(named) < MAX_NAMED:
                named.add((what, refused, item))
            else:
                counts[what, refused, ""] += count
                del counts[what, refused, item]
    for (what, refused, item), count in counts.items():
        if count > 0:
            key: dict[str, Any] = {"device_id": device, "day": day, "what": what, "refused": refused, "item": item}
            DeviceQuality.objects.get_or_create(**key)
            DeviceQuality.objects.filter(**key).update(count=F("count") + count)


def _note_stranger(mn: str, stranger: Stranger, now: dt.datetime) -> None:
    known = UnknownDevice.objects.select_for_update().filter(mn=mn).first()
    if known is None:
        if UnknownDevice.objects.count() >= MAX_UNKNOWN:
            return
        UnknownDevice.objects.create(
            mn=mn,
            first_seen=now,
            last_seen=now,
            frames=stranger.frames,
            peer=stranger.peer,
            password=stranger.password,
            system=stranger.system,
            protocol=stranger.protocol,
            sample=stranger.sample,
            rivals=stranger.rivals,
            rival_peer=stranger.rival,
        )
        return
    # the first password heard stays: who comes later does not put his own in its place
    if stranger.password != known.password:
        rivals, rival = stranger.frames - stranger.rivals, stranger.peer
    else:
        rivals, rival = stranger.rivals, stranger.rival
    known.last_seen, known.frames = now, known.frames + stranger.frames
    if rivals:
        known.rivals, known.rival_peer = known.rivals + rivals, rival
    else:
        known.peer = stranger.peer
    known.save(update_fields=["last_seen", "frames", "peer", "rivals", "rival_peer"])
