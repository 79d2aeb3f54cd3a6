"""The browser of facts, and one fact."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from qiangqu.base.errors import QiangquError
from qiangqu.base.periods import from_key
from qiangqu.registry.access import require

from .. import subjects
from ..browse import Found, Wanted, element_periods, period_order
from ..ids import is_old, read_ref
from ..models import Element
from ..queries import fact_view, rows_of, search
from ..scope import fact_for, old_fact


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
        "kinds": [(one.code, one.title) for one in subjects.subjects()],
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
def fact(request: HttpRequest, ref: str) -> HttpResponse:
    """One fact: everything about it, what stands beside it in its cell, its series. An address of release
    0.1.0, which counted all facts, leads on.
    """
    scoped: Any = request
    if is_old(ref):
        return redirect("facts-fact", ref=old_fact(request.user, int(ref)).ref, permanent=True)
    one = fact_for(request.user, read_ref(ref))
    return render(request, "facts/fact.html", fact_view(one, request.user, scoped.as_of))
