"""The smallest changes against every combination, and sensitivity against the order that new weights give."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qiangqu.schemes.evaluate import NO, YES, Interval, Table, evaluate
from qiangqu.schemes.improve import tried, ways
from qiangqu.schemes.language import Scheme
from qiangqu.schemes.sensitivity import reweighted, swaps

from .test_evaluate import NAMES, small


def tiers(points: list[int], edges: list[float]) -> list[dict[str, Any]]:
    ends = [None, *edges, None]
    return [{"min": ends[n], "max": ends[n + 1], "points": p} for n, p in enumerate(points)]


def ladder(gate: float, enough: int) -> Scheme:
    return small(
        values={name: {"title": name, "unit": "分", "indicator": "i"} for name in NAMES},
        gates=[{"value": "v0", "op": ">=", "than": gate}],
        criteria=[
            {"code": f"c{n}", "title": f"c{n}", "points": 30, "value": name, "bands": tiers([0, 10, 20, 30], [2, 4, 6])}
            for n, name in enumerate(NAMES)
        ],
        **{"pass": {"score": "total", "op": ">=", "than": enough}},
    )


def table(*figures: float) -> Table:
    return Table(1, {name: Interval.of([one]) for name, one in zip(NAMES, figures, strict=True)})


def test_one_figure_is_brought_to_the_next_threshold() -> None:
    (way, *_more) = ways(ladder(3, 0), table(1.0, 1.0, 1.0))
    assert [(c.value, c.now, c.to) for c in way.changes] == [("v0", 1.0, 3.0)]


def test_who_passes_has_nothing_to_change() -> None:
    assert ways(ladder(3, 30), table(9, 0, 0)) == []


def test_the_cheapest_of_several_figures_is_named_first() -> None:
    best, *others = ways(ladder(0, 50), table(6, 3.9, 0))
    # 30 + 10 are there: v1 from 3.9 to 4 gives ten more
    assert [(c.value, c.to) for c in best.changes] == [("v1", 4.0)]
    assert [(c.value, c.to) for c in others[0].changes] == [("v2", 2.0)]


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[st.integers(0, 28).map(lambda n: n / 4)] * 3), st.integers(0, 6), st.sampled_from([20, 50, 70, 90]))
def test_no_fewer_figures_are_enough(figures: tuple[float, ...], gate: int, enough: int) -> None:
    scheme, mine = ladder(gate, enough), table(*figures)
    found = ways(scheme, mine)
    if evaluate(scheme, mine).state[0] == YES:
        assert found == []
        return
    count = len(found[0].changes)
    for way in found:
        assert evaluate(scheme, tried(mine, {c.value: c.to for c in way.changes})).state[0] == YES
    # bringing any fewer figures as high as they go is not enough
    for fewer in combinations(NAMES, count - 1):
        assert evaluate(scheme, tried(mine, dict.fromkeys(fewer, 100.0))).state[0] == NO


def test_a_try_out_leaves_the_table_as_it_was() -> None:
    mine = table(1, 1, 1)
    assert evaluate(ladder(3, 0), tried(mine, {"v0": 5})).state[0] == YES
    assert mine.numbers["v0"].low[0] == 1


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6))
def test_at_the_swap_the_neighbours_are_equal_and_beyond_it_they_have_swapped(seed: int) -> None:
    random = np.random.default_rng(seed)
    shares, weights = random.random((4, 3)), random.dirichlet([2, 2, 2])
    for swap in swaps(shares, weights):
        there = shares @ reweighted(weights, swap.group, swap.at)
        assert there[swap.above] == pytest.approx(there[swap.below], abs=1e-9)
        beyond = swap.at + np.sign(swap.at - swap.now) * 1e-3
        if 0 <= beyond <= 1:
            after = shares @ reweighted(weights, swap.group, beyond)
            assert after[swap.above] < after[swap.below]
