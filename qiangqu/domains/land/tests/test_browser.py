"""In a real browser: a file of parcels with three faults is read on the map, and an idle parcel is found on the map and
taken to a decision.
"""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.urls import reverse
from django.utils import timezone

from qiangqu.domains.land import idle
from qiangqu.domains.land.models import BoundaryImport, Clue, LandContract
from qiangqu.registry.models import Parcel
from qiangqu.ui.tests.browser import needs_browser

from .conftest import MU, SIDE, degrees, square

pytestmark = [pytest.mark.browser, needs_browser, pytest.mark.django_db(transaction=True)]
READY = "document.querySelector('[data-map]').map"


def feature(code: str, shape: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"宗地代码": code, "面积（亩）": round(MU, 2), "用途": "工业用地"},
        "geometry": json.loads(shapely.to_geojson(degrees(shape))),
    }


def file_with_three_faults(folder: Path) -> Path:
    """A bow-tie, one that lies over its neighbour, one beyond the zone; and one that is good."""
    x, y = (float(one) for one in shapely.get_coordinates(square(2))[2])
    x, y = round(x, 3), round(y, 3)
    bow = shapely.Polygon([(x, y), (x + SIDE, y + SIDE), (x + SIDE, y), (x, y + SIDE)])
    found = [
        feature("P3", bow),
        feature("N1", square(1.5)),
        feature("N2", square(40)),
        feature("N3", square(0, 2)),
    ]
    path = folder / "宗地.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": found}), "utf-8")
    return path


def said_by_page(opened: Any) -> list[str]:
    """What the page complained of; what the drawing library's driver says of its own speed is none of it."""
    return [one for one in opened.complaints if "GL Driver Message" not in one]


def until(page: Any, expression: str) -> None:
    """Wait until an expression of the page holds (the page's own rules forbid what Playwright would do)."""
    ask = f"async () => {{ for (const end = Date.now() + 120000; Date.now() < end; await new Promise(requestAnimationFrame)) if ({expression}) return true; return false; }}"
    assert page.evaluate(ask), expression


def shown_on_map(page: Any, layer: str) -> list[dict[str, Any]]:
    """What a layer of the page's map shows: properties and where on the screen."""
    until(
        page,
        f"{READY} && {READY}.getLayer('{layer}') && {READY}.queryRenderedFeatures({{layers: ['{layer}']}}).length > 0",
    )
    found = page.evaluate(
        f"""() => {{ const map = {READY}, seen = {{}};
        for (const one of map.queryRenderedFeatures({{layers: ['{layer}']}})) {{
          const at = one.geometry.type === 'Point' ? map.project(one.geometry.coordinates) : null;
          seen[JSON.stringify([one.properties, one.geometry.type])] = {{properties: one.properties, at}};
        }} return Object.values(seen); }}"""
    )
    return list(found)


def test_three_faults_of_a_file_are_read_on_the_map(visit: Any, land: dict[str, Any], tmp_path: Path) -> None:
    opened = visit(land["people"]["zone"], reverse("boundary-import-new"))
    page = opened.page
    page.set_input_files("#file", str(file_with_three_faults(tmp_path)))
    page.check("#id_create")
    page.click("text=检查 >> nth=-1")
    page.wait_for_selector(".qq-map canvas")
    one = BoundaryImport.objects.get()
    assert (one.features, one.rejected) == (4, 3)
    table = page.inner_text("table")
    faults = shown_on_map(page, "file-faults")
    told = {fault["properties"]["code"]: fault["properties"]["sentence"] for fault in faults}
    assert set(told) == {"P3", "N1", "N2"}
    assert "自相交" in told["P3"] and "重叠" in told["N1"] and all(sentence in table for sentence in told.values())
    frame = page.locator(".qq-map").bounding_box()
    for fault in faults:
        page.mouse.click(frame["x"] + fault["at"]["x"], frame["y"] + fault["at"]["y"])
        popup = page.locator(".maplibregl-popup").last
        popup.wait_for()
        assert fault["properties"]["sentence"] in popup.inner_text()
        page.keyboard.press("Escape")
        page.evaluate("document.querySelectorAll('.maplibregl-popup').forEach((one) => one.remove())")
    states = {one["properties"]["code"]: one["properties"]["state"] for one in shown_on_map(page, "file-edges")}
    assert states == {"P3": "error", "N1": "error", "N2": "error", "N3": "good"}
    page.click("text=入库 1 个")
    page.wait_for_load_state()
    assert Parcel.objects.filter(code="N3").exists() and not Parcel.objects.filter(code="N1").exists()
    assert said_by_page(opened) == [] and opened.too_wide() == {}


def test_an_idle_parcel_is_found_on_the_map_and_taken_to_a_decision(visit: Any, land: dict[str, Any]) -> None:
    today = timezone.localdate()
    LandContract.objects.create(
        number="HT-2",
        parcel=land["parcels"]["P2"],
        start_by=today - dt.timedelta(days=800),
        price=500,
        valid_from=today - dt.timedelta(days=900),
    )
    idle.refresh(today)
    opened = visit(land["people"]["zone"], reverse("land-map"))
    page = opened.page
    page.wait_for_selector(".qq-map-legend strong")
    page.fill("#land-code", "乙厂")
    page.press("#land-code", "Enter")
    until(page, f"{READY}.getZoom() > 14 && !{READY}.isMoving() && {READY}.areTilesLoaded()")
    names = [one["properties"]["name"] for one in shown_on_map(page, "codes")]
    assert sorted(names) == sorted(set(names)) and "乙厂" in names, "each name once"
    frame = page.locator(".qq-map").bounding_box()
    page.mouse.click(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    page.click(".maplibregl-popup a")
    page.wait_for_url("**/land/parcels/*/")
    page.click("text=超过约定开工日期一年未动工")
    page.wait_for_url("**/land/clues/*/")
    assert "没有登记" in page.inner_text("table"), "the permit that is missing is told"
    page.fill("#investigate-document", "调〔2026〕1号")
    page.click("button:text-is('发调查通知书')")
    page.wait_for_selector("text=已发调查通知书")
    page.click("summary:text-is('认定')") if page.locator("#determine-document").is_hidden() else None
    page.fill("#determine-document", "认〔2026〕1号")
    page.select_option("#determine-cause", "holder")
    page.click("button:text-is('认定')")
    page.wait_for_selector("text=已认定")
    clue = Clue.objects.get()
    assert (clue.state, clue.cause, Parcel.objects.get(code="P2").status) == ("determined", "holder", "idle")
    assert said_by_page(opened) == [] and opened.too_wide() == {}
