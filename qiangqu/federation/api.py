"""JSON of the tree of nodes under ``/api/v1/nodes``: what the page 节点互联 shows."""

import datetime as dt

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.errors import HttpError

from qiangqu.registry.roles import Action, may

from . import standings

router = Router()


class NodeOut(Schema):
    """``batches`` and ``entries`` wait there for its line upward (as it last said itself), the oldest for
    ``oldest_minutes``; ``down`` are batches that it has not fetched. ``clock`` is its clock minus this one's (s)."""

    code: str
    parent: str
    depth: int
    name: str
    area: str
    state: str
    state_word: str
    contact: dt.datetime | None
    off: str
    off_since: dt.datetime | None
    batches: int | None
    entries: int | None
    oldest_minutes: int
    down: int
    down_since: dt.datetime | None
    parked: dict[str, int]
    conflicts: int
    clock: float | None
    clock_grade: str
    clock_word: str
    version: str
    free: int | None
    total: int | None
    heard: dt.datetime | None


class TreeOut(Schema):
    code: str
    parent: str
    url: str
    reached: dt.datetime | None
    trouble: str
    stopped: bool
    alone: bool
    invited: list[str]
    nodes: list[NodeOut]


@router.get("", response=TreeOut, summary="节点：最近联系、待上送、待处理、时钟、版本、磁盘")
def nodes(request: HttpRequest) -> dict[str, object]:
    if not may(request.user, Action.VIEW_NODES):
        raise HttpError(403, "您的角色不能查看节点互联")
    return standings.overview()
