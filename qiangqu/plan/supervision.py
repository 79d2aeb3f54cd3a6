"""Supervision 督查督办: gaps of targets and measures as cases of the kind ``supervision``, kept moving until they are closed."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.cases.acts.core import acting
from qiangqu.cases.acts.opening import open_case
from qiangqu.cases.models import Case, CaseStatus, Opinion, OpinionKind
from qiangqu.cases.people import visible_cases
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.roles import Action, may

from .briefing import WORDS, chinese_date, owed_by
from .models import Measure, Plan, ProgressReport, Responsibility, Target, UnitRole
from .progress import MeasureStatus
from .track import TargetStatus, status

KIND = "supervision"
OPEN = (CaseStatus.OPEN, CaseStatus.SUSPENDED)
LATE = ("off_track", "at_risk")
DAYS = {"off_track": 30, "at_risk": 60}  # days that are proposed for a case by the state of its target
ASK_EVERY = dt.timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a supervised case would say: its unit, its date, what is asked."""

    subject: str
    title: str
    unit: Organisation | None
    deadline: dt.date
    requirement: str
    state: str
    progress: int
    simulated: bool = False


def _lead(condition: Q) -> Organisation | None:
    rows = Responsibility.objects.filter(condition, role=UnitRole.LEAD).select_related("organisation")
    first = rows.first()
    return first.organisation if first else None


def _progress(measure: Measure | None) -> int:
    if measure is None:
        return 0
    last = ProgressReport.objects.filter(measure=measure).order_by("-id").first()
    return last.percentage if last else 0


def propose_for_target(one: TargetStatus, day: dt.date) -> Proposal:
    """The lead unit of the target or else of its measure; a date by the target's state, never after the day on which the value is owed."""
    record = Target.objects.select_related("measure").get(pk=one.target_id)
    owed, wanted = owed_by(one, day)
    deadline = day + dt.timedelta(days=DAYS.get(one.state, 60))
    unit = _lead(Q(target=record)) or (_lead(Q(measure=record.measure)) if record.measure else None)
    asked = f"{one.verdict.reason}。"
    if wanted is not None:
        asked += f"应于{chinese_date(owed)}前达到{wanted:.{one.decimals}f}{one.unit}。"
    asked += "请分析原因，提出追赶措施并报告办理情况。"
    return Proposal(
        f"target:{one.code}",
        one.name,
        unit,
        min(deadline, owed) if owed > day else deadline,
        asked[:1000],
        one.state,
        _progress(record.measure),
        one.simulated,
    )


def propose_for_measure(one: MeasureStatus, day: dt.date) -> Proposal:
    asked = f"{one.reason}。请分析原因，提出推进措施并报告办理情况。"
    unit = one.leads[0] if one.leads else None
    simulated = any(target.simulated for target in one.targets)
    deadline = day + dt.timedelta(days=DAYS.get(one.state, 60))
    title, subject = one.measure.title, f"measure:{one.measure.no}"
    return Proposal(subject, title[:120], unit, deadline, asked[:1000], one.state, one.percentage or 0, simulated)


def may_supervise(user: Any, area: Area) -> bool:
    """Whether the user may open supervised cases in ``area``."""
    return bool(may(user, Action.SUPERVISE_CASES) and user.scope_path and area.path.startswith(user.scope_path))


def running(plan: Plan, area: Area, subject: str) -> Case | None:
    """The open case about ``subject`` in this very area."""
    found = Case.objects.filter(kind__code=KIND, status__in=OPEN, subject=subject, area=area, data__plan=plan.code)
    return found.first()


