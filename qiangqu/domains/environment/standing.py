"""How an area stands now: its stations with their air, its outlets with what they report."""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from qiangqu.base.visibility import seen
from qiangqu.telemetry.alarms.models import Alarm, AlarmState

from .aqi import AirQuality
from .models import Channel, Exceedance, ExceedanceState, Outlet, Station, StationKind
from .queries import Reading, readings_now
from .results import current_air

MOST_PLACES = 120  # of either kind


@dataclass(frozen=True, slots=True)
class Place:
    """A station or an outlet with its latest readings; ``air`` and the hour it is of at a station of ambient
    air; how many exceedances wait to be looked into, how many alarms are not closed.
    """

    place: Station | Outlet
    readings: list[Reading]
    air: AirQuality | None = None
    hour: dt.datetime | None = None
    exceedances: int = 0
    alarms: int = 0

    @property
    def over(self) -> bool:
        """Whether a reading lies beyond its limit (a hint, no exceedance)."""
        return any(one.over for one in self.readings)

    @property
    def state(self) -> str:
        """How it is drawn: the grade of its air (``aqi1`` … ``aqi6``), ``over``, ``silent`` or ``fine``."""
        if self.air is not None and self.air.grade is not None:
            return f"aqi{self.air.grade.level}"
        if self.over:
            return "over"
        return "fine" if any(one.latest is not None and not one.stopped for one in self.readings) else "silent"


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
    unsettled = seen(Exceedance.objects.filter(state=ExceedanceState.OPEN), user, area)
    exceeded = Counter(unsettled.values_list("channel_id", flat=True))
    raised = Counter(
        seen(Alarm.objects.exclude(state=AlarmState.CLOSED), user, area).values_list("point_id", flat=True)
    )

    def place(one: Station | Outlet, hour: dt.datetime | None = None, quality: AirQuality | None = None) -> Place:
        mine = [reading.channel for reading in by_place[one]]
        exceedances = sum(exceeded[channel.pk] for channel in mine)
        alarms = sum(raised[channel.point_id] for channel in mine if channel.point_id is not None)
        return Place(one, by_place[one], quality, hour, exceedances, alarms)

    nothing = (None, None)
    return Standing(
        [place(one, *air.get(one.pk, nothing)) for one in stations],
        [place(one) for one in outlets],
        sum(exceeded.values()),
    )
