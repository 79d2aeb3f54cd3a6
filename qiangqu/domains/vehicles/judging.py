"""Positions judged as they arrive, all vehicles at once: fences, papers, grave alarms.

What is broken becomes a series of the terminal (``vfout``, ``vfin`` …: 0 is kept) at the positions' own times; rules of
alarms are asked of these series like of any other, and so raise, tell, escalate and clear. Which crossings there were is
kept as :class:`Passage`. A position that comes late has its span judged again: series are overlaid by the new values,
crossings that no longer hold are withdrawn.
"""

import datetime as dt
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from numpy.typing import NDArray

from qiangqu.lake.models import TELEMETRY, Segment, TelemetryClock
from qiangqu.lake.telemetry import AHEAD, Batch, append_many
from qiangqu.registry.models.history import alive_on
from qiangqu.telemetry.jt808.codes import GRAVE
from qiangqu.telemetry.jt808.location import LON
from qiangqu.telemetry.models import Factor, Point

from .fences import BROKEN, GAP, MOVING, Finding, Track, applies, look
from .models import Fence, JudgedUpTo, Passage, Vehicle
from .papers import missing, papers_of
from .positions import READ, points_of, tracks

INSIDE, PAPERS, ALARMS = "vinside", "vpapers", "vgrave"
FACTORS = (
    ("vfout", _("驶出围栏"), ""),
    ("vfin", _("驶入禁区"), ""),
    ("vfstay", _("停留超时"), "min"),
    ("vfspeed", _("超过围栏限速"), "km/h"),
    ("vfroute", _("偏离规定路线"), "m"),
    (INSIDE, _("所在围栏数"), ""),
    (PAPERS, _("缺少的证件数"), ""),
    (ALARMS, _("终端严重报警数"), ""),
)
LOOK_BACK = GAP
FARTHEST = 31 * 86_400_000  # ms: what is older is not judged again


@dataclass(frozen=True, slots=True)
class Judged:
    """What a pass did."""

    vehicles: int = 0
    positions: int = 0
    crossings: int = 0
    withdrawn: int = 0


def judge(now: int | None = None) -> Judged:
    """Judge the positions that were committed since the last pass. Must not be called inside a transaction."""
    clock = time.time_ns() // 1_000_000 if now is None else now
    upto, _made = JudgedUpTo.objects.get_or_create(pk=1)
    seq = TelemetryClock.objects.values_list("seq", flat=True).first() or 0
    if seq == upto.seq:
        return Judged()
    today = timezone.localdate(dt.datetime.fromtimestamp(clock / 1000, dt.UTC))
    rows = alive_on(Vehicle.objects.exclude(device=None), today).select_related("area", "device")
    vehicles = {vehicle.device_id: vehicle for vehicle in rows}
    points = points_of(vehicles, READ)
    fresh = _fresh(upto.seq, {codes[LON]: device for device, codes in points.items() if LON in codes})
    first = {device: max(at, clock - FARTHEST) for device, at in fresh.items()}
    found = tracks(points, {device: at - LOOK_BACK for device, at in first.items()}, clock + AHEAD + 1)
    fences = list(alive_on(Fence.objects.all(), today).select_related("area"))
    with_papers = papers_of([vehicles[device] for device in found], dt.datetime.fromtimestamp(clock / 1000, dt.UTC))
    series = _Series(vehicles)
    added: list[Passage] = []
    gone: list[int] = []
    for device, (track, words) in list(found.items()):
        # the last position before what is new says where the vehicle was
        begin = max(int(np.searchsorted(track.times, first[device])) - 1, 0)
        found[device] = track.since(int(track.times[begin])), words[begin:]
    known = _known(
        [vehicles[device] for device in found], min((int(one.times[0]) for one, _ in found.values()), default=0)
    )
    for device, (track, words) in found.items():
        vehicle = vehicles[device]
        mine = [fence for fence in fences if applies(fence, vehicle)]
        findings = [(fence, look(fence, track, _inside_since(known[vehicle.pk], fence, track))) for fence in mine]
        for fence, finding in findings:
            new, over = _changed(vehicle, fence, finding, known[vehicle.pk], int(track.times[0]))
            added += new
            gone += over
        recent = track.times >= first[device]
        series.add(vehicle, _broken(findings, track), track.times, recent)
        papers = np.zeros(len(track))
        papers[recent] = [
            _lacking(vehicle, with_papers, at, speed)
            for at, speed in zip(track.times[recent], track.speed[recent], strict=True)
        ]
        series.add(vehicle, {PAPERS: papers, ALARMS: _grave(words)}, track.times, recent)
    series.store()
    with transaction.atomic():
        Passage.objects.filter(pk__in=gone).update(withdrawn_at=timezone.now())
        Passage.objects.bulk_create(added, ignore_conflicts=True, batch_size=500)
        JudgedUpTo.objects.filter(pk=1, seq__lte=seq).update(seq=seq)
    return Judged(len(found), sum(len(track) for track, _words in found.values()), len(added), len(gone))


def _fresh(seq: int, devices: dict[int, int]) -> dict[int, int]:
    """The earliest moment (ms UTC) that commits after ``seq`` say something of, by device; ``devices`` by the point of
    their longitude. A file that was merged since counts whole: what is judged again comes out the same."""
    if not devices:
        return {}
    segments = Segment.objects.live().filter(dataset=TELEMETRY, telemetry__seq__gt=seq)
    segments = segments.filter(telemetry__last_point__gte=min(devices), telemetry__first_point__lte=max(devices))
    wanted = pa.array(sorted(devices), pa.int32())
    found: dict[int, int] = {}
    for segment in segments.order_by("pk"):
        table = pq.read_table(segment.path, columns=["point", "time"], filters=pc.field("point").isin(wanted))
        times = table.group_by("point").aggregate([("time", "min")])
        for point, at in zip(times["point"].to_pylist(), times["time_min"].to_pylist(), strict=True):
            device = devices[point]
            found[device] = min(at, found.get(device, at))
    return found


