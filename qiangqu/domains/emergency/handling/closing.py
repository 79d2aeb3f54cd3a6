"""An event ends, is reviewed, and what the review found becomes tasks; the same for drills."""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.numbers import natural
from qiangqu.base.part import Text
from qiangqu.base.visibility import visible
from qiangqu.cases.models import Case
from qiangqu.plan import supervision
from qiangqu.records.acts import Act, Acts
from qiangqu.records.asking import Files
from qiangqu.records.attachments import attach
from qiangqu.records.checking import CheckedFile
from qiangqu.records.words import words_of
from qiangqu.registry.models import Organisation, OrganisationKind

from ..access import DRILL_FOUND, EVENT_FOUND, keeps
from ..models import DrillState, EmergencyDrill, EmergencyEvent, EmergencyFinding, EntryKind, EventState, RequestState
from .opening import EVENTS, OPEN, entry
from .resources import drop_asked

MOST_FINDINGS = 60

DRILLS = Acts(
    EmergencyDrill,
    "emergency_drill",
    may=lambda user, drill: keeps(user, drill.area.path),
    related=("area", "plan", "made_by"),
)


def units() -> Any:
    """Who can be made responsible."""
    return Organisation.objects.exclude(kind=OrganisationKind.ENTERPRISE).order_by("area__path", "code")


@EVENTS.declare("ended", gettext_lazy("终止应急响应"), name="end", states=OPEN, said=gettext_lazy("响应已终止"))
def end(act: Act[EmergencyEvent], reason: str) -> EmergencyEvent:
    """End the response; what was asked for and not handed over is not needed any more, what is out is to come back."""
    event = act.record
    event.ended_because = words_of(reason, _("原因"), 300, 2, lines=True)
    event.state, event.ended_at = EventState.ENDED, timezone.now()
    event.save()
    drop_asked(event, act.user)
    entry(event, EntryKind.STATE, _("终止响应：%(reason)s") % {"reason": event.ended_because}, act.user)
    act.detail["reason"] = event.ended_because
    return event


def _still_out(event: EmergencyEvent) -> Text:
    many = event.requests.filter(state=RequestState.HANDED).count()
    return _("还有 %(n)s 项资源没有归还") % {"n": many} if many else ""


@EVENTS.declare(
    "reviewed",
    gettext_lazy("突发事件评估归档"),
    name="review",
    states=(EventState.ENDED,),
    stands=_still_out,
    said=gettext_lazy("已评估归档"),
)
def review(act: Act[EmergencyEvent], cause: str, text: str, files: Files = ()) -> EmergencyEvent:
    """What it came from and how it was met; with it the event is closed. Raises ConflictError while resources are out."""
    event = act.record
    event.cause, event.review = (
        words_of(cause, _("原因"), 1000, 2, lines=True),
        words_of(text, _("内容"), 2000, 4, lines=True),
    )
    event.state, event.reviewed_at = EventState.REVIEWED, timezone.now()
    event.save()
    attach(event, files, act.user)
    entry(event, EntryKind.STATE, _("评估归档"), act.user)
    act.detail["cause"] = event.cause
    return event


def _found(owner: Any, text: str, unit: str, due: dt.date | None) -> EmergencyFinding:
    """Add what was found to a drill or an event, in the caller's transaction."""
    text = words_of(text, _("问题"))
    responsible = units().filter(code=unit[:60]).first()
    if responsible is None:
        raise InputError(_("请选择责任单位"), where=_("责任单位"))
    if due is None or due < timezone.localdate():
        raise InputError(_("整改期限应在今天之后"), where=_("整改期限"))
    last = owner.findings.order_by("-number").values_list("number", flat=True).first() or 0
    if last >= MOST_FINDINGS:
        raise InputError(_("问题最多 %(most)s 项") % {"most": MOST_FINDINGS}, where=str(owner))
    return EmergencyFinding.objects.create(
        number=last + 1, text=text, unit=responsible, due_on=due, simulated=owner.simulated,
        **{"drill" if isinstance(owner, EmergencyDrill) else "event": owner},
    )  # fmt: skip


