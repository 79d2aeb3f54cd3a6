"""The area switch of the top bar."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET

from qiangqu.base.visibility import reach

from ..access import reachable, require
from ..roles import Action

LIMIT = 60


@require_GET
@require(Action.VIEW)
def area_switch(request: HttpRequest) -> HttpResponse:
    """Areas of the user's scope whose name or code contains ``q``, as links that open the page ``back`` for
    that area.
    """
    user: Any = request.user
    text = request.GET.get("q", "").strip()[:40]
    back = request.GET.get("back", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    areas = reachable(user)
    if text:
        areas = areas.filter(Q(name__icontains=text) | Q(short_name__icontains=text) | Q(code__icontains=text))
    parts = urlsplit(back)
    kept = [(key, value) for key, value in parse_qsl(parts.query) if key not in ("area", "page")]
    tops = reach(user)
    top = min((path.count("/") for path in tops), default=0)
    rows: list[dict[str, Any]] = [
        {
            "area": area,
            "depth": 0 if text else min(area.path.count("/") - top, 2),
            "url": f"{parts.path}?{urlencode([*kept, ('area', area.code)])}",
        }
        for area in areas.order_by("path")[:LIMIT]
    ]
    # several areas: a list shows them all until one is chosen
    everything = f"{parts.path}?{urlencode([*kept, ('area', '')])}" if len(tops) > 1 and not text else ""
    current = request.within if len(tops) > 1 else request.area  # type: ignore[attr-defined]
    context = {"rows": rows, "q": text, "current": current, "everything": everything}
    return render(request, "registry/area_switch.html", context)
