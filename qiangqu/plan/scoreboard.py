"""Unit scoreboard 单位积分: what units did with their supervised cases, and points by the pack's rules with the reasoning written out."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.cases.models import Case, CaseStatus, Light, Step

from .models import AssessmentRule, Plan


@dataclass(slots=True)
class UnitScore:
    """A unit's counts; ``points`` None when the pack has no rules. ``on_time`` is closed on time, ``late`` closed or still open after the date."""

    code: str
    name: str
    open: int = 0
    red: int = 0
    closed: int = 0
    on_time: int = 0
    late: int = 0
    returned: int = 0
    points: float | None = None
    reasoning: str = ""
    simulated: bool = field(default=False)


def is_late(case: Case, day: dt.date) -> bool:
    """Whether the unit reported after the date, or has not and the date has passed."""
    if getattr(case, "was_late", False):
        return True
    waits = case.running and not getattr(case, "judging", False)
    return bool(waits and case.due_on and case.due_on < day)


def with_marks(cases: "Iterable[Case]") -> "Iterable[Case]":
    """Annotate a queryset of cases with ``was_late``, ``judging`` and ``returned``."""
    of_case = Step.objects.filter(case=OuterRef("pk"))
    returned = Count("steps", filter=Q(steps__node="judge", steps__outcome__verdict="退回重报"))
    found: Iterable[Case] = cases.annotate(  # type: ignore[attr-defined]
        # a late step that only follows a return is late as well: the date had passed
        was_late=Exists(of_case.filter(node="report_late")),
        judging=Exists(of_case.filter(node="judge", status="open")),
        returned=returned,
    )
    return found


def scores(cases: "Iterable[Case]", plan: Plan, day: dt.date | None = None) -> list[UnitScore]:
    """One row for each unit with cases (withdrawn ones do not count), the best first."""
    day = day or timezone.localdate()
    found: dict[str, UnitScore] = {}
    for case in with_marks(cases):
        if case.status == CaseStatus.WITHDRAWN:
            continue
        code = str(case.data.get("unit") or "")
        row = found.setdefault(code, UnitScore(code, str(case.data.get("unit_name") or code)))
        late = is_late(case, day)
        row.open += case.running
        row.red += case.running and case.light == Light.RED
        row.closed += not case.running
        row.on_time += not case.running and not late
        row.late += late
        row.returned += getattr(case, "returned", 0)
        row.simulated |= case.simulated
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
    return total, "；".join(parts)
