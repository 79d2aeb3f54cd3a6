"""The overview sketch 示意图 of a zone: places as marks in an SVG whose coordinates are computed here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, MARGIN = 720.0, 430.0, 46.0
KM_PER_DEGREE = 111.195


@dataclass(frozen=True, slots=True)
class Mark:
    """One place on the sketch in its own coordinates, with what is written beside it."""

    x: float
    y: float
    place: Any
    info: Any


@dataclass(frozen=True, slots=True)
class Sketch:
    """Marks and a scale bar: ``bar`` units wide stand for ``kilometres``."""

    width: float
    height: float
    marks: list[Mark]
    bar: float
    kilometres: float


def sketch(places: Sequence[tuple[Any, Any]]) -> Sketch | None:
    """Lay out ``(place, info)``, each place with ``lon`` and ``lat`` in degrees, north up, at one scale; None
    without places.
    """
    if not places:
        return None
    lons, lats = [p.lon for p, _ in places], [p.lat for p, _ in places]
    mid_lon, mid_lat = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
    east = KM_PER_DEGREE * max(0.05, math.cos(math.radians(mid_lat)))
    across = max((max(lons) - min(lons)) * east, 1.0)
    along = max((max(lats) - min(lats)) * KM_PER_DEGREE, 1.0)
    scale = min((WIDTH - 2 * MARGIN) / across, (HEIGHT - 2 * MARGIN) / along)  # units per km
    marks = [
        Mark(
            round(WIDTH / 2 + (p.lon - mid_lon) * east * scale, 1),
            round(HEIGHT / 2 - (p.lat - mid_lat) * KM_PER_DEGREE * scale, 1),
            p,
            info,
        )
        for p, info in places
    ]
    kilometres = next(k for k in (200, 100, 50, 20, 10, 5, 2, 1, 0.5, 0.2) if k * scale <= WIDTH / 4 or k == 0.2)
    return Sketch(WIDTH, HEIGHT, marks, round(kilometres * scale, 1), kilometres)
