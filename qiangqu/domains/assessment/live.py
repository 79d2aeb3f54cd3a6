"""If it were today 如果今天评: where every zone stands by the data of now, against the last published round of the scheme,
and what moved it. Nothing is stored to know it; that it moved is noted hour by hour.
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from qiangqu.base.terms import said
from qiangqu.schemes.evaluate import Interval, Outcome, Table, evaluate
from qiangqu.schemes.explain import span
from qiangqu.schemes.gather import Gathered, gathered_for, schemes_on
from qiangqu.schemes.language import Scheme

from .corrections import worded
from .freezing import counted, experts_mean, ranked, scheme_of, table_of, value_at, zones_of
from .models import Round, RoundState, ZonePosition, ZoneResult

ROOM = 1e-9


@dataclass(frozen=True, slots=True)
class Moved:
    """A value or a criterion that is otherwise now: what it was and is, and by how much the least points of what rests on it
    moved."""

    title: str
    before: str
    after: str
    points: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a zone stands now. ``then``: its result in the round that it is compared with."""

    area: int
    code: str
    name: str
    low: float
    high: float
    rank: int
    rank_worst: int
    level: str
    then: ZoneResult | None
    moved: Sequence[Moved]
    simulated: bool
    row: int

    @property
    def score(self) -> str:
        return span(round(self.low, 2), round(self.high, 2))

    @property
    def place(self) -> str:
        return str(self.rank) if self.rank == self.rank_worst else f"{self.rank}—{self.rank_worst}"

    @property
    def up(self) -> int | None:
        """Places gained since the round; None where either is not one place."""
        if self.then is None or self.then.rank is None or self.then.rank != self.then.rank_worst:
            return None
        return self.then.rank - self.rank if self.rank == self.rank_worst else None

    @property
    def more(self) -> float | None:
        """Marks gained since the round, in the worst case."""
        return None if self.then is None or self.then.low is None else self.low - self.then.low


def zone_schemes(day: dt.date) -> dict[str, Scheme]:
    """The editions in force for zones."""
    return {code: one for code, one in schemes_on(day).items() if one.subject == "zone"}


def last_published(code: str) -> Round | None:
    """The newest published round of a scheme."""
    rows = Round.objects.filter(state=RoundState.PUBLISHED, edition__code=code).select_related("area", "edition")
    return rows.order_by("-day", "-pk").first()


def standings(scheme: Scheme, day: dt.date, against: Round | None = None) -> list[Standing]:
    """All zones as they stand by the data of now for a day, the first first, each against the round."""
    known = gathered_for(scheme, day)
    if not known.ids.size:
        return []
    then = {} if against is None else {one.area_id: one for one in zones_of(against)}
    made = evaluate(scheme, _with_marks(scheme, known, then), details=True)
    best, worst = ranked(made.score.low.tolist(), made.score.high.tolist())
    differences = _differences(scheme, known, made, against, then)
    made_up = known.simulated(scheme)
    found = []
    for row, pk in enumerate(known.ids.tolist()):
        level = int(made.level_low[row])
        found.append(
            Standing(
                pk, str(known.codes[row]), said(known.names[row]), float(made.score.low[row]), float(made.score.high[row]), best[row],
                worst[row], said(scheme.levels[len(scheme.levels) - level].title) if level else "", then.get(pk),
                differences.get(pk, ()), bool(made_up[row]), row,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.rank, -one.low, one.code))


def _with_marks(scheme: Scheme, known: Gathered, then: Mapping[int, ZoneResult]) -> Table:
    """What the scheme reads now; experts mark in rounds only, so where nobody has marked since, what they gave (or what
    was decided) in the round goes on counting."""
    table = known.table(scheme)
    asked = [name for name, value in scheme.values.items() if value.mark is not None]
    if not asked or not then:
        return table
    numbers = dict(table.numbers)
    for name in asked:
        low, high = numbers[name].low.copy(), numbers[name].high.copy()
        for area, zone in then.items():
            row = known.at.get(area)
            value = next((one for one in zone.values.all() if one.name == name), None)
            if row is not None and value is not None and math.isinf(low[row]):
                low[row], high[row] = counted(value, experts_mean(zone.marks.all()))
        numbers[name] = Interval(low, high)
    return replace(table, numbers=numbers)


