"""Where vehicles are and were: their positions out of the lake, which has them as series of the terminals."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qiangqu.lake.telemetry import INVALID
from qiangqu.lake.telemetry_latest import standing_at
from qiangqu.lake.telemetry_read import rows
from qiangqu.telemetry.jt808.location import ALARM, COURSE, LAT, LON, SPEED
from qiangqu.telemetry.models import Point

from .fences import Track

READ = (LON, LAT, SPEED, ALARM)


@dataclass(frozen=True, slots=True)
class Place:
    """The latest position of a vehicle: degrees, km/h, degrees from north, ms UTC, the alarm word."""

    lon: float
    lat: float
    speed: float
    course: float
    at: int
    alarm: int


def points_of(devices: Iterable[int], factors: Iterable[str]) -> dict[int, dict[str, int]]:
    """Point numbers by device and factor, of what terminals say as it happens."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    chosen = Point.objects.filter(device__in=list(devices), factor_code__in=list(factors), interval="realtime")
    for pk, device, code in chosen.order_by().values_list("pk", "device_id", "factor_code"):
        found[device][code] = pk
    return found


def latest(devices: Iterable[int], now: int | None = None) -> dict[int, Place]:
    """The latest position of each terminal that has one; positions without a fix are none."""
    points = points_of(devices, (*READ, COURSE))
    wanted = [point for codes in points.values() for point in codes.values()]
    standing = {row[0]: row for row in standing_at(wanted, now)} if wanted else {}
    found = {}
    for device, codes in points.items():
        lon, lat = (standing.get(codes.get(code, -1)) for code in (LON, LAT))
        if lon is None or lat is None or lon[3] & INVALID or lon[1] != lat[1]:
            continue
        more = {code: standing[point][2] for code, point in codes.items() if point in standing}
        found[device] = Place(
            lon[2], lat[2], more.get(SPEED, 0.0), more.get(COURSE, 0.0), lon[1], int(more.get(ALARM, 0))
        )
    return found


def tracks(
    points: Mapping[int, Mapping[str, int]], first: Mapping[int, int], end: int
) -> dict[int, tuple[Track, NDArray[np.int64]]]:
    """The positions of terminals from each one's ``first`` moment to before ``end`` (ms UTC), and the alarm word at
    each. Positions without a fix are left out."""
    wanted = [codes[code] for device, codes in points.items() if device in first for code in READ if code in codes]
    if not wanted:
        return {}
    table = rows(min(first.values()), end, wanted)
    series = _by_point(table)
    found = {}
    for device, begin in first.items():
        codes = points.get(device, {})
        if LON not in codes or LAT not in codes:
            continue
        track = _joined(series, codes, begin)
        if len(track):
            found[device] = track, _at(series, codes.get(ALARM), track.times).astype(np.int64)
    return found


Series = dict[int, tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8]]]


def _by_point(table: pa.Table) -> Series:
    """Times, values and flags by point, of rows in order of point and time."""
    points = table["point"].to_numpy()
    columns = [table[name].to_numpy() for name in ("time", "value", "flag")]
    which, starts = np.unique(points, return_index=True)
    ends = np.append(starts[1:], len(points))
    return {
        int(point): (columns[0][begin:end], columns[1][begin:end], columns[2][begin:end])
        for point, begin, end in zip(which, starts, ends, strict=True)
    }


def _joined(series: Series, codes: Mapping[str, int], begin: int) -> Track:
    """Longitude, latitude and speed of the same moments."""
    empty = (np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.uint8))
    times, lon, flags = series.get(codes[LON], empty)
    good = (flags & INVALID == 0) & (times >= begin)
    times, lon = times[good], lon[good]
    lat_times, lat, _flags = series.get(codes[LAT], empty)
    _both, mine, theirs = np.intersect1d(times, lat_times, assume_unique=True, return_indices=True)
    times, lon, lat = times[mine], lon[mine], lat[theirs]
    return Track(times, lon, lat, _at(series, codes.get(SPEED), times))


def _at(series: Series, point: int | None, times: NDArray[np.int64]) -> NDArray[np.float64]:
    """The values of a series at times; 0 where it has none."""
    values = np.zeros(len(times))
    if point in series:
        own, said, _flags = series[point]  # type: ignore[index]
        places = np.minimum(np.searchsorted(own, times), len(own) - 1)
        there = own[places] == times
        values[there] = said[places[there]]
    return values
