"""What a round's marks rest on: values frozen as they were known, with where each came from, and marks computed from
them alone by the engine of schemes.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError
from qiangqu.formulas.models import Indicator, IndicatorValue
from qiangqu.schemes.evaluate import Interval, Outcome, Standing, Table, evaluate
from qiangqu.schemes.explain import Explained, explained
from qiangqu.schemes.gather import Gathered, gathered_for, held, period_of, question_of
from qiangqu.schemes.kinds import KINDS
from qiangqu.schemes.language import Scheme, Value
from qiangqu.schemes.models import Reply
from qiangqu.schemes.queries import state_at

from .models import ExpertMark, FrozenValue, Round, ZoneResult

MOST_TITLES = 50  # titles of a zone that stand in an origin


def scheme_of(one: Round) -> Scheme:
    """The scheme that a round goes by: as it was frozen, before that the edition as it stands."""
    return Scheme.model_validate(one.scheme) if one.scheme is not None else one.edition.scheme


def frozen(one: Round, scheme: Scheme, results: Sequence[ZoneResult]) -> list[FrozenValue]:
    """The values of all zones of a round as they are known now for its day, not yet saved; whether a zone's rest on
    made-up figures is set on its result. Raises ConflictError for a zone that there was not on that day."""
    known = gathered_for(scheme, one.day)
    missing = [str(result.area) for result in results if result.area_id not in known.at]
    if missing:
        raise ConflictError(
            _("%(day)s 时名录里还没有：%(zones)s") % {"day": one.day, "zones": "、".join(missing[:5])}, where=one.title
        )
    origins = _Origins(known, scheme, [result.area_id for result in results])
    made_up, made = known.simulated(scheme), []
    for result in results:
        row = known.at[result.area_id]
        result.simulated = bool(made_up[row])
        for name, value in scheme.values.items():
            low, high, text = value_at(known, scheme, name, row)
            made.append(
                FrozenValue(
                    result=result, name=name, low=low, high=high, text=text[:200], simulated=result.simulated,
                    told=origins.of(name, value, result.area_id),
                )
            )  # fmt: skip
    return made


def value_at(known: Gathered, scheme: Scheme, name: str, row: int) -> tuple[float | None, float | None, str]:
    """A value of the subject in a row as it is stored: its range (None: open on that side) or its text."""
    value = scheme.values[name]
    if value.is_text:
        return None, None, str(known.texts(value.attribute or "")[row])
    found = known.numbers(scheme, name)
    return _finite(float(found.low[row])), _finite(float(found.high[row])), ""


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


class _Origins:
    """Where the values of zones come from, read once for all."""

    def __init__(self, known: Gathered, scheme: Scheme, areas: Sequence[int]) -> None:
        self.known, self.scheme = known, scheme
        named = {value.indicator for value in scheme.values.values() if value.indicator}
        self.indicators = {one.code: one for one in Indicator.objects.filter(code__in=named)}
        periods = {period_of(value, known.day).key for value in scheme.values.values() if value.indicator}
        rows = IndicatorValue.objects.filter(
            indicator__code__in=named, area__in=list(areas), period_key__in=periods
        ).select_related("indicator")
        self.values = {(row.indicator.code, row.area_id, row.period_key): row for row in rows}
        asked = {
            question_of(scheme, name): name for name, value in scheme.values.items() if value.kind in ("ask", "mark")
        }
        told = Reply.objects.filter(question__in=asked, area__in=list(areas), day__lte=known.day).order_by("day", "pk")
        self.replies = {(row.question, row.area_id): row for row in told.select_related("user")}

    def of(self, name: str, value: Value, area: int) -> dict[str, Any]:
        """Where one value comes from: what kind, and what is needed to find it again."""
        match value.kind:
            case "indicator":
                return self._indicator(value, area)
            case "ask" | "mark":
                row = self.replies.get((question_of(self.scheme, name), area))
                if row is None:
                    return {"kind": value.kind}
                who = str(row.user or "")
                return {
                    "kind": value.kind,
                    "reply": str(row.uid),
                    "day": row.day.isoformat(),
                    "by": who,
                    "reason": row.reason,
                }
            case "titles":
                rows = held(value.titles or (), self.known.day).filter(holder=area)[:MOST_TITLES]
                return {"kind": "titles", "titles": [str(row) for row in rows]}
            case "scheme":
                other = self.known.schemes.get(value.scheme or "")
                return {"kind": "scheme", "scheme": value.scheme, "edition": other.edition if other else ""}
        return {"kind": value.kind, "attribute": value.attribute}

    def _indicator(self, value: Value, area: int) -> dict[str, Any]:
        period = period_of(value, self.known.day)
        one = self.indicators.get(value.indicator or "")
        told: dict[str, Any] = {"kind": "indicator", "indicator": value.indicator, "period": period.code}
        if one is not None:
            told |= {"title": str.__str__(one.name), "formula": one.formula, "unit": one.unit}
        row = self.values.get((value.indicator or "", area, period.key))
        if row is not None:
            told |= {"value": row.value, "batch": row.computed_from, "basis": row.basis, "why": row.reason}
        return told


# ---------------------------------------------------------------- marks


def experts_mean(marks: Iterable[ExpertMark]) -> dict[str, float]:
    """By value the mean of the experts' marks, of each expert the last."""
    last: dict[str, dict[int | None, float]] = {}
    for one in marks:
        last.setdefault(one.name, {})[one.by_id] = one.mark
    return {name: sum(each.values()) / len(each) for name, each in last.items()}


