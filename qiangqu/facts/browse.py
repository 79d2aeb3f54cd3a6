"""Looking through facts by tens of millions: every answer is one page, found through an index, in bounded time, without counting.

Facts are walked in one of two orders:

* with an element, a period or a subject chosen: by period, the latest first, then element and subject. The table's one index begins with
  (element, period), so the walk goes from one such pair to the next; which pairs exist is :func:`element_periods`.
* otherwise as they were entered, the last first: batches have consecutive ids.

When few facts match among many, the walk stops after :data:`BUDGET` seconds and says where to go on.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from qiangqu.base.errors import InputError
from qiangqu.base.periods import from_key

from .current import believed_on, current_facts
from .models import Fact, FactBatch

BUDGET = 0.06
SIZE, MAX_SIZE = 50, 500
CHUNK = 20_000
PERIODS_AT_ONCE = 24

_PERIODS = """
    WITH RECURSIVE p(e, k) AS (
        SELECT x.id, (SELECT MIN(f.period_key) FROM facts_fact f WHERE f.element_id = x.id) FROM facts_element x
        UNION ALL
        SELECT p.e, (SELECT MIN(f.period_key) FROM facts_fact f WHERE f.element_id = p.e AND f.period_key > p.k) FROM p WHERE p.k IS NOT NULL)
    SELECT e, k FROM p WHERE k IS NOT NULL"""
_known: dict[str, tuple[Any, dict[int, list[int]]]] = {}


def period_order(key: int) -> tuple[int, int]:
    """Sorts period keys by the end of the period, the latest first; of those that end together the longest first."""
    period = from_key(key)
    return -(period.year * 12 + period.last_month), int(period.kind)


def element_periods() -> dict[int, list[int]]:
    """For each element that has facts the periods for which it has some, the latest first. Kept until the next batch.

    One index search for each pair, not a scan.
    """
    stamp = FactBatch.objects.order_by("-id").values_list("id", "created_at", "last_fact").first()
    known = _known.get(connection.alias)
    if known and known[0] == stamp:
        return known[1]
    found: dict[int, list[int]] = {}
    if stamp is not None:
        with connection.cursor() as cursor:
            cursor.execute(_PERIODS)
            for element, key in cursor.fetchall():
                found.setdefault(element, []).append(key)
    for keys in found.values():
        keys.sort(key=period_order)
    _known[connection.alias] = stamp, found
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for: ids and keys, None for any. ``kind`` is a kind of subject, ``subject`` one subject (with ``kind``)."""

    element: int | None = None
    period: int | None = None
    kind: int | None = None
    subject: int | None = None
    source: int | None = None
    simulated: bool | None = None
    batch: FactBatch | None = None

    @property
    def by_cell(self) -> bool:
        return self.batch is None and (self.element is not None or self.period is not None or self.subject is not None)


@dataclass
class Found:
    """One page. ``after`` continues it ("" at the end); ``stopped``: the walk ran out of time before the page was full."""

    facts: list[Fact] = field(default_factory=list)
    after: str = ""
    stopped: bool = False


def find(facts: "QuerySet[Fact]", wanted: Wanted, after: str = "", size: int = SIZE) -> Found:
    """The next ``size`` of ``facts`` (already narrowed to what the viewer may see) after the place ``after``.

    Raises InputError for a place that is none.
    """
    facts = _narrowed(facts, wanted).select_related("element", "batch__user", "source")
    place = _place(after, 5 if wanted.by_cell else 1)
    steps = _cells(facts, wanted, place, size) if wanted.by_cell else _entries(facts, wanted, place, size)
    deadline = time.monotonic() + BUDGET
    found = Found()
    for rows, reached in steps:
        found.facts += rows[: size - len(found.facts) + 1]
        if len(found.facts) > size:
            del found.facts[size:]
            found.after = _place_of(found.facts[-1], wanted)
            break
        if time.monotonic() > deadline:
            found.after, found.stopped = reached, bool(reached)
            break
    return found


def _narrowed(facts: "QuerySet[Fact]", wanted: Wanted) -> "QuerySet[Fact]":
    if wanted.kind is not None:
        facts = facts.filter(subject_kind=wanted.kind)
    if wanted.subject is not None:
        facts = facts.filter(subject_id=wanted.subject)
    if wanted.source is not None:
        facts = facts.filter(source=wanted.source)
    if wanted.simulated is not None:
        facts = facts.filter(batch__simulated=wanted.simulated)
    return facts


def _place(text: str, length: int) -> tuple[int, ...] | None:
    if not text:
        return None
    parts = text.split(".")
    if len(parts) != length or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise InputError("翻页位置不对，请回到第一页", where="after")
    return tuple(int(part) for part in parts)


def _place_of(fact: Fact, wanted: Wanted) -> str:
    if not wanted.by_cell:
        return str(fact.pk)
    return f"{fact.period_key}.{fact.element_id}.{fact.subject_kind}.{fact.subject_id}.{fact.pk}"


