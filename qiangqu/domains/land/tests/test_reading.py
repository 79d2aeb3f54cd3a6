"""Files of outlines as people have them: five formats, and what is wrong with them in a sentence."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from qiangqu.base.errors import InputError
from qiangqu.domains.land.geometry import reading
from qiangqu.domains.land.geometry.placing import Place, place
from qiangqu.domains.land.geometry.systems import SYSTEMS, epsg_of, guess, to_degrees

from .conftest import EAST, GRID, NORTH, degrees, square

HERE = Place(106.0, 38.0, 60_000)


def _write(path: Path, shapes: list[Any], columns: dict[str, list[Any]], crs: str, **more: Any) -> Path:
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array(shapes, dtype=object)), [np.array(one, dtype=object) for one in columns.values()],
        list(columns), crs=crs, geometry_type="Polygon", **more,
    )  # fmt: skip
    return path


def _zipped(path: Path, without: str = "") -> Path:
    made = path.with_suffix(".zip")
    with zipfile.ZipFile(made, "w") as archive:
        for one in path.parent.glob(f"{path.stem}.*"):
            if one.suffix not in (".zip", without):
                archive.write(one, f"数据/{one.name}")
    return made


def test_shapefile_in_gbk_without_cpg_keeps_its_chinese(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "a.shp", [square(0)], {"宗地代码": ["P1"], "用途": ["工业用地"]}, f"EPSG:{GRID}", encoding="GB18030"
    )
    source = reading.read(_zipped(path, ".cpg"), "a.zip", {})
    assert source.features[0].code == "P1" and source.features[0].values["用途"] == "工业用地"
    assert epsg_of(source.crs) == GRID
    placed = place(source, 0, False, HERE)
    assert not placed.fault and placed.system == SYSTEMS[GRID]
    assert source.features[0].shape.normalize().equals_exact(degrees(square(0)).normalize(), 1e-9)


def test_geopackage_and_a_shapefile_without_its_table(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.gpkg", [square(0), square(1)], {"code": ["P1", "P2"]}, f"EPSG:{GRID}")
    assert [one.code for one in reading.read(path, "a.gpkg", {}).features] == ["P1", "P2"]
    shape = _write(tmp_path / "b.shp", [square(0)], {"code": ["P1"]}, f"EPSG:{GRID}")
    with pytest.raises(InputError, match=r"缺少 \.dbf"):
        reading.read(_zipped(shape, ".dbf"), "b.zip", {})


def test_what_is_no_such_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"SQLite format 3\x00" + b"\x07" * 400)
    with pytest.raises(InputError, match="无法读取"):
        reading.read(path, "x.gpkg", {})
    path.write_bytes(b'{"type": "FeatureCollection", "features": 3}')
    with pytest.raises(InputError, match="不是 GeoJSON"):
        reading.read(path, "x.geojson", {})
    path.write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(InputError, match="压缩包打不开"):
        reading.read(path, "x.zip", {})


def test_drawing_takes_the_text_inside_as_code(tmp_path: Path) -> None:
    def line(points: list[tuple[float, float]], closed: bool) -> str:
        rows = "".join(f"10\n{x}\n20\n{y}\n" for x, y in points)
        return f"0\nLWPOLYLINE\n8\nJZD\n90\n{len(points)}\n70\n{int(closed)}\n{rows}"

    corners = list(square(0).exterior.coords)[:-1]
    text = f"0\nTEXT\n8\nZJ\n10\n{EAST + 50}\n20\n{NORTH + 50}\n40\n5\n1\nP1\n"
    path = tmp_path / "a.dxf"
    path.write_text(
        "0\nSECTION\n2\nENTITIES\n"
        + line(corners, True)
        + text
        + line([(x + 500, y) for x, y in corners], False)
        + "0\nENDSEC\n0\nEOF\n"
    )
    source = reading.read(path, "a.dxf", {})
    assert [(one.code, bool(one.fault)) for one in source.features] == [("P1", False), ("", True)]
    assert "没有闭合" in source.features[1].fault


def _table(rows: list[tuple[Any, ...]], heading: str = "宗地代码,点号,X（北）,Y（东）") -> str:
    return heading + "\n" + "\n".join(",".join(str(cell) for cell in row) for row in rows) + "\n"


def _corners(code: str, column: int, prefix: float = 0.0, closed: bool = True) -> list[tuple[Any, ...]]:
    points = list(square(column).exterior.coords)
    return [
        (code, f"J{at}", f"{y:.3f}", f"{x + prefix:.3f}")
        for at, (x, y) in enumerate(points if closed else points[:-1], 1)
    ]


def _csv(tmp_path: Path, text: str, encoding: str = "gb18030") -> reading.Source:
    path = tmp_path / "points"
    path.write_bytes(text.encode(encoding))
    return reading.read(path, "界址点.csv", {})


def test_table_of_corner_points(tmp_path: Path) -> None:
    text = _table(
        [
            *_corners("P1", 0, 35e6),
            *_corners("P2", 1, 35e6, closed=False),
            ("P3", "J1", "abc", "1"),
            ("P3", "J2", "1", "2"),
        ]
    )
    source = _csv(tmp_path, text)
    assert [(one.row, one.code) for one in source.features] == [(2, "P1"), (7, "P2"), (11, "P3")]
    assert not source.features[0].fault
    assert "没有闭合" in source.features[1].fault and "第 11 行" in source.features[2].fault
    placed = place(source, 0, False, HERE)
    assert not placed.fault and placed.system is not None and placed.system.epsg == 4513 + 35 - 25
    assert source.features[0].shape.equals_exact(degrees(square(0)), 1e-7)


def test_wrong_number_of_the_zone_is_told_with_the_right_one(tmp_path: Path) -> None:
    placed = place(_csv(tmp_path, _table(_corners("P1", 0, 36e6))), 0, False, HERE)
    assert "带号可能有误" in placed.fault and "第 35 带" in placed.fault


def test_eastings_without_number_ask_for_the_zone(tmp_path: Path) -> None:
    text = _table(_corners("P1", 0))
    placed = place(_csv(tmp_path, text), 0, False, HERE)
    assert "没有带号" in placed.fault and placed.offered[0].meridian == 105
    assert not place(_csv(tmp_path, text), GRID, False, HERE).fault
    assert "带号可能有误" in place(_csv(tmp_path, text), GRID + 1, False, HERE).fault


def test_exchanged_axes_are_told_and_put_right_on_request(tmp_path: Path) -> None:
    ring = [[y, x] for x, y in degrees(square(0)).exterior.coords]
    path = tmp_path / "g"
    path.write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {"code": "P1"},
                        "geometry": {"type": "Polygon", "coordinates": [ring]},
                    }
                ],
            }
        )
    )
    source = reading.read(path, "a.geojson", {})
    placed = place(source, 0, False, HERE)
    assert "经纬度颠倒" in placed.fault and source.features[0].shape.equals_exact(degrees(square(0)), 1e-9)
    assert not place(reading.read(path, "a.geojson", {}), 0, True, HERE).fault


def test_a_million_corner_points_are_refused(tmp_path: Path) -> None:
    angles = np.linspace(0, 2 * np.pi, 60_000)
    ring = np.column_stack([106 + 0.01 * np.cos(angles), 38 + 0.01 * np.sin(angles)])
    ring[-1] = ring[0]
    feature = {
        "type": "Feature",
        "properties": {"code": "P1"},
        "geometry": {"type": "Polygon", "coordinates": [ring.tolist()]},
    }
    path = tmp_path / "g"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert "60,000 个界址点" in reading.read(path, "a.geojson", {}).features[0].fault
    path.write_text("宗地代码,X,Y\n" + "P1,4200000,35500000\n" * (reading.MOST_POINTS + 1))
    with pytest.raises(InputError, match="界址点超过"):
        reading.read(path, "a.csv", {})


def test_numbers_of_no_system_are_told() -> None:
    assert guess(np.array([[1e9, 5.0]])).systems == ()
    mercator = np.array([[11_800_000.0, 4_580_000.0]])  # EPSG:3857
    assert guess(mercator).systems == ()


@pytest.mark.parametrize("epsg", sorted(SYSTEMS))
def test_every_system_is_known_again_by_its_text(epsg: int) -> None:
    import pyproj

    assert epsg_of(pyproj.CRS(epsg).to_wkt("WKT1_ESRI")) == epsg
    if epsg != 4490:
        middle = np.array([[SYSTEMS[epsg].meridian + 0.5, 38.0]])
        there = pyproj.Transformer.from_crs(4490, epsg, always_xy=True).transform(*middle[0])
        assert np.allclose(to_degrees(epsg, np.array([there])), middle, atol=1e-9)
