"""Unit scoreboard 单位积分: what units did with their supervised cases, and points by the pack's rules with
the reasoning written out.
"""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.terms import clauses
from qiangqu.cases.models import Case, CaseStatus, Light

from .hands import hands_of, with_steps
from .models import AssessmentRule, Plan


@dataclass(slots=True)
class UnitScore:
    """A unit's counts; ``points`` None when the pack has no rules. ``red`` and ``late`` count only what was
    in the unit's own hands (see :mod:`.hands`); ``judge_late`` are cases that it opened and judged, or has
    not judged, after the time for it."""

    code: str
    name: str
    open: int = 0
    red: int = 0
    closed: int = 0
    on_time: int = 0
    late: int = 0
    returned: int = 0
    judge_late: int = 0
    points: float | None = None
    reasoning: str = ""
    simulated: bool = field(default=False)


def scores(cases: "QuerySet[Case]", plan: Plan, day: dt.date | None = None) -> list[UnitScore]:
    """One row for each unit with cases, or late with judging them (withdrawn ones do not count), the best
    first.
    """
    day = day or timezone.localdate()
    found: dict[str, UnitScore] = {}
    for case in with_steps(cases):
        if case.status == CaseStatus.WITHDRAWN:
            continue
        hands = hands_of(case, day)
        code = str(case.data.get("unit") or "")
        row = found.setdefault(code, UnitScore(code, str(case.data.get("unit_name") or code)))
        row.open += case.running
        row.red += hands.unit_has and case.light == Light.RED
        row.closed += not case.running
        row.on_time += not case.running and not hands.unit_late
        row.late += hands.unit_late
        row.returned += hands.returned
        row.simulated |= case.simulated
        if hands.judge_late:
            code, name = hands.judge
            judge = found.setdefault(code, UnitScore(code, name))
            judge.judge_late += 1
            judge.simulated |= case.simulated
    rules = list(AssessmentRule.objects.filter(plan=plan))
    for row in found.values():
        row.points, row.reasoning = assess(row, rules)
    return sorted(found.values(), key=lambda row: (-(row.points or 0), row.late, row.code))


def assess(row: UnitScore, rules: list[AssessmentRule]) -> tuple[float | None, str]:
    """Points and how they come about, each rule that gave any with its count."""
    if not rules:
        return None, _("数据包没有考核规则")
    total, parts = 0.0, []
    for rule in rules:
        times = 1 if rule.code == "base" else int(getattr(row, rule.code))
        total += times * rule.points
        if rule.code == "base":
            parts.append(f"{rule.name} {rule.points:g}")
        elif times:
            parts.append(f"{rule.name} {times}×({rule.points:+g})={times * rule.points:+g}")
    return total, clauses(parts)
