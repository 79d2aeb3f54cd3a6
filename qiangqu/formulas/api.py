"""JSON of the indicators under ``/api/v1/indicators/``: definitions, values, a value opened, a formula
checked. Same scope rules as the pages.
"""

import datetime as dt
from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from ninja.errors import HttpError

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import in_subtree, reach, visible
from qiangqu.registry.access import area_in_scope
from qiangqu.registry.roles import Action, may

from . import browse, ranking
from .check import check_formula
from .explain import explain, rows_at
from .models import Indicator, IndicatorValue
from .rows import Choice, read_subject
from .shown import explanation_data, page_data

router = Router()


class IndicatorOut(Schema):
    code: str
    name: str
    unit: str
    decimals: int
    direction: str
    formula: str
    description: str
    source: str
    subject: str


class LatestOut(IndicatorOut):
    value: float | None
    period: str | None
    simulated: bool
    basis: str


class IndicatorPage(Schema):
    count: int
    items: list[LatestOut]


class ValueOut(Schema):
    area: str
    period: str
    value: float | None
    simulated: bool
    basis: str
    reason: str


class ValuePage(Schema):
    count: int
    items: list[ValueOut]


class RecordOut(Schema):
    record: str
    name: str
    area: str
    place: int | None
    value: float | None
    simulated: bool
    basis: str
    reason: str


class RecordPage(Schema):
    count: int
    period: str | None
    subject: str
    items: list[RecordOut]


class FormulaIn(Schema):
    formula: str
    unit: str
    code: str = ""
    subject: str = "area"


class FormulaOut(Schema):
    words: str
    elements: list[str]
    indicators: list[str]


def _viewer(request: HttpRequest) -> Any:
    user: Any = request.user
    if not reach(user, Action.VIEW_PLAN):
        raise HttpError(403, "您的角色不能查看指标")
    return user


def _indicator(code: str) -> Indicator:
    found = Indicator.objects.filter(code=code[:80]).first()
    if found is None:
        raise NotFoundError("没有这个指标", where=code[:80])
    return found


def _data(one: Indicator) -> dict[str, Any]:
    return {name: getattr(one, name) for name in IndicatorOut.model_fields}


@router.get("/", response=IndicatorPage, summary="指标与最新值", operation_id="indicators_list")
def list_indicators(
    request: HttpRequest,
    area: str = "",
    as_of: dt.date | None = None,
    q: str = Query("", max_length=80),
    limit: int = Query(50, ge=1, le=200),
    offset: int = Query(0, ge=0, le=10**9),
) -> dict[str, Any]:
    place = area_in_scope(_viewer(request), area)
    assert place is not None
    found = browse.search(q)
    latest = browse.latest_values(list(found[offset : offset + limit]), place, as_of or timezone.localdate())
    items = [
        _data(row.indicator)
        | {
            "value": row.value,
            "period": row.period.code if row.period else None,
            "simulated": row.simulated,
            "basis": row.basis,
        }
        for row in latest
    ]
    return {"count": found.count(), "items": items}


@router.post("/check", response=FormulaOut, summary="检查公式", operation_id="indicators_check")
def check(request: HttpRequest, given: FormulaIn) -> dict[str, Any]:
    """公式有误时以 422 说明原因；不保存任何内容。"""
    if not may(_viewer(request), Action.EDIT_INDICATORS):
        raise HttpError(403, "您的角色不能定义指标")
    checked = check_formula(given.formula, unit=given.unit, code=given.code, subject=given.subject)
    return {
        "words": checked.words,
        "elements": sorted(checked.elements),
        "indicators": sorted(checked.indicators),
    }


@router.get("/{code}", response=IndicatorOut, summary="一个指标", operation_id="indicators_get")
def get_indicator(request: HttpRequest, code: str) -> dict[str, Any]:
    _viewer(request)
    return _data(_indicator(code))


@router.get("/{code}/values", response=ValuePage, summary="指标值", operation_id="indicators_values")
def values(
    request: HttpRequest,
    code: str,
    area: str = "",
    period: str = Query("", max_length=20),
    limit: int = Query(100, ge=1, le=500),
    offset: int = Query(0, ge=0, le=10**9),
) -> dict[str, Any]:
    """所选区域及其以下各地的值，按区域和时期排列。"""
    user = _viewer(request)
    place = area_in_scope(user, area, Action.VIEW_PLAN)
    assert place is not None
    rows = in_subtree(visible(IndicatorValue.objects.filter(indicator=_indicator(code)), user), place.path)
    if period:
        from qiangqu.base.periods import parse_period

        rows = rows.filter(period_key=parse_period(period).key)
    shown = rows.select_related("area").order_by("area__path", "period_key")[offset : offset + limit]
    items = [
        {
            "area": v.area.code,
            "period": v.period.code,
            "value": v.value,
            "simulated": v.simulated,
            "basis": v.basis,
            "reason": v.reason,
        }
        for v in shown
    ]
    return {"count": rows.count(), "items": items}


@router.get("/{code}/records", response=RecordPage, summary="各对象的指标值", operation_id="indicators_records")
def record_values(
    request: HttpRequest,
    code: str,
    period: str = Query("", max_length=20),
    area: str = "",
    limit: int = Query(100, ge=1, le=500),
    offset: int = Query(0, ge=0, le=10**9),
) -> dict[str, Any]:
    """逐个企业、项目、宗地等取值的指标：所选区域内各对象在一个时期（不写则为最近有数的一期）的值，按名次排列。"""
    user = _viewer(request)
    one = _indicator(code)
    when = ranking.period_of(one, period)
    rows = ranking.ranked(one, when, user, area_in_scope(user, area, Action.VIEW_PLAN))
    items = [
        {
            "record": row.code,
            "name": row.name,
            "area": row.area,
            "place": row.place,
            "value": row.value,
            "simulated": row.simulated,
            "basis": row.basis,
            "reason": row.reason,
        }
        for row in rows[offset : offset + limit]
    ]
    return {"count": len(rows), "period": when.code if when else None, "subject": one.subject, "items": items}


@router.get("/{code}/explain", summary="打开一个值", operation_id="indicators_explain")
def explain_value(
    request: HttpRequest,
    code: str,
    period: str,
    area: str = "",
    record: str = Query("", max_length=80),
    node: int | None = None,
    subject: str = Query("", max_length=16),
    page: int = Query(1, ge=1, le=100_000),
    size: int = Query(50, ge=1, le=500),
    choice: Literal["real", "simulated", ""] = "",
) -> dict[str, Any]:
    """``area`` 为区域代码；逐个对象取值的指标则以 ``record`` 给出对象的代码。与命令 ``qiangqu explain
    --format json`` 同形；给出 ``node`` 时只返回该项的明细行，``choice`` 为所打开的值的 ``choice``；再给出
    ``subject``（明细行的 ``subject``）时返回该对象的各条事实。"""
    user = _viewer(request)
    area = record or area
    if node is not None:
        one = read_subject(subject)
        made = Choice[choice.upper()] if choice else None
        rows = rows_at(code, node, area, period, user, page=page, size=size, subject=one, choice=made)
        return page_data(rows)
    return explanation_data(explain(code, area, period, user, page=page, size=size))
