"""JSON of the plan under ``/api/v1/plan/``: everything its pages show, with the same scope rules.
Read-only.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.errors import HttpError

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import reach, visible
from qiangqu.registry.access import area_chosen, area_in_scope
from qiangqu.registry.roles import Action, may

from . import allocations, owing, queries, supervision
from . import schemas as s
from .briefing import report_day
from .contributors import contributors
from .hands import with_steps
from .models import Allocation, PlanDocument, ProgressReport
from .present import changes_of, contributions, observations_of, path_chart
from .rule import light_words
from .scene import Scene, look
from .scoreboard import UnitScore, scores
from .wall import wall_of

MAX_LIMIT = 500
MAX_TEXT = 100_000

router = Router()


def _scene(request: HttpRequest, area: str, as_of: dt.date | None, action: Action = Action.VIEW_PLAN) -> Scene:
    """The same look at the plan as a page's. 403 for a role that may not, 404 for an area outside the
    user's.
    """
    user: Any = request.user
    if not may(user, action):
        raise HttpError(403, "您的角色不能查看计划")
    try:
        return look(user, area_in_scope(user, area, action), as_of)
    except PermissionDenied:
        raise HttpError(403, "您没有可以查看计划的区域") from None


def _page(rows: list[Any], shape: Callable[[Any], dict[str, Any]], limit: int, offset: int) -> dict[str, Any]:
    return {"count": len(rows), "items": [shape(row) for row in rows[offset : offset + limit]]}


# ---------------------------------------------------------------- targets


@router.get("/status", response=s.StatusOut, summary="各目标的状态", operation_id="plan_status")
def plan_status(request: HttpRequest, area: str = "", as_of: dt.date | None = None) -> dict[str, Any]:
    """与命令 ``qiangqu plan status --format json`` 同形。"""
    scene = _scene(request, area, as_of)
    return {
        "as_of": scene.day.isoformat(),
        "plan": s.plan_data(scene.plan),
        "area": s.named(scene.area),
        "counts": scene.counts,
        "rule": scene.rule,
        "targets": [one.as_contract() for one in scene.statuses],
    }


@router.get("/targets", response=s.TargetPage, summary="目标", operation_id="plan_targets")
def list_targets(
    request: HttpRequest,
    area: str = "",
    as_of: dt.date | None = None,
    status: str = "",
    measure: str = "",
    unit: str = "",
    effort: str = "",
    kind: str = "",
    q: str = "",
    sort: str = "position",
    limit: int = Query(100, ge=1, le=MAX_LIMIT),
    offset: int = Query(0, ge=0, le=10**9),
) -> dict[str, Any]:
    """按状态（含 stale 待更新）、举措、责任单位、力度、类型、名称筛选；``sort`` 可用 name status value chance
    gap，前加 - 为倒序。
    """
    scene = _scene(request, area, as_of)
    wanted = {"measure": measure, "unit": unit, "effort": effort, "kind": kind, "q": q, "sort": sort}
    rows = queries.filtered_targets(list(scene.statuses), wanted)
    rows = [one for one in rows if status in ("", one.verdict.state, one.state)]
    return _page(rows, lambda one: s.target_data(one, scene.area), limit, offset) | {"rule": scene.rule}


@router.get("/targets/{code}", response=s.TargetDetail, summary="一项目标", operation_id="plan_target")
def one_target(request: HttpRequest, code: str, area: str = "", as_of: dt.date | None = None) -> dict[str, Any]:
    """要求路径、实际、预测区间，各地贡献，分解，修改记录。"""
    scene = _scene(request, area, as_of)
    one, record = scene.status_of(code), scene.target(code)
    names = ("text", "note", "base_source", "base_reason", "assigned_document")
    sums = allocations.year_sums(record, scene.area, one.verdict.base) if record.additive else []
    return (
        s.target_data(one, scene.area)
        | {name: getattr(record, name) for name in names}
        | {
            "path_shape": record.path,
            "base_year": one.verdict.base_year,
            "rate_seen": one.verdict.rate_seen,
            "rate_needed": one.verdict.rate_needed,
            "rate_in_percent": one.verdict.rate_in_percent,
            "required_then": one.verdict.required_then,
            "rule": scene.rule,
            "milestones": {m.year: m.value for m in record.milestones.all()},
            "path": s.path_data(path_chart(one, record, observations_of(record, scene))),
            "contributions": s.parts_data(contributions(one, scene)),
            "allocations": _allocations(record, scene),
            "sums": [{"year": x.year, "whole": x.whole, "total": x.total, "gap": x.gap, "fits": x.fits} for x in sums],
            "history": [s.change_data(change) for change in changes_of(record)],
        }
    )


def _allocations(record: Any, scene: Scene) -> list[dict[str, Any]]:
    found = visible(Allocation.objects.filter(target=record, area__parent=scene.area), scene.user)
    rows = found.select_related("area").order_by("year", "area__code")
    return [{"year": row.year, "area": s.named(row.area), "value": row.value} for row in rows]


@router.get(
    "/targets/{code}/contributors",
    response=s.ContributorsOut,
    summary="目标现值的产业与企业贡献",
    operation_id="plan_target_contributors",
)
def target_contributors(
    request: HttpRequest, code: str, area: str = "", as_of: dt.date | None = None
) -> dict[str, Any]:
    scene = _scene(request, area, as_of)
    found = contributors(scene.status_of(code), scene.area, request.user)
    shares = {
        kind: [{"name": x.name, "value": x.value, "share": x.share} for x in getattr(found, kind)]
        for kind in ("enterprises", "industries")
    }
    names = ("what", "unit", "gathered", "total", "simulated")
    return {name: getattr(found, name) for name in names} | shares


# ---------------------------------------------------------------- measures and units


@router.get("/measures", response=s.MeasurePage, summary="举措", operation_id="plan_measures")
def list_measures(
    request: HttpRequest,
    area: str = "",
    as_of: dt.date | None = None,
    status: str = "",
    q: str = "",
    limit: int = Query(100, ge=1, le=MAX_LIMIT),
    offset: int = Query(0, ge=0, le=10**9),
) -> dict[str, Any]:
    scene = _scene(request, area, as_of)
    rows = queries.filtered_measures(scene.measures, {"status": status, "q": q})
    return _page(rows, s.measure_data, limit, offset) | {"rule": light_words()}


@router.get("/measures/{no}", response=s.MeasureDetail, summary="一条举措与它的进展报告", operation_id="plan_measure")
def one_measure(request: HttpRequest, no: int, area: str = "", as_of: dt.date | None = None) -> dict[str, Any]:
    scene = _scene(request, area, as_of)
    one = queries.measure_status(scene, no)
    reports = visible(ProgressReport.objects.filter(measure=one.measure), request.user)
    return s.measure_data(one) | {"due": report_day(scene.plan, scene.day), "reports": _reports(reports)}


def _reports(reports: Any) -> list[dict[str, Any]]:
    rows = reports.select_related("measure", "unit", "reported_by", "origin").prefetch_related("evidence")
    return [s.report_data(report) for report in rows[:100]]


@router.get("/units", response=s.LoadPage, summary="责任单位", operation_id="plan_units")
def list_units(
    request: HttpRequest,
    area: str = "",
    as_of: dt.date | None = None,
    q: str = "",
    limit: int = Query(100, ge=1, le=MAX_LIMIT),
    offset: int = Query(0, ge=0, le=10**9),
) -> dict[str, Any]:
    scene = _scene(request, area, as_of)
    rows = owing.loads(scene.plan, scene.statuses, scene.measures, request.user, q.strip()[:80])
    return _page(rows, s.load_data, limit, offset)


@router.get("/units/{code}", response=s.DutiesOut, summary="一个单位的应办事项", operation_id="plan_unit")
def one_unit(request: HttpRequest, code: str, area: str = "", as_of: dt.date | None = None) -> dict[str, Any]:
    scene = _scene(request, area, as_of)
    found = owing.duties(scene.plan, scene.statuses, scene.measures, scene.day, request.user, code)
    reports = owing.reports_of(found.unit, scene.plan, request.user)
    return s.duties_data(found) | {"due": report_day(scene.plan, scene.day), "reports": _reports(reports)}


@router.get("/allocations", response=list[s.AllocationOut], summary="目标分解", operation_id="plan_allocations")
def list_allocations(
    request: HttpRequest, target: str, area: str = "", as_of: dt.date | None = None
) -> list[dict[str, Any]]:
    """目标 ``target`` 分到 ``area`` 下一级各区域的数。"""
    scene = _scene(request, area, as_of)
    return _allocations(scene.target(target), scene)


# ---------------------------------------------------------------- the wall


@router.get("/cockpit", response=s.CockpitOut, summary="驾驶舱", operation_id="plan_cockpit")
def cockpit(request: HttpRequest, area: str = "", as_of: dt.date | None = None, indicator: str = "") -> dict[str, Any]:
    scene = _scene(request, area, as_of)
    shown = wall_of(scene, indicator)
    picture, chosen = shown["map"], shown["chosen"]
    return {
        "as_of": scene.day,
        "area": s.named(scene.area),
        "plan": s.plan_data(scene.plan),
        "simulated": shown["simulated"],
        "counts": scene.counts,
        "lights": {one.measure.no: one.state for one in scene.measures},
        "map": None
        if picture is None
        else {
            "indicator": s.named(chosen),
            "unit": picture["unit"],
            "period": picture["period"],
            "simulated": picture["simulated"],
            "areas": [_place(one) for one in picture["areas"]],
            "points": [_place(one) for one in picture["points"]],
        },
        "trends": [
            {
                "name": trend["name"],
                "unit": trend["chart"]["unit"],
                "x": trend["chart"]["x"],
                "values": trend["chart"]["series"][0]["values"],
                "simulated": trend["chart"]["simulated"],
            }
            for trend in shown["trends"]
        ],
        "alarms": [{"level": alarm.level, "text": alarm.text, "url": alarm.url} for alarm in shown["alarms"]],
    }


def _place(one: Any) -> dict[str, Any]:
    return {
        "name": one["name"],
        "value": one["value"],
        "explain_url": one["url"],
        "lon": one.get("lon"),
        "lat": one.get("lat"),
    }


# ---------------------------------------------------------------- supervision


@router.get("/supervision", response=s.SupervisedPage, summary="督办事项", operation_id="plan_supervision")
def list_supervision(
    request: HttpRequest,
    area: str = "",
    light: str = "",
    unit: str = "",
    place: str = "",
    state: str = "",
    limit: int = Query(100, ge=1, le=MAX_LIMIT),
    offset: int = Query(0, ge=0, le=10**9),
) -> dict[str, Any]:
    rows = queries.filtered_cases(_scene(request, area, None), light=light, unit=unit, place=place, state=state)
    shown = with_steps(rows)[offset : offset + limit]
    return {"count": rows.count(), "items": [s.supervised_data(one) for one in shown]}


@router.get("/supervision/units", response=list[s.UnitScoreOut], summary="单位积分", operation_id="plan_scoreboard")
def list_scores(request: HttpRequest, area: str = "") -> list[UnitScore]:
    scene = _scene(request, area, None)
    return scores(supervision.cases(scene.user, scene.plan, scene.area), scene.plan)


@router.get("/supervision/bulletin", summary="督查通报（Word）", operation_id="plan_bulletin", response={200: None})
def bulletin(request: HttpRequest, area: str = "", month: str = "", number: str = "") -> HttpResponse:
    """``month`` 写成 2026-11；空为本月。"""
    return queries.bulletin_of(_scene(request, area, None, Action.SUPERVISE_CASES), month, number)


# ---------------------------------------------------------------- documents


@router.get("/documents", response=s.DocumentPage, summary="计划文件", operation_id="plan_documents")
def list_documents(
    request: HttpRequest,
    area: str = "",
    limit: int = Query(50, ge=1, le=MAX_LIMIT),
    offset: int = Query(0, ge=0, le=10**9),
) -> dict[str, Any]:
    found = _documents(request, area)
    return {"count": found.count(), "items": [s.document_data(one) for one in found[offset : offset + limit]]}


def _documents(request: HttpRequest, area: str = "") -> Any:
    user: Any = request.user
    if not reach(user, Action.EDIT_PLAN):
        raise HttpError(403, "您的角色不能查看计划文件")
    return queries.documents_in(user, area_chosen(user, area))


def _document(request: HttpRequest, document_id: int) -> PlanDocument:
    found: PlanDocument | None = _documents(request).filter(pk=document_id).first()
    if found is None:
        raise NotFoundError("没有这份文件，或它不在您的管辖范围内", where=str(document_id))
    return found


@router.get("/documents/{document_id}", response=s.DocumentOut, summary="一份文件", operation_id="plan_document")
def one_document(request: HttpRequest, document_id: int) -> dict[str, Any]:
    return s.document_data(_document(request, document_id))


@router.get("/documents/{document_id}/text", response=str, summary="正文的一段", operation_id="plan_document_text")
def document_text(
    request: HttpRequest, document_id: int, start: int = Query(0, ge=0), length: int = Query(20_000, ge=1, le=MAX_TEXT)
) -> str:
    """从第 ``start`` 个字符起的 ``length`` 个字符。"""
    return _document(request, document_id).text[start : start + length]


@router.get(
    "/documents/{document_id}/items", response=s.ItemPage, summary="编译条目", operation_id="plan_document_items"
)
def document_items(
    request: HttpRequest,
    document_id: int,
    kind: str = "",
    decision: str = "",
    limit: int = Query(100, ge=1, le=MAX_LIMIT),
    offset: int = Query(0, ge=0, le=10**9),
) -> dict[str, Any]:
    found = _document(request, document_id)
    items = found.items.select_related("target", "measure", "decided_by").order_by("position")
    if kind:
        items = items.filter(kind=kind)
    if decision:
        items = items.filter(decision=decision)
    rows = list(items[offset : offset + limit])
    for item in rows:
        item.document = found
    return {"count": items.count(), "items": [s.item_data(item) for item in rows]}


@router.get("/briefing", summary="进展通报（Word）", operation_id="plan_briefing", response={200: None})
def briefing(
    request: HttpRequest, area: str = "", as_of: dt.date | None = None, issuer: str = "", number: str = ""
) -> HttpResponse:
    return queries.briefing_of(_scene(request, area, as_of), issuer, number)
