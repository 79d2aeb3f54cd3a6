"""The alarm desk 报警台: what is on, acts on it, one alarm with its chart and its story, Excel."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from qiangqu.base.errors import InputError, NotFoundError, QiangquError
from qiangqu.base.numbers import natural
from qiangqu.base.visibility import visible
from qiangqu.lake.telemetry_read import chart, milliseconds
from qiangqu.registry.access import require
from qiangqu.registry.models import Role
from qiangqu.registry.roles import Action, may
from qiangqu.ui import lists
from qiangqu.ui.formpage import answered

from ..alarms import handle, present
from ..alarms.listing import ALARMS, point_unit
from ..alarms.models import Alarm, AlarmEvent, AlarmPoint, AlarmRun, AlarmState, EventKind, Severity

LATE = dt.timedelta(minutes=5)  # the evaluator has stopped when its last pass is older
SHELVINGS = (1, 4, 8, 24, 72, 168)  # hours


def _colour(alarm: Alarm) -> str:
    return present.COLOURS[Severity(alarm.severity)]


@require_GET
@require()
def desk(request: HttpRequest) -> HttpResponse:
    """The desk; htmx asks for its rows alone every few seconds, and says which are ticked."""
    user, area, now = request.user, request.within, timezone.now()  # type: ignore[attr-defined]
    ticked = request.GET.getlist("alarm")[: handle.MOST_AT_ONCE]
    request.picked = {number for text in ticked if (number := natural(text)) is not None}  # type: ignore[attr-defined]
    # ticks are no part of what the list is asked for: no link and no later question carries them
    plain = request.GET.copy()
    plain.pop("alarm", None)
    request.GET = plain  # type: ignore[assignment]
    run = AlarmRun.objects.filter(pk=1).first()
    context: dict[str, Any] = {
        "here": f"{request.path}?{plain.urlencode()}" if plain else request.path,
        "run": run,
        "late": run is None or now - run.at > LATE,
        "may_handle": may(user, Action.HANDLE_ALARMS),
        "may_edit": may(user, Action.EDIT_ALARM_RULES),
        "counts": _counts(user, area, now),
        "shelvings": SHELVINGS,
    }
    return lists.show(request, ALARMS, context)


def _counts(user: Any, area: Any, now: dt.datetime) -> list[tuple[str, str, int]]:
    """Unacknowledged alarms by severity: word, colour, number."""
    rows = present.waiting(user, area, now).order_by().values_list("severity").annotate(n=Count("pk"))
    found = dict(rows)
    return [(str(one.label), present.COLOURS[one], found.get(one.value, 0)) for one in Severity]


@require_GET
@require()
def counter(request: HttpRequest) -> HttpResponse:
    """The counter in the page head: unacknowledged alarms of the user's whole area."""
    user: Any = request.user
    rows = present.waiting(user, None, timezone.now()).order_by().values_list("severity").annotate(n=Count("pk"))
    found = dict(rows)
    grave = any(severity <= Severity.MAJOR for severity in found)
    return render(request, "telemetry/alarms/counter.html", {"count": sum(found.values()), "grave": grave})