def _differences(
    scheme: Scheme, known: Gathered, made: Outcome, against: Round | None, then: Mapping[int, ZoneResult]
) -> dict[int, list[Moved]]:
    """By zone what is otherwise than in the round, the largest move of points first."""
    if against is None or not then:
        return {}
    zones = list(then.values())
    old_scheme = scheme_of(against)
    old = evaluate(old_scheme, table_of(old_scheme, zones), details=True)
    rows = {zone.area_id: at for at, zone in enumerate(zones)}
    found: dict[int, list[Moved]] = {}
    for area, zone in then.items():
        row = known.at.get(area)
        if row is None:
            continue
        values = {value.name: value for value in zone.values.all()}
        marks, moved = experts_mean(zone.marks.all()), []
        for one in scheme.all_criteria():
            before, after = old.points.get(one.code), made.points[one.code]
            if one.children or before is None:
                continue
            sign = -1 if one.deduction else 1
            change = sign * float(after.low[row] - before.low[rows[area]])
            value = values.get(one.value or "")
            texts = ("", "")
            if value is not None and value.name in scheme.values:
                described = scheme.values[value.name]
                least, most = counted(value, marks)
                was = (None if math.isinf(least) else least, None if math.isinf(most) else most)
                now = value_at(known, scheme, value.name, row)
                if described.mark is not None and now[0] is None:
                    now = (*was, "")
                texts = worded(described, was[0], was[1], value.text), worded(described, *now)
            same = texts[0] == texts[1] and abs(float(after.high[row] - before.high[rows[area]])) < ROOM
            if abs(change) < ROOM and same:
                continue
            unit = scheme.values[one.value].unit if one.value else ""
            moved.append(Moved(said(one.title), texts[0], texts[1], change, unit))
        found[area] = sorted(moved, key=lambda each: -abs(each.points))
    return found


# ---------------------------------------------------------------- noted hour by hour


def note(now: dt.datetime) -> str:
    """Note where zones have moved to since the last time, with the values that moved them. As an hourly job, and whenever
    alarms or facts come in."""
    day, count = timezone.localdate(now), 0
    for scheme in zone_schemes(day).values():
        known = gathered_for(scheme, day)
        if not known.ids.size or not scheme.criteria:
            continue
        latest = _latest(scheme)
        made_up = known.simulated(scheme)
        rows = []
        for one in standings(scheme, day, last_published(scheme.code)):
            values = _values_of(scheme, known, one.row)
            before = latest.get(one.area)
            high = None if math.isinf(one.high) else one.high
            if before is not None and _stays(before, one, high, scheme):
                continue
            rows.append(
                ZonePosition(
                    area_id=one.area, code=scheme.code, edition=scheme.edition, at=now, low=one.low, high=high, rank=one.rank,
                    rank_worst=one.rank_worst, values=values, simulated=bool(made_up[one.row]),
                    moved=[] if before is None else _moved(scheme, before.values, values),
                )
            )  # fmt: skip
        with transaction.atomic():
            ZonePosition.objects.bulk_create(rows)
        count += len(rows)
    return f"园区位次变动 {count} 条" if count else ""


def _latest(scheme: Scheme) -> dict[int, ZonePosition]:
    """Each zone's newest row. Of a zone few are read: those that are newest by number."""
    newest: dict[int, int] = {}
    for area, pk in ZonePosition.objects.filter(code=scheme.code).order_by("pk").values_list("area", "pk"):
        newest[area] = pk
    return {one.area_id: one for one in ZonePosition.objects.filter(pk__in=newest.values())}


def _stays(before: ZonePosition, one: Standing, high: float | None, scheme: Scheme) -> bool:
    same_high = (
        before.high is None
        if high is None
        else before.high is not None and math.isclose(before.high, high, abs_tol=ROOM)
    )
    placed = (before.rank, before.rank_worst, before.edition) == (one.rank, one.rank_worst, scheme.edition)
    return placed and same_high and math.isclose(before.low, one.low, abs_tol=ROOM)


def _values_of(scheme: Scheme, known: Gathered, row: int) -> dict[str, str]:
    return {name: worded(value, *value_at(known, scheme, name, row)) for name, value in scheme.values.items()}


def _moved(scheme: Scheme, before: Mapping[str, str], after: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"title": str.__str__(scheme.values[name].title), "before": before.get(name, "—"), "after": text}
        for name, text in after.items()
        if before.get(name, "—") != text
    ]
