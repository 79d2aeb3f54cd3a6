"""Simulated stations, outlets, readings and ledger of one zone, for demonstration and load; everything is
marked 模拟数据.

Readings are stored :data:`AHEAD` of the clock: they wait in the lake until their time comes, so that a
demonstration lives on without a simulator.
"""

import datetime as dt
from collections.abc import Callable

import numpy as np
from django.db import transaction
from django.db.models import QuerySet

from qiangqu.base.errors import InputError
from qiangqu.domains.environment.models import Channel, Medium, Outlet, PermitAmount, Station, StationKind, WasteEntry
from qiangqu.lake.telemetry import DAY, HOUR, INVALID, Batch, append_many
from qiangqu.lake.telemetry_latest import standing_at
from qiangqu.registry import audit
from qiangqu.registry.models import Area, Organisation, OrganisationKind
from qiangqu.telemetry.measured import ZONE, day_start, moment
from qiangqu.telemetry.models import Device, DeviceHealth, Factor, Point
from qiangqu.telemetry.simulators.hj212 import Plan

from .incidents import befall

STEP = 10 * 60  # seconds between readings
KM = 1 / 111.2  # degrees of latitude
PREFIX, PASSWORD = "SIM", Plan("", 0, 1.0, 1, 1).password  # of devices
LONGEST = 31  # days that a later start makes up for
AHEAD = dt.timedelta(hours=24)  # as far as the lake lets readings wait
REFILL = 10 * HOUR  # ms: while more than this waits, nothing is added
LEAD = 14 * HOUR  # ms from the first incident to the moment that incidents are arranged around
AMBIENT = {"a21026": 14, "a21004": 32, "a34002": 78, "a21005": 0.8, "a05024": 85, "a34004": 33}
STACK = {"a34013": 6, "a21026": 22, "a21002": 38}
WATER = {"w01018": 34, "w21003": 1.6, "w21011": 0.28, "w21001": 9.5}


