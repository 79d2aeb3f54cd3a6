"""Pages of ladders."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import is_own_only, own_organisations
from qiangqu.registry.access import require
from qiangqu.registry.models import Organisation
from qiangqu.registry.roles import Action
from qiangqu.schemes import queries as schemes

from .queries import ENTERPRISE, overview, standing


@require_GET
@require(Action.VIEW_SCHEMES)
def ladders(request: HttpRequest) -> HttpResponse:
    """All ladders with the numbers of enterprises on each rung; who speaks for an enterprise is led to its own."""
    if is_own_only(request.user):
        own = Organisation.objects.filter(pk__in=own_organisations(request.user)).first()
        if own is None:
            raise NotFoundError(_("没有这个对象，或它不在您的管辖范围内"))
        return redirect("ladders-of", own.code)
    day = schemes.day_of(request)
    area = request.area  # type: ignore[attr-defined]
    found = overview(day, request.user, area)
    simulated = any(row["simulated"] for _title, rows in found for row in rows)
    return render(
        request, "enterprises/ladders.html", {"found": found, "day": day, "place": area, "simulated": simulated}
    )


@require_GET
@require(Action.VIEW_SCHEMES)
def ladders_of(request: HttpRequest, code: str) -> HttpResponse:
    """One enterprise on every ladder, in one picture."""
    day = schemes.day_of(request)
    rows = schemes.seen(ENTERPRISE, request.user)
    one = rows.filter(code=code[:60]).first() if "\0" not in code else None
    if one is None:
        raise NotFoundError(_("没有这个对象，或它不在您的管辖范围内"), where=code[:60])
    found = standing(one, day)
    simulated = any(rung.simulated for _title, rungs in found for rung in rungs)
    return render(
        request, "enterprises/ladders_of.html", {"one": one, "ladders": found, "day": day, "simulated": simulated}
    )
