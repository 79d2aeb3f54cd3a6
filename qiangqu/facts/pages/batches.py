"""One batch 批次 (what came in together), one source 来源 (who published it)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qiangqu.registry.access import require

from ..browse import Wanted, find
from ..queries import rows_of, source_by_id
from ..scope import batch_for, facts_in


@require_GET
@require()
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch and its facts."""
    one = batch_for(request.user, pk)
    found = find(facts_in(request.user), Wanted(batch=one), request.GET.get("after", ""))
    context = {"batch": one, "found": found, "rows": rows_of(found.facts), "simulated": one.simulated}
    return render(request, "facts/batch.html", context)


@require_GET
@require()
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """One source, and of its figures those that the user may see."""
    scoped: Any = request
    one = source_by_id(pk)
    found = find(facts_in(request.user), Wanted(source=one.pk), request.GET.get("after", ""), day=scoped.as_of)
    rows = rows_of(found.facts, scoped.as_of)
    context = {"source": one, "found": found, "rows": rows, "simulated": any(r.fact.batch.simulated for r in rows)}
    return render(request, "facts/source.html", context)
