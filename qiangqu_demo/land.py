"""Land of a demonstration: outlines of the simulated parcels, in blocks between made-up roads around each zone's
indicative position; contracts of those that lie idle or are little used, and what was done about some. All marked
模拟数据.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from qiangqu.domains.land.geometry.measures import SQUARE_METRES_OF_MU
from qiangqu.domains.land.geometry.systems import from_degrees, to_degrees, zone_of
from qiangqu.domains.land.handling import determine, explain, investigate
from qiangqu.domains.land.idle import refresh
from qiangqu.domains.land.models import Boundary, Clue, LandContract
from qiangqu.domains.land.outlines import made
from qiangqu.registry.models import Area, Parcel, User
from qiangqu.registry.models.parcel import ParcelStatus

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


YEAR = dt.timedelta(days=365)


def enact(zone: Area, report: Callable[[str], None]) -> None:
    """Contracts for idle and little-used parcels of the twin, the clues that the rules find in them, and the first
    steps that the zone's people took.
    """
    if LandContract.objects.exists():
        return
    found = Parcel.objects.filter(simulated=True, status__in=(ParcelStatus.IDLE, ParcelStatus.LOW_USE), valid_to=None)
    today = timezone.localdate()
    made_up = [_contract(number, one, today) for number, one in enumerate(found.order_by("code"))]
    bulk_create_with_history(made_up, LandContract, batch_size=500)
    refresh(today)
    clues = Clue.objects.filter(parcel__area=zone, rule="not_started").select_related("parcel__area").order_by("pk")
    user = User.objects.posted(role="zone").filter(posts__area=zone).first()
    if user is not None:
        for number, one in enumerate(clues[:4]):
            investigate(one, user, f"（模拟）调〔{today.year}〕{number + 1}号")
            if number > 1:
                explain(one, user, "（模拟）资金未到位，计划明年开工")
            if number > 2:
                determine(one, user, "holder", f"（模拟）认〔{today.year}〕{number + 1}号")
    report(f"模拟土地合同 {len(made_up)} 份，线索 {Clue.objects.count()} 条")


def _contract(number: int, one: Parcel, today: dt.date) -> LandContract:
    """An idle parcel was to be begun between one and three years ago, every third was begun and stopped; a little-used
    one got three quarters of its investment."""
    idle, begun = one.status == ParcelStatus.IDLE, number % 3 == 0
    start = max(one.valid_from, today - dt.timedelta(days=400 + 37 * (number % 20))) if idle else one.valid_from + YEAR
    planned = round(one.land_area * 200)
    made = LandContract(
        number=f"{one.code}-HT", parcel=one, signed_on=one.valid_from, valid_from=one.valid_from, simulated=True,
        price=round(one.land_area * 12, 2), start_by=start, finish_by=start + 2 * YEAR, investment=planned,
    )  # fmt: skip
    if not idle:
        made.started_on, made.finished_on, made.invested = start, start + 2 * YEAR, round(planned * 0.75)
    elif begun:
        made.started_on, made.stopped_on = start, max(start, today - dt.timedelta(days=380 + number % 200))
        made.built_share, made.invested = 10.0, round(planned * 0.1)
    return made
