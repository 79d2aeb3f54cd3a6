"""What the plan's pages and its JSON both ask: lists by their filters, single measures, papers."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.visibility import seen
from qiangqu.cases.models import Case, Light
from qiangqu.ui.files import DOCX, download

from . import briefing, supervision, supervision_bulletin
from .hands import with_steps
from .models import Decision, ItemKind, PlanDocument
from .progress import MeasureStatus
from .scene import Scene
from .scoreboard import scores
from .track import TargetStatus

LIGHTS = ("off_track", "at_risk", "on_track", "done", "no_data")
SORTS = {
    "position": lambda one: 0,
    "name": lambda one: one.name,
    "status": lambda one: ("off_track", "at_risk", "stale", "on_track", "done", "no_data").index(one.state),
    "value": lambda one: -1e300 if one.value is None else one.value,
    "chance": lambda one: 2.0 if one.chance is None else one.chance,
    "gap": lambda one: -(one.gap / abs(one.target) if one.gap is not None and one.target else -1),
}
MAX_NAME = 60


def filtered_targets(rows: list[TargetStatus], query: Any) -> list[TargetStatus]:
    """The rows that match a query's filters, in its order. Unknown values of filters match nothing, unknown
    orders are ignored.
    """
    state, measure, unit = query.get("status", ""), query.get("measure", ""), query.get("unit", "")
    effort, kind, text = query.get("effort", ""), query.get("kind", ""), query.get("q", "").strip()[:80].casefold()
    rows = [
        one
        for one in rows
        if (not state or one.state == state)
        and (not measure or str(one.measure) == measure)
        and (not unit or unit in one.units)
        and (not effort or one.effort == effort)
        and (not kind or one.kind == kind)
        and (not text or text in one.name.casefold() or text in one.code.casefold())
    ]
    order = query.get("sort", "position")
    key = SORTS.get(order.removeprefix("-"))
    if key is not None:
        rows.sort(key=key, reverse=order.startswith("-"))
    return rows


def filtered_measures(rows: list[MeasureStatus], query: Any) -> list[MeasureStatus]:
    """The measures with the light ``status`` whose title or a unit's name holds ``q``."""
    state, text = query.get("status", ""), query.get("q", "").strip()[:80]
    return [
        one
        for one in rows
        if (not state or one.state == state)
        and (not text or text in one.measure.title or any(text in unit.name for unit in (*one.leads, *one.supports)))
    ]


def measure_status(scene: Scene, no: int) -> MeasureStatus:
    """Raises NotFoundError when the plan has no such measure."""
    found = next((one for one in scene.measures if one.measure.no == no), None)
    if found is None:
        raise NotFoundError(_("计划里没有这条举措"), where=str(no))
    return found


#: how supervised cases are narrowed: by light, unit (code), place (area code), state (open, closed)
CASE_FILTERS: Mapping[str, Callable[["QuerySet[Case]", str], "QuerySet[Case]"]] = {
    "light": lambda rows, light: rows.filter(light=light, status__in=supervision.OPEN),
    "unit": lambda rows, unit: rows.filter(data__unit=unit),
    "place": lambda rows, place: rows.filter(area__code=place),
    "state": lambda rows, state: (
        rows.filter(status__in=supervision.OPEN) if state == "open" else rows.exclude(status__in=supervision.OPEN)
    ),
}


def filtered_cases(scene: Scene, **wanted: str) -> "QuerySet[Case]":
    """Cases by :data:`CASE_FILTERS`; a light and a state that there is not are passed over."""
    rows = supervision.cases(scene.user, scene.plan, scene.area)
    known = {"light": Light.values, "state": ("open", "closed")}
    for name, given in wanted.items():
        clean = given.replace("\0", "")[:60]
        if clean and clean in known.get(name, (clean,)):
            rows = CASE_FILTERS[name](rows, clean)
    return rows


def documents_in(user: Any, area: Any) -> "QuerySet[Any]":
    """The documents (in ``area`` when given) that the user may see, newest first, with how many targets,
    tasks and undecided items each has.
    """
    return with_counts(seen(PlanDocument.objects.all(), user, area)).order_by("-id")


def with_counts(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Documents with how many targets, tasks and undecided items each has, and without their text."""
    return (
        rows.select_related("area", "plan", "uploaded_by", "origin")
        .defer("text", "units")
        .annotate(
            # a service standard is an item of review, but no target
            targets=Count("items", filter=Q(items__kind=ItemKind.TARGET) & ~Q(items__found__has_key="standard")),
            tasks=Count("items", filter=Q(items__kind=ItemKind.TASK)),
            pending=Count("items", filter=Q(items__decision=Decision.PENDING)),
        )
    )


def issuer_of(scene: Scene) -> str:
    user: Any = scene.user
    return (user.organisation.name if user.organisation else "") or scene.plan.issuer or scene.area.name


def briefing_of(scene: Scene, issuer: str = "", number: str = "") -> HttpResponse:
    """The briefing as .docx; ``issuer`` and document ``number`` as given, each at most :data:`MAX_NAME`
    characters.
    """
    data = briefing.build(
        scene.plan,
        scene.statuses,
        scene.measures,
        scene.day,
        scene.area,
        issuer=issuer.strip()[:MAX_NAME] or issuer_of(scene),
        document_number=number.strip()[:MAX_NAME],
    )
    name = _("%(plan)s进展通报") % {"plan": scene.plan.name}
    return download(data, f"{name}-{scene.area.short_name}-{scene.day}.docx", DOCX)


def bulletin_of(scene: Scene, month: str = "", number: str = "") -> HttpResponse:
    """Raises InputError for what is no month."""
    try:
        first = dt.date.fromisoformat(f"{month}-01") if month else timezone.localdate().replace(day=1)
    except ValueError as error:
        raise InputError(_("月份写成 2026-11 这样"), where=month[:20]) from error
    found = supervision.cases(scene.user, scene.plan, scene.area)
    issuer = scene.user.organisation.name if scene.user.organisation else scene.area.name
    data = supervision_bulletin.build(
        scene.plan, scene.area, first, list(with_steps(found)), scores(found, scene.plan),
        issuer=issuer, number=number.strip()[:MAX_NAME],
    )  # fmt: skip
    return download(data, f"{_('督查通报')}-{scene.area.short_name}-{first:%Y-%m}.docx", DOCX)
