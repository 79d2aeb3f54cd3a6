"""What pages and API read of stored values: latest value of each indicator, tables of areas by periods."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Max, Q, QuerySet

from qiangqu.base.periods import PER_YEAR, Period, PeriodKind, from_key
from qiangqu.base.visibility import visible
from qiangqu.facts.models import Element
from qiangqu.facts.reading import FactRow, Where, rows
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action
from qiangqu.registry.subjects import AREA

from .models import Indicator, IndicatorValue

PERIODS_SHOWN = 8
MAX_AREAS = 60


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest value of an indicator in an area."""

    indicator: Indicator
    value: float | None = None
    period: Period | None = None
    simulated: bool = False
    basis: str = ""


def ended_by(day: dt.date) -> Q:
    """Values of periods that had ended by ``day`` (period keys do not order by time across kinds)."""
    found = Q(pk__in=[])
    for kind in PeriodKind:
        first, last = kind * 1_000_000, (kind + 1) * 1_000_000
        last_index = PER_YEAR[kind] if kind != PeriodKind.CUMULATIVE else 11
        indexes = [0] if kind == PeriodKind.YEAR else range(1, last_index + 1)
        done = [Period(kind, day.year, index) for index in indexes]
        keys = [period.key for period in done if period.end <= day]
        limit = max(keys, default=kind * 1_000_000 + day.year * 100 - 1)
        found |= Q(period_key__gte=first, period_key__lte=min(limit, last - 1))
    return found


def latest_values(indicators: Sequence[Indicator], area: Area, day: dt.date) -> list[Latest]:
    """For each indicator the value of the period that ended last; of periods with one end the longest; real
    before simulated.
    """
    rows = (
        IndicatorValue.objects.filter(ended_by(day), indicator__in=indicators, area=area, value__isnull=False)
        .values("indicator", "simulated", kind=F("period_key") / 1_000_000)
        .annotate(key=Max("period_key"))
        .values_list("indicator", "simulated", "key")
    )
    best: dict[int, tuple[bool, dt.date, int, int]] = {}
    for indicator, simulated, key in rows:
        period = from_key(key)
        rank = (not simulated, period.end, -period.kind, key)
        if indicator not in best or rank > best[indicator]:
            best[indicator] = rank
    wanted = Q(pk__in=[])
    for indicator, (*_rank, key) in best.items():
        wanted |= Q(indicator=indicator, period_key=key)
    values = {v.indicator_id: v for v in IndicatorValue.objects.filter(wanted, area=area)}
    found = []
    for one in indicators:
        value = values.get(one.pk)
        found.append(Latest(one, value.value, value.period, value.simulated, value.basis) if value else Latest(one))
    return found


@dataclass(frozen=True)
class Grid:
    """Values by area (rows) and period (columns, oldest first); cells are IndicatorValue or None."""

    periods: tuple[Period, ...]
    rows: tuple[tuple[Area, tuple[IndicatorValue | None, ...]], ...]


def kinds_of(indicator: Indicator, area: Area, day: dt.date) -> list[PeriodKind]:
    """Kinds of periods for which the area or those below have values."""
    found = values_below(indicator, area, day).values_list(F("period_key") / 1_000_000, flat=True).distinct()
    return sorted({PeriodKind(int(kind)) for kind in found})


def values_below(indicator: Indicator, area: Area, day: dt.date) -> "QuerySet[IndicatorValue]":
    """Stored values of the area and of those right below it."""
    return IndicatorValue.objects.filter(ended_by(day), Q(area=area) | Q(area__parent=area), indicator=indicator)


def grid(indicator: Indicator, area: Area, day: dt.date, kind: PeriodKind, count: int = PERIODS_SHOWN) -> Grid:
    """The last ``count`` periods of ``kind`` for the area and the areas right below it."""
    values = values_below(indicator, area, day).filter(
        period_key__gte=kind * 1_000_000, period_key__lt=(kind + 1) * 1_000_000
    )
    keys = sorted(values.filter(value__isnull=False).values_list("period_key", flat=True).distinct())[-count:]
    cells = {(v.area_id, v.period_key): v for v in values.filter(period_key__in=keys)}
    areas = [area, *Area.objects.filter(parent=area).order_by("level", "code")[:MAX_AREAS]]
    rows = [(one, tuple(cells.get((one.pk, key)) for key in keys)) for one in areas]
    return Grid(tuple(from_key(key) for key in keys), tuple(row for row in rows if row[0] == area or any(row[1])))


def series(indicator: Indicator, area: Area, day: dt.date, kind: PeriodKind, count: int = 60) -> list[IndicatorValue]:
    """The last ``count`` values of one kind of period in one area, oldest first."""
    rows = IndicatorValue.objects.filter(
        ended_by(day), indicator=indicator, area=area, value__isnull=False,
        period_key__gte=kind * 1_000_000, period_key__lt=(kind + 1) * 1_000_000,
    )  # fmt: skip
    return list(rows.order_by("-period_key")[:count])[::-1]


def published(codes: Iterable[str], area: Area, count: int = 12) -> list[FactRow]:
    """Published figures of these elements and of their growth for the area, newest first: what statistics say
    of what a formula uses.
    """
    elements = Element.objects.filter(Q(code__in=list(codes)) | Q(growth_of__code__in=list(codes)))
    asked = Where(
        elements=list(elements.values_list("pk", flat=True)), kind=AREA.number, subjects=[area.pk], sourced=True
    )
    found = sorted(rows(asked, limit=400), key=lambda fact: (fact.period.end, -fact.period.kind), reverse=True)
    return found[:count]


def search(text: str, rows: "QuerySet[Indicator] | None" = None) -> "QuerySet[Indicator]":
    """Indicators (of ``rows``; default: all) whose name, code or description holds every word of ``text``."""
    rows = Indicator.objects.all() if rows is None else rows
    for word in text.split()[:5]:
        rows = rows.filter(Q(name__icontains=word) | Q(code__icontains=word) | Q(description__icontains=word))
    return rows


def places(viewer: Any) -> set[int]:
    """Areas that ``viewer`` sees, as ids."""
    return set(visible(Area.objects.all(), viewer, Action.VIEW_PLAN).values_list("pk", flat=True))
