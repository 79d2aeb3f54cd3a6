import datetime as dt

import pytest
from django.utils import translation

from qiangqu.base.errors import NotFoundError
from qiangqu.formulas.models import Indicator
from qiangqu.plan.models import Allocation, Plan, Target, TargetForecast
from qiangqu.plan.track import counts, current_plan, flows, status
from qiangqu.registry.models import Area

from .conftest import DAY

pytestmark = pytest.mark.django_db
CONTRACT = {
    "code", "indicator", "measure", "target", "target_max", "unit", "year", "kind", "base", "required_now", "value", "value_period",
    "simulated", "forecast", "low", "high", "chance", "status", "reason", "units",
}  # fmt: skip


def by_code(**more):
    return {one.code: one for one in status(DAY, **more)}


def test_every_target_has_a_state_and_a_reason_without_any_value(tiny) -> None:
    rows = status(DAY)
    assert len(rows) == 10 and all(one.state == "no_data" and one.reason for one in (row.verdict for row in rows))
    assert counts(rows) == {"done": 0, "on_track": 0, "at_risk": 0, "off_track": 0, "no_data": 10}


def test_kinds_together(put) -> None:
    put("ship_output", {"2030": 100, "2031": 108, "2032": 121})
    put("ship_over_gdp", {"2031": 1.2, "2032": 0.4})
    put("rd_growth", {"2031": 9.0, "2032": 11.0})
    put("blue_share", {"2031": 33.0, "2032": 36.0})
    put("wind_capacity", {"2031": 340.0, "2032-10": 420.0})
    put("projects_yearly", {"2031": 120, "2032": 121})
    put("projects_since", {"2032": 241})
    put("output_change", {"2031": 8.0, "2032": 21.0})
    put("labs", {"2032-11": 7})
    states = {code: one.state for code, one in by_code().items()}
    assert states == {
        "A1": "on_track",  # 121 = 100·1.1²
        "A2": "off_track",  # 2032 below 1
        "A3": "on_track",  # 11 ≥ 10
        "A4": "at_risk",  # 36 < 37, a ninth of the way of 9
        "A5": "no_data",  # not assigned
        # 420 at the end of October: 350 + 100·10/12 = 433.3; behind 13.3 of 300, forecast and rule: see
        # below
        "B1": "on_track",
        "B2": "on_track",
        "B3": "on_track",  # 241 ≥ 200
        "B4": "off_track",  # 21 < 40, 19 of 60 is more than 0.2
        "C1": "done",
    } | {"B1": states["B1"]}
    assert states["B1"] == "at_risk"


def test_contract_shape_is_exact(put) -> None:
    put("ship_output", {"2030": 100, "2031": 108, "2032": 121})
    one = by_code()["A1"].as_contract()
    assert set(one) == CONTRACT
    assert one["target"] == 133.1 and one["base"] == 100.0 and one["value"] == 121.0 and one["value_period"] == "2032"
    assert one["required_now"] == pytest.approx(121.0) and one["units"] == ["海澜省工业厅", "东湾市人民政府"]
    assert one["low"] < one["forecast"] < one["high"] and 0 <= one["chance"] <= 1
    empty = by_code()["A5"].as_contract()
    assert empty["value"] is empty["chance"] is empty["target"] is None and empty["reason"]


def test_forecast_is_kept_and_made_again_only_when_values_change(put, monkeypatch) -> None:
    from qiangqu.plan import forecasting

    put("ship_output", {"2030": 100, "2031": 108, "2032": 121})
    calls = []
    real = forecasting.forecast_many

    def counting(requests):
        calls.extend([len(requests)] if any(len(r.values) >= 3 for r in requests) else [])
        return real(requests)

    monkeypatch.setattr(forecasting, "forecast_many", counting)
    first = by_code()["A1"].forecast
    by_code()
    status(DAY - dt.timedelta(days=0))
    assert calls == [1]
    from qiangqu.plan import track

    track._kept.clear()  # another process
    assert by_code()["A1"].forecast == first and calls == [1]
    put("blue_share", {"2031": 33.0, "2032": 36.0})  # with the base, three points
    assert by_code()["A4"].forecast.method == "short" and calls == [1, 1]
    assert TargetForecast.objects.filter(target__code="A1").count() == 1


