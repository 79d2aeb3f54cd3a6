"""The devices of a zone now: states, latest values, where they stand. The part that changes is asked for again every few seconds."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action, may
from qiangqu.ui.sketch import sketch

from ..health import STATE_WORDS, State
from ..models import UnknownDevice
from ..reading import counted, devices_of, live, search, states

PER_PAGE = 20
MOST_MARKS = 200
SECONDS = 5  # between two questions of an open page


def _now(request: Any) -> dict[str, Any]:
    user, now = request.user, timezone.now()
    devices = search(devices_of(user, request.area), request.GET.get("q", "").strip())
    by_id = states(devices, now)
    wanted = request.GET.get("state", "")
    shown = devices
    if wanted in State.__members__.values():
        shown = devices.filter(pk__in=[pk for pk, state in by_id.items() if state == wanted])
    page = Paginator(shown.select_related("area", "organisation").order_by("name", "mn"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    placed = list(shown.exclude(lon=None).exclude(lat=None).order_by("mn")[:MOST_MARKS])
    counts = counted(by_id.values())
    return {
        "rows": live(list(page), now),
        "paging": page,
        "total": len(by_id),
        "figures": [(state, STATE_WORDS[state], counts[state]) for state in State],
        "wanted": wanted,
        "sketch": sketch([(device, by_id[device.pk]) for device in placed]),
        "states": STATE_WORDS,
        "simulated": any(device.simulated for device in page),
        "now": now,
        "seconds": SECONDS,
        "unknown": UnknownDevice.objects.count() if may(user, Action.EDIT_REGISTERS) else None,
    }


@require_GET
@require()
def overview(request: HttpRequest) -> HttpResponse:
    """The whole page."""
    return render(request, "telemetry/overview.html", _now(request))


@require_GET
@require()
def live_part(request: HttpRequest) -> HttpResponse:
    """What changes on the overview, for htmx."""
    return render(request, "telemetry/live.html", _now(request))