def open_supervision(
    plan: Plan,
    area: Area,
    proposal: Proposal,
    user: Any,
    *,
    unit: str = "",
    deadline: dt.date | None = None,
    requirement: str = "",
    simulated: bool = False,
    now: dt.datetime | None = None,
) -> tuple[Case, bool]:
    """Open the case, or give back the one that is open; the second value says whether it is new. ``unit`` is the code of another unit than the
    proposed one. Raises PermissionDenied and InputError."""
    if not may_supervise(user, area):
        raise PermissionDenied
    with transaction.atomic():
        Plan.objects.select_for_update().get(pk=plan.pk)  # two at once open one
        found = running(plan, area, proposal.subject)
        if found is not None:
            return found, False
        asked = proposal.unit if not unit else Organisation.objects.filter(answering(plan), code=unit[:60]).first()
        if asked is None:
            raise InputError(_("没有这个责任单位"), where=unit[:60] or proposal.title)
        data = {
            "title": f"督办：{proposal.title}"[:120],
            "unit": asked.code,
            "unit_name": asked.name[:120],
            "requirement": requirement.strip()[:1000] or proposal.requirement,
            "deadline": (deadline or proposal.deadline).isoformat(),
            "progress": proposal.progress,
            "plan": plan.code,
            "target_state": WORDS[proposal.state],
        }
        opened = open_case(
            KIND,
            data,
            area=area,
            user=user,
            subject=proposal.subject,
            simulated=proposal.simulated or simulated,
            now=now,
        )
        return opened.case, True


def answering(plan: Plan) -> Q:
    answers = Responsibility.objects.filter(Q(measure__plan=plan) | Q(target__plan=plan)).values("organisation")
    return Q(pk__in=answers) | Q(groups__in=answers)


def cases(user: Any, plan: Plan, area: Area) -> "QuerySet[Case]":
    """Supervised cases of the plan in the area, and those of the user's own unit, that the user may see."""
    within = Q(area__path__startswith=area.path)
    if user.organisation_id:
        within |= Q(data__unit=user.organisation.code)  # asked from above
    found = visible_cases(user).filter(within, kind__code=KIND, data__plan=plan.code)
    return found.select_related("area", "opened_by").defer("state").order_by("-id")


def keep_moving(now: dt.datetime | None = None) -> str:
    """Once a day: take over the state of targets and reported progress (the light follows), and ask units for progress where nobody has said
    anything for :data:`ASK_EVERY`. Doing it twice asks once."""
    now = now or timezone.now()
    asked = changed = 0
    for case in Case.objects.filter(kind__code=KIND, status=CaseStatus.OPEN).select_related("area").order_by("pk"):
        fresh = _fresh(case, timezone.localdate(now))
        if fresh:
            with acting(case.pk, None, "case_light", now=now) as act:
                act.case.data = act.case.data | fresh
                act.detail |= fresh
            changed += 1
        last = case.opinions.order_by("-at").values_list("at", flat=True).first() or case.opened_at
        waits = case.steps.filter(status="open", node__in=("report", "report_late")).exists()
        if waits and max(last, case.opened_at) + ASK_EVERY <= now:
            text = _("请报告办理进展")
            with acting(case.pk, None, "case_urged", now=now) as act:
                Opinion.objects.create(case=act.case, kind=OpinionKind.URGE, user=None, text=text, at=act.clock.now)
                act.detail |= {"text": text}
            asked += 1
    return f"催报 {asked} 件，更新 {changed} 件" if asked or changed else ""


def _fresh(case: Case, day: dt.date) -> dict[str, Any]:
    """What has changed behind the case: the state of its target, the measure's last reported percentage."""
    plan = Plan.objects.filter(code=case.data.get("plan", "")).first()
    what, _colon, code = case.subject.partition(":")
    if plan is None or what not in ("target", "measure"):
        return {}
    now: dict[str, Any] = {}
    if what == "target":
        one = next((s for s in status(day, case.area, plan) if s.code == code), None)
        record = Target.objects.filter(plan=plan, code=code).select_related("measure").first()
        measure = record.measure if record else None
        if one is not None:
            now["target_state"] = WORDS[one.state]
    else:
        measure = Measure.objects.filter(plan=plan, no=int(code)).first()
    reported = _progress(measure)
    if reported > int(case.data.get("progress") or 0):
        now["progress"] = reported
    return {key: value for key, value in now.items() if case.data.get(key) != value}
