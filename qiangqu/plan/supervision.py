"""Supervision 督查督办: gaps of targets and measures as cases of the kind ``supervision`` (:mod:`.contract`),
kept moving until they are closed.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.chinese import date_words
from qiangqu.base.errors import InputError
from qiangqu.base.terms import listed
from qiangqu.base.visibility import covers, holdings, visible
from qiangqu.cases import kinds
from qiangqu.cases.acts.core import acting
from qiangqu.cases.acts.opening import open_case
from qiangqu.cases.contracts import worded
from qiangqu.cases.models import Case, CaseStatus, Opinion, OpinionKind
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.roles import Action

from .briefing import owed_by
from .contract import SUPERVISION as KIND
from .hands import REPORTING
from .models import Measure, Plan, ProgressReport, Responsibility, Target, UnitRole
from .progress import MeasureStatus
from .track import TargetStatus, status

OPEN = (CaseStatus.OPEN, CaseStatus.SUSPENDED)
LATE = ("off_track", "at_risk")
DAYS = {"off_track": 30, "at_risk": 60}  # days that are proposed for a case by the state of its target
OTHERWISE = dt.timedelta(days=30)  # where nothing says until when
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
    supporting: str = ""  # names of the units that support
    area: Area | None = None  # to which it belongs, where it does not come of the plan


MOST_MILESTONES = 12
MOST_LINES = 100


def _supporting(condition: Q) -> str:
    rows = Responsibility.objects.filter(condition, role=UnitRole.SUPPORT).values_list("organisation__name", flat=True)
    return listed(dict.fromkeys(rows[:20]))[:300]


def milestones_of(text: str) -> list[tuple[dt.date, str]]:
    """Stages of a task 阶段节点, one a line: a date and what must be done by then, in the order of the dates.
    Raises InputError that names the line.

    >>> milestones_of("2026-12-01 完成方案\\n2026-11-30 摸底")
    [(datetime.date(2026, 11, 30), '摸底'), (datetime.date(2026, 12, 1), '完成方案')]
    """
    found = []
    for number, line in enumerate((line.strip() for line in text.splitlines()), start=1):
        if not line:
            continue
        day, _space, what = line.partition(" ")
        where = _("节点第 %(n)s 行") % {"n": number}
        try:
            moment = dt.date.fromisoformat(day)
        except ValueError:
            raise InputError(_("写成“2026-12-01 做到什么”"), where=where) from None
        if not 0 < len(what.strip()) <= 80:
            raise InputError(_("写明做到什么，不超过 80 字"), where=where)
        found.append((moment, what.strip()))
    if len(found) > MOST_MILESTONES:
        raise InputError(_("节点最多 %(most)s 个") % {"most": MOST_MILESTONES}, where=_("阶段节点"))
    return sorted(found)


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
    """The lead unit of the target or else of its measure; a date by the target's state, never after the day
    on which the value is owed.
    """
    record = Target.objects.select_related("measure").get(pk=one.target_id)
    owed, wanted = owed_by(one, day)
    deadline = day + dt.timedelta(days=DAYS.get(one.state, 60))
    unit = _lead(Q(target=record)) or (_lead(Q(measure=record.measure)) if record.measure else None)
    asked = f"{one.verdict.reason}。"
    if wanted is not None:
        asked += f"应于{date_words(owed)}前达到{wanted:,.{one.decimals}f}{one.unit}。"
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
        _supporting(Q(target=record)) or (_supporting(Q(measure=record.measure)) if record.measure else ""),
    )


def propose_for_measure(one: MeasureStatus, day: dt.date) -> Proposal:
    asked = f"{one.reason}。请分析原因，提出推进措施并报告办理情况。"
    unit = one.leads[0] if one.leads else None
    simulated = any(target.simulated for target in one.targets)
    deadline = day + dt.timedelta(days=DAYS.get(one.state, 60))
    title, subject = one.measure.title, f"measure:{one.measure.no}"
    supporting = _supporting(Q(measure=one.measure))
    percentage = one.percentage or 0
    return Proposal(subject, title[:120], unit, deadline, asked[:1000], one.state, percentage, simulated, supporting)


def proposed(
    subject: str,
    title: str,
    asked: str,
    day: dt.date,
    due: dt.date | None,
    *,
    area: Area,
    unit: Organisation | None = None,
    simulated: bool = False,
) -> Proposal:
    """What a task in ``area`` would say that comes of something else than the plan: until ``due`` where that
    is ahead.
    """
    until = due if due is not None and due > day else day + OTHERWISE
    return Proposal(subject, title[:110], unit, until, asked[:1000], "no_data", 0, simulated, area=area)


def may_supervise(user: Any, area: Area) -> bool:
    """Whether the user may open supervised cases in ``area``."""
    return covers(user, area.path, Action.SUPERVISE_CASES)


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
    supporting: str | None = None,
    milestones: str = "",
    simulated: bool = False,
    now: dt.datetime | None = None,
) -> tuple[Case, bool]:
    """Open the case, or give back the one that is open; the second value says whether it is new. ``unit`` is
    the code of another unit than the proposed one, ``supporting`` names those that support (None: the
    proposed ones), ``milestones`` are lines of :func:`milestones_of`, none of them after the deadline. Raises
    PermissionDenied and InputError."""
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
        until = deadline or proposal.deadline
        stages = milestones_of(milestones)
        if stages and stages[-1][0] > until:
            raise InputError(_("节点不能晚于办结期限"), where=stages[-1][0].isoformat())
        support = " ".join((proposal.supporting if supporting is None else supporting).split())
        data = {
            "title": f"督办：{proposal.title}"[:120],
            "unit": asked.code,
            "unit_name": asked.name[:120],
            "requirement": requirement.strip()[:1000] or proposal.requirement,
            "supporting": support[:300] or "无",
            "milestones": "\n".join(f"{day} {what}" for day, what in stages) or "无",
            "deadline": until.isoformat(),
            "progress": proposal.progress,
            "plan": plan.code,
            "target_state": proposal.state,
        }
        opened = open_case(
            KIND,
            kinds.worded(KIND, data),
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
    units = Organisation.objects.filter(pk__in={one.organisation_id for one in holdings(user) if one.organisation_id})
    for code in units.values_list("code", flat=True):
        within |= Q(data__unit=code)  # asked from above
    found = visible(Case.objects.all(), user).filter(within, kind__code=KIND, data__plan=plan.code)
    return found.select_related("area", "opened_by", "origin").defer("state").order_by("-id")


def keep_moving(now: dt.datetime | None = None) -> str:
    """Once a day: take over the state of targets and reported progress (the light follows), and ask units for
    progress where nobody has said anything for :data:`ASK_EVERY`. Doing it twice asks once."""
    now = now or timezone.now()
    asked = changed = 0
    for case in Case.objects.filter(kind__code=KIND, status=CaseStatus.OPEN).select_related("area").order_by("pk"):
        fresh = _fresh(case, timezone.localdate(now))
        if fresh:
            with acting(case.pk, None, "case_light", now=now) as act:
                act.case.data = act.case.data | fresh
                act.detail |= fresh
            changed += 1
        asked += _ask_by_milestones(case, now)
        last = case.opinions.order_by("-at").values_list("at", flat=True).first() or case.opened_at
        waits = case.steps.filter(status="open", node__in=REPORTING).exists()
        if waits and max(last, case.opened_at) + ASK_EVERY <= now:
            text = _("请报告办理进展")
            with acting(case.pk, None, "case_urged", now=now) as act:
                Opinion.objects.create(case=act.case, kind=OpinionKind.URGE, user=None, text=text, at=act.clock.now)
                act.detail |= {"text": text}
            asked += 1
    return f"催报 {asked} 件，更新 {changed} 件" if asked or changed else ""


def _stages_in(written: str) -> list[tuple[dt.date, str]]:
    """The milestones in a text that somebody may have written by hand; lines that state none are passed
    over.
    """
    found: list[tuple[dt.date, str]] = []
    for line in written.splitlines()[:MOST_LINES]:
        try:
            found += milestones_of(line)
        except InputError:
            continue
    return sorted(found)


def _ask_by_milestones(case: Case, now: dt.datetime) -> int:
    """Ask for progress on the day of each milestone, once. Returns how often."""
    stages = _stages_in(str(case.data.get("milestones") or ""))
    if not stages or not case.steps.filter(status="open", node__in=REPORTING).exists():
        return 0
    asked = 0
    for day, what in stages:
        text = f"阶段节点 {day}：{what}。请报告办理进展"
        if day > timezone.localdate(now) or case.opinions.filter(kind=OpinionKind.URGE, text=text).exists():
            continue
        with acting(case.pk, None, "case_urged", now=now) as act:
            Opinion.objects.create(case=act.case, kind=OpinionKind.URGE, user=None, text=text, at=act.clock.now)
            act.detail |= {"text": text}
        asked += 1
    return asked


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
            now["target_state"] = one.state
    else:
        measure = Measure.objects.filter(plan=plan, no=int(code)).first()
    reported = _progress(measure)
    if reported > int(case.data.get("progress") or 0):
        now["progress"] = reported
    now = worded(KIND, kinds.ready(case.version).definition.start_form, now)
    return {key: value for key, value in now.items() if case.data.get(key) != value}
