"""What pages and the API show, read from daily results: air quality of days, completeness, the ledger's
balance.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet, Sum

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import seen
from qiangqu.lake.telemetry import HOUR
from qiangqu.registry.models import Area
from qiangqu.telemetry.measured import stopped_of

from .aqi import CODES, AirQuality, air_quality
from .completeness import REQUIRED, Completeness, ranking
from .models import Channel, DailyResult, Outlet, Station, WasteClass, WasteEntry
from .reading import converted, hours_of
from .waste import Balance, Movement, balance

UNITS = {"CO": "mg/m³"}  # all others μg/m³


def _unit(pollutant: str) -> str:
    return UNITS.get(pollutant, "μg/m³")


def current_air(channels: Sequence[Channel], now: dt.datetime) -> dict[int, tuple[dt.datetime, AirQuality]]:
    """The hourly report (实时报) of each station by its id: of the last whole hour, with the beginning of
    that hour.
    """
    wanted = {code: pollutant for pollutant, code in CODES.items()}
    end = int(now.timestamp() * 1000) // HOUR * HOUR
    stopped = stopped_of(channels)
    found = hours_of([c for c in channels if c.factor in wanted and c.pk not in stopped], end - HOUR, end)
    values: dict[int, dict[str, float | None]] = {}
    for channel in channels:
        hours = found.get(channel.pk)
        if hours is None or channel.station_id is None or channel.factor not in wanted:
            continue
        pollutant = wanted[channel.factor]
        value = float(hours.mean[0]) if hours.usable[0] else None
        values.setdefault(channel.station_id, {})[pollutant] = (
            None if value is None else max(0.0, converted(value, channel.shown_unit, _unit(pollutant)))
        )
    begin = now.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0) - dt.timedelta(hours=1)
    return {station: (begin, air_quality(one, "hourly", now.date())) for station, one in values.items()}


class AirDay(NamedTuple):
    """One day's air quality; without an index ``reason`` says why it is not published."""

    day: dt.date
    air: AirQuality


def air_days(station: Station, first: dt.date, last: dt.date) -> list[AirDay]:
    """The daily reports (日报) of a station, oldest first; days without any result are left out."""
    wanted = {code: pollutant for pollutant, code in CODES.items()}
    rows = DailyResult.objects.filter(
        channel__station=station, channel__factor__in=wanted, day__gte=first, day__lte=last, due=24
    ).select_related("channel")
    days: dict[dt.date, dict[str, float | None]] = {}
    for row in rows:
        pollutant, unit = wanted[row.channel.factor], row.channel.shown_unit
        day = days.setdefault(row.day, {})
        value = row.eight_hours if pollutant == "O3" else row.mean
        day[pollutant] = None if value is None else max(0.0, converted(value, unit, _unit(pollutant)))
        if pollutant == "O3" and row.maximum is not None:
            day["O3_1h"] = max(0.0, converted(row.maximum, unit, "μg/m³"))
    return [AirDay(day, air_quality(values, "daily", day)) for day, values in sorted(days.items())]


# ---------------------------------------------------------------- completeness


@dataclass(frozen=True, slots=True)
class Ranked:
    """A station or an outlet at its place in the ranking."""

    rank: int
    place: Station | Outlet
    one: Completeness

    @property
    def below(self) -> bool:
        """Whether too little was valid."""
        return self.one.effective is not None and self.one.effective < REQUIRED


def completeness(user: Any, area: Area | None, first: dt.date, last: dt.date) -> list[Ranked]:
    """Stations and outlets with what was due, received and valid, worst first."""
    rows = (
        seen(DailyResult.objects.all(), user, area)
        .filter(day__gte=first, day__lte=last)
        .order_by()
        .values("channel__station", "channel__outlet")
        .annotate(due_hours=Sum("due"), received_hours=Sum("received"), valid_hours=Sum("valid"))
    )
    stations = Station.objects.in_bulk([r["channel__station"] for r in rows if r["channel__station"]])
    outlets = Outlet.objects.select_related("enterprise").in_bulk(
        [r["channel__outlet"] for r in rows if r["channel__outlet"]]
    )
    places: dict[str, Any] = {}
    measured = []
    for row in rows:
        place = stations.get(row["channel__station"]) or outlets[row["channel__outlet"]]
        key = f"{type(place).__name__}{place.pk}"
        places[key] = place
        measured.append(Completeness(key, row["due_hours"], row["received_hours"], row["valid_hours"]))
    return [Ranked(rank, places[one.key], one) for rank, one in ranking(measured)]


# ---------------------------------------------------------------- solid waste


def waste_balance(entries: "QuerySet[WasteEntry]", year: int, waste_class: str) -> Balance:
    """The balance of the year over standing entries of one class; the opening stock is what earlier years
    left.

    Raises InputError when more left than there was.
    """
    standing = entries.filter(voided_at=None, waste_class=waste_class)
    opening = _stock_before(standing, year)
    rows = standing.filter(day__year=year).order_by().values_list("act", "from_stock").annotate(tonnes=Sum("tonnes"))
    return balance([Movement(act, tonnes, stock) for act, stock, tonnes in rows], opening)


def balances(entries: "QuerySet[WasteEntry]", year: int) -> list[tuple[Any, Balance | None, str]]:
    """Each class's label and balance of the year, or None and the sentence that says why there is none."""
    made: list[tuple[Any, Balance | None, str]] = []
    for code, label in WasteClass.choices:
        try:
            made.append((label, waste_balance(entries, year, code), ""))
        except InputError as error:
            made.append((label, None, error.message))
    return made


def _stock_before(standing: "QuerySet[WasteEntry]", year: int) -> float:
    sums = standing.filter(day__lt=dt.date(year, 1, 1)).aggregate(
        came=Sum("tonnes", filter=Q(act__in=("generated", "received"))),
        left=Sum("tonnes", filter=Q(act__in=("used", "disposed", "transferred"))),
    )
    return max(0.0, (sums["came"] or 0.0) - (sums["left"] or 0.0))
