"""Outlines out of files: Shapefile (zip), GeoPackage, GeoJSON, DXF, and CSV of corner points. Nothing is put right in
silence: a feature that cannot be read keeps its place and says why.
"""

import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.ui.spreadsheets import FIGURES, heading_text, number_of, open_table, text_of

from . import gdal_file

MOST_FEATURES = 100_000
MOST_POINTS = 800_000
MOST_OF_ONE = 50_000  # corner points of one outline
MOST_UNPACKED = 256 << 20
SUFFIXES = (".zip", ".gpkg", ".geojson", ".json", ".dxf", ".csv")
#: headings by what they hold, in small letters; the short ones are of 不动产登记数据库标准 and of surveyors' tables
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "code": ("宗地代码", "宗地号", "宗地编号", "地块编号", "园区代码", "zddm", "bdcdyh", "parcel", "code"),
    "parents": ("原宗地代码", "原宗地", "来源宗地", "parents"),
    "use": ("用途", "土地用途", "地类名称", "tdyt", "dlmc", "use"),
    "area": ("面积", "宗地面积", "zdmj", "area"),
    "point": ("点号", "界址点号", "point"),
    "ring": ("圈号", "环号", "ring"),
    "x": ("x", "x坐标", "纵坐标", "北坐标", "纬度", "lat", "latitude"),
    "y": ("y", "y坐标", "横坐标", "东坐标", "经度", "lon", "longitude"),
}
_UNITS = {"亩": "mu", "公顷": "ha", "平方米": "m2", "㎡": "m2", "m2": "m2"}


@dataclass(slots=True)
class Feature:
    """One outline as the file has it: its number (of the feature, or of the row that begins it), its code, what
    else the file says of it, its shape in the file's own numbers, and the sentence that says why there is none."""

    row: int
    code: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    shape: Any = None
    fault: str = ""


@dataclass(slots=True)
class Source:
    """What a file holds. ``crs`` is how it names its reference system ("": it does not), ``rows`` what its
    numbers count: features or rows of a table.
    """

    features: list[Feature]
    crs: str = ""
    fields: list[str] = field(default_factory=list)
    chosen: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    rows: str = "feature"


def read(path: Path, name: str, columns: Mapping[str, str]) -> Source:
    """What the file at ``path`` holds, which its sender calls ``name``; ``columns`` say in which of its fields
    code, area … stand where its headings do not. Raises InputError for a file that cannot be read.
    """
    suffix = Path(name).suffix.lower()
    if suffix == ".csv":
        source = _corner_points(path, name)
    elif suffix in (".geojson", ".json"):
        source = _geojson(path, name)
    elif suffix == ".zip":
        with tempfile.TemporaryDirectory() as folder:
            source = _gdal(_unpacked(path, Path(folder), name), name)
    else:
        # GDAL goes by the suffix, under which the upload is not kept
        with tempfile.TemporaryDirectory() as folder:
            linked = Path(folder) / f"file{suffix}"
            linked.symlink_to(path.resolve())
            source = _gdal(linked, name)
        if suffix == ".dxf":
            source = _drawn(source)
    _name(source, columns)
    _bounded(source, name)
    return source


def _bounded(source: Source, name: str) -> None:
    if len(source.features) > MOST_FEATURES:
        words = {"most": f"{MOST_FEATURES:,}"}
        raise InputError(_("图形超过 %(most)s 个，请分成几个文件") % words, where=name)
    total = 0
    for one in source.features:
        points = int(shapely.get_num_coordinates(one.shape)) if one.shape is not None else 0
        total += points
        if points > MOST_OF_ONE:
            words = {"points": f"{points:,}", "most": f"{MOST_OF_ONE:,}"}
            one.fault = _("有 %(points)s 个界址点，超过每宗 %(most)s 个；请先抽稀或分割") % words
            one.shape = None
    if total > MOST_POINTS:
        words = {"points": f"{total:,}", "most": f"{MOST_POINTS:,}"}
        raise InputError(_("共有 %(points)s 个界址点，超过一次 %(most)s 个；请分成几个文件") % words, where=name)


def _fold(text: str) -> str:
    return "".join(text.split()).lower().replace("（", "(").replace("）", ")")


def heading_of(meaning: str, fields: Sequence[str]) -> str:
    """The field that holds something, by its heading; what stands in brackets behind it is its unit. "": none.

    >>> heading_of("area", ["宗地代码", "面积（亩）"])
    '面积（亩）'
    """
    folded = {_fold(one).partition("(")[0]: one for one in reversed(fields)}
    return next((folded[word] for word in HEADINGS[meaning] if word in folded), "")


def unit_of(heading: str) -> str:
    """The unit that a heading of an area names: mu, ha or m2; "" for none."""
    if _fold(heading) == "zdmj":
        return "m2"
    return next((unit for word, unit in _UNITS.items() if word in _fold(heading)), "")


