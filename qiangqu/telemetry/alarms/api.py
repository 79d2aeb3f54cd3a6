"""JSON API of alarms: what the desk shows, the acts on it, rules and their try-out. Each operation sees what
its user sees on the pages.
"""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.lake.telemetry_read import milliseconds
from qiangqu.registry.access import area_chosen
from qiangqu.registry.named import Named, named
from qiangqu.registry.roles import Action, may
from qiangqu.ui.lists import asked_for, narrowed
from qiangqu.ui.registers import api_router

from ..models import Point
from . import handle
from .listing import ALARMS
from .models import Alarm, AlarmRule
from .present import RELATED
from .registers import ALARM_RULES
from .tryout import try_rule

router = Router()
router.add_router("", api_router(ALARM_RULES))
MOST_DAYS, MOST_POINTS, MOST_MOMENTS = 90, 300, 3_000_000


class AlarmOut(Named):
    """An alarm. ``state``: active, cleared (over, not acknowledged), closed; ``severity`` 1 (gravest) to
    4.
    """

    id: int
    rule: str
    name: str
    severity: int
    state: str
    area: str
    organisation: str | None
    device: str | None
    point: int
    factor: str
    condition: str
    value: float | None
    limit: float | None
    began_at: dt.datetime
    raised_at: dt.datetime
    cleared_at: dt.datetime | None
    closed_at: dt.datetime | None
    points_on: int
    points_total: int
    times: int
    acknowledged_at: dt.datetime | None
    acknowledged_by: str | None
    comment: str
    shelved_until: dt.datetime | None
    escalations: int
    simulated: bool


class EventOut(Schema):
    at: dt.datetime
    kind: str
    user: str | None
    text: str


class AlarmPage(Schema):
    count: int
    items: list[AlarmOut]


class AlarmWhole(AlarmOut):
    """An alarm with what happened to it."""

    events: list[EventOut]


class Act(Schema):
    """``text``: comment or reason; ``until``: for shelving."""

    alarms: list[int] = Field(min_length=1, max_length=handle.MOST_AT_ONCE)
    text: str = Field("", max_length=handle.LONGEST_TEXT)
    until: dt.datetime | None = None


class Done(Schema):
    """How many alarms it changed."""

    done: int


class FiredOut(Schema):
    point: int
    raised: dt.datetime
    cleared: dt.datetime | None


class TriedOut(Schema):
    """How often a rule would have fired: ``alarms`` after grouping, ``by_day`` of them; ``fired`` the newest
    1000 by point.
    """

    rule: str
    days: int
    alarms: int
    points: int
    points_all: int
    rows: int
    step: int
    simulated: bool
    by_day: dict[str, int]
    fired: list[FiredOut]


def _out(alarm: Alarm) -> dict[str, Any]:
    return named(alarm) | {
        "id": alarm.pk,
        "rule": alarm.rule.code,
        "name": alarm.rule.name,
        "severity": alarm.severity,
        "state": alarm.state,
        "area": alarm.area.code,
        "organisation": alarm.organisation.code if alarm.organisation else None,
        "device": alarm.device.mn if alarm.device else None,
        "point": alarm.point_id,
        "factor": alarm.point.factor_code,
        "condition": alarm.condition,
        "value": alarm.value,
        "limit": alarm.limit,
        "began_at": alarm.began_at,
        "raised_at": alarm.raised_at,
        "cleared_at": alarm.cleared_at,
        "closed_at": alarm.closed_at,
        "points_on": alarm.points_on,
        "points_total": alarm.points_total,
        "times": alarm.times,
        "acknowledged_at": alarm.acknowledged_at,
        "acknowledged_by": alarm.acknowledged_by.username if alarm.acknowledged_by else None,
        "comment": alarm.comment,
        "shelved_until": alarm.shelved_until,
        "escalations": alarm.level,
        "simulated": alarm.simulated,
    }


