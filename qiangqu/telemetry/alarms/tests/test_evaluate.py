"""The live evaluator: delays, hysteresis, grouping, windows, missing data, escalation, restart, two at
once.
"""

import datetime as dt

import pytest

from qiangqu.lake.telemetry import INVALID
from qiangqu.telemetry.alarms import evaluate as evaluating
from qiangqu.telemetry.alarms.evaluate import evaluate, moment
from qiangqu.telemetry.alarms.handle import acknowledge, shelve
from qiangqu.telemetry.alarms.models import (
    Alarm,
    AlarmEvent,
    AlarmPoint,
    AlarmRule,
    AlarmRun,
    PointLimit,
)
from qiangqu.telemetry.models import Point


def kinds(alarm: Alarm) -> list[str]:
    return list(alarm.events.values_list("kind", flat=True))


def test_an_alarm_is_raised_goes_on_and_clears(scene) -> None:
    scene.rule()
    assert scene.step(D1_a21026=40).raised == 0
    assert scene.step(D1_a21026=60).raised == 1
    assert scene.step(D1_a21026=80).raised == 0
    alarm = Alarm.objects.get()
    assert (alarm.device.mn, alarm.area.code, alarm.value, alarm.limit, alarm.state) == ("D1", "Z1", 60, 50, "active")
    assert (alarm.organisation, alarm.simulated, alarm.points_on) == (scene.mine, False, 1)
    assert scene.step(D1_a21026=50).cleared == 1
    alarm.refresh_from_db()
    assert (alarm.state, alarm.points_on, kinds(alarm)) == ("cleared", 0, ["raised", "cleared"])
    point = alarm.points.get()
    assert (point.lowest, point.highest) == (60, 80)
    acknowledge(scene.people["zone"], [alarm.pk], "已查")
    alarm.refresh_from_db()
    assert alarm.state == "closed" and kinds(alarm)[-2:] == ["acknowledged", "closed"]


def test_only_enabled_rules_and_devices_in_their_area_count(scene) -> None:
    scene.rule(enabled=False)
    scene.rule(area=scene.areas["Z3"], factors="a21026,a21002")
    scene.rule(devices="D2", factors="w*")
    scene.rule(valid_from=dt.date(2099, 1, 1))
    scene.devices["D3"].enabled = True
    done = scene.step(D1_a21026=99, D2_a21026=99, D2_w01018=99, D3_a21002=99, D3_w01018=99)
    assert (done.rules, done.raised) == (2, 2)
    assert sorted(Alarm.objects.values_list("device__mn", "point__factor_code")) == [("D2", "w01018"), ("D3", "a21002")]
    assert Alarm.objects.get(device__mn="D2").simulated
    scene.devices["D3"].enabled = False
    scene.devices["D3"].save()
    assert scene.step().cleared == 1  # a device that is switched off has no alarms


def test_points_of_a_device_are_one_alarm(scene) -> None:
    scene.rule(factors="")
    assert scene.step(D1_a21026=60, D1_a21002=70, D2_a21026=80).raised == 2
    assert scene.step(D1_w01018=60).raised == 0
    alarm = Alarm.objects.get(device__mn="D1")
    assert (alarm.points_on, alarm.points_total, kinds(alarm)) == (3, 3, ["raised", "joined"])
    scene.step(D1_a21026=1, D1_a21002=1)
    alarm.refresh_from_db()
    assert (alarm.points_on, alarm.state) == (1, "active")


@pytest.mark.parametrize(("grouping", "alarms"), [("point", 4), ("device", 3), ("area", 2)])
def test_grouping(scene, grouping: str, alarms: int) -> None:
    scene.rule(grouping=grouping)
    assert scene.step(D1_a21026=60, D1_a21002=60, D2_a21026=60, D3_a21026=60).raised == alarms
    assert Alarm.objects.count() == alarms
    assert (Alarm.objects.filter(organisation=scene.mine).count() > 0) == (grouping != "area")


def test_a_chattering_value_is_one_alarm_until_it_is_acknowledged(scene) -> None:
    scene.rule()
    for _ in range(5):
        scene.step(D1_a21026=60)
        scene.step(D1_a21026=40)
    alarm = Alarm.objects.get()
    assert (alarm.times, alarm.state, alarm.points_total) == (5, "cleared", 1)
    acknowledge(scene.people["zone"], [alarm.pk])
    scene.step(D1_a21026=60)
    assert Alarm.objects.count() == 2


