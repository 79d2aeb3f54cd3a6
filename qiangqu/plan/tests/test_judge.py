"""Each kind of target by its own logic, with cases worked out by hand."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qiangqu.base.periods import parse_period
from qiangqu.decisions.distribution import Forecast, nothing
from qiangqu.decisions.forecast import forecast_many
from qiangqu.plan.judge import (
    Rules,
    Spec,
    bounds_of,
    chance_of,
    expected_by,
    in_unit,
    judge,
    request_of,
    series_of,
)
from qiangqu.plan.observations import Observation

RULES = Rules()


def spec(**more) -> Spec:
    values = {
        "kind": "level", "comparator": ">=", "value": 200.0, "value_max": None, "unit": "亿元", "year": 2027, "base_year": 2022,
        "base": 100.0, "shape": "linear", "start_year": 2023,
    }  # fmt: skip
    return Spec(**(values | more))


def seen(values: dict[str, float | None], simulated: bool = False) -> list[Observation]:
    return [Observation(parse_period(code), value, simulated) for code, value in values.items()]


def at(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def likely(chance: float) -> Forecast:
    """A forecast whose chance of reaching 200 is ``chance``."""
    from scipy.special import ndtri

    return Forecast(200.0 + float(ndtri(chance)), 0.0, 1e9, 1.0, "short", "")


# ---- path


def test_on_the_path() -> None:
    v = judge(spec(), seen({"2025": 160.0}), at("2026-03-31"), None, RULES)
    assert v.state == "on_track" and v.required_then == 160.0
    assert v.required_now == pytest.approx(100 + 20 * (3 + 90 / 365))
    assert v.rate_seen == pytest.approx(20.0) and v.rate_needed == pytest.approx(20.0)
    assert "2025年为160亿元" in v.reason and "应为160亿元" in v.reason


def test_a_little_behind_is_at_risk_far_behind_is_off_track() -> None:
    """The whole way is 100: behind by 10 is 10 %, by 10.1 is more."""
    assert judge(spec(), seen({"2025": 150.0}), at("2026-01-01"), None, RULES).state == "at_risk"
    v = judge(spec(), seen({"2025": 149.9}), at("2026-01-01"), None, RULES)
    assert v.state == "off_track" and "差10.1亿元（全程的10.1%）" in v.reason


def test_a_good_chance_softens_and_a_poor_one_warns() -> None:
    day = at("2026-01-01")
    assert judge(spec(), seen({"2025": 120.0}), day, likely(0.6), RULES).state == "at_risk"
    assert judge(spec(), seen({"2025": 120.0}), day, likely(0.4), RULES).state == "off_track"
    assert judge(spec(), seen({"2025": 170.0}), day, likely(0.2), RULES).state == "at_risk"
    v = judge(spec(), seen({"2025": 170.0}), day, likely(0.8), RULES)
    assert v.state == "on_track" and v.chance == pytest.approx(0.8) and "概率约80%" in v.reason


def test_reached_early_is_done() -> None:
    v = judge(spec(), seen({"2025": 205.0}), at("2026-01-01"), None, RULES)
    assert v.state == "done" and "已达到目标200亿元" in v.reason


def test_more_than_is_not_at_least() -> None:
    assert judge(spec(comparator=">"), seen({"2025": 200.0}), at("2026-01-01"), None, RULES).state == "on_track"
    assert judge(spec(comparator=">="), seen({"2025": 200.0}), at("2026-01-01"), None, RULES).state == "done"


def test_missed_at_the_end() -> None:
    v = judge(spec(), seen({"2027": 199.0}), at("2028-02-01"), likely(0.9), RULES)
    assert v.state == "off_track" and "到期未达到" in v.reason and v.required_now == 200.0


def test_downward_target() -> None:
    """Energy intensity from 1.0 to 0.8: at the end of 2025 0.88 is asked for."""
    s = spec(comparator="<=", value=0.8, base=1.0, unit="吨标准煤/万元", decimals=3)
    assert judge(s, seen({"2025": 0.87}), at("2026-01-01"), None, RULES).state == "on_track"
    assert judge(s, seen({"2025": 0.89}), at("2026-01-01"), None, RULES).state == "at_risk"
    assert judge(s, seen({"2025": 0.95}), at("2026-01-01"), None, RULES).state == "off_track"
    assert judge(s, seen({"2025": 0.79}), at("2026-01-01"), None, RULES).state == "done"


def test_compound_path_and_rates_in_percent() -> None:
    s = spec(shape="compound", value=100 * 1.1**5)
    v = judge(s, seen({"2024": 121.0}), at("2025-12-31"), None, RULES)
    assert v.required_then == pytest.approx(121.0) and v.required_now == pytest.approx(133.1)
    assert v.rate_in_percent and v.rate_seen == pytest.approx(10.0) and v.rate_needed == pytest.approx(10.0)


def test_as_of_hides_later_periods() -> None:
    values = seen({"2024": 141.0, "2025": 110.0})
    assert judge(spec(), values, at("2025-12-30"), None, RULES).state == "on_track"
    assert judge(spec(), values, at("2025-12-31"), None, RULES).state == "off_track"


def test_base_is_taken_from_the_base_year_when_it_is_not_stated() -> None:
    v = judge(spec(base=None), seen({"2022": 100.0, "2025": 160.0}), at("2026-01-01"), None, RULES)
    assert v.state == "on_track" and v.base == 100.0 and v.base_year == 2022


def test_without_base_or_forecast_nothing_is_judged() -> None:
    v = judge(spec(base=None, base_reason="未见发布"), seen({"2025": 160.0}), at("2026-01-01"), nothing("少"), RULES)
    assert v.state == "no_data" and "缺少基数" in v.reason and v.current.value == 160.0


@pytest.mark.parametrize(("chance", "state"), [(0.7, "on_track"), (0.4, "at_risk"), (0.1, "off_track")])
def test_without_base_the_forecast_decides(chance, state) -> None:
    v = judge(spec(base=None), seen({"2025": 160.0}), at("2026-01-01"), likely(chance), RULES)
    assert v.state == state and v.required_now is None


def test_no_value_says_since_when_and_why() -> None:
    v = judge(spec(base=None, base_reason="未见发布"), [], at("2026-01-01"), None, RULES)
    assert v.state == "no_data" and v.reason == "2022年以来没有可用的数据，请导入或填报；未见发布"


def test_only_the_base_year_is_no_progress() -> None:
    v = judge(spec(base=None), seen({"2022": 100.0}), at("2026-01-01"), None, RULES)
    assert v.state == "no_data" and "没有计划期内的数据" in v.reason and v.current.value == 100.0


def test_part_of_a_year_of_a_flow_is_not_held_against_the_year() -> None:
    values = seen({"2024": 141.0, "2025-01/2025-06": 80.0, "2025-06": 13.0})
    v = judge(spec(flow=True), values, at("2025-12-01"), None, RULES)
    assert v.current.period.code == "2024" and v.state == "on_track"


def test_standing_quantity_takes_the_latest_month() -> None:
    v = judge(spec(unit="万千瓦"), seen({"2024": 141.0, "2025-06": 150.0}), at("2025-12-01"), None, RULES)
    assert v.current.period.code == "2025-06" and v.required_then == pytest.approx(150.0) and v.state == "on_track"


def test_real_values_come_before_newer_simulated_ones_and_are_not_mixed() -> None:
    values = seen({"2024": 141.0}) + seen({"2022": 90.0, "2025": 300.0}, simulated=True)
    v = judge(spec(base=None), values, at("2026-01-01"), None, RULES)
    assert v.current.value == 141.0 and v.base is None and v.state == "no_data"
    v = judge(spec(base=None), seen({"2022": 100.0, "2025": 160.0}, simulated=True), at("2026-01-01"), None, RULES)
    assert v.current.simulated and v.base == 100.0 and v.state == "on_track"


def test_old_value_is_called_old() -> None:
    v = judge(spec(), seen({"2023": 121.0}), at("2026-06-01"), None, RULES)
    assert "数据停在2023年" in v.reason


# ---- range, milestones, change, cumulative, share


def test_range_passes_at_the_low_end_and_is_full_at_the_high_one() -> None:
    s = spec(kind="count", unit="家", value=5.0, value_max=10.0, base=0.0, decimals=0)
    v = judge(s, seen({"2025": 6.0}), at("2026-01-01"), None, RULES)
    assert v.state == "done" and "已达到5家，满额10家" in v.reason
    assert "已达到满额10家" in judge(s, seen({"2025": 10.0}), at("2026-01-01"), None, RULES).reason
    assert judge(s, seen({"2025": 3.0}), at("2026-01-01"), None, RULES).state == "on_track"


def test_milestones_bend_what_is_required() -> None:
    s = spec(shape="milestones", milestones={2024: 110.0, 2025: 130.0})
    v = judge(s, seen({"2024": 111.0}), at("2025-12-31"), None, RULES)
    assert v.state == "on_track" and v.required_then == 110.0 and v.required_now == 130.0


def test_change_relative_to_the_base_starts_from_nothing() -> None:
    s = spec(kind="change", unit="%", value=60.0, base=None)
    v = judge(s, seen({"2025": 35.0}), at("2026-01-01"), None, RULES)
    assert v.base == 0.0 and v.required_then == pytest.approx(36.0) and v.state == "at_risk"


def test_cumulative_counts_from_the_start() -> None:
    s = spec(kind="cumulative", unit="个", value=100.0, base=0.0, decimals=0)
    v = judge(s, seen({"2024": 45.0}), at("2025-06-30"), None, RULES)
    assert v.required_then == 40.0 and v.state == "on_track" and v.rate_seen == 22.5
    assert v.rate_needed == pytest.approx(55 / 3)


def test_share_is_bounded_and_reached() -> None:
    s = spec(kind="share", unit="%", value=54.0, base=43.0)
    assert bounds_of(s) == (0.0, 100.0, False)
    assert judge(s, seen({"2023": 54.0}), at("2024-05-01"), None, RULES).state == "done"


def test_zero_to_one() -> None:
    s = spec(kind="count", unit="家", value=1.0, base=0.0, decimals=0)
    assert judge(s, seen({"2025": 0.0}), at("2026-01-01"), None, RULES).state == "off_track"
    assert judge(s, seen({"2025": 1.0}), at("2026-01-01"), None, RULES).state == "done"


# ---- yearly


YEARLY = {"kind": "yearly", "unit": "个", "value": 100.0, "base": None, "shape": "yearly", "decimals": 0}


def test_every_year_held_so_far() -> None:
    v = judge(spec(**YEARLY), seen({"2023": 100.0, "2024": 130.0}), at("2025-03-01"), None, RULES)
    assert v.state == "on_track" and [holds for _, _, holds in v.years] == [True, True, None, None, None]


def test_last_closed_year_failed_and_an_earlier_one() -> None:
    v = judge(spec(**YEARLY), seen({"2023": 100.0, "2024": 87.0}), at("2025-03-01"), None, RULES)
    assert v.state == "off_track" and "2024年未达到" in v.reason
    v = judge(spec(**YEARLY), seen({"2023": 87.0, "2024": 100.0}), at("2025-03-01"), None, RULES)
    assert v.state == "at_risk" and "2023年未达到" in v.reason


def test_running_year_is_held_against_the_part_gone_by() -> None:
    held = {"2023": 100.0, "2024": 100.0}
    v = judge(spec(**YEARLY), seen(held | {"2025-01/2025-06": 55.0}), at("2025-07-15"), None, RULES)
    assert v.state == "on_track" and v.required_then == 50.0 and v.rate_seen == 110.0
    assert (
        judge(spec(**YEARLY), seen(held | {"2025-01/2025-06": 46.0}), at("2025-07-15"), None, RULES).state == "at_risk"
    )
    assert (
        judge(spec(**YEARLY), seen(held | {"2025-01/2025-06": 30.0}), at("2025-07-15"), None, RULES).state
        == "off_track"
    )


def test_years_without_data_are_named() -> None:
    v = judge(spec(**YEARLY), seen({"2024": 130.0}), at("2025-03-01"), None, RULES)
    assert v.state == "on_track" and "2023年缺数据" in v.reason


def test_all_years_held_is_done() -> None:
    values = seen({str(y): 100.0 + y % 3 for y in range(2023, 2028)})
    assert judge(spec(**YEARLY), values, at("2028-01-31"), None, RULES).state == "done"


GROWTH = {"kind": "growth", "unit": "百分点", "value": 1.0, "base": None, "shape": "yearly"}


def test_difference_of_growth_rates_is_judged_as_it_is_within_a_year() -> None:
    values = seen({"2023": 1.4, "2024-01/2024-06": 1.0})
    v = judge(spec(**GROWTH), values, at("2024-08-01"), None, RULES)
    assert v.state == "on_track" and v.required_then == 1.0 and v.required_now == 1.0
    low = judge(spec(**GROWTH), seen({"2023": 1.4, "2024-01/2024-06": 0.5}), at("2024-08-01"), None, RULES)
    assert low.state == "off_track"


def test_more_than_the_mean_growth_of_all() -> None:
    s = spec(**(GROWTH | {"comparator": ">", "value": 0.0}))
    assert judge(s, seen({"2023": 0.0}), at("2024-08-01"), None, RULES).state == "off_track"
    assert judge(s, seen({"2023": 0.1}), at("2024-08-01"), None, RULES).state == "on_track"


# ---- mean growth


MEAN = {"kind": "annual_growth", "unit": "%", "value": 10.0, "base": None}


def test_mean_growth_and_what_the_rest_needs() -> None:
    v = judge(spec(**MEAN), seen({"2025": 8.0}), at("2026-01-01"), None, RULES)
    assert v.state == "off_track" and v.rate_needed == pytest.approx(13.07, abs=0.005)
    assert "2022—2025年年均8%" in v.reason and "需年均13.1%" in v.reason
    assert judge(spec(**MEAN), seen({"2025": 9.2}), at("2026-01-01"), None, RULES).state == "at_risk"
    assert judge(spec(**MEAN), seen({"2025": 10.0}), at("2026-01-01"), None, RULES).state == "on_track"


def test_mean_growth_is_done_only_at_the_end() -> None:
    assert judge(spec(**MEAN), seen({"2027": 10.0}), at("2028-02-01"), None, RULES).state == "done"
    assert judge(spec(**MEAN), seen({"2027": 9.99}), at("2028-02-01"), None, RULES).state == "off_track"


def test_growth_of_a_single_month_gives_way_to_longer_periods() -> None:
    v = judge(spec(**MEAN), seen({"2024": 11.0, "2025-02": -30.0}), at("2025-06-01"), None, RULES)
    assert v.current.period.code == "2024" and v.state == "on_track"


# ---- assigned


def test_assigned_target_waits_for_its_value() -> None:
    v = judge(spec(value=None, kind="change", unit="%"), seen({"2025": 3.0}), at("2026-01-01"), None, RULES)
    assert v.state == "no_data" and "文号" in v.reason and v.current.value == 3.0


# ---- series


def test_of_a_monthly_flow_the_last_twelve_months_are_forecast() -> None:
    values = seen({f"{2022 + i // 12}-{i % 12 + 1:02d}": 10.0 + i for i in range(48)}, simulated=True)
    series = series_of(spec(flow=True), values)
    assert series.summed == 12 and len(series.values) == 48 and series.simulated
    request = request_of(spec(flow=True), series, values)
    assert request.summed == 12 and request.expected is None
    # a gap two years ago leaves too few months
    assert series_of(spec(flow=True), values[:20] + values[21:]).summed == 1


def test_a_forecast_is_asked_to_set_out_from_the_expected_value() -> None:
    years = {f"{y}": 100.0 + 10 * (y - 2020) for y in range(2020, 2026)}
    parts = {f"{y}-01/{y}-10": 80.0 + 8 * (y - 2020) for y in range(2020, 2027)}
    target, observed = spec(flow=True), seen(years | parts)
    expected = expected_by(target, observed, at("2026-11-20"))
    assert expected is not None
    request = request_of(target, series_of(target, observed), observed, expected)
    assert request.expected.time == 2027.0 and request.expected.mean == pytest.approx(expected.value)
    made = forecast_many([request])[0]
    assert made.path[0].mean == pytest.approx(expected.value) and made.mean > expected.value


def test_three_real_years_come_before_simulated_months() -> None:
    months = seen({f"{2022 + i // 12}-{i % 12 + 1:02d}": 10.0 + i for i in range(48)}, simulated=True)
    series = series_of(spec(flow=True), months + seen({"2023": 1.0, "2024": 2.0, "2025": 3.0}))
    assert not series.simulated and series.values == (100.0, 1.0, 2.0, 3.0)


codes = st.sampled_from([f"{y}" for y in range(2019, 2029)] + ["2024-01/2024-06", "2025-06", "2024Q3", "2025H1"])


@given(
    kind=st.sampled_from(["level", "growth", "annual_growth", "share", "count", "change", "cumulative", "yearly"]),
    shape=st.sampled_from(["linear", "compound", "yearly", "milestones"]),
    comparator=st.sampled_from([">=", ">", "<=", "<", "="]),
    value=st.none() | st.floats(-1e6, 1e6),
    base=st.none() | st.floats(-1e6, 1e6),
    values=st.dictionaries(codes, st.none() | st.floats(-1e9, 1e9), max_size=8),
    day=st.dates(dt.date(2019, 1, 1), dt.date(2030, 12, 31)),
)
@settings(max_examples=300, deadline=None)
def test_any_combination_has_a_state_and_a_sentence(kind, shape, comparator, value, base, values, day) -> None:
    s = spec(kind=kind, shape=shape, comparator=comparator, value=value, base=base)
    verdict = judge(s, seen(values), day, None, RULES)
    assert verdict.state in ("done", "on_track", "at_risk", "off_track", "no_data")
    assert len(verdict.reason) > 5
    if verdict.state != "no_data":
        assert verdict.current is not None and verdict.current.period.end <= day


def test_mean_growth_is_forecast_as_the_quantity_it_makes() -> None:
    target = spec(**MEAN, base_year=2022, year=2027)
    series = series_of(target, seen({"2023": 10.0, "2024": 10.0, "2025": 10.0}))
    assert series.times == (2023.0, 2024.0, 2025.0, 2026.0)
    assert series.values == pytest.approx((1.0, 1.1, 1.21, 1.331))
    index = Forecast(1.1**5, 1.05**5, 1.15**5, 0.1, "short", "", log=True)
    shown = in_unit(target, index)
    assert (shown.mean, shown.low, shown.high) == pytest.approx((10.0, 5.0, 15.0))
    assert chance_of(target, index) == pytest.approx(0.5)


def test_mean_growth_that_lost_everything_has_no_series() -> None:
    assert series_of(spec(**MEAN, base_year=2022, year=2027), seen({"2023": -100.0, "2024": 5.0})).values == ()
