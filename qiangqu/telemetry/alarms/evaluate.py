"""One pass over all rules: which alarms are raised, go on, clear, escalate. Everything of a pass is one
transaction.

What a pass needs to know of earlier ones is in the database, so it may be killed at any moment: either the
pass is stored whole, its notices included, or the next pass finds the state before it.
"""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
from django.db import connection, models, transaction
from django.db.models import Count, Q
from django.utils import timezone

from qiangqu.lake.engine import connect
from qiangqu.lake.models import TelemetryClock
from qiangqu.lake.telemetry_read import milliseconds

from ..health import serving_on
from ..models import Point
from ..signals import alarms_raised
from .live import Judged, Live, ask, moments, points_table, ready
from .models import (
    Alarm,
    AlarmEvent,
    AlarmPoint,
    AlarmRule,
    AlarmRun,
    AlarmState,
    EventKind,
    Grouping,
)
from .notify import announce

BATCH = 500
LONG = 6 * 3600  # seconds
IDLE = dt.timedelta(seconds=10)  # between passes when nothing new came: delays, ages and escalations run on
SPARED = 3  # a pass is followed by at least so many times its own length without one


@dataclass(slots=True)
class Pass:
    """What a pass did. ``faults``: rules that could not be computed, with the reason."""

    rules: int = 0
    points: int = 0
    raised: int = 0
    again: int = 0
    cleared: int = 0
    escalated: int = 0
    seconds: float = 0.0
    faults: dict[str, str] = field(default_factory=dict)


def moment(ms: int) -> dt.datetime:
    """Milliseconds UTC as a moment."""
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)


def due(now: dt.datetime) -> bool:
    """Whether a pass has its time: when something was committed since the last one, else every :data:`IDLE`."""
    last = AlarmRun.objects.filter(pk=1).first()
    if last is None or not dt.timedelta(0) <= now - last.at < IDLE:
        return True
    return now - last.at >= dt.timedelta(seconds=SPARED * last.seconds) and last.seq != _committed()


def _committed() -> int:
    return TelemetryClock.objects.values_list("seq", flat=True).first() or 0


def evaluate(now: int | None = None) -> Pass | None:
    """Judge all rules at ``now`` (ms UTC, default the clock). None when another process made a pass in
    between: then nothing was stored.
    """
    started = time.perf_counter()
    now = time.time_ns() // 1_000_000 if now is None else now
    last = AlarmRun.objects.filter(pk=1).first()
    if last is None:
        AlarmRun.objects.bulk_create([AlarmRun(pk=1, at=moment(0))], ignore_conflicts=True)
        last = AlarmRun.objects.get(pk=1)
    if last.at > moment(now):
        _set_back(now)
    seq = _committed()
    open_points: dict[int, list[AlarmPoint]] = defaultdict(list)
    for one in AlarmPoint.objects.filter(cleared=None):
        open_points[one.rule_id].append(one)
    today = timezone.localdate(moment(now))
    rules = {
        rule.pk: rule
        for rule in AlarmRule.objects.filter(Q(enabled=True) | Q(pk__in=list(open_points))).select_related("area")
    }
    waiting = {key for key, rule in rules.items() if not _due(rule, last.at, now)}
    judged, done, info = _judge(
        {key: rule for key, rule in rules.items() if key not in waiting}, open_points, today, now
    )
    with transaction.atomic():
        if not AlarmRun.objects.filter(pk=1, at=last.at).update(at=moment(now)):
            return None
        for key, rule in rules.items():
            if rule.code not in done.faults and key not in waiting:
                _apply(rule, judged.get(key, []), open_points.get(key, []), info, now, done)
        _escalate(now, done)
        _close_after_shelving(now)
        done.seconds = time.perf_counter() - started
        AlarmRun.objects.filter(pk=1).update(
            seconds=done.seconds, rules=done.rules, points=done.points, faults=done.faults, seq=seq
        )
    return done


def _set_back(now: int) -> None:
    """The node's clock went back: delays and escalations that began by the clock that was ahead begin now,
    rather than wait until it is there again.
    """
    at = moment(now)
    with transaction.atomic():
        AlarmPoint.objects.filter(cleared=None, began__gt=now).update(began=now)
        AlarmPoint.objects.filter(cleared=None, quiet__gt=now).update(quiet=now)
        late = Alarm.objects.filter(raised_at__gt=at, escalate_at__isnull=False).select_related("rule")
        for alarm in late.select_for_update(of=("self",)):
            alarm.escalate_at = _escalation(alarm.rule, alarm.level, at)
            alarm.save(update_fields=["escalate_at"])


