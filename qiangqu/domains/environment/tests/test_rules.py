"""Means, validity, emissions, limits, completeness, tracing and waste: examples computed by hand."""

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.domains.environment import completeness, emissions, factors, limits, means, tracing, validity, waste
from qiangqu.domains.environment.validity import Origin

NAN = math.nan


# ---------------------------------------------------------------- dictionary and limits


def test_the_dictionary_knows_both_editions() -> None:
    assert factors.factor("a34013").name.startswith("颗粒物") and factors.factor("a34013").unit == "mg/m³"
    assert factors.factor("060").code == "w21003" and factors.factor("B01").unit == "L/s"
    assert factors.name_of("zzz") == "zzz" and factors.unit_of("zzz") == ""
    with pytest.raises(NotFoundError):
        factors.factor("a99999")


def test_every_limit_names_a_factor_of_the_dictionary_and_its_clause() -> None:
    known = factors.factors()
    for one in limits.limits():
        assert one.factor in known and one.clause and one.high > 0, one
        assert one.looked_up in ("yes", "secondary", "no")
        assert one.low is None or one.low < one.high
        assert one.until is None or one.since < one.until


@pytest.mark.parametrize(
    ("day", "high"), [("2026-02-28", 75), ("2026-03-01", 60), ("2030-12-31", 60), ("2031-01-01", 50)]
)
def test_the_edition_in_force_counts(day, high) -> None:
    found = limits.limit("GB 3095-2012", "二级", "a34004", "day", dt.date.fromisoformat(day))
    assert found is not None and found.high == high


def test_ph_has_two_sides() -> None:
    found = limits.limit("GB 18918", "一级A", "w01001", "day", dt.date(2026, 1, 1))
    assert [found.exceeded(value) for value in (5.9, 6, 9, 9.1)] == [True, False, False, True]
    assert limits.limit("GB 18918", "一级A", "a21026", "day", dt.date(2026, 1, 1)) is None


# ---------------------------------------------------------------- means


def test_an_hour_needs_45_minutes() -> None:
    hours = means.valid_hours(np.array([5.0, 6.0, 7.0]), np.array([60.0, 60, 60]), np.array([45.0, 44, 60]), 60)
    assert hours.tolist()[0] == 5.0 and math.isnan(hours[1]) and hours[2] == 7.0
    with pytest.raises(InputError):
        means.valid_hours(np.array([1.0]), np.array([1.0]), np.array([1.0]), 0)


def test_eight_hours_need_six() -> None:
    hours = np.array([10.0, NAN, NAN, 10, 10, 10, 10, 10, NAN])
    rolled = means.rolling_8h(hours)
    assert rolled[7] == 10.0 and math.isnan(rolled[6])
    assert math.isnan(rolled[8]), "5 of the last 8"


def test_the_greatest_eight_hours_of_a_day() -> None:
    hours = np.full(24, 50.0)
    hours[12:20] = 130.0
    assert means.daily_max_8h(hours) == 130.0
    partly = np.full(24, NAN)
    partly[12:20] = 130.0
    assert means.daily_max_8h(partly) is None, "5 windows only, and not above 160"
    partly[12:20] = 170.0
    assert means.daily_max_8h(partly) == 170.0


@given(hnp.arrays(float, st.integers(0, 60), elements=st.one_of(st.just(NAN), st.floats(0, 1e4))))
def test_running_means_stay_within_what_was_measured(hours) -> None:
    rolled = means.rolling_8h(hours)
    assert rolled.shape == hours.shape
    for at in np.flatnonzero(~np.isnan(rolled)):
        window = hours[at - 7 : at + 1]
        assert np.count_nonzero(~np.isnan(window)) >= 6
        assert np.nanmin(window) - 1e-6 <= rolled[at] <= np.nanmax(window) + 1e-6


def test_night() -> None:
    assert [hour for hour in range(24) if means.is_night(hour)] == [0, 1, 2, 3, 4, 5, 22, 23]


# ---------------------------------------------------------------- validity


def test_a_short_gap_takes_the_greatest_of_180_hours() -> None:
    hours = np.full(400, 2.0)
    hours[10], hours[390] = 9.0, 5.0
    hours[395:398] = NAN
    filled = validity.fill_air(hours, np.ones(400, bool))
    assert filled.values[395:398].tolist() == [5.0, 5.0, 5.0], "hour 10 is more than 180 hours back"
    assert filled.origin[396] == Origin.SUBSTITUTED and filled.capture == pytest.approx(397 / 400)
    long = hours.copy()
    long[365:390] = NAN
    assert validity.fill_air(long, np.ones(400, bool)).values[380] == 9.0, "25 hours look back 720"


def test_poor_capture_looks_further_or_gives_up() -> None:
    hours = np.full(1000, 1.0)
    hours[5] = 50.0
    hours[800:1000] = NAN
    assert validity.fill_air(hours, np.ones(1000, bool)).values[900] == 50.0
    hours[400:] = NAN
    poor = validity.fill_air(hours, np.ones(1000, bool))
    assert np.isnan(poor.values[900]) and poor.origin[900] == Origin.MISSING and "75%" in poor.rules[0]


def test_a_stopped_plant_emits_nothing_and_owes_no_data() -> None:
    hours = np.array([1.0, 2.0, NAN, NAN])
    filled = validity.fill_air(hours, np.array([True, True, False, False]))
    assert filled.values.tolist() == [1.0, 2.0, 0.0, 0.0] and filled.capture == 1.0


