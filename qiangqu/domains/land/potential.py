"""Figures per mu of parcels, and what a parcel would bring at its zone's median of them."""

import datetime as dt
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

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


def per_mu(measure: Measure, day: dt.date) -> PerMu:
    """The last whole year's values of a figure per mu."""
    indicator = Indicator.objects.filter(code=measure.each, subject=measure.of).first()
    if indicator is None:
        return PerMu({}, {})
    subject = subjects.by_code(measure.of)
    period = last_year(subject, indicator.pk, day)
    if period is None:
        return PerMu({}, {})
    rows = [row for row in record_values.of_period(subject, indicator.pk, period) if row.value is not None]
    values: dict[int, float] = {row.record: row.value for row in rows if row.value is not None}
    zones: dict[int, list[float]] = {}
    lies_in = Organisation.objects if measure.of == "organisation" else Parcel.objects
    for pk, zone in lies_in.order_by().values_list("pk", "area_id"):
        if pk in values:
            zones.setdefault(zone, []).append(values[pk])
    medians = {zone: statistics.median(held) for zone, held in zones.items()}
    uppers = {zone: _upper(held) for zone, held in zones.items()}
    return PerMu(values, medians, str(period), uppers, frozenset(row.record for row in rows if row.simulated))


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
