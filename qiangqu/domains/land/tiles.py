"""Vector tiles of parcels and zones as they were on a day, of what a user sees."""

import datetime as dt
from typing import Any

import numpy as np
import shapely

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import visible
from qiangqu.registry.models import Parcel
from qiangqu.registry.models.history import as_of

from .geometry import mvt
from .models import Boundary
from .outlines import on_day, shapes_of

DEEPEST = 18
LABELLED = 14  # from this zoom on parcels have names
MOST = 1500  # parcels of a tile: the largest; nearer, all are there


def tile(user: Any, z: int, x: int, y: int, day: dt.date, past: bool) -> bytes:
    """The layers ``parcels`` and ``zones`` of a tile. ``past``: parcels are told as they stood on the day, not as
    they stand. Raises InputError for no tile.
    """
    if not (0 <= z <= DEEPEST and 0 <= x < 1 << z and 0 <= y < 1 << z):
        raise InputError("没有这个瓦片", where=f"{z}/{x}/{y}")
    west, south, east, north = mvt.bounds(z, x, y)
    rows = on_day(visible(Boundary.objects.all(), user), day).order_by()
    rows = rows.filter(west__lte=east, east__gte=west, south__lte=north, north__gte=south)
    zones = rows.filter(area__isnull=False).values_list("area_id", "shape", "area__name", "area__code")
    made = _zones(list(zones[:200]), z, x, y)
    pixel = (east - west) / 512
    parcels = rows.filter(parcel__isnull=False)
    if z < 14:  # too small to be seen
        parcels = parcels.filter(plane_area__gte=(pixel * 88_000) ** 2 / 4).order_by("-plane_area")
    found = list(parcels.values_list("parcel_id", "shape", "simulated")[:MOST])
    return made + _parcels(found, z, x, y, day if past else None)


def _zones(found: list[Any], z: int, x: int, y: int) -> bytes:
    if not found:
        return b""
    whole, ids = shapes_of([row[1] for row in found]), [row[0] for row in found]
    made = mvt.layer("zones", mvt.in_tile(whole, z, x, y), ids, [{"name": row[2], "code": row[3]} for row in found])
    return made + _named("zone_names", whole, ids, [row[2] for row in found], z, x, y)


def _named(layer: str, whole: Any, ids: list[int], names: list[Any], z: int, x: int, y: int) -> bytes:
    """A name stands in the one tile that holds its place, however many tiles the outline is cut into."""
    places, inside = mvt.places_in_tile(whole, z, x, y)
    return mvt.layer(layer, places[inside], [ids[at] for at in inside], [{"name": names[at]} for at in inside])


def _parcels(found: list[Any], z: int, x: int, y: int, day: dt.date | None) -> bytes:
    if not found:
        return b""
    ids = [row[0] for row in found]
    told = told_of(ids, day)
    whole = shapes_of([row[1] for row in found])
    shapes = mvt.in_tile(whole, z, x, y)
    there = np.flatnonzero(~shapely.is_empty(shapes))
    known = [told.get(ids[at], {}) | ({"simulated": True} if found[at][2] else {}) for at in there]
    made = mvt.layer("parcels", shapes[there], [ids[at] for at in there], known)
    if z < LABELLED:
        return made
    names = [told.get(pk, {}).get("holder") or told.get(pk, {}).get("code") for pk in ids]
    return made + _named("names", whole, ids, names, z, x, y)


def told_of(ids: list[int], day: dt.date | None) -> dict[int, dict[str, Any]]:
    """What a map says of parcels: as they stand, or as they stood on a day."""
    rows: Any = Parcel.objects.all() if day is None else as_of(Parcel, day)
    key = "pk" if day is None else "id"
    found = {}
    for at in range(0, len(ids), 900):
        part = rows.filter(**{f"{key}__in": ids[at : at + 900]}).order_by()
        for pk, code, holder, status, use, mu in part.values_list(
            key, "code", "holder__name", "status", "use", "land_area"
        ):
            found[pk] = {"code": code, "holder": holder, "status": status, "use": use, "mu": round(mu, 1)}
    return found
