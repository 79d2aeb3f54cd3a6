"""Who has a supervised task in hands, and who is late with it: reporting is the unit's, judging is the
supervisor's.

The unit is late when it held the task as the deadline of the case passed, or let the time of a renewed report
pass. A day that passes while the supervisor judges is not the unit's: neither that day nor the report that he
then asks for again.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from qiangqu.cases.contracts import coded
from qiangqu.cases.models import Case, Step
from qiangqu.registry.models import with_posts

from .contract import JUDGE, REPORT, REPORT_LATE, RETURN, SUPERVISION

REPORTING = (REPORT, REPORT_LATE)


@dataclass(frozen=True, slots=True)
class Hands:
    """``unit_has`` and ``judge_has``: whose turn it is while the case runs. ``judge`` is code and name of the
    supervisor's unit.
    """

    unit_has: bool = False
    unit_late: bool = False
    judge_has: bool = False
    judge_late: bool = False
    judge_late_now: bool = False
    judge: tuple[str, str] = ("", "")
    returned: int = 0


def with_steps(cases: "QuerySet[Case]") -> "QuerySet[Case]":
    """The cases with what :func:`hands_of` reads, by a few more queries."""
    steps = Step.objects.prefetch_related(*with_posts("assignee", "done_by")).order_by("id")
    return cases.select_related("area").prefetch_related(Prefetch("steps", steps), *with_posts("opened_by"))


def hands_of(case: Case, day: dt.date) -> Hands:
    """Whose turn it is on ``day``, and who was or is late."""
    steps = list(case.steps.all())
    reports = [step for step in steps if step.node in REPORTING]
    judged = [step for step in steps if step.node == JUDGE]
    open_ = [step for step in steps if step.status == "open"] if case.running else []
    judging = next((step for step in reversed(judged) if step in open_), None)
    return Hands(
        unit_has=any(step.node in REPORTING for step in open_),
        unit_late=any(_held_over(step, case, day) or _over_its_time(step, case, day) for step in reports),
        judge_has=judging is not None,
        judge_late=any(_over_its_time(step, case, day) for step in judged),
        judge_late_now=judging is not None and _over_its_time(judging, case, day),
        judge=_unit_of(judging.assignee if judging is not None else None, case),
        returned=sum(1 for step in judged if coded(SUPERVISION, step.outcome).get("verdict") == RETURN),
    )


def _ended(step: Step, case: Case, day: dt.date) -> dt.date:
    """The last day on which the step was in somebody's hands."""
    if step.done_at is not None:
        return timezone.localdate(step.done_at)
    if case.closed_at is not None:
        return min(timezone.localdate(case.closed_at), day)
    return day


def _held_over(step: Step, case: Case, day: dt.date) -> bool:
    """Whether the step was open when the case's deadline passed."""
    return case.due_on is not None and step.held_over(case.due_on, _ended(step, case, day))


def _over_its_time(step: Step, case: Case, day: dt.date) -> bool:
    return step.due_on is not None and step.due_on < _ended(step, case, day)


def _unit_of(person: Any, case: Case) -> tuple[str, str]:
    """The unit of who judges: his own, else that of who opened the case, else the body of the case's area."""
    for one in (person, case.opened_by):
        if one is not None and one.organisation is not None:
            return one.organisation.code, one.organisation.name
    return f"area:{case.area.code}", case.area.name
