"""Answers to invitations, who came, what was decided, and the minutes that come of it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.chinese import date_words
from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.numbers import natural
from qiangqu.base.part import Text
from qiangqu.base.visibility import visible
from qiangqu.cases.models import Case
from qiangqu.messaging.notify import notify_all
from qiangqu.plan import supervision
from qiangqu.records.acts import Act
from qiangqu.registry.models import Organisation, OrganisationKind, with_posts

from ..documents import drafting
from ..documents.terms import DocumentKind
from ..models.documents import Document
from ..models.meetings import Invitation, Meeting, Resolution
from .access import FOUND, guests
from .calling import AHEAD, MEETINGS, STANDING, tell
from .terms import Answer, MeetingState

OVER = (MeetingState.HELD,)
MOST_RESOLUTIONS = 60


def _is_invited(user: Any, meeting: Meeting) -> bool:
    return Invitation.objects.filter(meeting=meeting, user=user.pk).exists()


@MEETINGS.declare(
    "answered",
    gettext_lazy("答复参会"),
    may=_is_invited,
    states=AHEAD,
    refusal=gettext_lazy("会议%(state)s，不用再答复"),
    said=lambda row: _("已答复：%(answer)s") % {"answer": row.get_answer_display()},
)
def answer(act: Act[Meeting], answer: str, reason: str = "", delegate: str = "") -> Invitation:
    """Answer an invitation (comes, away with a reason, or delegates to a user name), or answer anew while the
    meeting is ahead. Raises InputError without the reason of an absence or the name of a delegate."""
    if answer not in (Answer.COMES, Answer.AWAY, Answer.DELEGATES):
        raise InputError(_("请选择参加、请假或委派"), where="answer")
    stored, reason = act.record, " ".join(reason.split())[:200]
    row = stored.invitations.get(user=act.user)
    if answer == Answer.AWAY and not reason:
        raise InputError(_("请假须写明原因"), where="reason")
    person = None
    if answer == Answer.DELEGATES:
        person = guests(stored.body.area).filter(username=delegate[:150]).exclude(pk=act.user.pk).first()
        if person is None:
            raise InputError(_("请选择委派对象"), where="delegate")
    row.answer, row.reason, row.delegate, row.answered_at = answer, reason, person, timezone.now()
    row.save()
    if person is not None:
        tell(stored, _("请代为参会：%(title)s") % {"title": stored.title}, [person])
    words = {"person": str(act.user), "answer": row.get_answer_display(), "title": stored.title}
    notify_all(
        [stored.created_by], _("参会答复：%(person)s %(answer)s（%(title)s）") % words, reason,
        f"/office/meetings/{stored.pk}/", topic="meetings", simulated=stored.simulated,
    )  # fmt: skip
    act.detail |= {"answer": answer, "reason": reason, "delegate": delegate if person else ""}
    return row


def _not_to_be_noted(meeting: Meeting) -> Text:
    if meeting.start > timezone.now():
        return gettext_lazy("会议还没有开始")
    return gettext_lazy("已经起草纪要，到会情况不再改") if meeting.minutes_id is not None else ""


@MEETINGS.declare(
    "held",
    gettext_lazy("登记到会情况"),
    states=STANDING,
    refusal=gettext_lazy("会议已取消"),
    stands=_not_to_be_noted,
    said=gettext_lazy("已登记到会情况"),
)
def hold(act: Act[Meeting], present: Sequence[int] = ()) -> Meeting:
    """Note who came (``present``: ids of invitations); the meeting counts as held. May be noted anew until
    the minutes are drafted.
    """
    stored = act.record
    for row in stored.invitations.all():
        row.attended = row.pk in present
        row.save(update_fields=["attended"])
    stored.state = MeetingState.HELD
    stored.revision += 1
    stored.save()
    act.detail["present"] = sorted(present)
    return stored


@MEETINGS.declare(
    "resolved",
    gettext_lazy("登记议定事项"),
    states=OVER,
    refusal=gettext_lazy("会议召开后才能登记议定事项"),
    said=gettext_lazy("已登记议定事项"),
)
def resolve(act: Act[Meeting], text: str, unit: str = "", due: dt.date | None = None) -> Resolution:
    """Add what was decided; ``unit`` is the code of the responsible one, "" for none."""
    stored, text = act.record, " ".join(text.split())
    if not 2 <= len(text) <= 500:
        raise InputError(_("议定事项写 2—500 字"), where="text")
    last = stored.resolutions.order_by("-number").values_list("number", flat=True).first() or 0
    if last >= MOST_RESOLUTIONS:
        raise InputError(_("议定事项最多 %(most)s 项") % {"most": MOST_RESOLUTIONS}, where=stored.title)
    found = None
    if unit:
        found = units().filter(code=unit[:60]).first()
        if found is None:
            raise InputError(_("没有这个责任单位"), where=unit[:60])
    made = Resolution.objects.create(meeting=stored, number=last + 1, text=text, unit=found, due_on=due)
    act.detail |= {"number": made.number, "text": text, "unit": unit, "due": due}
    return made


def resolution_of(meeting: Meeting, number: int) -> Resolution:
    """What was decided under that number. Raises NotFoundError."""
    row = meeting.resolutions.select_related("unit", "meeting").filter(number=number).first()
    if row is None:
        raise NotFoundError(_("没有这项议定事项"), where=str(number))
    return row


def resolutions_of(meeting: Meeting, user: Any) -> list[tuple[Resolution, Case | None]]:
    """What was decided, each with the latest supervised task out of it that the user sees."""
    rows = list(meeting.resolutions.select_related("unit"))
    found = visible(Case.objects.all(), user).filter(subject__in=[row.subject for row in rows])
    cases = {case.subject: case for case in found.select_related("kind").defer("state").order_by("id")}
    return [(row, cases.get(row.subject)) for row in rows]


def units() -> Any:
    """Units that can be made responsible: everything but enterprises."""
    return Organisation.objects.exclude(kind=OrganisationKind.ENTERPRISE).order_by("area__path", "code")


def proposal_at(user: Any, rest: str) -> supervision.Proposal:
    """What the supervised task out of a resolution (``5:2``: the second of meeting 5) would say."""
    meeting = FOUND.at(user, rest)
    number = natural(rest.partition(":")[2])
    if meeting is None or number is None:
        raise NotFoundError(_("没有这项议定事项"), where=rest[:20])
    one = resolution_of(meeting, number)
    asked = f"{meeting.title}议定：{one.text}"
    return supervision.proposed(
        one.subject, one.text, asked, timezone.localdate(), one.due_on,
        area=meeting.body.area, unit=one.unit, simulated=meeting.simulated,
    )  # fmt: skip


def minutes_text(meeting: Meeting) -> str:
    """The minutes as a first draft, in Chinese whatever the reader's language: when, where, who led, the
    agenda, what was decided, who came (GB/T 9704—2012 10.3)."""
    day = date_words(timezone.localtime(meeting.start).date())
    lines = [f"{day}，{meeting.chair}在{meeting.where}主持召开{meeting.title}。纪要如下："]
    agenda = list(meeting.agenda.all())
    if agenda:
        lines.append("一、会议议题")
        lines += [f"（{_chinese(one.number)}）{one.subject}。" for one in agenda]
    decided = list(meeting.resolutions.select_related("unit"))
    if decided:
        lines.append("二、议定事项" if agenda else "一、议定事项")
        for one in decided:
            unit = f"责任单位：{one.unit.name}。" if one.unit else ""
            due = f"完成时间：{date_words(one.due_on)}。" if one.due_on else ""
            lines.append(f"（{_chinese(one.number)}）{one.text.rstrip('。')}。{unit}{due}")
    rows = list(meeting.invitations.prefetch_related(*with_posts("user", "delegate")))
    lists = (
        ("出席", [_name(row) for row in rows if row.attended and not row.observer]),
        ("请假", [row.person for row in rows if row.attended is False and row.answer == Answer.AWAY]),
        ("列席", [_name(row) for row in rows if row.attended and row.observer]),
    )
    lines += [f"{word}：{'、'.join(names)}" for word, names in lists if names]
    return "\n".join(lines)


def _name(row: Invitation) -> str:
    return str(row.delegate) if row.answer == Answer.DELEGATES and row.delegate else row.person


def _chinese(number: int) -> str:
    """1–99 as a heading counts.

    >>> [_chinese(n) for n in (1, 10, 12, 20, 35)]
    ['一', '十', '十二', '二十', '三十五']
    """
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{digits[tens]}十"
    return head + (digits[ones] if ones else "")


@MEETINGS.declare(
    "minutes",
    gettext_lazy("起草纪要"),
    name="minutes",
    states=OVER,
    refusal=gettext_lazy("会议召开后才能起草纪要"),
    said=gettext_lazy("已起草纪要，请修改后送审"),
)
def draft_minutes(act: Act[Meeting]) -> Document:
    """Draft the minutes as a document of the body that called the meeting; again gives the same one. It is
    then reviewed, signed, numbered, sent and filed like any other.
    """
    stored = act.record
    if stored.minutes is not None:
        act.nothing = True
        return stored.minutes
    made = drafting.create_draft(
        Document(
            body=stored.body, kind=DocumentKind.MINUTES, title=f"{stored.title[:110]}纪要",
            text=minutes_text(stored), simulated=stored.simulated,
        ),
        act.user,
    )  # fmt: skip
    stored.minutes = made
    stored.save(update_fields=["minutes"])
    act.detail["document"] = made.pk
    return made
