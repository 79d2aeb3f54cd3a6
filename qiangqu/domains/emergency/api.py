"""The JSON API of emergencies."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from qiangqu.base.visibility import visible
from qiangqu.records.asking import add_acts
from qiangqu.ui.registers import api_router
from qiangqu.ui.shapes import Wanted, listed, paged, shape

from .access import BATCH_FOUND, DRILL_FOUND, EVENT_FOUND, REQUEST_FOUND, SITING_FOUND
from .handling import EVENTS, closing
from .handling.resources import REQUESTS
from .listing import scenarios_of
from .models import EmergencyDrill, EmergencyEvent, EventEntry, ResourceRequest, Scenario
from .nearest import Near, around
from .registers import REGISTERS
from .siting import moving
from .siting.planning import SITINGS
from .stock import BATCHES, stock_of

router = Router()
for _register in REGISTERS:
    router.add_router("", api_router(_register))

EventOut = shape(
    "EmergencyEventOut", EmergencyEvent, "id", "number", "title", "hazard", "grade", "state", "place", "lon", "lat", "radius",
    "happened_at", "opened_at", "ended_at", "dead", "missing", "injured", "evacuated", "report", "cause", "review", "simulated",
    area="area.code",
)  # fmt: skip
EventList = paged("EmergencyEventList", EventOut)
EntryOut = shape("EventEntryOut", EventEntry, "id", "kind", "text", "happened_at", "at", "lon", "lat")
RequestOut = shape(
    "ResourceRequestOut", ResourceRequest, "id", "number", "kind", "amount", "returned", "minutes", "basis", "state", "asked_at",
    "handed_at", "closed_at", "receiver", "note", what="title",
)  # fmt: skip
DrillOut = shape(
    "EmergencyDrillOut", EmergencyDrill, "id", "title", "kind", "held_on", "planned_minutes", "real_minutes", "people", "summary",
    "state", "simulated", area="area.code", plan="plan.code",
)  # fmt: skip
DrillList = paged("EmergencyDrillList", DrillOut)
SitingOut = shape(
    "SitingOut", Scenario, "id", "title", "model", "p", "standard", "weighting", "status", "progress", "basis", "notes", "result", "error",
    "simulated", area="area.code",
)  # fmt: skip
SitingList = paged("SitingList", SitingOut)


class StockOut(Schema):
    id: int
    code: str
    stock: int


class NearOut(Schema):
    kind: str
    key: int
    name: str
    place: str
    minutes: float | None
    free: int | None
    unit: str


class NearestOut(Schema):
    basis: str
    unreached: int
    found: list[NearOut]


class SeenOut(Schema):
    minutes: list[float]
    figures: dict[str, Any]


@router.get("/events", response=EventList, summary="突发事件列表", operation_id="emergency_event_list")
def events(request: HttpRequest, wanted: Query[Wanted]) -> Any:
    """能看到的突发事件，新的在前。"""
    rows = visible(EmergencyEvent.objects.select_related("area"), request.user)
    return wanted.cut(rows.order_by("-opened_at", "-id"))


@router.get("/events/{pk}", response=EventOut, summary="一起突发事件", operation_id="emergency_event_detail")
def event(request: HttpRequest, pk: int) -> Any:
    """等级、状态、伤亡和地点。"""
    return EVENT_FOUND.one(request.user, pk)


@router.get(
    "/events/{pk}/entries", response=listed(EntryOut), summary="处置记录", operation_id="emergency_event_entries"
)
def entries(request: HttpRequest, pk: int) -> Any:
    """按发生时间，只增不改。"""
    return list(EVENT_FOUND.one(request.user, pk).entries.order_by("happened_at", "id"))


@router.get("/events/{pk}/nearest", response=NearestOut, summary="就近可用资源", operation_id="emergency_event_nearest")
def nearest(request: HttpRequest, pk: int) -> Any:
    """有库存、没被占用的队伍、装备、物资和避难场所，按预计到达分钟数；minutes 为空表示不可达。"""
    found = around(EVENT_FOUND.one(request.user, pk), request.user)
    rows = [_near(one) for kind in (found.teams, found.equipment, found.supplies, found.shelters) for one in kind]
    return {"basis": found.basis, "unreached": found.unreached, "found": rows}


def _near(one: Near) -> dict[str, Any]:
    return {
        "kind": one.kind, "key": one.key, "name": one.name, "place": one.place.name, "minutes": one.minutes,
        "free": one.free, "unit": str(one.unit),
    }  # fmt: skip


@router.get(
    "/events/{pk}/requests", response=listed(RequestOut), summary="资源调用", operation_id="emergency_event_requests"
)
def requests(request: HttpRequest, pk: int) -> Any:
    """这起事件申请过的资源。"""
    related = ("team", "equipment", "batch__item")
    return list(EVENT_FOUND.one(request.user, pk).requests.select_related(*related).order_by("number"))


@router.get("/drills", response=DrillList, summary="演练列表", operation_id="emergency_drill_list")
def drills(request: HttpRequest, wanted: Query[Wanted]) -> Any:
    """能看到的演练，新的在前。"""
    return wanted.cut(
        visible(EmergencyDrill.objects.select_related("area", "plan"), request.user).order_by("-held_on", "-id")
    )


@router.get("/sitings", response=SitingList, summary="选址方案列表", operation_id="siting_list")
def sitings(request: HttpRequest, wanted: Query[Wanted]) -> Any:
    """能看到的选址方案，新的在前；result 里有站点、目标值、界限和是否证明最优。"""
    return wanted.cut(scenarios_of(request.user).select_related("area").order_by("-id"))


@router.get("/sitings/{pk}/seen", response=SeenOut, summary="移动站点后的覆盖", operation_id="siting_seen")
def siting_seen(request: HttpRequest, pk: int, sites: str) -> Any:
    """sites 用“|”分开：备选站址的序号（从 0 起），或“经度,纬度”。minutes 是每个需求点到最近站点的分钟数，-1 表示不可达。"""
    return moving.seen(SITING_FOUND.one(request.user, pk), sites[:8000])


@router.get("/stock/{pk}", response=StockOut, summary="一批物资的库存", operation_id="supply_batch_stock")
def stock(request: HttpRequest, pk: int) -> Any:
    """出入库流水之和。"""
    one = BATCH_FOUND.one(request.user, pk)
    return {"id": one.pk, "code": one.code, "stock": stock_of(one)}


def _stock_told(record: Any, result: Any) -> Any:
    return {"id": record.pk, "code": record.code, "stock": stock_of(record)}


add_acts(router, "/events", EVENTS, EVENT_FOUND.one, EventOut)
add_acts(router, "/requests", REQUESTS, REQUEST_FOUND.one, RequestOut)
add_acts(router, "/drills", closing.DRILLS, DRILL_FOUND.one, DrillOut)
add_acts(router, "/stock", BATCHES, BATCH_FOUND.one, StockOut, _stock_told)
add_acts(router, "/sitings", SITINGS, SITING_FOUND.one, SitingOut)
