"""Supervision 督查督办: opening a case from a target or a measure, the scoreboard of units, the monthly
bulletin.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from qiangqu.base.errors import NotFoundError
from qiangqu.cases.subjects import subject_link
from qiangqu.registry.access import require
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.roles import Action
from qiangqu.ui.formpage import done, form_page, sent_day

from .. import supervision as service
from ..models import AssessmentRule, Plan
from ..proposals import proposal_about
from ..queries import bulletin_of, measure_status
from ..rule import supervision_words
from ..scene import Scene, plan_page
from ..scoreboard import scores
from ..track import current_plan


@require_http_methods(["GET", "POST"])
@plan_page(Action.SUPERVISE_CASES)
def supervise_target(request: HttpRequest, scene: Scene, code: str) -> HttpResponse:
    """What a case about the target would say, and opening it."""
    return _supervise(request, scene, service.propose_for_target(scene.status_of(code), _today(scene)))


@require_http_methods(["GET", "POST"])
@plan_page(Action.SUPERVISE_CASES)
def supervise_measure(request: HttpRequest, scene: Scene, no: int) -> HttpResponse:
    return _supervise(request, scene, service.propose_for_measure(measure_status(scene, no), _today(scene)))


@require_http_methods(["GET", "POST"])
@require(Action.SUPERVISE_CASES)
def supervise(request: HttpRequest, subject: str) -> HttpResponse:
    """The supervised task out of a record of another part (``document:5``) as it would be, and opening it;
    then on to the record.
    """
    proposal, link = proposal_about(request.user, subject), subject_link(request.user, subject)
    if proposal.area is None or link is None:
        raise NotFoundError(_("没有可以督办的这项内容"), where=subject[:60])
    return _supervise_page(request, proposal.area, proposal, link[1])


def _today(scene: Scene) -> dt.date:
    # a case cannot be due in the past, whichever day is looked at
    return max(scene.day, timezone.localdate())


def asked_for(post: Any) -> dict[str, Any]:
    """What the form of a supervised task asks for, as :func:`.supervision.open_supervision` takes it. Raises
    InputError for a wrong date.
    """
    sent = {name: post.get(name, "").strip().replace("\0", "") for name in ("unit", "requirement", "milestones")}
    supporting = post["supporting"].strip().replace("\0", "") if "supporting" in post else None
    return {**sent, "deadline": sent_day(post, "deadline"), "supporting": supporting}


def _supervise(request: HttpRequest, scene: Scene, proposal: service.Proposal) -> HttpResponse:
    more = scene.page()
    return _supervise_page(request, scene.area, proposal, "plan-supervision", plan=scene.plan, context=more)


def _supervise_page(
    request: HttpRequest,
    area: Area,
    proposal: service.Proposal,
    to: str,
    *,
    plan: Plan | None = None,
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """A supervised task as it would be, and opening it; then on to the page ``to`` (its name or address).
    ``plan`` is today's where none is given. Raises PermissionDenied for who may not open one.
    """
    plan = plan or current_plan(area)
    if not service.may_supervise(request.user, area):
        raise PermissionDenied

    def act() -> HttpResponse:
        case, new = service.open_supervision(plan, area, proposal, request.user, **asked_for(request.POST))
        words = _("已立项督办：%(number)s") if new else _("已在督办：%(number)s")
        return done(request, words % {"number": case.number}, to)

    shown = {
        **(context or {}),
        "proposal": proposal,
        "units": Organisation.objects.filter(service.answering(plan)).distinct().order_by("code"),
        "found": service.running(plan, area, proposal.subject),
        "sent": request.POST,
        "simulated": proposal.simulated,
    }
    return form_page(request, "plan/supervise.html", act, lambda: shown)


@require_GET
@plan_page()
def scoreboard(request: HttpRequest, scene: Scene) -> HttpResponse:
    """Units with their counts and points, and how the points come about."""
    rows = scores(service.cases(scene.user, scene.plan, scene.area), scene.plan)
    context = scene.page(
        turn_rule=supervision_words(), rows=rows, rules=list(AssessmentRule.objects.filter(plan=scene.plan))
    )
    context["simulated"] = any(one.simulated for one in rows)
    return render(request, "plan/scoreboard.html", context)


@require_GET
@plan_page(Action.SUPERVISE_CASES)
def bulletin(request: HttpRequest, scene: Scene) -> HttpResponse:
    """The bulletin of a month (``month=2026-11``, default this month) as .docx."""
    return bulletin_of(scene, request.GET.get("month", ""), request.GET.get("number", ""))
