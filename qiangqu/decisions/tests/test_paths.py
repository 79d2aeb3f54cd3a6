import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.decisions.paths import (
    make_path,
    remaining_mean_growth,
    run_rate,
    sum_gap,
    year_fraction,
)


def test_linear_path_at_year_ends_and_in_the_middle_of_a_year() -> None:
    path = make_path("linear", 100.0, 2022, 200.0, 2027)
    assert path.at(2023.0) == 100.0 and path.at(2024.0) == 120.0 and path.at(2028.0) == 200.0
    assert path.at(2025.5) == pytest.approx(150.0)
    assert path.at(2000.0) == 100.0 and path.at(2040.0) == 200.0


def test_compound_path_grows_by_the_same_share_each_year() -> None:
    path = make_path("compound", 100.0, 2022, 100.0 * 1.1**5, 2027)
    assert path.at(2025.0) == pytest.approx(121.0)
    assert path.at(2025.5) == pytest.approx(100 * 1.1**2.5)


def test_compound_path_from_nothing_is_linear() -> None:
    assert make_path("compound", 0.0, 2022, 50.0, 2027).at(2025.0) == pytest.approx(20.0)


def test_milestones_bend_the_path() -> None:
    path = make_path("milestones", 0.0, 2022, 100.0, 2027, {2024: 20.0, 2025: 60.0})
    assert path.at(2025.0) == 20.0 and path.at(2025.5) == pytest.approx(40.0) and path.at(2026.0) == 60.0
    assert path.at(2027.0) == pytest.approx(80.0)


def test_milestones_without_a_base_require_nothing_before_the_first() -> None:
    path = make_path("linear", None, None, 100.0, 2027, {2025: 60.0})
    assert path.at(2024.5) is None and path.at(2026.0) == 60.0 and path.at(2027.0) == pytest.approx(80.0)


def test_path_without_a_base_requires_only_the_goal() -> None:
    path = make_path("linear", None, 2022, 100.0, 2027)
    assert path.at(2025.0) is None and path.at(2028.0) == 100.0


def test_yearly_path_is_flat() -> None:
    path = make_path("yearly", None, 2022, 300.0, 2027)
    assert path.at(2023.2) == path.at(2027.9) == 300.0


@pytest.mark.parametrize(
    ("shape", "base_year", "milestones"),
    [("zigzag", 2022, {}), ("linear", 2027, {}), ("linear", 2022, {2022: 1.0}), ("linear", 2022, {2027: 1.0})],
)
def test_impossible_paths_are_refused(shape, base_year, milestones) -> None:
    with pytest.raises(InputError):
        make_path(shape, 1.0, base_year, 2.0, 2027, milestones)


def test_run_rates() -> None:
    assert run_rate((2023.0, 100.0), (2023.0, 120.0), compound=False) is None
    assert run_rate((2023.0, -1.0), (2024.0, 120.0), compound=True) is None
    assert run_rate((2023.0, 100.0), (2025.0, 90.0), compound=False) == -5.0
    assert run_rate((2023.0, 2.0), (2024.0, 5e-324), compound=True) == pytest.approx(-1.0)
    assert run_rate((2023.0, 5e-324), (2024.0, 1e300), compound=True) is None


def test_remaining_growth() -> None:
    assert remaining_mean_growth(10.0, 2, 10.0, 5) == pytest.approx(10.0)
    assert remaining_mean_growth(12.0, 5, 10.0, 5) is None
    assert remaining_mean_growth(-100.0, 2, 10.0, 5) is None


def test_sum_gap() -> None:
    assert sum_gap([0.1] * 10, 1.0) == 0.0
    assert sum_gap([40, 50], 100) == 10 and sum_gap([60, 50], 100) == -10


def test_year_fraction_of_a_leap_year() -> None:
    assert year_fraction(dt.date(2024, 12, 31)) == 2025.0
    assert year_fraction(dt.date(2024, 1, 1)) == pytest.approx(2024 + 1 / 366)


@given(
    base=st.floats(1, 1e6),
    target=st.floats(1, 1e6),
    time=st.floats(2020, 2030),
    shape=st.sampled_from(["linear", "compound"]),
)
def test_required_lies_between_base_and_target(base, target, time, shape) -> None:
    value = make_path(shape, base, 2022, target, 2027).at(time)
    tolerance = 1e-9 * max(base, target)
    assert min(base, target) - tolerance <= value <= max(base, target) + tolerance


def test_base_beyond_the_target_does_not_ask_to_fall() -> None:
    """1,345.7 in the base year against 1,200: 1,200 is asked for all the way; written for the other direction
    it is 0.9 from 0.5.
    """
    up = make_path("linear", 1345.7, 2022, 1200.0, 2027, keep="up")
    assert [up.at(t) for t in (2023.0, 2025.5, 2028.0)] == [1200.0, 1200.0, 1200.0]
    assert make_path("compound", 8485.7, 2022, 6000.0, 2027, keep="up").at(2026.0) == 6000.0
    down = make_path("linear", 0.5, 2022, 0.9, 2027, keep="down")
    assert down.at(2025.0) == 0.9
    free = make_path("linear", 1345.7, 2022, 1200.0, 2027)
    assert 1200 < free.at(2025.0) < 1345.7


def test_milestones_do_not_turn_back() -> None:
    path = make_path("milestones", 100.0, 2022, 130.0, 2027, {2024: 90.0, 2025: 140.0}, keep="up")
    assert path.at(2025.0) == 100.0 and path.at(2026.0) == 130.0 and path.at(2027.0) == 130.0


def test_pieces_are_asked_for_whole() -> None:
    path = make_path("linear", 0.0, 2022, 1.0, 2027, keep="up", whole=True)
    assert [path.at(t) for t in (2024.0, 2025.0, 2026.0, 2028.0)] == [0.0, 0.0, 1.0, 1.0]


@given(
    base=st.floats(-1e6, 1e6),
    target=st.floats(-1e6, 1e6),
    milestones=st.dictionaries(st.integers(2023, 2026), st.floats(-1e6, 1e6), max_size=4),
    shape=st.sampled_from(["linear", "compound", "milestones"]),
    keep=st.sampled_from(["up", "down"]),
    whole=st.booleans(),
)
def test_kept_path_goes_one_way_and_ends_at_the_target(base, target, milestones, shape, keep, whole) -> None:
    target = float(round(target)) if whole else target
    path = make_path(shape, base, 2022, target, 2027, milestones, keep=keep, whole=whole)
    asked = [path.at(2023 + step / 7) for step in range(36)]
    sign = 1 if keep == "up" else -1
    slack = 1e-6 * max(1.0, abs(base), abs(target), *map(abs, milestones.values()))
    assert all((b - a) * sign >= -slack for a, b in pairwise(asked))
    assert all((target - a) * sign >= -slack for a in asked) and path.at(2028.0) == target
