"""Work permits: steps in order, gas with unit and time, conflicts, clocks, and an alarm that suspends them."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.domains.safety import alarms, conflicts, gases, permits
from qiangqu.domains.safety.models.hazards import Hazard
from qiangqu.domains.safety.models.permits import GasDetector, GasReading, PermitStep, WorkPermit
from qiangqu.domains.safety.models.risks import RiskPoint
from qiangqu.domains.safety.terms import Found, PermitState
from qiangqu.messaging.models import Message
from qiangqu.registry.models import AuditEntry
from qiangqu.registry.tests import factories
from qiangqu.telemetry.models import Alarm, AlarmRule, Device, Point
from qiangqu.telemetry.signals import alarms_raised

from .test_pages import signed_in

HERE = (106.5, 38.2)
NOON = dt.datetime(2026, 12, 2, 12, tzinfo=dt.timezone(dt.timedelta(hours=8)))  # a Wednesday


class Clock:
    """The node's clock, standing still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON.astimezone(dt.UTC)

    def shift(self, by: dt.timedelta) -> None:
        self.now += by


@pytest.fixture
def plant(world: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A working day at noon, an enterprise with five people who handle permits."""
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    firm = world["firms"][0]
    people = [factories.user("enterprise", firm.area, f"u{n}", organisation=firm) for n in range(5)]
    return world | {"firm": firm, "users": people, "clock": clock}


def permit(plant: dict[str, Any], kind: str = "hot_work", level: str = "一级", **more: Any) -> WorkPermit:
    now = timezone.now()
    first = {
        "organisation": plant["firm"], "kind": kind, "level": level, "work": "焊接管线", "place": "罐区", "workers": "王五",
        "guardian": plant["users"][1], "planned_from": now, "planned_to": now + dt.timedelta(hours=6), "lon": HERE[0], "lat": HERE[1],
    }  # fmt: skip
    return permits.apply_for(WorkPermit(**(first | more)), plant["users"][0])


def analysed(one: WorkPermit, user: Any, gas: str = "combustible", value: str = "0.1", **more: str) -> GasReading:
    told = {"unit": "%", "spot": "动火点", "analyst": "赵六", "instrument": "J-1", "lel": "5"} | more
    return permits.analyse(one, user, gas, value, **told)


def approved(plant: dict[str, Any], **more: Any) -> WorkPermit:
    one = permit(plant, **more)
    for step in one.steps.exclude(kind="sign"):
        permits.tick(one, plant["users"][0], step.pk)
    for gas in permits.kind_rules(one.kind)["gases"]:
        analysed(one, plant["users"][0], gas, "20.9" if gas == "oxygen" else "0.1")
    signers = [plant["users"][n] for n in (0, 1, 2, 3)]
    if one.guardian_id != plant["users"][1].pk:
        signers[1] = one.guardian
    for step, user in zip(one.steps.filter(kind="sign").order_by("place"), signers, strict=True):
        permits.sign(one, user, step.pk)
    one.refresh_from_db()
    return one


def working(plant: dict[str, Any], **more: Any) -> WorkPermit:
    one = approved(plant, **more)
    permits.start(one, plant["users"][0])
    one.refresh_from_db()
    return one


def test_from_application_to_closing(plant: dict[str, Any]) -> None:
    one = working(plant)
    assert one.state == PermitState.WORKING and one.valid_to == one.planned_to
    permits.close(one, plant["users"][0], "现场已清理")
    one.refresh_from_db()
    assert one.state == PermitState.CLOSED
    done = set(AuditEntry.objects.filter(object_type="permit").values_list("action", flat=True))
    assert done >= {
        "permit_applied",
        "permit_stepped",
        "permit_analysed",
        "permit_signed",
        "permit_started",
        "permit_closed",
    }


def test_signatures_follow_their_order_and_one_signs_once(plant: dict[str, Any]) -> None:
    one, users = permit(plant), plant["users"]
    first, guard, third, last = one.steps.filter(kind="sign").order_by("place")
    assert last.text == "安全管理部门"
    with pytest.raises(InputError, match="没有全部确认"):
        permits.sign(one, users[0], first.pk)
    for step in one.steps.exclude(kind="sign"):
        permits.tick(one, users[0], step.pk)
    with pytest.raises(InputError, match="已经确认"):
        permits.tick(one, users[0], one.steps.filter(kind="measure").first().pk)
    with pytest.raises(InputError, match="按顺序"):
        permits.sign(one, users[2], third.pk)
    permits.sign(one, users[0], first.pk)
    with pytest.raises(InputError, match="监护人本人"):
        permits.sign(one, users[2], guard.pk)
    permits.sign(one, users[1], guard.pk)
    with pytest.raises(InputError, match="只能签一处"):
        permits.sign(one, users[0], third.pk)
    permits.sign(one, users[2], third.pk)
    with pytest.raises(InputError, match="还没有可燃气体分析"):
        permits.sign(one, users[3], last.pk)
    analysed(one, users[0])
    permits.sign(one, users[3], last.pk)
    one.refresh_from_db()
    assert one.state == PermitState.APPROVED


@pytest.mark.parametrize(
    ("gas", "value", "unit", "lel"),
    [
        ("combustible", "0.1", "", "5"), ("combustible", "0.1", "ppm", "5"), ("combustible", "x", "%", "5"), ("combustible", "nan", "%", "5"),
        ("combustible", "-1", "%", "5"), ("combustible", "0.1", "%", ""), ("combustible", "0.1", "%", "0"), ("argon", "1", "%", ""),
        ("oxygen", "20.9", "%LEL", ""),
    ],
)  # fmt: skip
def test_a_value_that_says_nothing_is_refused(plant: dict[str, Any], gas: str, value: str, unit: str, lel: str) -> None:
    with pytest.raises(InputError):
        analysed(permit(plant), plant["users"][0], gas, value, unit=unit, lel=lel)
    assert not GasReading.objects.exists()


def test_moments_of_analyses(plant: dict[str, Any]) -> None:
    now = timezone.now()
    assert gases.moment_of("", now) == now
    assert gases.moment_of("2026-12-02T11:50", now) == now - dt.timedelta(minutes=10)
    for wrong in ("2026-12-02T12:10", "2026-11-01T12:00", "gestern", "2026-13-01T00:00"):
        with pytest.raises(InputError):
            gases.moment_of(wrong, now)


def test_an_old_analysis_and_an_expired_certificate_keep_work_from_beginning(plant: dict[str, Any]) -> None:
    one, users = approved(plant, certificates_to=timezone.localdate()), plant["users"]
    plant["clock"].shift(dt.timedelta(minutes=31))
    with pytest.raises(ConflictError, match="30 分钟"):
        permits.start(one, users[0])
    analysed(one, users[0])
    WorkPermit.objects.filter(pk=one.pk).update(certificates_to=timezone.localdate() - dt.timedelta(days=1))
    with pytest.raises(ConflictError, match="证书"):
        permits.start(one, users[0])
    WorkPermit.objects.filter(pk=one.pk).update(certificates_to=None)
    permits.start(one, users[0])
    assert not analysed(one, users[0], value="0.6").passed
    one.refresh_from_db()
    assert one.state == PermitState.SUSPENDED and "不合格" in one.suspended_why


def test_validity_rest_days_and_extension(plant: dict[str, Any]) -> None:
    now, users = timezone.now(), plant["users"]
    with pytest.raises(InputError, match="8 小时"):
        permit(plant, planned_to=now + dt.timedelta(hours=9))
    saturday = now + dt.timedelta(days=3)
    rest = {"planned_from": saturday, "planned_to": saturday + dt.timedelta(hours=2)}
    with pytest.raises(InputError, match="按特级"):
        permit(plant, **rest)
    assert permit(plant, level="特级", **rest).level == "特级"
    night = {"planned_from": now + dt.timedelta(hours=8), "planned_to": now + dt.timedelta(hours=12)}
    with pytest.raises(InputError, match="按一级"):
        permit(plant, level="二级", **night)
    with pytest.raises(InputError, match="级别"):
        permit(plant, level="三级")
    hot = working(plant)
    with pytest.raises(InputError, match="不能延期"):
        permits.extend(hot, users[0], 2, "没干完")
    permits.close(hot, users[0], "已清理")
    power = working(plant, kind="temporary_power", level="不分级", planned_to=now + dt.timedelta(hours=360))
    permits.extend(power, users[0], 360, "工期延长")
    with pytest.raises(InputError, match="最长"):
        permits.extend(power, users[0], 1, "工期延长")
    plant["clock"].shift(dt.timedelta(hours=721))
    assert permits.expire(timezone.now()) == "作业票超期 1 张"
    power.refresh_from_db()
    assert power.state == PermitState.EXPIRED and permits.expire(timezone.now()) == ""


def test_a_clock_set_back_stops_everything_but_stopping(plant: dict[str, Any]) -> None:
    one, users = working(plant), plant["users"]
    plant["clock"].shift(dt.timedelta(hours=-1))
    for act in (lambda: analysed(one, users[0]), lambda: permits.extend(one, users[0], 1, "再干")):
        with pytest.raises(ConflictError, match="时钟"):
            act()
    permits.suspend(one, users[0], "时钟不对")
    with pytest.raises(ConflictError, match="时钟"):
        permits.resume(one, users[0])
    permits.close(one, users[0], "停止作业")
    one.refresh_from_db()
    assert one.state == PermitState.CLOSED


def test_conflicts_are_seen_and_keep_work_from_beginning(plant: dict[str, Any]) -> None:
    users = plant["users"]
    hot = approved(plant, vessel="V-101")
    assert conflicts.conflicts_of(hot) == []
    opened = permit(plant, kind="blind_plate", level="不分级", guardian=users[4], lat=HERE[1] + 0.0001)
    assert opened.opens and "动火 15 米内" in conflicts.conflicts_of(hot)[0].text
    assert not conflicts.conflicts_of(hot)[0].blocks  # only applied for
    WorkPermit.objects.filter(pk=opened.pk).update(state=PermitState.WORKING)
    with pytest.raises(ConflictError, match="动火 15 米内"):
        permits.start(hot, users[0])
    WorkPermit.objects.filter(pk=opened.pk).update(lat=HERE[1] + 0.01)
    assert conflicts.conflicts_of(hot) == []
    same = permit(plant, kind="height", level="Ⅱ级", vessel="v-101 ", guardian=users[4], lat=HERE[1] + 0.02)
    assert "同一设备" in conflicts.conflicts_of(hot)[0].text
    permits.cancel(same, users[0], "改期")
    child = permit(plant, kind="height", level="Ⅱ级", vessel="V-101", parent=hot)
    assert conflicts.conflicts_of(hot) == []
    with pytest.raises(ConflictError, match="所属作业票"):
        permits.start(approved(plant, kind="height", level="Ⅱ级", parent=hot), users[0])
    lifting = permit(plant, kind="lifting", level="三级", radius=30, guardian=users[4], lat=HERE[1] + 0.0002)
    assert "吊装" in conflicts.conflicts_of(hot)[0].text
    permits.cancel(lifting, users[0], "改期")
    watched = permit(plant, kind="excavation", level="不分级", lat=HERE[1] + 0.05)
    assert "监护人" in conflicts.conflicts_of(watched)[0].text
    permits.cancel(watched, users[0], "改期")
    for n in range(2):
        permit(plant, kind="road_break", level="不分级", guardian=users[2 + n])
    crowd = [one for one in conflicts.conflicts_of(child) if "同时有" in one.text]
    assert len(crowd) == 1 and not crowd[0].blocks


def test_another_firm_sees_and_does_nothing(plant: dict[str, Any]) -> None:
    one = permit(plant)
    stranger = factories.user("enterprise", plant["firm"].area, "stranger", organisation=plant["firms"][1])
    assert signed_in(stranger).get(reverse("work-permit", args=[one.pk])).status_code == 404
    with pytest.raises(PermissionDenied):
        permits.tick(one, stranger, PermitStep.objects.filter(permit=one).first().pk)
    with pytest.raises(PermissionDenied):
        permits.apply_for(WorkPermit(organisation=plant["firm"], kind="height", level="Ⅰ级"), stranger)


def alarm_of(plant: dict[str, Any], **place: Any) -> Alarm:
    firm = plant["firm"]
    device, _new = Device.objects.get_or_create(
        mn="GAS1",
        defaults={
            "name": "探头1",
            "password": "x" * 8,
            "area": firm.area,
            "organisation": firm,
            "valid_from": factories.BORN,
            **place,
        },
    )
    GasDetector.objects.get_or_create(
        device=device, defaults={"gas": "可燃气体", "radius": 50, "valid_from": factories.BORN}
    )
    rule, _new = AlarmRule.objects.get_or_create(
        code="GAS",
        defaults={"name": "可燃气体超标", "area": firm.area, "condition": "value > 20", "valid_from": factories.BORN},
    )
    point, _new = Point.objects.get_or_create(device=device, factor_code="g1", interval="realtime", statistic="Rtd")
    return Alarm.objects.create(
        rule=rule, key=f"d{device.pk}", area=firm.area, organisation=firm, device=device, point=point, severity=1, condition="value > 20",
        value=35, began_at=timezone.now(), raised_at=timezone.now(),
    )  # fmt: skip


def test_a_gas_alarm_suspends_what_is_around_and_tells_the_guardian(plant: dict[str, Any]) -> None:
    users = plant["users"]
    beside, far = working(plant), working(plant, lat=HERE[1] + 0.01, guardian=users[4])
    RiskPoint.objects.create(
        code="RP", name="罐区", organisation=plant["firm"], likelihood=3, exposure=6, consequence=15, controls="探头", responsible="李四",
        check_days=1, valid_from=factories.BORN, device=alarm_of(plant, lon=HERE[0], lat=HERE[1]).device,
    )  # fmt: skip
    alarm = Alarm.objects.get()
    for _twice in range(2):
        told = alarms_raised.send_robust(sender=Alarm, alarms=[alarm])
        assert all(answer is None for _receiver, answer in told)
    beside.refresh_from_db()
    far.refresh_from_db()
    assert (beside.state, far.state) == (PermitState.SUSPENDED, PermitState.WORKING)
    assert beside.suspended_by == alarm and "可燃气体" in beside.suspended_why
    people = Message.objects.filter(topic="permits").values_list("user__username", flat=True)
    assert sorted(people) == ["u0", "u1"]
    hazard = Hazard.objects.get()
    assert hazard.found == Found.SENSOR and hazard.alarm == alarm and hazard.found_by is None

    plant["clock"].shift(dt.timedelta(minutes=5))
    with pytest.raises(ConflictError, match="没有解除"):
        permits.resume(beside, users[0])
    Alarm.objects.update(state="cleared")
    with pytest.raises(ConflictError, match="重新分析"):
        permits.resume(beside, users[0])
    analysed(beside, users[0])
    permits.resume(beside, users[0])
    beside.refresh_from_db()
    assert beside.state == PermitState.WORKING


def test_a_fire_stops_work_and_a_fault_of_the_fire_system_does_not(plant: dict[str, Any]) -> None:
    one = working(plant)
    alarm = alarm_of(plant, lon=HERE[0], lat=HERE[1], protocol="fire", name="1号楼消防主机")
    for factor, state in (("ffault", PermitState.WORKING), ("ffire", PermitState.SUSPENDED)):
        Point.objects.filter(pk=alarm.point_id).update(factor_code=factor)
        alarms_raised.send_robust(sender=Alarm, alarms=[Alarm.objects.get()])
        one.refresh_from_db()
        assert one.state == state
    assert one.suspended_why == "火灾报警：1号楼消防主机"


def test_alarms_at_once_stop_work_before_anything_else_is_written(
    plant: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, far = working(plant), working(plant, lat=HERE[1] + 0.01, guardian=plant["users"][4])
    first = alarm_of(plant, lon=HERE[0], lat=HERE[1])
    device = Device.objects.create(
        mn="GAS2", name="探头2", password="x" * 8, area=first.area, organisation=plant["firm"], valid_from=factories.BORN, lon=HERE[0],
        lat=HERE[1] + 0.01,
    )  # fmt: skip
    GasDetector.objects.create(device=device, gas="可燃气体", radius=50, valid_from=factories.BORN)
    point = Point.objects.create(device=device, factor_code="g1", interval="realtime", statistic="Rtd")
    RiskPoint.objects.create(
        code="RP", name="罐区", organisation=plant["firm"], likelihood=3, exposure=6, consequence=15, controls="探头", responsible="李四",
        check_days=1, valid_from=factories.BORN, device=first.device,
    )  # fmt: skip
    second = Alarm.objects.create(
        rule=first.rule, key=f"d{device.pk}", area=first.area, organisation=plant["firm"], device=device, point=point, severity=1,
        condition="value > 20", value=35, began_at=timezone.now(), raised_at=timezone.now(),
    )  # fmt: skip
    monkeypatch.setattr(alarms, "report", lambda *_what: 1 / 0)
    with CaptureQueriesContext(connection) as asked:
        told = alarms_raised.send_robust(sender=Alarm, alarms=[first, second])
    assert [type(answer) for _receiver, answer in told if answer is not None] == [ZeroDivisionError]
    for permit_ in (one, far):
        permit_.refresh_from_db()
        assert permit_.state == PermitState.SUSPENDED
    table = WorkPermit._meta.db_table
    listed = [
        query["sql"] for query in asked if query["sql"].startswith("SELECT") and f'"{table}"."state" = ' in query["sql"]
    ]
    assert len(listed) == 1


def test_without_coordinates_the_organisations_permits_are_stopped(plant: dict[str, Any]) -> None:
    one = working(plant, lat=HERE[1] + 0.01)
    alarms_raised.send_robust(sender=Alarm, alarms=[alarm_of(plant)])
    one.refresh_from_db()
    assert one.state == PermitState.SUSPENDED


def test_pages_and_json(plant: dict[str, Any]) -> None:
    client, now = signed_in(plant["users"][0]), timezone.localtime()
    form = {
        "organisation": plant["firm"].code, "kind": "hot_work", "level": "一级", "work": "焊接", "place": "罐区", "workers": "王五",
        "guardian": plant["users"][1].pk, "planned_from": now.strftime("%Y-%m-%dT%H:%M"),
        "planned_to": (now + dt.timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip
    assert client.get(reverse("work-permit-new")).status_code == 200
    late = client.post(
        reverse("work-permit-new"), form | {"planned_to": (now - dt.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")}
    )
    assert late.status_code == 422
    assert client.post(reverse("work-permit-new"), form).status_code == 302
    one = WorkPermit.objects.get()
    shown = client.get(reverse("work-permit", args=[one.pk])).content.decode()
    assert "确认隔离和措施" in shown and "有效期 8 小时" in shown
    address = f"/api/v1/safety/permits/{one.pk}"
    no_unit = {
        "gas": "combustible",
        "value": "0.1",
        "unit": "",
        "spot": "罐口",
        "analyst": "赵六",
        "instrument": "J1",
        "lel": "5",
    }
    refused = client.post(f"{address}/analyse", no_unit, "application/json")
    assert refused.status_code == 422 and "单位" in refused.json()["detail"]
    assert client.post(f"{address}/analyse", no_unit | {"unit": "%"}, "application/json").status_code == 200
    assert client.get(f"{address}/readings").json()[0]["passed"] is True
    assert "特殊作业" in client.get("/").content.decode()
    assert client.get(reverse("work-permits")).status_code == 200
