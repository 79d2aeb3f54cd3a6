"""The work lists: 待办 (waits for me), 在办 (I have signed for it), 已办 (I did it), 我发起, 督办 (late in my
area), and everything that I may see.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.terms import listed
from qiangqu.base.visibility import holdings, on_line, own_organisations, visible
from qiangqu.registry.roles import Action, may
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing, Tab

from .acts import mine
from .models import Case, CaseKind, CaseStatus, Light, Opinion, OpinionKind, Step, StepStatus
from .templatetags.cases import case_badge, due

STEP_LISTS = ("todo", "doing", "done")
SHOWN = 1000  # lines of a list that can be paged through: beyond them a filter serves better than paging
SORTS = {
    "due": (gettext_lazy("期限"), ("due_on", "id")),
    "new": (gettext_lazy("最新"), ("-id",)),
    "old": (gettext_lazy("最早"), ("id",)),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line: a case, and the step by which it is in the list (None in lists of cases)."""

    case: Case
    step: Step | None
    waiting: tuple[Step, ...]


def _tabs(asked: Asked) -> list[Tab]:
    """The lists that a user has: 督办 is for those who supervise, 全部 for those who may look at their area's
    cases.
    """
    user, waits = asked.user, counts(asked.user)
    found = [
        Tab("todo", _("待办"), _("到了您岗位、还没有人签收的步骤，和交给您、您还没有签收的步骤。"), waits["todo"]),
        Tab("doing", _("在办"), _("您已签收、还没有办结的步骤。"), waits["doing"]),
        Tab("done", _("已办"), _("您办结过的步骤。")),
        Tab("mine", _("我发起"), _("您发起的办件。")),
    ]
    if may(user, Action.SUPERVISE_CASES):
        found.append(Tab("watch", _("督办"), _("您辖区里预警和超期的办件。")))
    if may(user, Action.VIEW_CASES) or may(user, Action.HANDLE_CASES):
        found.append(Tab("all", _("全部"), _("您能看到的全部办件。")))
    return found


def _start(asked: Asked) -> str:
    """How a step's row leads to its case."""
    return "case__" if asked.tab in STEP_LISTS else ""


def _rows(asked: Asked) -> "QuerySet[Any]":
    """Steps (lists in :data:`STEP_LISTS`) or cases."""
    user = asked.user
    found: Any
    match asked.tab:
        case "todo":
            found = Step.objects.filter(mine(user)).filter(Q(claimed_at=None) | Q(assignee=None))
        case "doing":
            found = Step.objects.filter(in_hand(user))
        case "done":
            found = Step.objects.filter(done_by=user)
        case "mine":
            found = Case.objects.filter(opened_by=user)
        case "watch":
            running = Case.objects.filter(status__in=[CaseStatus.OPEN, CaseStatus.SUSPENDED]).exclude(light=Light.GREEN)
            return _within(asked, visible(running, user, Action.SUPERVISE_CASES))
        case _all:
            found = Case.objects.all()
    return _within(asked, visible(found, user))


def _within(asked: Asked, rows: Any) -> Any:
    return rows.filter(**{f"{_start(asked)}area__path__startswith": asked.below}) if asked.below else rows


def _filters(asked: Asked) -> lists.filters.Filters:
    start, today = _start(asked), timezone.localdate()
    late = {"due_on__lt": today} if start else {"due_on__lt": today, "status": CaseStatus.OPEN}
    kinds = CaseKind.objects.order_by("name").values_list("code", "name")
    return (
        lists.choice("kind", _("事项"), kinds, field=f"{start}kind__code")
        | lists.choice("status", _("状态"), CaseStatus.choices, field=f"{start}status")
        | lists.choice("light", _("红黄绿"), Light.choices, field=f"{start}light")
        | lists.choice("late", _("超期"), [("1", _("只看超期"))], how=lambda rows, given: rows.filter(**late) if given else rows)
    )  # fmt: skip


def _searched(rows: "QuerySet[Any]", text: str) -> "QuerySet[Any]":
    start = "case__" if rows.model is Step else ""
    return rows.filter(Q(**{f"{start}number__startswith": text.upper()}) | Q(**{f"{start}title__contains": text}))


