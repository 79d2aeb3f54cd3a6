"""The environment desk of a demonstration: its places and readings, the real evaluation over the stored
readings of the last hours, and what the zone's people did with it."""

import datetime as dt
from collections.abc import Callable

from django.utils import timezone

from qiangqu.base.visibility import in_subtree
from qiangqu.domains.environment.alarm_limits import copy_limits
from qiangqu.domains.environment.judging import judge
from qiangqu.domains.environment.models import Exceedance, ExceedanceState, Station
from qiangqu.domains.environment.rolling import roll
from qiangqu.registry.models import Area, Role, User
from qiangqu.telemetry.alarms.evaluate import evaluate
from qiangqu.telemetry.alarms.handle import acknowledge, close, shelve
from qiangqu.telemetry.alarms.models import Alarm, AlarmRule, AlarmRun, AlarmState
from qiangqu.telemetry.alarms.rules import SAMPLES, load_rules
from qiangqu.telemetry.health import roll as roll_devices

from .places import build, devices, extend

DESK_DAYS = 30

HOURS = 4  # looked back at
STEP = dt.timedelta(minutes=10)  # one pass for each round of readings
SETTLED = dt.timedelta(days=3)  # exceedances older than that have been looked into, but for every third


def fill(zone: Area | None, report: Callable[[str], None]) -> None:
    """Stations, outlets and a month of made-up readings for the demonstration's zone, with its alarm rules
    switched on.
    """
    if zone is None:
        return
    today = timezone.localdate()
    new = not Station.objects.exists()
    if new:
        build(zone, DESK_DAYS, report=report)
    else:
        extend()
    roll(today - dt.timedelta(days=DESK_DAYS), today)
    roll_devices(today - dt.timedelta(days=DESK_DAYS), today, devices=devices())
    # a first start that was cut off may have left the places without their rules
    if not in_subtree(AlarmRule.objects.all(), zone.path).exists():
        copy_limits(today)
        load_rules(SAMPLES, zone, enabled=True, since=today - dt.timedelta(days=DESK_DAYS))
    report("判断模拟报警")
    enact(zone)


def replay(now: dt.datetime) -> int:
    """Judge the rules at each reading of the last :data:`HOURS` that no pass has seen, up to ``now``. Returns
    how many alarms were raised.
    """
    last = AlarmRun.objects.filter(pk=1).values_list("at", flat=True).first()
    raised = 0
    for back in range(HOURS * 6, -1, -1):
        at = now - back * STEP
        if last is not None and at <= last:
            continue
        done = evaluate(int(at.timestamp() * 1000))
        raised += done.raised if done is not None else 0
    return raised


def handle(zone: Area, now: dt.datetime) -> None:
    """The zone's clerk acknowledges, shelves and closes one alarm each; what is like that already stays."""
    clerk = User.objects.posted(role=Role.ZONE, area=zone).first()
    if clerk is None:
        return
    alarms = in_subtree(Alarm.objects.filter(device__in=devices()), zone.path).order_by("-raised_at", "pk")
    standing = alarms.exclude(state=AlarmState.CLOSED)
    fresh = standing.filter(acknowledged_at=None, shelved_until=None)

    def first(rule: str, state: AlarmState, order: str = "-raised_at") -> list[int]:
        found = fresh.filter(rule__code=f"{zone.code}-{rule}", state=state)
        return list(found.order_by(order, "pk").values_list("pk", flat=True)[:1])

    if not standing.exclude(acknowledged_at=None).exists() and (found := first("over-limit", AlarmState.ACTIVE)):
        acknowledge(clerk, found, "（模拟）已通知企业，正在调整脱硝喷氨量")
    if not standing.filter(shelved_until__gt=now).exists() and (
        found := first("missing", AlarmState.ACTIVE, "device__health__last_seen")
    ):
        # a past moment that is played again is shelved from today on
        shelve(clerk, found, timezone.now() + dt.timedelta(days=1), "（模拟）数采仪检修，企业已报备")
    if found := first("negative", AlarmState.CLEARED):
        close(clerk, found, "（模拟）分析仪零点漂移，已校准，复测正常")


def settle(zone: Area, now: dt.datetime) -> int:
    """The zone's clerk gives verdicts on the older exceedances, leaving every third open. Returns how many
    verdicts.
    """
    clerk = User.objects.posted(role=Role.ZONE, area=zone).first()
    older = in_subtree(Exceedance.objects.filter(start__lt=now - SETTLED), zone.path)
    if clerk is None or older.exclude(handled_by=None).exists():
        return 0
    done = 0
    for number, one in enumerate(
        older.filter(state=ExceedanceState.OPEN)
        .select_related("channel__station", "channel__outlet__enterprise__area")
        .order_by("start", "pk")
    ):
        if number % 3 == 0:
            judge(one, ExceedanceState.CONFIRMED, "（模拟）现场核实属实，已责令整改", clerk)
        elif number % 3 == 1:
            judge(one, ExceedanceState.EXPLAINED, "（模拟）锅炉启停期间，附运行记录", clerk)
        else:
            continue
        done += 1
    return done


def enact(zone: Area, now: dt.datetime | None = None) -> int:
    """Bring alarms and verdicts of the zone up to ``now`` (default: this moment). Returns how many alarms
    were raised.
    """
    now = now or timezone.now()
    raised = replay(now)
    handle(zone, now)
    settle(zone, now)
    return raised
