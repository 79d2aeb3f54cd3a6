"""The JSON API of meetings and of one's own calendar."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router

from qiangqu.base.errors import InputError
from qiangqu.records.asking import add_acts
from qiangqu.records.recordapi import add_records
from qiangqu.ui.registers import api_router
from qiangqu.ui.shapes import Many, listed, shape

from ..models.meetings import AgendaItem, Invitation, Meeting, Resolution
from ..registers import ROOMS
from . import calendar
from .access import FOUND
from .listing import MEETINGS as MEETINGS_LIST
from .rights import MEETINGS

router = Router()
router.add_router("", api_router(ROOMS))
MOST_DAYS = 400


MeetingLine = shape(
    "MeetingLine", Meeting, "id", "uid", "title", "kind", "state", "start", "end", "simulated",
    body="body.name", chair="chair_name", place="where", origin="origin.code",
)  # fmt: skip
MeetingDetail = shape(
    "MeetingDetail", Meeting, base=MeetingLine,
    agenda=Many(shape("AgendaOut", AgendaItem, "number", "subject", "presenter", "minutes")),
    invited=Many(shape("Invited", Invitation, "person", "observer", "answer", "attended"), "invitations"),
    resolutions=Many(shape("Resolved", Resolution, "number", "text", "due_on", unit__code="unit.code?")),
)  # fmt: skip


EntryOut = shape(
    "EntryOut", calendar.Entry, "kind", "uid", "title", "start", "end", "place", "url", "cancelled", "simulated"
)


add_records(
    router, "/meetings", FOUND, MEETINGS_LIST, MeetingLine, MeetingDetail, ("会议列表", "一个会议"),
    asks={"list": (str, "all"), "start_from": (dt.date | None, Field(None, alias="since"))},
    beside=("invitations__user", "resolutions__unit"),
    tells=("能看到的会议，新的在前；since 只取这一天及以后的。", "会议、议程、参会人员和议定事项。"),
)  # fmt: skip
add_acts(router, "/meetings", MEETINGS, FOUND.one, MeetingLine)


@router.get("/calendar", response=listed(EntryOut), summary="我的日程", operation_id="calendar_entries")
def entries(request: HttpRequest, first: dt.date, last: dt.date) -> Any:
    """两天之间（含）的会议、自己的日程、到期的步骤和待阅公文。"""
    if not 0 <= (last - first).days <= MOST_DAYS or first.year < 1950 or last.year > 2200:
        raise InputError(f"日期范围应在 {MOST_DAYS} 天以内", where="first")
    return calendar.entries(request.user, first, last)
