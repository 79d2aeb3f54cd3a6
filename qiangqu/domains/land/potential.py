"""Figures per mu of parcels, and what a parcel would bring at its zone's median of them."""

import datetime as dt
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db.models import QuerySet

from qiangqu.base.periods import Period, PeriodKind
from qiangqu.base.terms import Term
from qiangqu.facts import subjects
from qiangqu.formulas import record_values
from qiangqu.formulas.models import Indicator
from qiangqu.registry.models import Organisation, Parcel


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure per mu, and the indicators that carry it (``data/per_mu.yaml``)."""

    id: str
    title: Any
    of: str
    each: str
    zone: str
    change: str
    decimals: int


@cache
def measures() -> dict[str, Measure]:
    """The figures per mu by their codes, in order."""
    held = yaml.safe_load((Path(__file__).parent / "data" / "per_mu.yaml").read_text("utf-8"))["measures"]
    return {one["id"]: Measure(**one | {"title": Term(one["title"])}) for one in held}


@dataclass(frozen=True, slots=True)
class PerMu:
    """An indicator per mu of a year: of each record, the ids of those whose value is simulated, and the median and
    upper quartile of each zone (ids), in 10,000 yuan per mu; ``period`` "" where there is none."""

    of: Mapping[int, float]
    medians: Mapping[int, float]
    period: str = ""
    uppers: Mapping[int, float] | None = None
    simulated: frozenset[int] = frozenset()


def last_year(subject: Any, indicator: int, day: dt.date) -> Period | None:
    """The last whole year that ended by ``day`` in which some record has a value."""
    found = record_values.periods_of(subject, indicator, told="valued")
    return next((one for one in reversed(found) if one.end <= day and one.kind == PeriodKind.YEAR), None)


def per_mu(measure: Measure, day: dt.date, zone: int | None = None, levels: bool = True) -> PerMu:
    """The last whole year's values of a figure per mu; ``zone`` (id): the levels of that alone; without ``levels``:
    of none."""
    indicator = Indicator.objects.filter(code=measure.each, subject=measure.of).first()
    if indicator is None:
        return PerMu({}, {})
    subject = subjects.by_code(measure.of)
    period = last_year(subject, indicator.pk, day)
    if period is None:
        return PerMu({}, {})
    rows = record_values.valued(subject, indicator.pk, period)
    values = {record: value for record, value, _simulated in rows}
    simulated = frozenset(record for record, _value, marked in rows if marked)
    if not levels:
        return PerMu(values, {}, str(period), simulated=simulated)
    lies_in: QuerySet[Any] = (Organisation if measure.of == "organisation" else Parcel).objects.order_by()
    if zone is not None:
        lies_in = lies_in.filter(area=zone)
    zones: dict[int, list[float]] = {}
    for pk, area in lies_in.values_list("pk", "area_id"):
        if pk in values:
            zones.setdefault(area, []).append(values[pk])
    medians = {one: statistics.median(held) for one, held in zones.items()}
    uppers = {one: _upper(held) for one, held in zones.items()}
    return PerMu(values, medians, str(period), uppers, simulated)


def _upper(held: list[float]) -> float:
    """The upper quartile; of one value, that."""
    return statistics.quantiles(held, n=4, method="inclusive")[2] if len(held) > 1 else held[0]


def now(measure: Measure, known: PerMu, parcel: int, holder: int | None) -> float | None:
    """What a parcel makes of a mu now: its own value, or that of all its holder's land."""
    return known.of.get(
        holder if measure.of == "organisation" and holder is not None else parcel if measure.of == "parcel" else -1
    )


def gain(parcel: Parcel, measure: Measure, known: PerMu, unused: bool = False) -> float | None:
    """What the parcel would bring in a year more than it does at the zone's median, in 10,000 yuan; None where the
    zone has no median, or the parcel stands at it already. A parcel that is ``unused``, or has no holder, brings nothing now; any other what its holder
    makes of a mu of all his land, as far as that is known.
    """
    median = known.medians.get(parcel.area_id)
    if median is None:
        return None
    at_present = 0.0 if unused or parcel.holder_id is None else now(measure, known, parcel.pk, parcel.holder_id) or 0.0
    return (median - at_present) * parcel.land_area if median > at_present else None
