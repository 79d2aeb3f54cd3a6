"""A document as the cause of a supervised task 转督办."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiangqu.base.errors import InputError
from qiangqu.plan import supervision
from qiangqu.plan.pages.supervision import asked_for
from qiangqu.plan.track import current_plan
from qiangqu.registry.access import require
from qiangqu.registry.models import Organisation
from qiangqu.registry.roles import Action

from ...models import Document
from ..access import document_for

DAYS = 30  # proposed where the document itself names no date


def proposal_for(document: Document, day: dt.date) -> supervision.Proposal:
    """What a task out of this document would say."""
    asked = f"请按《{document.title}》（{document.number or document.receipt}）的要求办理并报告情况。"
    due = document.answer_by if document.answer_by and document.answer_by > day else day + dt.timedelta(days=DAYS)
    return supervision.Proposal(
        f"document:{document.pk}", document.title, None, due, asked[:1000], "no_data", 0, document.simulated
    )


@require_http_methods(["GET", "POST"])
@require(Action.SUPERVISE_CASES)
def supervise(request: HttpRequest, pk: int) -> HttpResponse:
    """The task as it would be, and opening it."""
    user: Any = request.user
    one = document_for(user, pk)
    area = one.body.area
    plan = current_plan(area)
    if one.editable or not supervision.may_supervise(user, area):
        raise PermissionDenied
    proposal, error = proposal_for(one, timezone.localdate()), ""
    if request.method == "POST":
        try:
            case, is_new = supervision.open_supervision(plan, area, proposal, user, **asked_for(request.POST))
        except InputError as fault:
            error = str(fault)
        else:
            words = _("已立项督办：%(number)s") if is_new else _("已在督办：%(number)s")
            messages.success(request, words % {"number": case.number})
            return redirect("document", pk=pk)
    context = {
        "proposal": proposal,
        "units": Organisation.objects.filter(supervision.answering(plan)).distinct().order_by("code"),
        "found": supervision.running(plan, area, proposal.subject),
        "error": error,
        "sent": request.POST,
        "simulated": one.simulated,
    }
    return render(request, "plan/supervise.html", context, status=422 if error else 200)
