"""The situation 态势 of an event as a map draws it: where it is, how far people are kept away, whom it may hit, where help
is and comes from, what the log tells of places.
"""

from typing import Any

from .models import EmergencyEvent, PlaceKind, RequestState
from .nearest import shelters, threatened

MOST = 500


def situation_of(event: EmergencyEvent, user: Any) -> dict[str, Any]:
    """Points (longitude, latitude, kind, name, what is told) and lines of what is on its way."""
    points: list[dict[str, Any]] = [
        {"lon": event.lon, "lat": event.lat, "kind": "event", "name": event.title, "told": event.get_grade_display()}
    ]
    points += [
        {
            "lon": one.lon,
            "lat": one.lat,
            "kind": "hit",
            "name": one.name,
            "told": f"{one.get_kind_display()} · {one.people}",
        }
        for one, _far in threatened(event, user)[:MOST]
    ]
    places = list(shelters(user, event.happened_at.date())[:MOST])
    points += [
        {
            "lon": one.lon, "lat": one.lat, "name": one.name, "told": one.get_kind_display(),
            "kind": "shelter" if one.kind == PlaceKind.SHELTER else "medical",
        }
        for one in places
    ]  # fmt: skip
    lines = []
    states = (RequestState.ASKED, RequestState.HANDED)
    asked = event.requests.filter(state__in=states).select_related(
        "team__place", "equipment__place", "batch__place", "batch__item"
    )
    for one in asked:
        place = one.thing.place
        arrives = f" · {one.minutes:.0f} min" if one.minutes is not None else ""
        points.append({
            "lon": place.lon, "lat": place.lat, "kind": one.kind, "name": one.title,
            "told": f"{one.get_state_display()}{arrives}",
        })  # fmt: skip
        lines.append([[place.lon, place.lat], [event.lon, event.lat]])
    points += [
        {"lon": one.lon, "lat": one.lat, "kind": "entry", "name": one.text[:60], "told": one.get_kind_display()}
        for one in event.entries.exclude(lon=None)[:MOST]
    ]
    return {"event": [event.lon, event.lat], "radius": event.radius, "points": points, "lines": lines}
