"""From hours in the lake to days in the database: daily results, emissions, exceedances. Run after each hour;
repeatable.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction

from qiangqu.lake.telemetry import DAY, HOUR
from qiangqu.telemetry.measured import Hours, day_start, moment

from . import emissions, factors, means, telling, validity
from .limits import Average, Limit, limit
from .models import Channel, DailyResult, Exceedance, ExceedanceState, Medium, Outlet, Station, StationKind
from .reading import converted, hours_of
from .validity import Origin

LOOK_BACK_DAYS = 90  # 2160 hours: the longest look back of HJ 75-2017 for a substitute
HOURS = 24


@dataclass(frozen=True, slots=True)
class Rolled:
    """How much was computed."""

    days: int
    exceedances: int
    withdrawn: int


@dataclass(slots=True, eq=False)
class _Place:
    """A station or outlet with its channels and their hours."""

    place: Any
    channels: list[Channel]
    hours: dict[int, Hours]

    def of(self, factor: str) -> tuple[Channel, Hours] | None:
        for channel in self.channels:
            if channel.factor == factor and channel.pk in self.hours:
                return channel, self.hours[channel.pk]
        return None


def roll(first: dt.date, last: dt.date, channels: Iterable[Channel] | None = None) -> Rolled:
    """Compute the days from ``first`` to ``last`` of all ``channels`` (default: all that have a point), in
    one transaction for each place.
    """
    chosen = channels if channels is not None else Channel.objects.exclude(point=None)
    if not isinstance(chosen, list):
        chosen = list(chosen)
    ids = [channel.pk for channel in chosen]
    by_place: dict[tuple[str, int], list[Channel]] = {}
    for channel in Channel.objects.filter(pk__in=ids).select_related("station", "outlet__enterprise"):
        key = ("station", channel.station_id) if channel.station_id else ("outlet", channel.outlet_id or 0)
        by_place.setdefault(key, []).append(channel)
    days = found = withdrawn = 0
    for members in by_place.values():
        place = members[0].place
        # an outlet is computed from all of its channels: emissions need the flow, concentrations the oxygen
        siblings = list(place.channels.exclude(point=None))
        back = LOOK_BACK_DAYS if isinstance(place, Outlet) else 0
        start, end = day_start(first - dt.timedelta(days=back)), day_start(last + dt.timedelta(days=1))
        scene = _Place(place, siblings, hours_of(siblings, start, end))
        results, limits_broken = _days_of(scene, first, last)
        with transaction.atomic():
            DailyResult.objects.bulk_create(
                results,
                update_conflicts=True,
                unique_fields=["channel", "day"],
                update_fields=[
                    "due",
                    "received",
                    "valid",
                    "mean",
                    "maximum",
                    "eight_hours",
                    "kilograms",
                    "substituted",
                ],
            )
            made, gone = _record(scene, limits_broken, first, last)
        days, found, withdrawn = days + len(results), found + made, withdrawn + gone
    return Rolled(days, found, withdrawn)


def _days_of(scene: _Place, first: dt.date, last: dt.date) -> tuple[list[DailyResult], list[Exceedance]]:
    results: list[DailyResult] = []
    broken: list[Exceedance] = []
    count = (last - first).days + 1
    now = int(dt.datetime.now(dt.UTC).timestamp() * 1000)
    for channel in scene.channels:
        hours = scene.hours[channel.pk]
        skip = hours.mean.size - count * HOURS
        mass, substituted = _emitted(scene, channel, hours)
        compared = _compared(scene, channel, hours)
        for n in range(count):
            at = slice(skip + n * HOURS, skip + (n + 1) * HOURS)
            day = first + dt.timedelta(days=n)
            begin = day_start(day)
            due = int(min(HOURS, max(0, (now - begin) // HOUR)))
            if due == 0:
                continue
            values = _over(hours.mean[at], due)
            known = values[~np.isnan(values)]
            results.append(
                DailyResult(
                    channel=channel,
                    day=day,
                    due=due,
                    received=int(np.count_nonzero(hours.received[at][:due])),
                    valid=int(known.size),
                    mean=_daily(scene, channel, values, scene_flow(scene, at)),
                    maximum=float(known.max()) if known.size else None,
                    eight_hours=means.daily_max_8h(values) if channel.factor == "a05024" else None,
                    kilograms=None if mass is None else float(np.nansum(mass[at])),
                    substituted=0.0 if substituted is None else float(np.nansum(substituted[at])),
                )
            )
            broken += _broken(scene, channel, day, begin, _over(compared[at], due), results[-1])
    return results, broken


def _over(hours: means.Array, due: int) -> means.Array:
    """The hours of a day that are over; the others may hold readings stamped ahead, which wait for their
    time.
    """
    return np.where(np.arange(hours.size) < due, hours, np.nan)


def scene_flow(scene: _Place, at: slice) -> means.Array | None:
    """Hourly flow in m³/h in a stretch of hours, or None where none is measured."""
    code = factors.WATER_FLOW if _is_water(scene.place) else factors.AIR_FLOW
    found = scene.of(code)
    if found is None:
        return None
    return emissions.flow_per_hour(found[1].mean[at], found[0].shown_unit)


def _is_water(place: Station | Outlet) -> bool:
    return isinstance(place, Outlet) and place.medium == Medium.WATER


def _daily(scene: _Place, channel: Channel, values: means.Array, flow: means.Array | None) -> float | None:
    """The day's mean by the rule of the place."""
    if channel.factor.startswith("L"):
        return means.equivalent_level(values)
    if _is_water(scene.place):
        if flow is not None and channel.factor != factors.WATER_FLOW and channel.factor != factors.PH:
            return validity.water_day(values, flow, max(1, int(np.count_nonzero(flow > 0))))
        return validity.air_day(values)
    return means.daily_mean(values)