def build(
    area: Area,
    days: int,
    *,
    stations: int = 3,
    outlets: int = 8,
    seed: int = 7,
    now: dt.datetime | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> tuple[int, int]:
    """Make the places and ``days`` of readings ending now, and those of the coming day (:data:`AHEAD`).
    Returns the number of channels and of readings.

    Raises InputError when the zone already has stations or has too few enterprises.
    """
    if Station.objects.filter(area=area).exists():
        raise InputError("这个园区已经有监测站，演示数据只能加到空的园区", where=area.code)
    enterprises = list(
        Organisation.objects.filter(area=area, kind=OrganisationKind.ENTERPRISE, scale="above").order_by("code")[
            :outlets
        ]
    )
    if not enterprises:
        raise InputError("这个园区没有规模以上企业，无法建立排放口", where=area.code)
    rng = np.random.default_rng(seed)
    with transaction.atomic():
        channels = _places(area, enterprises, stations, outlets, rng)
        _permits_and_waste(enterprises, now or dt.datetime.now(dt.UTC), rng)
        audit.record(None, "environment_demonstration", object_type="area", object_id=area.code, area_path=area.path)
    rows = 0
    end = now or dt.datetime.now(dt.UTC)
    anchor = int(end.timestamp() * 1000)
    for back in range(days, -2, -1):
        rows += _day(channels, (end.astimezone(ZONE) - dt.timedelta(days=back)).date(), end + AHEAD, rng, anchor)
        if back % 30 == 0:
            report(f"已生成 {rows} 个模拟读数，还有 {back} 天")
    # a device was there from its first reading on
    born = dt.datetime.combine(end.astimezone(ZONE).date() - dt.timedelta(days=days), dt.time(), ZONE)
    Point.objects.filter(pk__in=[channel.point_id for channel in channels]).update(created_at=born)
    _heard(channels)
    return len(channels), rows


def extend(now: dt.datetime | None = None, seed: int = 8) -> int:
    """Readings of what :func:`build` made from where they end up to :data:`AHEAD` of now, of at most
    :data:`LONGEST` days past; gives how many.

    While enough still wait from an earlier time, there are none to add; only when the devices were heard last
    is brought up to date.
    """
    channels = list(
        Channel.objects.filter(point__device__in=_devices())
        .select_related("station", "outlet", "point__device")
        .order_by("pk")
    )
    end = now or dt.datetime.now(dt.UTC)
    until = int(end.timestamp() * 1000)
    points = [c.point_id for c in channels if c.point_id]
    newest = max((row[1] for row in standing_at(points, until + 2 * DAY)), default=None)
    if newest is None:
        return 0
    rows = 0
    if newest < until + REFILL:
        since = max(newest + STEP * 1000, until - LONGEST * DAY)
        # what is stored already stays as it is: incidents begin after it
        anchor = max(until, since + LEAD) if newest > until else until
        rng = np.random.default_rng(seed + since // DAY)
        day = moment(since).date()
        while day <= (end + AHEAD).astimezone(ZONE).date():
            rows += _day(channels, day, end + AHEAD, rng, anchor, since)
            day += dt.timedelta(days=1)
    _heard(channels)
    return rows


def devices() -> list[int]:
    """The devices that :func:`build` made."""
    return list(_devices().values_list("pk", flat=True))


def _devices() -> QuerySet[Device]:
    return Device.objects.filter(
        simulated=True, mn__startswith=PREFIX, points__environment_channel__isnull=False
    ).distinct()


def _heard(channels: list[Channel]) -> None:
    """What the gateway would have noted of the devices: when it heard them last."""
    rows = {row[0]: row[1] for row in standing_at([c.point_id for c in channels if c.point_id])}
    last: dict[int, int] = {}
    for channel in channels:
        if channel.point is not None and channel.point_id in rows:
            device = channel.point.device_id
            last[device] = max(last.get(device, 0), rows[channel.point_id])
    DeviceHealth.objects.bulk_create(
        [DeviceHealth(device_id=pk, last_seen=moment(at), period=STEP) for pk, at in last.items()],
        update_conflicts=True,
        unique_fields=["device"],
        update_fields=["last_seen", "period"],
    )


def _places(
    area: Area, enterprises: list[Organisation], stations: int, outlets: int, rng: np.random.Generator
) -> list[Channel]:
    lon, lat = area.lon or 106.0, area.lat or 38.0
    born = dt.date(2024, 1, 1)
    made: list[Channel] = []
    devices: dict[str, Device] = {}
    factors = {factor.code: factor for factor in Factor.objects.all()}

    def add(place: Station | Outlet, factor: str, unit: str = "") -> None:
        device = devices.get(place.code)
        if device is None:
            owner = place.enterprise if isinstance(place, Outlet) else None
            device = devices[place.code] = Device.objects.create(
                mn=f"{PREFIX}{place.code}"[:40], name=f"{place.name}数采仪"[:80], area=area, organisation=owner,
                password=PASSWORD, lon=place.lon, lat=place.lat, valid_from=born, simulated=True,
            )  # fmt: skip
        point = Point.objects.create(
            device=device, factor_code=factor, factor=factors.get(factor), interval="realtime", statistic="Rtd", unit=unit,
            period=STEP,
        )  # fmt: skip
        channel = Channel(point=point, interval=STEP, factor=factor, unit=unit)
        setattr(channel, "outlet" if isinstance(place, Outlet) else "station", place)
        channel.save()
        made.append(channel)

    def place() -> tuple[float, float]:
        dx, dy = rng.uniform(-4, 4, 2) * KM
        return round(lon + dx / np.cos(np.radians(lat)), 5), round(lat + dy, 5)

    for n in range(1, stations + 1):
        x, y = place()
        kind = StationKind.NOISE if n == stations and stations > 1 else StationKind.AMBIENT
        name = f"{area.short_name}{'噪声' if kind == StationKind.NOISE else '空气'}站{n}号"
        standard, grade = ("GB 12348", "3类") if kind == StationKind.NOISE else ("GB 3095", "二级")
        station = Station.objects.create(
            code=f"{area.code}-S{n}", name=name, kind=kind, area=area, lon=x, lat=y, standard=standard, grade=grade,
            valid_from=born, simulated=True,
        )  # fmt: skip
        if kind == StationKind.NOISE:
            add(station, "Leq")
            continue
        for code in AMBIENT:
            add(station, code, unit="mg/m³" if code == "a21005" else "μg/m³")
        add(station, "a01007")
        add(station, "a01008")
    for n in range(1, outlets + 1):
        x, y = place()
        water = n % 3 == 0
        owner = enterprises[(n - 1) % len(enterprises)]
        outlet = Outlet.objects.create(
            code=f"{owner.code}-{'DW' if water else 'DA'}{n:03d}",
            name=f"{owner.short_name or owner.name}{'废水总排口' if water else f'{n}号锅炉排口'}",
            medium=Medium.WATER if water else Medium.AIR,
            enterprise=owner, permit_number=f"{owner.code}001P", lon=x, lat=y, valid_from=born, simulated=True,
            standard="GB 31571" if water else "GB 13223",
            grade="直接排放" if water else "燃煤锅炉（特别排放限值）",
            reference_oxygen=None if water else 6.0,
        )  # fmt: skip
        for code in ("w00000", "w01001", *WATER) if water else ("a00000", "a19001", *STACK):
            add(outlet, code)
    return made


def _permits_and_waste(enterprises: list[Organisation], now: dt.datetime, rng: np.random.Generator) -> None:
    year = now.year
    for owner in dict.fromkeys(enterprises):
        for code, allowed in (("a34013", 60), ("a21026", 180), ("a21002", 320), ("w01018", 46), ("w21003", 3)):
            if Outlet.objects.filter(enterprise=owner, medium="water" if code[0] == "w" else "air").exists():
                PermitAmount.objects.create(
                    enterprise=owner, factor=code, year=year, tonnes=round(allowed * rng.uniform(0.8, 1.6), 1),
                    permit_number=f"{owner.code}001P", valid_from=dt.date(year, 1, 1), simulated=True,
                )  # fmt: skip
        entries = []
        for month in range(1, now.month + 1):
            made = float(np.round(rng.uniform(800, 2600), 1))
            used = float(np.round(made * rng.uniform(0.35, 0.7), 1))
            for act, tonnes in (("generated", made), ("used", used), ("disposed", round((made - used) * 0.8, 1))):
                entries.append(
                    WasteEntry(
                        enterprise=owner, day=dt.date(year, month, 1 if act == "generated" else 2), waste_class="general",
                        waste_code="SW02", waste_name="粉煤灰", act=act, tonnes=tonnes, simulated=True,
                    )
                )  # fmt: skip
        WasteEntry.objects.bulk_create(entries)


def _day(
    channels: list[Channel],
    day: dt.date,
    until: dt.datetime,
    rng: np.random.Generator,
    anchor: int,
    since: int | None = None,
) -> int:
    """One day of readings of all channels (from ``since`` on, ms UTC), with the incidents around ``anchor``
    (ms UTC), in one commit.
    """
    begin = day_start(day)
    times = begin + np.arange(0, 86_400, STEP, dtype=np.int64) * 1000
    times = times[(times <= int(until.timestamp() * 1000)) & (times >= (since or begin))]
    if not times.size:
        return 0
    hour = (times - begin) / 3_600_000
    points, stamps, values, flags = [], [], [], []
    for channel in channels:
        value = _value(channel.factor, hour, rng)
        flag = np.zeros(times.size, np.uint8)
        if rng.random() < 0.04:  # maintenance or calibration of a few hours
            start = int(rng.integers(0, times.size))
            flag[start : start + 18] = INVALID
        kept = np.ones(times.size, bool)
        if rng.random() < 0.03:
            start = int(rng.integers(0, times.size))
            kept[start : start + 24] = False
        value, made, gone = befall(channel, times, value, anchor)
        flag[made] = 0
        kept = (kept | made) & ~gone
        count = int(kept.sum())
        points.append(np.full(count, channel.point_id, np.int32))
        stamps.append(times[kept])
        values.append(value[kept])
        flags.append(flag[kept])
    batch = Batch(
        f"environment-demonstration|{channels[0].point_id}|{day}|{since or ''}",
        np.concatenate(points), np.concatenate(stamps), np.concatenate(values), np.concatenate(flags),
    )  # fmt: skip
    return append_many([batch])[0].rows


def _value(factor: str, hour: np.ndarray, rng: np.random.Generator) -> np.ndarray:  # type: ignore[type-arg]
    """A day's course of a factor: a daily rhythm, a level of the day, noise."""
    noise = rng.normal(0, 1, hour.size)
    level = rng.lognormal(0, 0.22)
    match factor:
        case "a05024":
            return np.maximum(5, 85 * level * (0.45 + 0.75 * np.exp(-(((hour - 15) / 4) ** 2))) + 4 * noise)
        case "a01008":
            return (310 + 40 * np.sin(hour / 24 * 2 * np.pi) + 12 * noise) % 360
        case "a01007":
            return np.maximum(0, 2.2 + 1.2 * np.sin((hour - 9) / 24 * 2 * np.pi) + 0.4 * noise)
        case "Leq":
            return 54 + 6 * ((hour > 7) & (hour < 21)) + 1.5 * noise
        case "a00000":
            return np.maximum(0, 62 * level + 2 * noise)
        case "a19001":
            return np.clip(7.0 + 0.6 * noise, 3, 14)
        case "w00000":
            return np.maximum(0, 24 * level + 2 * noise)
        case "w01001":
            return 7.4 + 0.15 * noise
    base = (AMBIENT | STACK | WATER)[factor]
    rhythm = 1 + 0.25 * np.cos((hour - 8) / 24 * 2 * np.pi)
    spike = np.where(rng.random() < 0.06, 1.5 * np.exp(-(((hour - rng.uniform(3, 21)) / 1.2) ** 2)), 0.0)
    return np.maximum(0.0, base * level * (rhythm + spike) * (1 + 0.06 * noise))
