"""Reference systems of surveyed land: CGCS2000 in degrees, and its Gauss–Krüger zones of 3° and 6° with false
eastings that begin with the number of the zone or do not.

EPSG: 4490 degrees; 4491–4501 zones 13–23 of 6°, 4502–4512 the same without number; 4513–4533 zones 25–45 of 3°,
4534–4554 the same without number.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyproj
from django.utils.translation import gettext as _

DEGREES = 4490
#: within China: degrees of longitude and latitude
EAST, NORTH = (73.0, 136.0), (3.0, 54.0)
#: metres of a northing in China, and of an easting without the number of a zone
NORTHING, EASTING = (300_000.0, 6_100_000.0), (100_000.0, 900_000.0)
MILLION = 1_000_000.0


@dataclass(frozen=True, slots=True)
class System:
    """A reference system: EPSG number, width of its zones in degrees (0: it is in degrees itself), number of
    the zone, its central meridian in degrees, whether eastings begin with that number."""

    epsg: int
    width: int = 0
    zone: int = 0
    meridian: float = 0.0
    numbered: bool = False

    @property
    def name(self) -> str:
        if not self.width:
            return _("CGCS2000 经纬度（度）")
        words = {"width": self.width, "zone": self.zone, "meridian": f"{self.meridian:g}"}
        if self.numbered:
            return _("CGCS2000 %(width)s 度带，第 %(zone)s 带（%(meridian)s°E），东坐标带带号") % words
        return _("CGCS2000 %(width)s 度带，中央经线 %(meridian)s°E，东坐标不带带号") % words


def _all() -> list[System]:
    found = [System(DEGREES)]
    for numbered, six, three in ((True, 4491, 4513), (False, 4502, 4534)):
        found += [System(six + z - 13, 6, z, 6.0 * z - 3, numbered) for z in range(13, 24)]
        found += [System(three + z - 25, 3, z, 3.0 * z, numbered) for z in range(25, 46)]
    return found


SYSTEMS: dict[int, System] = {one.epsg: one for one in _all()}


@cache
def _to_degrees(epsg: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(epsg, DEGREES, always_xy=True)


@cache
def _from_degrees(epsg: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(DEGREES, epsg, always_xy=True)


def to_degrees(epsg: int, points: Any) -> Any:
    """Points (n × 2: east, north) of a system as degrees of longitude and latitude."""
    if epsg == DEGREES:
        return points
    return np.column_stack(_to_degrees(epsg).transform(points[:, 0], points[:, 1]))


def from_degrees(epsg: int, points: Any) -> Any:
    """Points (n × 2: longitude, latitude) in metres of a system."""
    return np.column_stack(_from_degrees(epsg).transform(points[:, 0], points[:, 1]))


def zone_of(longitude: float) -> System:
    """The zone of 3° without number in which a place lies, in which its plane area is measured.

    >>> zone_of(106.3).meridian
    105.0
    """
    number = min(max(round(longitude / 3), 25), 45)
    return SYSTEMS[4534 + number - 25]


def _within(values: Any, low: float, high: float) -> bool:
    return bool(values.size) and bool((values >= low).all() and (values <= high).all())


@dataclass(frozen=True, slots=True)
class Guess:
    """What numbers say about themselves: the systems that they can be in (none: no system of these),
    ``turned``: north stands before east."""

    systems: tuple[System, ...] = ()
    turned: bool = False


def guess(points: Any, longitude: float | None = None) -> Guess:
    """In which systems points (n × 2) can be. Eastings without a number of a zone do not say which zone it is:
    the one that ``longitude`` lies in stands first.

    >>> guess(np.array([[36_500_000.0, 4_250_000.0]])).systems[0].zone
    36
    >>> guess(np.array([[38.4, 106.2]])).turned
    True
    """
    for turned in (False, True):
        east, north = (points[:, 1], points[:, 0]) if turned else (points[:, 0], points[:, 1])
        if _within(east, *EAST) and _within(north, *NORTH):
            return Guess((SYSTEMS[DEGREES],), turned)
        if not _within(north, *NORTHING):
            continue
        number = int(east.min() // MILLION) if east.size else 0
        rest = east - number * MILLION
        if number and _within(rest, *EASTING):
            named = [one for one in SYSTEMS.values() if one.numbered and one.zone == number]
            if named:
                return Guess(tuple(named), turned)
        if _within(east, *EASTING):
            plain = [one for one in SYSTEMS.values() if one.width and not one.numbered]
            if longitude is not None:
                plain.sort(key=lambda one: (abs(one.meridian - longitude), one.width))
            return Guess(tuple(plain), turned)
    return Guess()


def epsg_of(text: str) -> int:
    """The number of the system that a file names ("EPSG:4527", or the text of a .prj); 0 for one that is none
    of these. WGS 84 in degrees counts as CGCS2000: they differ by centimetres.
    """
    try:
        crs = pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        return 0
    number = crs.to_epsg(min_confidence=25)
    if number in SYSTEMS:
        return int(number)
    if crs.is_geographic and number in (4326, 4479, 4480):
        return DEGREES
    return _by_parameters(crs)


def _by_parameters(crs: Any) -> int:
    """A Gauss–Krüger zone whose name says nothing, by its meridian and false easting."""
    found = {
        one["name"]: one["value"]
        for one in (crs.coordinate_operation.to_json_dict()["parameters"] if crs.coordinate_operation else ())
    }
    meridian = found.get("Longitude of natural origin", found.get("Longitude of false origin"))
    easting = found.get("False easting")
    if meridian is None or easting is None or "2000" not in crs.to_wkt():
        return 0
    number = int(easting // MILLION)
    for one in SYSTEMS.values():
        numbered = number == (one.zone if one.numbered else 0) and easting - number * MILLION == 500_000.0
        if one.width and one.meridian == meridian and numbered:
            return one.epsg
    return 0
