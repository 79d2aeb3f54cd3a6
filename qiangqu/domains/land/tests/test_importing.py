"""From a file with faults to stored outlines, a split, and the map as it was."""

import datetime as dt
import json
from typing import Any

import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from qiangqu.domains.land.models import Boundary, BoundaryImport, Descent
from qiangqu.domains.land.outlines import on_day
from qiangqu.domains.land.tiles import tile
from qiangqu.registry.models import AuditEntry, Parcel

from .conftest import BORN, MU, degrees, square

DAY = dt.date(2026, 3, 1)


def enter(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def geojson(*features: tuple[str, Any], **more: dict[str, Any]) -> bytes:
    return json.dumps({
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"宗地代码": code, **more.get(code, {})}, "geometry": json.loads(shapely.to_geojson(degrees(shape)))}
            for code, shape in features
        ],
    }).encode()  # fmt: skip


def bring(land: dict[str, Any], data: bytes, who: str = "zone", name: str = "界址.geojson", **settings: Any) -> Any:
    fields = {
        "area": land["areas"]["Z1"].pk,
        "kind": "parcel",
        "day": str(DAY),
        "reason": "勘测〔2026〕1号",
        **settings,
    }
    return enter(land["people"][who]).post(
        reverse("boundary-import-new"), fields | {"file": SimpleUploadedFile(name, data)}
    )


def sentences(one: BoundaryImport) -> list[tuple[str, str]]:
    return [(fault["code"], fault["sentence"]) for fault in one.found["faults"]]


BOW = shapely.Polygon([(x, y) for x, y in [square(2).exterior.coords[at] for at in (0, 2, 1, 3, 0)]])


def test_faults_are_named_and_what_is_good_is_stored(land: dict[str, Any]) -> None:
    data = geojson(
        ("P1", square(0, side=203)), ("P2", square(1.05)), ("P3", square(2.05)), ("P8", square(5)), ("P2", square(6))
    )
    answer = bring(land, data)
    one = BoundaryImport.objects.get()
    assert answer.url == reverse("boundary-import", args=[one.pk])
    assert (one.features, one.rejected) == (5, 3)
    told = sentences(one)
    assert any(code == "P1" and "面积" in text and "+3.0 %" in text for code, text in told), told
    assert ("P8", "宗地名录中没有“P8”，或它不在本园区、当天无效") in told
    assert any("代码与第 2 个重复" in text for _code, text in told)
    assert not any(code == "P3" for code, _text in told)
    client = enter(land["people"]["zone"])
    shown = client.get(answer.url).content.decode()
    assert "第几个图形" in shown and "入库 2 个" in shown
    held = client.get(reverse("boundary-import-outlines", args=[one.pk])).json()["features"]
    assert {row["properties"]["state"] for row in held} == {"good", "error"}
    assert Boundary.objects.filter(parcel__isnull=False).count() == 2, "nothing is stored before somebody says so"
    client.post(reverse("boundary-import-act", args=[one.pk, "store"]))
    one.refresh_from_db()
    assert (one.state, one.stored, one.rejected) == ("stored", 2, 3)
    assert AuditEntry.objects.filter(action="boundary_import_stored", object_id=str(one.pk)).exists()
    new = Boundary.objects.get(parcel__code="P2", valid_to=None)
    old = Boundary.objects.get(parcel__code="P2", valid_to=DAY - dt.timedelta(days=1))
    assert new.valid_from == DAY and old.valid_from == BORN and new.file_name == one.file_name
    assert client.post(reverse("boundary-import-act", args=[one.pk, "store"])).status_code == 409


def test_overlap_with_another_owner_bow_tie_gap_and_outside(land: dict[str, Any]) -> None:
    over = BoundaryImport.objects
    bring(land, geojson(("P3", square(1.5))))
    assert any("与 P2（乙厂） 重叠 20,000" in text for _c, text in sentences(over.latest("pk")))
    bring(land, geojson(("P3", BOW)))
    assert any("自相交" in text and "°E" in text for _c, text in sentences(over.latest("pk")))
    bring(land, geojson(("P3", square(2.002))))
    latest = over.latest("pk")
    assert any("0.40 米的缝" in text for _c, text in sentences(latest)) and latest.rejected == 0, "a gap is a warning"
    bring(land, geojson(("P3", square(14.5))))
    assert any("四至范围之外" in text for _c, text in sentences(over.latest("pk")))


