"""Who is called by the plan's list, and what he answers: by a message that he answers himself, or by phone."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.messaging.notify import notify_all
from qiangqu.records.acts import Act
from qiangqu.records.words import words_of

from ..access import is_called
from ..models import Answer, EmergencyEvent, EntryKind, EventCall, EventState, PlanCall
from .opening import EVENTS, OPEN, entry

REMIND_AFTER = dt.timedelta(minutes=5)
MOST_CALLS = 200
ANSWERS = (Answer.COMES, Answer.STANDS_BY, Answer.CANNOT)


def tell(event: EmergencyEvent, calls: Iterable[EventCall], subject: str, key: str) -> None:
    """A message to those of the called who have an account; it asks for an answer."""
    people = [one.user for one in calls if one.user is not None]
    text = f"{event.get_grade_display()} {event.get_hazard_display()}\n{event.place}\n{event.report[:300]}\n" + _(
        "请打开本页答复能否到场、多少分钟到。"
    )
    notify_all(
        people, subject, text, f"/emergency/events/{event.pk}/", topic="emergency", key=key, simulated=event.simulated
    )  # fmt: skip


def call_list(event: EmergencyEvent, user: Any) -> list[EventCall]:
    """Call those of the plan's list whose grade is reached and who were not called yet; in the caller's transaction."""
    if event.plan is None:
        return []
    day = timezone.localdate()
    rows = PlanCall.objects.filter(plan=event.plan, from_grade__gte=event.grade, valid_from__lte=day)
    known = {(one.duty, one.person) for one in event.calls.all()}
    new = [
        one for one in rows.exclude(valid_to__lt=day).select_related("user") if (one.duty, one.person) not in known
    ]  # fmt: skip
    return _called(event, user, [(one.duty, one.person, one.phone, one.user) for one in new[:MOST_CALLS]])


def _called(event: EmergencyEvent, user: Any, people: list[tuple[str, str, str, Any]]) -> list[EventCall]:
    if not people:
        return []
    first = (event.calls.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    now = timezone.now()
    made = [
        EventCall.objects.create(
            event=event, number=number, duty=duty, person=person, phone=phone, user=account, called_at=now
        )
        for number, (duty, person, phone, account) in enumerate(people, start=first)
    ]
    tell(event, made, _("应急通知：%(title)s") % {"title": event.title}, f"emergency:{event.pk}")
    names = "、".join(f"{one.duty}{one.person}" for one in made)
    entry(event, EntryKind.CALL, _("已通知 %(n)s 人：%(names)s") % {"n": len(made), "names": names}, user)
    return made


@EVENTS.declare(
    "called",
    gettext_lazy("按预案通知"),
    name="call",
    states=OPEN,
    said=lambda one: _("已通知%(person)s") % {"person": one.person},
)
def call(act: Act[EmergencyEvent], duty: str, person: str, phone: str) -> EventCall:
    """Call somebody who is not on the plan's list, by phone."""
    event = act.record
    duty, person = words_of(duty, _("职责"), 40, 1, lines=True), words_of(person, _("姓名"), 40, 1, lines=True)
    phone = words_of(phone, _("电话"), 30, 3, lines=True)
    if event.calls.count() >= MOST_CALLS:
        raise InputError(_("通知人数过多"), where=event.number)
    act.detail |= {"duty": duty, "person": person}
    return _called(event, act.user, [(duty, person, phone, None)])[0]


def _answered(event: EmergencyEvent, row: EventCall, answer: str, minutes: str, said: str, by: Any) -> EventCall:
    if answer not in ANSWERS:
        raise InputError(_("请选择前往、待命或不能到"), where=_("答复"))
    text = minutes.strip()
    if text and (not text.isdecimal() or int(text) > 1440):
        raise InputError(_("预计到达请填分钟数，不超过 1440"), where=_("分钟"))
    said = " ".join(said.split())[:200]
    if answer == Answer.CANNOT and len(said) < 2:
        raise InputError(_("不能到的须写明原因和代替人员"), where=_("说明"))
    row.answer, row.said, row.answered_at = answer, said, timezone.now()
    row.minutes = int(text) if text and answer == Answer.COMES else None
    row.entered_by = by
    row.save()
    words = {
        "who": f"{row.duty} {row.person}",
        "answer": row.get_answer_display(),
        "said": f"（{said}）" if said else "",
    }
    late = _("，%(minutes)s 分钟到") % {"minutes": row.minutes} if row.minutes is not None else ""
    phone = _("（电话）") if by is not None else ""
    entry(event, EntryKind.CALL, f"{words['who']}{phone}：{words['answer']}{late}{words['said']}", by or row.user)
    return row


@EVENTS.declare(
    "answered", gettext_lazy("答复应急通知"), name="answer", may=is_called, states=OPEN, said=gettext_lazy("已答复")
)
def answer(act: Act[EmergencyEvent], answer: str, minutes: str = "", said: str = "") -> EventCall:
    """Answer for oneself: comes (in so many minutes), stands by, or cannot and why. May be answered anew."""
    row = act.record.calls.filter(user=act.user).order_by("number").first()
    if row is None:
        raise NotFoundError(_("这次通知中没有您"), where=act.record.number)
    act.detail |= {"answer": answer, "minutes": minutes}
    return _answered(act.record, row, answer, minutes, said, None)


@EVENTS.declare(
    "answer_entered", gettext_lazy("代记应急答复"), name="enter_answer", states=OPEN, said=gettext_lazy("已代记答复")
)
def enter_answer(act: Act[EmergencyEvent], number: int, answer: str, minutes: str = "", said: str = "") -> EventCall:
    """Enter what somebody said on the phone; ``number`` is his among the called."""
    row = act.record.calls.filter(number=number).first()
    if row is None:
        raise NotFoundError(_("这次通知中没有该人员"), where=str(number))
    act.detail |= {"number": number, "answer": answer}
    return _answered(act.record, row, answer, minutes, said, act.user)


def remind(now: dt.datetime) -> int:
    """Once more, after :data:`REMIND_AFTER`, to those who have not answered, and to who opened the event that they have
    not. Returns how many were reminded."""
    late = EventCall.objects.filter(
        event__state=EventState.OPEN, answer=Answer.NONE, reminded_at=None, called_at__lte=now - REMIND_AFTER
    )
    by_event: dict[EmergencyEvent, list[EventCall]] = {}
    for one in late.select_related("event__opened_by", "user").order_by("event_id", "number")[:1000]:
        by_event.setdefault(one.event, []).append(one)
    for event, calls in by_event.items():
        tell(event, calls, _("催答：%(title)s") % {"title": event.title}, f"emergency-again:{event.pk}")
        names = "、".join(f"{one.duty}{one.person}（{one.phone}）" for one in calls)
        notify_all(
            [event.opened_by], _("%(n)s 人未答复：%(title)s") % {"n": len(calls), "title": event.title},
            _("请打电话：%(names)s") % {"names": names}, f"/emergency/events/{event.pk}/", topic="emergency",
            key=f"emergency-silent:{event.pk}:{calls[0].number}", simulated=event.simulated,
        )  # fmt: skip
        EventCall.objects.filter(pk__in=[one.pk for one in calls]).update(reminded_at=now)
    return sum(len(calls) for calls in by_event.values())
