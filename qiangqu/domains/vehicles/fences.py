"""What a vehicle's positions say of fences: the rules themselves, on arrays.

Times are those of the terminal, milliseconds UTC. A fence is judged at the positions, and between two of them where the
way from one to the next leads through it: a small fence is not jumped over. Between positions far apart (:data:`GAP`) no
way is assumed.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from .models import Fence
from .shapes import crossings, on_plane

GAP = 10 * 60_000
MOVING = 5.0  # km/h; slower is standing
CHINA = dt.timezone(dt.timedelta(hours=8))
#: factors of what is broken, by kind of fence
BROKEN = {"keep": "vfout", "ban": "vfin", "stay": "vfstay", "speed": "vfspeed", "route": "vfroute"}


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Positions in order of time, of equal length: ms UTC, degrees, km/h."""

    times: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    speed: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.times)

    def since(self, at: int) -> "Track":
        chosen = self.times >= at
        return Track(self.times[chosen], self.lon[chosen], self.lat[chosen], self.speed[chosen])


@dataclass(frozen=True, slots=True)
class Crossing:
    """A vehicle came in (or went out) at a time and place."""

    entered: bool
    at: int
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """A fence over a track: inside or not at each position, the crossings, how far the rule is broken at each
    position (0: kept; of keep and ban 1, of speed km/h too fast, of stay minutes too long, of route metres off)."""

    inside: NDArray[np.bool_]
    crossings: list[Crossing]
    broken: NDArray[np.float64]


def in_hours(times: NDArray[np.int64], first: int, last: int) -> NDArray[np.bool_]:
    """Whether each time lies in the hours of the day (China) from ``first`` to before ``last``; over midnight where
    ``first`` is the later.

    >>> in_hours(np.array([0, 16 * 3_600_000]), 22, 6).tolist()  # 08:00 and 00:00 in China
    [False, True]
    """
    hour = (times + 8 * 3_600_000) // 3_600_000 % 24
    if first == last:
        return np.ones(len(times), bool)
    return (hour >= first) & (hour < last) if first < last else (hour >= first) | (hour < last)


def look(fence: Any, track: Track, inside_since: int | None = None) -> Finding:
    """A fence over a track. ``inside_since``: since when the vehicle was inside when the track began."""
    line = fence.kind == Fence.Kind.ROUTE
    plane, flat = on_plane(fence.outline, line)
    points = plane.points(track.lon, track.lat)
    if line:
        off = shapely.distance(flat, shapely.points(points))
        width = float(fence.limit or 0)
        return Finding(off <= width, [], _within(fence, track, np.where(off > width, off, 0.0)))
    inside = np.asarray(shapely.intersects_xy(flat, points[:, 0], points[:, 1]))
    found = _crossings(flat, points, inside, track, inside_since is not None)
    if fence.kind == Fence.Kind.KEEP:
        broken = (~inside).astype(float)
    elif fence.kind == Fence.Kind.BAN:
        broken = inside.astype(float)
        broken[_passed_through(found, track)] = 1.0
    elif fence.kind == Fence.Kind.SPEED:
        broken = np.where(inside, np.maximum(track.speed - float(fence.limit or 0), 0.0), 0.0)
    else:
        minutes = stayed(track.times, inside, inside_since) / 60_000 - float(fence.limit or 0)
        broken = np.where(inside, np.maximum(minutes, 0.0), 0.0)
    return Finding(inside, found, _within(fence, track, broken))


def _within(fence: Any, track: Track, broken: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(in_hours(track.times, fence.from_hour, fence.to_hour), broken, 0.0)


def stayed(times: NDArray[np.int64], inside: NDArray[np.bool_], since: int | None = None) -> NDArray[np.int64]:
    """How long (ms) the vehicle has been inside without leaving, at each time; 0 outside.

    >>> stayed(np.array([0, 60, 120, 180]), np.array([True, True, False, True])).tolist()
    [0, 60, 0, 0]
    """
    if not len(times):
        return np.zeros(0, np.int64)
    begins = inside & np.concatenate([[True], ~inside[:-1]])
    starts = np.where(begins, times, np.iinfo(np.int64).min)
    if since is not None and inside[0]:
        starts[0] = since
    return np.where(inside, times - np.maximum.accumulate(starts), 0)


def _crossings(
    flat: Any, points: NDArray[np.float64], inside: NDArray[np.bool_], track: Track, was_inside: bool
) -> list[Crossing]:
    """Where the vehicle came in and went out, in order."""
    found: list[Crossing] = []
    if not len(track):
        return found

    def place(at: int, entered: bool) -> Crossing:
        return Crossing(entered, int(track.times[at]), float(track.lon[at]), float(track.lat[at]))

    if inside[0] != was_inside:
        found.append(place(0, bool(inside[0])))
    changed = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    found += [place(at, bool(inside[at])) for at in changed.tolist()]
    outside = np.flatnonzero(~inside[1:] & ~inside[:-1] & (np.diff(track.times) <= GAP))
    for at, (first, last) in zip(outside.tolist(), crossings(flat, points[outside], points[outside + 1]), strict=True):
        if np.isnan(first):
            continue
        for share, entered in ((first, True), (last, False)):
            moment = track.times[at] + share * (track.times[at + 1] - track.times[at])
            lon = track.lon[at] + share * (track.lon[at + 1] - track.lon[at])
            lat = track.lat[at] + share * (track.lat[at + 1] - track.lat[at])
            found.append(Crossing(entered, int(moment), round(float(lon), 6), round(float(lat), 6)))
    return sorted(found, key=lambda one: (one.at, one.entered is False))


def _passed_through(found: list[Crossing], track: Track) -> list[int]:
    """Of a fence that was passed between two positions the later of them."""
    exact = set(track.times.tolist())
    return [
        int(np.searchsorted(track.times, one.at))
        for one in found
        if not one.entered and one.at not in exact and one.at < track.times[-1]
    ]


def plates_of(text: str) -> frozenset[str]:
    """The plates of a list."""
    return frozenset(part.strip() for part in text.replace("，", ",").replace("、", ",").split(",") if part.strip())


def applies(fence: Any, vehicle: Any) -> bool:
    """Whether a fence is for a vehicle: one of its area, and of its list where it has one. ``vehicle`` has ``plate``
    and ``area``."""
    named = plates_of(fence.plates)
    return bool(vehicle.area.path.startswith(fence.area.path)) and (not named or vehicle.plate in named)
