"""What is wrong with outlines: each by itself, and beside its neighbours. All shapes are in degrees; lengths and
areas are measured in the plane of the 3° zone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import yaml
from django.utils.translation import gettext as _

from .measures import plane

ERROR, WARNING = "error", "warning"
_PLACE = re.compile(r"\[(-?[\d.eE+-]+) (-?[\d.eE+-]+)")
# what GEOS calls the faults of a polygon
_WORDS = {
    "Self-intersection": lambda: _("边线自相交（像蝴蝶结）"),
    "Ring Self-intersection": lambda: _("边线在一点上碰到自己"),
    "Hole lies outside shell": lambda: _("洞在外圈之外"),
    "Nested holes": lambda: _("洞里套洞"),
    "Nested shells": lambda: _("一块套在另一块里"),
    "Interior is disconnected": lambda: _("内部被切断"),
    "Duplicate Rings": lambda: _("同一圈重复"),
    "Too few points in geometry component": lambda: _("界址点太少，围不成面"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an outline: its place in the list, the sentence, where on the map (degrees), and
    whether it keeps the outline out."""

    at: int
    sentence: str
    point: tuple[float, float] | None = None
    level: str = ERROR


@cache
def rules() -> Mapping[str, float]:
    """What the check allows (``data/checks.yaml``)."""
    held: Mapping[str, float] = yaml.safe_load((Path(__file__).parents[1] / "data" / "checks.yaml").read_text("utf-8"))
    return held


def shape_faults(shapes: Any) -> Iterator[Fault]:
    """Outlines that cross themselves or are no areas, each with the point at which GEOS saw it."""
    found = np.asarray(shapes, dtype=object)
    for at in np.flatnonzero(~shapely.is_valid(found)):
        reason = shapely.is_valid_reason(found[at])
        place = _PLACE.search(reason)
        what = _WORDS.get(reason.partition("[")[0], lambda: _("图形无效"))()
        point = (float(place[1]), float(place[2])) if place else None
        sentence = what
        if point is not None:
            words = {"what": what, "lon": f"{point[0]:.6f}", "lat": f"{point[1]:.6f}"}
            sentence = _("%(what)s，在 %(lon)s°E %(lat)s°N 处") % words
        yield Fault(int(at), sentence, point)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two outlines (places in the list) that overlap by ``area`` square metres, or (0) are ``gap`` metres apart;
    ``point`` is where, in degrees."""

    one: int
    other: int
    area: float
    gap: float
    point: tuple[float, float]


def pairs(shapes: Sequence[Any], checked: int | None = None) -> list[Pair]:
    """Overlaps and narrow gaps between valid outlines in degrees, of which the first ``checked`` are new (default:
    all): pairs of old ones are not asked about.

    A plane sweep over all edges (GEOS's coverage check) finds which outlines do not simply touch; only those
    are compared two by two.
    """
    found = np.asarray(shapes, dtype=object)
    new = len(found) if checked is None else checked
    if not len(found) or not new:
        return []
    flat = plane(found)
    allowed = rules()
    suspect = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(flat, allowed["gap_metres"])))
    if not suspect.size:
        return []
    tree = shapely.STRtree(flat[suspect])
    asked = np.flatnonzero(suspect < new)
    one, other = tree.query(flat[suspect[asked]], predicate="dwithin", distance=allowed["gap_metres"])
    one, other = suspect[asked[one]], suspect[other]
    keep = (one != other) & ((other >= new) | (one < other))
    one, other = one[keep], other[keep]
    common = shapely.intersection(flat[one], flat[other])
    areas, gaps = shapely.area(common), shapely.distance(flat[one], flat[other])
    made = []
    for at in np.flatnonzero((areas > allowed["overlap_square_metres"]) | (gaps > allowed["touch_metres"])):
        left, right = int(one[at]), int(other[at])
        if areas[at] > 0:
            spot = shapely.point_on_surface(shapely.intersection(found[left], found[right]))
        else:
            spot = shapely.get_point(shapely.shortest_line(found[left], found[right]), 0)
        made.append(Pair(left, right, float(areas[at]), float(gaps[at]), (float(spot.x), float(spot.y))))
    return made


def outside(shapes: Sequence[Any], zone: Any) -> Iterator[tuple[int, float]]:
    """Outlines that reach beyond the outline of a zone, and by how many square metres."""
    flat = plane([*shapes, zone])
    shapely.prepare(flat[-1])
    for at in np.flatnonzero(~shapely.covers(flat[-1], flat[:-1])):
        beyond = float(shapely.area(shapely.difference(flat[at], flat[-1])))
        if beyond > rules()["outside_square_metres"]:
            yield int(at), beyond
