"""An element 统计要素: what is known of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qiangqu.base.errors import NotFoundError
from qiangqu.base.periods import PeriodKind, from_key
from qiangqu.registry.access import require

from .. import figures
from ..models import CollectionItem, Element, SubjectKind
from ..uses import uses_of


def element_by_code(code: str) -> Element:
    """Raises NotFoundError."""
    found = Element.objects.select_related("growth_of").filter(code=code[:80]).first()
    if found is None:
        raise NotFoundError(_("没有这个要素"), where=code[:40])
    return found


@require_GET
@require()
def element(request: HttpRequest, code: str) -> HttpResponse:
    """One element: what it means, the latest values, their course, what uses it."""
    scoped: Any = request
    shown = element_view(element_by_code(code), request.user, scoped.area, request.GET.get("by"), scoped.as_of)
    return render(request, "facts/element.html", shown)


def element_view(one: Element, user: Any, area: Any, by: str | None, day: Any) -> dict[str, Any]:
    """What the page and the API show of an element: ``by`` is a kind of period (its default: the kind of the latest official figures)."""
    kinds = figures.kinds_of(one)
    kind = next((k for k in kinds if k.name.lower() == by), None)
    shown: dict[str, Any] = {
        "element": one,
        "kinds": figures.kind_choices(kinds),
        "items": CollectionItem.objects.filter(element=one, form__active=True).select_related("form"),
        "uses": uses_of(one, user),
        "growth": list(one.growth_elements.all()),
        "areas": [],
        "sums": [],
        "chart": None,
    }
    if user.speaks_for_organisation:
        kind = kind or next(iter(sorted(kinds, reverse=True)), None)
        if kind is not None and user.organisation is not None:
            facts = figures.series(one, kind, (SubjectKind.ORGANISATION, user.organisation.pk), day)
            shown |= {"chart": figures.line(one, facts), "own": facts[-1] if facts else None}
    elif area is not None and kinds:
        kind = kind or _kind_with_figures(one, kinds, area, user, day)
        shown["areas"] = figures.latest_by_area(one, kind, area, user, day)
        shown["chart"] = figures.line(one, figures.series(one, kind, (SubjectKind.AREA, area.pk), day))
        keys = figures.keys_of(one, kind)
        if keys and SubjectKind.ORGANISATION in one.subject_kinds and "organisation" in one.subjects:
            shown["sums"] = figures.reported_sums(one, keys[0], area, user, day)
            shown["sums_period"] = from_key(keys[0])
    shown["kind"] = kind.name.lower() if kind else ""
    shown["has_area_figures"] = any(figure.fact for figure in shown["areas"])
    facts = [figure.fact for figure in shown["areas"] if figure.fact]
    marks = [f.batch.simulated for f in facts] + [one.simulated for one in shown["sums"]]
    shown["simulated"] = any(marks) or bool(shown["chart"] and shown["chart"]["simulated"])
    return shown


def _kind_with_figures(one: Element, kinds: list[PeriodKind], area: Any, user: Any, day: Any) -> PeriodKind:
    """The first kind, the year before others, for which the area itself has a figure; else the last."""
    for kind in kinds:
        if figures.series(one, kind, (SubjectKind.AREA, area.pk), day):
            return kind
    return kinds[-1]
