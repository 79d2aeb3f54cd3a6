"""The map of parcels: its page, tiles and colours; and the page of one parcel."""

import datetime as dt
from typing import Any

from django.db.models import Max, Min, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from qiangqu.base.visibility import seen, visible
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.access import require
from qiangqu.registry.models import Parcel
from qiangqu.registry.models.history import alive_on
from qiangqu.registry.roles import Action, may
from qiangqu.registry.showing import page

from ..colouring import colouring, told, ways
from ..evidence import evidence_on
from ..idle import rule
from ..models import Boundary, Clue, EvidenceKind, EvidenceShows
from ..outlines import on_day
from ..parcels import FOUND, PARCELS, about, around
from ..supplying import supply_of
from ..tiles import tile
from .promises import promises_of


def use_of(one: Parcel, user: Any) -> dict[str, Any]:
    """What the page of a parcel shows of its supply and use."""
    clues = list(visible(Clue.objects.filter(parcel=one), user))
    for clue in clues:
        clue.title = rule(clue.rule)["title"]  # type: ignore[attr-defined]
    return {
        "supply": supply_of(one),
        "promises": promises_of(user, one),
        "clues": clues,
        "evidence": evidence_on(user, one),
        "evidence_kinds": EvidenceKind.choices,
        "evidence_shows": EvidenceShows.choices,
    }


PARCEL = RecordPage(
    of=FOUND,
    acts=PARCELS,
    action=Action.VIEW,
    template="land/parcel.html",
    context=lambda one, user, may: {"record": one} | about(one, user, may) | use_of(one, user),
)


def _day(request: Any) -> tuple[dt.date, bool]:
    """The day that is shown, and whether it is a past one."""
    return request.as_of or timezone.localdate(), request.as_of is not None


@page("land/map.html")
def land_map(asked: Any) -> dict[str, Any]:
    """All parcels on the map, coloured by what is chosen."""
    user, day = asked.user, asked.today
    rows = on_day(seen(Boundary.objects.all(), user, asked.area), day)
    extent = rows.aggregate(west=Min("west"), south=Min("south"), east=Max("east"), north=Max("north"))
    parcels = alive_on(seen(Parcel.objects.all(), user, asked.area), day)
    drawn = rows.filter(parcel__isnull=False)
    by = asked.params.get("by", "status")
    offered = ways(user)
    return {
        "bounds": list(extent.values()) if extent["west"] is not None else None,
        "ways": offered,
        "by": by if by in dict(offered) else "status",
        "many": parcels.count(),
        "drawn": drawn.values("parcel").distinct().count(),
        "simulated": drawn.filter(simulated=True).exists(),
        "may_import": may(user, Action.EDIT_LAND, asked.area.path if asked.area else ""),
    }


@require_GET
@require(Action.VIEW)
def land_tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """One tile of the map."""
    data = tile(request.user, z, x, y, *_day(request))
    response = HttpResponse(data, content_type="application/vnd.mapbox-vector-tile")
    # what one user may see is kept by no cache; the map itself keeps what it has drawn
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_GET
@require(Action.VIEW)
def land_colours(request: Any) -> JsonResponse:
    """Of each parcel its colour and what is told of it."""
    found = colouring(request.user, request.within, request.GET.get("by", "status"), *_day(request))
    return JsonResponse(told(found), headers={"Cache-Control": "private, no-store"})


@require_GET
@require(Action.VIEW)
def parcel_around(request: Any, pk: int) -> JsonResponse:
    """A parcel's outline with its neighbours'."""
    one = FOUND.one(request.user, pk)
    return JsonResponse(around(request.user, one, _day(request)[0]), headers={"Cache-Control": "private, no-store"})


@require_GET
@require(Action.VIEW)
def land_find(request: Any) -> JsonResponse:
    """Where the parcel with a code, or of a holder, lies: its extent, nothing for one that is not seen or has no
    outline."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:40]
    rows = on_day(seen(Boundary.objects.filter(parcel__isnull=False), request.user, request.within), _day(request)[0])
    found = rows.filter(Q(parcel__code__contains=words) | Q(parcel__holder__name__contains=words)).defer("shape")
    one = found.order_by("parcel__code").first() if words else None
    return JsonResponse({"bounds": [one.west, one.south, one.east, one.north]} if one is not None else {})
