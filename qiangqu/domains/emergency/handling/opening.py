"""An event is opened, which calls whom its plan names; its grade and its situation change."""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.records.acts import Act, Acts
from qiangqu.records.attachments import attach
from qiangqu.records.checking import CheckedFile
from qiangqu.records.numbering import take
from qiangqu.records.words import words_of
from qiangqu.registry.nodes import node_code

from ..access import commands
from ..models import EmergencyEvent, EmergencyPlan, EntryKind, EventEntry, EventState, Grade
from ..places import checked_place

MOST_PEOPLE = 10_000_000
OPEN = (EventState.OPEN,)

EVENTS = Acts(
    EmergencyEvent,
    "emergency_event",
    may=commands,
    related=("area", "plan", "organisation", "opened_by"),
    title="number",
)


def entry(
    event: EmergencyEvent, kind: str, text: str, user: Any, *, happened_at: dt.datetime | None = None, **more: Any
) -> EventEntry:
    """Add to the event's log, in the caller's transaction."""
    now = timezone.now()
    return EventEntry.objects.create(
        event=event, kind=kind, text=text[:1000], happened_at=happened_at or now, at=now, by=user,
        simulated=event.simulated, **more,
    )  # fmt: skip


def plan_for(event: EmergencyEvent) -> EmergencyPlan | None:
    """The plan that fits best: in force, of the event's kind before one for all kinds, of the enterprise or the lowest
    area before those above."""
    day = timezone.localdate()
    trail = [part for part in event.area.path.split("/") if part]
    rows = EmergencyPlan.objects.filter(area__code__in=trail, hazard__in=(event.hazard, ""), valid_from__lte=day)
    found = [
        one
        for one in rows.exclude(valid_to__lt=day).select_related("area")
        if one.organisation_id in (None, event.organisation_id)
    ]
    return max(
        found,
        key=lambda one: (one.organisation_id is not None, one.hazard != "", len(one.area.path), one.pk),
        default=None,
    )


def open_event(
    event: EmergencyEvent, user: Any, files: tuple[CheckedFile, ...] | list[CheckedFile] = ()
) -> EmergencyEvent:
    """Keep a new event under the next number of the year and call whom its plan names. Raises PermissionDenied outside
    the user's areas, InputError for a place or a time that cannot be."""
    from .calling import call_list

    if not commands(user, event):
        raise PermissionDenied
    checked_place(event.lon, event.lat, _("地点"))
    now = timezone.now()
    if event.happened_at > now + dt.timedelta(minutes=5):
        raise InputError(_("发生时间不能晚于现在"), where=_("发生时间"))
    with transaction.atomic():
        node, event.opened_at, event.opened_by = node_code(), now, user
        year = timezone.localtime(now).year
        event.number = f"YJ-{node}-{year}-{take('emergency_events', year=year, node=node):04d}"
        if event.plan is None:
            event.plan = plan_for(event)
        event.save()
        attach(event, list(files), user)
        words = {"grade": event.get_grade_display(), "plan": str(event.plan or _("没有适用的预案"))}
        entry(event, EntryKind.REPORT, event.report, user, happened_at=event.happened_at)
        entry(event, EntryKind.STATE, _("登记事件，定为%(grade)s；启动：%(plan)s") % words, user)
        EVENTS.log(user, "opened", event, title=event.title, grade=event.grade, plan=str(event.plan or ""))
        call_list(event, user)
    return event


@EVENTS.declare(
    "regraded",
    gettext_lazy("调整事件等级"),
    states=OPEN,
    said=lambda event: _("已定为%(grade)s") % {"grade": event.get_grade_display()},
)
def regrade(act: Act[EmergencyEvent], grade: str, reason: str) -> EmergencyEvent:
    """Another grade, for a reason; a worse one calls more of the plan's list."""
    from .calling import call_list

    event, reason = act.record, words_of(reason, _("原因"), 200, 2, lines=True)
    if grade not in Grade.values:
        raise InputError(_("请选择等级"), where=_("等级"))
    if grade == event.grade:
        act.nothing = True
        return event
    before, event.grade = event.get_grade_display(), grade
    event.save(update_fields=["grade"])
    words = {"before": before, "after": event.get_grade_display(), "reason": reason}
    entry(event, EntryKind.STATE, _("等级由%(before)s调整为%(after)s：%(reason)s") % words, act.user)
    call_list(event, act.user)
    act.detail |= {"grade": grade, "reason": reason}
    return event


@EVENTS.declare("situation", gettext_lazy("更新事件态势"), states=OPEN, said=gettext_lazy("态势已更新"))
def situation(
    act: Act[EmergencyEvent], dead: int = 0, missing: int = 0, injured: int = 0, evacuated: int = 0, radius: int = 0
) -> EmergencyEvent:
    """How many are hurt, missing and brought to safety, and how far people are kept away (metres)."""
    event = act.record
    said = {"dead": dead, "missing": missing, "injured": injured, "evacuated": evacuated}
    if max(said.values()) > MOST_PEOPLE or not 0 <= radius <= 50_000:
        raise InputError(_("人数或警戒半径超出合理范围"), where=_("态势"))
    for name, value in said.items():
        setattr(event, name, value)
    event.radius = radius or event.radius
    event.save(update_fields=[*said, "radius"])
    words = {**said, "radius": event.radius}
    text = _("死亡 %(dead)s、失踪 %(missing)s、受伤 %(injured)s、转移 %(evacuated)s 人；警戒半径 %(radius)s 米")
    entry(event, EntryKind.REPORT, text % words, act.user)
    act.detail |= words
    return event
