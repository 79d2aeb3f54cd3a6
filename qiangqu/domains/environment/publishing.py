"""Months of emissions and of the waste ledger as facts, so that indicators use them."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, Sum

from qiangqu.base.periods import Period
from qiangqu.facts import publishing
from qiangqu.facts.models import FactBatch
from qiangqu.facts.publishing import Figure

from .models import DailyResult, WasteEntry

EMISSIONS = {
    "a34013": "emission_pm",
    "a21026": "emission_so2",
    "a21002": "emission_nox",
    "w01018": "emission_cod",
    "w21003": "emission_nh3n",
}
WASTE = {"generated": "solid_waste_generated", "used": "solid_waste_utilised", "disposed": "solid_waste_disposed"}
MONITORED, LEDGER = "污染源自动监测（小时值汇总）", "固体废物管理台账"  # sources


def publish(period: Period, user: Any = None) -> list[FactBatch]:
    """Store the month's figures of every enterprise (:func:`qiangqu.facts.publishing.publish`)."""
    return publishing.publish("environment", "环境监测", period, [*_emissions(period), *_waste(period)], user)


def _emissions(period: Period) -> Iterator[Figure]:
    rows = (
        DailyResult.objects.filter(
            day__gte=period.start, day__lte=period.end, kilograms__isnull=False, channel__factor__in=EMISSIONS
        )
        .order_by()
        .values_list("channel__factor", "channel__outlet__enterprise", "channel__outlet__simulated")
        .annotate(kg=Sum("kilograms"))
    )
    for factor, owner, simulated, kg in rows:
        yield Figure(EMISSIONS[factor], owner, round(kg / 1000, 6), MONITORED, bool(simulated))


def _waste(period: Period) -> Iterator[Figure]:
    # an enterprise whose entries were all voided gets 0, which supersedes what was published before
    rows = (
        WasteEntry.objects.filter(day__gte=period.start, day__lte=period.end, waste_class="general", act__in=WASTE)
        .order_by()
        .values_list("act", "enterprise", "simulated")
        .annotate(tonnes=Sum("tonnes", filter=Q(voided_at=None)))
    )
    for act, owner, simulated, tonnes in rows:
        yield Figure(WASTE[act], owner, round(tonnes or 0.0, 6), LEDGER, bool(simulated))
