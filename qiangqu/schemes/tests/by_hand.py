"""Schemes by hand, one subject at a time, with every value known: what the set-wise evaluation is compared with."""

import math
from typing import Any

from qiangqu.schemes.language import Band, Condition, Criterion, Scheme

Values = dict[str, float]


def points_of(one: Criterion, scheme: Scheme, mine: Values, peers: list[Values]) -> float:
    value = mine[one.value] if one.value else 0.0
    most = one.points or 0.0
    if one.parts is not None:
        if one.weighted:
            shares = [(p.weight or 0) / 100 * points_of(p, scheme, mine, peers) / (p.points or 1) for p in one.parts]
            return most * sum(shares)
        return summed(one.parts, scheme, mine, peers, most)
    if one.best_of is not None:
        return max(points_of(part, scheme, mine, peers) for part in one.best_of)
    if one.bands is not None:
        return banded(one.bands, value, one.edges)
    if one.linear is not None:
        zero, full = one.linear.zero, one.linear.full
        assert zero is not None
        assert full is not None
        return most * min(1.0, max(0.0, (value - zero) / (full - zero)))
    if one.power is not None:
        r = (value - one.power.bad) / (one.power.good - one.power.bad)
        base = one.power.base
        share = base + (1 - base) * (min(1.0, r) ** one.power.exponent if r >= 0 else r)
        return most * min(1.0, max(0.0, share))
    if one.ratio is not None:
        if scheme.values[one.value or ""].better == "down":
            share = one.ratio.most if value <= 0 else one.ratio.target / value
        else:
            share = value / one.ratio.target
        return most * min(one.ratio.most, max(0.0, share))
    if one.each is not None:
        return min(most, max(0.0, math.floor(value / one.each.per) * one.each.points))
    if one.count is not None:
        return min(most, one.count.points * sum(holds(c, {}, mine) for c in one.count.of))
    if one.choices is not None:
        fitting = [c.points for c in one.choices if holds(c.when, {}, mine)]
        return max([one.otherwise, *(p for p in fitting if isinstance(p, float))])
    if one.given:
        return min(most, max(0.0, value))
    assert one.peers is not None
    others = [peer[one.value or ""] for peer in peers]
    up = scheme.values[one.value or ""].better == "up"
    if one.peers.by == "minmax":
        low, high = min(others), max(others)
        share = 1.0 if low == high else (value - low) / (high - low) if up else (high - value) / (high - low)
        return most * share
    worse = sum(other < value if up else other > value for other in others)
    better = sum(other > value if up else other < value for other in others)
    if one.peers.by == "rank":
        return banded(one.peers.bands, better + 1, "[)")
    return banded(one.peers.bands, 100.0 * worse / (len(others) - 1) if len(others) > 1 else 100.0, "[)")


def banded(bands: tuple[Band, ...], value: float, edges: str) -> float:
    for band in bands:
        over = band.min is None or (value >= band.min if edges == "[)" else value > band.min)
        under = band.max is None or (value < band.max if edges == "[)" else value <= band.max)
        if over and under:
            assert band.points is not None
            return band.points
    raise AssertionError("bands leave something out")


def summed(
    parts: tuple[Criterion, ...], scheme: Scheme, mine: Values, peers: list[Values], most: float | None
) -> float:
    total = 0.0
    for part in parts:
        total += (-1 if part.deduction else 1) * points_of(part, scheme, mine, peers)
    return min(math.inf if most is None else most, max(0.0, total))


def holds(one: Condition, scores: dict[str, float], mine: Values) -> bool:
    if one.all is not None:
        return all(holds(part, scores, mine) for part in one.all)
    if one.any is not None:
        return any(holds(part, scores, mine) for part in one.any)
    if one.at_least is not None:
        return sum(holds(part, scores, mine) for part in one.of) >= one.at_least
    value: Any = scores[one.score] if one.score is not None else mine[one.value or ""]
    than = float(one.than)  # type: ignore[arg-type]
    return {
        ">=": value >= than, ">": value > than, "<=": value <= than, "<": value < than, "==": value == than,
        "!=": value != than,
    }[one.op or ""]  # fmt: skip


def still_to_do(one: Condition, scores: dict[str, float], mine: Values) -> int:
    """How many single conditions must still come about, at the least."""
    if one.all is not None:
        return sum(still_to_do(part, scores, mine) for part in one.all)
    if one.any is not None:
        return min(still_to_do(part, scores, mine) for part in one.any)
    if one.at_least is not None:
        return sum(sorted(still_to_do(part, scores, mine) for part in one.of)[: one.at_least])
    return 0 if holds(one, scores, mine) else 1


def judged(scheme: Scheme, mine: Values, peers: list[Values]) -> tuple[float, bool, int, int]:
    """Marks, whether it qualifies, what is still to be done, and the number of the level."""
    total = summed(scheme.criteria, scheme, mine, peers, scheme.max_points)
    scores = {one.code: points_of(one, scheme, mine, peers) for one in scheme.all_criteria()} | {"total": total}
    wanted = [*scheme.gates, *([scheme.passes] if scheme.passes else [])]
    qualifies = all(holds(one, scores, mine) for one in wanted)
    level = 0
    if qualifies:
        fitting = [len(scheme.levels) - at for at, one in enumerate(scheme.levels) if holds(one.when, scores, mine)]
        level = max(fitting, default=0)
    return total, qualifies, sum(still_to_do(one, scores, mine) for one in wanted), level
