"""Records in the order of an indicator's values: the list of an indicator that has values for records, and
the panel on a record's page.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.periods import Period, parse_period
from qiangqu.base.terms import bracketed
from qiangqu.base.visibility import in_subtree, is_own_only, reach
from qiangqu.facts import subjects
from qiangqu.registry.roles import Action, may
from qiangqu.registry.subjects import AREA
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing
from qiangqu.ui.registers import Panel

from . import each, record_values
from .check import check_formula
from .models import Basis, Direction, Indicator
from .templatetags.indicators import open_url


@dataclass(frozen=True, slots=True)
class Ranked:
    """One record with its value; ``place`` 1 is the best, equals share a place, a missing value (with its
    reason) has none.
    """

    pk: int
    code: str
    name: str
    area: str
    value: float | None
    simulated: bool
    basis: str
    reason: str
    place: int | None = None


def of_records() -> Any:
    """Indicators that have values for records."""
    return Indicator.objects.exclude(subject=AREA.code)


def periods_of(one: Indicator) -> list[Period]:
    """Periods in which records have values of the indicator, in the order of time."""
    return record_values.periods_of(subjects.by_code(one.subject), one.pk)


def period_of(one: Indicator, text: str) -> Period | None:
    """The period that is asked for; for "" the last one with a value, or with reasons where none has any
    (None: there is none). Raises InputError, also for an indicator of areas.
    """
    if each.of_areas(one.subject):
        raise InputError(_("这个指标按区域取值，没有各对象的值"), where=one.code)
    if text:
        return parse_period(text)
    # of the year that is not over there may be reasons only: what opens first has values
    known = record_values.periods_of(subjects.by_code(one.subject), one.pk, told="valued") or periods_of(one)
    return known[-1] if known else None


def ranked(one: Indicator, period: Period | None, viewer: Any, area: Any = None) -> list[Ranked]:
    """The records that ``viewer`` sees (in ``area`` only, where it is given) with their values in the period,
    best first.
    """
    if period is None:
        return []
    declared = subjects.by_code(one.subject)
    values = {value.record: value for value in record_values.of_period(declared, one.pk, period)}
    rows = each.seen_records(declared, viewer)
    if area is not None:
        rows = in_subtree(rows, area.path)
    columns = ("pk", *each.shown_columns(declared), subjects.area_lookup(declared, "short_name"))
    found = [
        Ranked(pk, str(code), str(name or code), place or "", v.value, v.simulated, v.basis, v.reason)
        for pk, code, name, place in rows.values_list(*columns)
        for v in ([values[pk]] if pk in values else [])
    ]
    sign = -1 if one.direction == Direction.UP else 1
    found.sort(key=lambda row: (row.value is None, sign * (row.value or 0.0), row.code))
    return _placed(found)


def _placed(rows: list[Ranked]) -> list[Ranked]:
    made: list[Ranked] = []
    for number, row in enumerate(rows, 1):
        equal = bool(made) and made[-1].value == row.value
        place = None if row.value is None else made[-1].place if equal else number
        made.append(replace(row, place=place))
    return made


# ---------------------------------------------------------------- the list


def _indicator(asked: Asked) -> Indicator | None:
    """The indicator that is asked for, else the first."""
    if "indicator" not in asked.kept:
        code = asked.params.get("indicator", "").replace("\0", "")[:80]
        found = of_records()
        asked.kept["indicator"] = (found.filter(code=code) if code else found).first()
    kept: Indicator | None = asked.kept["indicator"]
    return kept


def _periods(asked: Asked) -> list[Period]:
    one = _indicator(asked)
    if "periods" not in asked.kept:
        asked.kept["periods"] = periods_of(one) if one else []
    kept: list[Period] = asked.kept["periods"]
    return kept


def _first(asked: Asked) -> Period | None:
    """The period with which the list opens."""
    one = _indicator(asked)
    if "first" not in asked.kept:
        asked.kept["first"] = period_of(one, "") if one else None
    kept: Period | None = asked.kept["first"]
    return kept


def _period(asked: Asked) -> Period | None:
    text = asked.params.get("period", "")
    return next((one for one in _periods(asked) if one.code == text), None) if text else _first(asked)


def _filters(asked: Asked) -> lists.filters.Filters:
    codes = [(one.code, bracketed(one.name, one.unit)) for one in of_records()]
    periods = [(one.code, one.label) for one in reversed(_periods(asked))]
    one, first = _indicator(asked), _first(asked)
    return lists.choice("indicator", _("指标"), codes, default=one.code if one else "") | lists.choice(
        "period", _("时期"), periods, default=first.code if first else ""
    )


def _rows(asked: Asked) -> list[Ranked]:
    one = _indicator(asked)
    return ranked(one, _period(asked), asked.user, asked.area) if one else []


def _address(one: Indicator, period: Period | None, row: Ranked) -> str:
    return open_url(one.code, row.code, period.code, one.subject) if period else ""


def _columns(asked: Asked) -> list[Column]:
    one, period = _indicator(asked), _period(asked)
    declared = subjects.by_code(one.subject) if one else AREA
    address = partial(_address, one, period) if one else None
    return [
        Column("place", _("名次"), lambda row: row.place, sort=("place",), number=True, decimals=0, width=8),
        Column("name", declared.title, lambda row: row.name, sort=("name",), role=lists.NAME, width=36, verbatim=True,
               link=lambda row: subjects.url_of(declared.number, row.pk)),
        Column("code", _("代码"), lambda row: row.code, sort=("code",), shown=False, verbatim=True),
        Column("area", _("区域"), lambda row: row.area, sort=("area",), width=20),
        Column("value", _("数值"), lambda row: row.value, sort=("value",), role=lists.VALUE, number=True,
               unit=one.unit if one else "", decimals=one.decimals if one else None, link=address),
        Column("basis", _("数据基础"), lambda row: str(Basis(row.basis).label) if row.basis else "", sort=("basis",)),
        Column("reason", _("无值原因"), lambda row: row.reason, shown=False, width=40),
    ]  # fmt: skip


def _context(request: Any, asked: Asked) -> dict[str, Any]:
    one, period = _indicator(asked), _period(asked)
    made: dict[str, Any] = {"one": one, "period": period, "may_edit": may(asked.user, Action.EDIT_INDICATORS)}
    if one is not None:
        try:
            checked = check_formula(one.formula, unit=one.unit, code=one.code, name=one.name, subject=one.subject)
            made["words"] = checked.words
        except InputError as error:
            made["fault"] = error.message
        made["better"] = one.get_direction_display()
    return made


RANKING = Listing(
    code="indicator_records",
    page="indicator-records",
    title=gettext_lazy("各对象的指标值"),
    rows=_rows,
    columns=_columns,
    filters=_filters,
    search=("name", "code", "area"),
    simulated=lambda row: row.simulated,
    template="formulas/records.html",
    context=_context,
    empty=gettext_lazy("没有这一期的数值"),
)


# ---------------------------------------------------------------- on a record's page


def panel(request: HttpRequest, record: Any) -> Panel | None:
    """The latest value of each indicator that has values for such records; None where there are none or the
    viewer sees no indicators.
    """
    user: Any = request.user
    if is_own_only(user) or not reach(user, Action.VIEW_PLAN):
        return None
    declared = next((one for one in subjects.subjects() if subjects.model_of(one) is type(record)), None)
    if declared is None or not each.seen_records(declared, user).filter(pk=record.pk).exists():
        return None
    known = {one.pk: one for one in of_records().filter(subject=declared.code)}
    best = record_values.latest_of_record(declared, record.pk, known)
    rows = [(one, best[pk]) for pk, one in known.items() if pk in best]
    if not rows:
        return None
    column, _name = each.shown_columns(declared)
    links = [
        (one, value, open_url(one.code, str(getattr(record, column)), value.period.code, one.subject),
         f"{reverse('indicator-records')}?indicator={one.code}&period={value.period.code}")
        for one, value in rows
    ]  # fmt: skip
    return Panel(
        _("指标"), "formulas/record_panel.html", {"rows": links, "simulated": any(v.simulated for _o, v in rows)}
    )
