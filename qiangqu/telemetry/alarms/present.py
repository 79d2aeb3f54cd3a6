"""Alarms as pages show them: which the user sees, how they are filtered, what other parts' pages show of
them.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.terms import headed
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


def unshelved(now: dt.datetime) -> Q:
    return Q(shelved_until=None) | Q(shelved_until__lte=now)


def waiting(user: Any, area: Any, now: dt.datetime) -> "QuerySet[Alarm]":
    """Alarms that nobody has acknowledged yet, the shelved ones left out."""
    return seen(Alarm.objects.exclude(state=AlarmState.CLOSED).filter(unshelved(now), acknowledged_at=None), user, area)


def alerts(user: Any, area: Any, day: dt.date | None = None) -> Iterable[Alert]:
    """The alarms of now that nobody has acknowledged, for the wall screen. A past day has none: they are a
    matter of now.
    """
    if day is not None and day < timezone.localdate():
        return
    now = timezone.now()
    rows = waiting(user, area, now).select_related("rule", "device", "area").order_by("severity", "-raised_at")
    for alarm in rows[:MOST_ALERTS]:
        mark = _("【模拟数据】") if alarm.simulated else ""
        text = headed(f"{mark}{alarm.rule.name}", alarm.device or alarm.area)
        word = str(alarm.get_severity_display())
        yield Alert(LEVELS[Severity(alarm.severity)], text, reverse("alarm-page", args=[alarm.pk]), word)


def rule_panel(request: HttpRequest, rule: AlarmRule) -> Panel:
    """The rule's page: try it, and what it has raised."""
    area = getattr(request, "within", None)
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
    """The channel's page: a message to try it, and what became of the last notices. What they say is about
    alarms that he who may open the channel may see: a channel's area lies in his."""
    return Panel(
        _("最近的通知"),
        "telemetry/alarms/channel_panel.html",
        {
            "channel": channel,
            "may_edit": may(request.user, Action.EDIT_ALARM_RULES),
            "notices": list(AlarmNotice.objects.filter(channel=channel)[:20]),
        },
    )