def _back(request: HttpRequest) -> HttpResponse:
    """Where the form was: the desk with its filters, or an alarm's page."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, None):
        return redirect(target)
    return redirect("alarms")


@require_POST
@require(Action.HANDLE_ALARMS)
def act(request: HttpRequest) -> HttpResponse:
    """Do something with the alarms that were ticked (or with the one whose page it is)."""
    sent = request.POST.getlist("alarm")[: handle.MOST_AT_ONCE + 1]
    keys = [number for text in sent if (number := natural(text)) is not None]
    if len(keys) < len(sent):
        raise InputError(_("报警编号应为数字"), where="alarm")
    user, text = request.user, request.POST.get("text", "")

    def act() -> HttpResponse:
        match request.POST.get("act", ""):
            case "acknowledge":
                said = _("已确认 %(n)s 条报警") % {"n": handle.acknowledge(user, keys, text)}
            case "shelve":
                said = _("已搁置 %(n)s 条报警") % {"n": handle.shelve(user, keys, _until(request), text)}
            case "unshelve":
                said = _("已取消搁置 %(n)s 条报警") % {"n": handle.unshelve(user, keys)}
            case "close":
                said = _("已关闭 %(n)s 条报警") % {"n": handle.close(user, keys, text)}
            case "comment":
                if len(keys) != 1:
                    raise InputError(_("说明一次只能写给一条报警"))
                handle.comment_on(user, keys[0], text)
                said = _("说明已登记")
            case _other:
                raise InputError(_("没有这种操作"), where="act")
        messages.success(request, said)
        return _back(request)

    def refused(fault: QiangquError) -> HttpResponse:
        messages.error(request, str(fault.message))
        return _back(request)

    return answered(act, refused)


def _until(request: HttpRequest) -> dt.datetime:
    hours = request.POST.get("hours", "")
    if natural(hours, most=24 * 30, least=1) is not None:
        return timezone.now() + dt.timedelta(hours=int(hours))
    try:
        return timezone.make_aware(dt.datetime.fromisoformat(request.POST.get("until", "")[:19]).replace(tzinfo=None))
    except (ValueError, OverflowError):
        raise InputError(_("请选择搁置到什么时候"), where="until") from None


def alarm_of(user: Any, pk: int) -> Alarm:
    """Raises NotFoundError for one that does not exist or that the user may not see."""
    found = (
        visible(
            Alarm.objects.select_related(
                "rule__area", "device__area", "area", "organisation", "point__factor", "acknowledged_by", "shelved_by"
            ),
            user,
        )
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError(_("没有这条报警，或它不在您的管辖范围内"), where=str(pk)[:20])
    return found


@require_GET
@require()
def alarm(request: HttpRequest, pk: int) -> HttpResponse:
    """One alarm: facts, points, chart, story, notices, and what may be done now."""
    user, now = request.user, timezone.now()
    one = alarm_of(user, pk)
    may_handle = may(user, Action.HANDLE_ALARMS, one.place.path)
    points = list(
        visible(AlarmPoint.objects.filter(alarm=one), user)
        .select_related("point__factor", "point__device")
        .order_by("raised", "pk")[:500]
    )
    wanted = request.GET.get("point", "")
    chosen = next((row for row in points if str(row.point_id) == wanted), points[0] if points else None)
    events = [(event, _event_text(event)) for event in one.events.select_related("user")]
    context = {
        "one": one,
        "colour": _colour(one),
        "shelved": one.shelved(now),
        "points": [(row, _moment(row.raised), _moment(row.cleared)) for row in points],
        "chosen": chosen,
        "chart": _chart(one, [row for row in points if row.point_id == chosen.point_id], now) if chosen else None,
        "events": events,
        "notices": list(one.notices.select_related("user", "channel")[:50]) if may_handle else [],
        "may_handle": may_handle,
        "rule_visible": may(user, Action.EDIT_ALARM_RULES, one.rule.area.path),
        "simulated": one.simulated,
        "shelvings": SHELVINGS,
        "states": AlarmState,
    }
    return render(request, "telemetry/alarms/alarm.html", context)


def _event_text(event: AlarmEvent) -> str:
    """What an event says, in the reader's language where the program wrote it."""
    if event.kind == EventKind.ESCALATED:
        return str(dict(Role.choices).get(event.text, event.text))
    if event.kind in (EventKind.RAISED, EventKind.JOINED, EventKind.AGAIN):
        return _("%(n)s 个测点") % {"n": event.text}
    if event.kind == EventKind.CLOSED and event.user is None:
        return _("已确认并恢复")
    return event.text


def _moment(ms: int | None) -> dt.datetime | None:
    return None if ms is None else dt.datetime.fromtimestamp(ms / 1000, dt.UTC)


def _chart(one: Alarm, times: list[AlarmPoint], now: dt.datetime) -> dict[str, Any]:
    """A point from well before the alarm to well after it, with the limit and the times that the point was on
    drawn over.
    """
    row = times[0]
    begin = milliseconds(one.began_at)
    end = milliseconds(one.cleared_at or now)
    margin = min(max((end - begin) // 3, 3_600_000), 86_400_000)
    first, last = begin - margin, min(end + margin, milliseconds(now) + 60_000)
    table, width = chart(first, last, [row.point_id], 300)
    x: list[str] = []
    values: list[float | None] = []
    during: list[float | None] = []
    long = last - first > 20 * 3_600_000
    previous: int | None = None
    lines = table.to_pylist()
    end_of_time = milliseconds(now)
    for at, line in enumerate(lines):
        if previous is not None and line["time"] - previous > max(20 * width, 1_800_000):
            x.append("")  # a gap in the data is a gap in the line
            values.append(None)
            during.append(None)
        previous = line["time"]
        local = timezone.localtime(dt.datetime.fromtimestamp(line["time"] / 1000, dt.UTC))
        x.append(local.strftime("%m-%d %H:%M" if long else "%H:%M:%S"))
        values.append(line["mean"])
        # a value stands until the next one comes: the alarm begins in the value that was the latest then
        stands = lines[at + 1]["time"] if at + 1 < len(lines) else end_of_time + 1
        inside = any(stands > each.began and line["time"] < (each.cleared or end_of_time) for each in times)
        during.append(line["mean"] if inside else None)
    series: list[dict[str, Any]] = [{"name": _("数值"), "values": values}, {"name": _("报警期间"), "values": during}]
    if row.limit is not None and x:
        series.append({"name": _("限值"), "values": [row.limit] * len(x), "dashed": True})
    return {"x": x, "series": series, "unit": point_unit(row.point), "simulated": one.simulated}
