"""Calling meetings: rooms are held once, people are told, changes and cancellations too."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.messaging.notify import notify_all
from qiangqu.records.acts import Act, Acts
from qiangqu.records.attachments import attach
from qiangqu.records.checking import CheckedFile
from qiangqu.registry.models import User

from ..documents.access import keeps
from ..documents.rules import names
from ..models.meetings import AgendaItem, Invitation, Meeting, MeetingRoom
from .access import guests
from .agenda import Item
from .terms import Answer, MeetingState

LONGEST_HOURS = 72
MOST_GUESTS = 200
AHEAD, STANDING = (MeetingState.PLANNED,), (MeetingState.PLANNED, MeetingState.HELD)


#: acts on meetings: the office of the body that called it may
MEETINGS = Acts(
    Meeting,
    "meeting",
    may=lambda user, meeting: keeps(user, meeting.body),
    related=("body__area", "room", "chair", "minutes"),
)


def _hold_room(meeting: Meeting) -> None:
    """Hold the room's row, then see that it is free. Raises ConflictError that names the other meeting."""
    if meeting.room_id is None:
        return
    room = MeetingRoom.objects.select_for_update(of=("self",)).get(pk=meeting.room_id)
    taken = (
        Meeting.objects.filter(room=room, start__lt=meeting.end, end__gt=meeting.start)
        .exclude(state=MeetingState.CANCELLED)
        .exclude(pk=meeting.pk)
        .order_by("start")
        .first()
    )
    if taken is not None:
        words = {"room": room.name, "title": taken.title, "when": taken.when}
        raise ConflictError(_("%(room)s已有会议：%(title)s（%(when)s）") % words, where=meeting.title)


def _check(meeting: Meeting) -> None:
    if meeting.end <= meeting.start:
        raise InputError(_("结束时间应晚于开始时间"), where=meeting.title)
    if (meeting.end - meeting.start).total_seconds() > LONGEST_HOURS * 3600:
        raise InputError(
            _("会期不超过 %(most)s 小时，分几次开的请分别登记") % {"most": LONGEST_HOURS}, where=meeting.title
        )
    if meeting.room is None and not meeting.place.strip():
        raise InputError(_("请选会议室，或写明其他地点"), where=meeting.title)
    if meeting.room is not None and meeting.room.area_id != meeting.body.area_id:
        raise InputError(_("会议室不是本单位的"), where=meeting.room.name)


def _write_agenda(meeting: Meeting, items: Sequence[Item]) -> None:
    meeting.agenda.all().delete()
    AgendaItem.objects.bulk_create(
        [
            AgendaItem(meeting=meeting, number=n, subject=one.subject, presenter=one.presenter, minutes=one.minutes)
            for n, one in enumerate(items, start=1)
        ]
    )


def call(meeting: Meeting, items: Sequence[Item], user: Any, files: Sequence[CheckedFile] = ()) -> Meeting:
    """Keep a new meeting. Raises PermissionDenied outside the user's own office, ConflictError when the room
    is taken.
    """
    if not keeps(user, meeting.body):
        raise PermissionDenied
    _check(meeting)
    with transaction.atomic():
        _hold_room(meeting)
        meeting.created_by, meeting.created_at = user, timezone.now()
        meeting.simulated = meeting.simulated or meeting.body.simulated
        meeting.save()
        _write_agenda(meeting, items)
        attach(meeting, files, user)
        MEETINGS.log(user, "called", meeting, when=meeting.when, where=meeting.where)
    return meeting


@MEETINGS.declare(
    "changed",
    gettext_lazy("修改会议"),
    name="edit",
    own_page=True,
    states=AHEAD,
    refusal=gettext_lazy("会议%(state)s，不能再改"),
)
def change(
    act: Act[Meeting], written: Meeting, items: Sequence[Item], revision: int, files: Sequence[CheckedFile] = ()
) -> Meeting:
    """Keep what was changed; who is invited is told when time or place moved. Raises ConflictError when
    somebody changed it in between or the room is taken."""
    act.still_at(revision)
    stored = act.record
    before = (stored.when, stored.where)
    for name in ("kind", "title", "chair", "room", "place", "start", "end", "note"):
        setattr(stored, name, getattr(written, name))
    _check(stored)
    _hold_room(stored)
    stored.revision += 1
    stored.save()
    _write_agenda(stored, items)
    attach(stored, files, act.user)
    after = (stored.when, stored.where)
    act.detail |= {"before": before, "after": after}
    if after != before:
        tell(stored, _("会议改期或改地点：%(title)s") % {"title": stored.title})
    return stored


