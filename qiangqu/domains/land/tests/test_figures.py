"""Figures per mu by parcel, enterprise, industry and zone, and which parcels close the gap to the plan."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from qiangqu.base.periods import year
from qiangqu.domains.land import figures
from qiangqu.domains.land.models import Clue
from qiangqu.domains.land.potential import PerMu, measures
from qiangqu.formulas.models import Indicator, IndicatorValue
from qiangqu.plan.models import Plan, Target
from qiangqu.registry.models import Parcel

from .conftest import BORN, MU

DAY = dt.date(2026, 6, 30)
OUTPUT = measures()["output"]


@pytest.fixture
def scene(land: dict[str, Any]) -> dict[str, Any]:
    zone, one, other = land["areas"]["Z1"], land["one"], land["other"]
    Parcel.objects.create(
        code="P4", area=zone, holder=one, land_area=3 * round(MU, 3), use="工业用地", status="built", valid_from=BORN
    )
    Parcel.objects.filter(code="P3").update(status="planned")
    known = PerMu({one.pk: 100.0, other.pk: 40.0}, {zone.pk: 90.0}, "2025", {zone.pk: 100.0}, frozenset({one.pk}))
    return land | {"zone": zone, "known": known, "land": figures.land_in(land["people"]["zone"], zone, DAY)}


def test_parcels_have_their_holders_figure_and_enterprises_the_figure_over_all_their_land(
    scene: dict[str, Any],
) -> None:
    lines = {one.name: one for one in figures.by_parcel(OUTPUT, scene["known"], scene["land"])}
    assert {name: one.value for name, one in lines.items()} == {"P1": 100, "P2": 40, "P4": 100}, "P3 has no holder"
    assert "record=" in lines["P1"].url and lines["P1"].simulated and not lines["P2"].simulated
    whole = {one.name: one for one in figures.by_enterprise(OUTPUT, scene["known"], scene["land"])}
    assert (whole["甲厂"].many, round(whole["甲厂"].mu)) == (2, round(4 * MU))
    assert whole["甲厂"].amount == pytest.approx(400 * MU, rel=1e-4)
    assert figures.by_industry(OUTPUT, scene["known"], scene["land"]) == [], "nobody has a sector"


def test_of_parcels_own_figure_the_enterprises_is_weighted_by_land(scene: dict[str, Any]) -> None:
    by_code = {one.code: one.pk for one in scene["land"]}
    known = PerMu({by_code["P1"]: 400.0, by_code["P4"]: 200.0}, {}, "2025")
    (line,) = figures.by_enterprise(measures()["investment"], known, scene["land"])
    assert line.value == pytest.approx(250)


@pytest.fixture
def values(scene: dict[str, Any]) -> Indicator:
    one = Indicator.objects.create(code=OUTPUT.zone, name="亩均产值", unit="万元/亩", formula="official(gdp)")
    IndicatorValue.objects.bulk_create(
        IndicatorValue(indicator=one, area=scene["zone"], period_key=year(when).key, value=value)
        for when, value in ((2022, 75.0), (2025, 88.0))
    )
    return one


def gap(scene: dict[str, Any], monkeypatch: pytest.MonkeyPatch, own: bool = True, percent: float | None = 20) -> Any:
    root = scene["areas"]["R"]
    plan = Plan.objects.create(code="P", name="计划", area=root, base_year=2022, start_year=2023, target_year=2027)
    target = Target.objects.create(
        plan=plan,
        code="T",
        name="亩均产值提高",
        indicator_code=OUTPUT.change,
        year=2027,
        kind="change",
        base_year=2022,
        unit="%",
    )

    def status(day: dt.date, area: Any, plan: Any) -> list[Any]:
        asked = percent if own or area == root else None
        return [SimpleNamespace(indicator_code=OUTPUT.change, target=asked, target_id=target.pk)]

    monkeypatch.setattr(figures, "status", status)
    return figures.gap_of(OUTPUT, scene["zone"], scene["land"], scene["people"]["zone"], DAY)


def test_the_gap_to_the_plan_and_the_parcels_that_close_it(
    scene: dict[str, Any], values: Indicator, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = gap(scene, monkeypatch)
    assert (found.present, found.wanted, found.own, found.target) == (88, pytest.approx(90), True, "T")
    assert found.mu == pytest.approx(5 * MU, rel=1e-4) and found.short == pytest.approx(10 * MU, rel=1e-4)
    rows = figures.steps(found, scene["known"], scene["land"])
    # P2 makes 40 of 90; P3, new land at 90, only carries itself; P1 and P4 stand above
    assert [(row.parcel.code, row.why) for row in rows] == [("P2", "低于园区水平")]
    assert rows[0].more == pytest.approx(50 * MU, rel=1e-4) and rows[0].share == pytest.approx(500, rel=1e-4)
    assert rows[0].level == pytest.approx(98, rel=1e-4)
    upper = figures.steps(found, scene["known"], scene["land"], upper=True)
    assert [row.parcel.code for row in upper] == ["P2", "P3"]
    # P3 brings 100 a mu and takes a mu: 10 of it close the gap
    assert upper[1].more == pytest.approx(100 * MU, rel=1e-4) and upper[1].closes == pytest.approx(10 * MU, rel=1e-4)
    assert upper[1].level == pytest.approx((88 * 5 + 60 + 100) / 6, rel=1e-4)


def test_an_idle_parcel_brings_nothing_now_whatever_its_holder_makes(
    scene: dict[str, Any], values: Indicator, monkeypatch: pytest.MonkeyPatch
) -> None:
    clue = Clue.objects.create(parcel=Parcel.objects.get(code="P1"), rule="not_started", found_on=DAY)
    rows = {row.parcel.code: row for row in figures.steps(gap(scene, monkeypatch), scene["known"], scene["land"])}
    assert (rows["P1"].clue, rows["P1"].present) == (clue.pk, 0.0)
    assert rows["P1"].more == pytest.approx(90 * MU, rel=1e-4)


def test_where_the_plan_says_nothing_it_is_told(
    scene: dict[str, Any], values: Indicator, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = gap(scene, monkeypatch, own=False)
    assert not found.own and found.wanted == pytest.approx(90)
    IndicatorValue.objects.filter(period_key=year(2022).key).delete()
    without = figures.gap_of(OUTPUT, scene["zone"], scene["land"], scene["people"]["zone"], DAY)
    assert without is not None and without.wanted is None and "2022" in without.why and without.short == 0
    Plan.objects.all().delete()
    none = figures.gap_of(OUTPUT, scene["zone"], scene["land"], scene["people"]["zone"], DAY)
    assert none is not None and none.why


def test_the_pages_show_what_the_user_sees(scene: dict[str, Any], values: Indicator) -> None:
    client = Client()
    client.force_login(scene["people"]["zone"])
    shown = client.get(reverse("land-per-mu")).content.decode()
    assert "东一开发区" in shown and "88.0" in shown and f"{OUTPUT.zone}/explain?area=Z1" in shown
    for tab in ("industry", "enterprise", "parcel"):
        assert client.get(reverse("land-per-mu"), {"list": tab, "measure": "tax"}).status_code == 200
    assert "88.0" in client.get(reverse("land-gap")).content.decode()
    assert client.get(reverse("land-gap"), {"measure": "nothing", "to": "upper"}).status_code == 200
    client.force_login(scene["people"]["neighbour"])
    assert "东一开发区" not in client.get(reverse("land-per-mu")).content.decode()
    client.force_login(scene["people"]["owner"])
    assert client.get(reverse("land-gap")).status_code == 403
