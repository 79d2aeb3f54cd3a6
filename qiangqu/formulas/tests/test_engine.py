import datetime as dt

import pytest

from qiangqu.facts.models import Source
from qiangqu.formulas.evaluate import evaluate
from qiangqu.registry.models import Organisation, Parcel, Project, ProjectKind, Recognition, RecognitionKind

from .world import TODAY, World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build()


def value(world: World, formula: str, area: str, period: str, unit: str = "亿元"):
    """One value of a formula: ``(value, simulated, basis, reason)``."""
    catalog = world.catalog(x=(formula, unit))
    (found,) = evaluate(["x"], [area], [period], catalog=catalog, today=TODAY)
    return found


def number(world: World, formula: str, area: str, period: str, unit: str = "亿元"):
    return value(world, formula, area, period, unit).value


def numbers(world: World, formula: str, areas: str | tuple, periods: str | tuple, unit: str = "亿元") -> list:
    """The numbers of many areas in a period, or of many periods in an area, found at once."""
    areas, periods = [(one,) if isinstance(one, str) else one for one in (areas, periods)]
    found = evaluate(["x"], areas, periods, catalog=world.catalog(x=(formula, unit)), today=TODAY)
    by_cell = {(one.area, one.period): one.value for one in found}
    return [by_cell[area, period] for area in areas for period in periods]


def monthly(element: str, subject: str, year: int, values: list[float]) -> list[tuple]:
    return [(element, subject, f"{year}-{month:02d}", v) for month, v in enumerate(values, 1)]


def test_totals_rise_through_the_tree_and_over_time(world: World) -> None:
    world.facts(
        monthly("output", "E1", 2024, [1.0] * 12)
        + monthly("output", "E3", 2024, [2.0] * 12)
        + monthly("output", "E5", 2024, [4.0] * 12)
    )
    assert number(world, "total(output)", "Z1", "2024-05") == 1
    assert number(world, "total(output)", "C1", "2024-05") == 3
    assert number(world, "total(output)", "R", "2024-05") == 7
    assert number(world, "total(output)", "R", "2024") == 84
    assert number(world, "total(output)", "R", "2024H1") == 42
    assert number(world, "total(output)", "R", "2024Q2") == 21
    assert number(world, "total(output)", "R", "2024-01/2024-07") == 49
    assert number(world, "total(output, sector = 'metal' AND scale = 'above')", "R", "2024") == 36
    assert number(world, "total(output, industry LIKE '31%')", "R", "2024Q1") == 6
    # a sum of nothing is 0 where somebody reported, and unknown where nobody did
    assert number(world, "total(output, sector = 'food')", "Z1", "2024Q1") == 0
    assert number(world, "total(output, sector = 'food')", "C2", "2024Q1") is None


def test_year_needs_all_months(world: World) -> None:
    world.facts(monthly("output", "E1", 2024, [1.0] * 9))
    found = value(world, "total(output)", "Z1", "2024")
    assert (found.value, found.reason) == (None, "“产值上报数之和”2024年只有 9 个月的数据")
    assert number(world, "total(output)", "Z1", "2024-01/2024-09") == 9
    assert value(world, "total(output)", "Z1", "2023").reason == "缺少“产值上报数之和”2023年的数据"


def test_levels_are_those_of_the_last_month(world: World) -> None:
    world.facts(monthly("jobs", "E1", 2024, list(range(100, 112))) + monthly("jobs", "E3", 2024, [10] * 12))
    assert number(world, "total(jobs)", "C1", "2024Q1", "人") == 112
    assert number(world, "total(jobs)", "C1", "2024", "人") == 121
    assert number(world, "total(jobs)", "C1", "2024-01/2024-06", "万人") == pytest.approx(115e-4)