def _name(source: Source, columns: Mapping[str, str]) -> None:
    """Give each feature its code, by the chosen field or the one whose heading says so."""
    for meaning in ("code", "parents", "use", "area"):
        asked = columns.get(meaning, "")
        source.chosen[meaning] = asked if asked in source.fields else heading_of(meaning, source.fields)
    for one in source.features:
        if not one.code and source.chosen["code"]:
            one.code = str(one.values.get(source.chosen["code"]) or "").strip()[:40]


# ---------------------------------------------------------------- files that GDAL reads


def _unpacked(path: Path, folder: Path, name: str) -> Path:
    """The one shapefile in an archive, unpacked within bounds."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = [one for one in archive.infolist() if not one.is_dir()]
            if len(parts) > 200 or sum(one.file_size for one in parts) > MOST_UNPACKED:
                raise InputError(_("压缩包解开后过大，请只放入一个 Shapefile"), where=name)
            shapes = [one for one in parts if one.filename.lower().endswith(".shp")]
            if len(shapes) != 1:
                raise InputError(
                    _("压缩包中应有且只有一个 .shp 文件，现有 %(count)s 个") % {"count": len(shapes)}, where=name
                )
            stem = shapes[0].filename[:-4]
            for one in parts:
                suffix = one.filename[len(stem) :].lower() if one.filename.startswith(stem) else ""
                if suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
                    (folder / f"file{suffix}").write_bytes(archive.read(one))
    except (zipfile.BadZipFile, OSError, RuntimeError, ValueError, NotImplementedError, EOFError) as fault:
        raise InputError(_("压缩包打不开，可能已损坏或加了密码"), where=name) from fault
    for suffix, what in ((".shx", _("索引")), (".dbf", _("属性表"))):
        if not (folder / f"file{suffix}").exists():
            words = {"suffix": suffix, "what": what}
            raise InputError(_("压缩包中缺少 %(suffix)s（%(what)s）文件") % words, where=name)
    return folder / "file.shp"


def _gdal(path: Path, name: str) -> Source:
    command = [sys.executable, "-P", gdal_file.__file__, str(path), str(MOST_FEATURES)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=180, check=False)  # noqa: S603 - own program
    except subprocess.TimeoutExpired:
        raise InputError(_("读取超过三分钟仍未完成，请分成几个文件"), where=name) from None
    if done.returncode:
        raise InputError(_("文件无法读取，可能已损坏或格式不符；请重新导出后再上传"), where=name)
    held = json.loads(done.stdout)
    source = Source([], held.get("crs", ""), held.get("fields", []))
    if len(held["layers"]) > 1:
        words = {"layer": held["layers"][0], "others": "、".join(held["layers"][1:6])}
        source.notes.append(_("文件有几个图层，读的是“%(layer)s”，没有读：%(others)s") % words)
    for number, row in enumerate(held["rows"], start=1):
        shape = shapely.from_wkb(bytes.fromhex(row["shape"]), on_invalid="ignore") if row["shape"] else None
        source.features.append(_feature(number, row["values"], shape))
    return source


def _feature(number: int, values: dict[str, Any], shape: Any) -> Feature:
    if shape is None or shape.is_empty:
        return Feature(number, values=values, fault=_("没有图形"))
    if shape.geom_type in ("Polygon", "MultiPolygon") or shape.geom_type == "Point":
        return Feature(number, values=values, shape=shape)
    if shape.geom_type in ("LineString", "LinearRing"):
        return _ring_feature(Feature(number, values=values), [np.asarray(shape.coords)])
    return Feature(number, values=values, fault=_("图形是%(kind)s，不是面") % {"kind": shape.geom_type})


def _drawn(source: Source) -> Source:
    """A drawing's closed lines as outlines; the text that stands in one is its code."""
    texts = [one for one in source.features if one.shape is not None and one.shape.geom_type == "Point"]
    found = [one for one in source.features if one not in texts]
    tree = shapely.STRtree([one.shape for one in texts])
    for one in found:
        inside = tree.query(one.shape, predicate="covers") if one.shape is not None and one.shape.is_valid else ()
        words = [str(texts[at].values.get("Text") or "").strip() for at in inside]
        words = [word for word in words if word]
        one.code = words[0][:40] if len(words) == 1 else ""
        if len(words) > 1 and not one.fault:
            one.fault = _("线内有多个文字（%(words)s），无法判断哪个是宗地代码") % {"words": "、".join(words[:4])}
    source.features = found
    return source


# ---------------------------------------------------------------- rings


def _ring_feature(one: Feature, rings: Iterable[Any]) -> Feature:
    """A feature's outline out of rings of points (n × 2), the first the outer one; a ring is closed when its last
    point is its first."""
    made = []
    for ring in rings:
        if len(ring) < 4:
            one.fault = _("只有 %(count)s 个界址点，围不成面") % {"count": max(len(ring) - 1, 0)}
            return one
        if not np.allclose(ring[0], ring[-1], rtol=0, atol=1e-9):
            one.fault = _("没有闭合：最后一点不是第一点，请在末尾重复第一点")
            # shown on the map all the same
            ring = np.vstack([ring, ring[:1]])
        made.append(ring)
    one.shape = shapely.Polygon(made[0], made[1:])
    return one


