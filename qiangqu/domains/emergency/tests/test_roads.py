"""Road networks: read from files of all kinds, refused where they are wrong, and the fastest ways on them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from qiangqu.base.errors import InputError
from qiangqu.domains.emergency.commands import roads
from qiangqu.domains.emergency.models import RoadNetwork
from qiangqu.domains.emergency.roads.graph import Approach, built, metres, unpacked
from qiangqu.domains.emergency.roads.reading import read
from qiangqu.domains.emergency.roads.travel import assumptions, graph_of, travel

from .conftest import line, network

NEAR = Approach(1.0, 60.0, 5000.0)  # a kilometre a minute, straight


def grid(side: int, step: float = 0.01, speed: float = 60.0) -> list[Any]:
    """Streets every ``step`` degrees, both ways."""
    at = [106.0 + step * n for n in range(side)]
    up = [38.0 + step * n for n in range(side)]
    rows = [line(*[(x, y) for x in at], speed=speed) for y in up]
    return rows + [line(*[(x, y) for y in up], speed=speed) for x in at]


def test_the_fastest_way_is_taken_not_the_shortest() -> None:
    slow = line((106.0, 38.0), (106.1, 38.0), speed=10)
    fast = line((106.0, 38.0), (106.05, 38.02), (106.1, 38.0), speed=100)
    graph = built([slow, fast])
    ends = np.array([[106.0, 38.0], [106.1, 38.0]])
    length = metres(np.array([[106.0, 38.0], [106.05, 38.02]]), np.array([[106.05, 38.02], [106.1, 38.0]])).sum()
    found = graph.times(ends[:1], ends[1:], NEAR)[0, 0]
    assert found == pytest.approx(length / 1000 / 100 * 60, rel=1e-3)


def test_a_grid_agrees_with_the_sum_of_its_sides() -> None:
    graph = built(grid(6))
    a, b = np.array([[106.0, 38.0]]), np.array([[106.05, 38.03], [106.02, 38.05]])
    found = graph.times(a, b, NEAR)[0]
    for minutes, (lon, lat) in zip(found, b, strict=True):
        east = metres(np.array([[106.0, lat]]), np.array([[lon, lat]]))[0]
        north = metres(np.array([[106.0, 38.0]]), np.array([[106.0, lat]]))[0]
        assert minutes == pytest.approx((east + north) / 1000, rel=2e-3)
    # from many to one and from one to many are the same table, turned
    many = np.random.default_rng(1).uniform((106.0, 38.0), (106.05, 38.05), (40, 2))
    assert np.allclose(graph.times(many, b, NEAR), graph.times(b, many, NEAR).T)


def test_one_way_streets_lead_one_way() -> None:
    graph = built([line((106.0, 38.0), (106.01, 38.0), way=1)])
    a, b = np.array([[106.0, 38.0]]), np.array([[106.01, 38.0]])
    assert np.isfinite(graph.times(a, b, NEAR)[0, 0]) and np.isinf(graph.times(b, a, NEAR)[0, 0])
    turned = built([line((106.0, 38.0), (106.01, 38.0), way=-1)])
    assert np.isinf(turned.times(a, b, NEAR)[0, 0]) and np.isfinite(turned.times(b, a, NEAR)[0, 0])


def test_crossing_lines_without_a_common_corner_are_a_bridge_and_parts_are_counted() -> None:
    graph = built([line((106.0, 38.0), (106.0, 38.001)), line((105.999, 38.0005), (106.001, 38.0005))])
    assert graph.part.max() == 1
    a, b = np.array([[106.0, 38.001]]), np.array([[106.001, 38.0005]])
    assert np.isinf(graph.times(a, b, NEAR)[0, 0])
    joined = built([line((106.0, 38.0), (106.0, 38.001)), line((106.0, 38.001), (106.001, 38.0005))])
    assert joined.part.max() == 0 and np.isfinite(joined.times(a, b, NEAR)[0, 0])


def test_a_place_far_from_any_road_is_not_reached() -> None:
    graph = built([line((106.0, 38.0), (106.1, 38.0))])
    away = np.array([[106.05, 38.06], [106.05, 38.04]])  # 6.7 km and 4.4 km from the road
    found = graph.times(np.array([[106.0, 38.0]]), away, NEAR)[0]
    assert np.isinf(found[0]) and np.isfinite(found[1])


def test_a_graph_comes_back_from_its_bytes() -> None:
    graph = built(grid(4))
    again = unpacked(graph.packed())
    a, b = np.array([[106.0, 38.0]]), np.array([[106.03, 38.03]])
    assert again.times(a, b, NEAR)[0, 0] == pytest.approx(graph.times(a, b, NEAR)[0, 0], rel=1e-5)


def geojson(path: Path, features: list[Any], crs: str = "") -> Path:
    said: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": geometry} for geometry, properties in features
        ],
    }
    if crs:
        said["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(said), encoding="utf-8")
    return path


def way(*points: Any) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": points}


def test_geojson_with_classes_limits_and_what_is_no_road(tmp_path: Path) -> None:
    file = geojson(
        tmp_path / "roads.geojson",
        [
            (way([106.0, 38.0], [106.1, 38.0]), {"highway": "motorway", "oneway": "yes"}),
            (way([106.1, 38.0], [106.2, 38.0]), {"highway": "primary", "maxspeed": "30"}),
            (way([106.2, 38.0], [106.3, 38.0]), {"highway": "?"}),
            (way([106.2, 38.0], [106.3, 38.1]), {"highway": "footway"}),
            ({"type": "Point", "coordinates": [106.0, 38.0]}, {"highway": "primary"}),
        ],
    )
    found = read(file)
    assert (found.roads, found.passed_over, found.unknown, found.broken) == (3, 1, 1, 1)
    assert found.kilometres == pytest.approx(26.3, abs=0.1)
    ends = np.array([[106.0, 38.0], [106.1, 38.0], [106.2, 38.0]])
    times = found.graph.times(ends[:1], ends, NEAR)[0]
    assert times[1] == pytest.approx(8.762 / 90 * 60, rel=1e-2)
    assert times[2] - times[1] == pytest.approx(8.762 / 30 * 60, rel=1e-2)


def test_a_projected_geopackage_is_put_into_degrees(tmp_path: Path) -> None:
    import pyogrio
    import pyproj
    import shapely

    turn = pyproj.Transformer.from_crs(4490, 4544, always_xy=True)
    east, north = turn.transform([106.0, 106.1], [38.0, 38.0])
    shape = shapely.to_wkb(shapely.linestrings(np.column_stack([east, north])))
    file = tmp_path / "roads.gpkg"
    pyogrio.raw.write(
        file,
        np.array([shape], object),
        [np.array(["国道"], object)],
        np.array(["等级"]),
        crs="EPSG:4544",
        geometry_type="LineString",
    )
    assert read(file).graph.points[:, 0].max() == pytest.approx(106.1, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "from_lon"),
        ("from_lon,from_lat,to_lon,to_lat\n38.0,106.0,38.1,106.0\n", "颠倒"),
        ("from_lon,from_lat,to_lon,to_lat\nnan,38,106,38\n", "没有道路"),
        ("from_lon,from_lat,to_lon,to_lat\n36500000,4250000,36500100,4250000\n", "投影坐标"),
        (
            "from_lon,from_lat,to_lon,to_lat\n106,38,106.1,38\n106,38,0,0\n106,38,106.1,38\n106,38,106.1,38\n",
            "不在中国",
        ),
        ("", "from_lon"),
    ],
)
def test_a_wrong_csv_is_refused_with_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "roads.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read(file)


def test_what_is_no_file_of_lines_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.gpkg").write_bytes(b"not a database" * 50)
    with pytest.raises(InputError, match="读不出"):
        read(tmp_path / "x.gpkg")
    with pytest.raises(InputError, match="没有这个文件"):
        read(tmp_path / "none.geojson")
    with pytest.raises(InputError, match="没有道路"):
        read(geojson(tmp_path / "p.geojson", [({"type": "Point", "coordinates": [106, 38]}, {})]))


@pytest.mark.django_db
def test_the_command_loads_lists_and_retires(tmp_path: Path) -> None:
    graph_of.cache_clear()
    file = tmp_path / "路网.csv"
    file.write_text(
        "起点经度,起点纬度,终点经度,终点纬度,道路等级\n106.0,38.0,106.1,38.0,G6\n107.0,38.0,107.1,38.0,县道\n",
        encoding="gb18030",
    )
    assert "直线" in travel().basis
    said = CliRunner().invoke(roads, ["load", str(file)], catch_exceptions=False)
    assert said.exit_code == 0 and "道路 2 条" in said.output and "互不连通的 2 部分" in said.output
    assert RoadNetwork.objects.get().parts == 2 and "路网" in travel().basis
    assert "在用\t路网" in CliRunner().invoke(roads, ["list"]).output
    found = travel().minutes(np.array([[106.0, 38.0]]), np.array([[106.1, 38.0], [107.0, 38.0]]))[0]
    assert found[0] == pytest.approx(8.762 / 90 * 60, rel=1e-2) and np.isinf(found[1])
    assert "已停用" in CliRunner().invoke(roads, ["retire"]).output
    assert "直线" in travel().basis
    assert CliRunner().invoke(roads, ["retire"]).exit_code != 0


@pytest.mark.django_db
def test_straight_times_rest_on_the_stated_factor(world: dict[str, Any]) -> None:
    said = assumptions()["straight"]
    found = travel().minutes(np.array([[106.0, 38.0]]), np.array([[106.0, 39.0]]))[0, 0]
    assert found == pytest.approx(111.195 * said["factor"] / said["speed"] * 60, rel=1e-3)
    network(*grid(3))
    assert "试验路网" in travel().basis
