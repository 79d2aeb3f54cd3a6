"""The browser of facts, and one fact."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qiangqu.base.errors import QiangquError
from qiangqu.base.periods import PeriodKind, from_key
from qiangqu.registry.access import require

from .. import figures
from ..browse import Found, Wanted, element_periods, find, period_order
from ..current import believed_on, view_cell
from ..models import SUBJECT_CODES, Element, Fact
from ..scope import batches_in, fact_for, facts_in, subject_name, subject_url, subjects_of
from ..uses import uses_of
from .common import rows_of, wanted_of


def search(query: Any, user: Any, area: Any, day: Any = None, size: int = 50) -> tuple[Found, Wanted, dict[str, Any]]:
    """The page of facts that an address asks for, of what the user may see in the area."""
    wanted, records = wanted_of(query, user)
    # a subject that was named may lie anywhere in the user's own subtree
    facts = facts_in(user, None if wanted.subject else area)
    found = find(believed_on(facts, day), wanted, query.get("after", ""), size)
    return found, wanted, records


@require_GET
@require()
def facts(request: HttpRequest) -> HttpResponse:
    """Facts by element, subject, period, source; paged by place, never counted."""
    scoped: Any = request
    error, rows, found, wanted = "", [], Found(), Wanted()
    records: dict[str, Any] = {}
    try:
        found, wanted, records = search(request.GET, request.user, scoped.within, scoped.as_of)
        rows = rows_of(found.facts, scoped.as_of)
    except QiangquError as fault:
        error = str(fault)
    context = {
        "rows": rows,
        "found": found,
        "wanted": wanted,
        "records": records,
        "error": error,
        "kinds": [(code, kind.label) for code, kind in SUBJECT_CODES.items()],
        "elements": Element.objects.filter(pk__in=list(element_periods())).values_list("name", "code"),
        "periods": period_choices(wanted.element),
        "simulated": any(row.fact.batch.simulated for row in rows),
        "filtered": any(
            request.GET.get(name) for name in ("element", "kind", "subject", "period", "source", "simulated")
        ),
    }
    return render(request, "facts/facts.html", context, status=422 if error else 200)


def period_choices(element: int | None, limit: int = 240) -> list[tuple[str, str]]:
    """Codes and labels of periods that hold facts (of the element), the latest first."""
    known = element_periods()
    keys = (
        known.get(element, [])
        if element
        else sorted({key for keys in known.values() for key in keys}, key=period_order)
    )
    return [(from_key(key).code, from_key(key).label) for key in keys[:limit]]


@require_GET
@require()
def fact(request: HttpRequest, pk: int) -> HttpResponse:
    """One fact: everything about it, what stands beside it in its cell, its series."""
    scoped: Any = request
    return render(request, "facts/fact.html", fact_view(fact_for(request.user, pk), request.user, scoped.as_of))


def fact_view(one: Fact, user: Any, day: Any = None) -> dict[str, Any]:
    """What the page and the API show of a fact."""
    cell = view_cell(one.element_id, one.subject_kind, one.subject_id, one.period_key, day)
    history = sorted(
        [
            *cell.superseded,
            *([cell.current] if cell.current else []),
            *cell.contradicting,
            *cell.confirming,
            *cell.simulated,
        ],
        key=lambda other: -other.pk,
    )
    subject = subjects_of([one]).get((one.subject_kind, one.subject_id))
    replaced_by = next((other for other in history if other.supersedes_id == one.pk), None)
    replaces = next((other for other in history if other.pk == one.supersedes_id), None)
    is_current = cell.current is not None and cell.current.pk == one.pk
    course = figures.series(
        one.element, PeriodKind(one.period_key // 1_000_000), (one.subject_kind, one.subject_id), day
    )
    return {
        "fact": one,
        "element": one.element,
        "subject": subject,
        "subject_name": subject_name(subject, one.subject_kind, one.subject_id),
        "subject_url": subject_url(one.subject_kind, one.subject_id),
        "state": "current" if is_current else "superseded" if replaced_by else "beside",
        "counting": cell.current,
        "replaced_by": replaced_by,
        "replaces": replaces,
        "contradicting": [
            other for other in history if other.pk != one.pk and _stands(other, history) and other.value != one.value
        ],
        "confirming": [
            other for other in history if other.pk != one.pk and _stands(other, history) and other.value == one.value
        ],
        "history": history,
        "batch_open": batches_in(user).filter(pk=one.batch_id).exists(),
        "chart": figures.line(one.element, course),
        "uses": uses_of(one.element, user),
        "simulated": one.batch.simulated,
        "how": _("导入文件第 %(row)s 行") % {"row": one.row} if one.row else "",
    }


def _stands(one: Fact, all_of_cell: list[Fact]) -> bool:
    return not any(other.supersedes_id == one.pk for other in all_of_cell)