def _known(vehicles: list[Any], since: int) -> dict[int, dict[int, list[Passage]]]:
    """The crossings that hold, by vehicle and fence, in order: those from ``since`` (ms UTC) on, and the last one before
    of each fence that the vehicle was in then."""
    found: dict[int, dict[int, list[Passage]]] = {vehicle.pk: defaultdict(list) for vehicle in vehicles}
    rows = Passage.objects.filter(vehicle__in=vehicles, withdrawn_at=None)
    last = rows.filter(at__lt=since).order_by().values_list("vehicle", "fence", "entered").annotate(Max("at"))
    inside: dict[tuple[int, int], int] = {}
    for vehicle, fence, entered, at in sorted(last, key=lambda row: (row[3], not row[2])):
        inside.pop((vehicle, fence), None)
        if entered:
            inside[vehicle, fence] = at
    for (vehicle, fence), at in inside.items():
        found[vehicle][fence].append(Passage(vehicle_id=vehicle, fence_id=fence, entered=True, at=at))
    for one in rows.filter(at__gte=since).order_by("at", "-entered", "pk"):
        found[one.vehicle_id][one.fence_id].append(one)
    return found


def _inside_since(known: dict[int, list[Passage]], fence: Fence, track: Track) -> int | None:
    """Since when a vehicle was inside a fence when its track begins; None when it was outside."""
    before = [one for one in known[fence.pk] if one.at < track.times[0]]
    return before[-1].at if before and before[-1].entered else None


def _changed(
    vehicle: Any, fence: Fence, finding: Finding, known: dict[int, list[Passage]], begin: int
) -> tuple[list[Passage], list[int]]:
    """Crossings that are new, and the keys of those that no longer hold, from ``begin`` on."""
    before = {(one.entered, one.at): one.pk for one in known[fence.pk] if one.at >= begin}
    after = {(one.entered, one.at): one for one in finding.crossings}
    new = [
        Passage(vehicle=vehicle, fence=fence, entered=one.entered, at=one.at, lon=one.lon, lat=one.lat)
        for key, one in after.items()
        if key not in before
    ]
    return new, [pk for key, pk in before.items() if key not in after]


def _broken(findings: list[tuple[Fence, Finding]], track: Track) -> dict[str, NDArray[np.float64]]:
    """Of each kind of fence how far the worst is broken, and how many fences the vehicle is in, at each position."""
    found: dict[str, NDArray[np.float64]] = {}
    inside = np.zeros(len(track))
    for fence, finding in findings:
        code = BROKEN[fence.kind]
        found[code] = np.maximum(found.get(code, 0.0), finding.broken)
        inside += finding.inside
    return found | {INSIDE: inside}


def _lacking(vehicle: Any, papers: Any, at: np.int64, speed: np.float64) -> float:
    """How many papers are missing; of a vehicle that stands none is asked for."""
    if speed < MOVING:
        return 0.0
    return float(len(missing(vehicle, papers, dt.datetime.fromtimestamp(int(at) / 1000, dt.UTC))))


def _grave(words: NDArray[np.int64]) -> NDArray[np.float64]:
    """How many grave alarms each alarm word has."""
    return sum((words >> bit & 1 for bit in GRAVE), np.zeros(len(words), np.int64)).astype(float)


class _Series:
    """What is to be written, and the points that it belongs to."""

    def __init__(self, vehicles: dict[int, Any]) -> None:
        self.points = points_of(vehicles, [code for code, _name, _unit in FACTORS])
        self.batches: list[tuple[int, str, NDArray[np.int64], NDArray[np.float64]]] = []

    def add(
        self, vehicle: Any, said: dict[str, NDArray[np.float64]], times: NDArray[np.int64], which: NDArray[np.bool_]
    ) -> None:
        """Values of a vehicle at the times chosen; of a kind of fence that is no more (or not yet) what ends it."""
        device = vehicle.device_id
        for code in self.points.get(device, {}):
            if code in BROKEN.values() and INSIDE in said:
                said.setdefault(code, np.zeros(len(times)))
        self.batches += [(device, code, times[which], values[which]) for code, values in said.items()]

    def store(self) -> None:
        if not self.batches:
            return
        self._make_points()
        parts = [(self.points[device][code], times, values) for device, code, times, values in self.batches]
        points = np.concatenate([np.full(len(times), point, np.int32) for point, times, _values in parts])
        times = np.concatenate([times for _point, times, _values in parts])
        values = np.concatenate([values for _point, _times, values in parts])
        append_many([Batch(f"vehicles|{uuid.uuid4().hex}", points, times, values)])

    def _make_points(self) -> None:
        wanted = {(device, code) for device, code, _times, _values in self.batches}
        wanted -= {(device, code) for device, codes in self.points.items() for code in codes}
        if not wanted:
            return
        Factor.objects.bulk_create(
            [Factor(code=code, name=name, unit=unit, medium="vehicle") for code, name, unit in FACTORS],
            ignore_conflicts=True,
        )
        factors = {factor.code: factor for factor in Factor.objects.filter(code__in=[row[0] for row in FACTORS])}
        made = [
            Point(device_id=device, factor_code=code, factor=factors[code], interval="realtime", statistic="Rtd", unit=factors[code].unit)
            for device, code in sorted(wanted)
        ]  # fmt: skip
        Point.objects.bulk_create(made, ignore_conflicts=True)
        for device, codes in points_of(
            {device for device, _code in wanted}, {code for _device, code in wanted}
        ).items():
            self.points.setdefault(device, {}).update(codes)
