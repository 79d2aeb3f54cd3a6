"""The map of vehicles, one vehicle's way over a day."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.registry.showing import page

from .looking import fences_drawn, looked_at, looks, where
from .models import Vehicle
from .papers import MISSING

PRIVATE = {"Cache-Control": "private, no-store"}
LONGEST_PAST = dt.timedelta(days=1096)


def _vehicle(user: Any, pk: int) -> Vehicle:
    found = visible(Vehicle.objects.filter(pk=pk), user, Action.VEHICLES).select_related("area", "device").first()
    if found is None:
        raise NotFoundError(_("没有这辆车，或它不在您的管辖范围内"), where=str(pk))
    return found


def _day(text: str) -> dt.date:
    """The day that is asked for, today without one. Raises InputError."""
    today = timezone.localdate()
    try:
        day = dt.date.fromisoformat(text) if text else today
    except ValueError:
        raise InputError(_("日期应写成 2026-12-01"), where="day") from None
    if not today - LONGEST_PAST <= day <= today:
        raise InputError(_("只能查看近三年的轨迹"), where="day")
    return day


@page("vehicles/map.html", Action.VEHICLES)
def vehicle_map(asked: Any) -> dict[str, Any]:
    """All vehicles where they are."""
    vehicles = where(asked.user, asked.area)
    return {"vehicles": vehicles, "missing": MISSING, "simulated": any(one["simulated"] for one in vehicles)}


@require_GET
@require(Action.VEHICLES)
def vehicles_now(request: Any) -> JsonResponse:
    """The latest positions, for the map that is open."""
    return JsonResponse({"vehicles": where(request.user, request.within)}, headers=PRIVATE)


@require_GET
@require(Action.VEHICLES)
def fence_shapes(request: Any) -> JsonResponse:
    return JsonResponse(fences_drawn(request.user), headers=PRIVATE)


@page("vehicles/track.html", Action.VEHICLES)
def vehicle_track(asked: Any, pk: int) -> dict[str, Any]:
    """The page of one vehicle's way; the way itself is asked for by its map."""
    vehicle = _vehicle(asked.user, pk)
    day = _day(asked.params.get("day", ""))
    return {
        "vehicle": vehicle,
        "day": day,
        "today": timezone.localdate(),
        "looks": looks(asked.user, vehicle),
    }


@require_GET
@require(Action.VEHICLES)
def vehicle_way(request: HttpRequest, pk: int) -> JsonResponse:
    """The way of a day as GeoJSON; that it was looked at is recorded first."""
    vehicle = _vehicle(request.user, pk)
    return JsonResponse(looked_at(request.user, vehicle, _day(request.GET.get("day", ""))), headers=PRIVATE)
