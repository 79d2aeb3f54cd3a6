"""Where a year will end by its months: worked by hand, and what must hold whatever is given."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.decisions.nowcast import LEAST_MONTHS, nowcast

amounts = st.floats(1.0, 1e9)


def test_an_amount_by_the_mean_factor_of_earlier_years() -> None:
    """The years were 1.25 and 1.2 times their first ten months: √1.5 = 1.2247."""
    found = nowcast([2023, 2024, 2025], [80.0, 100.0, 110.0], [100.0, 120.0, None], 10, flow=True)
    assert found is not None and found.step == 1.2247
    assert found.steps == ((2023, 1.25), (2024, 1.2))
    assert found.forecast.mean == pytest.approx(110 * 1.2247)
    # t with 2 degrees of freedom: 1.8856; pooled variance of ±0.02041 and of 0.03·2/12
    sd = math.sqrt((2 * (math.log(1.25 / 1.2) / 2) ** 2 + 0.005**2) / 2 * 1.5)
    assert found.forecast.low == pytest.approx(110 * 1.2247 * math.exp(-1.885618 * sd))
    assert found.forecast.method == "nowcast" and found.forecast.chance(110 * 1.2247) == pytest.approx(0.5)


def test_a_rate_by_the_mean_difference_in_whole_decimals() -> None:
    found = nowcast([2022, 2023, 2024], [5.0, 6.0, 7.0], [5.4, 6.1, None], 9, flow=False, decimals=1)
    assert found is not None and found.step == 0.25 and found.forecast.mean == pytest.approx(7.25)


def test_pieces_come_whole_and_what_never_falls_does_not() -> None:
    found = nowcast([2022, 2023, 2024], [10.0, 14.0, 18.0], [12.0, 15.0, None], 9, flow=False, pieces=True, rising=True)
    assert found is not None
    made = found.forecast
    assert made.mean == 20.0 and made.low >= 18.0 and all(float(x).is_integer() for x in (made.low, made.high))


def test_a_sum_of_months_never_ends_below_what_it_is() -> None:
    found = nowcast([2023, 2024, 2025], [50.0, 99.0, 110.0], [100.0, 100.0, None], 10, flow=True)
    assert found is not None and found.forecast.low == 110.0 and found.forecast.chance(110.0) == 1.0


@pytest.mark.parametrize(
    ("years", "so_far", "whole", "months", "flow"),
    [
        ([2025], [1.0], [None], 6, True),
        ([2024, 2025], [1.0, 2.0], [2.0, None], LEAST_MONTHS - 1, True),
        ([2024, 2025], [1.0, 2.0], [2.0, None], 12, True),
        ([2024, 2025], [1.0, -2.0], [2.0, None], 6, True),
        ([2024, 2025], [0.0, 2.0], [2.0, None], 6, True),
        ([2024, 2025], [1.0, 2.0], [2.0, None], 6, False),
        ([2024, 2025], [1.0, None], [2.0, None], 6, True),
        ([], [], [], 6, True),
    ],
)
def test_says_nothing_where_nothing_honest_can_be_said(years, so_far, whole, months, flow) -> None:
    assert nowcast(years, so_far, whole, months, flow=flow) is None


@given(st.lists(st.tuples(amounts, st.floats(1.0, 3.0)), min_size=1, max_size=8), amounts, st.integers(3, 11))
def test_interval_holds_the_centre_and_the_unit_does_not_matter(past, now, months) -> None:
    years = list(range(2010, 2011 + len(past)))
    parts, ends = [part for part, _factor in past], [part * factor for part, factor in past]
    found = nowcast(years, [*parts, now], [*ends, None], months, flow=True)
    in_thousands = nowcast(
        years, [x / 1000 for x in [*parts, now]], [*(x / 1000 for x in ends), None], months, flow=True
    )
    assert found is not None and in_thousands is not None
    made, other = found.forecast, in_thousands.forecast
    assert now <= made.low <= made.mean <= made.high
    assert other.mean * 1000 == pytest.approx(made.mean, rel=1e-6) and len(found.steps) <= 6


@given(st.integers(3, 10))
def test_more_months_leave_less_open(months) -> None:
    def width(known: int) -> float:
        found = nowcast([2024, 2025], [known * 10.0, known * 11.0], [120.0, None], known, flow=True)
        assert found is not None
        return found.forecast.high - found.forecast.low

    assert width(months + 1) < width(months)
