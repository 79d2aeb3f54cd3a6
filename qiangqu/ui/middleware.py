"""Headers and error pages of every answer."""

import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from qiangqu.base.errors import QiangquError
from qiangqu.base.text import without_stray

from .conflicts import for_people

log = logging.getLogger(__name__)

# Scripts come from this site's files only and are never evaluated from text. Style attributes stay allowed:
# ECharts' tooltips and progress bars set widths by them.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


class VisibleTextMiddleware:
    """What people type or paste into a form comes without invisible characters
    (:func:`qiangqu.base.text.without_stray`), so that a number, a code or a name is what they see. Passwords
    are left as they are. It looks at forms that another middleware has let through, never at other bodies."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: Any, _view: Any, _args: Any, _kwargs: Any) -> None:
        request.GET = _visible(request.GET)
        if request.method == "POST" and request.content_type in _FORMS:
            request.POST = _visible(request.POST)


_FORMS = frozenset(("application/x-www-form-urlencoded", "multipart/form-data"))


def _visible(data: QueryDict) -> QueryDict:
    if all(value.isascii() for key in data for value in data.getlist(key)):
        return data
    made = data.copy()
    for key in data:
        if "password" not in key:
            made.setlist(key, [without_stray(value) for value in data.getlist(key)])
    made._mutable = False
    return made


class ShellMiddleware:
    """Adds the Content-Security-Policy, and turns an error that is meant for people into a page that says
    it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            # pages hold what one user may see: no shared or back-button cache keeps them after he signed out
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        told = for_people(exception)
        if told is None:
            return None
        if told is not exception:
            log.warning("%s %s: %s", request.method, request.path[:200], told, exc_info=exception)
        return error_page(request, told)


def error_page(request: HttpRequest, error: QiangquError) -> HttpResponse:
    """A page with the error's own sentence and its status."""
    return render(request, "ui/error.html", {"status": error.status, "message": str(error)}, status=error.status)