def test_yearly_reports_stand_beside_monthly_ones(world: World) -> None:
    world.facts(
        [("output", "E1", "2024", 100.0), ("output", "E1", "2023", 90.0), *monthly("output", "E3", 2024, [1.0] * 12)]
    )
    assert number(world, "total(output)", "Z1", "2024") == 100
    assert number(world, "total(output)", "Z2", "2024") == 12
    assert number(world, "yoy(total(output))", "Z1", "2024", "%") == pytest.approx(100 / 9)


def test_official_figures(world: World) -> None:
    old = Source.objects.create(title="初步", published_on="2024-02-01")
    new = Source.objects.create(title="年鉴", published_on="2024-10")
    world.facts([("gdp", "R", "2023", 5315.0)], source=new)
    world.facts([("gdp", "R", "2023", 5300.0)], source=old)
    world.facts(
        [("gdp", "R", "2022", 5000.0), ("gdp_growth", "R", "2023", 6.6), ("gdp_growth", "R", "2024-01/2024-06", 5.0)],
        source=old,
    )
    found = value(world, "official(gdp)", "R", "2023")
    assert (found.value, found.basis, found.simulated) == (5315, "official", False)
    assert number(world, "yoy(official(gdp))", "R", "2023", "%") == 6.6
    assert number(world, "yoy(official(gdp))", "R", "2024H1", "%") == 5.0
    assert number(world, "cagr(official(gdp), 2022)", "R", "2023", "%") == pytest.approx(6.3)
    assert number(world, "official(gdp)", "C1", "2023") is None


def test_growth_is_chained_where_only_rates_are_published(world: World) -> None:
    world.facts(
        [("gdp_growth", "R", "2023", 10.0), ("gdp_growth", "R", "2024", 21.0), ("gdp_growth", "R", "2026", 3.0)]
    )
    assert number(world, "cagr(official(gdp), 2022)", "R", "2024", "%") == pytest.approx(
        ((1.1 * 1.21) ** 0.5 - 1) * 100
    )
    found = value(world, "cagr(official(gdp), 2022)", "R", "2026", "%")
    assert (found.value, found.reason) == (None, "缺少“地区生产总值增速发布数”2025年的数据")


def test_best_prefers_official_and_falls_back(world: World) -> None:
    world.facts([("output", "E1", "2024", 7.0), ("output", "E3", "2024", 5.0)])
    world.facts([("output", "C1", "2024", 20.0)])
    assert number(world, "best(output)", "C1", "2024") == 20
    assert number(world, "best(output)", "Z1", "2024") == 7
    assert number(world, "best(output) - total(output)", "C1", "2024") == 8


def test_parts_add_up_only_when_all_are_there(world: World) -> None:
    world.facts(
        [("zone_output", "Z1", "2024", 10.0), ("zone_output", "Z2", "2024", 20.0), ("zone_output", "Z4", "2024", 5.0)]
    )
    assert number(world, "total(zone_output)", "C1", "2024") == 30
    assert number(world, "total(zone_output)", "R", "2024") is None
    world.facts([("zone_output", "C2", "2024", 40.0)])
    assert number(world, "total(zone_output)", "R", "2024") == 75
    # nothing is said of all zones where one has no figure
    found = value(world, "areas_where(best(zone_output) >= 10, 'zone')", "R", "2024", "个")
    assert (found.value, found.reason) == (None, "下辖区域只有一部分有数据，不能计数")
    assert number(world, "areas_where(best(zone_output) >= 10, 'zone')", "C2", "2024", "个") is None
    assert number(world, "areas_where(best(zone_output) >= 10, 'zone')", "Z1", "2024", "个") == 1
    world.facts([("zone_output", "Z3", "2024", 40.0)])
    assert number(world, "areas_where(best(zone_output) >= 10, 'zone')", "R", "2024", "个") == 3


