"""Looking through facts by tens of millions: every answer is one page, found through an index, in bounded
time, without counting.

Facts are walked in one of two orders:

* with an element, a period, a kind of subject or a subject chosen: by period, the latest first, then element
  and subject. The table's one index begins with (element, period), so the walk goes from one such pair to the
  next; which pairs exist is :func:`element_periods`.
* otherwise (and when real facts are few, or of one source) as they were entered here, the last first. A
  batch's facts lie between its first and its last id; others may lie among them.

When few facts match among many, the walk stops after :data:`BUDGET` seconds and says where to go on.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum

from qiangqu.base.errors import InputError
from qiangqu.base.periods import from_key
from qiangqu.base.subjects import LAST_NUMBER
from qiangqu.registry.subjects import AREA

from .current import believed_on, current_facts
from .models import Element, Fact, FactBatch

BUDGET = 0.06
SIZE, MAX_SIZE = 50, 500
CHUNK = 20_000
PERIODS_AT_ONCE = 24
LARGE = 20
FEW = 50_000
#: an element and a kind of subject after all others: places behind what was looked through
PAST, PAST_KIND = 2**31, LAST_NUMBER + 1

_PERIODS = """
    WITH RECURSIVE p(e, k) AS (
        SELECT x.id, (SELECT MIN(f.period_key) FROM facts_fact f WHERE f.element_id = x.id) FROM facts_element x
        UNION ALL
        SELECT p.e, (SELECT MIN(f.period_key) FROM facts_fact f WHERE f.element_id = p.e AND f.period_key > p.k) FROM p WHERE p.k IS NOT NULL)
    SELECT e, k FROM p WHERE k IS NOT NULL"""
_known: dict[str, tuple[Any, dict[int, list[int]]]] = {}


def period_order(key: int) -> tuple[int, int]:
    """Sorts period keys by the end of the period, the latest first; of those that end together the longest
    first.
    """
    period = from_key(key)
    return -(period.year * 12 + period.last_month), int(period.kind)


def element_periods() -> dict[int, list[int]]:
    """For each element that has facts the periods for which it has some, the latest first. Kept until the
    next batch.

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
    """What to look for: ids and keys, None for any. ``kind`` is a kind of subject, ``subject`` one subject
    (with ``kind``).
    """

    element: int | None = None
    period: int | None = None
    kind: int | None = None
    subject: int | None = None
    source: int | None = None
    simulated: bool | None = None
    batch: FactBatch | None = None

    @property
    def by_cell(self) -> bool:
        return self.batch is None and any(
            one is not None for one in (self.element, self.period, self.kind, self.subject)
        )


@dataclass
class Found:
    """One page. ``after`` continues it ("" at the end); ``stopped``: the walk ran out of time before the page
    was full.
    """

    facts: list[Fact] = field(default_factory=list)
    after: str = ""
    stopped: bool = False


def find(facts: "QuerySet[Fact]", wanted: Wanted, after: str = "", size: int = SIZE) -> Found:
    """The next ``size`` of ``facts`` (already narrowed to what the viewer may see) after the place ``after``.

    Raises InputError for a place that is none.
    """
    facts = _narrowed(facts, wanted).select_related("element", "batch__user", "batch__origin", "source")
    by_cell = wanted.by_cell and wanted.source is None and not _few(wanted)
    place = _place(after, 5 if by_cell else 1)
    steps = _cells(facts, wanted, place, size) if by_cell else _entries(facts, wanted, place, size)
    deadline = time.monotonic() + BUDGET
    found = Found()
    for rows, reached in steps:
        found.facts += rows[: size - len(found.facts) + 1]
        if len(found.facts) > size:
            del found.facts[size:]
            found.after = _place_of(found.facts[-1], by_cell)
            break
        if time.monotonic() > deadline:
            found.after, found.stopped = reached, bool(reached)
            break
    return found


def _few(wanted: Wanted) -> bool:
    """Whether real facts, when only they are wanted, are so few that their batches are read through."""
    if wanted.simulated is not False:
        return False
    return (FactBatch.objects.filter(simulated=False).aggregate(total=Sum("rows"))["total"] or 0) <= FEW


def _narrowed(facts: "QuerySet[Fact]", wanted: Wanted) -> "QuerySet[Fact]":
    if wanted.kind is not None:
        facts = facts.filter(subject_kind=wanted.kind)
    if wanted.subject is not None:
        facts = facts.filter(subject_id=wanted.subject)
    if wanted.source is not None:
        facts = facts.filter(source=wanted.source)
    if wanted.simulated is not None:
        facts = facts.filter(batch__simulated=wanted.simulated)
        if not wanted.simulated:
            # large simulated batches are passed over by their ids, which the index holds, without looking at
            # their rows; only those whose facts fill all of the range: no other fact is among them
            filled = FactBatch.objects.filter(simulated=True, last_fact=F("first_fact") + F("rows") - 1)
            large = filled.order_by("-rows")
            for first, last in large.values_list("first_fact", "last_fact")[:LARGE]:
                facts = facts.exclude(id__range=(first, last))
    return facts


