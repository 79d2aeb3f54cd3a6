"""Frozen data beside what is known today for the same day: a later correction leaves both to be seen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qiangqu.base.terms import said
from qiangqu.schemes.explain import number, span
from qiangqu.schemes.gather import gathered_for
from qiangqu.schemes.language import Scheme, Value

from .freezing import scheme_of, value_at
from .models import FrozenValue, Round, ZoneResult


@dataclass(frozen=True, slots=True)
class Corrected:
    """A value that is known otherwise today than it was frozen."""

    name: str
    title: str
    frozen: str
    today: str
    unit: str


def worded(value: Value, low: float | None, high: float | None, text: str = "") -> str:
    """A stored value as people read it; "—" for a missing one."""
    if value.is_text:
        return text or "—"
    if low is None or high is None:
        return "—"
    if low == high and value.ask == "choice":
        return next((said(one.title) for one in value.options if one.is_ == low), number(low))
    return span(*(round(figure, 2) if abs(figure) >= 1 else figure for figure in (low, high)))


def _same(left: float | None, right: float | None) -> bool:
    if left is None or right is None:
        return left is right
    return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)


def corrections(one: Round, results: Sequence[ZoneResult]) -> dict[int, dict[str, Corrected]]:
    """By zone (id of its result) and value: what is known otherwise now for the round's day. Their ``values`` are read
    with the zones."""
    scheme = scheme_of(one)
    known = gathered_for(scheme, one.day)
    found: dict[int, dict[str, Corrected]] = {}
    for result in results:
        row = known.at.get(result.area_id)
        if row is None:
            continue
        for value in result.values.all():
            if value.name not in scheme.values:
                continue
            low, high, text = value_at(known, scheme, value.name, row)
            if not (_same(value.low, low) and _same(value.high, high) and value.text == text[:200]):
                found.setdefault(result.pk, {})[value.name] = _corrected(scheme, value, low, high, text)
    return found


def _corrected(scheme: Scheme, value: FrozenValue, low: float | None, high: float | None, text: str) -> Corrected:
    one = scheme.values[value.name]
    return Corrected(
        value.name,
        said(one.title),
        worded(one, value.low, value.high, value.text),
        worded(one, low, high, text),
        one.unit,
    )
