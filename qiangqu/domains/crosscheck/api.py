"""The JSON of the cross-check."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from qiangqu.base.visibility import seen
from qiangqu.records.asking import add_acts
from qiangqu.registry.access import area_chosen
from qiangqu.ui.shapes import listed, shape

from .handling import DOUBTS, FOUND
from .models import Doubt

router = Router()
FIELDS = (
    "uid", "what", "first", "last", "claim", "gap", "low", "high", "score", "limit", "agree", "found_on", "state", "due_on",
    "question", "asked_on", "answer", "reason", "decided_on", "simulated",
)  # fmt: skip
DoubtOut = shape("DoubtOut", Doubt, *FIELDS, id="pk", organisation="organisation.code")
DoubtDetail = shape("DoubtDetail", Doubt, *FIELDS, "course", id="pk", organisation="organisation.code")


@router.get("/doubts", response=listed(DoubtOut), summary="数据疑点")
def doubts(
    request: HttpRequest,
    area: str = "",
    limit: int = Query(50, ge=1, le=500),
    offset: int = Query(0, ge=0, le=1_000_000),
) -> Any:
    """Doubts about reported figures, the newest first. ``gap``, ``low`` and ``high`` are logarithms of reported
    over expected (for a shift the share that was moved).
    """
    chosen = area_chosen(request.user, area)  # type: ignore[arg-type]
    rows = seen(Doubt.objects.defer("course").select_related("organisation"), request.user, chosen)
    return list(rows[offset : offset + limit])


@router.get("/doubts/{pk}", response=DoubtDetail, summary="一条数据疑点")
def doubt(request: HttpRequest, pk: int) -> Any:
    """One doubt with what was reported and expected month by month."""
    return FOUND.one(request.user, pk)


add_acts(router, "/doubts", DOUBTS, FOUND.one, DoubtOut)
