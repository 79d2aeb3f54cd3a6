"""Source tracing by wind 溯源: which outlets lay upwind of a station before a peak, and were reporting high
then.

A transparent screening, not a dispersion model. For each hour back from the peak the air is taken to have
come straight along the measured wind. An outlet is *upwind* in an hour when its bearing from the station lies
within ``half_angle`` of the direction that the wind came from. Air from it reached the station by the peak
when the distance divided by the mean wind speed of the hours between falls into that hour. Its reading is
*high* by how many times the mean of its own reference hours it stood. Score = share of hours matched × (ratio
− 1), nothing below 0. A calm (below 0.5 m/s) has no direction and is passed over; nothing is traced when most
hours are calm.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qiangqu.base.errors import InputError

Array = NDArray[np.float64]
EARTH_RADIUS_KM = 6371.0088
CALM = 0.5  # m/s
HALF_ANGLE = 22.5  # degrees: the sector of a 8-point wind rose
MAX_HOURS = 12


@dataclass(frozen=True, slots=True, eq=False)
class UpwindSource:
    """An outlet with its hourly emissions or concentrations, aligned with the winds (last = hour of the
    peak).
    """

    key: str
    lon: float
    lat: float
    values: Array


@dataclass(frozen=True, slots=True)
class Suspect:
    """What speaks for an outlet: everything that the score is made of, so that a person can check it."""

    key: str
    distance: float
    bearing: float
    travel_hours: float
    hours_before: int
    value: float
    usual: float
    ratio: float
    score: float


def distance_and_bearing(lon: float, lat: float, to_lon: float, to_lat: float) -> tuple[float, float]:
    """Great-circle distance in km, and the bearing in degrees from north, clockwise.

    >>> d, b = distance_and_bearing(106.0, 38.0, 106.0, 39.0); round(d, 1), round(b, 1)
    (111.2, 0.0)
    """
    a, b, dl = math.radians(lat), math.radians(to_lat), math.radians(to_lon - lon)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(dl / 2) ** 2
    bearing = math.degrees(
        math.atan2(math.sin(dl) * math.cos(b), math.cos(a) * math.sin(b) - math.sin(a) * math.cos(b) * math.cos(dl))
    )
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h))), bearing % 360 % 360  # -1e-30 % 360 is 360


def angle_between(one: float, other: float) -> float:
    """Smallest angle in degrees.

    >>> angle_between(350, 10)
    20.0
    """
    return abs((one - other + 180.0) % 360.0 - 180.0)


def trace(
    lon: float,
    lat: float,
    speeds: Array,
    directions: Array,
    sources: Sequence[UpwindSource],
    *,
    hours: int = 6,
    half_angle: float = HALF_ANGLE,
) -> list[Suspect]:
    """Suspects for a peak in the last hour, most suspicious first.

    ``speeds`` (m/s) and ``directions`` (degrees that the wind comes *from*) are hourly and end with the peak;
    the hours before the last ``hours`` are each source's reference for what is usual. Raises InputError for
    arrays of different length or ``hours`` outside 1–12.
    """
    if not 1 <= hours <= MAX_HOURS:
        raise InputError(f"回溯小时数应在 1—{MAX_HOURS} 之间", where="hours")
    if speeds.shape != directions.shape or any(s.values.shape != speeds.shape for s in sources):
        raise InputError("风与排放的小时数不同", where="speeds")
    last = speeds.size - 1
    window = range(min(hours, speeds.size))
    blowing = [i for i in window if speeds[last - i] >= CALM and not np.isnan(directions[last - i])]
    if len(blowing) * 2 <= len(window):
        return []
    found = []
    for source in sources:
        suspect = _suspect(lon, lat, speeds, directions, source, blowing, len(window), half_angle)
        if suspect is not None:
            found.append(suspect)
    return sorted(found, key=lambda s: (-s.score, s.distance, s.key))


def _suspect(
    lon: float,
    lat: float,
    speeds: Array,
    directions: Array,
    source: UpwindSource,
    blowing: list[int],
    span: int,
    half_angle: float,
) -> Suspect | None:
    last = speeds.size - 1
    distance, bearing = distance_and_bearing(lon, lat, source.lon, source.lat)
    upwind = [i for i in blowing if angle_between(float(directions[last - i]), bearing) <= half_angle]
    reference = source.values[: max(0, last + 1 - span)]
    reference = reference[~np.isnan(reference)]
    if not upwind or reference.size == 0 or reference.mean() <= 0:
        return None
    usual = float(reference.mean())
    best: Suspect | None = None
    for i in upwind:
        # the mean wind between the release hour and the peak decides how long the way took
        between = speeds[last - i : last + 1]
        between = between[between >= CALM]
        travel = distance / (float(between.mean()) * 3.6)
        value = float(source.values[last - i])
        if abs(travel - i) > 1.0 or math.isnan(value):
            continue
        ratio = value / usual
        score = len(upwind) / len(blowing) * max(0.0, ratio - 1.0)
        if best is None or score > best.score:
            best = Suspect(source.key, distance, bearing, travel, i, value, usual, ratio, score)
    return best
