"""The JSON API of meetings and of one's own calendar."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import visible
from qiangqu.registry.named import Named, named
from qiangqu.ui.registers import api_router

from ..models import Answer, Meeting
from ..registers import ROOMS
from . import calendar, holding
from .access import meeting_for

router = Router()
router.add_router("", api_router(ROOMS))
MOST_DAYS = 400


class MeetingLine(Named):
    """One meeting; times with their zone."""

    id: int
    title: str
    kind: str
    state: str
    body: str
    chair: str
    place: str
    start: dt.datetime
    end: dt.datetime
    simulated: bool


class MeetingDetail(MeetingLine):
    """A meeting with its agenda, who is invited, and what was decided."""

    agenda: list[dict[str, Any]]
    invited: list[dict[str, Any]]
    resolutions: list[dict[str, Any]]


class MeetingList(Schema):
    """One page: ``count`` is of all pages."""

    count: int
    rows: list[MeetingLine]


class AnswerIn(Schema):
    """An answer to an invitation: comes, away (with a reason) or delegates (to a user name)."""

    answer: Answer
    reason: str = ""
    delegate: str = ""


class EntryOut(Schema):
    """One thing in the calendar; ``start`` is a date for what takes a whole day."""

    kind: str
    uid: str
    title: str
    start: dt.datetime | dt.date
    end: dt.datetime | None
    place: str
    url: str
    cancelled: bool
    simulated: bool


def _line(one: Any) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in ("title", "kind", "state", "start", "end", "simulated")}
    return plain | named(one) | {"id": one.pk, "body": one.body.name, "chair": str(one.chair), "place": one.where}


@router.get("/meetings", response=MeetingList, summary="会议列表", operation_id="meeting_list")
def meetings(
    request: HttpRequest,
    since: dt.date | None = None,
    page: int = Query(1, ge=1, le=10_000),
    size: int = Query(50, ge=1, le=500),
) -> Any:
    """能看到的会议，新的在前；since 只取这一天及以后的。"""
    found = (
        visible(Meeting.objects.all(), request.user)
        .select_related("body", "chair", "room", "origin")
        .order_by("-start", "-id")
    )
    if since is not None:
        found = found.filter(start__date__gte=since)
    start = (page - 1) * size
    return {"count": found.count(), "rows": [_line(one) for one in found[start : start + size]]}


@router.get("/meetings/{pk}", response=MeetingDetail, summary="一个会议", operation_id="meeting_detail")
def meeting(request: HttpRequest, pk: int) -> Any:
    """会议、议程、参会人员和议定事项。"""
    one = meeting_for(request.user, pk)
    return _line(one) | {
        "agenda": list(one.agenda.values("number", "subject", "presenter", "minutes")),
        "invited": [
            {"person": row.person, "observer": row.observer, "answer": row.answer, "attended": row.attended}
            for row in one.invitations.select_related("user")
        ],
        "resolutions": list(one.resolutions.values("number", "text", "unit__code", "due_on")),
    }


@router.post("/meetings/{pk}/answer", response=MeetingLine, summary="答复参会", operation_id="meeting_answer")
def answer(request: HttpRequest, pk: int, reply: AnswerIn) -> Any:
    """参加、请假（写原因）或委派（写用户名）；会前可以改。"""
    one = meeting_for(request.user, pk)
    holding.answer(one, reply.answer, request.user, reason=reply.reason, delegate=reply.delegate)
    return _line(one)


@router.get("/calendar", response=list[EntryOut], summary="我的日程", operation_id="calendar_entries")
def entries(request: HttpRequest, first: dt.date, last: dt.date) -> Any:
    """两天之间（含）的会议、自己的日程、到期的步骤和待阅公文。"""
    if not 0 <= (last - first).days <= MOST_DAYS or first.year < 1950 or last.year > 2200:
        raise InputError(f"日期范围应在 {MOST_DAYS} 天以内", where="first")
    return calendar.entries(request.user, first, last)
