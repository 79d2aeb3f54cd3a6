"""Mapbox Vector Tiles 2.1 of polygons and points: clipped, thinned and written for one tile (the spec's protobuf by hand, a few
dozen lines: the known encoder would hold protobuf back two years, and writes a feature at a time).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

EXTENT = 4096
BUFFER = 64
_DEGREES = 180 / math.pi


def bounds(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """West, south, east, north of a tile in degrees.

    >>> bounds(0, 0, 0)[0]
    -180.0
    """
    many = 1 << z

    def lat(row: float) -> float:
        return math.atan(math.sinh(math.pi * (1 - 2 * row / many))) * _DEGREES

    return x / many * 360 - 180, lat(y + 1), (x + 1) / many * 360 - 180, lat(y)


def _flat(shapes: Any, z: int, x: int, y: int) -> Any:
    """Shapes in degrees in a tile's units: 1/4096 of its side, y downwards."""
    many = 1 << z

    def moved(points: Any) -> Any:
        east = (points[:, 0] + 180) / 360 * many - x
        latitude = np.clip(points[:, 1], -85.05, 85.05) / _DEGREES
        south = (1 - np.arcsinh(np.tan(latitude)) / math.pi) / 2 * many - y
        return np.column_stack([east, south]) * EXTENT

    return shapely.transform(shapes, moved)


def places_in_tile(shapes: Any, z: int, x: int, y: int) -> tuple[Any, Any]:
    """A point inside each outline in degrees, in a tile's units, and the numbers of those that lie in the tile."""
    points = _flat(shapely.point_on_surface(shapes), z, x, y)
    east, south = shapely.get_x(points), shapely.get_y(points)
    return points, np.flatnonzero((east >= 0) & (east < EXTENT) & (south >= 0) & (south < EXTENT))


def in_tile(shapes: Any, z: int, x: int, y: int) -> Any:
    """Outlines in degrees as they lie in a tile: units of 1/4096 of its side, y downwards, cut at its edge."""
    flat = _flat(shapes, z, x, y)
    cut = shapely.clip_by_rect(flat, -BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    # finer than half a unit nothing is drawn; an outer ring runs clockwise on the screen
    return shapely.orient_polygons(shapely.simplify(cut, 0.5, preserve_topology=False), exterior_cw=False)


def _varint(number: int) -> bytes:
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    made.append(number)
    return bytes(made)


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _value(value: Any) -> bytes:
    if isinstance(value, bool):
        return b"\x38" + _varint(int(value))
    if isinstance(value, int) and value >= 0:
        return b"\x28" + _varint(value)
    if isinstance(value, (int, float)):
        return b"\x19" + np.float64(value).tobytes()
    return _field(1, str(value).encode())


def _commands(shape: Any) -> list[int]:
    """Commands of a polygon or point of whole numbers; none when nothing of it is left to be drawn."""
    if shape.geom_type == "Point":
        east, south = int(shape.x), int(shape.y)
        return [9, east << 1 ^ east >> 63, south << 1 ^ south >> 63]
    found: list[int] = []
    x = y = 0
    for part in getattr(shape, "geoms", (shape,)):
        if part.geom_type != "Polygon" or part.is_empty:
            continue
        for number, ring in enumerate((part.exterior, *part.interiors)):
            points = shapely.get_coordinates(ring).astype(np.int64).tolist()
            points = [one for at, one in enumerate(points[1:]) if one != points[at]]
            if len(points) < 3:
                if not number:
                    break
                continue
            steps = []
            for east, south in points:
                steps += [(east - x) << 1 ^ (east - x) >> 63, (south - y) << 1 ^ (south - y) >> 63]
                x, y = east, south
            found += [9, *steps[:2], (len(points) - 1) << 3 | 2, *steps[2:], 15]
    return found


def _varints(lists: Sequence[list[int]]) -> list[bytes]:
    """Lists of numbers below 2³⁵ as varints, one after the other: those of a whole tile at once."""
    ends = np.cumsum([len(one) for one in lists])
    numbers = np.fromiter((number for one in lists for number in one), dtype=np.uint64, count=int(ends[-1]))
    sevens = (numbers[:, None] >> np.arange(0, 35, 7, dtype=np.uint64)) & np.uint64(0x7F)
    lengths = 1 + (numbers[:, None] >= (np.uint64(1) << np.arange(7, 35, 7, dtype=np.uint64))).sum(axis=1)
    places = np.arange(5)
    more = places[None, :] < (lengths - 1)[:, None]
    written = (sevens | np.where(more, 0x80, 0).astype(np.uint64)).astype(np.uint8)
    data = written[places[None, :] < lengths[:, None]].tobytes()
    cuts = [0, *np.cumsum(lengths)[ends - 1].tolist()]
    return [data[cuts[at] : cuts[at + 1]] for at in range(len(lists))]


def layer(name: str, shapes: Any, ids: Sequence[int], properties: Sequence[Mapping[str, Any]]) -> bytes:
    """A layer of a tile: outlines that lie in the tile (:func:`in_tile`), with what is known of each."""
    keys: dict[str, int] = {}
    values: dict[tuple[type, Any], int] = {}
    drawn = [
        (commands, number, known, b"\x18\x01" if shape.geom_type == "Point" else b"\x18\x03")
        for shape, number, known in zip(shapely.transform(shapes, np.rint), ids, properties, strict=True)
        if (commands := _commands(shape))
    ]
    features = []
    for (_commands_of, number, known, kind), packed in zip(
        drawn, _varints([one[0] for one in drawn]) if drawn else (), strict=True
    ):
        tags = b"".join(
            _varint(keys.setdefault(key, len(keys))) + _varint(values.setdefault((type(value), value), len(values)))
            for key, value in known.items()
            if value is not None and value != ""
        )
        features.append(_field(2, b"\x08" + _varint(number) + _field(2, tags) + kind + _field(4, packed)))
    if not features:
        return b""
    parts = [b"\x78\x02", _field(1, name.encode()), *features]
    parts += [_field(3, key.encode()) for key in keys]
    parts += [_field(4, _value(value)) for _kind, value in values]
    parts.append(b"\x28" + _varint(EXTENT))
    return _field(3, b"".join(parts))
