from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action

from .queries import by_area, seen


@require_GET
@require(Action.VIEW)
def distribution(request: HttpRequest) -> HttpResponse:
    """How many records each area has, in the area and on the day that the user looks at."""
    scoped: Any = request
    counts = by_area(seen(request.user, scoped.within, scoped.as_of))
    return render(request, "$name/distribution.html", {"counts": counts})
