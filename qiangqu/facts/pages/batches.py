"""One batch 批次 (what came in together), one source 来源 (who published it)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action

from ..browse import Wanted, find
from ..queries import rows_of, source_by_id
from ..scope import batch_for, facts_in
from ..withdrawing import LISTED, consequences, may_withdraw, withdraw


@require_GET
@require()
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch and its facts."""
    one = batch_for(request.user, pk)
    found = find(facts_in(request.user), Wanted(batch=one), request.GET.get("after", ""))
    context = {
        "batch": one,
        "found": found,
        "rows": rows_of(found.facts),
        "simulated": one.simulated,
        "taken_by": getattr(one, "withdrawal", None),
        "may_withdraw": may_withdraw(request.user, one),
    }
    return render(request, "facts/batch.html", context)


@require_http_methods(["GET", "POST"])
@require(Action.WITHDRAW_FACTS)
def withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """What taking the batch back would change; confirmed, it is taken back."""
    one = batch_for(request.user, pk)
    if not may_withdraw(request.user, one):
        raise ConflictError(_("这个批次不能撤回，或已经撤回"))
    reason, error = request.POST.get("reason", ""), ""
    if request.method == "POST":
        try:
            withdraw(one, request.user, reason)
        except InputError as fault:
            error = fault.message
        else:
            messages.success(request, _("已撤回，有关指标已重新计算"))
            return redirect("facts-batch", pk=one.pk)
    changes = consequences(one, request.user)
    context = {
        "batch": one,
        "changes": changes,
        "uses": changes.uses[:LISTED],
        "uses_more": max(0, len(changes.uses) - LISTED),
        "reason": reason,
        "error": error,
    }
    return render(request, "facts/withdraw.html", context, status=400 if error else 200)


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
