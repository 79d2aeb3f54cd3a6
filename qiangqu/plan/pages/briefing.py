"""The briefing 通报: what it will say, and the Word file."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qiangqu.ui.files import DOCX, download

from ..briefing import build
from .common import Scene, plan_page

MAX_NAME = 60


def _issuer(scene: Scene) -> str:
    user: Any = scene.user
    return (user.organisation.name if user.organisation else "") or scene.plan.issuer or scene.area.name


@require_GET
@plan_page()
def briefing(request: HttpRequest, scene: Scene) -> HttpResponse:
    """What the briefing is about, and the form that makes it."""
    named = [one for state in ("off_track", "at_risk") for one in scene.statuses if one.state == state]
    context = scene.page(
        named=named,
        counts=list(scene.state_counts.items()),
        issuer=_issuer(scene)[:MAX_NAME],
    )
    return render(request, "plan/briefing.html", context)


@require_GET
@plan_page()
def briefing_file(request: HttpRequest, scene: Scene) -> HttpResponse:
    """The briefing as .docx."""
    return briefing_of(scene, request.GET.get("issuer", ""), request.GET.get("number", ""))


def briefing_of(scene: Scene, issuer: str = "", number: str = "") -> HttpResponse:
    """The briefing as .docx; ``issuer`` and document ``number`` as given, each at most :data:`MAX_NAME` characters."""
    data = build(
        scene.plan,
        scene.statuses,
        scene.measures,
        scene.day,
        scene.area,
        issuer=issuer.strip()[:MAX_NAME] or _issuer(scene),
        document_number=number.strip()[:MAX_NAME],
    )
    name = _("%(plan)s进展通报") % {"plan": scene.plan.name}
    return download(data, f"{name}-{scene.area.short_name}-{scene.day}.docx", DOCX)
