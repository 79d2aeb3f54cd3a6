"""The JSON API of meetings and of one's own calendar."""

import datetime as dt
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from ninja import Query, Router

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import visible
from qiangqu.records.asking import add_acts
from qiangqu.ui.registers import api_router
from qiangqu.ui.shapes import Many, Wanted, listed, paged, shape

from ..models.meetings import AgendaItem, Invitation, Meeting, Resolution
from ..part import PART
from ..registers import ROOMS
from . import calendar
from .access import meeting_for
from .rights import MEETINGS

router = Router()
router.add_router("", api_router(ROOMS))
MOST_DAYS = 400


MeetingLine = shape(
    "MeetingLine", Meeting, "id", "uid", "title", "kind", "state", "start", "end", "simulated",
    body="body.name", chair="chair_name", place="where", origin="origin.code",
)  # fmt: skip
MeetingList = paged("MeetingList", MeetingLine)
MeetingDetail = shape(
    "MeetingDetail", Meeting, base=MeetingLine,
    agenda=Many(shape("AgendaOut", AgendaItem, "number", "subject", "presenter", "minutes")),
    invited=Many(shape("Invited", Invitation, "person", "observer", "answer", "attended"), "invitations"),
    resolutions=Many(shape("Resolved", Resolution, "number", "text", "due_on", unit__code="unit.code?")),
)  # fmt: skip


EntryOut = shape(
    "EntryOut", calendar.Entry, "kind", "uid", "title", "start", "end", "place", "url", "cancelled", "simulated"
)


@router.get("/meetings", response=MeetingList, summary="会议列表", operation_id="meeting_list")
def meetings(request: HttpRequest, wanted: Query[Wanted], since: dt.date | None = None) -> Any:
    """能看到的会议，新的在前；since 只取这一天及以后的。"""
    found = visible(Meeting.objects.select_related("body", "chair", "room", "origin"), request.user).order_by(
        "-start", "-id"
    )
    return wanted.cut(found if since is None else found.filter(start__date__gte=since))


@router.get("/meetings/{pk}", response=MeetingDetail, summary="一个会议", operation_id="meeting_detail")
def meeting(request: HttpRequest, pk: int) -> Any:
    """会议、议程、参会人员和议定事项。"""
    one = meeting_for(request.user, pk)
    prefetch_related_objects([one], "invitations__user", "resolutions__unit")
    return one


add_acts(router, "/meetings", MEETINGS, meeting_for, MeetingLine, PART.acts)


@router.get("/calendar", response=listed(EntryOut), summary="我的日程", operation_id="calendar_entries")
def entries(request: HttpRequest, first: dt.date, last: dt.date) -> Any:
    """两天之间（含）的会议、自己的日程、到期的步骤和待阅公文。"""
    if not 0 <= (last - first).days <= MOST_DAYS or first.year < 1950 or last.year > 2200:
        raise InputError(f"日期范围应在 {MOST_DAYS} 天以内", where="first")
    return calendar.entries(request.user, first, last)
