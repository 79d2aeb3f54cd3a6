"""Worked examples from the tables of HJ 633-2012 and HJ 633-2026, computed by hand."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.domains.environment.aqi import POLLUTANTS, air_quality, breakpoints, grade, iaqi

OLD, NEW = dt.date(2026, 2, 28), dt.date(2026, 3, 1)
CLEAN = {"SO2": 10, "NO2": 20, "PM10": 40, "CO": 0.8, "O3": 80, "PM2.5": 20}


@pytest.mark.parametrize(
    ("pollutant", "average", "value", "day", "expected"),
    [
        # between 35 (50) and 75 (100): (55 − 35) · 50 / 40 + 50 = 75
        ("PM2.5", "24h", 55, OLD, 75),
        # between 35 (50) and 60 (100): (55 − 35) · 50 / 25 + 50 = 90
        ("PM2.5", "24h", 55, NEW, 90),
        # between 60 (100) and 115 (150): (61 − 60) · 50 / 55 + 100 = 100.909… → 101
        ("PM2.5", "24h", 61, NEW, 101),
        # (130 − 120) · 50 / 130 + 100 = 103.84… → 104; in the old edition (130 − 50) · 50 / 100 + 50 = 90
        ("PM10", "24h", 130, NEW, 104),
        ("PM10", "24h", 130, OLD, 90),
        # (3.0 − 2) · 50 / 2 + 50 = 75
        ("CO", "24h", 3.0, NEW, 75),
        # (215 − 160) at the break itself
        ("O3", "8h", 215, NEW, 150),
        ("O3", "8h", 801, NEW, 300),
        ("O3", "8h", 801, OLD, None),
        ("SO2", "1h", 801, NEW, 200),
        ("SO2", "1h", 801, OLD, None),
        ("PM2.5", "24h", 500, NEW, 500),
        ("PM2.5", "24h", 9999, NEW, 500),
        # hourly particles use the daily row
        ("PM10", "1h", 130, NEW, 104),
        ("NO2", "1h", 100, NEW, 50),
        ("SO2", "24h", 0, NEW, 0),
    ],
)
def test_individual_indices(pollutant, average, value, day, expected) -> None:
    assert iaqi(pollutant, average, value, day) == expected


def test_concentrations_are_rounded_before_the_index() -> None:
    # 35.4 → 35 → 50; 35.5 → 36 (half to even) → 52
    assert iaqi("PM2.5", "24h", 35.4, NEW) == 50
    assert iaqi("PM2.5", "24h", 35.5, NEW) == 52
    assert iaqi("CO", "1h", 5.04, NEW) == 50


def test_index_primary_pollutant_and_class() -> None:
    found = air_quality(CLEAN | {"PM10": 130, "PM2.5": 61}, "daily", NEW)
    assert (found.aqi, found.primary, found.grade.name, found.grade.level) == (104, ("PM10",), "轻度污染", 3)
    assert found.standard == "HJ 633-2026"
    clean = air_quality(CLEAN, "daily", NEW)
    assert clean.aqi == 40 and clean.primary == () and clean.grade.name == "优"


def test_equal_indices_share_the_first_place() -> None:
    found = air_quality(CLEAN | {"PM10": 120, "PM2.5": 60}, "hourly", NEW)
    assert found.aqi == 100 and set(found.primary) == {"PM10", "PM2.5"}


def test_a_missing_pollutant_withholds_a_low_index_only() -> None:
    low = air_quality({**CLEAN, "CO": None}, "daily", NEW)
    assert low.aqi is None and low.missing == ("CO",) and "5.3.1" in low.reason and low.iaqi["PM10"] == 40
    high = air_quality({**CLEAN, "CO": None, "PM2.5": 150}, "daily", NEW)
    assert high.aqi == 200 and high.primary == ("PM2.5",)
    assert air_quality({}, "daily", NEW).reason.startswith("六项")


def test_before_2026_ozone_counts_by_the_greater_of_hour_and_eight_hours() -> None:
    values = CLEAN | {"O3": 100, "O3_1h": 200}
    assert air_quality(values, "daily", OLD).iaqi["O3"] == 100
    assert air_quality(values, "daily", NEW).iaqi["O3"] == 50
    above = air_quality(CLEAN | {"O3": 900, "O3_1h": 1000}, "daily", OLD)
    assert above.aqi == 400


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_no_concentration_no_index(value) -> None:
    with pytest.raises(InputError, match="有效的数"):
        iaqi("SO2", "24h", value, NEW)
    with pytest.raises(InputError):
        iaqi("SO3", "24h", 1.0, NEW)


@pytest.mark.parametrize(
    ("aqi", "name"),
    [(50, "优"), (51, "良"), (150, "轻度污染"), (151, "中度污染"), (300, "重度污染"), (301, "严重污染")],
)
def test_classes(aqi, name) -> None:
    assert grade(aqi).name == name


AVERAGES = {"O3": ("1h", "8h"), **dict.fromkeys(("SO2", "NO2", "PM10", "CO", "PM2.5"), ("1h", "24h"))}
choice = st.sampled_from([(p, a) for p in POLLUTANTS for a in AVERAGES[p]])


@given(choice, st.floats(0, 5000), st.floats(0, 5000), st.sampled_from([OLD, NEW]))
def test_more_pollution_never_lowers_the_index(which, one, other, day) -> None:
    low, high = (iaqi(*which, value, day) for value in sorted((one, other)))
    if low is not None and high is not None:
        assert low <= high
    if low is None:
        assert high is None


@given(choice, st.sampled_from([OLD, NEW]))
def test_breakpoints_rise_and_meet_their_levels(which, day) -> None:
    points = breakpoints(*which, day).concentrations
    assert list(points) == sorted(set(points))
    assert [iaqi(*which, float(p), day) for p in points] == [0, 50, 100, 150, 200, 300, 400, 500][: len(points)]


@given(st.dictionaries(st.sampled_from(POLLUTANTS), st.floats(0, 3000)), st.sampled_from(["daily", "hourly"]))
def test_the_index_is_the_greatest_of_its_parts(values, report) -> None:
    found = air_quality(values, report, NEW)
    if found.aqi is not None:
        assert found.aqi == max(found.iaqi.values())
        assert all(found.iaqi[p] == found.aqi for p in found.primary)
        assert bool(found.primary) == (found.aqi > 50)
