"""By what a map of parcels is coloured: an attribute of the register, or an indicator that has a value for each parcel
or for its holder, as of a day.
"""

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.periods import PeriodKind
from qiangqu.base.visibility import seen
from qiangqu.facts import subjects
from qiangqu.formulas import each, record_values
from qiangqu.formulas.models import Indicator
from qiangqu.registry.models import Parcel
from qiangqu.registry.models.history import alive_on, as_of
from qiangqu.registry.models.parcel import ParcelStatus
from qiangqu.ui.templatetags.quantities import quantity

GREY = "#b8bec8"
#: seven colours that stay apart for who sees no red or no green (Okabe and Ito 2008)
CLASSES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442")
STEPS = ("#deebf7", "#9ecae1", "#6baed6", "#3182bd", "#08519c")
STATUS = {"planned": "#56b4e9", "supplied": "#0072b2", "built": "#009e73", "idle": "#d55e00", "low_use": "#e69f00"}
MOST_WORDS = len(CLASSES) - 1


@dataclass(frozen=True, slots=True)
class Class:
    """One line of the legend: its words, its colour, how many parcels it has."""

    label: str
    colour: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Colouring:
    """A map's colours: the classes, and of each parcel (by id) the number of its class and what is told of it."""

    title: str
    classes: list[Class]
    of: dict[int, tuple[int, str]]
    note: str = ""


def ways(user: Any) -> list[tuple[str, str]]:
    """Codes and words of what the map can be coloured by."""
    found = [("status", _("状态")), ("use", _("用途")), ("land_area", _("面积（亩）"))]
    for one in Indicator.objects.filter(subject__in=("parcel", "organisation")).order_by("name"):
        found.append((f"indicator:{one.code}", f"{one.name}（{one.unit}）" if one.unit else one.name))
    return found


def colouring(user: Any, area: Any, by: str, day: dt.date, past: bool) -> Colouring:
    """The colours of all parcels that the user sees in ``area`` (None: everywhere). Raises InputError for a way that
    there is not.
    """
    if by.startswith("indicator:"):
        return _indicator(user, area, by.removeprefix("indicator:"), day)
    if by not in ("status", "use", "land_area"):
        raise InputError(_("不能按这一项着色"), where=by[:40])
    rows = _standing(user, area, day, past).values_list("id", by)
    if by == "land_area":
        return _steps(_("面积"), dict(rows), _("亩"), 1)
    if by == "status":
        words = {str(value): str(label) for value, label in ParcelStatus.choices}
        return _words(_("状态"), dict(rows), [(value, words[value], STATUS[value]) for value in words])
    held = dict(rows)
    common = [value for value, _many in Counter(value for value in held.values() if value).most_common(MOST_WORDS)]
    return _words(_("用途"), held, [(value, value, CLASSES[at]) for at, value in enumerate(common)])


def _standing(user: Any, area: Any, day: dt.date, past: bool) -> Any:
    if past:
        return seen(as_of(Parcel, day), user, area).order_by()
    return alive_on(seen(Parcel.objects.all(), user, area), day).order_by()


def _words(title: str, held: Mapping[int, str], known: list[tuple[str, str, str]]) -> Colouring:
    number = {value: at for at, (value, _label, _colour) in enumerate(known)}
    labels = {value: label for value, label, _colour in known}
    others = len(known)
    of = {pk: (number.get(value, others), labels.get(value, value or "—")) for pk, value in held.items()}
    counts = Counter(at for at, _label in of.values())
    classes = [Class(label, colour, counts[at]) for at, (_value, label, colour) in enumerate(known)]
    return Colouring(title, [*classes, Class(_("其他"), GREY, counts[others])], of)


def _steps(title: str, held: Mapping[int, float], unit: str, decimals: int, note: str = "") -> Colouring:
    """Five classes with as many parcels each."""
    values = np.array([value for value in held.values() if value is not None], dtype=float)
    if not values.size:
        return Colouring(title, [Class(_("无数据"), GREY)], {}, note or _("这一天没有值。"))
    edges = np.unique(np.quantile(values, [0, 0.2, 0.4, 0.6, 0.8, 1]))
    inner = edges[1:-1] if len(edges) > 2 else edges[:0]
    of = {
        pk: (int(np.searchsorted(inner, value, side="right")), f"{quantity(value, decimals)} {unit}")
        for pk, value in held.items()
        if value is not None
    }
    counts = Counter(at for at, _told in of.values())
    shown = [quantity(float(edge), decimals) for edge in edges]
    labels = [f"{low}—{high} {unit}" for low, high in itertools.pairwise(shown)] or [f"{shown[0]} {unit}"]
    classes = [Class(label, STEPS[-len(labels) :][at], counts[at]) for at, label in enumerate(labels)]
    return Colouring(title, classes, of, note)


def _indicator(user: Any, area: Any, code: str, day: dt.date) -> Colouring:
    one = Indicator.objects.filter(code=code[:80], subject__in=("parcel", "organisation")).first()
    if one is None:
        raise InputError(_("没有这个逐宗或逐企业的指标"), where=code[:40])
    subject = subjects.by_code(one.subject)
    periods = [period for period in record_values.periods_of(subject, one.pk, told="valued") if period.end <= day]
    if not periods:
        return _steps(one.name, {}, one.unit, one.decimals or 0)
    # a whole year before one that is still running
    period = next((one for one in reversed(periods) if one.kind == PeriodKind.YEAR), periods[-1])
    # whose values may be seen is the formulas' matter
    allowed = set(each.seen_records(subject, user).values_list("pk", flat=True))
    values = {
        row.record: row.value
        for row in record_values.of_period(subject, one.pk, period)
        if row.value is not None and row.record in allowed
    }
    parcels = seen(Parcel.objects.all(), user, area).order_by()
    if one.subject == "organisation":
        held = {pk: values[holder] for pk, holder in parcels.values_list("pk", "holder_id") if holder in values}
    else:
        held = {pk: values[pk] for pk in parcels.values_list("pk", flat=True) if pk in values}
    note = _("%(period)s 的值；没有值的宗地为灰色。") % {"period": period}
    return _steps(one.name, held, one.unit, one.decimals or 0, note)


def told(found: Colouring) -> dict[str, Any]:
    """As JSON for the map."""
    return {
        "title": found.title,
        "note": found.note,
        "classes": [{"label": one.label, "colour": one.colour, "count": one.count} for one in found.classes],
        "of": {str(pk): [at, word] for pk, (at, word) in found.of.items()},
    }
