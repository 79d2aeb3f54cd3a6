"""Simulated devices with a month of hourly values, for the demonstration; everything is marked 模拟数据.

The first :data:`REPORTING` carry the MN and the password of ``qiangqu simulate devices``, so that live values
come under the same devices.
"""

import datetime as dt
from collections.abc import Callable

import numpy as np
from django.db import transaction
from django.utils import timezone

from qiangqu.base.periods import month
from qiangqu.lake.telemetry import DAY, HOUR, INVALID, SECOND, Batch, append_many
from qiangqu.lake.telemetry_latest import standing_at
from qiangqu.lake.telemetry_merge import merge
from qiangqu.registry import audit
from qiangqu.registry.models import Area, AreaLevel, Organisation, OrganisationKind, Post, Role
from qiangqu.telemetry.completeness import ZONE
from qiangqu.telemetry.health import roll
from qiangqu.telemetry.models import Device, DeviceHealth, DeviceQuality, Factor, Point
from qiangqu.telemetry.publishing import publish
from qiangqu.telemetry.register import load_factors
from qiangqu.telemetry.simulators.hj212 import FACTORS, Plan, names

DAYS = 31
LIVE_MINUTES = 10  # of the hour in which a running demonstration looks after its devices
REPORTING, SILENT = 20, 4  # devices that report, and devices that ended some days ago or never began
COMMAND = f"qiangqu simulate devices --devices {REPORTING} --factors 8 --rate 32"
BORN = dt.date(2024, 1, 1)
KM = 1 / 111.2  # degrees of latitude
_QUIRKS = ("lower_crc", "wrong_length", "no_mark", "extra_separator", "time_from_qn")


def fill(zone: Area | None, report: Callable[[str], None]) -> None:
    """The demonstration's devices, or what they have missed since its last start."""
    load_factors()
    demonstrate(report=report)


def live(now: dt.datetime) -> int:
    """What the devices report while a demonstration runs: they are looked at once an hour."""
    return demonstrate(now) if now.minute < LIVE_MINUTES else 0


def demonstrate(now: dt.datetime | None = None, seed: int = 11, report: Callable[[str], None] = lambda _: None) -> int:
    """Make the devices, or bring what an earlier start made up to the last whole hour; gives the number of
    rows stored. Does nothing in a database without simulated enterprises."""
    clock = now or timezone.now()
    end = int(clock.timestamp() * SECOND) // HOUR * HOUR
    devices = list(Device.objects.filter(mn__in=_names(), simulated=True).order_by("mn"))
    rng = np.random.default_rng(seed)
    if not devices:
        with transaction.atomic():
            devices = _register(rng)
    if not devices:
        return 0
    begin = end - DAYS * DAY
    points: dict[int, list[Point]] = {}
    for point in Point.objects.filter(device__in=devices, interval="hour").order_by("pk"):
        points.setdefault(point.device_id, []).append(point)
    newest = {row[0]: row[1] for row in standing_at((p.pk for of in points.values() for p in of), end)}
    since = max(begin, max(newest.values(), default=0) + HOUR)
    rows = 0
    if since < end:
        report("生成模拟设备数据")
        rows = _store(devices[:REPORTING], points, since, end, rng)
        if not newest:  # devices that fell silent five days ago
            rows += _store(devices[REPORTING:-1], points, since, end - 5 * DAY, rng)
        merge()
        _health(devices, since, end, rng, first=not newest)
    today = clock.astimezone(ZONE).date()
    first = dt.datetime.fromtimestamp(since / SECOND, ZONE).date()
    roll(min(first, today), today, devices=[d.pk for d in devices])
    last_month = month(today.year, today.month).previous()
    if Device.objects.filter(simulated=True, organisation__isnull=False).exists():
        publish(last_month)
    return rows


def _names() -> list[str]:
    return names(Plan("", 0, 1.0, REPORTING + SILENT, 1))


def _zones() -> list[Area]:
    """Zones with simulated enterprises, those that a zone's own account looks at first."""
    watched = set(Post.objects.in_force().filter(role=Role.ZONE).values_list("area", flat=True))
    found = Area.objects.filter(
        level=AreaLevel.ZONE, pk__in=Organisation.objects.filter(simulated=True).values("area")
    ).order_by("code")
    return sorted(found, key=lambda area: area.pk not in watched)


