"""Where and when the user looks: ``request.area``, ``request.within`` and ``request.as_of``."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from qiangqu.base.errors import InputError, NotFoundError, QiangquError
from qiangqu.base.visibility import reach
from qiangqu.ui.middleware import error_page

from .access import area_chosen
from .models import Area


class ScopeMiddleware:
    """``?area=CODE`` and ``?as_of=2024-03-01`` choose area and day; both are kept in the session (``as_of=``
    goes back to today).

    ``request.area`` is the chosen Area, else the one in which the user starts, None for strangers and users
    without one; ``request.within`` is the chosen one only: lists that show everything he sees are narrowed to
    it. A code outside his areas is answered with 404; ``area=`` goes back to all. ``request.as_of`` is a date
    or None (today). Addresses under ``/api/`` carry no session choice: there the parameters belong to the
    operation.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        scoped: Any = request
        scoped.area = scoped.within = scoped.as_of = None
        if not request.path.startswith("/api/"):
            try:
                scoped.within = _choose_area(request, request.GET.get("area"))
                scoped.area = scoped.within or (request.user.area if request.user.is_authenticated else None)
                scoped.as_of = _choose_day(request, request.GET.get("as_of"))
            except QiangquError as error:
                return error_page(request, error)
        return self.get_response(request)


def _choose_area(request: HttpRequest, code: str | None) -> Area | None:
    user: Any = request.user
    if not user.is_authenticated:
        return None
    if code is None:
        kept = request.session.get("area", "")
        try:
            return area_chosen(user, kept)
        except NotFoundError:
            # the area kept in the session is gone, or the post that gave it has ended
            del request.session["area"]
            return None
    area = area_chosen(user, code.strip())
    if area is not None and set(reach(user)) <= {area.path}:
        area = None  # the whole of what he sees: no choice
    request.session["area"] = area.code if area is not None else ""
    return area


def _choose_day(request: HttpRequest, text: str | None) -> dt.date | None:
    if not request.user.is_authenticated:
        return None
    if text is None:
        kept = request.session.get("as_of")
        return dt.date.fromisoformat(kept) if kept else None
    text = text.strip()
    if not text:
        request.session.pop("as_of", None)
        return None
    try:
        day = dt.datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, no moment
    except ValueError:
        raise InputError(f"“{text[:20]}”不是日期；请写成 2024-03-01 的样子", where="as_of") from None
    if not 1949 <= day.year <= 2200:
        raise InputError("日期须在 1949—2200 年之间", where="as_of")
    request.session["as_of"] = text
    return day
