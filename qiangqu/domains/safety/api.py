"""The JSON API of safety."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from qiangqu.base.visibility import seen
from qiangqu.records.asking import add_acts
from qiangqu.registry.access import area_chosen
from qiangqu.ui.registers import api_router
from qiangqu.ui.shapes import Many, Wanted, listed, paged, shape

from .access import DRAW_FOUND, VISIT_FOUND
from .drawing import DRAWS
from .gb18218 import Addend, Assessment
from .hazards import HAZARD_FOUND, HAZARDS
from .models.chemicals import Stock
from .models.hazards import Hazard
from .models.inspections import Draw, Visit
from .models.permits import GasReading, WorkPermit
from .models.risks import RiskCheck
from .permits import PERMIT_FOUND, PERMITS
from .queries import draws_of, looked, visits_of
from .registers import REGISTERS
from .risks import POINT_FOUND, POINTS
from .stocks import UNIT_FOUND, UNITS, assessed, stocks_of
from .visiting import VISITS

router = Router()
for _register in REGISTERS:
    router.add_router("", api_router(_register))

DrawOut = shape(
    "DrawOut", Draw, "id", "number", "title", "state", "as_of", "rules", "commit", "hashes", "value_due", "starts_at",
    "committed_at", "public_value", "evidence", "drawn_at", "opened_at", "published_at", "void_reason", "simulated",
    area="area.code", source="whole_source",
)  # fmt: skip
DrawList = paged("DrawList", DrawOut)
VisitOut = shape(
    "VisitOut", Visit, "id", "place", "stratum", "short", "visited_on", "outcome", "findings", "state", "team", "simulated",
    organisation="organisation.code", draw="draw.number",
)  # fmt: skip

HazardOut = shape(
    "HazardOut", Hazard, "id", "number", "title", "place", "found", "grade", "grade_basis", "state", "found_at", "lon", "lat",
    "due_on", "responsible", "measures", "money", "acceptance", "round", "result", "worked_at", "rechecked", "rechecked_at",
    "escalated", "reference", "simulated",
    area="area.code", organisation="organisation.code", item="item.code?", repeat_of="repeat_of.number?",
)  # fmt: skip
HazardList = paged("HazardList", HazardOut)
CheckOut = shape(
    "RiskCheckOut", RiskCheck, "uid", "at", "works", "note", "simulated", point="point.code", hazard="hazard.number?"
)


@router.get("/hazards", response=HazardList, summary="隐患列表", operation_id="hazard_list")
def hazards(request: HttpRequest, wanted: Query[Wanted], area: str = "", state: str = "") -> Any:
    """能看到的隐患，新的在前；state 为 open、rectified、closed 或 void。"""
    rows = seen(Hazard.objects.all(), request.user, area_chosen(request.user, area))  # type: ignore[arg-type]
    rows = rows.filter(state=state) if state else rows
    return wanted.cut(rows.select_related("area", "organisation", "item", "repeat_of").order_by("-found_at", "-pk"))


@router.get("/hazards/{pk}", response=HazardOut, summary="一条隐患", operation_id="hazard_detail")
def hazard(request: HttpRequest, pk: int) -> Any:
    """整改方案、整改和复查。"""
    return HAZARD_FOUND.one(request.user, pk)


@router.get("/risk-points/{pk}/checks", response=listed(CheckOut), summary="风险点的检查", operation_id="risk_checks")
def risk_checks(request: HttpRequest, pk: int) -> Any:
    """检查记录，新的在前，至多 200 次。"""
    return list(POINT_FOUND.one(request.user, pk).checks.select_related("point", "hazard")[:200])


PermitOut = shape(
    "PermitOut", WorkPermit, "id", "number", "kind", "level", "work", "place", "vessel", "opens", "radius", "lon", "lat", "workers",
    "planned_from", "planned_to", "state", "applied_at", "approved_at", "started_at", "valid_to", "suspended_at", "suspended_why",
    "closed_at", "closing", "simulated",
    area="area.code", organisation="organisation.code", guardian="guardian.username", parent="parent.number?",
)  # fmt: skip
PermitList = paged("PermitList", PermitOut)
ReadingOut = shape(
    "GasReadingOut",
    GasReading,
    "uid",
    "gas",
    "value",
    "unit",
    "spot",
    "at",
    "analyst",
    "instrument",
    "passed",
    "judged_by",
)
StockOut = shape(
    "StockOut", Stock, "uid", "day", "tonnes", "most", "simulated", chemical="chemical.code", unit="unit.code"
)
AddendOut = shape(
    "AddendOut", Addend, "name", "tonnes", "critical", "critical_from", "beta", "beta_from", "ratio", "corrected"
)
AssessmentOut = shape(
    "AssessmentOut", Assessment, "s", "alpha", "r", "level", "missing", "major", "s_worked", "r_worked",
    addends=Many(AddendOut, "addends"),
)  # fmt: skip


@router.get("/permits", response=PermitList, summary="作业票列表", operation_id="permit_list")
def permits(request: HttpRequest, wanted: Query[Wanted], area: str = "", state: str = "") -> Any:
    """能看到的作业票，新的在前。"""
    rows = seen(WorkPermit.objects.all(), request.user, area_chosen(request.user, area))  # type: ignore[arg-type]
    rows = rows.filter(state=state) if state else rows
    return wanted.cut(rows.select_related("area", "organisation", "guardian", "parent").order_by("-applied_at", "-pk"))


@router.get("/permits/{pk}", response=PermitOut, summary="一张作业票", operation_id="permit_detail")
def permit(request: HttpRequest, pk: int) -> Any:
    """作业票的状态和时间。"""
    return PERMIT_FOUND.one(request.user, pk)


@router.get("/permits/{pk}/readings", response=listed(ReadingOut), summary="气体分析", operation_id="permit_readings")
def readings(request: HttpRequest, pk: int) -> Any:
    """一张作业票的气体分析，新的在前，至多 200 次。"""
    return list(PERMIT_FOUND.one(request.user, pk).readings.all()[:200])


@router.get(
    "/hazard-units/{pk}/assessment", response=AssessmentOut, summary="重大危险源计算", operation_id="unit_assessment"
)
def assessment(request: HttpRequest, pk: int, day: dt.date | None = None, design: bool = False) -> Any:
    """按 GB 18218-2018 由某一天的存量（design：设计最大量）算出的 S、R 和等级，每一项都列出。"""
    unit = UNIT_FOUND.one(request.user, pk)
    return assessed(unit, stocks_of(unit), day or timezone.localdate(), design=design)


@router.get("/draws", response=DrawList, summary="抽查列表", operation_id="draw_list")
def draws(request: HttpRequest, wanted: Query[Wanted]) -> Any:
    """能看到的抽查，新的在前。没有名单：名单到检查开始时才有。"""
    return wanted.cut(draws_of(request.user).select_related("area").order_by("-prepared_at", "-id"))


@router.get("/draws/{pk}", response=DrawOut, summary="一次抽查", operation_id="draw_detail")
def draw(request: HttpRequest, pk: int) -> Any:
    """承诺、公开值和状态。"""
    return DRAW_FOUND.one(request.user, pk)


@router.get("/draws/{pk}/visits", response=listed(VisitOut), summary="一次抽查的检查", operation_id="draw_visits")
def visits(request: HttpRequest, pk: int) -> Any:
    """能看到的检查对象和检查组；公示之前看了会留记录。"""
    one = DRAW_FOUND.one(request.user, pk)
    found = visits_of(one, request.user)
    if found:
        looked(request.user, one)
    return found


add_acts(router, "/draws", DRAWS, DRAW_FOUND.one, DrawOut)
add_acts(router, "/visits", VISITS, VISIT_FOUND.one, VisitOut)
add_acts(router, "/hazards", HAZARDS, HAZARD_FOUND.one, HazardOut)
add_acts(router, "/risk-points", POINTS, POINT_FOUND.one, CheckOut, tell=lambda _point, made: made)
add_acts(router, "/permits", PERMITS, PERMIT_FOUND.one, PermitOut)
add_acts(router, "/hazard-units", UNITS, UNIT_FOUND.one, StockOut, tell=lambda _unit, made: made)
