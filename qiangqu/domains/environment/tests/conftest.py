"""One zone with an ambient station, a stack and a waste-water outlet, three days of known readings in the
lake; a neighbour's zone beside it.
"""

import datetime as dt

import numpy as np
import pytest

from qiangqu.domains.environment.models import Channel, Outlet, PermitAmount, Station
from qiangqu.lake.telemetry import INVALID, Batch, append_many
from qiangqu.registry.tests import factories
from qiangqu.telemetry.measured import day_start
from qiangqu.telemetry.models import Device, Point

DAYS = 3
# 16, 17 and 18 November 2026: HJ 633-2026 and the transition limits of GB 3095-2026 hold
FIRST = dt.date(2026, 11, 16)
STEP = 600
AMBIENT = {"a21026": 10.0, "a21004": 20.0, "a34002": 40.0, "a21005": 0.8, "a05024": 80.0, "a34004": 20.0}


@pytest.fixture
def scene(transactional_db):
    """Registers only: areas, users, places, channels."""
    areas = factories.tree()
    people = factories.users(areas)
    mine = factories.enterprise(areas["Z1"], 1, "东一化工")
    other = factories.enterprise(areas["Z3"], 3, "西一化工")
    people["owner"] = factories.user("enterprise", areas["Z1"], "owner", organisation=mine)
    people["rival"] = factories.user(
        "enterprise", areas["Z1"], "rival", organisation=factories.enterprise(areas["Z1"], 2)
    )
    born = factories.BORN
    station = Station.objects.create(
        code="S1",
        name="空气站",
        kind="ambient",
        area=areas["Z1"],
        lon=106.0,
        lat=38.0,
        standard="GB 3095",
        grade="二级",
        valid_from=born,
    )
    stack = Outlet.objects.create(
        code="DA001", name="锅炉排口", medium="air", enterprise=mine, lon=106.0, lat=38.1, standard="GB 13223",
        grade="燃煤锅炉（特别排放限值）", reference_oxygen=6.0, valid_from=born,
    )  # fmt: skip
    drain = Outlet.objects.create(
        code="DW001",
        name="总排口",
        medium="water",
        enterprise=mine,
        lon=106.0,
        lat=38.05,
        standard="GB 18918",
        grade="一级A",
        valid_from=born,
    )
    away = Outlet.objects.create(
        code="DA900",
        name="邻区排口",
        medium="air",
        enterprise=other,
        lon=105.0,
        lat=38.0,
        standard="GB 13223",
        grade="燃煤锅炉",
        valid_from=born,
    )
    channels: dict[str, Channel] = {}
    for place, key, factors in (
        (station, "S", [*AMBIENT, "a01007", "a01008"]),
        (stack, "A", ["a00000", "a19001", "a34013", "a21026"]),
        (drain, "W", ["w00000", "w01018", "w01001"]),
        (away, "N", ["a00000", "a21026"]),
    ):
        zone, owner = (place.area, None) if place is station else (place.enterprise.area, place.enterprise)
        device = Device.objects.create(mn=place.code, name=place.name, area=zone, organisation=owner, valid_from=born)
        for factor in factors:
            point = Point.objects.create(device=device, factor_code=factor, interval="rtd", statistic="Rtd")
            unit = ("mg/m³" if factor == "a21005" else "μg/m³") if factor in AMBIENT and place is station else ""
            made = Channel(factor=factor, point=point, interval=STEP, unit=unit)
            setattr(made, "station" if place is station else "outlet", place)
            made.save()
            channels[f"{key}.{factor}"] = made
    PermitAmount.objects.create(enterprise=mine, factor="a21026", year=2026, tonnes=2.0, valid_from=dt.date(2026, 1, 1))
    return {
        "areas": areas,
        "people": people,
        "mine": mine,
        "other": other,
        "station": station,
        "stack": stack,
        "drain": drain,
        "away": away,
        "channels": channels,
    }


LEVELS = {
    "a01007": 3.0, "a01008": 0.0, "a00000": 100.0, "a19001": 6.0, "a34013": 8.0, "w00000": 10.0, "w01018": 40.0, "w01001": 7.0,
}  # fmt: skip


@pytest.fixture
def measured(scene):
    """Readings every ten minutes. SO₂ of the stack is 20 mg/m³ at 100 m³/s: 7.2 kg an hour; on the second day
    at 10:00 it is 80 mg/m³, and from 14:00 to 16:00 its readings are invalid. The drain runs at 36 m³/h with
    40 mg/L of COD, on the third day with 60 mg/L."""
    times = day_start(FIRST) + np.arange(0, DAYS * 86_400, STEP, dtype=np.int64) * 1000
    hour = np.arange(times.size) // 6
    batches = []
    for key, channel in scene["channels"].items():
        level = AMBIENT.get(channel.factor) if key.startswith("S") else LEVELS.get(channel.factor)
        values = np.full(times.size, 20.0 if level is None else level)
        flags = np.zeros(times.size, np.uint8)
        if key == "A.a21026":
            values[hour == 34] = 80.0
            flags[(hour >= 38) & (hour < 40)] = INVALID
        if key == "W.w01018":
            values[hour >= 48] = 60.0
        if key == "S.a34004":
            values[hour >= 48] = 61.0
        batches.append(Batch(key, np.full(times.size, channel.point_id), times, values, flags))
    append_many(batches, now=day_start(FIRST + dt.timedelta(days=DAYS)), behind_days=400)
    return scene
