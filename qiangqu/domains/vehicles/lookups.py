"""What vehicles add to the pages of others, and to their own record page."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.visibility import visible
from qiangqu.registry.models.history import alive_on
from qiangqu.registry.roles import Action, may
from qiangqu.ui.registers import Panel

from .fences import applies
from .looking import looks
from .models import Fence, Passage, Vehicle
from .papers import MISSING, missing, papers_of, trip_at

LISTED = 15


def way_of(request: HttpRequest, vehicle: Any) -> Panel:
    """The way to a vehicle's way, its papers now, the fences that it is judged by, its latest crossings."""
    now = timezone.now()
    papers = papers_of([vehicle], now)
    crossings = Passage.objects.filter(vehicle=vehicle).select_related("fence").order_by("-at", "-pk")[:LISTED]
    in_force = alive_on(Fence.objects.all(), timezone.localdate(now)).select_related("area").order_by("kind", "name")
    fences = [fence for fence in in_force if applies(fence, vehicle)]
    named = {fence.pk for fence in fences} | {one.fence_id for one in crossings}
    opened = visible(Fence.objects.filter(pk__in=named), request.user, Action.VEHICLES)
    context = {
        "fences": fences,
        # whoever carries is judged by the fences of the zone, and knows them, but does not open its register
        "may_open": set(opened.values_list("pk", flat=True)),
        "vehicle": vehicle,
        "missing": [MISSING[code] for code in missing(vehicle, papers, now)],
        "trip": trip_at(papers.trips.get(vehicle.pk, ()), now),
        "crossings": [(one, dt.datetime.fromtimestamp(one.at / 1000, dt.UTC)) for one in crossings],
    }  # fmt: skip
    return Panel(_("在途情况"), "vehicles/panel.html", context)


def looks_of(request: HttpRequest, vehicle: Any) -> Panel:
    """Who has looked at a vehicle's way."""
    return Panel(_("轨迹查看记录"), "vehicles/looks.html", {"looks": looks(request.user, vehicle)})


def vehicles_of(request: HttpRequest, organisation: Any) -> Panel | None:
    """An organisation's vehicles on its page."""
    if not may(request.user, Action.VEHICLES):
        return None
    rows = visible(Vehicle.objects.filter(organisation=organisation), request.user, Action.VEHICLES)
    found = list(alive_on(rows, timezone.localdate())[:LISTED])
    return Panel(_("危险货物车辆"), "vehicles/firm.html", {"vehicles": found}) if found else None