def test_water_takes_the_mean_of_as_long_a_stretch() -> None:
    hours = np.array([30.0, 10.0, 20.0, NAN, NAN, 40.0])
    filled = validity.fill_water(hours, np.ones(6, bool))
    assert filled.values[3:5].tolist() == [15.0, 15.0]
    median = validity.fill_water(np.array([6.0, 7.0, 9.0, NAN, NAN, NAN]), np.ones(6, bool), median=True)
    assert median.values[3] == 7.0
    assert np.isnan(validity.fill_water(np.array([NAN, 1.0]), np.ones(2, bool)).values[0])


def test_a_day_of_water_needs_three_quarters() -> None:
    values, flows = np.array([10.0, 20.0, 30.0, NAN]), np.array([1.0, 1.0, 2.0, 5.0])
    assert validity.water_day(values, flows, 4) == 22.5
    assert validity.water_day(values, flows, 5) is None


@given(
    hnp.arrays(float, 60, elements=st.one_of(st.just(NAN), st.floats(0, 100))),
    hnp.arrays(bool, 60),
)
def test_measured_hours_are_never_changed(hours, running) -> None:
    for fill in (validity.fill_air, validity.fill_water):
        filled = fill(hours, running)
        measured = filled.origin == Origin.MEASURED
        assert (filled.values[measured] == hours[measured]).all()
        assert set(np.flatnonzero(filled.origin == Origin.STOPPED)) == set(np.flatnonzero(~running))
        assert 0 <= filled.capture <= 1


# ---------------------------------------------------------------- emissions


def test_reference_oxygen() -> None:
    # 35 mg/m³ at 9 % oxygen, coal boiler: 35 · (21 − 6) / (21 − 9) = 43.75
    assert emissions.at_reference_oxygen(np.array([35.0]), np.array([9.0]), 6.0)[0] == 43.75
    assert np.isnan(emissions.at_reference_oxygen(np.array([35.0]), np.array([20.9]), 6.0)[0])


def test_emission_of_an_hour() -> None:
    flow = emissions.flow_per_hour(np.array([250.0]), "m³/s")
    assert flow[0] == 900_000
    # 28 mg/m³ · 900 000 m³/h = 25.2 kg
    assert emissions.emission(np.array([28.0]), flow, factors.unit_of("a21026"))[0] == pytest.approx(25.2)
    # 40 mg/L · 50 L/s · 3.6 = 180 m³/h → 7.2 kg
    water = emissions.flow_per_hour(np.array([50.0]), "L/s")
    assert emissions.emission(np.array([40.0]), water, factors.unit_of("w01018"))[0] == pytest.approx(7.2)
    with pytest.raises(InputError):
        emissions.flow_per_hour(flow, "mg/L")
    with pytest.raises(InputError):
        emissions.emission(flow, flow, "m³/s")


# ---------------------------------------------------------------- completeness


def test_completeness() -> None:
    one = completeness.Completeness("x", 100, 90, 81)
    assert (one.transmission, one.validity, one.effective) == (0.9, 0.9, 0.81)
    none = completeness.Completeness("y", 0, 0, 0)
    assert none.effective is None and completeness.ranking([none, one])[-1][1] is none


# ---------------------------------------------------------------- tracing


def source(key: str, lon: float, lat: float, peak_at: int, hours: int = 30) -> tracing.UpwindSource:
    values = np.full(hours, 10.0)
    values[hours - 1 - peak_at] = 40.0
    return tracing.UpwindSource(key, lon, lat, values)


def test_the_outlet_upwind_that_was_high_in_time_is_found() -> None:
    # wind from the north at 3 m/s = 10.8 km/h; 22.2 km north take 2.06 h
    winds = np.full(30, 3.0), np.full(30, 0.0)
    north = source("north", 106.0, 38.2, 2)
    late = source("late", 106.0, 38.2, 5)
    south = source("south", 106.0, 37.8, 2)
    found = tracing.trace(106.0, 38.0, *winds, [late, south, north], hours=6)
    assert [one.key for one in found] == ["north", "late"]
    assert found[0].ratio == 4.0 and found[0].score == 3.0 and found[0].hours_before == 2
    assert found[0].travel_hours == pytest.approx(2.06, abs=0.01)
    assert found[1].score == 0.0, "it was high when its air could not have arrived"


def test_nothing_is_traced_in_a_calm() -> None:
    assert tracing.trace(106, 38, np.full(30, 0.2), np.full(30, 0.0), [source("n", 106, 38.1, 1)]) == []
    with pytest.raises(InputError):
        tracing.trace(106, 38, np.ones(3), np.ones(4), [])


@given(st.floats(-179, 179), st.floats(-80, 80), st.floats(-1, 1), st.floats(-1, 1))
def test_there_and_back_is_as_far(lon, lat, dx, dy) -> None:
    there, _ = tracing.distance_and_bearing(lon, lat, lon + dx, lat + dy)
    back, bearing = tracing.distance_and_bearing(lon + dx, lat + dy, lon, lat)
    assert there == pytest.approx(back, abs=1e-6) and 0 <= bearing < 360


# ---------------------------------------------------------------- waste


def test_the_ledger_balances() -> None:
    ledger = [
        waste.Movement("generated", 1000),
        waste.Movement("received", 50),
        waste.Movement("used", 600),
        waste.Movement("used", 100, from_stock=True),
        waste.Movement("disposed", 200),
    ]
    found = waste.balance(ledger, opening=300)
    # 300 + 1000 + 50 − 700 − 200 = 450; 700 / (1000 + 100) = 63.6 %
    assert found.closing == 450 and found.utilisation_rate == pytest.approx(63.636, abs=0.001)


def test_more_cannot_leave_than_there_was() -> None:
    with pytest.raises(InputError, match="多 50"):
        waste.balance([waste.Movement("generated", 100), waste.Movement("used", 150)])
    with pytest.raises(InputError):
        waste.balance([waste.Movement("generated", NAN)])
    assert waste.balance([]).utilisation_rate is None
