"""Values of one element for people: the latest of each area, and their course over time."""

import datetime as dt
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Model
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.periods import PeriodKind, from_key
from qiangqu.base.terms import clauses
from qiangqu.base.visibility import visible
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.subjects import AREA, ORGANISATION

from .browse import element_periods, period_order
from .current import current_facts
from .models import Aggregation, Element
from .reading import FactRow, Where, end_of, rows, table

MAX_POINTS = 72


@dataclass(frozen=True, slots=True)
class AreaFigure:
    """The latest value of one area; ``fact`` None: there is none, ``reason`` says why."""

    area: Area
    fact: FactRow | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReportedSum:
    """What enterprises of an area reported for one period: how many, and their sum in the element's unit."""

    area: Area
    count: int
    total: float
    simulated: bool = False


def kinds_of(element: Element) -> list[PeriodKind]:
    """The kinds of period for which the element has facts."""
    kinds = {PeriodKind(key // 1_000_000) for key in element_periods().get(element.pk, [])}
    return sorted(kinds)


def keys_of(element: Element, kind: PeriodKind, day: Any = None) -> list[int]:
    """Period keys of one kind, the latest first, at most :data:`MAX_POINTS`; with ``day`` also those of facts that
    may have been withdrawn since.
    """
    held = element_periods(withdrawn=day is not None).get(element.pk, [])
    return [key for key in held if key // 1_000_000 == kind][:MAX_POINTS]


def series(element: Element, kind: PeriodKind, subject: tuple[int, int], day: Any = None) -> list[FactRow]:
    """The facts that count of one subject, over the periods of one kind, the earliest first."""
    keys, past = keys_of(element, kind, day), day is not None
    facts = rows(Where(elements=[element.pk], periods=keys, kind=subject[0], subjects=[subject[1]], withdrawn=past))
    return sorted(current_facts(facts, day).values(), key=lambda fact: fact.period_key)


def line(element: Element, facts: Sequence[FactRow]) -> dict[str, Any] | None:
    """Chart data of a series; gaps stay gaps. None for fewer than two values."""
    if len(facts) < 2:
        return None
    values = {fact.period_key: fact.value for fact in facts}
    first, last = from_key(facts[0].period_key), from_key(facts[-1].period_key)
    period, periods = last, [last]
    while period.key > first.key and len(periods) < MAX_POINTS * 2:
        period = period.previous()
        periods.append(period)
    # January has no cumulative figure of its own: it is published as a month
    shown = [p for p in reversed(periods) if p.key in values or p.kind != PeriodKind.CUMULATIVE]
    sources = {str(fact.source) for fact in facts if fact.source}
    return {
        "x": [p.code for p in shown],
        "series": [{"name": element.name, "values": [values.get(p.key) for p in shown]}],
        "unit": element.unit,
        "decimals": element.decimals,
        "simulated": any(fact.batch.simulated for fact in facts),
        "source": clauses(sorted(sources)[:3]) + (" …" if len(sources) > 3 else ""),
    }


def latest_by_area(element: Element, kind: PeriodKind, area: Area, user: Any, day: Any = None) -> list[AreaFigure]:
    """The area and its children, each with its latest value for periods of ``kind``."""
    areas = [
        one
        for one in visible(Area.objects.all(), user).order_by("path")
        if one.pk == area.pk or one.parent_id == area.pk
    ]
    keys, past = keys_of(element, kind, day), day is not None
    facts = rows(
        Where(elements=[element.pk], periods=keys, kind=AREA.number, subjects=[a.pk for a in areas], withdrawn=past)
    )
    chosen: dict[int, FactRow] = {}
    for fact in current_facts(facts, day).values():
        best = chosen.get(fact.subject_id)
        if best is None or period_order(fact.period_key) < period_order(best.period_key):
            chosen[fact.subject_id] = fact
    return [AreaFigure(one, chosen.get(one.pk), "" if one.pk in chosen else _("没有公布或录入")) for one in areas]


def reported_sums(element: Element, key: int, area: Area, user: Any, day: Any = None) -> list[ReportedSum]:
    """What enterprises reported for one period, by child area; [] where sums mean nothing. Of one enterprise
    and period there is one source; a figure that was corrected counts once."""
    if element.aggregation != Aggregation.SUM:
        return []
    asked = Where(elements=[element.pk], periods=[key], kind=ORGANISATION.number, until=end_of(day))
    facts = table(asked).select(["id", "subject", "value", "sim", "precedence", "supersedes"]).to_pydict()
    gone = set(facts["supersedes"])
    best: dict[int, tuple[bool, int, int, float]] = {}
    for pk, subject, value, made_up, precedence in zip(*(facts[name] for name in list(facts)[:5]), strict=True):
        if pk in gone:
            continue
        rank = (not made_up, precedence, pk, value)
        if subject not in best or rank[:3] > best[subject][:3]:
            best[subject] = rank
    where = _places(best, from_key(key).end, user)
    children = list(Area.objects.filter(parent=area).order_by("path")) or [area]
    sums: dict[int, tuple[int, float, bool]] = {}
    for subject, (real, _precedence, _pk, value) in best.items():
        path = where.get(subject, "")
        if not path.startswith(area.path):
            continue
        child = next((one for one in children if path.startswith(one.path)), area)
        count, total, simulated = sums.get(child.pk, (0, 0.0, False))
        sums[child.pk] = count + 1, total + value, simulated or not real
    return [
        ReportedSum(one, *sums[one.pk])
        for one in ([area, *children] if area not in children else children)
        if one.pk in sums
    ]


def _places(wanted: Container[int], day: dt.date, user: Any) -> dict[int, str]:
    """Path of the area in which each organisation was at the end of ``day`` (before its first version: where
    that one says): who has moved since does not take along what was reported before. An enterprise's own user
    sees his own only."""
    organisations: Any = Organisation.objects.all()
    if user.speaks_for_organisation:
        organisations = visible(organisations, user)
    places = {pk: area for pk, area in organisations.values_list("pk", "area_id") if pk in wanted}
    places |= {pk: area for pk, area in _versions_on(Organisation, "area_id", day) if pk in places}
    paths = dict(Area.objects.values_list("pk", "path")) | dict(_versions_on(Area, "path", day))
    return {pk: paths.get(area, "") for pk, area in places.items()}


def _versions_on(model: type[Model], name: str, day: dt.date) -> Iterator[tuple[int, Any]]:
    """Id and value of ``name``, on ``day``, of the records that have more than one version."""
    end = timezone.make_aware(dt.datetime.combine(day, dt.time.max))
    history: Any = model.history  # type: ignore[attr-defined]
    several = history.order_by().values("id").annotate(versions=Count("history_id")).filter(versions__gt=1).values("id")
    versions = history.filter(id__in=several).exclude(history_type="-").order_by("id", "history_date", "history_id")
    held: dict[int, Any] = {}
    for pk, since, value in versions.values_list("id", "history_date", name).iterator(chunk_size=20_000):
        if pk not in held or since <= end:
            held[pk] = value
    yield from held.items()


def kind_choices(kinds: list[PeriodKind]) -> list[tuple[str, str]]:
    """Codes and words for a switch between kinds of period."""
    words = {
        PeriodKind.YEAR: _("年"),
        PeriodKind.HALF: _("半年"),
        PeriodKind.QUARTER: _("季"),
        PeriodKind.CUMULATIVE: _("累计"),
        PeriodKind.MONTH: _("月"),
    }
    return [(kind.name.lower(), words[kind]) for kind in kinds]


def latest_periods() -> dict[int, int]:
    """For each element its latest period key."""
    return {element: keys[0] for element, keys in element_periods().items() if keys}
