"""An element 统计要素: what is known of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qiangqu.registry.access import require

from ..queries import element_by_code, element_view


@require_GET
@require()
def element(request: HttpRequest, code: str) -> HttpResponse:
    """One element: what it means, the latest values, their course, what uses it."""
    scoped: Any = request
    shown = element_view(element_by_code(code), request.user, scoped.area, request.GET.get("by"), scoped.as_of)
    return render(request, "facts/element.html", shown)