def expected(meeting: Meeting) -> list[User]:
    """Users who are to come: the chair, those invited who did not say no, and those who were sent."""
    people = {meeting.chair.pk: meeting.chair}
    for row in meeting.invitations.exclude(user=None).select_related("user", "delegate"):
        person = row.delegate if row.answer == Answer.DELEGATES else row.user
        if person is not None and row.answer != Answer.AWAY:
            people[person.pk] = person
    return list(people.values())


def tell(meeting: Meeting, subject: str, people: Iterable[User] | None = None, key: str = "") -> int:
    """Tell those who are to come (or ``people``)."""
    text = f"{meeting.when}\n{meeting.where}"
    return notify_all(
        expected(meeting) if people is None else people, subject, text, f"/office/meetings/{meeting.pk}/",
        topic="meetings", key=key, simulated=meeting.simulated,
    )  # fmt: skip


@MEETINGS.declare(
    "invited",
    gettext_lazy("邀请参会"),
    states=STANDING,
    refusal=gettext_lazy("会议已取消"),
    said=lambda new: _("已邀请 %(n)s 人") % {"n": new},
)
def invite(act: Act[Meeting], people: Sequence[str] = (), outside: str = "", observers: bool = False) -> int:
    """Invite people (user names); ``outside`` are names of those without an account. Who is invited already
    is not asked twice. Returns how many are new.
    """
    stored, others = act.record, names(outside[:2000])
    if not people and not others:
        raise InputError(_("请选参会人，或写平台外参会人的姓名"), where="people")
    users = list(guests(stored.body.area).filter(username__in=list(people)))
    unknown = set(people) - {one.username for one in users}
    if unknown:
        raise InputError(_("没有这个用户"), where=sorted(unknown)[0][:60])
    rows = stored.invitations.all()
    known, named = {row.user_id for row in rows}, {row.name for row in rows if row.name}
    made = [Invitation(meeting=stored, user=one, observer=observers) for one in users if one.pk not in known]
    made += [
        Invitation(meeting=stored, name=name[:60], observer=observers)
        for name in dict.fromkeys(others)
        if name[:60] not in named
    ]
    if len(rows) + len(made) > MOST_GUESTS:
        raise InputError(_("参会人最多 %(most)s 人") % {"most": MOST_GUESTS}, where=stored.title)
    Invitation.objects.bulk_create(made)
    if stored.state == MeetingState.PLANNED:
        tell(stored, _("会议通知：%(title)s") % {"title": stored.title}, [row.user for row in made if row.user])
    act.detail |= {"people": [row.person for row in made], "observers": observers}
    return len(made)


def double_booked(meeting: Meeting) -> "QuerySet[Invitation]":
    """Invitations of the same people to other meetings at the same time."""
    people = [row.pk for row in expected(meeting)]
    return (
        Invitation.objects.filter(
            Q(user__in=people) & ~Q(answer__in=[Answer.AWAY, Answer.DELEGATES]) | Q(delegate__in=people),
            meeting__start__lt=meeting.end,
            meeting__end__gt=meeting.start,
            meeting__state=MeetingState.PLANNED,
        )
        .exclude(meeting=meeting)
        .select_related("user", "delegate", "meeting")
    )


@MEETINGS.declare(
    "cancelled",
    gettext_lazy("取消会议"),
    states=AHEAD,
    refusal=gettext_lazy("会议%(state)s"),
    said=gettext_lazy("会议已取消"),
)
def cancel(act: Act[Meeting], reason: str) -> Meeting:
    """Call a meeting off; everybody is told. Raises InputError without a reason."""
    stored, reason = act.record, " ".join(reason.split())
    if not 2 <= len(reason) <= 200:
        raise InputError(_("请写取消原因（2—200字）"), where="reason")
    stored.state, stored.cancelled_because = MeetingState.CANCELLED, reason
    stored.revision += 1
    stored.save()
    tell(stored, _("会议取消：%(title)s") % {"title": stored.title})
    act.detail["reason"] = reason
    return stored
