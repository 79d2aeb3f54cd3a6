"""Alarms as pages show them: which the user sees, how they are filtered, what other parts' pages show of them."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.visibility import seen
from qiangqu.registry.roles import Action, may
from qiangqu.ui.attention import Alert
from qiangqu.ui.registers.declare import Panel

from .models import Alarm, AlarmChannel, AlarmNotice, AlarmRule, AlarmState, Severity

COLOURS = {Severity.CRITICAL: "red", Severity.MAJOR: "amber", Severity.MINOR: "blue", Severity.NOTICE: "grey"}
LEVELS = {
    Severity.CRITICAL: "off_track",
    Severity.MAJOR: "off_track",
    Severity.MINOR: "at_risk",
    Severity.NOTICE: "no_data",
}
RELATED = ("rule", "device", "area", "organisation", "point__factor", "acknowledged_by")
MOST_ALERTS = 12  # on a screen of thirty the plan has its place too


def shown_words() -> dict[str, str]:
    """The choices of the desk's first filter."""
    return {
        "open": _("未关闭"),
        "new": _("未确认"),
        "acknowledged": _("已确认，未恢复"),
        "shelved": _("搁置中"),
        "closed": _("已关闭"),
        "all": _("全部"),
    }


def unshelved(now: dt.datetime) -> Q:
    return Q(shelved_until=None) | Q(shelved_until__lte=now)


def waiting(user: Any, area: Any, now: dt.datetime) -> "QuerySet[Alarm]":
    """Alarms that nobody has acknowledged yet, the shelved ones left out."""
    return seen(Alarm.objects.exclude(state=AlarmState.CLOSED).filter(unshelved(now), acknowledged_at=None), user, area)


def desk(user: Any, area: Any, wanted: dict[str, str], now: dt.datetime) -> "QuerySet[Alarm]":
    """The alarms that the filters ``shown, severity, state, rule, q, from, to`` leave, the gravest and newest first."""
    found = seen(
        Alarm.objects.select_related(*RELATED),
        user,
        area,
    )
    match wanted.get("shown") or "open":
        case "open":
            found = found.exclude(state=AlarmState.CLOSED).filter(unshelved(now))
        case "new":
            found = found.exclude(state=AlarmState.CLOSED).filter(unshelved(now), acknowledged_at=None)
        case "acknowledged":
            found = found.filter(state=AlarmState.ACTIVE, acknowledged_at__isnull=False)
        case "shelved":
            found = found.exclude(state=AlarmState.CLOSED).filter(shelved_until__gt=now)
        case "closed":
            found = found.filter(state=AlarmState.CLOSED)
    severity = wanted.get("severity", "")
    if severity in {str(value) for value in Severity.values}:
        found = found.filter(severity=int(severity))
    rule = wanted.get("rule", "")
    if rule:
        found = found.filter(rule__code=rule[:60].replace("\0", ""))
    text = wanted.get("q", "").strip()[:80].replace("\0", "")
    if text:
        found = found.filter(
            Q(device__name__contains=text)
            | Q(device__mn__contains=text)
            | Q(rule__name__contains=text)
            | Q(organisation__name__contains=text)
            | Q(area__name__contains=text)
        )
    for name, lookup in (("from", "raised_at__date__gte"), ("to", "raised_at__date__lte")):
        try:
            day = dt.date.fromisoformat(wanted.get(name, ""))
        except ValueError:
            continue
        found = found.filter(**{lookup: day})
    if (wanted.get("shown") or "open") in ("closed", "all"):
        return found.order_by("-raised_at", "-pk")
    return found.order_by("severity", "-raised_at", "-pk")


def rules_with_alarms(user: Any, area: Any) -> list[tuple[str, str]]:
    """Code and name of the rules that have alarms in the area, for the desk's filter."""
    alarms = seen(Alarm.objects.filter(rule=OuterRef("pk")), user, area)
    return list(AlarmRule.objects.filter(Exists(alarms)).order_by("code").values_list("code", "name")[:200])


def alerts(user: Any, area: Any, day: dt.date | None = None) -> Iterable[Alert]:
    """The alarms of now that nobody has acknowledged, for the wall screen. A past day has none: they are a matter of now."""
    if day is not None and day < timezone.localdate():
        return
    now = timezone.now()
    rows = waiting(user, area, now).select_related("rule", "device", "area").order_by("severity", "-raised_at")
    for alarm in rows[:MOST_ALERTS]:
        mark = _("【模拟数据】") if alarm.simulated else ""
        text = f"{mark}{alarm.rule.name}：{alarm.device or alarm.area}"
        word = str(alarm.get_severity_display())
        yield Alert(LEVELS[Severity(alarm.severity)], text, reverse("alarm-page", args=[alarm.pk]), word)


def rule_panel(request: HttpRequest, rule: AlarmRule) -> Panel:
    """The rule's page: try it, and what it has raised."""
    area = getattr(request, "area", None)
    found = seen(Alarm.objects.filter(rule=rule), request.user, area)
    since = timezone.now() - dt.timedelta(days=30)
    return Panel(
        _("试算与近况"),
        "telemetry/alarms/rule_panel.html",
        {
            "rule": rule,
            "recent": found.filter(raised_at__gte=since).count(),
            "open": found.exclude(state=AlarmState.CLOSED).count(),
        },
    )


def channel_panel(request: HttpRequest, channel: AlarmChannel) -> Panel:
    """The channel's page: a message to try it, and what became of the last notices. What they say is about alarms that he who may open the
    channel may see: a channel's area lies in his."""
    return Panel(
        _("最近的通知"),
        "telemetry/alarms/channel_panel.html",
        {
            "channel": channel,
            "may_edit": may(request.user, Action.EDIT_ALARM_RULES),
            "notices": list(AlarmNotice.objects.filter(channel=channel)[:20]),
        },
    )