def _place(text: str, length: int) -> tuple[int, ...] | None:
    if not text:
        return None
    parts = text.split(".")
    if len(parts) != length or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise InputError("翻页位置不对，请回到第一页", where="after")
    return tuple(int(part) for part in parts)


def _place_of(fact: Fact, by_cell: bool) -> str:
    if not by_cell:
        return str(fact.pk)
    return f"{fact.period_key}.{fact.element_id}.{fact.subject_kind}.{fact.subject_id}.{fact.pk}"


Step = tuple[list[Fact], str]  # facts in order, the place after them


def _cells(facts: "QuerySet[Fact]", wanted: Wanted, place: tuple[int, ...] | None, size: int) -> Iterator[Step]:
    pairs = element_periods()
    if wanted.element is not None:
        pairs = {wanted.element: pairs.get(wanted.element, [])}
    elif wanted.kind is not None:
        fitting = {e.pk for e in Element.objects.all() if wanted.kind in e.subject_kinds}
        pairs = {element: keys for element, keys in pairs.items() if element in fitting}
    by_period: dict[int, list[int]] = {}
    for element, keys in pairs.items():
        for key in keys:
            if wanted.period in (None, key):
                by_period.setdefault(key, []).append(element)
    keys = sorted(by_period, key=period_order)
    if place is not None:
        start = period_order(_checked(place[0]))
        done = place[1] >= PAST
        keys = [key for key in keys if (period_order(key) > start if done else period_order(key) >= start)]
    if wanted.subject is not None:
        yield from _of_one_subject(facts, by_period, keys, place)
        return
    for key in keys:
        elements = sorted(by_period[key])
        # facts about areas are few beside those of enterprises: all elements at once
        groups = [elements] if wanted.kind == AREA.number else [[element] for element in elements]
        for group in groups:
            rows = facts.filter(element__in=group, period_key=key)
            if place is not None and key == place[0]:
                if (group[-1], PAST_KIND) <= place[1:3]:
                    continue
                rows = rows.filter(_beyond(*place[1:]))
            ordered = rows.order_by("element_id", "subject_kind", "subject_id", "id")
            yield list(ordered[: size + 1]), f"{key}.{group[-1]}.{PAST_KIND}.0.0"


def _beyond(element: int, kind: int, subject: int, last: int) -> Q:
    """After this place within a period."""
    return (
        Q(element__gt=element)
        | Q(element=element, subject_kind__gt=kind)
        | Q(element=element, subject_kind=kind, subject_id__gt=subject)
        | Q(element=element, subject_kind=kind, subject_id=subject, id__gt=last)
    )


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
        yield [fact for fact in rows if begin is None or order(fact) > begin], f"{some[-1]}.{PAST}.{PAST_KIND}.0.0"


def _entries(facts: "QuerySet[Fact]", wanted: Wanted, place: tuple[int, ...] | None, size: int) -> Iterator[Step]:
    before = place[0] if place else None
    facts = facts.order_by("-id")
    # the sum keeps planners from the index by element: here ids lead
    if wanted.element is not None:
        facts = facts.annotate(of=F("element_id") + 0).filter(of=wanted.element)
    if wanted.period is not None:
        facts = facts.annotate(at=F("period_key") + 0).filter(at=wanted.period)
    if wanted.batch is not None:
        facts = facts.filter(batch=wanted.batch)
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
    """Ranges of ids in which the batches lie, the last first, none inside another."""
    batches = FactBatch.objects.filter(first_fact__isnull=False)
    if wanted.batch is not None:
        batches = batches.filter(pk=wanted.batch.pk)
    if wanted.simulated is not None:
        batches = batches.filter(simulated=wanted.simulated)
    if before is not None:
        batches = batches.filter(first_fact__lt=before)
    block: tuple[int, int] | None = None
    rows: Any = batches.order_by("-last_fact").values_list("first_fact", "last_fact")
    for first, last in rows.iterator(chunk_size=200):
        if block is not None and last < block[0]:
            yield block
            block = None
        # else it lies among those of the batch before
        block = (first, last) if block is None else (min(first, block[0]), block[1])
    if block is not None:
        yield block


def states(listed: Iterable[Fact], day: Any = None) -> dict[int, str]:
    """For each of a page of facts what it is in its cell: ``current``, ``beside`` (another one counts) or
    ``superseded``, as known on ``day``.
    """
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