def _order(asked: Asked) -> tuple[str, ...]:
    if asked.tab == "done":
        return ("-done_at", "-id")
    return ("due_on", "id") if asked.tab in (*STEP_LISTS, "watch") else ("-id",)


def _first_keys(asked: Asked, narrow: Callable[[Any], Any], order: tuple[str, ...]) -> list[int] | None:
    """The keys of 待办 by deadline."""
    if asked.tab != "todo" or order != ("due_on", "id"):
        return None
    return next_steps(desks(asked.user), SHOWN + 1, lambda steps: narrow(_within(asked, steps)))


def next_steps(branches: Iterable[Q], most: int, narrow: Callable[[Any], Any] = lambda steps: steps) -> list[int]:
    """The keys of the ``most`` steps of some branches with the next deadlines. The branches are asked one by
    one: each is an index in the right order, together they would be sorted as a whole, however many wait.
    """
    found: set[tuple[bool, dt.date, int]] = set()
    for branch in branches:
        steps = narrow(Step.objects.filter(branch))
        some = list(steps.order_by("due_on", "id").values_list("due_on", "pk")[:most])
        if len(some) == most and some[-1][0] is None:
            # NULL sorts first on SQLite and last on PostgreSQL: those with a deadline are asked for apart
            some += steps.exclude(due_on=None).order_by("due_on", "id").values_list("due_on", "pk")[:most]
        found |= {(day is None, day or dt.date.max, pk) for day, pk in some}
    return [pk for _none, _due, pk in sorted(found)[:most]]


def desks(user: Any) -> list[Q]:
    """待办 in parts, each with an index of its own. What lies on his desks he sees; what was handed to him
    while he still has a post there.
    """
    handed = Q(status=StepStatus.OPEN, assignee=user, claimed_at=None)
    parts = [handed & on_line(user, "case__area__path", Action.HANDLE_CASES)]
    if own := own_organisations(user, Action.HANDLE_CASES):
        parts.append(handed & Q(desk_organisation__in=own))
    waiting = Q(status=StepStatus.OPEN, assignee=None)
    posts = holdings(user, Action.HANDLE_CASES)
    parts += [
        waiting & Q(desk_role=role, desk_area=area) for role, area in {(one.role, one.area_id) for one in posts} if area
    ]
    parts += [waiting & Q(desk_organisation=one) for one in {one.organisation_id for one in posts} if one]
    return parts


