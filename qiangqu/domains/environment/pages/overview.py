"""The overview of a zone: sketch, live values, air quality now."""

from collections import defaultdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from qiangqu.base.visibility import seen
from qiangqu.registry.access import require
from qiangqu.ui.sketch import sketch

from ..models import Channel, Exceedance, ExceedanceState, Outlet, Station, StationKind
from ..queries import Reading, readings_now
from ..results import current_air
from .asked import scoped, today_of

MOST_PLACES = 120


@require_GET
@require()
def overview(request: HttpRequest) -> HttpResponse:
    """Stations and outlets of the area with what they report now."""
    user, area = scoped(request)
    day = today_of(request)
    stations = list(seen(Station.objects.select_related("area"), user, area)[:MOST_PLACES])
    outlets = list(seen(Outlet.objects.select_related("enterprise"), user, area)[:MOST_PLACES])
    channels = list(Channel.objects.filter(station__in=stations).select_related("station")) + list(
        Channel.objects.filter(outlet__in=outlets).select_related("outlet")
    )
    by_place: dict[Any, list[Reading]] = defaultdict(list)
    for one in readings_now(channels, day):
        by_place[one.channel.place].append(one)
    air = current_air([c for c in channels if c.station and c.station.kind == StationKind.AMBIENT], timezone.now())
    rows: list[dict[str, Any]] = [
        {
            "place": s,
            "air": air.get(s.pk, (None, None))[1],
            "hour": air.get(s.pk, (None, None))[0],
            "readings": by_place[s],
        }
        for s in stations
    ]
    sources: list[dict[str, Any]] = [
        {"place": o, "readings": by_place[o], "over": any(r.over for r in by_place[o])} for o in outlets
    ]
    open_ones = seen(Exceedance.objects.filter(state=ExceedanceState.OPEN), user, area)
    context = {
        "stations": rows,
        "outlets": sources,
        "sketch": sketch([(row["place"], row) for row in (*rows, *sources)]),
        "open_exceedances": open_ones.count(),
        "over_now": sum(bool(row["over"]) for row in sources),
        "simulated": any(p.simulated for p in (*stations, *outlets)),
        "shown_area": area or request.area,  # type: ignore[attr-defined]
        "worst": max(
            (row["air"] for row in rows if row["air"] and row["air"].aqi is not None), key=lambda a: a.aqi, default=None
        ),
    }
    return render(request, "environment/overview.html", context)