def experts_of(marks: Iterable[ExpertMark]) -> dict[str, int]:
    """By value how many experts gave a mark."""
    given: dict[str, set[int | None]] = {}
    for one in marks:
        given.setdefault(one.name, set()).add(one.by_id)
    return {name: len(who) for name, who in given.items()}


def counted(value: FrozenValue, marks: Mapping[str, float]) -> tuple[float, float]:
    """The range that a mark is computed from: what was decided, else the experts' mean, else the frozen value."""
    if value.decided is not None:
        return value.decided, value.decided
    if value.name in marks:
        return marks[value.name], marks[value.name]
    return (-math.inf if value.low is None else value.low, math.inf if value.high is None else value.high)


def table_of(scheme: Scheme, results: Sequence[ZoneResult]) -> Table:
    """What the scheme reads of the zones of a round: their frozen values, compared with one another alone. Their
    ``values`` and ``marks`` are read with them."""
    size = len(results)
    low = {name: np.full(size, -np.inf) for name, value in scheme.values.items() if not value.is_text}
    high = {name: np.full(size, np.inf) for name in low}
    texts = {name: [""] * size for name, value in scheme.values.items() if value.is_text}
    for row, result in enumerate(results):
        marks = experts_mean(result.marks.all())
        for value in result.values.all():
            if value.name in texts:
                texts[value.name][row] = value.text
            elif value.name in low:
                low[value.name][row], high[value.name][row] = counted(value, marks)
    cities = ["/".join(result.area.path.split("/")[:3]) for result in results]
    numbers = {path: at for at, path in enumerate(sorted(set(cities)))}
    return Table(
        size,
        {name: Interval(low[name], high[name]) for name in low},
        {name: np.array(column or [""], dtype=np.str_)[:size] for name, column in texts.items()},
        {"city": np.array([numbers[path] for path in cities], np.int64)},
    )


def one_row(scheme: Scheme, table: Table, row: int) -> Table:
    """The table of the zone in a row alone, with all of them as its peers."""
    cut = slice(row, row + 1)
    among = {(one.value or "", one.peers.among) for one in scheme.all_criteria() if one.peers}
    return Table(
        1,
        {name: Interval(found.low[cut], found.high[cut]) for name, found in table.numbers.items()},
        {name: found[cut] for name, found in table.texts.items()},
        {name: found[cut] for name, found in table.groups.items()},
        {(name, which): Standing.of(table.number(name), table.group(which)) for name, which in among},
    )


def ranked(low: Sequence[float], high: Sequence[float]) -> tuple[list[int], list[int]]:
    """The best and the worst place that each can have, 1 the first; equal marks share a place.

    >>> ranked([80, 70, 60], [80, 90, 60])
    ([1, 1, 3], [2, 2, 3])
    >>> ranked([80, 80, 60], [80, 80, 60])
    ([1, 1, 3], [1, 1, 3])
    """
    lows, highs = np.asarray(low, float), np.asarray(high, float)
    best = 1 + (lows[None, :] > highs[:, None] + 1e-9).sum(axis=1)
    worst = 1 + (highs[None, :] > lows[:, None] + 1e-9).sum(axis=1) - (highs > lows + 1e-9)
    return best.astype(int).tolist(), worst.astype(int).tolist()


def mark(scheme: Scheme, results: Sequence[ZoneResult]) -> Outcome:
    """Set marks, places, levels and standing of the zones of a round from what is frozen; they are not saved."""
    made = evaluate(scheme, table_of(scheme, results))
    best, worst = ranked(made.score.low.tolist(), made.score.high.tolist())
    for row, result in enumerate(results):
        result.low, result.high = float(made.score.low[row]), _finite(float(made.score.high[row]))
        result.rank, result.rank_worst = best[row], worst[row]
        level = int(made.level_low[row])
        result.level = scheme.levels[len(scheme.levels) - level].title if level else ""
        result.standing = state_at(scheme, made, row)
        marks = experts_mean(result.marks.all())
        result.missing = sum(
            not scheme.values[value.name].is_text and math.isinf(counted(value, marks)[0])
            for value in result.values.all()
            if value.name in scheme.values
        )
    return made


MARKED = ("low", "high", "rank", "rank_worst", "level", "standing", "missing", "simulated")


def zones_of(one: Round) -> list[ZoneResult]:
    """The zones of a round with what their marks rest on, in the order of codes."""
    rows = one.zones.select_related("area", "round").order_by("area__code")
    return list(rows.prefetch_related("values", "marks"))


def recompute(one: Round) -> list[ZoneResult]:
    """Marks of all zones of a round anew, saved."""
    results = zones_of(one)
    if results:
        mark(scheme_of(one), results)
        ZoneResult.objects.bulk_update(results, MARKED)
    return results


def explained_for(one: Round, results: Sequence[ZoneResult], row: int) -> Explained:
    """How the marks of the zone in a row came about, criterion by criterion."""
    scheme, area = scheme_of(one), results[row].area
    stub = Gathered(KINDS["zone"], one.day, np.array([area.pk], np.int64), [area.code], [str.__str__(area.name)], {})
    return explained(stub, scheme, 0, one_row(scheme, table_of(scheme, results), row))