def _emitted(scene: _Place, channel: Channel, hours: Hours) -> tuple[means.Array | None, means.Array | None]:
    """kg in each hour, and which part of it is substituted; (None, None) where nothing is emitted."""
    if not isinstance(scene.place, Outlet) or channel.shown_unit not in emissions.MASS_PER_UNIT:
        return None, None
    flow = scene_flow(scene, slice(None))
    if flow is None:
        return None, None
    # hours before the first reading belong to no gap: the outlet was not connected yet
    connected = np.zeros(hours.mean.size, bool)
    seen = np.flatnonzero(hours.received)
    if seen.size:
        connected[seen[0] :] = True
    now = int(dt.datetime.now(dt.UTC).timestamp() * 1000)
    connected[max(0, (now - hours.start) // HOUR) :] = False
    running = connected & ~(flow <= 0)  # an unknown flow counts as running: a gap is not a stop
    if _is_water(scene.place):
        filled = validity.fill_water(hours.mean, running)
        volume = validity.fill_water(flow, running)
        mass = emissions.emission(filled.values, volume.values, channel.shown_unit)
        replaced = (filled.origin == Origin.SUBSTITUTED) | (volume.origin == Origin.SUBSTITUTED)
    else:
        filled = validity.fill_air(emissions.emission(hours.mean, flow, channel.shown_unit), running)
        mass, replaced = filled.values, filled.origin == Origin.SUBSTITUTED
    mass = np.where(running, mass, 0.0)
    return mass, np.where(replaced, mass, 0.0)


def _compared(scene: _Place, channel: Channel, hours: Hours) -> means.Array:
    """Hourly values as the limit means them: at reference oxygen for stack gas."""
    place = scene.place
    if not isinstance(place, Outlet) or place.reference_oxygen is None or channel.shown_unit != "mg/m³":
        return hours.mean
    oxygen = scene.of(factors.OXYGEN)
    if oxygen is None:
        return hours.mean
    return emissions.at_reference_oxygen(hours.mean, oxygen[1].mean, place.reference_oxygen)


def averages_of(place: Station | Outlet) -> tuple[Average, ...]:
    """Which means are held against limits: stack gas hours, waste water days, ambient air both, noise day and
    night.
    """
    if isinstance(place, Outlet):
        return ("day",) if place.medium == Medium.WATER else ("hour",)
    return ("daytime", "night") if place.kind == StationKind.NOISE else ("hour", "8h", "day")


def _broken(
    scene: _Place, channel: Channel, day: dt.date, begin: int, hours: means.Array, result: DailyResult
) -> list[Exceedance]:
    place, found = scene.place, []
    for average in averages_of(place):
        bound = limit(place.standard, place.grade, channel.factor, average, day) if place.standard else None
        if bound is None:
            continue
        for start, value in _values(average, begin, hours, result):
            value = converted(value, channel.shown_unit, bound.unit)
            if bound.exceeded(value):
                found.append(_exceedance(channel, average, start, value, bound))
    return found


def _values(average: Average, begin: int, hours: means.Array, result: DailyResult) -> list[tuple[int, float]]:
    """The means of one day with their beginnings in milliseconds."""
    if average == "hour":
        return [(begin + int(h) * HOUR, float(hours[h])) for h in np.flatnonzero(~np.isnan(hours))]
    if average in ("daytime", "night"):
        night = np.array([means.is_night(h) for h in range(HOURS)])
        level = means.equivalent_level(hours[night if average == "night" else ~night])
        return [] if level is None else [(begin + (0 if average == "night" else 6 * HOUR), level)]
    value = result.eight_hours if average == "8h" else result.mean
    return [] if value is None or result.due < HOURS else [(begin, value)]


def _exceedance(channel: Channel, average: str, start: int, value: float, bound: Limit) -> Exceedance:
    return Exceedance(
        channel=channel,
        average=average,
        start=moment(start),
        value=value,
        limit=bound.high,
        low=bound.low,
        unit=bound.unit,
        citation=bound.citation,
    )


def _record(scene: _Place, broken: list[Exceedance], first: dt.date, last: dt.date) -> tuple[int, int]:
    """Add new exceedances, update known ones, withdraw those that later data no longer bear out. Returns how
    many were new and withdrawn.
    """
    begin, end = moment(day_start(first)), moment(day_start(last) + DAY)
    stored = {
        (e.channel_id, e.average, e.start): e
        for e in Exceedance.objects.filter(channel__in=scene.channels, start__gte=begin, start__lt=end)
    }
    new = []
    for one in broken:
        known = stored.pop((one.channel_id, one.average, one.start), None)
        if known is None:
            new.append(one)
        elif known.value != one.value or known.state == ExceedanceState.WITHDRAWN:
            known.value = one.value
            if known.state == ExceedanceState.WITHDRAWN:
                known.state = ExceedanceState.OPEN
            known.save(update_fields=["value", "state"])
    Exceedance.objects.bulk_create(new)
    telling.found(new)
    gone = [one.pk for one in stored.values() if one.state != ExceedanceState.WITHDRAWN]
    Exceedance.objects.filter(pk__in=gone).update(state=ExceedanceState.WITHDRAWN)
    return len(new), len(gone)