def test_the_worker_makes_forecasts_before_a_page_asks_and_again_only_after_a_change(put, monkeypatch) -> None:
    from qiangqu.plan import forecasting, periodic, track

    monkeypatch.setattr(periodic, "_made_from", None)
    put("ship_output", {"2030": 100, "2031": 108, "2032": 121})
    now = dt.datetime.combine(DAY, dt.time(4), dt.UTC)
    assert periodic.forecast_ahead(now) == "预测 1 条"
    track._kept.clear()  # the page is another process
    monkeypatch.setattr(forecasting, "_keep", lambda *_some: pytest.fail("the page makes a forecast"))
    assert by_code()["A1"].forecast.mean
    monkeypatch.undo()
    monkeypatch.setattr(track, "_compute", lambda *_some: pytest.fail("nothing has changed"))
    monkeypatch.setattr(periodic, "_made_from", (DAY, *track.mark()))
    track._kept.clear()
    assert periodic.forecast_ahead(now) == ""
    monkeypatch.undo()
    put("blue_share", {"2031": 33.0, "2032": 36.0})
    assert periodic.forecast_ahead(now) == "预测 1 条"


def test_status_is_answered_from_memory_until_something_changes(put, django_assert_max_num_queries) -> None:
    put("ship_output", {"2030": 100, "2031": 108, "2032": 121})
    status(DAY)
    with django_assert_max_num_queries(9):
        status(DAY)
    target = Target.objects.get(code="A1")
    target.value = 500.0
    target.save()
    assert by_code()["A1"].target == 500.0
    put("ship_output", {"2029": 1})
    assert by_code()["A1"].value == 121.0


def test_as_of_limits_to_periods_that_have_ended(put) -> None:
    put("ship_output", {"2030": 100, "2031": 108, "2032": 121})
    assert by_code()["A1"].value == 121.0
    earlier = {one.code: one for one in status(dt.date(2032, 12, 30))}
    assert earlier["A1"].value == 108.0 and earlier["A1"].verdict.current.period.code == "2031"


def test_simulated_is_marked(put) -> None:
    put("ship_output", {"2030": 100, "2031": 108, "2032": 121}, simulated=True)
    put("labs", {"2032": 3})
    rows = by_code()
    assert rows["A1"].simulated and not rows["C1"].simulated


def test_reason_of_the_indicator_is_shown(put) -> None:
    put("blue_share", {"2031": None})
    assert "分母为零" in by_code()["A4"].verdict.reason


def test_area_below_is_held_against_its_part(put, tiny) -> None:
    east = Area.objects.get(code="990100")
    put("ship_output", {"2030": 60, "2031": 66, "2032": 72.6}, area="990100")
    before = {one.code: one for one in status(DAY, east)}
    assert before["A1"].state == "no_data" and "没有分解到东湾" in before["A1"].verdict.reason
    assert before["A1"].value == 72.6 and before["A1"].target is None
    Allocation.objects.create(target=Target.objects.get(code="A1"), area=east, year=2033, value=79.86)
    after = {one.code: one for one in status(DAY, east)}
    assert after["A1"].target == 79.86 and after["A1"].verdict.base == 60.0 and after["A1"].state == "on_track"
    assert status(DAY)[0].target == 133.1


def test_current_plan(tiny) -> None:
    zone = Area.objects.get(code="HL-Z-1")
    assert current_plan(zone) == tiny
    own = Plan.objects.create(
        code="own",
        name="东湾计划",
        area=Area.objects.get(code="990100"),
        base_year=2029,
        start_year=2030,
        target_year=2035,
    )
    assert current_plan(zone, dt.date(2030, 6, 1)) == own
    assert current_plan(zone, dt.date(2032, 6, 1)) == tiny
    assert current_plan(Area.objects.get(code="990200"), dt.date(2032, 6, 1)) == tiny


def test_no_plan_says_what_to_do(db) -> None:
    with pytest.raises(NotFoundError, match="还没有计划"):
        status(DAY)


def test_flow_is_read_from_the_formula(tiny) -> None:
    known = flows(["ship_output", "wind_capacity", "labs", "projects_since", "nonsense"])
    assert known["ship_output"] is True and known["wind_capacity"] is False and known["nonsense"] is None
    Indicator.objects.filter(code="labs").update(formula="official(nothing_there)")
    assert flows(["labs"])["labs"] is None


def test_reasons_follow_the_language(put) -> None:
    put("ship_output", {"2030": 100, "2031": 108, "2032": 121})
    chinese = by_code()["A1"].verdict.reason
    with translation.override("en"):
        by_code()
    assert by_code()["A1"].verdict.reason == chinese
