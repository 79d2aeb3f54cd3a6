"""Tankers of a demonstration: terminals, vehicles, crews, permits, waybills, fences around the zone, and a day's driving
in which one of them leaves its fence. All marked 模拟数据."""

import datetime as dt
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from qiangqu.domains.vehicles.judging import judge
from qiangqu.domains.vehicles.models import CrewMember, Fence, Permit, Trip, Vehicle
from qiangqu.domains.vehicles.rules import load
from qiangqu.lake.telemetry import Batch, append_many
from qiangqu.registry.models import Area, Organisation
from qiangqu.telemetry.jt808.factors import add_factors
from qiangqu.telemetry.models import Device, Factor, Point

BORN = dt.date(2024, 1, 1)
NUMBER = 19_900_000_001  # terminal numbers of the demonstration
#: plate, classes, what it carries, whether its papers are in order
TANKERS = (
    ("宁A8086挂", "3", "甲醇", True),
    ("宁A8186挂", "2.1", "液化石油气", True),
    ("宁A8286挂", "8", "盐酸", False),
    ("宁C8386挂", "3", "粗苯", True),
)
SERIES = ("vlon", "vlat", "vspeed", "vcourse", "valarm", "vstatus")
STEP = 30_000  # ms between positions
ROUND = 3 * 3_600_000  # ms of one tour
LIVE = dt.timedelta(minutes=10)


def fill(zone: Area | None, report: Callable[[str], None]) -> None:
    """Vehicles with all that belongs to them, once."""
    if zone is None or zone.lon is None or zone.lat is None or Vehicle.objects.filter(simulated=True).exists():
        return
    firms = list(Organisation.objects.filter(simulated=True, area=zone).order_by("code")[: len(TANKERS)])
    with transaction.atomic():
        for number, (plate, classes, goods, sound) in enumerate(TANKERS):
            _tanker(
                zone,
                firms[number % len(firms)] if firms else None,
                number,
                plate.removesuffix("挂"),
                classes,
                goods,
                sound,
            )
        _fences(zone)
        load(zone)
    report(f"模拟危险货物车辆 {len(TANKERS)} 辆")


def _tanker(
    zone: Area, firm: Organisation | None, number: int, plate: str, classes: str, goods: str, sound: bool
) -> None:
    today = timezone.localdate()
    common: dict[str, Any] = {"valid_from": BORN, "simulated": True}
    owned = common | {"area": zone, "organisation": firm}
    device = Device(
        mn=str(NUMBER + number), name=f"{plate} 车载终端", protocol="jt808", serial=f"SIM{number:04d}", **owned
    )
    device.full_clean()
    device.save()
    vehicle = Vehicle.objects.create(
        plate=plate, kind="tank", goods=classes, capacity=28, licence=f"模拟运证{number:04d}", device=device,
        licence_until=today + dt.timedelta(days=200 if sound else -20), **owned,
    )  # fmt: skip
    driver, escort = (
        CrewMember.objects.create(
            certificate=f"SIM64{duty[0].upper()}{number:04d}", name=f"模拟{'驾驶员' if duty == 'driver' else '押运员'}{number + 1}",
            duty=duty, certificate_until=today + dt.timedelta(days=300), **owned,
        )
        for duty in ("driver", "escort")
    )  # fmt: skip
    Permit.objects.create(
        number=f"模拟许可{number:04d}", vehicle=vehicle, goods=goods, issuer="模拟发证机关",
        first_day=today - dt.timedelta(days=100), last_day=today + dt.timedelta(days=265), **common,
    )  # fmt: skip
    Trip.objects.create(
        number=f"模拟运单{number:04d}", vehicle=vehicle, driver=driver, escort=escort if sound else None, goods=goods,
        tonnes=26.5, starts_at=timezone.now() - dt.timedelta(days=1), ends_at=timezone.now() + dt.timedelta(days=30), **common,
    )  # fmt: skip


def _fences(zone: Area) -> None:
    assert zone.lon is not None and zone.lat is not None

    def around(lon: float, lat: float, far: float, corners: int = 12) -> str:
        turns = [2 * math.pi * n / corners for n in range(corners)]
        return "\n".join(f"{lon + far * math.cos(t):.5f},{lat + far * 0.8 * math.sin(t):.5f}" for t in turns)

    common: dict[str, Any] = {"area": zone, "valid_from": BORN, "simulated": True}
    Fence.objects.create(
        code=f"SIM-{zone.code}-KEEP",
        name="园区运输范围（模拟）",
        kind="keep",
        outline=around(zone.lon, zone.lat, 0.12),
        **common,
    )
    Fence.objects.create(
        code=f"SIM-{zone.code}-BAN",
        name="水源保护区（模拟）",
        kind="ban",
        outline=around(zone.lon - 0.09, zone.lat + 0.05, 0.02),
        **common,
    )
    Fence.objects.create(
        code=f"SIM-{zone.code}-SPEED",
        name="厂区道路限速（模拟）",
        kind="speed",
        limit=40,
        outline=around(zone.lon, zone.lat, 0.03),
        **common,
    )


