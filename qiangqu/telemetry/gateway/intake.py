"""Group commit: frames of all connections gather; one thread stores them together; what is stored is then answered.

The thread is the only one that touches the database. A batch id is (MN, QN, CN, PNO) and a check of the region: devices whose clock stands still give
one QN to different data, and data that was acknowledged must not be taken for a repeat.
"""

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from zlib import crc32

import numpy as np
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from qiangqu.lake import messages, telemetry_latest
from qiangqu.lake.telemetry import DAY, LARGEST, Appended, Batch, append_many, raw_days, refused_rows

from ..hj212.packet import Packet
from ..hj212.region import Region, milliseconds
from ..models import DeviceHealth, DeviceMessage, DeviceQuality, UnknownDevice
from .directory import Directory, Known, Tally

MAX_MESSAGE = 20_000
MAX_UNKNOWN = 10_000  # rows of the quarantine list
MAX_NAMED = (
    300  # rows of quality records with an item, of one device and day; what exceeds them is counted without its name
)
_writer = ThreadPoolExecutor(1, "gateway-messages")
CHINA = dt.timezone(dt.timedelta(hours=8))


@dataclass(slots=True, eq=False)
class Frame:
    """A message of a registered device on its way to the lake. ``region`` None: text only.

    One of HJ 212 has its packets and is answered on its connection; one of another protocol has its own ``key`` instead, and ``done`` is told whether it is
    on disk (True) or could not be stored (False).
    """

    device: Known
    packet: Packet | None = None
    parts: list[Packet] = field(default_factory=list)
    connection: Any = None
    interval: str = ""
    region: Region | None = None
    keep_text: str = ""  # why the text is kept as well
    stored: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    key: str = ""
    done: Callable[[bool], None] | None = None
    about: str = ""  # what the message was called on its line (topic, registers); HJ 212 says all in its frame
    body: bytes = b""
    beside: str = ""  # a second batch id, to know it by when it comes again

    @property
    def id(self) -> str:
        packet = self.packet
        if packet is None:
            return self.key
        return (
            f"{packet.mn.decode()}|{packet.qn.decode()}|{packet.cn.decode()}|{packet.part}|{crc32(packet.region):08x}"
        )


@dataclass(slots=True)
class Stranger:
    """What an unregistered MN sent since the last flush: the first password, and how many frames said another one, the last of them from ``rival``."""

    frames: int
    peer: str
    password: str
    system: str
    sample: str
    protocol: str = "hj212"
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


