"""Stock of chemicals by date, and what a unit comes to by GB 18218-2018 on a day: as it lies there, and at its design
maximum. Entries are only added.
"""

import datetime as dt
import math
from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.records.acts import Act, Acts
from qiangqu.records.finding import Findable
from qiangqu.registry.roles import Action

from .access import answers_for
from .gb18218 import Assessment, Held, assess
from .models.chemicals import Chemical, HazardUnit, Stock

UNIT_FOUND = Findable(
    model=HazardUnit,
    page="hazard-unit",
    related=("organisation", "area"),
    search=("name", "code"),
    detail=lambda one: str(one.organisation),
    beside=("organisation",),
)


UNITS = Acts(
    HazardUnit,
    "hazard_unit",
    may=lambda user, unit: answers_for(user, unit, Action.EDIT_RISKS),
    related=("organisation", "area"),
    title="name",
)


@UNITS.declare("stocked", gettext_lazy("登记危化品存量"), name="stock", said=gettext_lazy("已登记存量"))
def stock(act: Act[HazardUnit], chemical: str, tonnes: str, most: str = "", on: dt.date | None = None) -> Stock:
    """What lies there of a chemical (its code) from a day on (default today), in tonnes; ``most`` is the design maximum.
    Raises InputError for what is no quantity, a chemical that is not registered, a day to come."""
    found = Chemical.objects.filter(code=chemical.strip()[:40]).first()
    if found is None:
        raise InputError(_("没有登记这种化学品"), where=chemical[:40])
    day = on or timezone.localdate()
    if day > timezone.localdate():
        raise InputError(_("日期不能晚于今天"), where=_("日期"))
    made = Stock(
        unit=act.record, chemical=found, day=day, tonnes=_tonnes(tonnes, _("存量")), entered_by=act.user, entered_at=timezone.now(),
        most=_tonnes(most, _("设计最大量")) if most.strip() else None, simulated=act.record.simulated,
    )  # fmt: skip
    if made.most is not None and made.tonnes > made.most:
        raise InputError(_("存量超过了设计最大量"), where=found.name)
    made.save()
    act.detail |= {"chemical": found.code, "tonnes": made.tonnes, "most": made.most, "on": day}
    return made


def _tonnes(text: str, where: str) -> float:
    """A quantity in tonnes. Raises InputError."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < 1e9:
        raise InputError(_("应是不小于 0 的吨数"), where=where)
    return value


def held_on(rows: Iterable[Stock], day: dt.date) -> list[Stock]:
    """Of each chemical the entry that counts on ``day``: the newest of its newest day; those of 0 t are left out unless
    they have a design maximum. ``rows`` come as :func:`stocks_of` gives them."""
    found: dict[int, Stock] = {}
    for row in rows:
        if row.day > day:
            break
        found[row.chemical_id] = row
    return [row for row in found.values() if row.tonnes or row.most]


def assessed(unit: HazardUnit, rows: Iterable[Stock], day: dt.date, *, design: bool = False) -> Assessment:
    """A unit by its stock on ``day``, or with ``design`` by the design maximum (where none is entered, by the stock)."""
    held = [
        Held(
            row.chemical.name, (row.tonnes if row.most is None else row.most) if design else row.tonnes,
            row.chemical.listed, row.chemical.hazard_class, row.chemical.cas,
        )
        for row in held_on(rows, day)
    ]  # fmt: skip
    return assess(held, unit.exposed)


def course(unit: HazardUnit, rows: Iterable[Stock], most: int = 60) -> list[tuple[dt.date, Assessment]]:
    """What the unit came to on each day on which its stock changed, the newest first."""
    listed = list(rows)
    days = sorted({row.day for row in listed}, reverse=True)[:most]
    return [(day, assessed(unit, listed, day)) for day in days]


def stocks_of(unit: HazardUnit) -> list[Stock]:
    """All entries of a unit with their chemicals, by day and in the order in which they were entered."""
    return list(Stock.objects.filter(unit=unit).select_related("chemical", "entered_by").order_by("day", "pk"))
