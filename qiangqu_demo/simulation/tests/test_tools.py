"""Numeric tools, names and codes, reading of parameters."""

import contextlib
import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qiangqu.base.codes import is_valid_uscc
from qiangqu.base.errors import InputError
from qiangqu_demo.simulation.arrays import apportion, fit_margins, pick, stream
from qiangqu_demo.simulation.calibration import benchmark
from qiangqu_demo.simulation.identities import NO_DIVISION, codes_of
from qiangqu_demo.simulation.parameters import parse_parameters

positive = st.floats(0.01, 100)


@given(
    arrays(float, (4, 3), elements=positive), arrays(float, 4, elements=positive), arrays(float, 3, elements=positive)
)
def test_ras_meets_both_margins(start, rows, columns):
    columns = columns * rows.sum() / columns.sum()
    fitted = fit_margins(start, rows, columns, rounds=5000)
    np.testing.assert_allclose(fitted.sum(1), rows, rtol=1e-3)
    np.testing.assert_allclose(fitted.sum(0), columns, rtol=1e-3)


def test_ras_keeps_zeros():
    fitted = fit_margins(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([1.0, 3.0]), np.array([2.0, 2.0]))
    assert fitted[0, 1] == 0
    np.testing.assert_allclose(fitted, [[1, 0], [1, 2]], atol=1e-6)


@given(st.integers(0, 5000), arrays(float, 9, elements=positive))
def test_apportion_divides_all_and_stays_within_one_of_the_quota(total, weights):
    counts = apportion(total, weights)
    assert counts.sum() == total and (counts >= 0).all()
    assert (np.abs(counts - weights / weights.sum() * total) < 1).all()


@given(st.integers(0, 30), st.integers(0, 2**32 - 1))
def test_pick_takes_different_things_and_never_an_impossible_one(count, seed):
    weights = np.where(np.arange(20) % 3 == 0, 0.0, 1.0 + np.arange(20))
    chosen = pick(np.random.default_rng(seed), weights, count)
    assert len(set(chosen.tolist())) == len(chosen) == min(count, 13)
    assert (weights[chosen] > 0).all()


def test_streams_do_not_depend_on_one_another():
    assert stream(1, "a").random() == stream(1, "a").random()
    assert len({stream(1, "a").random(), stream(1, "b").random(), stream(2, "a").random()}) == 3


# ---------------------------------------------------------------- calibration


@settings(deadline=None)
@given(arrays(float, (5, 24), elements=st.floats(8, 14)), st.floats(-0.1, 0.2), st.floats(0.85, 1.2))
def test_benchmark_meets_growth_and_level_and_stays_smooth(base, growth, level):
    later, first = np.zeros_like(base), np.zeros_like(base)
    later[:, 12:18], later[:, 0:6] = 1, -(1 + growth)
    first[2, 3:9] = 1
    target = level * base[2, 3:9].sum()
    factors = benchmark(base, [later, first], np.array([0.0, target]), base.mean(1))
    after = base * factors
    assert after[:, 12:18].sum() / after[:, :6].sum() - 1 == pytest.approx(growth, abs=1e-4)
    assert after[2, 3:9].sum() == pytest.approx(target, rel=1e-4)
    assert (factors > 0).all()
    assert np.abs(np.diff(factors, axis=1)).max() < 0.25  # no step where the published period begins or ends


def test_benchmark_without_figures_changes_nothing_and_averages_contradictions():
    base = np.full((2, 12), 10.0)
    assert (benchmark(base, [], np.zeros(0), base.mean(1)) == 1).all()
    all_months = np.ones_like(base)
    factors = benchmark(base, [all_months, all_months], np.array([250.0, 270.0]), base.mean(1))
    assert (base * factors).sum() == pytest.approx(260, rel=1e-3)


def test_a_change_is_shared_in_proportion_to_size():
    base = np.array([np.full(12, 100.0), np.full(12, 1.0)])
    factors = benchmark(base, [np.ones_like(base)], np.array([1.1 * base.sum()]), base.mean(1))
    np.testing.assert_allclose(factors, 1.1, rtol=1e-3)


# ---------------------------------------------------------------- identities


def test_codes_are_valid_different_and_of_no_place():
    codes = codes_of(3000)
    assert len(set(codes)) == 3000
    assert all(is_valid_uscc(code) and code[2:8] == NO_DIVISION for code in codes)


# ---------------------------------------------------------------- parameters

FAULTS = [
    (("enterprises", "count"), "many", "enterprises.count"),
    (("enterprises", "count"), 10**9, "enterprises.count"),
    (("enterprises", "cuont"), 5, "cuont"),
    (("sizes", "sigma"), float("nan"), "sizes.sigma"),
    (("dynamics", "festival_days"), [1], "festival_days"),
    (("zones", "remark"), "", "zones"),
    (("sectors", "equipment", "season"), [1.0, 1.0], "equipment"),
    (("activities", "rows", 0, "sector"), "fishing", "fishing"),
    (("activities", "rows", 0, "code"), "38", "38"),
    (("recognitions", "kinds", "srdi", "holders"), [1, 2], "srdi"),
    (("recognitions", "kinds", "srdi", "among"), "nobody", "nobody"),
    (("projects", "kinds", "ccus", "owner"), "me", "ccus"),
    (("prices", 2023), "low", "prices.2023"),
    (("seed",), -1, "seed"),
    (("land",), None, "land"),
]


@pytest.mark.parametrize(("path", "value", "named"), FAULTS)
def test_a_fault_in_the_parameters_is_named(pack, path, value, named):
    data = copy.deepcopy(pack.yaml("simulation.yaml"))
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(InputError) as error:
        parse_parameters(data)
    assert named in str(error.value)


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_to_the_parameters_is_an_input_error(pack_data, data):
    damaged = copy.deepcopy(pack_data)
    place = damaged
    while True:
        key = data.draw(st.sampled_from(sorted(place, key=str) if isinstance(place, dict) else range(len(place))))
        inner = place[key]
        if not (isinstance(inner, dict | list) and inner) or data.draw(st.integers(0, 3)) == 0:
            break
        place = inner
    place[key] = data.draw(_anything)
    with contextlib.suppress(InputError):
        parse_parameters(damaged)


@pytest.fixture(scope="session")
def pack_data(pack):
    return pack.yaml("simulation.yaml")
