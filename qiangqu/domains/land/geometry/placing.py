"""A file's numbers put into degrees: which reference system they are in, and whether that can be true."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyproj
import shapely
from django.utils.translation import gettext as _

from .reading import Source
from .systems import DEGREES, MILLION, SYSTEMS, System, epsg_of, guess, to_degrees

_ELLIPSOID = pyproj.Geod(ellps="GRS80")
OFFERED = 6  # systems that a sentence names


@dataclass(frozen=True, slots=True)
class Place:
    """Where outlines are expected: degrees, and how far away they may be, in metres."""

    longitude: float
    latitude: float
    far: float

    def distances(self, points: Any) -> Any:
        """Metres to points (n × 2, degrees)."""
        many = len(points)
        here = np.full(many, self.longitude), np.full(many, self.latitude)
        return np.abs(_ELLIPSOID.inv(*here, points[:, 0], points[:, 1])[2])


@dataclass(frozen=True, slots=True)
class Placing:
    """In which system a file was read (None: none fits), whether its two numbers were exchanged, the sentence
    that keeps it from being taken over ("": none), and the systems to choose from."""

    system: System | None
    turned: bool = False
    fault: str = ""
    offered: tuple[System, ...] = ()


def place(source: Source, epsg: int, turned: bool, where: Place | None) -> Placing:
    """Put the outlines of ``source`` into degrees, in place. ``epsg`` and ``turned`` are what a person has chosen
    (0: the file says it, else its numbers do). A system that contradicts the numbers is told, never put right in
    silence; the outlines are then placed as they seem to be meant, to be shown.
    """
    shaped = [one for one in source.features if one.shape is not None]
    if not shaped:
        return Placing(SYSTEMS[epsg or DEGREES], turned)
    shapes = np.array([one.shape for one in shaped], dtype=object)
    if turned:
        shapes = shapely.transform(shapes, lambda points: points[:, ::-1])
    points = shapely.get_coordinates(shapes)
    found = _system(source, epsg, points, where)
    if found.turned:
        shapes = shapely.transform(shapes, lambda points: points[:, ::-1])
    if found.system is not None:
        number = found.system.epsg
        shapes = shapely.transform(shapes, lambda points: to_degrees(number, points))
        if where is not None and not found.fault:
            found = _far(found, shapely.get_coordinates(shapes), points, where)
    for one, shape in zip(shaped, shapes, strict=True):
        one.shape = shape if found.system is not None and np.isfinite(shapely.get_coordinates(shape)).all() else None
    return replace(found, turned=turned != found.turned)


def _system(source: Source, epsg: int, points: Any, where: Place | None) -> Placing:
    named = epsg or (epsg_of(source.crs) if source.crs else 0)
    seen = guess(points, where.longitude if where is not None else None)
    if seen.turned:
        words = {"first": _shown(points[0][1]), "second": _shown(points[0][0])}
        fault = _(
            "坐标颠倒了：北坐标（纬度）%(first)s 写在了东坐标（经度）%(second)s 的位置；请勾选“对调东、北坐标”后重新检查"
        )
        if max(abs(points[0])) < 360:
            fault = _("经纬度颠倒了：%(second)s 像是纬度，%(first)s 像是经度；请勾选“对调东、北坐标”后重新检查")
        return Placing(_chosen(named, seen.systems), True, fault % words, seen.systems)
    if source.crs and not named:
        words = {"crs": source.crs[:60].split("[")[-1] or "?"}
        fault = _("文件的坐标系不是 CGCS2000（%(crs)s）；请转换后上传，或在下面选定坐标系")
        return Placing(_chosen(0, seen.systems), False, fault % words, seen.systems)
    if not seen.systems:
        words = {"east": _shown(points[0][0]), "north": _shown(points[0][1])}
        fault = _("坐标（%(east)s，%(north)s）不是中国境内的经纬度，也不是 CGCS2000 的 3 度带或 6 度带坐标")
        return Placing(None, False, fault % words)
    if named:
        system = SYSTEMS.get(named)
        if system not in seen.systems:
            words = {"named": system.name if system else str(named), "seen": seen.systems[0].name}
            fault = _("选定或文件注明的是“%(named)s”，坐标却像是“%(seen)s”；请改选坐标系后重新检查")
            return Placing(seen.systems[0], False, fault % words, seen.systems)
        return Placing(system, False, "", seen.systems)
    if len(seen.systems) > 1:
        words = {"systems": "；".join(one.name for one in seen.systems[:OFFERED])}
        fault = _("东坐标没有带号，无法判断属于哪个带；请选定坐标系，按园区位置可能是：%(systems)s")
        return Placing(seen.systems[0], False, fault % words, seen.systems)
    return Placing(seen.systems[0], False, "", seen.systems)


def _chosen(named: int, seen: Sequence[System]) -> System | None:
    return SYSTEMS[named] if named and SYSTEMS.get(named) in seen else (seen[0] if seen else None)


def _shown(number: float) -> str:
    return f"{number:,.6f}".rstrip("0").rstrip(".")


def _far(found: Placing, degrees: Any, points: Any, where: Place) -> Placing:
    """A fault when all lies far from where it is expected, with the zone in which it would not."""
    distances = where.distances(degrees)
    if not np.isfinite(distances).all() or distances.min() <= where.far:
        return found
    words: dict[str, Any] = {
        "far": f"{distances.min() / 1000:,.0f}",
        "named": found.system.name if found.system else "",
    }
    other = _other_zone(found.system, points, where)
    if other is None:
        return replace(found, fault=_("所有图形离园区 %(far)s 公里以上，坐标或坐标系有误（%(named)s）") % words)
    words["other"] = other.name
    fault = _("带号可能有误：按“%(named)s”离园区 %(far)s 公里，按“%(other)s”则落在园区；请改正带号或改选坐标系") % words
    return replace(found, fault=fault, offered=(other, *found.offered))


def _other_zone(system: System | None, points: Any, where: Place) -> System | None:
    if system is None or not system.width:
        return None
    middle = points.mean(axis=0)[None, :].copy()
    if system.numbered:
        middle[:, 0] -= system.zone * MILLION
    for one in sorted(SYSTEMS.values(), key=lambda one: one.width != system.width):
        if not one.width or one == system or one.numbered != system.numbered:
            continue
        tried = middle + np.array([[one.zone * MILLION if one.numbered else 0.0, 0.0]])
        if where.distances(to_degrees(one.epsg, tried))[0] <= where.far:
            return one
    return None
