import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qiangqu.base.periods import month, parse_period, year
from qiangqu.decisions.distribution import COVERAGE, Forecast, Request, Step, nothing
from qiangqu.decisions.forecast import SURE_YEARS, TURN, WIDER_PER_YEAR, forecast, forecast_many

YEARS = [year(2018 + i) for i in range(9)]


def test_too_few_points_say_so() -> None:
    for periods, values in ([], []), ([year(2023)], [1.0]), ([year(2023), year(2024)], [1.0, None]):
        result = forecast(periods, values, year(2027))
        assert result.mean is result.low is result.sd is None
        assert result.reason.startswith("依据不足")
        assert result.chance(1.0) is None


def test_constant_series_and_distant_horizon_are_refused() -> None:
    assert "没有变化" in forecast(YEARS[:4], [5.0] * 4, year(2027)).reason
    assert "不足以推到" in forecast(YEARS[:3], [1.0, 2.0, 3.0], year(2027)).reason
    assert "不晚于" in forecast(YEARS[:3], [1.0, 2.0, 3.0], year(2020)).reason


def test_short_linear_series_by_hand() -> None:
    """Four yearly points 1, 2, 4, 5, one year ahead. Line: slope 1.4, last fitted 5.1, s² = 0.2/2, variance
    factor 1 + 1/4 + 2.5²/5. Walk: drift 4/3, s² = (1/9 + 4/9 + 1/9)/2 = 1/3, variance factor 1 + 1/3. The
    walk's 4/9 is wider than the line's 0.25."""
    result = forecast(YEARS[:4], [1.0, 2.0, 4.0, 5.0], YEARS[4])
    gain = 1.4 * (0.9 - 1) / math.log(0.9)
    half = 1.8856180831641267 * math.sqrt(4 / 9)  # t(0.9, 2 df) = 1.88562
    assert result.method == "short" and result.df == 2 and not result.log
    assert result.mean == pytest.approx((5.0 + 5.1) / 2 + gain)
    assert result.low == pytest.approx(result.mean - half)
    assert result.high == pytest.approx(result.mean + half)


def test_short_growing_series_is_fitted_on_logarithms() -> None:
    values = [100.0 * 1.1**i for i in range(5)]
    result = forecast(YEARS[:5], values, YEARS[6], growing=True)
    undamped = 100.0 * 1.1**6
    assert result.log and values[-1] < result.mean < undamped
    assert result.high / result.mean == pytest.approx(result.mean / result.low)
    # a perfect fit is not believed: the interval keeps a width
    assert result.high > result.mean * 1.01


def test_interval_widens_ahead_and_path_ends_at_the_horizon() -> None:
    result = forecast(YEARS[:5], [10.0, 12.0, 11.0, 13.0, 15.0], YEARS[8])
    widths = [step.high - step.low for step in result.path]
    assert len(result.path) == 4 and widths == sorted(widths)
    assert result.path[-1].mean == result.mean and result.path[-1].time == 2027.0


