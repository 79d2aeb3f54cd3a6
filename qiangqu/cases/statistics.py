"""How many cases, how long they take, where they wait. Everything is counted by the database over the cases of a subtree."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max, Min, Q, QuerySet

from .models import Case, CaseStatus, Light, Step, StepStatus


@dataclass(frozen=True, slots=True)
class KindLine:
    """A kind in figures; durations in calendar days (None: nothing to average)."""

    code: str
    name: str
    opened: int
    running: int
    late: int
    closed: int
    withdrawn: int
    in_time: int
    mean_days: float | None
    longest_days: float | None


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A step at which cases wait. ``mean_days`` since they came there; ``usual_days`` what those took that are done."""

    kind: str
    step: str
    waiting: int
    late: int
    oldest_days: float
    mean_days: float
    usual_days: float | None


def _days(value: Any) -> float | None:
    return round(value.total_seconds() / 86400, 1) if value is not None else None


def _lasting(end: str) -> Any:
    return ExpressionWrapper(F(end) - F("opened_at"), output_field=DurationField())


def by_kind(cases: "QuerySet[Case]", first: dt.date, last: dt.date) -> list[KindLine]:
    """Cases opened from ``first`` to ``last`` by kind; what runs counts whenever it was opened."""
    held = Q(opened_at__date__gte=first, opened_at__date__lte=last)
    closed = Q(closed_at__date__gte=first, closed_at__date__lte=last, status=CaseStatus.CLOSED)
    running = Q(status__in=[CaseStatus.OPEN, CaseStatus.SUSPENDED])
    found = (
        cases.order_by()
        .values("kind__code", "kind__name")
        .annotate(
            opened=Count("pk", filter=held),
            in_hand=Count("pk", filter=running),
            late=Count("pk", filter=running & Q(light=Light.RED)),
            closed=Count("pk", filter=closed),
            in_time=Count("pk", filter=closed & (Q(due_on=None) | Q(due_on__gte=F("closed_at__date")))),
            withdrawn=Count("pk", filter=held & Q(status=CaseStatus.WITHDRAWN)),
            mean=Avg(_lasting("closed_at"), filter=closed),
            longest=Max(_lasting("closed_at"), filter=closed),
        )
        .order_by("kind__name")
    )
    return [
        KindLine(
            one["kind__code"], one["kind__name"], one["opened"], one["in_hand"], one["late"], one["closed"],
            one["withdrawn"], one["in_time"], _days(one["mean"]), _days(one["longest"]),
        )
        for one in found
    ]  # fmt: skip


def where_they_wait(cases: "QuerySet[Case]", now: dt.datetime, today: dt.date) -> list[PlaceLine]:
    """Open steps by kind and name, the fullest first."""
    steps = Step.objects.filter(case__in=cases).order_by()
    since = ExpressionWrapper(now - F("opened_at"), output_field=DurationField())
    waiting = (
        steps.filter(status=StepStatus.OPEN)
        .values("case__kind__name", "name")
        .annotate(
            waiting=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today)), oldest=Min("opened_at"), mean=Avg(since)
        )
        .order_by("-waiting")[:100]
    )
    usual = {
        (one["case__kind__name"], one["name"]): _days(one["mean"])
        for one in steps.filter(status=StepStatus.DONE)
        .values("case__kind__name", "name")
        .annotate(mean=Avg(_lasting("done_at")))
    }
    return [
        PlaceLine(
            one["case__kind__name"], one["name"], one["waiting"], one["late"], _days(now - one["oldest"]) or 0.0,
            _days(one["mean"]) or 0.0, usual.get((one["case__kind__name"], one["name"])),
        )
        for one in waiting
    ]  # fmt: skip


def by_area(cases: "QuerySet[Case]") -> list[dict[str, Any]]:
    """Running and late cases by area, the latest first."""
    running = Q(status__in=[CaseStatus.OPEN, CaseStatus.SUSPENDED])
    found = (
        cases.order_by()
        .values("area__code", "area__short_name")
        .annotate(in_hand=Count("pk", filter=running), late=Count("pk", filter=running & Q(light=Light.RED)))
        .order_by("-late", "-in_hand")[:60]
    )
    return [dict(one) for one in found if one["in_hand"]]
