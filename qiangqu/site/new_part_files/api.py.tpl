"""JSON of this part under ``/api/v1/$code/``."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.errors import HttpError

from qiangqu.registry.access import area_chosen
from qiangqu.registry.roles import Action, may
from qiangqu.ui.registers import api_router

from .queries import AreaCount, by_area, seen
from .registers import RECORDS

router = Router()
router.add_router("", api_router(RECORDS))


class AreaCountOut(Schema):
    code: str
    name: str
    count: int


@router.get("/distribution", response=list[AreaCountOut], summary="$title分布", operation_id="${name}_distribution")
def distribution(request: HttpRequest, area: str = "", as_of: dt.date | None = None) -> list[AreaCount]:
    """How many records each area has."""
    user: Any = request.user
    if not may(user, Action.VIEW):
        raise HttpError(403, "您的角色不能查看")
    return by_area(seen(user, area_chosen(user, area), as_of))
