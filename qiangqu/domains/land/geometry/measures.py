"""Areas of outlines in degrees: on the ellipsoid, and in the plane of the 3° zone in which surveyors measure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyproj
import shapely

from .systems import from_degrees, zone_of

SQUARE_METRES_OF_MU = 2000 / 3
_ELLIPSOID = pyproj.Geod(ellps="GRS80")  # CGCS2000's differs in the eighth digit of the flattening


def geodesic_area(shape: Any) -> float:
    """Square metres on the ellipsoid.

    A square of 0.01° at 38.4° N is 1,454.4 mu:

    >>> round(geodesic_area(shapely.box(105, 38.4, 105.01, 38.41)) / SQUARE_METRES_OF_MU, 1)
    1454.4
    """
    return abs(_ELLIPSOID.geometry_area_perimeter(shape)[0])


def plane(shapes: Any, longitude: float | None = None) -> Any:
    """The outlines in metres of the 3° zone of ``longitude`` (default: of the middle of all)."""
    held = np.asarray(shapes, dtype=object)
    if longitude is None:
        bounds = shapely.total_bounds(held)
        longitude = float(bounds[0] + bounds[2]) / 2
    zone = zone_of(longitude).epsg
    return shapely.transform(held, lambda points: from_degrees(zone, points))


def plane_areas(shapes: Sequence[Any]) -> Any:
    """Square metres of each in the plane of its own 3° zone."""
    found = np.asarray(shapes, dtype=object)
    areas = np.zeros(len(found))
    if not len(found):
        return areas
    bounds = shapely.bounds(found)
    zones = np.array([zone_of(float(one)).epsg for one in (bounds[:, 0] + bounds[:, 2]) / 2])
    for zone in np.unique(zones):
        at = zones == zone
        areas[at] = shapely.area(shapely.transform(found[at], lambda points, z=int(zone): from_degrees(z, points)))
    return areas