def test_long_series_is_the_mixture_of_two_known_models() -> None:
    from statsforecast.models import AutoETS, AutoTheta

    rng = np.random.default_rng(7)
    values = 100 + np.cumsum(rng.normal(1, 2, 48))
    months = [month(2022 + i // 12, i % 12 + 1) for i in range(48)]
    result = forecast(months, values.tolist(), parse_period("2027-12"))
    ets = AutoETS(season_length=12).forecast(values, h=24, level=[80])
    theta = AutoTheta(season_length=12).forecast(values, h=24, level=[80])
    assert result.method == "statsforecast" and len(result.path) == 24
    assert result.mean == pytest.approx((ets["mean"][-1] + theta["mean"][-1]) / 2, rel=1e-3)
    sds = [(m["hi-80"][-1] - m["lo-80"][-1]) / 2 / 1.2815515655 for m in (ets, theta)]
    disagreement = (ets["mean"][-1] - theta["mean"][-1]) / 2
    wider = 1 + WIDER_PER_YEAR * (2 - SURE_YEARS)
    expected = wider * math.sqrt((sds[0] ** 2 + sds[1] ** 2) / 2 + disagreement**2)
    assert result.sd == pytest.approx(expected, rel=0.02)


def test_long_series_beats_the_naive_forecast_on_a_trend_with_seasons() -> None:
    at = np.arange(72)
    rng = np.random.default_rng(3)
    values = 200 + 2.0 * at + 15 * np.sin(2 * np.pi * at / 12) + rng.normal(0, 2, 72)
    months = [month(2020 + i // 12, i % 12 + 1) for i in range(72)]
    result = forecast(months[:60], values[:60].tolist(), months[71])
    predicted = np.array([step.mean for step in result.path])
    error = np.abs(predicted - values[60:]).mean()
    seasonal_naive = np.abs(values[48:60] - values[60:]).mean()
    assert error < 0.5 * seasonal_naive
    inside = np.mean([step.low <= v <= step.high for step, v in zip(result.path, values[60:], strict=True)])
    assert inside >= 0.5


@pytest.mark.parametrize("world", ["walk", "line"])
@pytest.mark.parametrize("ahead", [1, 3])
@pytest.mark.parametrize("count", [3, 5, 8])
def test_short_interval_covers_what_it_promises_in_both_worlds(world, ahead, count) -> None:
    rng = np.random.default_rng(11)
    requests, truths = [], []
    for _ in range(400):
        noise = rng.normal(0, 0.03, count + ahead)
        steps = np.cumsum(0.05 + noise) if world == "walk" else 0.05 * np.arange(count + ahead) + noise
        values = 100 * np.exp(steps)
        times = [float(2019 + i) for i in range(count)]
        requests.append(Request(times, values[:count].tolist(), times[-1] + ahead, growing=True))
        truths.append(values[-1])
    inside = [r.low <= t <= r.high for r, t in zip(forecast_many(requests), truths, strict=True)]
    # 400 trials: two standard errors of 0.8 are 0.04
    assert np.mean(inside) >= COVERAGE - 0.04


def test_gap_in_a_monthly_series_falls_back_to_what_follows_it() -> None:
    months = [month(2023, m) for m in range(1, 7)] + [month(2024, m) for m in range(1, 7)]
    result = forecast(months, [float(i) for i in range(12)], parse_period("2025-06"))
    assert result.method == "short"


def test_bounds_hold() -> None:
    result = forecast(YEARS[:4], [80.0, 88.0, 95.0, 99.0], YEARS[7], lower=0, upper=100)
    assert result.mean <= 100 and result.high == 100


def test_chance_of_a_point_is_half_at_the_mean_and_one_or_zero_far_away() -> None:
    result = forecast(YEARS[:5], [10.0, 12.0, 11.0, 13.0, 15.0], YEARS[6])
    assert result.chance(result.mean) == pytest.approx(0.5)
    assert result.chance(result.low) == pytest.approx(0.9)
    assert result.chance(result.low, "<=") == pytest.approx(0.1)
    assert result.chance(-1e6) > 0.99 and result.chance(1e6) < 0.01


def test_chance_on_logarithms_of_a_threshold_that_is_not_positive() -> None:
    result = forecast(YEARS[:4], [1.0, 2.0, 4.0, 8.0], YEARS[5], growing=True)
    assert result.log and result.chance(0.0) == 1.0 and result.chance(-5.0, "<=") == 0.0


def test_what_grows_by_as_many_a_year_is_not_carried_on_in_proportion() -> None:
    counts = forecast(YEARS[:5], [9.0, 18.0, 27.0, 37.0, 45.0], YEARS[5], growing=True)
    assert not counts.log and 50 < (counts.mean or 0.0) < 55
    assert forecast(YEARS[:5], [10.0, 20.0, 40.0, 80.0, 160.0], YEARS[5], growing=True).log
    # neither line is much nearer: the wider interval
    assert forecast(YEARS[:5], [100.0, 104.0, 103.0, 109.0, 112.0], YEARS[5], growing=True).log


def test_a_year_of_months_is_their_sum_and_its_spread_theirs_added_up() -> None:
    """Five known months and seven that are forecast: the sum's spread is that of the seven, whose errors go
    together. A year whose months are all forecast is wider.
    """
    rng = np.random.default_rng(5)
    months = 100 + 10 * np.sin(np.arange(53) / 6 * np.pi) + rng.normal(0, 2, 53)
    times = [2021 + (i + 1) / 12 for i in range(53)]
    year, after = forecast_many([Request(times, months.tolist(), end, summed=12) for end in (2026.0, 2027.0)])
    single = forecast_many([Request(times, months.tolist(), times[-1] + k / 12) for k in range(1, 8)])
    assert year.mean == pytest.approx(sum(months[-5:]) + sum(f.mean for f in single))
    assert year.sd == pytest.approx(sum(f.sd for f in single))
    assert after.high - after.low > year.high - year.low
    assert [round(step.time * 12) for step in year.path] == [round(times[-1] * 12) + k for k in range(1, 8)]


def test_sums_of_too_few_months_are_read_as_years() -> None:
    times = [2023 + (i + 1) / 12 for i in range(20)]
    made = forecast_many([Request(times, [10.0 + i for i in range(20)], times[-1] + 0.5, summed=12)])[0]
    assert made.method == "short" and made.path[-1].mean > sum(10.0 + i for i in range(8, 20))
    gap = forecast_many([Request([*times[:6], *times[8:]], [float(i) for i in range(18)], 2025.0, summed=12)])[0]
    assert gap.method == "none" and "全年" in gap.reason


@pytest.mark.parametrize("rising", [False, True])
@pytest.mark.parametrize("length", [5, 40])
def test_a_forecast_sets_out_from_what_the_running_year_will_end_with(length, rising) -> None:
    """Of years and of months: the course passes the expected value, and goes on from it."""
    per_year = 1 if length == 5 else 12
    values = [50.0 + 24 * i / per_year for i in range(length)]
    times = [2022 + (i + 1) / per_year for i in range(length)]
    running = float(math.ceil(times[-1] + 1e-9)) + (1 if per_year == 1 else 0)
    expected = Step(running, values[-1] + 40, values[-1] + 35, values[-1] + 45)
    made = forecast_many([Request(times, values, running + 1, rising=rising, expected=expected)])[0]
    passed = next(step for step in made.path if abs(step.time - running) < 1e-6)
    assert (passed.low, passed.mean, passed.high) == pytest.approx((expected.low, expected.mean, expected.high))
    assert made.mean > expected.mean and made.low < made.mean < made.high
    without = forecast_many([Request(times, values, running + 1, rising=rising)])[0]
    assert made.mean > without.mean
    if rising:
        assert made.low >= expected.low


def test_what_never_falls_takes_nothing_of_the_expected_year_back() -> None:
    """A trend that levels off says less for 2027 than the months say for 2026."""
    expected = Step(2027.0, 120.0, 115.0, 125.0)
    values = [20.0, 90.0, 98.0, 99.0, 100.0]
    made = forecast_many(
        [Request([2022.0 + i for i in range(5)], values, 2029.0, rising=True, whole=True, expected=expected)]
    )[0]
    steps = made.path
    assert all(a.low <= b.low and a.mean <= b.mean for a, b in itertools.pairwise(steps))
    assert steps[0].mean == 120.0 and made.low >= 115.0
    assert made.chance(made.low) >= 0.9 - 1e-6


def test_trends_turn_so_that_far_intervals_are_wider_than_near_ones_by_more_than_distance() -> None:
    """A straight rise by 10 a year with little noise: three years ahead the trend may have turned."""
    made = forecast(YEARS[:5], [10.0, 20.0, 30.5, 40.0, 50.0], YEARS[7])
    usual = math.sqrt((10**2 + 10.5**2 + 9.5**2 + 10**2) / 4)
    assert made.sd == pytest.approx(TURN * usual * 9)


def test_nothing_has_a_reason() -> None:
    assert nothing("缺基数") == Forecast(None, None, None, None, "none", "依据不足：缺基数")


values_lists = st.lists(st.floats(0.1, 1e6, allow_nan=False), min_size=3, max_size=9)


@given(values=values_lists, growing=st.booleans(), ahead=st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_interval_contains_the_mean_and_chance_is_a_probability(values, growing, ahead) -> None:
    periods = [year(2010 + i) for i in range(len(values))]
    result = forecast(periods, values, year(2009 + len(values) + ahead), growing=growing)
    if result.mean is None:
        assert result.reason.startswith("依据不足")
        return
    assert result.low <= result.mean <= result.high
    assert all(step.low <= step.mean <= step.high for step in result.path)
    for threshold in (*values, -1.0, 0.0):
        up, down = result.chance(threshold), result.chance(threshold, "<=")
        assert 0 <= up <= 1 and up + down == pytest.approx(1)


@given(values=values_lists, growing=st.booleans(), scale=st.sampled_from([1e-4, 0.1, 7.0, 1e4]))
@settings(max_examples=100, deadline=None)
def test_result_does_not_depend_on_the_unit(values, growing, scale) -> None:
    periods = [year(2010 + i) for i in range(len(values))]
    horizon = year(2010 + len(values))
    one = forecast(periods, values, horizon, growing=growing)
    other = forecast(periods, [v * scale for v in values], horizon, growing=growing)
    assert (one.mean is None) == (other.mean is None)
    if one.mean is not None:
        assert other.mean == pytest.approx(one.mean * scale, rel=1e-6, abs=1e-9 * scale * max(values))
        assert one.chance(values[0]) == pytest.approx(other.chance(values[0] * scale), abs=1e-5)


@given(values=st.lists(st.floats(0.1, 1e4), min_size=3, max_size=9), shift=st.integers(-50, 50))
@settings(max_examples=60, deadline=None)
def test_result_does_not_depend_on_the_calendar(values, shift) -> None:
    one = forecast([year(2010 + i) for i in range(len(values))], values, year(2010 + len(values)))
    two = forecast([year(2010 + shift + i) for i in range(len(values))], values, year(2010 + shift + len(values)))
    assert one.method == two.method
    if one.mean is not None:
        assert two.mean == pytest.approx(one.mean, rel=1e-6, abs=1e-6 * max(values))


@given(
    times=st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=12),
    values=st.lists(st.none() | st.floats(allow_nan=True, allow_infinity=True), min_size=12, max_size=12),
    horizon=st.floats(1900, 2200),
)
@settings(max_examples=150, deadline=None)
def test_any_input_is_answered(times, values, horizon) -> None:
    with np.errstate(all="ignore"):
        result = forecast_many([Request(times, values[: len(times)], horizon)])[0]
    assert result.mean is None or math.isfinite(result.mean) or result.method == "short"


# ---- one distribution: chance, interval and bounds agree


def test_rate_that_nears_its_bound() -> None:
    """80 … 98.5 %, at most 100: what lies beyond stands at the bound, and the chance is that of the trend."""
    periods = [year(2018 + i) for i in range(8)]
    result = forecast(periods, [80, 83, 86, 89, 92, 95, 97, 98.5], year(2028), lower=0, upper=100)
    assert 95 < result.low < result.mean == result.high == 100.0
    assert 0.5 < result.chance(100.0) < 0.9 and result.chance(result.low) == pytest.approx(0.9)
    assert result.chance(100.0, ">") == 0.0 and result.chance(100.0, "<=") == 1.0
    assert result.chance(100.0, "=") == pytest.approx(result.chance(100.0))
    assert result.chance(100.0, "<") == pytest.approx(1 - result.chance(100.0))
    assert result.chance(0.0) == 1.0 and result.chance(-1.0, "<") == 0.0 and result.chance(101.0, "<") == 1.0


def test_sum_since_a_year_never_falls() -> None:
    """603 in all by October, and a trend that turns down: nothing lies below 603, on no step."""
    result = forecast([year(2021 + i) for i in range(4)], [420, 560, 601, 603], year(2027), lower=0, rising=True)
    assert result.low >= 603 and result.chance(603.0) == 1.0 and result.chance(602.9, "<=") == 0.0
    for steps in zip(result.path, result.path[1:], strict=False):
        assert steps[0].low <= steps[1].low and steps[0].mean <= steps[1].mean and steps[0].high <= steps[1].high


def test_pieces_are_whole_and_not_below_nothing() -> None:
    result = forecast([year(2021 + i) for i in range(4)], [9, 5, 4, 1], year(2027), lower=0, whole=True)
    assert result.low == 0.0 and all(float(v).is_integer() for v in (result.mean, result.low, result.high))
    assert result.chance(2.5, "=") == 0.0 and result.chance(1.2) == result.chance(2.0)
    assert result.chance(3.0, ">") == result.chance(4.0)
    in_all = sum(result.chance(float(n), "=") for n in range(40)) + result.chance(39.0, ">")
    assert in_all == pytest.approx(1, abs=0.05)  # each is kept from 0 by a thousandth


def test_comparator_must_be_known() -> None:
    result = forecast(YEARS[:5], [10.0, 12.0, 11.0, 13.0, 15.0], YEARS[6])
    assert result.chance(result.low, "range", most=result.high) == pytest.approx(0.8)
    for comparator in ("≥", "range", "", "=="):
        with pytest.raises(ValueError, match="no chance"):
            result.chance(1.0, comparator)


def _comparisons(value: float, limit: float) -> dict[str, bool]:
    return {">=": value >= limit, ">": value > limit, "<=": value <= limit, "<": value < limit}


@given(
    values=st.lists(st.floats(0.0, 1000.0), min_size=3, max_size=14),
    horizon=st.integers(1, 5),
    bounds=st.sampled_from([(None, None), (0.0, None), (0.0, 1000.0), (0.0, 100.0), (-100.0, None)]),
    growing=st.booleans(),
    whole=st.booleans(),
    rising=st.booleans(),
    share=st.floats(-0.5, 1.5),
)
@settings(max_examples=250, deadline=None)
def test_chance_interval_and_bounds_agree(values, horizon, bounds, growing, whole, rising, share) -> None:
    """For every comparator: what the bounds make certain is certain and nothing else is; what the 80 %
    interval lies on one side of has a chance of 0.9 or more, and the other way round."""
    if whole:
        values = [float(round(v)) for v in values]
    lower, upper = bounds
    if upper is not None:
        values = [min(v, upper) for v in values]
    periods = [year(2000 + i) for i in range(len(values))]
    f = forecast(
        periods, values, year(1999 + len(values) + horizon), lower=lower, upper=upper, growing=growing, whole=whole, rising=rising
    )  # fmt: skip
    if f.mean is None:
        return
    floor = values[-1] if rising else lower
    ceiling = upper
    for step in f.path:
        assert step.low <= step.mean <= step.high
        assert floor is None or step.low >= floor - 1e-9
        assert ceiling is None or step.high <= ceiling + 1e-9
        assert not whole or all(float(v).is_integer() for v in (step.low, step.mean, step.high))
    limits = [f.low, f.mean, f.high, f.low + share * (f.high - f.low), *(b for b in (floor, ceiling) if b is not None)]
    for limit in limits:
        for comparator, holds_low in _comparisons(f.low, limit).items():
            chance = f.chance(limit, comparator)
            holds = (holds_low, _comparisons(f.mean, limit)[comparator], _comparisons(f.high, limit)[comparator])
            assert 0.0 <= chance <= 1.0
            if all(holds):
                assert chance >= 0.9 - 1e-6, (limit, comparator)
            if not any(holds):
                assert chance <= 0.1 + 1e-6, (limit, comparator)
            if holds[1]:
                assert chance >= 0.5 - 1e-6
            below_all = floor is not None and _comparisons(floor, limit)[">="]
            above_all = ceiling is not None and _comparisons(ceiling, limit)["<="]
            if chance in (0.0, 1.0) and not (f.log and limit <= 0):
                assert below_all or above_all, (limit, comparator, chance)
        assert f.chance(limit) + f.chance(limit, "<") == pytest.approx(1)
        assert f.chance(limit, ">") + f.chance(limit, "<=") == pytest.approx(1)
        assert f.chance(limit, ">") <= f.chance(limit)
        assert f.chance(limit, "=") <= min(f.chance(limit), f.chance(limit, "<=")) + 1e-9


def test_perfect_fit_is_no_certainty() -> None:
    """A point without spread decides nothing by itself: only bounds do."""
    point = Forecast(5.0, 5.0, 5.0, 0.0, "short", "")
    assert 0 < point.chance(6.0) < 0.01 and 0.99 < point.chance(5.0) < 1