def test_delays_and_hysteresis(scene) -> None:
    scene.rule(delay_on=120, delay_off=120, clear_condition="value < limit * 0.9")
    scene.step(D1_a21026=60)
    scene.step(D1_a21026=40)
    assert not AlarmPoint.objects.exists()  # the peak was too short
    scene.step(D1_a21026=60)
    scene.step(D1_a21026=60)
    assert Alarm.objects.count() == 0
    scene.step(D1_a21026=60)
    alarm = Alarm.objects.get()
    assert alarm.raised_at - alarm.began_at == dt.timedelta(seconds=120)
    for value, state in (
        (47, "active"),
        (44, "active"),
        (47, "active"),
        (44, "active"),
        (44, "active"),
        (44, "cleared"),
    ):
        scene.step(D1_a21026=value)
        alarm.refresh_from_db()
        assert alarm.state == state, value


def test_missing_data_frozen_values_and_rates(scene) -> None:
    scene.rule(code="missing", condition="age > 600", factors="a21026", devices="D1", limit=None)
    scene.rule(code="frozen", condition="span(300) = 0 AND count(300) >= 5", factors="a21026", devices="D1", limit=None)
    scene.rule(code="rate", condition="ABS(change(60)) > 20", factors="a21026", devices="D1", limit=None)
    scene.rule(code="range", condition="value < lower OR value > upper", factors="a21026", devices="D1", limit=None)
    scene.rule(
        code="hour", condition="mean(3600) > 50 AND count(3600) >= 5", factors="a21026", devices="D1", limit=None
    )

    def on() -> set[str]:
        return set(Alarm.objects.filter(state="active").values_list("rule__code", flat=True))

    scene.step(D1_a21026=10)
    assert on() == set()
    for _ in range(4):
        scene.step(D1_a21026=10)
    assert on() == {"frozen"}
    scene.step(D1_a21026=90)
    assert on() == {"rate"}
    scene.step(D1_a21026=900)
    assert on() == {"rate", "range", "hour"}
    scene.step(700)
    assert on() == {"range", "missing", "hour", "rate"}  # no data says nothing about the others
    scene.step(D1_a21026=11)
    assert on() == {"hour", "rate"}


def test_a_value_that_does_not_count_neither_raises_nor_clears(scene) -> None:
    scene.rule(factors="a21026", devices="D1")
    scene.rule(code="missing", condition="age > 100", factors="a21026", devices="D1")
    scene.step(D1_a21026=60)
    scene.now += 60_000
    scene.report({"D1.a21026": 1.0}, flag=INVALID)
    scene.step(0)
    assert list(Alarm.objects.values_list("rule__code", "state")) == [("r1", "active")]


def test_limits_of_points(scene) -> None:
    scene.rule(limit=None)
    PointLimit.objects.create(point=scene.points["D1.a21026"], value=20, citation="GB 13223")
    scene.step(D1_a21026=30, D2_a21026=999)
    alarm = Alarm.objects.get()
    assert (alarm.device.mn, alarm.limit) == ("D1", 20)


def test_what_is_on_is_kept_over_a_restart_and_a_repeat_changes_nothing(scene) -> None:
    scene.rule(delay_on=60)
    scene.step(D1_a21026=60)
    scene.step(D1_a21026=60)
    before = (list(Alarm.objects.values()), list(AlarmPoint.objects.values()), list(AlarmEvent.objects.values()))
    assert len(before[0]) == 1
    for _ in range(3):
        assert evaluate(scene.now) is not None
    assert before == (
        list(Alarm.objects.values()),
        list(AlarmPoint.objects.values()),
        list(AlarmEvent.objects.values()),
    )


