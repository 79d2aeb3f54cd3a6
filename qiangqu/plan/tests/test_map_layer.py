"""A layer of approved boundaries in the place of the sketch: served by the node, labelled, refused when it is wrong."""

import json
import re

import pytest
from click.testing import CliRunner

from qiangqu.base.errors import InputError
from qiangqu.registry.commands import map_group
from qiangqu.registry.models import Area, AuditEntry
from qiangqu.ui.maps import layer_of, outline_note, outline_url, read_layer

SQUARE = [[106.0, 38.0], [107.0, 38.0], [107.0, 39.0], [106.0, 39.0], [106.0, 38.0]]


def collection(names, ring=SQUARE, kind="Polygon", field="name") -> dict:
    features = [
        {"type": "Feature", "properties": {field: name, "more": 1}, "geometry": {"type": kind, "coordinates": [ring]}}
        for name in names
    ]
    return {"type": "FeatureCollection", "features": features}


@pytest.fixture
def province(full, settings, tmp_path):
    """The tiny region with real codes, and a folder of its own for what is loaded."""
    settings.MEDIA_ROOT = tmp_path / "media"
    for area in Area.objects.all():
        code, path = (text.replace("99", "64") for text in (area.code, area.path))
        Area.objects.filter(pk=area.pk).update(code=code, path=path)
    return Area.objects.get(code="640000")


def load(tmp_path, data, *more):
    path = tmp_path / "given.geojson"
    path.write_text(json.dumps(data) if isinstance(data, dict) else data, encoding="utf-8")
    return CliRunner().invoke(
        map_group, ["load", str(path), "--area", "640000", "--approval", "宁S(2031)1号", "--source", "测绘院", *more]
    )


def city_names():
    return list(Area.objects.filter(code__in=("640100", "640200")).values_list("name", flat=True))


@pytest.mark.django_db
def test_it_takes_the_place_of_the_sketch_and_back(province, tmp_path, client, people) -> None:
    sketch = outline_url("640000")
    assert "vendor/maps" in sketch and outline_note("640000") == "示意图"
    answer = load(tmp_path, collection(city_names()))
    assert answer.exit_code == 0, answer.output
    address = outline_url("640100")
    assert address.startswith("/maps/64/") and outline_note("640000") == "审图号：宁S(2031)1号　测绘院"
    assert client.get(address).status_code == 302, "strangers get nothing"
    client.force_login(people["planner"])
    served = client.get(address)
    assert [one["properties"] for one in served.json()["features"]] == [{"name": name} for name in city_names()]
    assert "immutable" in served["Cache-Control"]
    assert client.get(address.replace("64", "65", 1)).status_code == 404
    assert client.get("/maps/../settings.json").status_code == 404
    entry = AuditEntry.objects.get(action="map_loaded")
    assert entry.detail["approval"] == "宁S(2031)1号" and entry.area_path == province.path
    assert CliRunner().invoke(map_group, ["remove", "--area", "640000"]).exit_code == 0
    assert outline_url("640000") == sketch and client.get(address).status_code == 404


@pytest.mark.django_db
def test_the_wall_draws_from_the_node_alone(province, tmp_path, client, people) -> None:
    assert load(tmp_path, collection(city_names())).exit_code == 0
    client.force_login(people["planner"])
    page = client.get("/cockpit").content.decode()
    assert (
        outline_url("640000") in page
        and "审图号：宁S(2031)1号" in page
        and "示意图" not in page.split("</figcaption>")[0]
    )
    elsewhere = re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]+', page)
    assert elsewhere == [], "no address of another host on the wall screen"


@pytest.mark.django_db
def test_a_layer_without_a_city_is_refused(province, tmp_path) -> None:
    answer = load(tmp_path, collection(city_names()[:1]))
    assert isinstance(answer.exception, InputError) and city_names()[1] in answer.exception.message
    assert layer_of("640000") is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff\xfe", "不是 UTF-8"),
        (b"[]", "不是 UTF-8"),
        (b'{"features": []}', "个要素"),
        (json.dumps(collection(["甲"], [[4_200_000.0, 500_000.0]] * 4)).encode(), "EPSG:4490"),
        (json.dumps(collection(["甲"], SQUARE[:-1])).encode(), "没有闭合"),
        (json.dumps(collection(["甲"], field="NAME")).encode(), "属性的面"),
        (json.dumps(collection(["甲"], SQUARE, "LineString")).encode(), "属性的面"),
        (json.dumps(collection([None])).encode(), "属性的面"),
        (b'{"features": [1]}', "属性的面"),
        (b"[" * 100_000, "不是 UTF-8"),
    ],
)
def test_what_is_no_layer_is_refused_in_a_sentence(data, words) -> None:
    with pytest.raises(InputError, match=words):
        read_layer(data)
