"""What is nearest with stock 就近可用资源: teams that are free, equipment that is in order, supplies that are there and
have not expired, each with the minutes until it arrives.
"""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.visibility import visible

from .models import (
    EmergencyEquipment,
    EmergencyEvent,
    EmergencyPlace,
    EquipmentState,
    PlaceKind,
    ProtectedPoint,
    RequestKind,
    RequestState,
    RescueTeam,
    ResourceRequest,
    SupplyBatch,
)
from .roads.graph import metres
from .roads.travel import Travel, travel
from .stock import usable, with_stock

LOADING = 10  # minutes from a call to a depot until it is loaded
SHOWN = 6  # of each kind
BUSY = (RequestState.ASKED, RequestState.HANDED)


@dataclass(frozen=True, slots=True)
class Near:
    """Something that can be asked for. ``minutes``: until it arrives (None: there is no way); ``key``: what a request
    names; ``free``: how many there are (None: one); ``note``: what else to know."""

    kind: str
    key: int
    name: str
    place: EmergencyPlace
    minutes: float | None
    free: int | None = None
    unit: str = ""
    phone: str = ""
    note: str = ""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Resources by kind, the nearest first; ``basis`` says on what the times rest; ``unreached`` how many have no way."""

    teams: tuple[Near, ...]
    equipment: tuple[Near, ...]
    supplies: tuple[Near, ...]
    shelters: tuple[Near, ...]
    basis: str
    unreached: int


def busy(kind: str) -> Any:
    """Ids of what events have at present."""
    return ResourceRequest.objects.filter(kind=kind, state__in=BUSY).values(kind)


def _alive(day: dt.date) -> Q:
    return Q(valid_to=None) | Q(valid_to__gte=day)


def free_teams(user: Any, day: dt.date) -> Any:
    rows = visible(RescueTeam.objects.filter(_alive(day)), user).exclude(pk__in=busy(RequestKind.TEAM))
    return rows.select_related("place__area")


def free_equipment(user: Any, day: dt.date) -> Any:
    rows = visible(EmergencyEquipment.objects.filter(_alive(day), state=EquipmentState.READY), user)
    rows = rows.filter(Q(inspect_due=None) | Q(inspect_due__gte=day)).exclude(pk__in=busy(RequestKind.EQUIPMENT))
    return rows.select_related("place__area", "team")


def free_supplies(user: Any, day: dt.date) -> Any:
    rows = with_stock(visible(SupplyBatch.objects.filter(usable(day)), user)).filter(free__gt=0)
    return rows.select_related("item", "place__area")


def shelters(user: Any, day: dt.date) -> Any:
    kinds = (PlaceKind.SHELTER, PlaceKind.MEDICAL)
    return visible(EmergencyPlace.objects.filter(_alive(day), kind__in=kinds), user).select_related("area")


def around(event: EmergencyEvent, user: Any, *, day: dt.date | None = None, way: Travel | None = None) -> Surroundings:
    """What the user sees that can help at the event, by travel time."""
    day, way = day or timezone.localdate(), way or travel()
    teams, equipment = list(free_teams(user, day)), list(free_equipment(user, day))
    batches, places = list(free_supplies(user, day)), list(shelters(user, day))
    from_place = minutes_to(
        event, [one.place for one in (*teams, *equipment, *batches)] + places, way
    )  # fmt: skip

    def told(place: EmergencyPlace, more: float) -> float | None:
        minutes = from_place[place.pk]
        return minutes + more if math.isfinite(minutes) else None

    found = (
        [
            Near("team", t.pk, t.name, t.place, told(t.place, t.turnout), t.people, _("人"), t.phone, t.get_kind_display(), t.simulated)
            for t in teams
        ],
        [
            Near("equipment", e.pk, e.name, e.place, told(e.place, e.team.turnout if e.team else LOADING), phone=e.place.phone, note=str(e.team or ""), simulated=e.simulated)
            for e in equipment
        ],
        [
            Near("supply", b.pk, str(b.item), b.place, told(b.place, LOADING), b.free, b.item.unit, b.place.phone, b.code, b.simulated)
            for b in batches
        ],
        [
            Near("place", p.pk, p.name, p, told(p, 0), p.room, _("人"), p.phone, p.get_kind_display(), p.simulated)
            for p in places
        ],
    )  # fmt: skip
    lists = [
        tuple(sorted(one, key=lambda near: (near.minutes is None, near.minutes or 0.0, near.key))) for one in found
    ]
    unreached = sum(one.minutes is None for rows in lists for one in rows)
    return Surroundings(lists[0], lists[1], lists[2], lists[3], way.basis, unreached)


def minutes_to(event: EmergencyEvent, places: list[EmergencyPlace], way: Travel) -> dict[int, float]:
    """Minutes of the way from each place to the event, inf where there is none."""
    unique = {one.pk: one for one in places}
    if not unique:
        return {}
    from_ = np.array([[one.lon, one.lat] for one in unique.values()])
    times = way.minutes(from_, np.array([[event.lon, event.lat]]))[:, 0]
    return dict(zip(unique, (float(one) for one in times), strict=True))


def threatened(event: EmergencyEvent, user: Any) -> list[tuple[ProtectedPoint, int]]:
    """Protected points within the event's radius that the user sees, each with its distance in metres, the nearest
    first."""
    reach = event.radius / 100_000  # degrees, somewhat more than metres need
    wide = reach / max(0.2, math.cos(math.radians(event.lat)))
    rows = visible(ProtectedPoint.objects.filter(_alive(timezone.localdate())), user).filter(
        lon__range=(event.lon - wide, event.lon + wide), lat__range=(event.lat - reach, event.lat + reach)
    )
    found = list(rows.select_related("organisation", "area")[:2000])
    if not found:
        return []
    here = np.array([event.lon, event.lat])
    far = metres(np.broadcast_to(here, (len(found), 2)), np.array([[one.lon, one.lat] for one in found]))
    pairs = [(one, round(float(d))) for one, d in zip(found, far, strict=True) if d <= event.radius]
    return sorted(pairs, key=lambda pair: pair[1])
