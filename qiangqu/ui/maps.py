"""Outlines of provinces with their cities, all served by the node itself: from npm ``echarts@4.9.0`` (labelled
示意图: not an approved boundary), or in their place a layer of approved boundaries that the administrator has
loaded with ``qiangqu map load`` (labelled with its 审图号 and source).
"""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

MAX_BYTES = 20 * 1024 * 1024
MAX_FEATURES = 2000
# where China lies, in degrees: what falls outside is no longitude and latitude
WEST, EAST, SOUTH, NORTH = 73.0, 136.0, 3.0, 54.0

# GB/T 2260 province codes to the file names of the package
OUTLINES = {
    "11": "beijing", "12": "tianjin", "13": "hebei", "14": "shanxi", "15": "neimenggu", "21": "liaoning", "22": "jilin",
    "23": "heilongjiang", "31": "shanghai", "32": "jiangsu", "33": "zhejiang", "34": "anhui", "35": "fujian", "36": "jiangxi",
    "37": "shandong", "41": "henan", "42": "hubei", "43": "hunan", "44": "guangdong", "45": "guangxi", "46": "hainan",
    "50": "chongqing", "51": "sichuan", "52": "guizhou", "53": "yunnan", "54": "xizang", "61": "shanxi1", "62": "gansu",
    "63": "qinghai", "64": "ningxia", "65": "xinjiang", "71": "taiwan", "81": "xianggang", "82": "aomen",
}  # fmt: skip


def outline_url(area_code: str) -> str | None:
    """Address of the outline of the province that an administrative code (GB/T 2260) lies in; None where
    there is none.

    >>> OUTLINES["640100"[:2]]
    'ningxia'
    """
    layer = layer_of(area_code)
    if layer is not None:
        return reverse("map-layer", args=[_province(area_code), layer.sha256])
    name = OUTLINES.get(_province(area_code))
    return static(f"vendor/maps/{name}.json") if name else None


def outline_note(area_code: str) -> str:
    """What is to be printed beside the outline: number of approval and source, or that it is a sketch."""
    layer = layer_of(area_code)
    if layer is None:
        return _("示意图")
    return _("审图号：%(number)s　%(source)s") % {"number": layer.approval, "source": layer.source}


# ---------------------------------------------------------------- layers of approved boundaries


@dataclass(frozen=True, slots=True)
class Layer:
    """A loaded layer of a province: SHA-256 of what is served, number of approval (审图号), who published it, names
    of its places.
    """

    sha256: str
    approval: str
    source: str
    places: tuple[str, ...]


def _province(area_code: str) -> str:
    return area_code[:2] if area_code[:6].isdigit() else ""


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "maps"


def layer_of(area_code: str) -> Layer | None:
    """The layer loaded for the province of ``area_code``; None without one."""
    province = _province(area_code)
    try:
        said = json.loads((_folder() / f"{province}.json").read_text(encoding="utf-8")) if province else None
    except FileNotFoundError:
        return None
    return None if said is None else Layer(said["sha256"], said["approval"], said["source"], tuple(said["places"]))


def layer_data(province: str, sha256: str) -> bytes | None:
    """The layer as it is served, GeoJSON; None for one that is not there (any more)."""
    layer = layer_of(f"{province}0000")
    if layer is None or layer.sha256 != sha256:
        return None
    return (_folder() / f"{layer.sha256}.geojson").read_bytes()


def read_layer(data: bytes, name_field: str = "name") -> dict[str, Any]:
    """The polygons of a GeoJSON file with the name of each, and nothing else of it.

    Raises InputError for what is not UTF-8 GeoJSON of named polygons in degrees of longitude and latitude
    (CGCS2000 or WGS 84), or larger than :data:`MAX_BYTES`.
    """
    if len(data) > MAX_BYTES:
        raise InputError(f"文件大于 {MAX_BYTES // 1024 // 1024} MB，请先简化边界")
    try:
        said = json.loads(data.decode("utf-8-sig"))
        features = said["features"]
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError("不是 UTF-8 的 GeoJSON（FeatureCollection）；其他格式先用 QGIS 或 ogr2ogr 转换") from error
    if not isinstance(features, list) or not 1 <= len(features) <= MAX_FEATURES:
        raise InputError(f"应有 1—{MAX_FEATURES} 个要素")
    return {
        "type": "FeatureCollection",
        "features": [_feature(one, at, name_field) for at, one in enumerate(features, 1)],
    }


def _feature(one: Any, at: int, name_field: str) -> dict[str, Any]:
    where = f"第 {at} 个要素"
    try:
        name, geometry = one["properties"][name_field], one["geometry"]
        kind, rings = geometry["type"], geometry["coordinates"]
        polygons = [rings] if kind == "Polygon" else rings
        kept = [[[_point(p, where) for p in ring] for ring in polygon] for polygon in polygons]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"应是有“{name_field}”属性的面", where=where) from error
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(name, str) or not name.strip():
        raise InputError(f"应是有“{name_field}”属性的面", where=where)
    if not kept or any(
        not polygon or any(len(ring) < 4 or ring[0] != ring[-1] for ring in polygon) for polygon in kept
    ):
        raise InputError("边界没有闭合", where=where)
    return {
        "type": "Feature",
        "properties": {"name": name.strip()[:60]},
        "geometry": {"type": "MultiPolygon", "coordinates": kept},
    }


def _point(point: Any, where: str) -> list[float]:
    lon, lat = float(point[0]), float(point[1])
    if not (WEST <= lon <= EAST and SOUTH <= lat <= NORTH):
        raise InputError("坐标不是中国范围内的经纬度；投影坐标请先转成 CGCS2000 经纬度（EPSG:4490）", where=where)
    return [round(lon, 6), round(lat, 6)]


def checked_layer(
    area_code: str, layer: dict[str, Any], approval: str, source: str, wanted: Iterable[str]
) -> tuple[Layer, bytes]:
    """A layer (of :func:`read_layer`) for the province of ``area_code``, and what is to be served of it.

    Raises InputError when a place of ``wanted`` is not in it, or number and source of the approval are missing.
    """
    province, approval, source = _province(area_code), approval.strip()[:60], source.strip()[:80]
    if not province or not approval or not source:
        raise InputError("要有审图号和来源，区域代码应是行政区划代码")
    places = tuple(dict.fromkeys(one["properties"]["name"] for one in layer["features"]))
    missing = [name for name in wanted if name not in places]
    if missing:
        raise InputError(f"图层里没有{'、'.join(missing)}；有的是{'、'.join(places[:12])}")
    data = json.dumps(layer, ensure_ascii=False, separators=(",", ":")).encode()
    return Layer(hashlib.sha256(data).hexdigest(), approval, source, places), data


def keep_layer(area_code: str, layer: Layer, data: bytes) -> None:
    """Put the layer in the place of the sketch."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    # what names the layer comes last: a page never asks for one that is not there yet
    _write(folder / f"{layer.sha256}.geojson", data)
    _write(folder / f"{_province(area_code)}.json", json.dumps(asdict(layer), ensure_ascii=False).encode())


def remove_layer(area_code: str) -> None:
    """Back to the sketch."""
    (_folder() / f"{_province(area_code)}.json").unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    fresh = path.with_suffix(f".{os.getpid()}.new")
    fresh.write_bytes(data)
    fresh.replace(path)