def commit(directory: Directory, frames: list[Frame]) -> list[Appended]:
    """Store frames; when this returns they are on disk. Gives for each whether it was a repeat. Raises what the lake raises, with nothing of the
    rows stored. An HJ 212 frame of which no row can be stored is no batch, so that its repeats are told the same; its text is kept."""
    values: list[float] = []
    flags: list[int] = []
    times: list[int] = []
    numbers: list[np.ndarray[Any, Any]] = []
    ends: list[int] = []
    for frame in frames:
        region = frame.region
        if region is None or not region.values:
            ends.append(len(values))
            continue
        points = directory.points(frame.device, frame.interval, region.layout)
        if region.kept is not None:
            points = points[region.kept]
        count = len(region.values)
        values += region.values
        flags += region.flags
        times += [region.times] * count if isinstance(region.times, int) else region.times
        numbers.append(points)
        ends.append(len(values))
    columns = (
        np.concatenate(numbers) if numbers else np.zeros(0, np.int32),
        np.array(times, np.int64),
        np.array(values, np.float64),
        np.array(flags, np.uint8),
    )
    crowded = bool(columns[0].size) and columns[0].min() < 0
    batches, places, received = [], [], messages.Incoming()
    beside: list[Batch] = []
    start = 0
    early, late = (columns[1].min(), columns[1].max()) if columns[1].size else (0, 0)
    now = telemetry_latest.clock_ms()
    doubtful = late > now + DAY or early < now - (raw_days() - 1) * DAY or bool(np.any(np.abs(columns[2]) > LARGEST))
    for at, (frame, end) in enumerate(zip(frames, ends, strict=True)):
        if end > start:
            part = [column[start:end] for column in columns]
            if crowded and part[0].min() < 0:  # more points than a device may have
                good = part[0] >= 0
                frame.refused["too_many"] = int(end - start - good.sum())
                part = [column[good] for column in part]
            batch = Batch(frame.id, *part)
            if frame.packet is not None and (crowded or doubtful):
                refused = refused_rows(batch, now=now)
                if sum(refused.values()) == part[0].size:
                    frame.refused |= refused
                    frame.keep_text = frame.keep_text or "，".join(frame.refused)
                    start = end
                    continue
            batches.append(batch)
            places.append(at)
            if frame.beside:
                beside.append(Batch(frame.beside, *(column[:0] for column in part)))
            body = frame.body or b"\r\n".join([packet.raw for packet in frame.parts])
            if body and frame.region is not None:
                received.add(frame.device.pk, frame.region.times, frame.about, body)
        start = end
    _keep_messages(frames)
    results = [Appended(False, 0)] * len(frames)
    if batches:
        # the two files go to the disk side by side
        also = _writer.submit(messages.write, received).result if received.body else None
        stored = append_many(batches + beside, also=also)[: len(batches)]
        for at, result in zip(places, stored, strict=True):
            results[at] = result
    return results


def _keep_messages(frames: list[Frame]) -> None:
    rows = []
    now = timezone.now()
    for frame in frames:
        if not frame.keep_text:
            continue
        digest = blake2b(frame.id.encode(), digest_size=16).hexdigest()
        packet = frame.packet
        assert packet is not None
        rows.append(
            DeviceMessage(
                device_id=frame.device.pk,
                received=now,
                cn=packet.cn.decode(),
                qn=packet.qn.decode("ascii", "replace"),
                text=packet.text.replace("\0", "\\0")[:MAX_MESSAGE],
                reason=frame.keep_text[:200] if frame.keep_text != "message" else "",
                digest=digest,
            )
        )
    if rows:
        DeviceMessage.objects.bulk_create(rows, ignore_conflicts=True)


def flush_tallies(tallies: list[tuple[int, Tally]], strangers: dict[str, Stranger]) -> None:
    """Add what happened to the devices' health and quality records and to the quarantine list."""
    now = timezone.now()
    day = timezone.localdate(now)
    with transaction.atomic():
        for pk, tally in tallies:
            DeviceHealth.objects.get_or_create(device_id=pk)
            changes: dict[str, Any] = {
                "frames": F("frames") + tally.frames,
                "points": F("points") + tally.points,
                "repeats": F("repeats") + tally.repeats,
                "refused": F("refused") + sum(tally.refused.values()),
            }
            if tally.seen:
                changes["last_seen"] = dt.datetime.fromtimestamp(tally.seen, dt.UTC)
            if tally.skew is not None:
                changes["clock_skew_ms"] = tally.skew
            DeviceHealth.objects.filter(device_id=pk).update(**changes)
            _add_quality(pk, day, tally)
        for mn, stranger in strangers.items():
            _note_stranger(mn, stranger, now)


def _add_quality(device: int, day: dt.date, tally: Tally) -> None:
    """Add to a device's quality records; each event to one row: of its item where that is named, else of none."""
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


def skew(qn: bytes, now: float) -> int | None:
    """Platform's time minus the device's, in milliseconds, from a QN."""
    at = milliseconds(qn[:14]) if len(qn) == 17 else None
    return None if at is None else int(now * 1000) - at - int(qn[14:])


def question_number(now: float | None = None) -> bytes:
    """A QN: China Standard Time to the millisecond."""
    moment = dt.datetime.fromtimestamp(time.time() if now is None else now, CHINA)
    return f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}".encode()
