"""How an area stands now: its stations with their air, its outlets with what they report."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from qiangqu.base.visibility import seen

from .aqi import AirQuality
from .models import Channel, Exceedance, ExceedanceState, Outlet, Station, StationKind
from .queries import Reading, readings_now
from .results import current_air

MOST_PLACES = 120  # of either kind


@dataclass(frozen=True, slots=True)
class Place:
    """A station or an outlet with its latest readings; ``air`` and the hour it is of at a station of ambient
    air.
    """

    place: Station | Outlet
    readings: list[Reading]
    air: AirQuality | None = None
    hour: dt.datetime | None = None

    @property
    def over(self) -> bool:
        """Whether a reading lies beyond its limit (a hint, no exceedance)."""
        return any(one.over for one in self.readings)


@dataclass(frozen=True, slots=True)
class Standing:
    """The places of an area that a user sees."""

    stations: list[Place]
    outlets: list[Place]
    open_exceedances: int

    @property
    def over_now(self) -> int:
        """Outlets with a reading beyond its limit."""
        return sum(one.over for one in self.outlets)

    @property
    def worst(self) -> AirQuality | None:
        """The air of the station with the highest index."""
        known = [one.air for one in self.stations if one.air is not None and one.air.aqi is not None]
        return max(known, key=lambda air: air.aqi or 0, default=None)

    @property
    def simulated(self) -> bool:
        return any(one.place.simulated for one in (*self.stations, *self.outlets))


def standing(user: Any, area: Any, day: dt.date) -> Standing:
    """Stations and outlets of the area (None: all that the user sees), at most :data:`MOST_PLACES` of each;
    limits are those of ``day``.
    """
    stations = list(seen(Station.objects.select_related("area"), user, area)[:MOST_PLACES])
    outlets = list(seen(Outlet.objects.select_related("enterprise"), user, area)[:MOST_PLACES])
    channels = list(Channel.objects.filter(station__in=stations).select_related("station"))
    air = current_air([c for c in channels if c.station and c.station.kind == StationKind.AMBIENT], timezone.now())
    channels += Channel.objects.filter(outlet__in=outlets).select_related("outlet")
    by_place: dict[Any, list[Reading]] = defaultdict(list)
    for one in readings_now(channels, day):
        by_place[one.channel.place].append(one)
    nothing = (None, None)
    measured = [(one, *air.get(one.pk, nothing)) for one in stations]
    return Standing(
        [Place(one, by_place[one], quality, hour) for one, hour, quality in measured],
        [Place(one, by_place[one]) for one in outlets],
        seen(Exceedance.objects.filter(state=ExceedanceState.OPEN), user, area).count(),
    )
