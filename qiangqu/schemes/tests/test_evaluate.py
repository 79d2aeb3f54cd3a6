"""The set-wise evaluation against one subject at a time by hand, and against every way to fill what is missing."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qiangqu.schemes.evaluate import NO, OPEN, YES, Interval, Table, evaluate
from qiangqu.schemes.language import Scheme

from .by_hand import judged

NAMES = ["v0", "v1", "v2"]
#: quarters: exact in floating point, so that edges are hit
FIGURES = st.integers(-8, 40).map(lambda n: n / 4)


@st.composite
def bands(draw: Any, most: float) -> list[dict[str, Any]]:
    edges = sorted(draw(st.sets(FIGURES, min_size=1, max_size=4)))
    points = draw(st.lists(st.integers(0, int(most)), min_size=len(edges) + 1, max_size=len(edges) + 1))
    ends = [None, *edges, None]
    return [{"min": ends[at], "max": ends[at + 1], "points": p} for at, p in enumerate(points)]


def conditions(scores: list[str], peersless: bool = True) -> Any:
    leaf = st.builds(
        lambda name, op, than: {"value": name, "op": op, "than": than},
        st.sampled_from(NAMES), st.sampled_from([">=", ">", "<=", "<", "==", "!="]), FIGURES,
    )  # fmt: skip
    if scores:
        leaf |= st.builds(
            lambda name, op, than: {"score": name, "op": op, "than": than + 1 / 8},
            st.sampled_from(scores), st.sampled_from([">=", "<"]), FIGURES,
        )  # fmt: skip

    def grown(inner: Any) -> Any:
        several = st.lists(inner, min_size=1, max_size=3)
        return (
            several.map(lambda parts: {"all": parts})
            | several.map(lambda parts: {"any": parts})
            | several.flatmap(lambda parts: st.integers(1, len(parts)).map(lambda n: {"at_least": n, "of": parts}))
        )

    return st.recursive(leaf, grown, max_leaves=5)


@st.composite
def criterion(draw: Any, code: str, deep: int = 1, peers: bool = True) -> dict[str, Any]:
    most = float(draw(st.integers(1, 20)))
    made: dict[str, Any] = {"code": code, "title": code, "points": most}
    ways = ["bands", "linear", "power", "ratio", "each", "count", "choices", "given"]
    ways += ["peers"] if peers else []
    ways += ["parts", "best_of", "weighted"] if deep else []
    way = draw(st.sampled_from(ways))
    if way in ("bands", "linear", "power", "ratio", "each", "given", "peers"):
        made["value"] = draw(st.sampled_from(NAMES))
    two = draw(st.lists(FIGURES, min_size=2, max_size=2, unique=True))
    match way:
        case "bands":
            made |= {"bands": draw(bands(most)), "edges": draw(st.sampled_from(["[)", "(]"]))}
        case "linear":
            made["linear"] = {"zero": two[0], "full": two[1]}
        case "power":
            made["power"] = {"bad": two[0], "good": two[1], "exponent": draw(st.sampled_from([1, 2]))}
        case "ratio":
            made["ratio"] = {"target": draw(st.integers(1, 20)), "most": draw(st.sampled_from([1, 1.5]))}
        case "each":
            made["each"] = {"per": draw(st.sampled_from([0.5, 1, 2])), "points": draw(st.integers(1, 3))}
        case "count":
            of = draw(st.lists(conditions([]), min_size=1, max_size=3))
            made["count"] = {"of": of, "points": draw(st.integers(1, 5))}
        case "choices":
            made["choices"] = [
                {"when": draw(conditions([])), "points": float(draw(st.integers(0, int(most))))} for _ in range(2)
            ]
        case "given":
            made["given"] = True
        case "peers":
            by = draw(st.sampled_from(["minmax", "rank", "quantile"]))
            made["peers"] = {"by": by} | ({} if by == "minmax" else {"bands": draw(bands(most))})
        case "parts":
            parts = [draw(criterion(f"{code}_{n}", 0, peers)) for n in range(2)]
            for part in parts[1:]:
                part |= draw(st.sampled_from([{}, {"bonus": True}, {"deduction": True}]))
            counted = [p["points"] for p in parts if not p.get("bonus") and not p.get("deduction")]
            made |= {"parts": parts, "points": sum(counted)}
        case "best_of":
            parts = [draw(criterion(f"{code}_{n}", 0, peers)) for n in range(2)]
            made |= {"best_of": parts, "points": max(p["points"] for p in parts)}
        case "weighted":
            share = draw(st.integers(1, 99))
            parts = [draw(criterion(f"{code}_{n}", 0, peers)) for n in range(2)]
            parts[0]["weight"], parts[1]["weight"] = share, 100 - share
            made["parts"] = parts
    return made


@st.composite
def schemes(draw: Any, peers: bool = True) -> Scheme:
    count = draw(st.integers(1, 3))
    criteria = [draw(criterion(f"c{n}", 1, peers)) for n in range(count)]
    scores = ["total", "c0"]
    data = {
        "code": "s", "edition": "1", "title": "s", "subject": "organisation", "kind": "score",
        "document": {"title": "d", "effective": "2020-01-01"},
        "values": {
            name: {"title": name, "unit": "分", "indicator": "i", "better": draw(st.sampled_from(["up", "down"]))}
            for name in NAMES
        },
        "criteria": criteria,
        "gates": draw(st.lists(conditions(scores), max_size=2)),
        "pass": draw(st.none() | conditions(scores)),
        "levels": [
            {"code": f"l{n}", "title": f"l{n}", "when": draw(conditions(scores))} for n in range(draw(st.integers(0, 2)))
        ],
    }  # fmt: skip
    return Scheme.model_validate(data)


def table_of(rows: list[dict[str, float]]) -> Table:
    return Table(len(rows), {name: Interval.of([row[name] for row in rows]) for name in NAMES})


ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(NAMES, FIGURES)), min_size=1, max_size=6)


@settings(max_examples=250, deadline=None)
@given(schemes(), ROWS)
def test_what_is_known_is_as_by_hand(scheme: Scheme, rows: list[dict[str, float]]) -> None:
    made = evaluate(scheme, table_of(rows))
    for at, row in enumerate(rows):
        total, qualifies, to_do, level = judged(scheme, row, rows)
        assert made.score.low[at] == pytest.approx(total, abs=1e-9)
        assert made.score.high[at] == pytest.approx(total, abs=1e-9)
        assert made.state[at] == (YES if qualifies else NO)
        assert (made.failing[at], made.unsure[at]) == (to_do, 0)
        assert made.level_low[at] == made.level_high[at] == level


@settings(max_examples=250, deadline=None)
@given(schemes(peers=False), ROWS, st.data())
def test_a_range_holds_every_way_to_fill_what_is_missing(
    scheme: Scheme, rows: list[dict[str, float]], data: Any
) -> None:
    gaps = [data.draw(st.sets(st.sampled_from(NAMES))) for _ in rows]
    known = [
        {name: math.nan if name in gap else row[name] for name in NAMES} for row, gap in zip(rows, gaps, strict=True)
    ]
    made = evaluate(scheme, table_of(known))
    for at, row in enumerate(rows):
        total, qualifies, to_do, level = judged(scheme, row, rows)
        assert made.score.low[at] - 1e-9 <= total <= made.score.high[at] + 1e-9
        assert made.state[at] in (OPEN, YES if qualifies else NO)
        assert made.level_low[at] <= level <= made.level_high[at]
        assert made.failing[at] <= to_do <= made.failing[at] + made.unsure[at] or made.unsure[at]


@settings(max_examples=100, deadline=None)
@given(schemes(peers=False), ROWS, st.data())
def test_who_is_evaluated_beside_makes_no_difference(scheme: Scheme, rows: list[dict[str, float]], data: Any) -> None:
    """Without criteria among peers one subject alone has the same marks as in any company."""
    at = data.draw(st.integers(0, len(rows) - 1))
    alone, together = evaluate(scheme, table_of([rows[at]])), evaluate(scheme, table_of(rows))
    assert alone.score.low[0] == together.score.low[at]
    assert alone.state[0] == together.state[at]


def small(**more: Any) -> Scheme:
    data = {
        "code": "s", "edition": "1", "title": "s", "subject": "organisation", "kind": "score",
        "document": {"title": "d", "effective": "2020-01-01"},
        "values": {"v": {"title": "v", "unit": "分", "indicator": "i"}},
    }  # fmt: skip
    return Scheme.model_validate(data | more)


def test_missing_is_the_whole_range_and_never_zero() -> None:
    tiers = [{"max": 5, "points": 2}, {"min": 5, "points": 10}]
    scheme = small(
        criteria=[{"code": "c", "title": "c", "points": 10, "value": "v", "bands": tiers}],
        **{"pass": {"score": "total", "op": ">=", "than": 5}},
    )
    made = evaluate(scheme, Table(3, {"v": Interval.of([np.nan, 4.0, np.inf])}))
    assert list(made.score.low) == [2, 2, 2]
    assert list(made.score.high) == [10, 2, 10]
    assert list(made.state) == [OPEN, NO, OPEN]


def test_points_that_nobody_found_leave_the_total_open() -> None:
    scheme = small(
        criteria=[
            {"code": "c", "title": "c", "points": 10, "value": "v", "given": True},
            {"code": "rest", "title": "其余", "points": None, "unknown": "原文未查到"},
        ],
        max_points=100,
        **{"pass": {"score": "total", "op": ">=", "than": 60}},
    )
    made = evaluate(scheme, Table(1, {"v": Interval.of([8.0])}))
    assert (made.score.low[0], made.score.high[0], made.state[0]) == (8, 100, OPEN)


def test_an_expert_marks_within_the_range_that_the_file_gives() -> None:
    scheme = small(
        values={
            "v": {"title": "v", "unit": "项", "indicator": "i"},
            "m": {"title": "m", "unit": "分", "mark": [0, 8]},
        },
        criteria=[
            {"code": "c", "title": "c", "points": 8, "mark": "m",
             "choices": [{"when": {"value": "v", "op": ">=", "than": 1}, "points": [7, 8]}]}
        ],
    )  # fmt: skip
    table = Table(3, {"v": Interval.of([1, 1, 1]), "m": Interval.of([7.5, np.nan, 3])})
    made = evaluate(scheme, table)
    # a mark outside the range of the tier does not count
    assert list(zip(made.score.low, made.score.high, strict=True)) == [(7.5, 7.5), (7, 8), (7, 8)]


def test_peers_are_those_of_the_same_group_that_have_a_value() -> None:
    scheme = small(
        criteria=[{"code": "c", "title": "c", "points": 10, "value": "v", "peers": {"by": "minmax", "among": "sector"}}]
    )
    groups = {"sector": np.array([1, 1, 1, 2, 2])}
    made = evaluate(scheme, Table(5, {"v": Interval.of([1, 3, np.nan, 7, 7])}, groups=groups))
    assert list(made.score.low) == [0, 10, 0, 10, 10]
    assert list(made.score.high) == [0, 10, 10, 10, 10]


def test_texts_are_compared_by_code_and_a_missing_one_is_open() -> None:
    scheme = small(
        values={"t": {"title": "行业", "attribute": "industry"}},
        kind="eligibility",
        gates=[{"value": "t", "op": "starts", "than": ["27", "28"]}],
    )
    made = evaluate(scheme, Table(3, texts={"t": np.array(["2710", "3011", ""])}))
    assert list(made.state) == [YES, NO, OPEN]


def test_floating_point_does_not_miss_an_edge() -> None:
    tiers = [{"max": 0.3, "points": 0}, {"min": 0.3, "points": 10}]
    scheme = small(criteria=[{"code": "c", "title": "c", "points": 10, "value": "v", "bands": tiers}])
    assert evaluate(scheme, Table(1, {"v": Interval.of([0.1 + 0.2 - 1e-12])})).score.low[0] == 10
