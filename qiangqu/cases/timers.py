"""Working off what is due: process timers, reminders, overdue steps and cases. Called by ``qiangqu worker``
every few seconds and by tests.

Each timer is an act of its own with its audit entry; many share a transaction (a savepoint each), so that ten
thousand due timers do not cost ten thousand fsyncs. Two workers at once do each timer once: the case is
locked and the timer read again.
"""

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import QiangquError
from qiangqu.messaging.notify import gathering

from . import engine
from .acts.core import Act, acting, light_of
from .models import Case, CaseStatus, Light, Opinion, OpinionKind, Step, StepStatus, Timer, TimerKind
from .people import escalation_desk, remembering
from .workdays import Calendar, calendar

log = logging.getLogger(__name__)
BATCH = 100
RETRY = dt.timedelta(hours=1)


@dataclass(slots=True)
class Worked:
    """How many timers were worked off, and how many could not be (they are tried again after
    :data:`RETRY`).
    """

    done: int = 0
    failed: int = 0


def work_off_due_timers(now: dt.datetime | None = None, limit: int = 10_000) -> Worked:
    """Work off at most ``limit`` timers that are due at ``now``, the longest due first. Timers that these set
    off and that are already due are left for the next call."""
    now = now or timezone.now()
    days, worked = calendar(), Worked()
    due = list(
        Timer.objects.filter(worked_at=None, due_at__lte=now, case__status=CaseStatus.OPEN)
        .order_by("due_at", "id")
        .values_list("pk", "case_id")[:limit]
    )
    for start in range(0, len(due), BATCH):
        with transaction.atomic(), remembering(), gathering() as told:
            for pk, case in due[start : start + BATCH]:
                _one(pk, case, now, days, worked, told)
    return worked


def _one(pk: int, case: int, now: dt.datetime, days: Calendar, worked: Worked, told: list[Any]) -> None:
    before = len(told)
    try:
        # one act is one savepoint
        if _work(pk, case, now, days):
            worked.done += 1
    except _Void:
        return
    except QiangquError as error:
        del told[before:]
        log.warning("timer %s of case %s: %s", pk, case, error)
        Timer.objects.filter(pk=pk).update(failure=str(error)[:300], due_at=now + RETRY)
        worked.failed += 1


def _work(pk: int, case_pk: int, now: dt.datetime, days: Calendar) -> bool:
    name = "case_timer"
    with acting(case_pk, None, name, now=now, days=days) as act:
        timer = Timer.objects.select_related("step__assignee").filter(pk=pk, worked_at=None, due_at__lte=now).first()
        if timer is None or act.case.status != CaseStatus.OPEN:
            raise _Void
        act.name = f"case_timer_{timer.kind}"
        act.about = timer.step
        timer.worked_at, timer.failure = act.clock.now, ""
        timer.save(update_fields=["worked_at", "failure"])
        match timer.kind:
            case TimerKind.PROCESS:
                _process(act, timer)
            case TimerKind.REMIND:
                _remind(act, timer.step)
            case TimerKind.OVERDUE:
                _overdue(act, timer.step)
            case _:
                act.detail |= {"due_on": act.case.due_on}
    return True


class _Void(QiangquError):
    """The timer was worked off or stopped by somebody else."""

    def __init__(self) -> None:
        super().__init__("定时已被处理")


def _process(act: Act, timer: Timer) -> None:
    workflow = act.workflow
    task = engine.task_of(workflow, timer.task_id)
    act.detail |= {"timer": act.definition.process.nodes[str(task.task_spec.name)].name}
    engine.advance(workflow)


def _remind(act: Act, step: Step | None) -> None:
    if step is None or step.status != StepStatus.OPEN:
        return
    text = _("“%(step)s”将于 %(day)s 到期") % {"step": step.name, "day": step.due_on}
    Opinion.objects.create(case=act.case, step=step, kind=OpinionKind.URGE, user=None, text=text, at=act.clock.now)
    act.detail |= {"step": step.name, "due_on": step.due_on}


def _overdue(act: Act, step: Step | None) -> None:
    if step is None or step.status != StepStatus.OPEN:
        return
    rule = act.definition.steps.get(step.node)
    desk = escalation_desk(act.case, rule.escalate) if rule and rule.escalate else None
    step.escalated_at = act.clock.now
    if desk is not None:
        step.escalated_role, step.escalated_area = desk.role, desk.area
    step.save(update_fields=["escalated_at", "escalated_role", "escalated_area"])
    text = _("“%(step)s”已超过期限 %(day)s") % {"step": step.name, "day": step.due_on}
    Opinion.objects.create(case=act.case, step=step, kind=OpinionKind.URGE, user=None, text=text, at=act.clock.now)
    act.detail |= {"step": step.name, "due_on": step.due_on, "to": f"{desk.role} {desk.area}" if desk else ""}


def refresh_lights(now: dt.datetime | None = None, limit: int = 5000) -> int:
    """Red, yellow, green of open cases that have a deadline, by today's date; only those that change are
    touched. Returns how many did.
    """
    now, days, changed = now or timezone.now(), calendar(), 0
    cases = Case.objects.filter(status=CaseStatus.OPEN).exclude(light=Light.RED).order_by("due_on", "pk")
    for case in cases.select_related("kind", "version", "area")[:limit]:
        act = _looking(case, now, days)
        if light_of(act) != case.light:
            with acting(case.pk, None, "case_light", now=now, days=days):
                changed += 1
    return changed


def _looking(case: Case, now: dt.datetime, days: Calendar) -> Act:
    from .kinds import ready

    clock = engine.Clock(max(now, case.last_at), days)
    holder: Any = None
    return Act(case, holder, clock, ready(case.version), "case_light")
