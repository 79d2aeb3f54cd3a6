"""Reads a road network from a file: lines of GeoPackage, GeoJSON, Shapefile and the like (GDAL through pyogrio), or a CSV
of stretches. What cannot be a road is left out and counted; what makes the file wrong as a whole is refused.
"""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from qiangqu.base.errors import InputError

from ..places import place_fault
from .graph import Graph, Line, built, metres
from .travel import assumptions

MOST_LINES = 1_000_000
MOST_BYTES = 1 << 30
CLASS = ("class", "fclass", "highway", "道路等级", "等级", "类型", "type")
SPEED = ("maxspeed", "speed", "限速")
ONEWAY = ("oneway", "单行")
ENDS = (("from_lon", "起点经度"), ("from_lat", "起点纬度"), ("to_lon", "终点经度"), ("to_lat", "终点纬度"))
FORWARD, BACKWARD = ("yes", "1", "true", "f", "是"), ("-1", "t", "reverse")


@dataclass
class Network:
    """What a file holds: the graph, its length in kilometres, how many lines were no roads, had no class that is known,
    or could not be read."""

    graph: Graph
    kilometres: float
    roads: int
    passed_over: int = 0
    unknown: int = 0
    broken: int = 0
    first_broken: str = ""


@dataclass
class _Gathered:
    lines: list[Line] = field(default_factory=list)
    passed_over: int = 0
    unknown: int = 0
    broken: int = 0
    first_broken: str = ""

    def add(self, points: Any, values: dict[str, Any], where: str) -> None:
        """A stretch with what the file says of it."""
        named = str(_first(values, CLASS) or "").strip()
        if named.lower() in assumptions()["not_roads"]:
            self.passed_over += 1
            return
        fault = "" if len(points) > 1 and np.isfinite(points).all() else "没有两个点，或坐标不是数字"
        if fault:
            self.broken += 1
            self.first_broken = self.first_broken or f"{where}：{fault}"
            return
        speed, known = speed_of(named)
        self.unknown += not known
        limit = _number(_first(values, SPEED))
        if limit is not None and 5 <= limit <= 130:
            speed = limit
        way = str(_first(values, ONEWAY) or "").strip().lower()
        self.lines.append(Line(points, speed, 1 if way in FORWARD else -1 if way in BACKWARD else 0))


def speed_of(named: str) -> tuple[float, bool]:
    """Km/h of a class as files call it, and whether it is known; a number like G6 or S302 says the class too.

    >>> speed_of("motorway"), speed_of("G6"), speed_of("??")
    ((90.0, True), (90.0, True), (35.0, False))
    """
    rules = assumptions()
    wanted = named.lower()
    for one in rules["classes"]:
        names = [str(name).lower() for name in one["names"]]
        if wanted == one["code"] or wanted in names:
            return float(one["speed"]), True
        if len(wanted) > 1 and wanted[0] in names and wanted[1:].isdigit():
            return float(one["speed"]), True
    otherwise = next(one for one in rules["classes"] if one["code"] == rules["unknown"])
    return float(otherwise["speed"]), False


def _first(values: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((values[name] for name in names if values.get(name) not in (None, "")), None)


def _number(value: Any) -> float | None:
    try:
        found = float(str(value).split()[0])
    except (ValueError, IndexError):
        return None
    return found if math.isfinite(found) else None


def read(path: Path) -> Network:
    """The network in a file. Raises InputError for what is no file of roads, for coordinates that are no degrees within
    China and have no known system, or were exchanged."""
    if not path.is_file():
        raise InputError("没有这个文件", where=str(path))
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"文件大于 {MOST_BYTES >> 30} GB，请先裁到本地区", where=path.name)
    found = _Gathered()
    for number, (points, values) in enumerate(_csv(path) if path.suffix.lower() == ".csv" else _lines(path), start=1):
        if number > MOST_LINES:
            raise InputError(f"道路多于 {MOST_LINES:,} 条，请先裁到本地区", where=path.name)
        found.add(points, values, f"第{number}条")
    if not found.lines:
        raise InputError(
            "文件里没有道路" + (f"（{found.first_broken}）" if found.first_broken else ""), where=path.name
        )
    corners = np.concatenate([line.points for line in found.lines])
    _check_degrees(corners, path.name)
    graph = built(found.lines)
    long = float(sum(metres(line.points[:-1], line.points[1:]).sum() for line in found.lines)) / 1000
    return Network(
        graph, long, len(found.lines), found.passed_over, found.unknown, found.broken, found.first_broken
    )  # fmt: skip


def _check_degrees(points: Any, name: str) -> None:
    lon, lat = (float(value) for value in np.median(points, axis=0))
    fault = place_fault(lon, lat)
    if fault:
        raise InputError(fault, where=name)
    off = [row for row in (points.min(0), points.max(0)) if place_fault(float(row[0]), float(row[1]))]
    if off:
        raise InputError(f"有坐标不在中国范围内：{off[0][0]:g}，{off[0][1]:g}", where=name)


def _csv(path: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Stretches of a CSV: four columns of ends, and perhaps class, limit and direction."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = path.read_text(encoding="gb18030", errors="replace")
    rows = csv.DictReader(text.splitlines())
    names = [str(name or "").strip().lower() for name in rows.fieldnames or ()]
    missing = [both[0] for both in ENDS if not set(both) & set(names)]
    if missing:
        raise InputError(
            f"CSV 要有 {'、'.join(both[0] for both in ENDS)} 四列，缺 {'、'.join(missing)}", where=path.name
        )
    for row in rows:
        values = {str(key or "").strip().lower(): value for key, value in row.items()}
        ends = [_number(_first(values, both)) for both in ENDS]
        points = np.array([math.nan if one is None else one for one in ends]).reshape(2, 2)
        yield points, values


def _lines(path: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Lines of a file that GDAL reads, in degrees."""
    import pyogrio
    import pyproj

    try:
        meta, _ids, shapes, columns = pyogrio.raw.read(path, force_2d=True, max_features=MOST_LINES + 1)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise InputError(f"读不出这个文件：{str(error)[:120]}", where=path.name) from error
    turned = None
    if meta["crs"]:
        system = pyproj.CRS.from_user_input(meta["crs"])
        if not system.is_geographic:
            turned = pyproj.Transformer.from_crs(system, 4490, always_xy=True)
    fields = [str(name).lower() for name in meta["fields"]]
    geometries = shapely.from_wkb(shapes, on_invalid="ignore")
    for at, shape in enumerate(geometries):
        values = {name: columns[number][at] for number, name in enumerate(fields)}
        if shape is None or shapely.get_type_id(shape) not in (1, 5):
            yield np.empty((0, 2)), values
            continue
        for line in shapely.get_parts(shape):
            points = shapely.get_coordinates(line)
            yield (np.column_stack(turned.transform(points[:, 0], points[:, 1])) if turned else points), values
