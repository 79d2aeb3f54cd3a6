"""Land of a demonstration: outlines of the simulated parcels, in blocks between made-up roads around each zone's
indicative position. All marked 模拟数据.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import shapely

from qiangqu.domains.land.geometry.measures import SQUARE_METRES_OF_MU
from qiangqu.domains.land.geometry.systems import from_degrees, to_degrees, zone_of
from qiangqu.domains.land.models import Boundary
from qiangqu.domains.land.outlines import made
from qiangqu.registry.models import Area, Parcel

ROAD = 24.0  # metres between blocks
DEEP = 180.0  # metres of a block
REASON = "模拟数据"


def fill(zone: Area | None, report: Callable[[str], None]) -> None:
    """Outlines for all simulated parcels that have none, and for their zones."""
    if zone is None or Boundary.objects.filter(parcel__simulated=True).exists():
        return
    parcels: dict[Area, list[Parcel]] = {}
    for one in Parcel.objects.filter(simulated=True).select_related("area").order_by("code"):
        parcels.setdefault(one.area, []).append(one)
    found: list[Boundary] = []
    for area, members in parcels.items():
        if area.lon is not None and area.lat is not None:
            found += _of_zone(area, members)
    Boundary.objects.bulk_create(found, batch_size=500)
    report(f"模拟宗地界址 {len(found)} 个")


def _of_zone(area: Area, members: Sequence[Parcel]) -> Iterator[Boundary]:
    assert area.lon is not None and area.lat is not None
    grid = zone_of(area.lon).epsg
    centre = from_degrees(grid, np.array([[area.lon, area.lat]]))[0]
    placed = list(_blocks([one.land_area * SQUARE_METRES_OF_MU for one in members]))
    flat = np.array([shapely.box(*corners) for corners in placed], dtype=object)
    west, south, east, north = shapely.total_bounds(flat)
    shift = np.round(centre - np.array([(west + east) / 2, (south + north) / 2]))

    def moved(points: Any) -> Any:
        return to_degrees(grid, points + shift)

    around = shapely.box(west - 2 * ROAD, south - 2 * ROAD, east + 2 * ROAD, north + 2 * ROAD)
    born = min(one.valid_from for one in members)
    zone = made(area, shapely.transform(around, moved), min(born, area.valid_from), None, reason=REASON)
    zone.simulated = True
    yield zone
    for one, shape in zip(members, shapely.transform(flat, moved), strict=True):
        outline = made(one, shape, one.valid_from, None, reason=REASON, system="模拟")
        outline.valid_to = one.valid_to
        yield outline


def _blocks(areas: Sequence[float]) -> Iterator[tuple[float, float, float, float]]:
    """Rectangles of the given areas (square metres), side by side in rows of blocks with roads between them."""
    wide = max((sum(areas) * 1.4) ** 0.5, 4 * DEEP)
    x = y = 0.0
    for number, area in enumerate(areas):
        width = area / DEEP
        if x and x + width > wide:
            x, y = 0.0, y + DEEP + ROAD
        yield x, y, x + width, y + DEEP
        # a road after every fourth parcel
        x += width + (ROAD if number % 4 == 3 else 0.0)