def test_real_before_simulated_never_added(world: World) -> None:
    world.facts(monthly("output", "E1", 2024, [1.0] * 12), simulated=True)
    world.facts([("output", "E3", "2024-01", 100.0)])
    found = value(world, "total(output)", "C1", "2024-01")
    assert (found.value, found.simulated) == (100, False)
    found = value(world, "total(output)", "C1", "2024-02")
    assert (found.value, found.simulated) == (1, True)
    found = value(world, "total(output)", "C1", "2024")
    assert (found.value, found.simulated) == (12, True)
    found = value(world, "total(output) + 0 * official(gdp)", "C1", "2024")
    assert found.value is None
    world.facts([("gdp", "C1", "2024", 1.0)])
    assert value(world, "total(output) + official(gdp)", "C1", "2024").simulated is True


def test_superseded_and_contradicted_facts_do_not_count(world: World) -> None:
    world.facts([("output", "E1", "2024", 7.0), ("gdp", "R", "2024", 1.0)])
    assert number(world, "total(output)", "Z1", "2024") == 7
    assert world.facts([("output", "E1", "2024", 9.0), ("gdp", "R", "2024", 2.0)]).corrections == 2
    assert number(world, "total(output)", "Z1", "2024") == 9
    assert number(world, "official(gdp)", "R", "2024") == 2
    late = Source.objects.create(title="年报", published_on="2025-06-01")
    early = Source.objects.create(title="快报", published_on="2025-01-01")
    world.facts([("output", "E3", "2024", 50.0)], source=late)
    world.facts([("output", "E3", "2024", 40.0)], source=early)
    assert number(world, "total(output)", "Z2", "2024") == 50
    assert number(world, "reporters(output)", "C1", "2024", "家") == 2


def test_reporters_and_conditions_on_the_value(world: World) -> None:
    world.facts(
        monthly("output", "E1", 2024, [100.0] * 12)
        + monthly("output", "E2", 2024, [10.0] * 6)
        + monthly("output", "E3", 2024, [90.0] * 12)
    )
    assert number(world, "reporters(output)", "C1", "2024", "家") == 3
    assert number(world, "reporters(output)", "Z1", "2024-08", "家") == 1
    assert number(world, "reporters(output, value >= 1000)", "C1", "2024", "家") == 2
    assert number(world, "reporters(output, value >= 1100)", "C1", "2024", "家") == 1
    assert number(world, "reporters(output, value >= 1100 AND sector = 'food')", "C1", "2024", "家") == 0
    assert number(world, "total(output, value < 100)", "C1", "2024-03") == 100
    assert number(world, "average(output, scale = 'above')", "C1", "2024") == pytest.approx((1200 + 1080) / 2)


def test_averages_of_scores(world: World) -> None:
    world.facts([("score", "E1", "2024-12", 60.0), ("score", "E2", "2024-12", 70.0), ("score", "E5", "2024-12", 80.0)])
    assert number(world, "average(score)", "R", "2024", "分") == 70
    assert number(world, "average(score, scale = 'above')", "R", "2024", "分") == 60


