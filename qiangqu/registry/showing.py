"""Pages that only read: a function of the question gives what the template needs."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qiangqu.ui.lists import asked_of

from .access import View, require
from .roles import Action


def page(template: str, action: Action = Action.VIEW) -> Callable[[Callable[..., dict[str, Any]]], View]:
    """Decorator of ``function(asked, **parts of the address)``, which gives the context of ``template``;
    ``asked`` says who looks, where, as of which day and with which parameters
    (:class:`qiangqu.ui.lists.Asked`). Who may open the page: as :func:`.access.require`."""

    def decorate(make: Callable[..., dict[str, Any]]) -> View:
        @wraps(make)
        def view(request: HttpRequest, **parts: Any) -> HttpResponse:
            return render(request, template, make(asked_of(request), **parts))

        return require_GET(require(action)(view))

    return decorate
