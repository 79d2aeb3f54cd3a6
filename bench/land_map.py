"""How fast the map of parcels and the check of their outlines are with 100,000 parcels.

    python bench/land_map.py [--parcels 100000]

A made-up zone of squares side by side (every 200th reaches 5 % into its neighbour) in a database of its own.
Printed are seconds of processor time: the overlap check of all of them at once (floor: 10 s), and the slowest and the
middle tile of each zoom, as a user of the region gets it (floor: 0.1 s).
"""

import argparse
import datetime as dt
import math
import os
import statistics
import tempfile
import time
from typing import Any

import numpy as np
import shapely

WEST, SOUTH, SIDE = 106.0, 38.0, 0.0008
BORN = dt.date(2024, 1, 1)


def squares(many: int) -> Any:
    """Squares of about 70 m side by side in a square."""
    wide = math.isqrt(many - 1) + 1
    at = np.arange(many)
    west, south = WEST + at % wide * SIDE, SOUTH + at // wide * SIDE
    reach = np.where(at % 200 == 0, 1.05, 1.0)
    return shapely.box(west, south, west + reach * SIDE, south + SIDE)


def overlaps(shapes: Any) -> None:
    from qiangqu.domains.land.geometry.checking import pairs

    begun = time.process_time()
    found = sum(1 for one in pairs(shapes) if one.area)
    print(f"重叠检查 {len(shapes):,} 宗：{time.process_time() - begun:.2f} s，发现重叠 {found} 处（要求 ≤ 10 s）")


def fill(shapes: Any) -> Any:
    """Area, parcels with outlines, and a user of the region."""
    from qiangqu.domains.land.models import Boundary
    from qiangqu.registry.models import Parcel
    from qiangqu.registry.tests import factories

    areas = factories.tree()
    areas["Z1"].lon, areas["Z1"].lat = WEST, SOUTH
    made = [
        Parcel(code=f"B{at:06d}", area=areas["Z1"], land_area=9.5, use="工业用地", status="built", valid_from=BORN)
        for at in range(len(shapes))
    ]
    parcels = Parcel.objects.bulk_create(made, batch_size=2000)
    blobs, bounds = shapely.to_wkb(shapes), shapely.bounds(shapes)
    Boundary.objects.bulk_create(
        (
            Boundary(
                parcel=one, shape=blob, west=box[0], south=box[1], east=box[2], north=box[3], plane_area=6300.0,
                geodesic_area=6300.0, valid_from=BORN,
            )
            for one, blob, box in zip(parcels, blobs, bounds.tolist(), strict=True)
        ),
        batch_size=2000,
    )  # fmt: skip
    return factories.users(areas)["planner"]


def tiles(user: Any, shapes: Any) -> None:
    from qiangqu.domains.land.tiles import tile

    box = shapely.total_bounds(shapes)
    for z in range(8, 19):
        many = 1 << z
        spent = []
        for share in (0.1, 0.3, 0.5, 0.7, 0.9):
            lon, lat = box[0] + share * (box[2] - box[0]), box[1] + share * (box[3] - box[1])
            x = int((lon + 180) / 360 * many)
            y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * many)
            begun = time.process_time()
            size = len(tile(user, z, x, y, dt.date(2026, 1, 1), False))
            spent.append(time.process_time() - begun)
        print(
            f"瓦片 z{z}：中位 {statistics.median(spent) * 1000:.0f} ms，最慢 {max(spent) * 1000:.0f} ms，末块 {size:,} 字节（要求 ≤ 100 ms）"
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--parcels", type=int, default=100_000)
    many = options.parse_args().parcels
    with tempfile.TemporaryDirectory() as home:
        os.environ["QIANGQU_HOME"] = home
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiangqu.site.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
        shapes = squares(many)
        overlaps(shapes)
        tiles(fill(shapes), shapes)


if __name__ == "__main__":
    main()