def test_a_pass_that_dies_leaves_nothing_behind(scene, monkeypatch) -> None:
    scene.rule()
    scene.rule(factors="a21002")
    scene.step(D1_a21026=10)
    scene.now += 60_000
    scene.report({"D1.a21026": 60.0, "D1.a21002": 60.0})
    calls = []
    real = evaluating.announce

    def dies(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(*args, **kwargs)

    monkeypatch.setattr(evaluating, "announce", dies)
    with pytest.raises(RuntimeError):
        evaluate(scene.now)
    assert not Alarm.objects.exists() and not AlarmPoint.objects.exists() and not AlarmEvent.objects.exists()
    monkeypatch.setattr(evaluating, "announce", real)
    assert scene.step(0).raised == 2


def test_of_two_passes_at_once_one_is_stored(scene, monkeypatch) -> None:
    scene.rule()
    scene.step(D1_a21026=60)
    real = evaluating._judge

    def meanwhile(*args):
        AlarmRun.objects.update(at=moment(scene.now + 1))
        return real(*args)

    monkeypatch.setattr(evaluating, "_judge", meanwhile)
    assert evaluate(scene.now + 60_000) is None


def test_a_rule_switched_off_takes_its_alarms_along(scene) -> None:
    rule = scene.rule()
    scene.step(D1_a21026=60)
    AlarmRule.objects.filter(pk=rule.pk).update(enabled=False)
    assert scene.step().cleared == 1
    assert Alarm.objects.get().state == "cleared"


def test_a_rule_that_cannot_be_computed_does_not_stop_the_others(scene) -> None:
    scene.rule(code="good")
    bad = scene.rule(code="bad")
    AlarmRule.objects.filter(pk=bad.pk).update(limit=1.0)
    from qiangqu.telemetry.alarms import live

    real = live.applies
    try:
        live.applies = lambda rule: real(rule) + (" AND nonsense > 1" if rule.code == "bad" else "")
        done = scene.step(D1_a21026=60)
    finally:
        live.applies = real
    assert done.raised == 1 and list(done.faults) == ["bad"]
    assert list(AlarmRun.objects.get().faults) == ["bad"]


def test_escalation_until_somebody_acknowledges(scene) -> None:
    scene.rule(escalation="5:bureau,10:planner")
    scene.step(D1_a21026=60, D2_a21026=60)
    assert scene.step(240).escalated == 0
    assert scene.step(120).escalated == 2
    first, second = Alarm.objects.order_by("pk")
    assert (first.level, kinds(first)[-1]) == (1, "escalated")
    acknowledge(scene.people["zone"], [second.pk])
    assert scene.step(300).escalated == 1
    assert scene.step(6000).escalated == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.level, second.level) == (2, 1)


def test_a_shelved_alarm_is_not_escalated_and_closes_after_the_shelving(scene) -> None:
    scene.rule(escalation="5:bureau")
    scene.now = int(dt.datetime.now(dt.UTC).timestamp() * 1000)
    scene.step(0, D1_a21026=60)
    alarm = Alarm.objects.get()
    acknowledge(scene.people["zone"], [alarm.pk])
    shelve(scene.people["zone"], [alarm.pk], dt.datetime.now(dt.UTC) + dt.timedelta(hours=1), "检修")
    assert scene.step(600, D1_a21026=10).cleared == 1
    alarm.refresh_from_db()
    assert alarm.state == "cleared"
    assert scene.step(600, D1_a21026=60).again == 1
    scene.step(600, D1_a21026=10)
    scene.step(3600)
    alarm.refresh_from_db()
    assert (alarm.state, Alarm.objects.count()) == ("closed", 1)


def test_a_point_that_has_just_been_made_is_not_missing(scene) -> None:
    scene.rule(condition="age > 600", factors="a21026", devices="D1")
    Point.objects.update(created_at=moment(scene.now))
    assert scene.step().raised == 0
    assert scene.step(600).raised == 1


def test_a_rule_that_looks_back_a_day_is_judged_once_a_minute(scene) -> None:
    scene.rule(code="day", condition="mean(86400) > limit", factors="a21026", devices="D1")
    scene.rule(code="now", factors="a21026", devices="D2")
    scene.now += 10_000
    assert scene.step(0, D1_a21026=60).rules == 2
    assert scene.step(10, D1_a21026=1).rules == 1  # what it raised stays as it is
    assert Alarm.objects.get().state == "active"
    assert scene.step(10, D1_a21026=1, D2_a21026=90).raised == 1
    assert scene.step(30).rules == 2
    assert dict(Alarm.objects.values_list("rule__code", "state")) == {"day": "cleared", "now": "active"}
    AlarmRule.objects.update(enabled=False)
    assert scene.step(1).cleared == 1
