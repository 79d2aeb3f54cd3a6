"""How many cases, how long they take, where they wait. Everything is counted by the database over the cases
of a subtree.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Avg,
    Count,
    DateTimeField,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    Max,
    Min,
    Q,
    QuerySet,
    Value,
)
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import in_subtree, reach, within
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action

from .forms import FIRST_YEAR, LAST_YEAR
from .models import Case, CaseStatus, Light, Step, StepStatus
from .workdays import end_of


def counted_for(user: Any, area: Area | None = None) -> "QuerySet[Case]":
    """The cases that figures count: all in the areas where a post lets the user view cases (in ``area`` when
    given). Those of restricted kinds too: a figure shows no case."""
    found = Case.objects.filter(within("area__path", reach(user, Action.VIEW_CASES)))
    return found if area is None else in_subtree(found, area.path)


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
    """A step at which cases wait. ``mean_days`` since they came there; ``usual_days`` what those took that
    are done.
    """

    kind: str
    step: str
    waiting: int
    late: int
    oldest_days: float
    mean_days: float
    usual_days: float | None


class _Day(Func):
    """A moment as a number of days, worked out by the database itself (Django's own difference of moments
    calls Python for every row on SQLite).
    """

    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="julianday(%(expressions)s)", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(extract(epoch from %(expressions)s) / 86400.0)", **context)


def _lasting(end: str) -> Any:
    return ExpressionWrapper(_Day(F(end)) - _Day(F("opened_at")), output_field=FloatField())


def _days(value: Any) -> float | None:
    return round(float(value), 1) if value is not None else None


def by_kind(cases: "QuerySet[Case]", first: dt.date, last: dt.date) -> list[KindLine]:
    """Cases opened from ``first`` to ``last`` by kind; what runs counts whenever it was opened. Raises
    InputError for a span that no case lies in.
    """
    if not FIRST_YEAR <= first.year <= last.year <= LAST_YEAR or first > last:
        raise InputError(
            _("时段应在 %(first)s—%(last)s 年之间，开始不晚于结束") % {"first": FIRST_YEAR, "last": LAST_YEAR},
            where=_("时段"),
        )
    begin, end = end_of(first - dt.timedelta(days=1)), end_of(last)
    held = Q(opened_at__gte=begin, opened_at__lt=end)
    closed = Q(status=CaseStatus.CLOSED, closed_at__gte=begin, closed_at__lt=end)
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
    since = ExpressionWrapper(_Day(Value(now, DateTimeField())) - _Day(F("opened_at")), output_field=FloatField())
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
            one["case__kind__name"], one["name"], one["waiting"], one["late"], round((now - one["oldest"]).total_seconds() / 86400, 1),
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
