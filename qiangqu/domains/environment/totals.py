"""Permit-year totals 许可排放总量: what an enterprise emitted of a factor in a year against what it may, and
what that is made of.
"""

import calendar
import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import ExtractMonth
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import seen, visible
from qiangqu.registry.models import Area, Organisation

from . import factors
from .models import DailyResult, Outlet, PermitAmount

WORDS = {
    "off_track": gettext_lazy("超许可量"),
    "at_risk": gettext_lazy("预计超量"),
    "on_track": gettext_lazy("正常"),
    "no_data": gettext_lazy("无数据"),
}


@dataclass(frozen=True, slots=True)
class Total:
    """An enterprise's emissions of one factor in a permit year, in tonnes, against what is permitted."""

    enterprise: Organisation
    factor: str
    year: int
    emitted: float | None
    substituted: float
    permitted: float | None
    simulated: bool
    expected: float | None

    @property
    def name(self) -> str:
        return factors.name_of(self.factor)

    @property
    def word(self) -> str:
        """The status as people read it."""
        return str(WORDS[self.status]) if self.permitted is not None else _("无许可量")

    @property
    def share(self) -> float | None:
        """% of the permitted amount used."""
        return self.emitted / self.permitted * 100 if self.permitted and self.emitted is not None else None

    @property
    def status(self) -> str:
        """off_track when the amount is used up, at_risk when it will be at the present rate, else
        on_track.
        """
        if self.emitted is None or self.permitted is None:
            return "no_data"
        if self.emitted > self.permitted:
            return "off_track"
        return "at_risk" if self.expected is not None and self.expected > self.permitted else "on_track"


def totals(user: Any, area: Area | None, year: int, today: dt.date) -> list[Total]:
    """All totals that the user sees: what was emitted, and what is permitted even where nothing is measured.
    Most used first.
    """
    results = seen(DailyResult.objects.all(), user, area).filter(
        kilograms__isnull=False, day__year=year, channel__outlet__isnull=False
    )
    emitted = {
        (row["channel__outlet__enterprise"], row["channel__factor"]): row
        for row in results.order_by()
        .values("channel__outlet__enterprise", "channel__factor")
        .annotate(kg=Sum("kilograms"), sub=Sum("substituted"), days=Count("day", distinct=True))
    }
    permits = {
        (p.enterprise_id, p.factor): p
        for p in seen(PermitAmount.objects.all(), user, area).filter(year=year).select_related("enterprise")
    }
    enterprises = Organisation.objects.in_bulk({key[0] for key in (*emitted, *permits)})
    simulated = set(seen(Outlet.objects.filter(simulated=True), user, area).values_list("enterprise_id", flat=True))
    length = 366 if calendar.isleap(year) else 365
    found = []
    for key in {*emitted, *permits}:
        row, permit = emitted.get(key), permits.get(key)
        tonnes = row["kg"] / 1000 if row else None
        # the rate of the days measured, over the whole year
        expected = tonnes / row["days"] * length if row and tonnes is not None and row["days"] >= 30 else None
        found.append(
            Total(
                enterprises[key[0]],
                key[1],
                year,
                tonnes,
                row["sub"] / 1000 if row else 0.0,
                permit.tonnes if permit else None,
                key[0] in simulated,
                expected,
            )
        )
    return sorted(found, key=lambda t: (-(t.share if t.share is not None else -1), t.enterprise.name, t.factor))


@dataclass(frozen=True)
class Opened:
    """What is behind a total: by month and outlet in kilograms, and the days. ``cells`` holds the sums by
    outlet id and month.
    """

    enterprise: Organisation
    factor: str
    year: int
    permit: PermitAmount | None
    outlets: list[Outlet]
    cells: dict[tuple[int, int], dict[str, Any]]
    days: "QuerySet[DailyResult]"
    simulated: bool

    @property
    def name(self) -> str:
        return factors.name_of(self.factor)

    @property
    def emitted(self) -> float | None:
        """Tonnes."""
        return sum(cell["kg"] for cell in self.cells.values()) / 1000 if self.cells else None

    @property
    def substituted(self) -> float:
        """Tonnes of it that stand for hours without valid readings."""
        return float(sum(cell["sub"] for cell in self.cells.values()) / 1000)

    @property
    def share(self) -> float | None:
        """% of the permitted amount used."""
        return (self.emitted or 0.0) / self.permit.tonnes * 100 if self.permit and self.permit.tonnes else None

    @cached_property
    def months(self) -> list[dict[str, Any]]:
        """Each month with its cells, one an outlet, and their sum in kilograms."""
        found = []
        for month in sorted({month for _outlet, month in self.cells}):
            cells = [self.cells.get((outlet.pk, month)) for outlet in self.outlets]
            found.append({"month": month, "cells": cells, "kg": sum(cell["kg"] for cell in cells if cell)})
        return found

    @property
    def chart(self) -> dict[str, Any] | None:
        """Tonnes of each month, the outlets stacked."""
        if not self.cells:
            return None
        return {
            "x": [f"{self.year}-{row['month']:02d}" for row in self.months],
            "series": [
                {
                    "name": outlet.name,
                    "values": [
                        cell["kg"] / 1000 if cell else None for cell in (row["cells"][at] for row in self.months)
                    ],
                }
                for at, outlet in enumerate(self.outlets)
            ],
            "unit": _("吨"),
            "stacked": True,
            "simulated": self.simulated,
        }

    def days_of(self, month: int) -> "QuerySet[DailyResult]":
        """The daily results of a month, oldest first."""
        return self.days.filter(day__month=month).select_related("channel__outlet").order_by("day", "channel")


def opened(user: Any, enterprise: str, factor: str, year: int) -> Opened:
    """The total of the enterprise with that code, as far as the user sees it. Raises NotFoundError."""
    permits = PermitAmount.objects.select_related("enterprise").filter(enterprise__code=enterprise)
    permit = visible(permits, user).filter(factor=factor, year=year).first()
    outlets = Outlet.objects.select_related("enterprise").filter(enterprise__code=enterprise).order_by("code")
    known = list(visible(outlets, user))
    if permit is None and not known:
        raise NotFoundError(_("没有这家企业的排放数据，或它不在您的管辖范围内"), where=enterprise[:40])
    days = visible(DailyResult.objects.all(), user).filter(
        channel__outlet__enterprise__code=enterprise, channel__factor=factor, day__year=year, kilograms__isnull=False
    )
    sums = days.order_by().annotate(month=ExtractMonth("day")).values("channel__outlet", "month")
    cells: dict[tuple[int, int], Any] = {
        (row["channel__outlet"], row["month"]): row
        for row in sums.annotate(kg=Sum("kilograms"), sub=Sum("substituted"))
    }
    emitting = {outlet for outlet, _month in cells}
    return Opened(
        permit.enterprise if permit else known[0].enterprise,
        factor,
        year,
        permit,
        [outlet for outlet in known if outlet.pk in emitting],
        cells,
        days,
        any(outlet.simulated for outlet in known) or bool(permit and permit.simulated),
    )
