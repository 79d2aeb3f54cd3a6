"""A vehicle's way over a day, as it is drawn: few points where it went straight, gaps where nothing was heard."""

import datetime as dt
import time
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from qiangqu.lake.telemetry_read import milliseconds

from .fences import CHINA, GAP, MOVING, Track
from .positions import READ, points_of, tracks
from .shapes import Plane

TOLERANCE = 8.0  # metres: what a screen does not show
LONGEST_STOP = 5 * 60_000


def day_of(vehicle: Any, day: dt.date) -> Track:
    """The positions of a local day (China)."""
    begin = milliseconds(dt.datetime.combine(day, dt.time.min, CHINA))
    empty = Track(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0))
    if vehicle.device_id is None:
        return empty
    points = points_of([vehicle.device_id], READ)
    end = min(begin + 86_400_000, time.time_ns() // 1_000_000 + 86_400_000)
    found = tracks(points, {vehicle.device_id: begin}, end)
    return found[vehicle.device_id][0] if found else empty


def pieces(track: Track, gap: int = GAP) -> list[slice]:
    """The stretches without a gap longer than ``gap`` ms.

    >>> pieces(Track(np.array([0, 1, 900_000, 900_001]), *[np.zeros(4)] * 3))
    [slice(0, 2, None), slice(2, 4, None)]
    """
    cuts = np.flatnonzero(np.diff(track.times) > gap) + 1
    ends = [0, *cuts.tolist(), len(track)]
    return [slice(begin, end) for begin, end in pairwise(ends) if end > begin]


def simplified(track: Track, tolerance: float = TOLERANCE) -> NDArray[np.int64]:
    """The places of the positions that are enough to draw the way within ``tolerance`` metres (Douglas-Peucker); the
    first and the last of each stretch always."""
    if not len(track):
        return np.zeros(0, np.int64)
    plane = Plane(shapely.multipoints(np.column_stack([track.lon, track.lat])))
    metres = plane.points(track.lon, track.lat)
    kept: list[int] = []
    for part in pieces(track):
        places = np.arange(part.start, part.stop)
        if len(places) < 3:
            kept += places.tolist()
            continue
        # the place stands as the height of its point, so that what is kept is known
        line = shapely.linestrings(np.column_stack([metres[part], places]))
        left = shapely.get_coordinates(shapely.simplify(line, tolerance, preserve_topology=False), include_z=True)
        kept += left[:, 2].astype(int).tolist()
    return np.array(kept, np.int64)


def stops(track: Track, longest: int = LONGEST_STOP) -> list[tuple[int, int, float, float]]:
    """Where it stood for at least ``longest`` ms without moving on: from, to (ms UTC), longitude, latitude."""
    found: list[tuple[int, int, float, float]] = []
    for part in pieces(track):
        slow = track.speed[part] < MOVING
        edges = np.flatnonzero(np.diff(np.concatenate([[False], slow, [False]]).astype(np.int8)))
        for begin, end in zip(edges[::2] + part.start, edges[1::2] - 1 + part.start, strict=True):
            if track.times[end] - track.times[begin] >= longest:
                middle = slice(begin, end + 1)
                where = float(np.median(track.lon[middle])), float(np.median(track.lat[middle]))
                found.append((int(track.times[begin]), int(track.times[end]), *where))
    return found


def length_km(track: Track) -> float:
    """How far it went, without what lies in gaps."""
    if len(track) < 2:
        return 0.0
    plane = Plane(shapely.multipoints(np.column_stack([track.lon, track.lat])))
    steps = np.hypot(*np.diff(plane.points(track.lon, track.lat), axis=0).T)
    return float(steps[np.diff(track.times) <= GAP].sum() / 1000)


def drawn(track: Track) -> dict[str, Any]:
    """The way as GeoJSON: a line for each stretch with the times of its points, a point for each stop."""
    kept = simplified(track)
    features: list[dict[str, Any]] = []
    for part in pieces(track):
        mine = kept[(kept >= part.start) & (kept < part.stop)]
        if len(mine) < 2:
            continue
        line = [[round(float(track.lon[at]), 6), round(float(track.lat[at]), 6)] for at in mine]
        told = {"times": track.times[mine].tolist(), "speeds": track.speed[mine].round(1).tolist()}
        features.append(_feature("LineString", line, told))
    for begin, end, lon, lat in stops(track):
        features.append(_feature("Point", [round(lon, 6), round(lat, 6)], {"from": begin, "to": end}))
    fastest = float(track.speed.max()) if len(track) else 0.0
    summary = {
        "positions": len(track),
        "drawn": len(kept),
        "km": round(length_km(track), 1),
        "fastest": round(fastest, 1),
    }
    return {"type": "FeatureCollection", "features": features, "summary": summary}


def _feature(kind: str, coordinates: Any, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}
