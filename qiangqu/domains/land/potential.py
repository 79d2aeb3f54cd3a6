"""What a parcel would bring at its zone's median of output and tax per mu."""

import statistics
from dataclasses import dataclass
from typing import Any

from qiangqu.base.periods import PeriodKind
from qiangqu.facts import subjects
from qiangqu.formulas import record_values
from qiangqu.formulas.models import Indicator
from qiangqu.registry.models import Organisation, Parcel

OUTPUT, TAX = "enterprise_output_per_mu", "enterprise_tax_per_mu"


@dataclass(frozen=True, slots=True)
class PerMu:
    """An indicator per mu of a year: of each enterprise, and the median of each zone (ids), in 10,000 yuan per
    mu; ``period`` "" where there is none."""

    of: dict[int, float]
    medians: dict[int, float]
    period: str = ""


def per_mu(code: str, day: Any) -> PerMu:
    """The last whole year's values of an indicator per mu of enterprises."""
    indicator = Indicator.objects.filter(code=code, subject="organisation").first()
    if indicator is None:
        return PerMu({}, {})
    subject = subjects.by_code("organisation")
    found = [
        one
        for one in record_values.periods_of(subject, indicator.pk, told="valued")
        if one.end <= day and one.kind == PeriodKind.YEAR
    ]
    if not found:
        return PerMu({}, {})
    rows = record_values.of_period(subject, indicator.pk, found[-1])
    values = {row.record: row.value for row in rows if row.value is not None}
    zones: dict[int, list[float]] = {}
    for pk, zone in Organisation.objects.order_by().values_list("pk", "area_id"):
        if pk in values:
            zones.setdefault(zone, []).append(values[pk])
    return PerMu(values, {zone: statistics.median(held) for zone, held in zones.items()}, str(found[-1]))


def gain(parcel: Parcel, known: PerMu, unused: bool = False) -> float | None:
    """What the parcel would bring in a year more than it does at the zone's median, in 10,000 yuan; None where the
    zone has no median. A parcel that is ``unused``, or has no holder, brings nothing now; any other what its holder
    makes of a mu of all his land; one above the median gains nothing.
    """
    median = known.medians.get(parcel.area_id)
    if median is None:
        return None
    now = 0.0 if unused or parcel.holder_id is None else known.of.get(parcel.holder_id, 0.0)
    return max(median - now, 0.0) * parcel.land_area