def _register(rng: np.random.Generator) -> list[Device]:
    zones = _zones()[:6]
    if not zones:
        return []
    owners: dict[int, list[Organisation]] = {}
    for zone in zones:
        found = Organisation.objects.filter(
            area=zone, kind=OrganisationKind.ENTERPRISE, simulated=True, scale="above", valid_to=None
        )
        # from the end: the first ones get the outlets of the environment desk with devices of their own, and
        # an outlet has one
        owners[zone.pk] = list(found.order_by("-code")[: REPORTING + SILENT])
    used: dict[int, int] = {}
    made = []
    for number, mn in enumerate(_names()):
        # every second device stands in the first zone: its overview is worth looking at
        zone = (
            zones[0] if number % 2 == 0 else zones[1 + number // 2 % (len(zones) - 1)] if len(zones) > 1 else zones[0]
        )
        place = used[zone.pk] = used.get(zone.pk, -1) + 1
        owner = owners[zone.pk][place % len(owners[zone.pk])] if owners[zone.pk] else None
        dx, dy = rng.uniform(-4, 4, 2) * KM
        lat = (zone.lat or 38.0) + dy
        lon = (zone.lon or 106.0) + dx / np.cos(np.radians(lat))
        name = f"{owner.short_name or owner.name}数采仪" if owner else f"{zone.short_name}数采仪"
        device = Device.objects.create(
            mn=mn, name=name[:80], password=Plan("", 0, 1.0, 1, 1).password, system="31", area=zone, organisation=owner,
            lon=round(float(lon), 5), lat=round(float(lat), 5), valid_from=BORN, simulated=True,
        )  # fmt: skip
        made.append(device)
    factors = {f.code: f for f in Factor.objects.filter(code__in=[code for code, _level in FACTORS])}
    points = [
        Point(
            device=device, factor_code=code, factor=factors.get(code), interval="hour", statistic="Avg",
            unit=factors[code].unit if code in factors else "",
        )
        for device in made[:-1]  # the last one never reported
        for code, _level in FACTORS[:8]
    ]  # fmt: skip
    Point.objects.bulk_create(points)
    born = dt.datetime.combine(BORN, dt.time(), ZONE)
    Point.objects.filter(device__in=made).update(created_at=born)
    audit.record(None, "devices_demonstration", object_type="area", object_id=zones[0].code, area_path=zones[0].path)
    return made


def _store(
    devices: list[Device], points: dict[int, list[Point]], since: int, end: int, rng: np.random.Generator
) -> int:
    """Hourly values of each point, with outages of whole devices and single lost rows, in one commit."""
    times = np.arange(since, end, HOUR, dtype=np.int64)
    if not times.size:
        return 0
    levels = dict(FACTORS)
    hour = (times // HOUR + 8) % 24
    batches = []
    for device in devices:
        kept = rng.random(times.size) > 0.004
        for _outage in range(int(rng.poisson(times.size / 400))):
            at = int(rng.integers(0, times.size))
            kept[at : at + int(rng.integers(1, 12))] = False
        for point in points.get(device.pk, ()):
            level = levels[point.factor_code]
            drift = np.cumsum(rng.normal(0, 0.02, times.size))
            values = level * np.exp(0.15 * np.sin((hour - 9) / 24 * 2 * np.pi) + drift - drift.mean())
            values = np.round(values * rng.lognormal(0, 0.05, times.size), 3)
            flags = np.where(rng.random(times.size) < 0.01, INVALID | ord("M"), ord("N")).astype(np.uint8)
            mine = kept & (rng.random(times.size) > 0.002)
            count = int(mine.sum())
            if count:
                batches.append(
                    Batch(
                        f"devices-demonstration|{point.pk}|{since}",
                        np.full(count, point.pk, np.int32), times[mine], values[mine], flags[mine],
                    )
                )  # fmt: skip
    return sum(done.rows for done in append_many(batches)) if batches else 0


def _health(devices: list[Device], since: int, end: int, rng: np.random.Generator, *, first: bool) -> None:
    """What a gateway would have noted: last message, counters, a clock that is off, departures from the
    standard.
    """
    hours = (end - since) // HOUR
    rows, quality = [], []
    today = dt.datetime.fromtimestamp(end / SECOND, ZONE).date()
    health = DeviceHealth.objects.in_bulk([d.pk for d in devices])
    for number, device in enumerate(devices[:-1]):
        silent = number >= REPORTING
        if silent and not first:
            continue
        last = dt.datetime.fromtimestamp((end - 5 * DAY if silent else end) / SECOND, dt.UTC) + dt.timedelta(seconds=7)
        known = health.get(device.pk)
        if known is None:
            known = DeviceHealth(device=device, clock_skew_ms=int(rng.normal(0, 4000)), period=3600)
        if number == 3:
            known.clock_skew_ms = 437_000
        if known.last_seen is None or known.last_seen < last:
            known.last_seen = last
        known.frames += hours
        known.points += hours * 8
        rows.append(known)
        if first and number % 3 == 0:
            what = _QUIRKS[number // 3 % len(_QUIRKS)]
            for back in range(0, 30, 2):
                day = today - dt.timedelta(days=back)
                count = int(rng.integers(1, 25))
                quality.append(DeviceQuality(device=device, day=day, what=what, refused=False, count=count))
            known.refused += 3
            quality.append(
                DeviceQuality(device=device, day=today - dt.timedelta(days=4), what="bad_crc", refused=True, count=3)
            )
    DeviceHealth.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["device"],
        update_fields=["last_seen", "frames", "points", "refused", "clock_skew_ms", "period"],
    )
    DeviceQuality.objects.bulk_create(quality, ignore_conflicts=True)
