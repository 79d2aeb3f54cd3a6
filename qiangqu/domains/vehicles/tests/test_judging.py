"""Fences, papers and alarms over positions: in order, late, shuffled, jumping over a fence, and the alarms that follow."""

import datetime as dt
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from qiangqu.domains.vehicles.judging import Judged, judge
from qiangqu.domains.vehicles.models import Fence, Passage, Vehicle
from qiangqu.lake.telemetry_read import rows
from qiangqu.messaging.models import Message
from qiangqu.telemetry.alarms.evaluate import evaluate
from qiangqu.telemetry.models import Alarm, DeviceMessage, Point

from .conftest import LAT, LON, corners

IN, OUT = (LON, LAT), (LON + 0.05, LAT)


def passages(**more: Any) -> list[tuple[bool, int]]:
    rows = Passage.objects.filter(withdrawn_at=None, **more).order_by("at", "fence", "entered")
    return list(rows.values_list("entered", "at"))


def series(vehicle: Vehicle, code: str, now: int) -> list[float]:
    point = Point.objects.get(device=vehicle.device, factor_code=code)
    return rows(now - 86_400_000, now + 1, [point.pk])["value"].to_pylist()


def test_a_tanker_that_leaves_its_fence_raises_an_alarm(
    scene: dict[str, Any], papers: Any, rules: None, fence: Callable[..., Fence], drive: Callable[..., int]
) -> None:
    fence("keep")
    now = drive((120, *IN, 30), (90, *IN, 30))
    assert evaluate(now).raised == 0  # type: ignore[union-attr]
    drive((60, *OUT, 30), (30, *OUT, 30))
    assert evaluate(now + 1).raised == 1  # type: ignore[union-attr]
    alarm = Alarm.objects.get()
    assert alarm.rule.name == "危货车辆驶出围栏" and alarm.device == scene["tanker"].device and alarm.state == "active"
    assert passages() == [(True, now - 120_000), (False, now - 60_000)]
    told = set(Message.objects.values_list("user__username", flat=True))
    assert {scene["people"]["zone"].username, "owner"} <= told and scene["people"]["neighbour"].username not in told
    drive((0, *IN, 30))
    assert evaluate(now + 2).cleared == 1  # type: ignore[union-attr]


def test_late_positions_tell_it_otherwise(fence: Callable[..., Fence], drive: Callable[..., int]) -> None:
    fence("keep")
    now = drive((600, *IN, 30), (60, *OUT, 30))
    assert passages() == [(True, now - 600_000), (False, now - 60_000)]
    drive((500, *IN, 30), (400, *OUT, 30), (300, *IN, 30))  # from a blind zone
    assert passages() == [(True, now - 600_000), (False, now - 400_000), (True, now - 300_000), (False, now - 60_000)]
    drive((60, *IN, 30))  # the same moment, corrected
    assert passages() == [(True, now - 600_000), (False, now - 400_000), (True, now - 300_000)]
    assert Passage.objects.exclude(withdrawn_at=None).count() == 1


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_positions_give_the_same_events(
    seed: int, scene: dict[str, Any], fence: Callable[..., Fence], drive: Callable[..., int]
) -> None:
    fence("keep")
    fence("ban", corners(LON + 0.02, LAT - 0.01, LON + 0.03, LAT + 0.01))
    fence("stay", limit=1.0)
    chance = random.Random(seed)
    fixes = [(n * 30.0, LON + chance.uniform(-0.02, 0.05), LAT, 40.0) for n in range(40)]
    now = drive(*fixes, only_store=True)
    judge(now)
    expected = passages(vehicle=scene["tanker"])
    assert len(expected) > 10
    chance.shuffle(fixes)
    scene["other"].area = scene["areas"]["Z1"]
    scene["other"].save()
    for at in range(0, 40, 4):
        drive(*fixes[at : at + 4], vehicle=scene["other"])
    assert passages(vehicle=scene["other"]) == expected
    for code in ("vfout", "vfin", "vfstay"):
        assert series(scene["other"], code, now) == pytest.approx(series(scene["tanker"], code, now))


