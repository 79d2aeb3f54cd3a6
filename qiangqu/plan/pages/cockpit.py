"""The wall screen 驾驶舱: one look at the plan from five metres away."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qiangqu.base.errors import NotFoundError
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action

from ..scene import look
from ..wall import wall_of


@require_GET
@require(Action.VIEW_PLAN)
def cockpit(request: HttpRequest) -> HttpResponse:
    """A node without a plan says what to do."""
    try:
        scene = look(request.user, request.area, request.as_of)  # type: ignore[attr-defined]
    except NotFoundError:
        return render(request, "plan/empty.html")
    return render(request, "plan/cockpit.html", scene.page(**wall_of(scene, request.GET.get("indicator", ""))))