def _due(rule: AlarmRule, last: dt.datetime, now: int) -> bool:
    """Whether a rule's turn has come: one that looks back a day is judged once a minute (a 1440th of the
    time), for all those rows must be read.
    """
    live = ready(rule)
    reach = max(live.fire.reach, live.clear.reach if live.clear else 0)
    if reach < LONG or not rule.enabled:
        return True
    period = reach * 1000 // 1440
    return now // period != milliseconds(last) // period


def _judge(
    rules: dict[int, AlarmRule], open_points: dict[int, list[AlarmPoint]], today: dt.date, now: int
) -> tuple[dict[int, list[Judged]], Pass, dict[int, tuple[Any, ...]]]:
    """Each rule asked of its points; what is needed to group the points found."""
    done = Pass()
    asked: list[Live] = []
    for rule in rules.values():
        if rule.enabled and rule.valid_from <= today and (rule.valid_to is None or today <= rule.valid_to):
            asked.append(ready(rule))
    done.rules = len(asked)
    if not asked:
        return {}, done, {}
    points = points_table(Point.objects.filter(serving_on(today, "device__")).order_by("pk"))
    done.points = points.num_rows
    if not points.num_rows:
        return {}, done, {}
    judged: dict[int, list[Judged]] = {}
    table = moments(points, {window for live in asked for window in live.windows}, now)
    with connect({"moments": table}) as duck:
        for live in asked:
            followed = [one.point_id for one in open_points.get(live.rule.pk, [])]
            try:
                judged[live.rule.pk] = ask(duck, live, followed)
            except duckdb.Error as error:
                done.faults[live.rule.code] = str(error)[:300]  # shown on the desk; the other rules go on
    wanted = {one.point for rows in judged.values() for one in rows if one.fired}
    info = {}
    if wanted:
        names = ("point", "device", "area", "organisation", "simulated", "path")
        columns = [points[name].to_pylist() for name in names]
        info = {row[0]: row for row in zip(*columns, strict=True) if row[0] in wanted}
    return judged, done, info


def _apply(
    rule: AlarmRule,
    judged: list[Judged],
    open_points: list[AlarmPoint],
    info: dict[int, tuple[Any, ...]],
    now: int,
    done: Pass,
) -> None:
    """Move the state of one rule's points on and the alarms with them."""
    known = {one.point_id: one for one in open_points}
    on, off = rule.delay_on * 1000, rule.delay_off * 1000
    gone: list[int] = []
    changed: list[AlarmPoint] = []
    waiting: list[AlarmPoint] = []
    raised: list[AlarmPoint] = []
    cleared: list[AlarmPoint] = []
    for one in judged:
        state = known.pop(one.point, None)
        if state is None:
            if one.fired:
                state = AlarmPoint(rule=rule, point_id=one.point, began=now)
                (raised if on == 0 else waiting).append(_valued(state, one))
        elif state.raised is None:
            if not one.fired:
                gone.append(state.pk)
            elif now - state.began >= on:
                raised.append(_valued(state, one))
        elif _moved(state, one, now, off):
            (cleared if state.cleared is not None else changed).append(state)
    for state in known.values():  # the rule was switched off, or is no longer for these points
        if state.raised is None:
            gone.append(state.pk)
        else:
            state.cleared = now
            cleared.append(state)
    AlarmPoint.objects.filter(pk__in=gone).delete()
    AlarmPoint.objects.bulk_create(waiting, batch_size=BATCH)
    _store([*changed, *cleared], ["quiet", "cleared", "lowest", "highest"])
    if raised:
        _raise(rule, raised, info, now, done)
    if cleared:
        _clear({state.alarm_id for state in cleared if state.alarm_id}, now, done)


