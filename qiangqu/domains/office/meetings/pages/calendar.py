"""The calendar of the signed-in person, his own events, and the feed for other programs."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qiangqu.base.errors import NotFoundError
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.registry.showing import page
from qiangqu.ui.formpage import done, form_page
from qiangqu.ui.lists import Asked

from ...models.meetings import CalendarFeed
from .. import calendar as service
from ..forms import EventForm


@page("office/meetings/calendar.html", Action.OFFICE)
def month(asked: Asked) -> dict[str, Any]:
    """A month as a grid (a list on a phone)."""
    shown = service.month_of(asked.user, asked.params.get("month", ""))
    return {
        "month": shown,
        "names": [date_format(day, "D") for day in shown.grid[0]],
        "simulated": any(one.simulated for one in shown.entries),
        "feed": CalendarFeed.objects.filter(user=asked.user.pk).first(),
        "token": asked.request.session.pop("calendar_token", ""),
        "base": asked.request.build_absolute_uri("/").rstrip("/"),
    }


@require_http_methods(["GET", "POST"])
@require(Action.OFFICE)
def event(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new event of one's own, or changing or deleting one."""
    one = service.event_for(request.user, pk) if pk is not None else None
    if one is not None and request.method == "POST" and request.POST.get("act") == "delete":
        service.delete_event(one, request.user)
        return done(request, _("已删除"), "calendar")
    form = EventForm(request.POST or None, instance=one)

    def act() -> HttpResponse:
        saved = service.save_event(form.save(commit=False), request.user)
        return done(request, _("已保存"), f"{reverse('calendar')}?month={timezone.localtime(saved.start):%Y-%m}")

    return form_page(request, "office/meetings/event.html", act, lambda: {"event": one}, form=form)


@require_POST
@require(Action.OFFICE)
def subscription(request: HttpRequest) -> HttpResponse:
    """Make (or renew) the secret address, or withdraw it."""
    if request.POST.get("act") == "end":
        service.end_feed(request.user)
        return done(request, _("订阅地址已停用"), "calendar")
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
