"""Every model of siting against all choices tried one by one, and what must hold of any answer."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.decisions.siting import (
    capacitated,
    cover_all,
    cover_most,
    cover_twice,
    describe,
    p_centre,
    p_median,
)

SEEDS = st.integers(0, 10**6)


def scene(seed: int, *, gaps: bool = False) -> tuple[np.ndarray, np.ndarray, int]:
    """Times (minutes) between places and candidates, weights, and how many sites."""
    random = np.random.default_rng(seed)
    places, candidates = random.integers(3, 12), random.integers(3, 9)
    times = random.integers(1, 60, (places, candidates)).astype(float)
    if seed % 3 == 0:
        times += random.random(times.shape)
    if gaps:
        times[random.random(times.shape) < 0.3] = np.inf
    weights = random.integers(0, 9, places).astype(float) if seed % 2 else np.ones(places)
    return times, weights, int(random.integers(1, candidates))


@settings(max_examples=120, deadline=None)
@given(SEEDS)
def test_p_median_is_the_least_of_all_choices(seed: int) -> None:
    times, weights, p = scene(seed)
    answer = p_median(times, p, weights=weights)
    least = min(weights @ times[:, list(sites)].min(1) for sites in combinations(range(times.shape[1]), p))
    assert answer.proven
    assert answer.value == pytest.approx(least) == pytest.approx(answer.bound)
    assert len(set(answer.sites)) == p
    assert answer.value == pytest.approx(weights @ times[np.arange(len(times)), list(answer.nearest)])


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_p_median_keeps_what_stands_and_leaves_as_few_unreached_as_can_be(seed: int) -> None:
    times, weights, p = scene(seed, gaps=True)
    weights = weights + 1
    kept = [seed % times.shape[1]]
    answer = p_median(times, p, weights=weights, keep=kept)
    assert set(kept) <= set(answer.sites)

    def rated(sites: tuple[int, ...]) -> tuple[float, float]:
        near = times[:, list(sites)].min(1)
        out = ~np.isfinite(near)
        return float(out.sum()), float(weights[~out] @ near[~out])

    choices = [c for c in combinations(range(times.shape[1]), p) if set(kept) <= set(c)]
    assert answer.proven
    assert rated(answer.sites) == pytest.approx(min(rated(c) for c in choices))
    assert [n for n, site in enumerate(answer.nearest) if site < 0] == list(
        describe(times, answer.sites, standard=1).unreached
    )


@settings(max_examples=120, deadline=None)
@given(SEEDS)
def test_cover_and_centre_are_the_best_of_all_choices(seed: int) -> None:
    times, weights, p = scene(seed)
    standard = float(np.quantile(times, 0.4))
    within = times <= standard
    choices = list(combinations(range(times.shape[1]), p))
    most = cover_most(times, p, standard, weights=weights)
    assert most.proven
    assert most.value == pytest.approx(max(weights[within[:, list(c)].any(1)].sum() for c in choices))
    centre = p_centre(times, p)
    assert centre.proven
    assert centre.value == min(times[:, list(c)].min(1).max() for c in choices)
    if within.any(1).all():
        fewest = cover_all(times, standard)
        every = (
            n
            for n in range(1, times.shape[1] + 1)
            for c in combinations(range(times.shape[1]), n)
            if within[:, list(c)].any(1).all()
        )
        assert fewest.proven
        assert fewest.value == next(every)
    else:
        with pytest.raises(InputError, match="没有任何候选点"):
            cover_all(times, standard)
    covering = [c for c in choices if within[:, list(c)].any(1).all()]
    if covering:
        twice = cover_twice(times, p, standard, weights=weights)
        assert twice.proven
        assert twice.value == pytest.approx(max(weights[within[:, list(c)].sum(1) > 1].sum() for c in covering))
    else:
        with pytest.raises(InputError, match=r"达标|以内"):
            cover_twice(times, p, standard, weights=weights)


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_capacity_holds_and_undivided_is_the_least_of_all_choices(seed: int) -> None:
    random = np.random.default_rng(seed)
    costs = random.integers(1, 40, (4, 3)).astype(float)
    demand, opening = random.integers(1, 6, 4).astype(float), random.integers(0, 30, 3).astype(float)
    room = random.integers(6, 14, 3).astype(float)
    if demand.sum() > room.sum():
        room += demand.sum()

    def whole(where: tuple[int, ...]) -> float:
        load = np.bincount(where, demand, minlength=3)
        if (load > room).any():
            return np.inf
        return float(opening[sorted(set(where))].sum() + costs[np.arange(4), list(where)].sum())

    least = min(whole(where) for where in np.ndindex(3, 3, 3, 3))
    if np.isinf(least):
        with pytest.raises(InputError):
            capacitated(costs, demand, room, opening, undivided=True)
    else:
        assert capacitated(costs, demand, room, opening, undivided=True).value == pytest.approx(least)
    shared = capacitated(costs, demand, room, opening)
    assert shared.proven
    assert shared.value <= least + 1e-6
    assert shared.share.sum(1) == pytest.approx(np.ones(4))
    assert (demand @ shared.share <= room + 1e-6).all()
    assert set(np.flatnonzero(shared.share.sum(0) > 1e-9)) <= set(shared.sites)


def test_a_moved_site_is_described_and_bad_tables_are_refused_in_a_sentence() -> None:
    times = [[4.0, 20.0, np.inf], [9.0, 6.0, 30.0], [25.0, 7.0, 3.0]]
    seen = describe(times, [0, 1], standard=8, weights=[1, 2, 1])
    assert (seen.mean, seen.worst, seen.within, seen.twice, seen.beyond) == (5.75, 7.0, 4.0, 0.0, ())
    moved = describe(times, [1, 2], standard=8, weights=[1, 2, 1])
    assert (moved.worst, moved.within, moved.twice, moved.beyond) == (20.0, 3.0, 1.0, (0,))
    assert describe(times, [2], standard=8).unreached == (0,)
    for bad, words in (([], "一张表"), ([[1.0, -2.0]], "第1行第2列"), ([[np.nan]], "第1行第1列")):
        with pytest.raises(InputError, match=words):
            p_median(bad, 1)
    with pytest.raises(InputError, match="站点数"):
        p_median([[1.0, 2.0]], 3)
    with pytest.raises(InputError, match="候选点之中"):
        p_median([[1.0, 2.0]], 1, keep=[7])
    with pytest.raises(InputError, match="权重"):
        p_median([[1.0, 2.0]], 1, weights=[1, 2])
    with pytest.raises(InputError, match="小于总需求"):
        capacitated([[1.0]], [5], [3], [0])


def test_a_search_cut_short_says_so() -> None:
    random = np.random.default_rng(7)
    points = random.random((400, 2))
    times = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    answer = p_median(times, 7, seconds=0.0)
    assert not answer.proven
    assert answer.bound < answer.value
    whole = p_median(times, 7)
    assert whole.proven
    assert answer.bound <= whole.value <= answer.value
