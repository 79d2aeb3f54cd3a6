"""The map of risks: risk points in their four colours, and on the present day the permits of work that is open."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.visibility import seen
from qiangqu.registry.models.history import alive_on
from qiangqu.registry.roles import Action, may
from qiangqu.registry.showing import page
from qiangqu.ui.registers.listing import scoped_rows

from ..models.permits import WorkPermit
from ..models.risks import RiskPoint
from ..permits import OPEN
from ..registers import RISK_POINTS
from ..terms import RiskLevel


def _placed(one: Any, key: str, title: str, lines: list[str], address: str) -> dict[str, Any]:
    told = [*lines, _("模拟数据")] if one.simulated else lines
    return {"at": [one.lon, one.lat], "kind": key, "title": title, "lines": told, "url": address}


def _point(one: RiskPoint) -> dict[str, Any]:
    level = one.get_level_display() if one.level else _("没有定级")
    lines = [one.organisation.name, f"{level} {one.score:g}", one.place]
    return _placed(one, one.level or "none", one.name, lines, reverse("risk-point", args=[one.pk]))


def _permit(one: WorkPermit) -> dict[str, Any]:
    now = timezone.localtime(one.valid_to or one.planned_to)
    state = _("%(state)s，到 %(moment)s") % {"state": one.get_state_display(), "moment": f"{now:%m-%d %H:%M}"}
    lines = [one.organisation.name, f"{one.get_kind_display()} {one.level}", one.place, state]
    return _placed(one, "permit", one.work, lines, reverse("work-permit", args=[one.pk]))


def _group(
    key: str, label: str, rows: list[Any], make: Callable[[Any], dict[str, Any]], address: str
) -> dict[str, Any]:
    drawn = [make(one) for one in rows if one.lon is not None and one.lat is not None]
    return {"key": key, "label": label, "many": len(rows), "drawn": drawn, "url": address}


@page("safety/risk_map.html", Action.HAZARDS)
def risk_map(asked: Any) -> dict[str, Any]:
    """What the lists show of the same day and area, on the map, with how many of each have no place on it."""
    points = scoped_rows(RISK_POINTS, asked.user, asked.area, asked.day).select_related("organisation")
    rows = list(points if asked.day else alive_on(points, asked.today))
    listed = reverse("risk-points-list")
    groups = []
    for level in (*RiskLevel.values, ""):
        label = str(RiskLevel(level).label) if level else _("没有定级")
        found = [one for one in rows if one.level == level]
        if level or found:
            groups.append(_group(level or "none", label, found, _point, f"{listed}?level={level}" if level else listed))
    if not asked.day and may(asked.user, Action.WORK_PERMITS, asked.below):
        permits = seen(WorkPermit.objects.filter(state__in=OPEN), asked.user, asked.area)
        opened = list(permits.select_related("organisation"))
        groups.append(_group("permit", _("在办作业票"), opened, _permit, reverse("work-permits")))
        rows += opened
    return {
        "groups": groups,
        "drawn": [one for group in groups for one in group["drawn"]],
        "simulated": any(one.simulated for one in rows),
    }