def _corner_points(path: Path, name: str) -> Source:
    """A table with a row for each corner point: code of the parcel, number of the point, x (north) and y (east),
    perhaps the ring. Rows of one parcel stand together and its last point repeats its first."""

    def is_heading(cells: Sequence[Any]) -> bool:
        words = [heading_text(one) for one in cells]
        return all(heading_of(meaning, words) for meaning in ("code", "x", "y"))

    with open_table(path, FIGURES, is_heading, name) as table:
        if not table.recognised:
            raise InputError(
                _("表头要有：宗地代码、X（北）、Y（东）；可以有点号、圈号、面积（亩）、用途、原宗地代码"), where=name
            )
        fields = [heading_text(one) for one in table.heading]
        at = {meaning: fields.index(found) for meaning in HEADINGS if (found := heading_of(meaning, fields))}
        source = Source([], fields=fields, rows="row")
        rings: list[list[list[float]]] = []
        for points, (number, cells) in enumerate(table.rows, start=1):
            if points > MOST_POINTS:
                words = {"most": f"{MOST_POINTS:,}"}
                raise InputError(_("界址点超过一次 %(most)s 个；请分成几个文件") % words, where=name)
            code = text_of(cells[at["code"]])[:40]
            last = source.features[-1] if source.features else None
            if last is None or last.code != code:
                _close(last, rings)
                rings, ring = [], ""
                values = {fields[i]: text_of(cells[i]) for i in set(at.values()) if i < len(cells)}
                last = Feature(number, code, values)
                source.features.append(last)
            marked = text_of(cells[at["ring"]]) if "ring" in at else ""
            if not rings or marked != ring:
                rings.append([])
                ring = marked
            try:
                rings[-1].append([number_of(cells[at["y"]])[0], number_of(cells[at["x"]])[0]])
            except InputError as fault:
                last.fault = last.fault or _("第 %(row)s 行：%(fault)s") % {"row": number, "fault": fault.message}
        _close(source.features[-1] if source.features else None, rings)
    codes: dict[str, int] = {}
    for one in source.features:
        if one.code in codes and not one.fault:
            words = {"row": str(codes[one.code])}
            one.fault = _("同一宗地的界址点没有排在一起：第 %(row)s 行已有这个宗地") % words
        codes.setdefault(one.code, one.row)
    return source


def _close(one: Feature | None, rings: list[list[list[float]]]) -> None:
    if one is not None and not one.fault:
        _ring_feature(one, [np.asarray(ring, dtype=float).reshape(-1, 2) for ring in rings])


# ---------------------------------------------------------------- GeoJSON


def _geojson(path: Path, name: str) -> Source:
    try:
        held = json.loads(path.read_bytes().decode("utf-8-sig"))
        found = held["features"] if held.get("type") == "FeatureCollection" else [held]
        if not isinstance(found, list) or held.get("type") not in ("FeatureCollection", "Feature"):
            raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise InputError(_("不是 GeoJSON 的 FeatureCollection，请重新导出后再上传"), where=name) from fault
    if len(found) > MOST_FEATURES:
        raise InputError(_("图形超过 %(most)s 个，请分成几个文件") % {"most": f"{MOST_FEATURES:,}"}, where=name)
    crs = held.get("crs")
    source = Source(list(_geojson_features(found)), str(_within(crs, "properties", "name") or ""))
    names = dict.fromkeys(key for one in source.features for key in one.values)
    source.fields = list(names)
    return source


def _within(thing: Any, *keys: str) -> Any:
    for key in keys:
        thing = thing.get(key) if isinstance(thing, dict) else None
    return thing


def _geojson_features(found: list[Any]) -> Iterator[Feature]:
    for number, one in enumerate(found, start=1):
        properties = _within(one, "properties")
        values = (
            {str(k)[:80]: v for k, v in properties.items() if isinstance(v, (str, int, float))}
            if isinstance(properties, dict)
            else {}
        )
        yield geojson_feature(number, values, _within(one, "geometry"))


def geojson_feature(number: int, values: dict[str, Any], geometry: Any) -> Feature:
    """A feature with a geometry of GeoJSON: a Polygon, or a MultiPolygon whose rings are all closed."""
    made = Feature(number, values=values)
    kind, held = _within(geometry, "type"), _within(geometry, "coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        made.fault = _("图形是%(kind)s，不是面") % {"kind": str(kind)[:20]} if kind else _("没有图形")
        return made
    try:
        polygons = [[_points(ring) for ring in rings] for rings in (held if kind == "MultiPolygon" else [held])]
    except (TypeError, ValueError, OverflowError):
        made.fault = _("坐标不是数字")
        return made
    parts = []
    for rings in polygons:
        if not rings:
            made.fault = _("没有图形")
            return made
        part = _ring_feature(Feature(number), rings)
        made.fault = made.fault or part.fault
        parts += [part.shape] if part.shape is not None else []
    made.shape = (parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)) if parts else None
    return made


def _points(ring: Any) -> Any:
    found = np.asarray([point[:2] for point in ring], dtype=float).reshape(-1, 2)
    if not np.isfinite(found).all():
        raise ValueError
    return found