def test_wrong_file_is_refused_with_a_sentence(land: dict[str, Any]) -> None:
    for name, data, said in (
        ("a.exe", b"MZ", "只能上传"),
        ("a.zip", b"no", "内容与扩展名"),
        ("a.geojson", b"{}", "不是 GeoJSON"),
        ("a.csv", b"a,b\n1,2\n", "表头要有"),
    ):
        answer = bring(land, data, name=name)
        assert answer.status_code == 422 and said in answer.content.decode(), name
    assert not BoundaryImport.objects.exists()


def test_recheck_reads_the_kept_file_anew_and_dropping_stores_nothing(land: dict[str, Any]) -> None:
    ring = [[y, x] for x, y in degrees(square(2)).exterior.coords]
    data = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"no": "P3"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        ],
    }
    bring(land, json.dumps(data).encode())
    one = BoundaryImport.objects.get()
    assert "颠倒" in one.found["fault"] and one.rejected == 1
    client = enter(land["people"]["zone"])
    assert client.post(reverse("boundary-import-act", args=[one.pk, "store"])).status_code == 409
    client.post(reverse("boundary-import-act", args=[one.pk, "recheck"]), {"turned": "1", "code": "no"})
    one.refresh_from_db()
    assert (one.found["fault"], one.rejected) == ("", 0)
    client.post(reverse("boundary-import-act", args=[one.pk, "drop"]))
    one.refresh_from_db()
    assert one.state == "dropped" and not Boundary.objects.filter(parcel__code="P3").exists()


def test_a_split_keeps_its_history(land: dict[str, Any]) -> None:
    left = shapely.box(*square(0).bounds[:2], square(0).bounds[0] + 100, square(0).bounds[3])
    right = shapely.box(square(0).bounds[0] + 100, *square(0).bounds[1:])
    more = {"原宗地代码": "P1", "用途": "工业用地", "面积（亩）": round(MU / 2, 2)}
    bring(land, geojson(("P1-1", left), ("P1-2", right), **{"P1-1": more, "P1-2": more}), create="on")
    one = BoundaryImport.objects.get()
    assert one.rejected == 0, sentences(one)
    client = enter(land["people"]["zone"])
    client.post(reverse("boundary-import-act", args=[one.pk, "store"]))
    assert Parcel.objects.get(code="P1").valid_to == DAY - dt.timedelta(days=1)
    assert sorted(Descent.objects.values_list("parent__code", "child__code")) == [("P1", "P1-1"), ("P1", "P1-2")]
    parcels = Boundary.objects.filter(parcel__isnull=False)
    before, after = (
        sorted(on_day(parcels, day).values_list("parcel__code", flat=True)) for day in (DAY - dt.timedelta(days=1), DAY)
    )
    assert (before, after) == (["P1", "P2"], ["P1-1", "P1-2", "P2"])
    shown = client.get(reverse("land-parcel", args=[Parcel.objects.get(code="P1-1").pk])).content.decode()
    assert "来自" in shown
    bring(
        land,
        geojson(("P2-1", square(1, side=100)), **{"P2-1": {**more, "原宗地代码": "P2", "面积（亩）": 15}}),
        create="on",
    )
    assert any("前后面积不等" in text for _c, text in sentences(BoundaryImport.objects.latest("pk")))


