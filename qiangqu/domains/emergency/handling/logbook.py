"""The log 处置记录: entries are only added; a step of the plan's check-list is done by an entry that names it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.records.acts import Act
from qiangqu.records.asking import Files
from qiangqu.records.attachments import attach
from qiangqu.records.words import words_of

from ..access import commands, is_called
from ..models import EmergencyEvent, EntryKind, EventEntry, PlanStep
from ..places import checked_place
from .opening import EVENTS, OPEN, entry

BY_HAND = (EntryKind.REPORT, EntryKind.ORDER, EntryKind.STEP, EntryKind.RELEASE)
LATE = dt.timedelta(minutes=5)  # what the clock of whoever writes may be ahead


def moment_of(text: str, event: EmergencyEvent) -> dt.datetime:
    """A moment as a form sends it ("": now). Raises InputError for one before the event or to come."""
    now = timezone.now()
    if not text.strip():
        return now
    try:
        found = dt.datetime.fromisoformat(text.strip()[:32])
    except ValueError:
        raise InputError(_("时间格式不对"), where=_("发生时间")) from None
    found = found if found.tzinfo is not None else timezone.make_aware(found)
    if found > now + LATE:
        raise InputError(_("时间不能晚于现在"), where=_("发生时间"))
    if found < event.happened_at - LATE:
        raise InputError(_("时间不能早于事件发生时间"), where=_("发生时间"))
    return found


@EVENTS.declare(
    "logged",
    gettext_lazy("登记处置记录"),
    name="log_entry",
    may=lambda user, event: commands(user, event) or is_called(user, event),
    states=OPEN,
    said=gettext_lazy("已登记处置记录"),
)
def log_entry(
    act: Act[EmergencyEvent],
    kind: str,
    text: str,
    happened: str = "",
    step: int = 0,
    place: str = "",
    files: Files = (),
) -> EventEntry:
    """Write into the log what happened, was ordered, done or published; ``place`` is ``longitude,latitude`` where that
    matters. Raises InputError."""
    event = act.record
    if kind not in BY_HAND:
        raise InputError(_("请选择类别"), where=_("类别"))
    more: dict[str, Any] = {}
    if step:
        found = PlanStep.objects.filter(plan=event.plan_id or 0, number=step).first()
        if found is None:
            raise InputError(_("预案中没有这一步"), where=_("处置步骤"))
        more["step"], kind = found, EntryKind.STEP
        text = text.strip() or found.act
    elif kind == EntryKind.STEP:
        raise InputError(_("请选择处置步骤"), where=_("处置步骤"))
    if place.strip():
        first, _comma, second = place.replace("，", ",").partition(",")
        more["lon"], more["lat"] = checked_place(first, second, _("位置"))
    made = entry(
        event,
        kind,
        words_of(text, _("内容"), 1000, 1, lines=True),
        act.user,
        happened_at=moment_of(happened, event),
        **more,
    )
    attach(event, files, act.user, about=f"entry:{made.pk}")
    act.detail |= {"kind": kind, "text": made.text, "step": step or None}
    return made


@dataclass(frozen=True, slots=True)
class StepStanding:
    """A step of the check-list: done when, within how many minutes, late or not."""

    step: PlanStep
    entry: EventEntry | None
    taken: int | None
    due_at: dt.datetime
    late: bool


def checklist(event: EmergencyEvent, now: dt.datetime | None = None) -> list[StepStanding]:
    """The plan's steps as they stand: planned minutes beside the real ones."""
    if event.plan_id is None:
        return []
    until = event.ended_at or now or timezone.now()
    day = timezone.localdate(event.opened_at)
    done: dict[int, EventEntry] = {}
    for one in event.entries.exclude(step=None).order_by("happened_at", "id"):
        done.setdefault(one.step_id or 0, one)
    found = []
    for step in PlanStep.objects.filter(plan=event.plan_id, valid_from__lte=day).exclude(valid_to__lt=day):
        made = done.get(step.pk)
        due = event.opened_at + dt.timedelta(minutes=step.minutes)
        at = made.happened_at if made is not None else until
        taken = max(0, round((at - event.opened_at).total_seconds() / 60)) if made is not None else None
        found.append(StepStanding(step, made, taken, due, at > due))
    return found
