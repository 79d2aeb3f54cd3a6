"""The JSON of ladders and nominations: what the pages show, and the acts on a nomination."""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import seen
from qiangqu.records.asking import add_acts
from qiangqu.registry.access import area_chosen
from qiangqu.registry.roles import Action, may
from qiangqu.schemes import queries as schemes
from qiangqu.ui.shapes import shape

from .models import Nomination
from .queries import ENTERPRISE, overview, standing
from .recognising import FOUND
from .reviewing import NOMINATIONS

router = Router()


class RungOut(Schema):
    """A rung with the numbers of enterprises that hold its title, qualify without it, are one or two conditions short."""

    scheme: str
    title: str
    grants: bool
    holders: int
    qualify: int
    one: int
    two: int
    simulated: bool


class LadderOut(Schema):
    """A ladder with its rungs, the lowest first."""

    title: str
    rungs: list[RungOut]


class StepOut(Schema):
    """A rung for one enterprise: ``held`` reached, ``next`` the lowest above."""

    title: str
    url: str
    word: str
    note: str
    score: str
    held: bool
    next: bool
    simulated: bool


class StandsOut(Schema):
    """A ladder for one enterprise."""

    title: str
    rungs: list[StepOut]


NominationOut = shape(
    "NominationOut", Nomination, "number", "scheme", "edition", "again", "state", "at", "public_from", "public_to", "reason",
    "commit", "lot", "simulated", id="pk", organisation="organisation.code", kind="kind.code", standing="standing",
)  # fmt: skip


def _allowed(request: HttpRequest, action: str) -> None:
    if not may(request.user, action):
        raise PermissionDenied


@router.get("/ladders", response=list[LadderOut], summary="企业梯度")
def ladders(request: HttpRequest, day: dt.date | None = None, area: str = "") -> Any:
    """Numbers of the enterprises that the user sees on each rung of each ladder."""
    _allowed(request, Action.VIEW_SCHEMES)
    found = overview(day or timezone.localdate(), request.user, area_chosen(request.user, area))  # type: ignore[arg-type]
    return [{"title": title, "rungs": [row | {"scheme": row["code"]} for row in rows]} for title, rows in found]


@router.get("/ladders/{code}", response=list[StandsOut], summary="一家企业在各条梯度上")
def ladders_of(request: HttpRequest, code: str, day: dt.date | None = None) -> Any:
    """Where an enterprise stands on every ladder."""
    _allowed(request, Action.VIEW_SCHEMES)
    one = schemes.seen(ENTERPRISE, request.user).filter(code=code[:60]).first() if "\0" not in code else None
    if one is None:
        raise NotFoundError("没有这个对象，或它不在您的管辖范围内", where=code[:60])
    return [{"title": title, "rungs": rungs} for title, rungs in standing(one, day or timezone.localdate())]


@router.get("/nominations", response=list[NominationOut], summary="认定申报")  # type: ignore[valid-type]
def nominations(
    request: HttpRequest, area: str = "", state: str = "",
    limit: int = Query(50, ge=1, le=500), offset: int = Query(0, ge=0, le=1_000_000),
) -> Any:  # fmt: skip
    """Nominations that the user sees, the newest first."""
    _allowed(request, Action.SEE_NOMINATIONS)
    rows = seen(Nomination.objects.all(), request.user, area_chosen(request.user, area))  # type: ignore[arg-type]
    rows = rows.filter(state=state[:9]) if state and "\0" not in state else rows
    return list(rows.select_related("organisation", "kind")[offset : offset + limit])


@router.get("/nominations/{pk}", response=NominationOut, summary="一件认定申报")
def nomination(request: HttpRequest, pk: int) -> Any:
    """One nomination with how the enterprise stood when it was made."""
    _allowed(request, Action.SEE_NOMINATIONS)
    return FOUND.one(request.user, pk)


add_acts(router, "/nominations", NOMINATIONS, FOUND.one, NominationOut)
