"""What every act has in common: lock the case, move the engine, bring the rows of steps and timers in line,
write the audit entry; all of it in one transaction, so that an act has happened wholly and once, or not at
all.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from qiangqu.base.errors import ConflictError, NotFoundError
from qiangqu.registry import audit

from .. import engine, expressions, kinds, letters
from ..check import FACTS
from ..definition import Definition
from ..models import Case, CaseStatus, Light, Opinion, Step, StepStatus, Timer, TimerKind
from ..people import Desk, desk_for
from ..signals import case_moved, case_moving
from ..workdays import Calendar, calendar, end_of


@dataclass
class Act:
    """One act under way. ``detail`` becomes the audit entry's; ``about`` is the step that it finishes or
    reminds of; ``issues`` says that letters are due (of ``about``, else of the opening); ``workflow`` is
    loaded when it is first needed."""

    case: Case
    user: Any
    clock: engine.Clock
    kind: kinds.Ready
    name: str
    detail: dict[str, Any] = field(default_factory=dict)
    opened: list[Step] = field(default_factory=list)
    about: Step | None = None
    issues: bool = False
    _workflow: Any = None

    @property
    def definition(self) -> Definition:
        return self.kind.definition

    @property
    def workflow(self) -> Any:
        if self._workflow is None:
            self._workflow = engine.load(self.kind.built, self.case.state, self.clock, self.case.data)
        return self._workflow

    @workflow.setter
    def workflow(self, value: Any) -> None:
        self._workflow = value


def moment(case: Case | None = None) -> dt.datetime:
    """Now; for a case never before its last act, so that a clock set back reorders nothing."""
    now = timezone.now()
    return max(now, case.last_at) if case is not None else now


@contextmanager
def acting(
    case_pk: int, user: Any, name: str, *, now: dt.datetime | None = None, days: Calendar | None = None
) -> Iterator[Act]:
    """Lock the case, let the caller act, then save everything. Raises NotFoundError for a case that is gone,
    ConflictError when it was changed underneath (which the lock should prevent: the second net)."""
    with transaction.atomic():
        case = (
            Case.objects.select_for_update(of=("self",))
            .select_related("kind", "version", "area", "opened_by", "organisation")
            .filter(pk=case_pk)
            .first()
        )
        if case is None:
            raise NotFoundError("没有这个办件", where=str(case_pk))
        clock = engine.Clock(max(now or timezone.now(), case.last_at), days or calendar())
        act = Act(case, user, clock, kinds.ready(case.version), name)
        before = {"status": case.status, "light": case.light, "due_on": case.due_on}
        yield act
        finish(act, before)


def finish(act: Act, before: Mapping[str, Any]) -> None:
    """Bring rows in line with the engine, save, write the audit entry."""
    case = act.case
    if act._workflow is not None:
        _sync(act)
        case.state = engine.dump(act.kind.built, act.workflow)
    if act.issues:
        made = letters.issue(case, act.definition, act.about, act.user, act.clock.now)
        if made:
            act.detail["letters"] = [{"title": o.title, "number": o.number, "sha256": o.sha256} for o in made]
    case.light = light_of(act)
    case.last_at = act.clock.now
    revision = case.revision
    case.revision += 1
    # the state is long: it is written when the engine has moved
    saved = SAVED if act._workflow is not None else SAVED[1:]
    changed = Case.objects.filter(pk=case.pk, revision=revision).update(**{name: getattr(case, name) for name in saved})
    if changed != 1:
        raise ConflictError("办件刚刚被别人改动，请刷新页面", where=case.number)
    after = {"status": case.status, "light": case.light, "due_on": case.due_on}
    if after != dict(before):
        act.detail |= {"before": dict(before), "after": after}
    if act.opened:
        act.detail["next"] = [step.name for step in act.opened]
    record(act)
    from ..announce import announce

    announce(act)
    case_moving.send(Case, act=act)
    number = case.number
    transaction.on_commit(lambda: case_moved.send(Case, number=number, action=act.name), robust=True)


SAVED = (
    "state",
    "data",
    "status",
    "light",
    "last_at",
    "revision",
    "closed_at",
    "pauses",
    "due_on",
    "title",
    "area",
    "organisation",
)


def record(act: Act) -> None:
    """The act in the audit trail, filed under the case's number."""
    audit.record(
        act.user,
        act.name,
        object_type="case",
        object_id=act.case.number,
        area_path=act.case.area.path,
        detail=act.detail,
    )


