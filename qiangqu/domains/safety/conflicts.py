"""Which permits get in each other's way: hot work beside an opened vessel, lifting over people, two permits for one
vessel, a guardian who watches two, too many at one place.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from .models.permits import WorkPermit
from .rules import rules
from .terms import PermitKind, PermitState

METRES_OF_DEGREE = 111_320.0
ALIVE = (PermitState.APPLIED, PermitState.APPROVED, PermitState.WORKING, PermitState.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Conflict:
    """What stands between a permit and another one; ``blocks``: work may not begin with it."""

    text: str
    other: WorkPermit
    blocks: bool = True


def metres(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Distance of two near points in metres (exact to a thousandth within a few km).

    >>> round(metres(106, 38, 106, 38.001)), round(metres(106, 38, 106.001, 38))
    (111, 88)
    """
    east = (to_lon - lon) * math.cos(math.radians((lat + to_lat) / 2))
    return math.hypot(east, to_lat - lat) * METRES_OF_DEGREE


def near(one: WorkPermit, other: WorkPermit, radius: float) -> bool:
    """Whether they lie within ``radius`` metres, or, where one has no coordinates, at the same place of one
    organisation."""
    if None not in (one.lon, one.lat, other.lon, other.lat):
        return metres(one.lon, one.lat, other.lon, other.lat) <= radius  # type: ignore[arg-type]
    return one.organisation_id == other.organisation_id and _same(one.place, other.place)


def _same(one: str, other: str) -> bool:
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()


def together(one: WorkPermit, other: WorkPermit) -> bool:
    """Whether their times meet."""
    return one.planned_from < other.planned_to and other.planned_from < one.planned_to


def family(one: WorkPermit, other: WorkPermit) -> bool:
    """Whether one hangs on the other, or both on the same: they are one job."""
    keys = {one.parent_id or one.pk, other.parent_id or other.pk}
    return len(keys) == 1


def between(one: WorkPermit, other: WorkPermit) -> list[Conflict]:
    """What stands between two permits whose times meet, as ``one`` sees it."""
    found: list[str] = []
    words: dict[str, Any] = {"number": other.number, "kind": other.get_kind_display(), "place": other.place}
    clear = rules()["permits"]["clear_radius_m"]["value"]
    words["radius"] = clear
    kinds = (one.kind, other.kind)
    vessel = bool(one.vessel and _same(one.vessel, other.vessel) and one.organisation_id == other.organisation_id)
    if vessel and not family(one, other):
        found.append(_("同一设备已有作业票 %(number)s（%(kind)s）") % words)
    for hot, opened in ((one, other), (other, one)):
        if hot.kind == PermitKind.HOT_WORK and opened.opens and not family(one, other) and near(one, other, clear):
            found.append(_("动火 %(radius)s 米内有打开的设备：%(number)s %(kind)s（%(place)s）") % words)
            break
    if PermitKind.LIFTING in kinds:
        lifting = [each.radius or 0.0 for each in (one, other) if each.kind == PermitKind.LIFTING]
        if near(one, other, max(lifting)):
            found.append(_("吊装警戒半径内有人作业：%(number)s %(kind)s（%(place)s）") % words)
    if one.guardian_id == other.guardian_id and not family(one, other):
        found.append(_("监护人同时监护 %(number)s（%(kind)s，%(place)s）") % words)
    # one that is only applied for may still be moved: it warns, and stands in nobody's way
    return [Conflict(text, other, blocks=other.state != PermitState.APPLIED) for text in found]


def of_all(one: WorkPermit, others: Iterable[WorkPermit]) -> list[Conflict]:
    """What stands between a permit and ``others``, and whether there are too many at its place. Those that block come
    first."""
    meeting = [other for other in others if other.pk != one.pk and together(one, other)]
    found = [conflict for other in meeting for conflict in between(one, other)]
    crowd = rules()["permits"]["crowded"]
    here = [other for other in meeting if near(one, other, crowd["radius_m"])]
    if len(here) + 1 > crowd["most"]:
        words = {"many": len(here) + 1, "radius": crowd["radius_m"], "most": crowd["most"]}
        said = _("%(radius)s 米内同时有 %(many)s 张作业票，超过上限 %(most)s 张") % words
        found.append(Conflict(said, here[0], blocks=False))
    return sorted(found, key=lambda conflict: not conflict.blocks)


def conflicts_of(permit: WorkPermit) -> list[Conflict]:
    """The conflicts of a permit with all that are under way or applied for in its area."""
    rows = WorkPermit.objects.filter(
        area=permit.area_id, state__in=ALIVE, planned_from__lt=permit.planned_to, planned_to__gt=permit.planned_from
    )
    return of_all(permit, rows.exclude(pk=permit.pk).select_related("organisation"))