def test_registers(world: World) -> None:
    green, giant = RecognitionKind.objects.get(code="green"), RecognitionKind.objects.get(code="giant")
    e = world.organisations
    Recognition.objects.create(
        kind=green, holder=e["E1"], valid_from=dt.date(2023, 3, 1), valid_to=dt.date(2024, 2, 29)
    )
    Recognition.objects.create(kind=green, holder=e["E1"], valid_from=dt.date(2024, 6, 1))
    Recognition.objects.create(kind=green, holder=e["E4"], valid_from=dt.date(2024, 7, 1))
    Recognition.objects.create(kind=giant, holder=e["E1"], valid_from=dt.date(2024, 7, 1))
    assert number(world, "holders('green')", "R", "2023", "家") == 1
    assert number(world, "holders('green')", "R", "2024Q1", "家") == 0
    assert number(world, "holders('green')", "R", "2024", "家") == 2
    assert number(world, "holders('green')", "Z4", "2024", "家") == 0
    assert number(world, "holders('green', 'giant')", "C1", "2024", "家") == 1
    assert number(world, "recognised_since('green', 2024)", "R", "2024", "家") == 2
    assert number(world, "recognised_since('green', 2023)", "R", "2024-06", "家") == 2
    assert number(world, "holders('green')", "R", "2022", "家") is None
    assert number(world, "holders('green')", "R", "2026", "家") is None, "the year is not over"
    assert number(world, "holders('green')", "R", "2026-10", "家") == 2
    kind = ProjectKind.objects.get(code="renewal")
    shared = {"kind": kind, "valid_from": dt.date(2023, 1, 1)}
    Project.objects.create(
        code="P1",
        name="一",
        area=world.areas["Z1"],
        stage="accepted",
        started_on=dt.date(2023, 5, 1),
        accepted_on=dt.date(2024, 5, 1),
        **shared,
    )
    Project.objects.create(
        code="P2", name="二", area=world.areas["Z3"], stage="started", started_on=dt.date(2024, 5, 1), **shared
    )
    Project.objects.create(code="P3", name="三", area=world.areas["Z3"], stage="reserve", **shared)
    assert number(world, "projects('renewal')", "R", "2023", "个") == 3
    assert number(world, "projects('renewal', 'started')", "R", "2023", "个") == 1
    assert number(world, "projects('renewal', 'started')", "R", "2024Q2", "个") == 1
    assert number(world, "projects('renewal', 'finished')", "R", "2024", "个") == 1
    assert number(world, "since(projects('renewal', 'started'), 2023)", "R", "2024", "个") == 2
    assert number(world, "organisations(scale = 'above')", "R", "2024", "家") == 4
    closed = Organisation.objects.get(code="E1")
    closed.valid_to = dt.date(2024, 6, 30)
    closed.save()
    assert number(world, "organisations(scale = 'above')", "R", "2024-06", "家") == 4
    assert number(world, "organisations(scale = 'above')", "R", "2024-07", "家") == 3
    Parcel.objects.create(
        code="D1", area=world.areas["Z1"], land_area=30, use="工业", status="built", valid_from=dt.date(2020, 1, 1)
    )
    Parcel.objects.create(
        code="D2", area=world.areas["Z2"], land_area=12, use="工业", status="idle", valid_from=dt.date(2024, 4, 1)
    )
    assert number(world, "parcels()", "C1", "2024Q1", "亩") == 30
    assert number(world, "parcels()", "C1", "2024Q2", "亩") == 42
    assert number(world, "parcels(status = 'idle')", "C1", "2024", "万亩") == pytest.approx(12e-4)


def test_shifts(world: World) -> None:
    world.facts(
        [("output", "E1", str(y), 100.0 * 1.1 ** (y - 2022)) for y in range(2022, 2026)]
        + [("output", "E3", str(y), 50.0) for y in range(2022, 2026)]
    )
    assert number(world, "yoy(total(output))", "Z1", "2024", "%") == pytest.approx(10)
    assert number(world, "cagr(total(output), 2022)", "Z1", "2025", "%") == pytest.approx(10)
    assert number(world, "change(total(output), 2022)", "Z1", "2024", "%") == pytest.approx(21)
    assert number(world, "lag(total(output), 2)", "Z1", "2024") == 100
    assert number(world, "since(total(output), 2023)", "Z2", "2025") == 150
    assert number(world, "parent(total(output))", "Z2", "2022") == 150
    assert number(world, "share(total(output), parent(total(output)))", "Z2", "2022", "%") == pytest.approx(100 / 3)
    assert value(world, "parent(total(output))", "R", "2022").reason == "没有上级区域"
    assert value(world, "yoy(total(output))", "Z1", "2022", "%").reason == "缺少“产值上报数之和”2021年的数据"
    assert value(world, "cagr(total(output), 2022)", "Z1", "2022", "%").value is None
    world.facts(monthly("output", "E5", 2024, [1.0] * 12) + monthly("output", "E5", 2025, [2.0] * 6))
    assert number(world, "since(total(output), 2024)", "Z4", "2025-03") == 18
    assert number(world, "since(total(output), 2024)", "Z4", "2025H1") == 24
    assert number(world, "lag(total(output), 1)", "Z4", "2025-01") == 1