def running(act: Act) -> None:
    """Raises ConflictError unless the case is open and its clock runs."""
    if act.case.status == CaseStatus.SUSPENDED:
        raise ConflictError("办件已暂停，恢复后才能办理", where=act.case.number)
    if act.case.status != CaseStatus.OPEN:
        raise ConflictError(f"办件{act.case.get_status_display()}，不能再办理", where=act.case.number)


def open_step(act: Act, step_pk: int, revision: int | None = None) -> Step:
    """An open step of the case, locked with it. Raises ConflictError that says who finished it and when;
    ``revision`` is the one that the person saw.
    """
    step = (
        Step.objects.select_related("assignee", "done_by", "desk_area", "desk_organisation")
        .filter(pk=step_pk, case=act.case)
        .first()
    )
    if step is None:
        raise NotFoundError("没有这一步", where=str(step_pk))
    if step.status != StepStatus.OPEN:
        when = f"{timezone.localtime(step.done_at):%m-%d %H:%M}" if step.done_at else ""
        who = f"由 {step.done_by} " if step.done_by else ""
        raise ConflictError(
            f"“{step.name}”{who}{when} {step.get_status_display()}，您的操作没有执行".replace("  ", " "),
            where=act.case.number,
        )
    if revision is not None and step.revision != revision:
        held = f"，现在由 {step.assignee} 办理" if step.assignee else ""
        raise ConflictError(f"“{step.name}”刚刚被别人改动{held}；请刷新页面再办", where=act.case.number)
    return step


def touch(step: Step, *fields: str) -> None:
    """Save ``fields`` of a step with its next revision."""
    step.revision += 1
    step.save(update_fields=[*fields, "revision"])


def close_step(act: Act, step: Step, status: str, outcome: Mapping[str, Any] | None = None, by: Any = None) -> None:
    """End a step; its timers and open countersignatures end with it."""
    step.status, step.done_at = status, act.clock.now
    step.done_by = by
    step.outcome = dict(outcome or {})
    touch(step, "status", "done_at", "done_by", "outcome")
    Timer.objects.filter(step=step, worked_at=None).update(worked_at=act.clock.now)
    Opinion.objects.filter(step=step, kind="countersign", answered_at=None).update(answered_at=act.clock.now)


def facts(case: Case) -> dict[str, Any]:
    """What the engine itself puts beside the data of a case."""
    return {"area_code": case.area.code, "area_level": case.area.level, "returned": ""}


# ---------------------------------------------------------------- rows in line with the engine


def _sync(act: Act) -> None:
    case, workflow = act.case, act.workflow
    waiting_steps = {one.task_id: one for one in engine.ready(workflow)}
    rows = {step.task_id: step for step in case.steps.filter(status=StepStatus.OPEN)}
    for task_id, step in rows.items():
        if task_id not in waiting_steps:
            close_step(act, step, StepStatus.CANCELLED)
            act.detail.setdefault("cancelled", []).append(step.name)
    case.data = {key: value for key, value in engine.data_of(workflow).items() if key not in FACTS}
    for task_id, one in waiting_steps.items():
        if task_id not in rows:
            act.opened.append(_open_row(act, one))
    _sync_timers(act)
    if engine.is_done(workflow):
        case.status, case.closed_at = CaseStatus.CLOSED, act.clock.now
        case.timers.filter(worked_at=None).update(worked_at=act.clock.now)
    elif engine.tokens(workflow) == 0:
        raise RuntimeError(f"case {case.number} would lose its token")