def enact(zone: Area, report: Callable[[str], None]) -> None:
    """Today's driving so far, judged."""
    rows = drive(timezone.now() - dt.timedelta(hours=8), timezone.now())
    if rows:
        done = judge()
        report(f"模拟车辆位置 {rows} 条数据，围栏事件 {done.crossings}")


def live(now: dt.datetime) -> int:
    """The driving since the last time."""
    return drive(now - LIVE, now)


def drive(since: dt.datetime, until: dt.datetime) -> int:
    """Store the positions of the simulated tankers between two moments; gives the number of rows. The same moments
    give the same positions."""
    first, last = (int(at.timestamp() * 1000) // STEP * STEP for at in (since, until))
    times = np.arange(first, last, STEP, dtype=np.int64)
    vehicles = Vehicle.objects.filter(simulated=True, device__mn__gte=str(NUMBER)).select_related("area", "device")
    batches = []
    for number, vehicle in enumerate(vehicles.order_by("device__mn")):
        if not len(times) or vehicle.area.lon is None or vehicle.area.lat is None or vehicle.device is None:
            continue
        points = _points(vehicle.device)
        for code, values in zip(SERIES, tour(number, vehicle.area.lon, vehicle.area.lat, times), strict=True):
            batches.append(
                Batch(
                    f"simulated|{vehicle.device.mn}|{code}|{first}|{last}",
                    np.full(len(times), points[code], np.int32),
                    times,
                    values,
                )
            )
    append_many(batches) if batches else None
    return sum(len(times) for _batch in batches)


def tour(number: int, lon: float, lat: float, times: Any) -> tuple[Any, ...]:
    """Longitude, latitude, speed, course, alarm and status words along a made-up tour: three petals about the zone; the
    first tanker's reaches beyond the fence."""
    share = (times % ROUND) / ROUND + number * 0.23
    reach = 0.14 if number == 0 else 0.085
    turn = 2 * math.pi * share
    radius = reach * np.abs(np.sin(1.5 * turn))
    east, north = lon + radius * np.cos(turn + number), lat + 0.8 * radius * np.sin(turn + number)
    x, y = np.gradient(east) * 87.0, np.gradient(north) * 111.2
    speed = np.hypot(x, y) / (STEP / 3_600_000)
    course = np.degrees(np.arctan2(x, y)) % 360
    words = np.zeros(len(times))
    return east.round(6), north.round(6), speed.round(1), course.round(), words, words + 3


def _points(device: Device) -> dict[str, int]:
    add_factors()
    factors = {one.code: one for one in Factor.objects.filter(code__in=SERIES)}
    made = [
        Point(device=device, factor_code=code, factor=factors[code], interval="realtime", statistic="Rtd", unit=factors[code].unit)
        for code in SERIES
    ]  # fmt: skip
    Point.objects.bulk_create(made, ignore_conflicts=True)
    return dict(Point.objects.filter(device=device, interval="realtime").values_list("factor_code", "pk"))


def simulate(number: int, host: str, port: int, seconds: float, edition: int, say: Callable[[str], None]) -> int:
    """A tanker of the demonstration on the line: registers at the gateway, signs in and reports every second while it
    drives out of its fence; gives how many positions were acknowledged. Raises OSError where no gateway listens."""
    from qiangqu.telemetry.simulators.jt808 import Terminal

    vehicle = Vehicle.objects.select_related("device", "area").get(device__mn=str(NUMBER + number), simulated=True)
    assert vehicle.device is not None
    terminal = Terminal(vehicle.device.mn, host, port, edition=edition)
    code = terminal.register(vehicle.device.serial, vehicle.plate)
    if code is None or not terminal.sign_in(code):
        return 0
    lon, lat = vehicle.area.lon or 106.6, vehicle.area.lat or 38.2
    done, began = 0, time.monotonic()
    while (gone := time.monotonic() - began) < seconds:
        out = 0.2 * gone / seconds
        done += terminal.report(dt.datetime.now(dt.UTC), lon + out, lat, speed=60, course=90) == 0
        say(f"{vehicle.plate} {lon + out:.4f}, {lat:.4f}")
        time.sleep(1)
    terminal.close()
    return done