def test_pointwise_functions(world: World) -> None:
    world.facts(
        [
            ("output", "E1", "2024", -8.0),
            ("tax", "E1", "2024", 20_000.0),
            ("weight", "E1", "2024", 4.0),
            ("jobs", "E1", "2024", 0.0),
        ]
    )
    cases = {
        "ABS(total(output))": 8,
        "total(output) + total(tax)": -6,
        "total(output) - 1": -9,
        "-total(output) * 2": 16,
        "total(output) * total(weight) / total(weight)": -8,
        "GREATEST(total(output), total(tax))": 2,
        "LEAST(total(output), total(tax), 1)": -8,
        "ROUND(total(output) / 3, 2)": -2.67,
        "CASE WHEN total(tax) >= 20000 THEN 1 WHEN total(output) > 0 THEN 2 ELSE 3 END": 1,
        "CASE WHEN total(output) BETWEEN -10 AND 0 AND NOT total(tax) < 1 THEN 5 END": 5,
        "COALESCE(official(output), total(output))": -8,
        "CASE WHEN official(gdp) IS NULL THEN 7 ELSE 8 END": 7,
        "IF(total(output) < 0 OR official(gdp) > 0, 1, 2)": 1,
    }
    for formula, expected in cases.items():
        assert number(world, formula, "Z1", "2024") == pytest.approx(expected), formula
    assert number(world, "total(tax) / total(weight)", "Z1", "2024", "元/吨") == pytest.approx(5000)
    assert number(world, "share(total(tax), total(output))", "Z1", "2024", "%") == pytest.approx(-25)
    assert value(world, "total(output) / total(jobs)", "Z1", "2024", "亿元/人").reason == "2024年的除数为零"
    assert value(world, "total(output) / NULLIF(total(jobs), 0)", "Z1", "2024", "亿元/人").reason == "2024年的除数为零"
    assert (
        value(world, "CASE WHEN official(gdp) > 1 THEN 1 ELSE 0 END", "Z1", "2024").reason
        == "缺少“地区生产总值发布数”2024年的数据"
    )
    assert value(world, "CASE WHEN total(output) > 1 THEN 1 END", "Z1", "2024").reason == "没有一种情形符合"
    assert value(world, "yoy(total(output))", "Z1", "2025", "%").value is None


def test_groups(world: World) -> None:
    world.facts([("output", "E1", "2024", 100.0), ("output", "E4", "2024", 30.0), ("output", "E5", "2024", 60.0)])
    assert number(world, "groups_where('sector', total(output) >= 100)", "R", "2024", "个") == 1
    assert number(world, "groups_where('sector', total(output) >= 30)", "R", "2024", "个") == 2
    assert number(world, "groups_where('chain', total(output, scale = 'small') >= 60)", "R", "2024", "个") == 1
    assert number(world, "groups_where('chain', total(output) >= 60)", "C2", "2024", "个") == 0


def test_all_cells_at_once(world: World) -> None:
    world.facts([*monthly("output", "E1", 2024, [1.0] * 12), ("gdp", "R", "2024", 50.0)])
    catalog = world.catalog(a=("total(output)", "亿元"), b=("share(total(output), official(gdp))", "%"))
    found = {(v.code, v.area, v.period): v.value for v in evaluate(["a", "b"], catalog=catalog, today=TODAY)}
    assert found["b", "R", "2024"] == pytest.approx(24)
    assert found["a", "Z1", "2024-07"] == 1
    assert {area for code, area, _ in found if code == "a"} == {"Z1", "C1", "R"}
    assert len([1 for code, _, _ in found if code == "a"]) == 3 * 30