@router.get("/alarms", response=AlarmPage, operation_id="alarms_list")
def alarm_list(
    request: HttpRequest,
    area: str = "",
    shown: str = "open",
    severity: str = "",
    rule: str = "",
    q: str = "",
    since: dt.date | None = None,
    until: dt.date | None = None,
    limit: int = Query(100, ge=1, le=1000),
    offset: int = Query(0, ge=0, le=10_000_000),
) -> Any:
    """Alarms; ``shown`` is open, new (not acknowledged), acknowledged, shelved, closed or all."""
    user: Any = request.user
    given = {"shown": shown, "severity": severity, "rule": rule, "q": q}
    days = {"from": since.isoformat() if since else "", "to": until.isoformat() if until else ""}
    found = narrowed(ALARMS, asked_for(user, area_chosen(user, area), **given, **days)).select_related(
        *RELATED, "origin"
    )
    return {"count": found.count(), "items": [_out(alarm) for alarm in found[offset : offset + limit]]}


@router.get("/alarms/{pk}", response=AlarmWhole, operation_id="alarms_one")
def alarm_one(request: HttpRequest, pk: int) -> Any:
    """One alarm with its events."""
    related = ("rule", "device", "area", "organisation", "point", "acknowledged_by", "origin")
    alarm = visible(Alarm.objects.select_related(*related), request.user).filter(pk=pk).first()
    if alarm is None:
        raise NotFoundError("没有这条报警，或它不在您的管辖范围内", where=str(pk)[:20])
    events = [
        {"at": event.at, "kind": event.kind, "user": event.user.username if event.user else None, "text": event.text}
        for event in alarm.events.select_related("user")
    ]
    return _out(alarm) | {"events": events}


@router.post("/alarms/act/{act}", response=Done, operation_id="alarms_act")
def alarm_act(request: HttpRequest, act: str, given: Act) -> Any:
    """``act`` is acknowledge, shelve, unshelve, close or comment (of one alarm)."""
    user = request.user
    try:
        match act:
            case "acknowledge":
                return {"done": handle.acknowledge(user, given.alarms, given.text)}
            case "shelve":
                until = given.until or timezone.now()
                if timezone.is_naive(until):
                    until = timezone.make_aware(until)
                return {"done": handle.shelve(user, given.alarms, until, given.text)}
            case "unshelve":
                return {"done": handle.unshelve(user, given.alarms)}
            case "close":
                return {"done": handle.close(user, given.alarms, given.text)}
            case "comment":
                handle.comment_on(user, given.alarms[0], given.text)
                return {"done": 1}
    except PermissionDenied:
        raise HttpError(403, "您的角色不能处理报警") from None
    raise NotFoundError("没有这种操作；可用 acknowledge、shelve、unshelve、close、comment", where=act[:20])


@router.get("/alarm-rules/{code}/try", response=TriedOut, operation_id="alarm_rules_try")
def alarm_rule_try(request: HttpRequest, code: str, days: int = Query(7, ge=1, le=MOST_DAYS)) -> Any:
    """How often a rule would have fired on the history of the last days (at most 300 points)."""
    if not may(request.user, Action.EDIT_ALARM_RULES):
        raise HttpError(403, "您的角色不能试算报警规则")
    rule = (
        visible(AlarmRule.objects.select_related("area"), request.user, Action.EDIT_ALARM_RULES)
        .filter(code=code[:60])
        .first()
    )
    if rule is None:
        raise NotFoundError("没有这条规则，或它不在您的管辖范围内", where=code[:60])
    end = milliseconds(timezone.now())
    points = visible(Point.objects.all(), request.user)
    tried = try_rule(rule, end - days * 86_400_000, end, points, most_points=MOST_POINTS, most_moments=MOST_MOMENTS)
    return {
        "rule": rule.code,
        "days": days,
        "alarms": tried.alarms,
        "points": tried.points,
        "points_all": tried.points_all,
        "rows": tried.rows,
        "step": tried.step,
        "simulated": tried.simulated,
        "by_day": {day.isoformat(): count for day, count in sorted(tried.by_day.items())},
        "fired": [
            {"point": one.point, "raised": _moment(one.episode.raised), "cleared": _moment(one.episode.cleared)}
            for one in tried.fired[:1000]
        ],
    }


def _moment(ms: int | None) -> dt.datetime | None:
    return None if ms is None else dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
