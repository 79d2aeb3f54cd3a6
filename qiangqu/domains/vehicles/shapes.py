"""Shapes of fences: read from corners, measured in metres on the spot.

Positions and corners are CGCS2000 longitude and latitude. For lengths they are laid on a plane about the fence (a
degree of latitude is 111.2 km, of longitude that times the cosine): within 50 km the error is below 0.1 %.
"""

import math
import re
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from qiangqu.base.errors import InputError

METRES_A_DEGREE = 111_194.9
MOST_CORNERS = 500
_POINT = re.compile(r"^\s*(-?\d{1,3}(?:\.\d{1,20})?)\s*[,，\s]\s*(-?\d{1,2}(?:\.\d{1,20})?)\s*$")


def corners_of(text: str) -> list[tuple[float, float]]:
    """Corners as people write them, one ``lon,lat`` a line. Raises InputError that names the line.

    >>> corners_of("106.1, 38.2\\n106.2，38.2")
    [(106.1, 38.2), (106.2, 38.2)]
    """
    found = []
    for number, line in enumerate(text.strip().splitlines(), 1):
        if not line.strip():
            continue
        match = _POINT.match(line)
        if match is None:
            raise InputError(_("第 %(n)s 行应写成 经度,纬度") % {"n": number})
        lon, lat = float(match[1]), float(match[2])
        if not (73 <= lon <= 136 and 3 <= lat <= 54):
            raise InputError(_("第 %(n)s 行不在国内，经度、纬度可能颠倒") % {"n": number})
        found.append((lon, lat))
    if len(found) > MOST_CORNERS:
        raise InputError(_("最多 %(most)s 个点") % {"most": MOST_CORNERS})
    return found


@lru_cache(maxsize=4096)
def shape_of(text: str, *, line: bool = False) -> Any:
    """The polygon (or ``line``) of corners. Raises InputError for one that crosses itself or has no extent."""
    corners = corners_of(text)
    if len(corners) < (2 if line else 3):
        raise InputError(_("路线至少要有两个点") if line else _("围栏至少要有三个点"))
    if line:
        return shapely.LineString(corners)
    polygon = shapely.Polygon(corners)
    if not polygon.is_valid or polygon.area == 0:
        raise InputError(_("边界自相交或没有面积：%(why)s") % {"why": shapely.is_valid_reason(polygon)[:80]})
    return polygon


class Plane:
    """A plane in metres about a place."""

    def __init__(self, shape: Any) -> None:
        centre = shapely.centroid(shape)
        self.lon, self.lat = centre.x, centre.y
        self.x = METRES_A_DEGREE * math.cos(math.radians(self.lat))

    def points(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Degrees as metres: an array of (east, north)."""
        return np.column_stack([(lon - self.lon) * self.x, (lat - self.lat) * METRES_A_DEGREE])

    def shape(self, shape: Any) -> Any:
        return shapely.transform(shape, lambda points: self.points(points[:, 0], points[:, 1]))


@lru_cache(maxsize=4096)
def on_plane(text: str, line: bool) -> tuple[Plane, Any]:
    """The plane of a fence and its shape there, prepared for many questions."""
    shape = shape_of(text, line=line)
    plane = Plane(shape)
    flat = plane.shape(shape)
    shapely.prepare(flat)
    return plane, flat


def crossings(flat: Any, before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of movements between points outside a polygon (metres, n × 2 each): how far along (0 to 1) each touches it first
    and last, NaN where it passes by; n × 2."""
    found = np.full((len(before), 2), np.nan)
    if not len(before):
        return found
    lines = shapely.linestrings(np.stack([before, after], axis=1))
    for at in np.flatnonzero(shapely.intersects(flat, lines)):
        inside = shapely.intersection(flat, lines[at])
        along = shapely.line_locate_point(lines[at], shapely.points(shapely.get_coordinates(inside)), normalized=True)
        found[at] = along.min(), along.max()
    return found
