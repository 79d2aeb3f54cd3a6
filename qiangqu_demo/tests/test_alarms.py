"""The demonstration's alarm desk: raised by the rules from stored readings, handled by its people, alive
later on.
"""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from qiangqu.domains.environment.alarm_limits import copy_limits
from qiangqu.domains.environment.models import Channel, Exceedance, ExceedanceState
from qiangqu.domains.environment.rolling import roll
from qiangqu.lake.telemetry_latest import standing_at
from qiangqu.lake.telemetry_read import rows
from qiangqu.registry.models import Area, Role
from qiangqu.registry.tests import factories
from qiangqu.telemetry.alarms.evaluate import evaluate
from qiangqu.telemetry.alarms.models import Alarm, AlarmPoint, AlarmState, EventKind
from qiangqu.telemetry.alarms.rules import SAMPLES, load_rules
from qiangqu.telemetry.models import DeviceHealth
from qiangqu.telemetry.register import load_factors
from qiangqu_demo.environment.desk import HOURS, enact
from qiangqu_demo.environment.places import build, extend
from qiangqu_demo.prepare import keep_alive
from qiangqu_demo.simulation.models import Demonstration

pytestmark = pytest.mark.demonstration

HOUR = dt.timedelta(hours=1)


def milliseconds(at: dt.datetime) -> int:
    return int(at.timestamp() * 1000)


@pytest.fixture
def zone(transactional_db: None) -> Area:
    areas = factories.tree()
    for number in range(8):
        factories.enterprise(areas["Z1"], 10 + number, scale="above")
    factories.user(Role.ZONE, areas["Z1"], "clerk")
    load_factors()
    return areas["Z1"]


def start(zone: Area, now: dt.datetime, days: int = 5) -> None:
    build(zone, days, now=now)
    today = timezone.localdate(now)
    roll(today - dt.timedelta(days=days), today)
    copy_limits(today)
    load_rules(SAMPLES, zone, enabled=True, since=today - dt.timedelta(days=days))
    enact(zone, now)


def missing() -> int:
    return Alarm.objects.filter(rule__code__endswith="-missing", state=AlarmState.ACTIVE).count()


def test_the_desk_holds_alarms_of_every_kind_each_with_its_readings(zone: Area) -> None:
    now = timezone.now()
    start(zone, now)
    alarms = {
        (a.rule.code.removeprefix(f"{zone.code}-"), str(a.device)[-20:]): a
        for a in Alarm.objects.select_related("rule", "device", "point")
    }
    standing = [a for a in alarms.values() if a.state == AlarmState.ACTIVE]
    assert {a.severity for a in standing} == {2, 3, 4}
    assert {a.rule.code.removeprefix(f"{zone.code}-") for a in standing} >= {
        "hour-mean", "day-mean", "over-limit", "missing", "frozen", "negative",
    }  # fmt: skip
    assert all(a.simulated for a in alarms.values())
    assert [a for a in standing if a.acknowledged_by and a.comment]
    assert [a for a in standing if a.shelved(now) and a.shelved_why]
    assert [a for a in standing if a.level >= 1 and not a.acknowledged]
    assert [a for a in standing if a.level == 0 and not a.acknowledged and not a.shelved(now)]
    closed = [a for a in alarms.values() if a.state == AlarmState.CLOSED]
    assert closed and all(a.events.filter(kind=EventKind.CLOSED).exclude(text="").exists() for a in closed)
    # what fired is in the lake, up to the moment of the alarm, and is what the alarm says
    for alarm in alarms.values():
        for state in AlarmPoint.objects.filter(alarm=alarm, value__isnull=False):
            found = rows(milliseconds(alarm.raised_at - dt.timedelta(hours=5)), state.raised + 1, [state.point_id])
            assert found["value"].to_pylist()[-1] == pytest.approx(state.value), alarm
    # the other desks say the same
    over = [a for (rule, _d), a in alarms.items() if rule == "hour-mean"]
    assert over and all(a.point.limit.seconds == 3600 for a in over)  # a day's limit is not held against an hour
    # an hour by the clock may stay below where the sixty minutes before an alarm did not
    points = {a.point_id for a in over if a.level >= 1}
    assert Exceedance.objects.filter(channel__point__in=points, start__gte=now - 4 * HOUR).exists()
    silent = next(a for a in standing if a.shelved(now))
    heard = DeviceHealth.objects.get(device=silent.device).last_seen
    assert heard is not None and now - heard > 2 * HOUR
    others = DeviceHealth.objects.exclude(device=silent.device)
    assert all(h.last_seen and h.last_seen <= now for h in others)
    assert set(Exceedance.objects.values_list("state", flat=True)) >= {ExceedanceState.OPEN}
    client = Client()
    client.force_login(factories.user(Role.LEADER, zone, "watcher"))
    for alarm in alarms.values():
        assert client.get(f"/alarms/{alarm.pk}").status_code == 200


def test_it_lives_on_by_itself_for_a_day(zone: Area) -> None:
    now = timezone.now()
    start(zone, now, days=2)
    points = list(Channel.objects.values_list("point", flat=True))
    devices = DeviceHealth.objects.count()
    for hours in (0.5, 1, 2, 6, 12, 23):
        at = milliseconds(now + hours * HOUR)
        assert evaluate(at) is not None
        newest = [row[1] for row in standing_at(points, at)]
        assert sum(at - one < 30 * 60_000 for one in newest) > 0.7 * len(points), hours
        assert missing() < devices / 2, hours
        assert Alarm.objects.filter(state=AlarmState.ACTIVE).exists(), hours


def test_a_later_start_plays_on_without_a_flood(zone: Area) -> None:
    then = timezone.now() - dt.timedelta(days=3)
    start(zone, then, days=2)
    before = set(Alarm.objects.values_list("pk", flat=True))
    assert extend() > 0
    now = timezone.now()
    enact(zone, now)
    fresh = Alarm.objects.filter(raised_at__gt=now - (HOURS + 1) * HOUR).exclude(pk__in=before)
    assert fresh.filter(state=AlarmState.ACTIVE).exists()
    # some go on from the earlier start, and are not raised a second time
    standing = Alarm.objects.filter(state=AlarmState.ACTIVE)
    assert {a.rule.code.removeprefix(f"{zone.code}-") for a in standing} >= {"hour-mean", "negative"}
    assert len(set(standing.values_list("rule", "device"))) == standing.count()
    assert missing() < DeviceHealth.objects.count() / 2
    # enough waits now: nothing is added, and nothing that was stored is changed
    assert extend() == 0
    assert extend(now + HOUR) == 0


def test_the_worker_keeps_only_a_demonstration_alive(zone: Area) -> None:
    start(zone, timezone.now() - dt.timedelta(hours=23), days=1)
    now = timezone.localtime().replace(minute=30)
    stored = len(standing_at(None, milliseconds(now) + 86_400_000))
    assert keep_alive(now) == "" and stored
    Demonstration.objects.create(
        pack="t", seed=1, enterprises=1, months=1, until="2026-10", inputs_sha256="", fingerprint="", account=[], counts={}
    )  # fmt: skip
    assert "模拟读数" in keep_alive(now)
    assert keep_alive(now) == ""