def test_who_sees_and_who_may(land: dict[str, Any]) -> None:
    bring(land, geojson(("P3", square(2))))
    one = BoundaryImport.objects.get()
    for who, status in (("neighbour", 404), ("leader", 403), ("owner", 403), ("city", 200)):
        assert enter(land["people"][who]).get(reverse("boundary-import", args=[one.pk])).status_code == status, who
    pk = land["parcels"]["P2"].pk
    assert enter(land["people"]["neighbour"]).get(reverse("land-parcel", args=[pk])).status_code == 404
    assert enter(land["people"]["owner"]).get(reverse("land-parcel", args=[pk])).status_code == 404
    own = enter(land["people"]["owner"]).get(reverse("land-parcel-around", args=[land["parcels"]["P1"].pk])).json()
    assert [row["properties"]["code"] for row in own["features"]] == ["P1"], "a neighbour's outline is his"
    other = bring(land, geojson(("P9", square(2))))
    assert other.status_code == 302 and any("P9" in text for _c, text in sentences(BoundaryImport.objects.latest("pk")))


def test_tiles_hold_what_one_sees_as_of_the_day(land: dict[str, Any], tmp_path: Any) -> None:
    import pyogrio

    place = (14, 13016, 6319)
    x = int((106.0 + 180) / 360 * 2**14)

    def codes(who: str, day: dt.date) -> set[str]:
        found: set[str] = set()
        for y in range(6280, 6360):
            data = tile(land["people"][who], 14, x, y, day, True)
            if data:
                path = tmp_path / "t.mvt"
                path.write_bytes(data)
                layers = {str(name) for name, _kind in pyogrio.list_layers(path)}
                if "parcels" in layers:
                    meta, _fids, shapes, columns = pyogrio.raw.read(path, layer="parcels")
                    assert shapely.is_valid(shapely.from_wkb(shapes)).all()
                    found |= set(columns[list(meta["fields"]).index("code")])
        return found

    def names(zoom: int) -> list[str]:
        many, found = 1 << zoom, list[str]()
        x0, y0 = int((106.0 + 180) / 360 * many), 6319 << (zoom - 14)
        for x, y in [(x0 + dx, y0 + dy) for dx in range(-2, 4) for dy in range(-8, 12)]:
            path = tmp_path / "n.mvt"
            path.write_bytes(tile(land["people"]["zone"], zoom, x, y, DAY, False))
            if path.stat().st_size and "names" in {str(name) for name, _kind in pyogrio.list_layers(path)}:
                meta, _fids, _shapes, columns = pyogrio.raw.read(path, layer="names")
                found += list(columns[list(meta["fields"]).index("name")])
        return sorted(found)

    assert names(17) == ["乙厂", "甲厂"], "cut into several tiles, a parcel has its name once"
    assert place and codes("zone", DAY) == {"P1", "P2"}
    assert codes("owner", DAY) == {"P1"} and codes("neighbour", DAY) == set()
    assert codes("zone", BORN - dt.timedelta(days=1)) == set()
    client = enter(land["people"]["zone"])
    assert client.get("/land/tiles/30/0/0").status_code == 422
    colours = client.get(reverse("land-colours"), {"by": "status"}).json()
    assert colours["of"][str(land["parcels"]["P1"].pk)][1] == "已建成"
    assert client.get(reverse("land-colours"), {"by": "password"}).status_code == 422


def test_drawing_is_checked_on_the_server(land: dict[str, Any]) -> None:
    client, one = enter(land["people"]["zone"]), land["parcels"]["P3"]
    address = reverse("land-parcel-act", args=[one.pk, "draw"])

    def send(shape: Any, **more: Any) -> Any:
        return client.post(
            address, {"geometry": shapely.to_geojson(degrees(shape)), "reason": "现场核实", "day": str(DAY), **more}
        )

    assert "自相交" in send(BOW).content.decode()
    assert "重叠" in send(square(1.5)).content.decode()
    assert "请写明依据" in send(square(2), reason=" ").content.decode()
    assert client.post(address, {"geometry": "{", "reason": "x"}).status_code == 422
    assert not Boundary.objects.filter(parcel=one).exists()
    assert send(square(2)).status_code == 302
    assert send(square(2.0005)).status_code == 302  # corrected on the same day
    rows = Boundary.objects.filter(parcel=one)
    assert rows.count() == 2 and rows.filter(withdrawn_at=None).count() == 1
    assert enter(land["people"]["leader"]).post(address, {}).status_code == 403
    assert client.get("/api/v1/land/outlines").json()["features"][0]["properties"]["code"] == "P1"
