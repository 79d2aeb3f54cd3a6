"""The list of the alarm desk."""

import datetime as dt
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.visibility import seen
from qiangqu.registry.roles import Action, may
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing

from ..factor_names import factor_name
from ..models import Point
from .models import Alarm, AlarmRule, AlarmState, Severity
from .present import COLOURS, RELATED, unshelved

SHOWN = {
    "open": gettext_lazy("未关闭"),
    "new": gettext_lazy("未确认"),
    "acknowledged": gettext_lazy("已确认，未恢复"),
    "shelved": gettext_lazy("搁置中"),
    "closed": gettext_lazy("已关闭"),
    "all": gettext_lazy("全部"),
}


def point_unit(point: Point) -> str:
    return point.unit or (point.factor.unit if point.factor else "")


def _rows(asked: Asked) -> Any:
    return seen(Alarm.objects.all(), asked.user, asked.area)


def _of_kind(rows: Any, shown: str) -> Any:
    now = timezone.now()
    match shown:
        case "open":
            return rows.exclude(state=AlarmState.CLOSED).filter(unshelved(now))
        case "new":
            return rows.exclude(state=AlarmState.CLOSED).filter(unshelved(now), acknowledged_at=None)
        case "acknowledged":
            return rows.filter(state=AlarmState.ACTIVE, acknowledged_at__isnull=False)
        case "shelved":
            return rows.exclude(state=AlarmState.CLOSED).filter(shelved_until__gt=now)
        case "closed":
            return rows.filter(state=AlarmState.CLOSED)
    return rows


def _rules(asked: Asked) -> list[tuple[str, str]]:
    """The rules that have alarms in the area; the one that is asked for, also without."""
    alarms = seen(Alarm.objects.filter(rule=OuterRef("pk")), asked.user, asked.area)
    found = list(AlarmRule.objects.filter(Exists(alarms)).order_by("code").values_list("code", "name")[:200])
    given = asked.params.get("rule", "").replace("\0", "")[:60]
    return found if given in {code for code, _name in found} else [*found, (given, given)]


def _filters(asked: Asked) -> lists.filters.Filters:
    return (
        lists.choice("shown", _("显示"), SHOWN.items(), how=_of_kind, default="open")
        | lists.choice("severity", _("级别"), Severity.choices)
        | lists.choice("rule", _("规则"), _rules(asked), field="rule__code")
        | lists.days("raised_at", _("报警时间"), moments=True, names=("from", "to"))
    )


def _order(asked: Asked) -> tuple[str, ...]:
    if asked.params.get("shown") in ("closed", "all"):
        return ("-raised_at", "-pk")
    return ("severity", "-raised_at", "-pk")


# ---------------------------------------------------------------- columns


def _where(row: Alarm) -> str:
    return " · ".join([*([str(row.organisation)] if row.organisation else []), row.area.short_name])


def _what(row: Alarm) -> str:
    if row.device is None:
        return ""
    more = _("等 %(n)s 个测点") % {"n": row.points_total} if row.points_total > 1 else ""
    return f"{factor_name(row.point)} {more}".strip()


def _state_colour(row: Alarm) -> str:
    if row.state == AlarmState.ACTIVE:
        return "amber" if row.acknowledged else "red"
    return "green" if row.state == AlarmState.CLEARED else "grey"


def _state_note(now: dt.datetime, row: Alarm) -> str:
    if row.shelved(now):
        return _("搁置至 %(at)s") % {"at": f"{timezone.localtime(row.shelved_until):%m-%d %H:%M}"}
    return _("已升级 %(n)s 次") % {"n": row.level} if row.level and not row.acknowledged else ""


def _acknowledged_note(row: Alarm) -> str:
    return f"{timezone.localtime(row.acknowledged_at):%m-%d %H:%M}" if row.acknowledged_at else ""


def _columns(asked: Asked) -> list[Column]:
    field = partial(lists.column, Alarm)
    now = timezone.now()
    made = [
        field("severity", badge=lambda row: COLOURS[Severity(row.severity)]),
        field("rule__name", label=_("报警"), role=lists.NAME, note=_where, width=30),
        field("device__name", label=_("设备"), note=_what, width=30,
              text=lambda row: row.device.name if row.device else _("多台设备")),
        field("device__mn", label="MN", shown=False, width=24),
        field("area", shown=False, width=24),
        field("organisation", shown=False, width=30),
        field("state", role=lists.STATE, badge=_state_colour, note=partial(_state_note, now)),
        field("raised_at", role=lists.DATE, note=lambda row: _("第 %(n)s 次") % {"n": row.times} if row.times > 1 else ""),
        field("cleared_at", shown=False),
        field("value", role=lists.VALUE, unit=lambda row: point_unit(row.point),
              link=lambda row: reverse("alarm-page", args=[row.pk])),
        field("limit"),
        Column("points", _("测点"), lambda row: row.points_total, text=lambda row: f"{row.points_on}/{row.points_total}",
               sort=("points_total",), number=True),
        field("times", shown=False),
        field("acknowledged_by", label=_("确认"), note=_acknowledged_note),
        field("acknowledged_at", shown=False),
        field("comment", shown=False, width=30),
        field("shelved_until", shown=False),
        field("shelved_why", shown=False, width=30),
    ]  # fmt: skip
    if may(asked.user, Action.HANDLE_ALARMS):
        picked: set[int] = getattr(asked.request, "picked", set())
        made.insert(0, lists.ticks("alarm", "alarm-act", picked))
    return made


ALARMS = Listing(
    code="alarms",
    page="alarms",
    title=gettext_lazy("报警台"),
    rows=_rows,
    columns=_columns,
    filters=_filters,
    search=("device__name", "device__mn", "rule__name", "organisation__name", "area__name"),
    search_label=gettext_lazy("设备、单位或规则"),
    order=_order,
    related=RELATED,
    link=lambda row: reverse("alarm-page", args=[row.pk]),
    simulated=lambda row: row.simulated,
    empty=gettext_lazy("没有这样的报警"),
    empty_icon="circle-check",
    template="telemetry/alarms/desk.html",
    rows_template="telemetry/alarms/rows.html",
    size=50,
    id="alarm",
)