@EVENTS.declare(
    "found",
    gettext_lazy("登记评估问题"),
    name="find",
    states=(EventState.ENDED, EventState.REVIEWED),
    said=gettext_lazy("已登记问题，可转督办"),
)
def find_in_event(act: Act[EmergencyEvent], text: str, unit: str, due: dt.date | None = None) -> EmergencyFinding:
    """What the review found to be put right, by whom and until when."""
    made = _found(act.record, text, unit, due)
    act.detail |= {"number": made.number, "text": made.text, "unit": unit, "due": due}
    return made


def plan_drill(
    drill: EmergencyDrill, user: Any, files: list[CheckedFile] | tuple[CheckedFile, ...] = ()
) -> EmergencyDrill:
    """Keep a new drill. Raises PermissionDenied outside the user's areas."""
    if not keeps(user, drill.area.path):
        raise PermissionDenied
    with transaction.atomic():
        drill.made_by, drill.made_at = user, timezone.now()
        drill.save()
        attach(drill, list(files), user)
        DRILLS.log(user, "planned", drill, plan=str(drill.plan), held_on=drill.held_on)
    return drill


def _not_yet(drill: EmergencyDrill) -> Text:
    return gettext_lazy("还没有到演练日期") if drill.held_on > timezone.localdate() else ""


@DRILLS.declare(
    "held",
    gettext_lazy("登记演练情况"),
    name="hold",
    states=(DrillState.PLANNED,),
    stands=_not_yet,
    said=gettext_lazy("已登记演练情况"),
)
def hold(act: Act[EmergencyDrill], minutes: int, people: int, summary: str, files: Files = ()) -> EmergencyDrill:
    """How it went: minutes that it took, how many took part."""
    drill = act.record
    if not 1 <= minutes <= 10_000:
        raise InputError(_("实际用时请填分钟数"), where=_("分钟"))
    if not 1 <= people <= 1_000_000:
        raise InputError(_("参演人数应为不小于 1 的整数"), where=_("人数"))
    drill.summary = words_of(summary, _("演练情况"), 2000, 2, lines=True)
    drill.real_minutes, drill.people, drill.state = minutes, people, DrillState.HELD
    drill.save()
    attach(drill, files, act.user)
    act.detail |= {"minutes": minutes, "planned": drill.planned_minutes, "people": people}
    return drill


@DRILLS.declare(
    "found",
    gettext_lazy("登记演练问题"),
    name="find",
    states=(DrillState.HELD,),
    said=gettext_lazy("已登记问题，可转督办"),
)
def find_in_drill(act: Act[EmergencyDrill], text: str, unit: str, due: dt.date | None = None) -> EmergencyFinding:
    """What the drill showed to be put right, by whom and until when."""
    made = _found(act.record, text, unit, due)
    act.detail |= {"number": made.number, "text": made.text, "unit": unit, "due": due}
    return made


def findings_of(owner: Any, user: Any) -> list[tuple[EmergencyFinding, Case | None]]:
    """What was found, each with the latest supervised task out of it that the user sees."""
    rows = list(visible(owner.findings.select_related("unit"), user))
    seen = visible(Case.objects.all(), user).filter(subject__in=[row.subject for row in rows])
    tasks = {case.subject: case for case in seen.select_related("kind").defer("state").order_by("id")}
    return [(row, tasks.get(row.subject)) for row in rows]


def _proposal(owner: Any, user: Any, rest: str) -> supervision.Proposal:
    """What the supervised task out of a finding of ``owner`` would say. Raises NotFoundError."""
    number = natural(rest.partition(":")[2]) or 0
    rows = (
        visible(owner.findings.select_related("unit"), user) if owner is not None else EmergencyFinding.objects.none()
    )
    one = rows.filter(number=number).first()
    if one is None:
        raise NotFoundError(_("没有这个问题"), where=rest[:20])
    asked = f"“{owner.title}”发现的问题：{one.text}。请按期整改并报告整改情况。"
    return supervision.proposed(
        one.subject, one.text, asked, timezone.localdate(), one.due_on, area=owner.area, unit=one.unit,
        simulated=one.simulated,
    )  # fmt: skip


def proposal_at_drill(user: Any, rest: str) -> supervision.Proposal:
    """What the task out of a drill's finding (``5:2``: the second of drill 5) would say."""
    return _proposal(DRILL_FOUND.at(user, rest), user, rest)


def proposal_at_event(user: Any, rest: str) -> supervision.Proposal:
    """What the task out of an event's finding (``5:2``: the second of event 5) would say."""
    return _proposal(EVENT_FOUND.at(user, rest), user, rest)
