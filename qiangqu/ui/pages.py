"""Pages of the shell itself: search."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from .search import MAX_QUERY, find


@require_GET
@login_required
def search(request: HttpRequest) -> HttpResponse:
    """What a name, code or document number finds; as a drop-down for htmx, else as a page."""
    text = " ".join(request.GET.get("q", "").split())[:MAX_QUERY]
    drop_down = bool(request.headers.get("HX-Request"))
    hits = find(text, request.user, limit=5 if drop_down else 30)
    template = "ui/search_hits.html" if drop_down else "ui/search.html"
    return render(request, template, {"q": text, "hits": hits})
