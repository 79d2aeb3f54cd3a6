"""Pages of events: opening one, its page with the acts, the map, the report; and of requests for resources."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from qiangqu.base.visibility import covers, reach, visible, within
from qiangqu.records.asking import sent_files
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.access import home, require
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.roles import Action
from qiangqu.ui.files import download
from qiangqu.ui.formpage import form_page

from ..access import EVENT_FOUND, REQUEST_FOUND, gives, is_called
from ..forms import EventForm
from ..handling import EVENTS, closing, open_event
from ..handling.logbook import BY_HAND, checklist
from ..handling.resources import REQUESTS
from ..models import Answer, EmergencyEvent, EmergencyPlan, EntryKind, EventState, Grade, RequestState, ResourceRequest
from ..nearest import SHOWN, Surroundings, around, threatened
from ..report import word
from ..situation import situation_of


def requests_of(event: EmergencyEvent) -> list[ResourceRequest]:
    """What the event asked for, in order."""
    related = (
        "team__place__area",
        "equipment__place__area",
        "batch__place__area",
        "batch__item",
        "handed_by",
        "asked_by",
    )
    return list(event.requests.select_related(*related).order_by("number"))


def about(event: EmergencyEvent, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of an event shows."""
    calls = list(event.calls.select_related("user", "entered_by"))
    requests = requests_of(event)
    near = around(event, user) if may["request_resource"] else None
    hit = threatened(event, user)
    return {
        "event": event,
        "calls": calls,
        "own": next((one for one in calls if one.user_id == user.pk), None),
        "silent": sum(one.answer == Answer.NONE for one in calls),
        "entries": list(event.entries.select_related("by").order_by("-happened_at", "-id")[:300]),
        "steps": checklist(event),
        "requests": [(one, gives(user, one)) for one in requests],
        "near": _cut(near),
        "basis": near.basis if near is not None else next((one.basis for one in requests), ""),
        "hit": hit[:30],
        "hit_many": len(hit),
        "hit_people": sum(one.people for one, _far in hit),
        "files": list(event.files.filter(removed_at=None).select_related("by")),
        "findings": closing.findings_of(event, user),
        "units": list(closing.units()[:500]) if may["find"] else [],
        "grades": Grade.choices,
        "kinds": [(kind.value, kind.label) for kind in BY_HAND if kind != EntryKind.STEP],
        "answers": [one for one in Answer.choices if one[0] != Answer.NONE],
        "may_supervise": covers(user, event.area.path, Action.SUPERVISE_CASES),
        "now": timezone.localtime(),
    }


def _cut(near: Surroundings | None) -> list[tuple[str, Any, int]]:
    """What is near by kind: a heading, the nearest, how many more there are."""
    if near is None:
        return []
    lists = (
        (_("队伍"), near.teams),
        (_("装备"), near.equipment),
        (_("物资"), near.supplies),
        (_("避难和救护"), near.shelters),
    )
    return [(heading, rows[:SHOWN], max(0, len(rows) - SHOWN)) for heading, rows in lists]


EVENT = RecordPage(of=EVENT_FOUND, acts=EVENTS, action=Action.EMERGENCY, template="emergency/event.html", context=about)


@require_http_methods(["GET", "POST"])
@require(Action.COMMAND_EMERGENCY)
def new(request: HttpRequest) -> HttpResponse:
    """Opening an event."""
    user: Any = request.user
    area = home(user, Action.COMMAND_EMERGENCY)
    if area is None:
        raise PermissionDenied
    areas = Area.objects.filter(within("path", reach(user, Action.COMMAND_EMERGENCY))).order_by("path")
    offered = {
        "area": areas,
        "plan": visible(EmergencyPlan.objects.filter(valid_to=None), user).order_by("name"),
        "organisation": visible(Organisation.objects.filter(valid_to=None), user).order_by("name")[:2000],
    }
    first = {"area": area.pk, "lon": area.lon, "lat": area.lat}
    form = EventForm(request.POST or None, offered=offered, initial=first)

    def act() -> HttpResponse:
        made = open_event(form.save(commit=False), user, sent_files(request))
        return redirect("emergency-event", pk=made.pk)

    context = {"heading": _("登记突发事件"), "list_page": "emergency-events", "page": "emergency-event"}
    return form_page(request, "emergency/event_form.html", act, lambda: context, form=form)


@require_GET
@require(Action.EMERGENCY)
def event_map(request: HttpRequest, pk: int) -> HttpResponse:
    """The situation, for the map."""
    event = EVENT_FOUND.one(request.user, pk)
    return JsonResponse(situation_of(event, request.user), headers={"Cache-Control": "private, no-store"})


@require_GET
@require(Action.EMERGENCY)
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The report as a Word file."""
    event = EVENT_FOUND.one(request.user, pk)
    mime = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return download(word(event, request.user), f"{event.number} {_('情况报告')}.docx", mime)


def about_request(one: ResourceRequest, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a request shows."""
    sees_event = visible(EmergencyEvent.objects.filter(pk=one.event_id), user).exists()
    return {
        "record": one,
        "sees_event": sees_event,
        "place": one.thing.place,
        "open": one.event.state == EventState.OPEN and one.state == RequestState.ASKED,
        "called": is_called(user, one.event),
    }


REQUEST = RecordPage(
    of=REQUEST_FOUND, acts=REQUESTS, action=Action.EMERGENCY, template="emergency/request.html", context=about_request
)