def with_all(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Steps or cases with what :func:`rows` reads of them."""
    if rows.model is Step:
        return rows.select_related("case__kind", "case__area", "case__organisation", "assignee", "done_by").defer(
            "case__state", "case__data", "outcome"
        )
    steps = Step.objects.filter(status=StepStatus.OPEN).select_related("assignee", "desk_area").defer("outcome")
    open_steps = Prefetch("steps", steps, to_attr="waiting")
    return rows.select_related("kind", "area", "organisation").defer("state", "data").prefetch_related(open_steps)


def rows(found: Iterable[Any]) -> Iterator[Row]:
    """Lines of steps or cases that :func:`with_all` gave."""
    for one in found:
        if isinstance(one, Step):
            yield Row(one.case, one, (one,))
        else:
            yield Row(one, None, tuple(one.waiting))


def owed(user: Any) -> "QuerySet[Opinion]":
    """Countersignatures that are asked of the user and not yet given."""
    return (
        visible(
            Opinion.objects.filter(
                user=user, kind=OpinionKind.COUNTERSIGN, answered_at=None, case__status__in=["open", "suspended"]
            ),
            user,
        )
        .select_related("case", "step", "asked_by")
        .defer("case__state", "case__data")
    )


def in_hand(user: Any) -> Q:
    """在办: what he has signed for and not ended."""
    return Q(status=StepStatus.OPEN, assignee=user, claimed_at__isnull=False)


def counts(user: Any) -> dict[str, int]:
    """How many wait in the lists that call for action."""
    waiting = sum(Step.objects.filter(part).order_by()[: SHOWN + 1].count() for part in desks(user))
    doing = Step.objects.filter(in_hand(user)).order_by()[: SHOWN + 1]
    return {"todo": waiting + owed(user).count(), "doing": doing.count()}


# ---------------------------------------------------------------- columns


def _people(row: Row) -> str:
    return listed(_person(step) for step in row.waiting)


def _person(step: Step) -> str:
    if step.status != StepStatus.OPEN:
        return str(step.done_by or "")
    return str(step.assignee) if step.assignee else _("待签收")


def _deadline(row: Row) -> Any:
    """What matters of time: until when, or when it was done."""
    if row.step is not None:
        return row.step.due_on if row.step.status == StepStatus.OPEN else row.step.done_at
    return row.case.due_on if row.case.running else row.case.closed_at


def _deadline_cell(row: Row) -> Any:
    value = _deadline(row)
    running = row.step.status == StepStatus.OPEN if row.step is not None else row.case.running
    return due(value) if running else lists.columns.shown(value)


def _step_due(row: Row) -> dt.date | None:
    days = [step.due_on for step in row.waiting if step.due_on]
    return row.step.due_on if row.step is not None else min(days, default=None)


def _word(row: Row) -> str:
    case = row.case
    return str(case.get_light_display() if case.status == CaseStatus.OPEN else case.get_status_display())


def _note(row: Row) -> str:
    return " · ".join([row.case.number, *([row.case.organisation.name[:30]] if row.case.organisation else [])])


def _title(row: Row) -> str:
    title = row.case.title
    return title if len(title) <= 60 else f"{title[:59]}…"


def _columns(asked: Asked) -> list[Column]:
    start = _start(asked)
    return [
        Column("number", _("编号"), lambda row: row.case.number, sort=(f"{start}number",), width=18, shown=False),
        Column("title", _("标题"), lambda row: row.case.title, text=_title, note=_note, role=lists.NAME, sort=(f"{start}title",), width=40),
        Column("kind", _("事项"), lambda row: row.case.kind.name, sort=(f"{start}kind__name",)),
        Column("area", _("区域"), lambda row: row.case.area.short_name, sort=(f"{start}area__path",)),
        Column("organisation", _("申请单位"), lambda row: row.case.organisation.name if row.case.organisation else None,
               sort=(f"{start}organisation__name",), width=30, shown=False),
        Column("step", _("步骤"), lambda row: listed(step.name for step in row.waiting), sort=("name",) if start else ()),
        Column("people", _("经办人"), _people, sort=("assignee__username",) if start else ()),
        Column("due", _("步骤期限") if start else _("办结期限"), _deadline, html=_deadline_cell, role=lists.DATE, sort=("due_on",)),
        Column("opened_at", _("发起时间"), lambda row: row.case.opened_at, sort=(f"{start}opened_at",), shown=False),
        Column("step_due", _("最近的步骤期限"), _step_due, shown=False),
        Column("case_due", _("全程期限"), lambda row: row.case.due_on, sort=(f"{start}due_on",), shown=False),
        Column("closed_at", _("办结时间"), lambda row: row.step.done_at if row.step and row.step.done_at else row.case.closed_at, shown=False),
        Column("status", _("办件状态"), lambda row: str(row.case.get_status_display()), sort=(f"{start}status",), shown=False),
        Column("state", _("状态"), _word, html=lambda row: case_badge(row.case), role=lists.STATE, sort=(f"{start}light",)),
    ]  # fmt: skip


CASES = Listing(
    code="cases",
    page="cases-work",
    excel_page="cases-work-xlsx",
    title=gettext_lazy("我的办件"),
    tabs=_tabs,
    rows=_rows,
    columns=_columns,
    filters=_filters,
    search=_searched,
    search_label=gettext_lazy("编号或标题"),
    order=_order,
    orders=SORTS,
    keys=_first_keys,
    once=True,
    fetch=lambda asked, found: with_all(found),
    prepare=lambda asked, held: list(rows(held)),
    link=lambda row: reverse("cases-case", args=[row.case.number]),
    simulated=lambda row: row.case.simulated,
    empty=gettext_lazy("这里没有办件"),
    empty_icon="checklist",
    template="cases/work.html",
    context=lambda request, asked: {"owed": list(owed(asked.user)[:50]) if asked.tab == "todo" else []},
    most=SHOWN,
    strict=True,
)