Step = tuple[list[Fact], str]  # facts in order, the place after them


def _cells(facts: "QuerySet[Fact]", wanted: Wanted, place: tuple[int, ...] | None, size: int) -> Iterator[Step]:
    pairs = element_periods()
    if wanted.element is not None:
        pairs = {wanted.element: pairs.get(wanted.element, [])}
    by_period: dict[int, list[int]] = {}
    for element, keys in pairs.items():
        for key in keys:
            if wanted.period in (None, key):
                by_period.setdefault(key, []).append(element)
    keys = sorted(by_period, key=period_order)
    if place is not None:
        start = period_order(_checked(place[0]))
        keys = [key for key in keys if period_order(key) >= start]
    if wanted.subject is not None:
        yield from _of_one_subject(facts, by_period, keys, place)
        return
    for key in keys:
        for element in sorted(by_period[key]):
            rows = facts.filter(element=element, period_key=key)
            if place is not None and key == place[0]:
                if element < place[1]:
                    continue
                if element == place[1]:
                    kind, subject, last = place[2:]
                    rows = rows.filter(
                        Q(subject_kind__gt=kind)
                        | Q(subject_kind=kind, subject_id__gt=subject)
                        | Q(subject_kind=kind, subject_id=subject, id__gt=last)
                    )
            end = f"{key}.{element}.9.0.0"
            yield list(rows.order_by("subject_kind", "subject_id", "id")[: size + 1]), end


def _checked(key: int) -> int:
    from_key(key)
    return key


def _of_one_subject(
    facts: "QuerySet[Fact]", by_period: dict[int, list[int]], keys: list[int], place: tuple[int, ...] | None
) -> Iterator[Step]:
    """A subject has few facts for each period: some periods at once."""

    def order(fact: Fact) -> tuple[Any, ...]:
        return (*period_order(fact.period_key), fact.element_id, fact.subject_kind, fact.subject_id, fact.pk)

    begin = (*period_order(place[0]), *place[1:]) if place else None
    for at in range(0, len(keys), PERIODS_AT_ONCE):
        some = keys[at : at + PERIODS_AT_ONCE]
        elements = {element for key in some for element in by_period[key]}
        rows = sorted(facts.filter(element__in=elements, period_key__in=some), key=order)
        yield [fact for fact in rows if begin is None or order(fact) > begin], f"{some[-1]}.{2**31}.9.0.0"


def _entries(facts: "QuerySet[Fact]", wanted: Wanted, place: tuple[int, ...] | None, size: int) -> Iterator[Step]:
    before = place[0] if place else None
    facts = facts.order_by("-id")
    if wanted.source is not None and wanted.batch is None:
        if before is not None:
            facts = facts.filter(id__lt=before)
        yield list(facts[: size + 1]), ""
        return
    for first, last in _ranges(wanted, before):
        high = last if before is None else min(last, before - 1)
        while high >= first:
            low = max(first, high - CHUNK + 1)
            yield list(facts.filter(id__gte=low, id__lte=high)[: size + 1]), str(low)
            high = low - 1


def _ranges(wanted: Wanted, before: int | None) -> Iterator[tuple[int, int]]:
    batches = FactBatch.objects.filter(first_fact__isnull=False)
    if wanted.batch is not None:
        batches = batches.filter(pk=wanted.batch.pk)
    if wanted.simulated is not None:
        batches = batches.filter(simulated=wanted.simulated)
    if before is not None:
        batches = batches.filter(first_fact__lt=before)
    yield from batches.order_by("-first_fact").values_list("first_fact", "last_fact").iterator(chunk_size=200)  # type: ignore[misc]


def states(listed: Iterable[Fact], day: Any = None) -> dict[int, str]:
    """For each of a page of facts what it is in its cell: ``current``, ``beside`` (another one counts) or ``superseded``, as known on ``day``."""
    rows = list(listed)
    if not rows:
        return {}
    about = Q(pk__in=[])
    for element, key, kind in {(f.element_id, f.period_key, f.subject_kind) for f in rows}:
        subjects = {f.subject_id for f in rows if (f.element_id, f.period_key, f.subject_kind) == (element, key, kind)}
        about |= Q(element=element, period_key=key, subject_kind=kind, subject_id__in=subjects)
    cells = list(Fact.objects.filter(about).values_list("id", flat=True))
    chosen = {fact.pk for fact in current_facts(Fact.objects.filter(pk__in=cells), day).values()}
    corrections: QuerySet[Fact] = Fact.objects.filter(supersedes__in=[f.pk for f in rows])
    if day is not None:
        corrections = believed_on(corrections, day)
    gone = set(corrections.values_list("supersedes_id", flat=True))
    return {f.pk: "superseded" if f.pk in gone else "current" if f.pk in chosen else "beside" for f in rows}
