"""Two zones with a tanker each; the fences and papers of the first."""

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from qiangqu.domains.vehicles.judging import judge
from qiangqu.domains.vehicles.models import CrewMember, Fence, Permit, Trip, Vehicle
from qiangqu.domains.vehicles.rules import load
from qiangqu.lake.telemetry import Batch, append_many
from qiangqu.lake.telemetry_latest import clock_ms
from qiangqu.registry.tests import factories
from qiangqu.telemetry.models import Device, Point

BORN = dt.date(2024, 1, 1)
LON, LAT = 106.6, 38.2
_numbers = itertools.count()
Fix = tuple[float, float, float, float]  # seconds ago, longitude, latitude, speed


def corners(west: float, south: float, east: float, north: float) -> str:
    return f"{west},{south}\n{east},{south}\n{east},{north}\n{west},{north}"


@pytest.fixture
def scene(transactional_db: Any) -> dict[str, Any]:
    areas = factories.tree()
    people = factories.users(areas)
    firm = factories.enterprise(areas["Z1"], 1, "东一危运")
    people["owner"] = factories.user("enterprise", areas["Z1"], "owner", organisation=firm)
    today = timezone.localdate()
    vehicles = {}
    for number, (plate, zone, owner) in enumerate((("宁A00001", "Z1", firm), ("宁C00003", "Z3", None))):
        device = Device.objects.create(
            mn=str(13_900_000_001 + number),
            name=plate,
            password="x",
            protocol="jt808",
            area=areas[zone],
            organisation=owner,
            valid_from=BORN,
        )
        vehicles[plate] = Vehicle.objects.create(
            plate=plate,
            goods="3",
            area=areas[zone],
            organisation=owner,
            device=device,
            licence_until=today,
            valid_from=BORN,
        )
    return {
        "areas": areas,
        "people": people,
        "firm": firm,
        "tanker": vehicles["宁A00001"],
        "other": vehicles["宁C00003"],
    }


@pytest.fixture
def papers(scene: dict[str, Any]) -> dict[str, Any]:
    today, now, zone = timezone.localdate(), timezone.now(), scene["areas"]["Z1"]
    driver, escort = (
        CrewMember.objects.create(
            certificate=f"C-{duty}", name=duty, duty=duty, certificate_until=today, area=zone, valid_from=BORN
        )
        for duty in ("driver", "escort")
    )
    permit = Permit.objects.create(
        number="P1", vehicle=scene["tanker"], goods="甲醇", first_day=today, last_day=today, valid_from=BORN
    )
    trip = Trip.objects.create(
        number="T1", vehicle=scene["tanker"], driver=driver, escort=escort, goods="甲醇", tonnes=20, valid_from=BORN,
        starts_at=now - dt.timedelta(hours=3), ends_at=now + dt.timedelta(hours=3),
    )  # fmt: skip
    return {"driver": driver, "escort": escort, "permit": permit, "trip": trip}


@pytest.fixture
def fence(scene: dict[str, Any]) -> Callable[..., Fence]:
    def make(kind: str = "keep", outline: str = "", **more: Any) -> Fence:
        given = {"area": scene["areas"]["Z1"], "valid_from": BORN, "name": f"围栏{kind}", "kind": kind} | more
        outline = outline or corners(LON - 0.01, LAT - 0.01, LON + 0.01, LAT + 0.01)
        found = Fence(code=f"F{next(_numbers)}", outline=outline, **given)
        found.full_clean()
        found.save()
        return found

    return make


@pytest.fixture
def drive(scene: dict[str, Any]) -> Callable[..., int]:
    """Store positions of a vehicle (seconds ago, lon, lat, km/h) and judge what came; gives the node's clock, the same
    for all calls of a test."""
    now = clock_ms() // 1000 * 1000

    def go(*fixes: Fix, vehicle: Vehicle | None = None, alarm: int = 0, only_store: bool = False) -> int:
        one = vehicle or scene["tanker"]
        device = one.device
        assert device is not None
        points = [
            Point.objects.get_or_create(device=device, factor_code=code, interval="realtime", statistic="Rtd")[0].pk
            for code in ("vlon", "vlat", "vspeed", "valarm", "vcourse")
        ]
        rows = [
            (point, now - round(ago * 1000), value)
            for ago, lon, lat, speed in fixes
            for point, value in zip(points, (lon, lat, speed, float(alarm), 0.0), strict=True)
        ]
        append_many([Batch(f"t{next(_numbers)}|{device.mn}|{now}", *zip(*rows, strict=True))])
        if not only_store:
            judge(now)
        return now

    return go


@pytest.fixture
def rules(scene: dict[str, Any]) -> None:
    load(scene["areas"]["Z1"])