def test_a_small_fence_is_not_jumped_over(
    scene: dict[str, Any], fence: Callable[..., Fence], drive: Callable[..., int]
) -> None:
    small = fence("ban", corners(LON + 0.0050, LAT - 0.0003, LON + 0.0056, LAT + 0.0003))  # some fifty metres
    now = drive((60, LON, LAT, 60), (30, LON + 0.0115, LAT, 60))  # a kilometre in between
    [(entered, came), (left, went)] = passages(fence=small)
    assert entered and not left and now - 60_000 < came < went < now - 30_000
    assert series(scene["tanker"], "vfin", now) == [0.0, 1.0]
    drive((0, LON + 0.02, LAT, 60))
    assert series(scene["tanker"], "vfin", now) == [0.0, 1.0, 0.0]


def test_stay_speed_and_route(scene: dict[str, Any], fence: Callable[..., Fence], drive: Callable[..., int]) -> None:
    fence("stay", limit=2)
    fence("speed", limit=40)
    fence("route", f"{LON},{LAT}\n{LON + 0.1},{LAT}", limit=100, plates="宁A00001")
    now = drive((240, *IN, 0), (120, *IN, 30), (60, *IN, 55), (0, LON + 0.02, LAT + 0.01, 90))
    tanker = scene["tanker"]
    assert series(tanker, "vfstay", now) == [0, 0, 1, 0]  # minutes beyond two
    assert series(tanker, "vfspeed", now) == [0, 0, 15, 0]
    assert series(tanker, "vfroute", now) == pytest.approx([0, 0, 0, 1112], abs=2)
    assert series(tanker, "vinside", now) == [3, 3, 3, 0]
    drive((120, *IN, 30), vehicle=scene["other"])  # of another zone, and not named
    assert not Point.objects.filter(device=scene["other"].device, factor_code="vfroute").exists()


def test_a_fence_has_its_hours(fence: Callable[..., Fence], scene: dict[str, Any], drive: Callable[..., int]) -> None:
    hour = timezone.localtime().hour
    fence("ban", from_hour=(hour + 2) % 24, to_hour=(hour + 3) % 24)
    now = drive((60, *IN, 30))
    assert series(scene["tanker"], "vfin", now) == [0.0]


def test_missing_papers_are_an_alarm(
    scene: dict[str, Any], papers: dict[str, Any], rules: None, drive: Callable[..., int]
) -> None:
    now = drive((90, *IN, 30))
    tanker = scene["tanker"]
    assert series(tanker, "vpapers", now) == [0.0]
    papers["permit"].last_day = papers["permit"].first_day = timezone.localdate() - dt.timedelta(days=1)
    papers["permit"].save()
    papers["driver"].certificate_until = timezone.localdate() - dt.timedelta(days=1)
    papers["driver"].save()
    DeviceMessage.objects.create(
        device=tanker.device, cn="0702", received=timezone.now() - dt.timedelta(minutes=3), digest="d",
        text=json.dumps({"status": "1", "result": "0", "licence": "NOBODY"}),
    )  # fmt: skip
    drive((60, *IN, 30), (30, *IN, 0))
    assert series(tanker, "vpapers", now)[1:] == [3.0, 0.0]  # a vehicle that stands is asked for none
    drive((10, *IN, 30), alarm=1)
    assert evaluate(now).raised == 2  # type: ignore[union-attr]
    assert {alarm.rule.name for alarm in Alarm.objects.all()} == {"危货车辆证件不全", "危货车辆终端紧急报警"}


def test_judging_again_changes_nothing(fence: Callable[..., Fence], drive: Callable[..., int]) -> None:
    fence("keep")
    now = drive((60, *IN, 30), (30, *OUT, 30))
    before = list(Passage.objects.values_list())
    judge(now)
    assert judge(now) == Judged() and list(Passage.objects.values_list()) == before


@pytest.mark.parametrize(
    ("kind", "outline", "more"),
    [
        ("keep", "106,38\n107,39\n107,38\n106,39", {}),  # a bow tie
        ("keep", "106,38\n107,38", {}),
        ("keep", "38,106\n38,107\n39,106", {}),  # the other way round
        ("keep", "one,two", {}),
        ("speed", "106,38\n107,38\n107,39", {}),  # without its limit
    ],
)
def test_bad_fences_are_refused(kind: str, outline: str, more: dict[str, Any], fence: Callable[..., Fence]) -> None:
    with pytest.raises(ValidationError):
        fence(kind, outline, **more)
