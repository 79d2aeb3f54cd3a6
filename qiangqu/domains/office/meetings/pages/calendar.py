"""The calendar of the signed-in person, his own events, and the feed for other programs."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action

from ...models import CalendarFeed
from .. import calendar as service
from ..forms import EventForm


def _month(text: str) -> dt.date:
    """The first day of a month written 2026-11; this month for anything else."""
    try:
        day = dt.date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        day = timezone.localdate().replace(day=1)
    return day if 1950 <= day.year <= 2200 else timezone.localdate().replace(day=1)


@require_GET
@require(Action.OFFICE)
def month(request: HttpRequest) -> HttpResponse:
    """A month as a grid (a list on a phone)."""
    first = _month(request.GET.get("month", ""))
    grid = service.weeks(first.year, first.month)
    begin, end = grid[0][0], grid[-1][-1]
    found = service.entries(request.user, begin, end)
    days = service.by_day(found, begin, end)
    context = {
        "first": first,
        "names": [date_format(day, "D") for day in grid[0]],
        "before": first - dt.timedelta(days=1),
        "after": first + dt.timedelta(days=32),
        "today": timezone.localdate(),
        "weeks": [[(day, day.month == first.month, days.get(day, [])) for day in week] for week in grid],
        "days": [(day, days[day]) for day in sorted(days) if day.month == first.month],
        "simulated": any(one.simulated for one in found),
        "feed": CalendarFeed.objects.filter(user=request.user.pk).first(),
        "token": request.session.pop("calendar_token", ""),
        "base": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "office/meetings/calendar.html", context)


@require_http_methods(["GET", "POST"])
@require(Action.OFFICE)
def event(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new event of one's own, or changing or deleting one."""
    user: Any = request.user
    one = service.event_for(user, pk) if pk is not None else None
    if one is not None and request.method == "POST" and request.POST.get("act") == "delete":
        service.delete_event(one, user)
        messages.success(request, _("已删除"))
        return redirect("calendar")
    form = EventForm(request.POST or None, instance=one)
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            saved = service.save_event(form.save(commit=False), user)
        except InputError as fault:
            error = str(fault)
        else:
            messages.success(request, _("已保存"))
            return redirect(f"/office/calendar/?month={timezone.localtime(saved.start):%Y-%m}")
    context = {"form": form, "event": one, "error": error}
    return render(request, "office/meetings/event.html", context, status=422 if error or form.errors else 200)


@require_POST
@require(Action.OFFICE)
def subscription(request: HttpRequest) -> HttpResponse:
    """Make (or renew) the secret address, or withdraw it."""
    if request.POST.get("act") == "end":
        service.end_feed(request.user)
        messages.success(request, _("订阅地址已停用"))
    else:
        # shown once, on the page that comes next
        request.session["calendar_token"] = service.make_feed(request.user)
    return redirect("calendar")


@require_GET
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The iCalendar feed: the address itself is the key."""
    try:
        user = service.owner_of(token)
    except NotFoundError:
        raise Http404 from None
    with translation.override("zh-hans"):
        data = service.feed_of(user, request.build_absolute_uri("/").rstrip("/"))
    return HttpResponse(
        data, content_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private, max-age=300"}
    )
