"""The check-list on the phone: the page that a service worker keeps for places without a line, and where what was
entered there arrives. What is refused is answered in JSON: the page keeps the entry and says why.
"""

from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from qiangqu.base.errors import NotFoundError, QiangquError
from qiangqu.records.asking import sent_files
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui.formpage import sent_day, status_of

from ..access import VISIT_FOUND, goes, runs
from ..breaches import case_for
from ..checking import answer, entry_of, sheet
from ..models.inspections import Visit
from ..queries import looked
from ..terms import DrawState, HazardGrade, Outcome, Verdict
from ..visiting import finish

_WORKER = Path(__file__).resolve().parents[1] / "static" / "safety" / "worker.js"


@require_GET
@require(Action.INSPECTIONS)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, from an address in whose folder the pages lie that it keeps."""
    return HttpResponse(_WORKER.read_text("utf-8"), content_type="text/javascript; charset=utf-8")


def _open(user: Any, pk: int) -> Visit:
    """A visit for who goes there. Raises NotFoundError, PermissionDenied."""
    visit = VISIT_FOUND.one(user, pk)
    if not (goes(user, visit) or runs(user, visit.draw)):
        raise PermissionDenied
    return visit


@require_GET
@require(Action.INSPECTIONS)
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """The check-lists of a visit, to be filled in with or without a line."""
    user: Any = request.user
    visit = _open(user, pk)
    if visit.draw.state != DrawState.OPENED or visit.replaced_because:
        raise NotFoundError(_("这次检查不在进行中"), where=visit.title)
    looked(user, visit.draw, visit)
    today = timezone.localdate()
    context = {
        "visit": visit,
        "lists": list(sheet(visit, today)),
        "verdicts": Verdict.choices,
        "outcomes": Outcome.choices,
        "case": case_for(user, visit),
        "major": str(HazardGrade.MAJOR.label),
        "today": today,
    }
    return render(request, "safety/phone.html", context)


@require_POST
@require(Action.INSPECTIONS)
def entries(request: HttpRequest, pk: int) -> JsonResponse:
    """One entry of the phone: an answer (``kind`` "answer"), or the end of the visit ("finish"). What came before is
    answered as before and done once."""
    user: Any = request.user
    try:
        visit = _open(user, pk)
        if request.POST.get("kind") == "finish":
            on = sent_day(request.POST, "on")
            told = request.POST.get("outcome", ""), on, request.POST.get("findings", "")
            return JsonResponse({"known": not finish(visit, user, *told)})
        made, new = answer(visit, user, entry_of(request.POST, sent_files(request, "photographs")))
    except PermissionDenied:
        return JsonResponse({"error": _("您不在这次检查的检查组里")}, status=403)
    except QiangquError as fault:
        return JsonResponse({"error": str(fault)}, status=status_of(fault))
    hazard = made.hazard.number if made.hazard is not None else ""
    return JsonResponse({"uid": str(made.uid), "known": not new, "hazard": hazard}, status=201 if new else 200)
