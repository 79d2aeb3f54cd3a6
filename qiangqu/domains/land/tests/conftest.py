"""A zone at 106.0°E 38.0°N with an outline of its own, three parcels in a row without gaps, and a neighbour's zone."""

import datetime as dt
from typing import Any

import numpy as np
import pytest
import shapely

from qiangqu.domains.land.geometry.measures import SQUARE_METRES_OF_MU
from qiangqu.domains.land.geometry.systems import from_degrees, to_degrees
from qiangqu.domains.land.models import Boundary
from qiangqu.domains.land.outlines import made
from qiangqu.registry.models import Parcel
from qiangqu.registry.tests import factories

BORN = dt.date(2024, 1, 1)
GRID = 4534 + 35 - 25  # 3° zone 35, 105°E, without number
EAST, NORTH = (round(float(one), 3) for one in from_degrees(GRID, np.array([[106.0, 38.0]]))[0])
SIDE = 200.0
MU = SIDE * SIDE / SQUARE_METRES_OF_MU


def square(column: float, row: float = 0.0, side: float = SIDE) -> Any:
    """A square in metres of the grid, ``column`` sides to the east."""
    x, y = EAST + column * SIDE, NORTH + row * SIDE
    return shapely.box(x, y, x + side, y + side)


def degrees(shape: Any) -> Any:
    return shapely.transform(shape, lambda points: to_degrees(GRID, points))


@pytest.fixture
def land(db: None) -> dict[str, Any]:
    areas = factories.tree()
    people = factories.users(areas)
    one, other = factories.enterprise(areas["Z1"], 1, "甲厂"), factories.enterprise(areas["Z1"], 2, "乙厂")
    parcels = {
        code: Parcel.objects.create(
            code=code, area=areas[area], holder=holder, land_area=round(MU, 3), use="工业用地", status="built", valid_from=BORN,
        )
        for code, area, holder in (("P1", "Z1", one), ("P2", "Z1", other), ("P3", "Z1", None), ("P9", "Z3", None))
    }  # fmt: skip
    people["owner"] = factories.user("enterprise", areas["Z1"], "owner", organisation=one)
    Boundary.objects.bulk_create([
        made(areas["Z1"], degrees(shapely.box(EAST - 1000, NORTH - 1000, EAST + 3000, NORTH + 3000)), BORN, None),
        made(parcels["P1"], degrees(square(0)), BORN, None),
        made(parcels["P2"], degrees(square(1)), BORN, None),
    ])  # fmt: skip
    return {"areas": areas, "people": people, "parcels": parcels, "one": one, "other": other}
