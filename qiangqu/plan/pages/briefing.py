"""The briefing 通报: what it will say, and the Word file."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ..queries import MAX_NAME, briefing_of, issuer_of
from ..scene import Scene, plan_page


@require_GET
@plan_page()
def briefing(request: HttpRequest, scene: Scene) -> HttpResponse:
    """What the briefing is about, and the form that makes it."""
    named = [one for state in ("off_track", "at_risk") for one in scene.statuses if one.state == state]
    context = scene.page(
        named=named,
        counts=list(scene.state_counts.items()),
        issuer=issuer_of(scene)[:MAX_NAME],
    )
    return render(request, "plan/briefing.html", context)


@require_GET
@plan_page()
def briefing_file(request: HttpRequest, scene: Scene) -> HttpResponse:
    """The briefing as .docx."""
    return briefing_of(scene, request.GET.get("issuer", ""), request.GET.get("number", ""))
