"""The JSON API of inspections."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from qiangqu.records.asking import add_acts
from qiangqu.ui.registers import api_router
from qiangqu.ui.shapes import Wanted, listed, paged, shape

from .access import DRAW_FOUND, VISIT_FOUND
from .drawing import DRAWS
from .models import Draw, Visit
from .part import PART
from .queries import draws_of, looked, visits_of
from .registers import REGISTERS
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


add_acts(router, "/draws", DRAWS, DRAW_FOUND.one, DrawOut, PART.acts)
add_acts(router, "/visits", VISITS, VISIT_FOUND.one, VisitOut, PART.acts)