def _store(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of stored rows, one statement a row: Django's ``bulk_update`` needs minutes for what
    this does in a second.
    """
    if not rows:
        return
    meta = type(rows[0])._meta
    fields: list[Any] = [meta.get_field(name) for name in names]
    assignments = ", ".join(f"{connection.ops.quote_name(field.column)} = %s" for field in fields)
    values = [
        [*(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields), row.pk] for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {connection.ops.quote_name(meta.db_table)} SET {assignments} WHERE id = %s", values)  # noqa: S608 - names of fields


def _valued(state: AlarmPoint, one: Judged) -> AlarmPoint:
    state.value = state.lowest = state.highest = one.value
    state.limit = one.limit
    return state


def _moved(state: AlarmPoint, one: Judged, now: int, off: int) -> bool:
    """Move a point that is on; whether anything about it changed."""
    before = (state.quiet, state.lowest, state.highest)
    state.quiet = (now if state.quiet is None else state.quiet) if one.cleared else None
    if state.quiet is not None and now - state.quiet >= off:
        state.cleared = now
        return True
    if one.value is not None:
        state.lowest = one.value if state.lowest is None else min(state.lowest, one.value)
        state.highest = one.value if state.highest is None else max(state.highest, one.value)
    return before != (state.quiet, state.lowest, state.highest)


def _key(rule: AlarmRule, row: tuple[Any, ...]) -> str:
    point, device, area = row[:3]
    match rule.grouping:
        case Grouping.POINT:
            return f"p{point}"
        case Grouping.AREA:
            return f"a{area}"
    return f"d{device}"


def _raise(rule: AlarmRule, raised: list[AlarmPoint], info: dict[int, tuple[Any, ...]], now: int, done: Pass) -> None:
    """Put newly raised points to their alarms: a new one, or the one that is not closed yet."""
    at = moment(now)
    groups: dict[str, list[AlarmPoint]] = defaultdict(list)
    for state in raised:
        groups[_key(rule, info[state.point_id])].append(state)
    open_alarms = {
        alarm.key: alarm
        for alarm in Alarm.objects.select_for_update().filter(rule=rule).exclude(state=AlarmState.CLOSED)
    }
    fresh: list[Alarm] = []
    events: list[AlarmEvent] = []
    touched: list[Alarm] = []
    for key, states in groups.items():
        alarm = open_alarms.get(key)
        if alarm is None:
            alarm = _new_alarm(rule, key, states, info, at)
            fresh.append(alarm)
            continue
        if alarm.state == AlarmState.CLEARED:
            alarm.state, alarm.cleared_at, alarm.times = AlarmState.ACTIVE, None, alarm.times + 1
            alarm.escalate_at = None if alarm.acknowledged else _escalation(rule, alarm.level, at)
            events.append(AlarmEvent(alarm=alarm, at=at, kind=EventKind.AGAIN, text=str(len(states))))
            done.again += 1
        else:
            events.append(AlarmEvent(alarm=alarm, at=at, kind=EventKind.JOINED, text=str(len(states))))
        alarm.severity = min(alarm.severity, rule.severity)
        touched.append(alarm)
        open_alarms[key] = alarm
    Alarm.objects.bulk_create(fresh, batch_size=BATCH)
    open_alarms |= {alarm.key: alarm for alarm in fresh}
    for key, states in groups.items():
        for state in states:
            state.alarm, state.raised = open_alarms[key], now
    waited = [state for state in raised if state.pk is not None]
    AlarmPoint.objects.bulk_create([state for state in raised if state.pk is None], batch_size=BATCH)
    _store(waited, ["alarm", "raised", "value", "limit", "lowest", "highest"])
    events += [
        AlarmEvent(alarm=alarm, at=at, kind=EventKind.RAISED, text=str(len(groups[alarm.key]))) for alarm in fresh
    ]
    AlarmEvent.objects.bulk_create(events, batch_size=BATCH)
    _store(touched, ["state", "cleared_at", "times", "escalate_at", "severity"])
    _count([*fresh, *touched])
    done.raised += len(fresh)
    announce(rule, fresh, at)
    alarms_raised.send_robust(sender=Alarm, alarms=[*fresh, *touched])


def _new_alarm(
    rule: AlarmRule, key: str, states: list[AlarmPoint], info: dict[int, tuple[Any, ...]], at: dt.datetime
) -> Alarm:
    first = states[0]
    _point, device, area, organisation, _simulated, _path = info[first.point_id]
    of_area = rule.grouping == Grouping.AREA
    return Alarm(
        rule=rule,
        key=key,
        area_id=area,
        organisation_id=None if of_area else organisation,
        device_id=None if of_area else device,
        point_id=first.point_id,
        severity=rule.severity,
        condition=rule.condition,
        limit=first.limit,
        value=first.value,
        began_at=moment(min(state.began for state in states)),
        raised_at=at,
        escalate_at=_escalation(rule, 0, at),
        simulated=any(info[state.point_id][4] for state in states),
    )


def _escalation(rule: AlarmRule, level: int, since: dt.datetime) -> dt.datetime | None:
    steps = rule.steps
    return since + dt.timedelta(minutes=steps[level].minutes) if level < len(steps) else None


def _count(alarms: Iterable[Alarm]) -> dict[int, int]:
    """Bring the numbers of points up to date; how many are on, by alarm."""
    listed = list(alarms)
    counts = {
        row["alarm"]: row
        for row in AlarmPoint.objects.filter(alarm__in=listed)
        .order_by()
        .values("alarm")
        .annotate(total=Count("point", distinct=True), on=Count("pk", filter=Q(cleared=None)))
    }
    for alarm in listed:
        row = counts.get(alarm.pk, {"total": 0, "on": 0})
        alarm.points_on, alarm.points_total = row["on"], row["total"]
    _store(listed, ["points_on", "points_total"])
    return {alarm.pk: alarm.points_on for alarm in listed}


def _clear(keys: set[int], now: int, done: Pass) -> None:
    """Alarms that lost points: those without any left have cleared."""
    at = moment(now)
    found = list(Alarm.objects.select_for_update().filter(pk__in=keys, state=AlarmState.ACTIVE))
    on = _count(found)
    events: list[AlarmEvent] = []
    over = [alarm for alarm in found if not on[alarm.pk]]
    for alarm in over:
        alarm.state, alarm.cleared_at, alarm.escalate_at = AlarmState.CLEARED, at, None
        events.append(AlarmEvent(alarm=alarm, at=at, kind=EventKind.CLEARED))
        if alarm.acknowledged and not alarm.shelved(at):
            alarm.state, alarm.closed_at = AlarmState.CLOSED, at
            events.append(AlarmEvent(alarm=alarm, at=at, kind=EventKind.CLOSED))
    _store(over, ["state", "cleared_at", "escalate_at", "closed_at"])
    AlarmEvent.objects.bulk_create(events, batch_size=BATCH)
    done.cleared += len(over)


def _escalate(now: int, done: Pass) -> None:
    """Tell the next role of alarms that nobody acknowledged in time."""
    at = moment(now)
    due = (
        Alarm.objects.select_for_update(of=("self",))
        .filter(state=AlarmState.ACTIVE, acknowledged_at=None, escalate_at__lte=at)
        .exclude(shelved_until__gt=at)
        .select_related("rule", "rule__area", "area")
        .order_by("pk")
    )
    told: dict[tuple[int, str], list[Alarm]] = defaultdict(list)
    rules: dict[int, AlarmRule] = {}
    events: list[AlarmEvent] = []
    found = list(due)
    for alarm in found:
        steps = alarm.rule.steps
        if alarm.level >= len(steps):  # the rule was changed since
            alarm.escalate_at = None
            continue
        role = steps[alarm.level].role
        alarm.level += 1
        alarm.escalate_at = _escalation(alarm.rule, alarm.level, alarm.raised_at)
        told[alarm.rule_id, role].append(alarm)
        rules[alarm.rule_id] = alarm.rule
        events.append(AlarmEvent(alarm=alarm, at=at, kind=EventKind.ESCALATED, text=role))
        done.escalated += 1
    _store(found, ["level", "escalate_at"])
    AlarmEvent.objects.bulk_create(events, batch_size=BATCH)
    for (key, role), alarms in told.items():
        announce(rules[key], alarms, at, escalated_to=role)


def _close_after_shelving(now: int) -> None:
    """What cleared while it was shelved and is acknowledged is over when the shelving is."""
    at = moment(now)
    found = list(
        Alarm.objects.select_for_update()
        .filter(state=AlarmState.CLEARED, acknowledged_at__isnull=False)
        .exclude(shelved_until__gt=at)
    )
    for alarm in found:
        alarm.state, alarm.closed_at = AlarmState.CLOSED, at
    _store(found, ["state", "closed_at"])
    AlarmEvent.objects.bulk_create([AlarmEvent(alarm=alarm, at=at, kind=EventKind.CLOSED) for alarm in found])
