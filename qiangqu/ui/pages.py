"""Pages of the shell itself: the work desk, search."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from . import desk as work_desk
from .maps import layer_data
from .search import MAX_QUERY, find


@require_GET
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """The first page after signing in: what waits for the user, and how his area stands."""
    scoped: Any = request
    look = work_desk.Look(request.user, scoped.area, scoped.within, timezone.now(), scoped.as_of)
    placed = work_desk.cards(look)
    halves = work_desk.columns(placed)
    simulated = any(one.card.simulated for one in placed)
    return render(request, "ui/desk.html", {"halves": halves, "simulated": simulated})


@require_GET
@login_required
def map_layer(request: HttpRequest, province: str, sha256: str) -> HttpResponse:
    """A loaded layer of boundaries; its address changes with its content, so that a browser keeps it."""
    data = layer_data(province, sha256) if province.isascii() and len(province) == 2 else None
    if data is None:
        raise Http404
    return HttpResponse(data, "application/geo+json", headers={"Cache-Control": "private, max-age=31536000, immutable"})


@require_GET
@login_required
def search(request: HttpRequest) -> HttpResponse:
    """What a name, code or document number finds; as a drop-down for htmx, else as a page."""
    text = " ".join(request.GET.get("q", "").split())[:MAX_QUERY]
    drop_down = bool(request.headers.get("HX-Request"))
    hits = find(text, request.user, limit=5 if drop_down else 30)
    template = "ui/search_hits.html" if drop_down else "ui/search.html"
    return render(request, template, {"q": text, "hits": hits})
