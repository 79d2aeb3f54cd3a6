"""JSON of this part under ``/api/v1/vehicles/``."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.errors import HttpError

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.registry.access import area_chosen
from qiangqu.registry.roles import Action, may
from qiangqu.ui.registers import api_router

from .looking import looked_at, where
from .models import Vehicle
from .registers import REGISTERS

router = Router()
for one in REGISTERS:
    router.add_router("", api_router(one))


class PositionOut(Schema):
    """Degrees CGCS2000, km/h, degrees from north; empty where nothing was heard."""

    id: int
    plate: str
    state: str
    alarms: list[str]
    missing: list[str]
    lon: float | None
    lat: float | None
    speed: float | None
    course: float | None
    at: str


def _let_in(request: HttpRequest) -> Any:
    if not may(request.user, Action.VEHICLES):
        raise HttpError(403, "您的角色不能查看危险货物车辆")
    return request.user


@router.get("/positions", response=list[PositionOut], summary="车辆最新位置", operation_id="vehicles_positions")
def positions(request: HttpRequest, area: str = "") -> list[dict[str, Any]]:
    """Where the vehicles that you see are."""
    user = _let_in(request)
    return where(user, area_chosen(user, area))


@router.get("/track/{plate}", summary="一辆车一天的轨迹（GeoJSON；查看会记入审计）", operation_id="vehicles_track")
def track(request: HttpRequest, plate: str, day: dt.date) -> dict[str, Any]:
    """The way of a day; that you looked at it is recorded."""
    user = _let_in(request)
    vehicle = visible(Vehicle.objects.filter(plate=plate), user, Action.VEHICLES).select_related("area").first()
    if vehicle is None:
        raise NotFoundError("没有这辆车，或它不在您的管辖范围内", where=plate[:20])
    return looked_at(user, vehicle, day)