def _open_row(act: Act, one: engine.Ready) -> Step:
    case, clock, rule = act.case, act.clock, act.definition.steps[one.node]
    desk: Desk = desk_for(case, rule.by, case.data)
    # what comes back goes to the one who had done it
    again = (
        case.steps.filter(task_id=one.task_id).exclude(done_by=None).select_related("done_by").order_by("-id").first()
    )
    person = (
        again.done_by
        if again and again.status == StepStatus.DONE and again.done_by and again.done_by.is_active
        else desk.user
    )
    due = clock.calendar.add(clock.today, rule.limit_days, case.pauses) if rule.limit_days else None
    step = Step.objects.create(
        case=case, task_id=one.task_id, node=one.node, name=act.definition.process.nodes[one.node].name,
        desk_role=desk.role, desk_area=desk.area, desk_organisation=desk.organisation, for_public=desk.public,
        assignee=person, claimed_at=None, opened_at=clock.now, since=clock.today, limit_days=rule.limit_days, due_on=due,
    )  # fmt: skip
    if not desk.staffed:
        act.detail.setdefault("unstaffed", []).append(step.name)
    if rule.limit_days:
        counts = {TimerKind.OVERDUE: rule.limit_days}
        if rule.remind_days:
            counts[TimerKind.REMIND] = rule.limit_days - rule.remind_days
        for kind, days in counts.items():
            if days > 0:
                add_timer(case, kind, clock, days, step=step)
    return step


def add_timer(case: Case, kind: str, clock: engine.Clock, days: int, step: Step | None = None) -> Timer:
    """A timer that is due at the end of the ``days``-th working day from today."""
    due = end_of(clock.calendar.add(clock.today, days, case.pauses))
    return Timer.objects.create(case=case, kind=kind, step=step, since=clock.today, workdays=days, due_at=due)


def _sync_timers(act: Act) -> None:
    running_ = {one.task_id: one for one in engine.waiting(act.workflow)}
    rows = {t.task_id: t for t in act.case.timers.filter(kind=TimerKind.PROCESS, worked_at=None)}
    for task_id, timer in rows.items():
        if task_id not in running_:
            timer.worked_at = act.clock.now
            timer.save(update_fields=["worked_at"])
    for task_id, one in running_.items():
        if task_id not in rows:
            Timer.objects.create(
                case=act.case,
                kind=TimerKind.PROCESS,
                task_id=task_id,
                since=one.since,
                workdays=one.workdays,
                due_at=one.due,
            )


def light_of(act: Act) -> str:
    """Red, yellow, green: by the kind's own rules if it has them, else by the deadlines of the case and its
    open steps: red when one has passed, yellow from one working day before it. A clock that began today does
    not warn, however short the time: a case is not late because it is new."""
    case, days, today = act.case, act.clock.calendar, act.clock.today
    if not case.running:
        return case.light
    steps = list(case.steps.all())
    waiting = [step for step in steps if step.status == StepStatus.OPEN]
    clocks = [(step.due_on, step.since) for step in waiting if step.due_on is not None]
    late = any(due < today for due, _since in clocks)
    if case.due_on:
        clocks.append((case.due_on, timezone.localdate(case.opened_at)))
    overdue = any(due < today for due, _since in clocks)
    nearest = min((due for due, _since in clocks), default=None)
    left = days.between(today, nearest) if nearest is not None else None
    rules = act.definition.raw.get("lights", {})
    names = dict.fromkeys(act.kind.built.names) | case.data | {"overdue": overdue, "days_left": left}
    # whose turn it is, and who is late: a case may be over its day because of somebody else
    names |= {
        "open_steps": [step.node for step in waiting],
        "step_overdue": late,
        "late_steps": [step.node for step in steps if case.due_on and step.held_over(case.due_on, today)],
    }
    if expressions.evaluate(rules.get(Light.RED.value, "overdue"), names):
        return Light.RED
    begun = min((due for due, since in clocks if since < today), default=None)
    warned = days.between(today, begun) if begun is not None else None
    if Light.YELLOW.value in rules:
        if expressions.evaluate(rules[Light.YELLOW.value], names | {"days_left": warned}):
            return Light.YELLOW
    elif warned is not None and warned <= 1 and not overdue:
        return Light.YELLOW
    return Light.GREEN
