"""The wall screen 驾驶舱, the first page after signing in."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import is_own_only
from qiangqu.registry.access import require
from qiangqu.ui.menu import visible_menu

from ..scene import look
from ..wall import wall_of


@require_GET
@require()
def cockpit(request: HttpRequest) -> HttpResponse:
    """The first page after signing in. A user who speaks for an enterprise is led to his own work; a node
    without a plan says what to do.
    """
    user: Any = request.user
    if is_own_only(user) or request.area is None:  # type: ignore[attr-defined]
        return _elsewhere(user)
    try:
        scene = look(user, request.area, request.as_of)  # type: ignore[attr-defined]
    except NotFoundError:
        return render(request, "plan/empty.html")
    return render(request, "plan/cockpit.html", scene.page(**wall_of(scene, request.GET.get("indicator", ""))))


def _elsewhere(user: Any) -> HttpResponse:
    for section in visible_menu(user):
        for item in section.items:
            if item.url != "/":
                return redirect(item.url)
    return redirect("account")
