"""A rule tried on history before it is switched on; a channel tried with a message."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from qiangqu.base.errors import InputError, NotFoundError, QiangquError
from qiangqu.base.visibility import visible
from qiangqu.lake.telemetry_read import milliseconds
from qiangqu.messaging.sending import deliver
from qiangqu.registry import audit
from qiangqu.registry.access import require
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action
from qiangqu.ui.registers.forms import style

from ..alarms.models import AlarmChannel, AlarmRule
from ..alarms.tryout import Tried, try_rule
from ..models import Point

MOST_DAYS = 90
MOST_POINTS = 300
MOST_MOMENTS = 3_000_000
LISTED = 100
FIELDS = (
    "condition", "clear_condition", "limit", "factors", "intervals", "statistics", "devices", "delay_on", "delay_off", "grouping",
)  # fmt: skip


class TryForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is tried: the parts of a rule that decide when it fires, and how many days back."""

    days = forms.IntegerField(label=gettext_lazy("最近多少天"), min_value=1, max_value=MOST_DAYS)
    field_order = ["days"]

    class Meta:
        model = AlarmRule
        fields = list(FIELDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("delay_on", "delay_off", "grouping"):
            self.fields[name].required = False
        style(self)


@require_GET
@require(Action.EDIT_ALARM_RULES)
def try_out(request: HttpRequest) -> HttpResponse:
    """The form, filled from ``rule`` when one is named; with ``days`` the result below it."""
    user: Any = request.user
    rule = None
    code = request.GET.get("rule", "")
    if code:
        rule = (
            visible(AlarmRule.objects.select_related("area"), user, Action.EDIT_ALARM_RULES)
            .filter(code=code[:60].replace("\0", ""))
            .first()
        )
        if rule is None:
            raise NotFoundError(_("没有这条规则，或它不在您的管辖范围内"), where=code[:60])
    area: Area | None = rule.area if rule else request.area  # type: ignore[attr-defined]
    if area is None:
        raise InputError(_("请先选择一个区域"))
    # a rule is tried as it stands unless the form says otherwise
    asked = "condition" in request.GET
    initial = (
        {name: getattr(rule, name) for name in FIELDS}
        if rule
        else {"delay_on": 0, "delay_off": 0, "grouping": "device"}
    )
    days = request.GET.get("days", "") or "7"
    if asked or "days" in request.GET:
        data = {**{k: "" if v is None else v for k, v in initial.items()}, "days": days}
        if asked:
            data |= {name: request.GET.get(name, "") for name in FIELDS}
        form = TryForm(data, instance=AlarmRule(area=area))
    else:
        form = TryForm(instance=AlarmRule(area=area), initial=initial | {"days": 7})
    tried: Tried | None = None
    if form.is_bound and form.is_valid():
        trial: AlarmRule = form.save(commit=False)
        trial.area = area
        trial.delay_on, trial.delay_off = trial.delay_on or 0, trial.delay_off or 0
        end = milliseconds(timezone.now())
        start = end - form.cleaned_data["days"] * 86_400_000
        seen = visible(Point.objects.all(), user)
        tried = try_rule(trial, start, end, seen, most_points=MOST_POINTS, most_moments=MOST_MOMENTS)
    context: dict[str, Any] = {"form": form, "rule": rule, "place": area, "tried": tried}
    if tried is not None:
        context |= _shown(tried, form.cleaned_data["days"])
    return render(request, "telemetry/alarms/try.html", context, status=422 if form.errors else 200)


@require_POST
@require(Action.EDIT_ALARM_RULES)
def test_channel(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a message that says that it is a test, and tell what the robot answered."""
    channel = (
        visible(AlarmChannel.objects.select_related("area"), request.user, Action.EDIT_ALARM_RULES)
        .filter(pk=pk)
        .first()
    )
    if channel is None:
        raise NotFoundError(_("没有这个通知渠道，或它不在您的管辖范围内"), where=str(pk)[:20])
    subject = f"[{_('强区')}] {_('测试消息')}"
    body = _("%(user)s 在检查通知渠道“%(name)s”，没有报警。") % {"user": str(request.user), "name": channel.name}
    try:
        outcome = deliver(channel.kind, channel.url, subject, body, channel.secret)
        messages.success(request, _("已发出，对方答复：%(outcome)s") % {"outcome": outcome})
    except QiangquError as error:
        outcome = str(error)
        messages.error(request, outcome)
    audit.record(
        request.user, "alarm_channel_tested", object_type="alarmchannel", object_id=channel.pk, area_path=channel.area.path,
        detail={"outcome": outcome[:200]},
    )  # fmt: skip
    return redirect("alarm-channels-detail", pk=pk)


def _shown(tried: Tried, days: int) -> dict[str, Any]:
    """The chart of alarms a day and the newest ones with their points."""
    today = timezone.localdate()
    span = [today - dt.timedelta(days=n) for n in range(days, -1, -1)]
    listed = tried.fired[:LISTED]
    points = {
        point.pk: point
        for point in Point.objects.filter(pk__in={one.point for one in listed}).select_related("device", "factor")
    }
    rows = [
        {
            "point": points[one.point],
            "raised": dt.datetime.fromtimestamp(one.episode.raised / 1000, dt.UTC),
            "cleared": None
            if one.episode.cleared is None
            else dt.datetime.fromtimestamp(one.episode.cleared / 1000, dt.UTC),
            "minutes": None if one.episode.cleared is None else (one.episode.cleared - one.episode.raised) / 60_000,
            "value": one.episode.value,
            "lowest": one.episode.lowest,
            "highest": one.episode.highest,
        }
        for one in listed
    ]
    chart = {
        "x": [day.strftime("%m-%d") for day in span],
        "series": [{"name": _("报警次数"), "values": [float(tried.by_day.get(day, 0)) for day in span]}],
        "unit": _("次"),
        "decimals": 0,
        "simulated": tried.simulated,
    }
    return {
        "rows": rows,
        "more": len(tried.fired) - len(listed),
        "chart": chart,
        "per_day": tried.alarms / days,
        "simulated": tried.simulated,
        "worst": max(tried.by_day.values(), default=0),
    }
