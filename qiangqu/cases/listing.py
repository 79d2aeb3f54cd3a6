"""The work lists: 待办 (waits for me), 在办 (I have signed for it), 已办 (I did it), 我发起, 督办 (late in my area), and everything that I may see."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.registry.roles import Action, may

from .acts import mine
from .models import Case, CaseKind, CaseStatus, Light, Opinion, OpinionKind, Step, StepStatus
from .people import visible_cases

STEP_LISTS = ("todo", "doing", "done")
LISTS = (*STEP_LISTS, "mine", "watch", "all")
LONGEST_QUERY = 80
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is to show. ``which`` is one of :data:`LISTS`; ``q`` looks in number and title."""

    which: str = "todo"
    q: str = ""
    kind: str = ""
    status: str = ""
    light: str = ""
    late: bool = False
    sort: str = ""


SORTS = {"due": "期限", "new": "最新", "old": "最早"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line: a case, and the step by which it is in the list (None in lists of cases)."""

    case: Case
    step: Step | None
    waiting: tuple[Step, ...]


def wanted_of(query: Mapping[str, str], user: Any) -> Wanted:
    """What an address asks for. Raises InputError for a word that means nothing, or a list that is not the user's."""
    which = query.get("list", "todo")
    if which not in LISTS or which not in lists_of(user):
        raise InputError("没有这个列表", where="list")
    status, light, sort = query.get("status", ""), query.get("light", ""), query.get("sort", "")
    if status and status not in CaseStatus.values:
        raise InputError("没有这个状态", where="status")
    if light and light not in Light.values:
        raise InputError("没有这个颜色", where="light")
    if sort and sort not in SORTS:
        raise InputError("不能按此排序", where="sort")
    text = " ".join(query.get("q", "").replace("\x00", "").split())[:LONGEST_QUERY]
    return Wanted(which, text, query.get("kind", "")[:40], status, light, query.get("late", "") == "1", sort)


def lists_of(user: Any) -> tuple[str, ...]:
    """The lists that a user has: 督办 is for those who supervise, 全部 for those who may look at their area's cases."""
    found = [*STEP_LISTS, "mine"]
    if may(user, Action.SUPERVISE_CASES):
        found.append("watch")
    if may(user, Action.VIEW_CASES) or may(user, Action.HANDLE_CASES):
        found.append("all")
    return tuple(found)


def _steps(user: Any, which: str) -> "QuerySet[Step]":
    match which:
        case "todo":
            return Step.objects.filter(mine(user)).filter(Q(claimed_at=None) | Q(assignee=None))
        case "doing":
            return Step.objects.filter(status=StepStatus.OPEN, assignee=user).exclude(claimed_at=None)
        case _:
            return Step.objects.filter(done_by=user)


def _cases(user: Any, which: str) -> "QuerySet[Case]":
    match which:
        case "mine":
            return Case.objects.filter(opened_by=user)
        case "watch":
            return Case.objects.filter(
                area__path__startswith=user.scope_path or "//", status__in=[CaseStatus.OPEN, CaseStatus.SUSPENDED]
            ).exclude(light=Light.GREEN)
        case _:
            return visible_cases(user)


def _filtered(wanted: Wanted, area_path: str, start: str) -> Q:
    found = Q()
    if wanted.q:
        found &= Q(**{f"{start}number__startswith": wanted.q.upper()}) | Q(**{f"{start}title__contains": wanted.q})
    if wanted.kind:
        found &= Q(**{f"{start}kind__code": wanted.kind})
    if wanted.status:
        found &= Q(**{f"{start}status": wanted.status})
    if wanted.light:
        found &= Q(**{f"{start}light": wanted.light})
    if area_path:
        found &= Q(**{f"{start}area__path__startswith": area_path})
    return found


def find(user: Any, wanted: Wanted, area_path: str = "") -> "QuerySet[Any]":
    """Steps (lists in :data:`STEP_LISTS`) or cases of a list, in order; ``area_path`` narrows to a subtree. Turn a page of them into rows with
    :func:`rows`."""
    today = timezone.localdate()
    if wanted.which in STEP_LISTS:
        steps = _steps(user, wanted.which).filter(_filtered(wanted, area_path, "case__"))
        if wanted.late:
            steps = steps.filter(due_on__lt=today)
        order = {"due": ("due_on", "id"), "new": ("-id",), "old": ("id",)}
        default = ("-done_at", "-id") if wanted.which == "done" else ("due_on", "id")
        return (
            steps.select_related("case__kind", "case__area", "case__organisation", "assignee")
            .defer("case__state", "case__data", "outcome")
            .order_by(*order.get(wanted.sort, default))
        )
    cases = _cases(user, wanted.which).filter(_filtered(wanted, area_path, ""))
    if wanted.late:
        cases = cases.filter(due_on__lt=today, status=CaseStatus.OPEN)
    order = {"due": ("due_on", "id"), "new": ("-id",), "old": ("id",)}
    return (
        cases.select_related("kind", "area", "organisation")
        .defer("state", "data")
        .prefetch_related(
            Prefetch(
                "steps",
                Step.objects.filter(status=StepStatus.OPEN).select_related("assignee", "desk_area").defer("outcome"),
                to_attr="waiting",
            )
        )
        .order_by(*order.get(wanted.sort, ("due_on", "id") if wanted.which == "watch" else ("-id",)))
    )


def rows(found: Any) -> Iterator[Row]:
    """Lines of a page of :func:`find`."""
    for one in found:
        if isinstance(one, Step):
            yield Row(one.case, one, (one,))
        else:
            yield Row(one, None, tuple(one.waiting))


def owed(user: Any) -> "QuerySet[Opinion]":
    """Countersignatures that are asked of the user and not yet given."""
    return (
        Opinion.objects.filter(
            user=user, kind=OpinionKind.COUNTERSIGN, answered_at=None, case__status__in=["open", "suspended"]
        )
        .select_related("case", "step", "asked_by")
        .defer("case__state", "case__data")
    )


def counts(user: Any) -> dict[str, int]:
    """How many wait in the lists that call for action."""
    return {"todo": _steps(user, "todo").count() + owed(user).count(), "doing": _steps(user, "doing").count()}


def kinds_in_use() -> "QuerySet[CaseKind]":
    return CaseKind.objects.exclude(current=None).order_by("name")
