"""If it were today: every zone by the data of now, against the last published round, and where zones have moved."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qiangqu.base.errors import NotFoundError
from qiangqu.base.terms import said
from qiangqu.base.visibility import in_subtree, visible
from qiangqu.registry.access import require
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action
from qiangqu.schemes.language import Scheme
from qiangqu.schemes.queries import day_of

from ..live import Standing, last_published, standings, zone_schemes
from ..models import Round, ZonePosition
from ..objecting import marks_between

MOST_MOVES = 40


def chosen(request: HttpRequest, known: dict[str, Scheme]) -> Scheme | None:
    """The scheme that the address names, else that of the newest published round, else the first. Raises NotFoundError."""
    code = request.GET.get("scheme", "")
    if code:
        if code not in known:
            raise NotFoundError(_("没有这个方案或版本"), where=code[:60])
        return known[code]
    rows = visible(Round.objects.filter(state="published", edition__code__in=known), request.user)
    newest = rows.order_by("-day", "-pk").values_list("edition__code", flat=True).first()
    return known[newest] if newest else next(iter(known.values()), None)


@require_GET
@require(Action.VIEW_ASSESSMENT)
def now(request: HttpRequest) -> HttpResponse:
    """Where the zones that the user sees stand now; the places are among all zones."""
    day = day_of(request)
    known = zone_schemes(day)
    scheme = chosen(request, known)
    against = last_published(scheme.code) if scheme is not None else None
    if against is not None and not visible(Round.objects.filter(pk=against.pk), request.user).exists():
        against = None
    found = standings(scheme, day, against) if scheme is not None else []
    within: Any = getattr(request, "within", None)
    own = _seen(request.user, [one.area for one in found], within)
    rows = [one for one in found if one.area in own]
    moves = visible(ZonePosition.objects.filter(code=scheme.code if scheme else ""), request.user).exclude(moved=[])
    moves = in_subtree(moves, within.path) if within is not None else moves
    return render(
        request,
        "assessment/now.html",
        {
            "schemes": [(code, f"{said(one.short or one.title)} {one.edition}") for code, one in known.items()],
            "scheme": scheme,
            "carried": against is not None
            and any(one.mark is not None for one in (scheme.values if scheme else {}).values()),
            "levels": bool(scheme and scheme.levels),
            "day": day,
            "against": against,
            "rows": [_line(one) for one in rows],
            "of": len(found),
            "simulated": any(one.simulated for one in rows),
            "moves": [
                (one, marks_between(one.low, one.high), _places(one))
                for one in moves.select_related("area")[:MOST_MOVES]
            ],
        },
    )


def _seen(user: Any, areas: list[int], within: Any) -> set[int]:
    rows = visible(Area.objects.filter(pk__in=areas), user, Action.VIEW_ASSESSMENT)
    rows = in_subtree(rows, within.path) if within is not None else rows
    return set(rows.values_list("pk", flat=True))


def _places(one: ZonePosition) -> str:
    return str(one.rank) if one.rank == one.rank_worst else f"{one.rank}—{one.rank_worst}"


def _line(one: Standing) -> dict[str, Any]:
    return {"one": one, "up": one.up, "down": -one.up if one.up is not None and one.up < 0 else None, "more": one.more}
