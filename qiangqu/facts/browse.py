"""Looking through facts by tens of millions: every answer is one page, in bounded time, without counting.

Facts are walked in one of two orders:

* with an element, a period, a kind of subject or a subject chosen: by period, the latest first, then element
  and subject. Rows that wait have an index that begins with (element, period), segments lie in that order, so
  the walk goes from one such pair to the next; which pairs exist is :func:`element_periods`.
* otherwise (and when real facts are few, or of one source) as they were entered here, the last first, some
  batches at a time.

When few facts match among many, the walk stops after :data:`BUDGET` seconds and says where to go on.
"""

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection
from django.db.models import Sum

from qiangqu.base.errors import InputError
from qiangqu.base.periods import from_key
from qiangqu.base.subjects import LAST_NUMBER
from qiangqu.lake.engine import connect, scan
from qiangqu.lake.models import FACTS_WITHDRAWN, Segment
from qiangqu.registry.subjects import AREA

from .columns import HELD, SCHEMA, segments_now
from .current import current_facts, standing
from .ids import batch_of, place
from .models import Element, FactBatch
from .reading import CELL, LATEST, FactRow, Scope, Where, end_of, of_cells, rows

BUDGET = 0.06
SIZE, MAX_SIZE = 50, 500
CHUNK = 100_000
PERIODS_AT_ONCE = 24
FEW = 50_000
#: an element and a kind of subject after all others: places behind what was looked through
PAST, PAST_KIND = 2**31, LAST_NUMBER + 1

_PERIODS = """
    WITH RECURSIVE p(e, k) AS (
        SELECT x.id, (SELECT MIN(f.period_key) FROM facts_fact f WHERE f.element_id = x.id) FROM facts_element x
        UNION ALL
        SELECT p.e, (SELECT MIN(f.period_key) FROM facts_fact f WHERE f.element_id = p.e AND f.period_key > p.k) FROM p WHERE p.k IS NOT NULL)
    SELECT e, k FROM p WHERE k IS NOT NULL"""
_known: dict[tuple[str, bool], tuple[Any, dict[int, list[int]]]] = {}


def period_order(key: int) -> tuple[int, int]:
    """Sorts period keys by the end of the period, the latest first; of those that end together the longest
    first.
    """
    period = from_key(key)
    return -(period.year * 12 + period.last_month), int(period.kind)


def element_periods(*, withdrawn: bool = False) -> dict[int, list[int]]:
    """For each element that has facts the periods for which it has some (or, with ``withdrawn``, had before a
    batch was withdrawn), the latest first. Kept until the next batch.
    """
    stamp = FactBatch.objects.order_by("-id").values_list("id", "created_at", "uid").first()
    known = _known.get((connection.alias, withdrawn))
    if known and known[0] == stamp:
        return known[1]
    pairs: dict[int, set[int]] = {}
    if stamp is not None:
        # one index search for each pair, not a scan
        with connection.cursor() as cursor:
            cursor.execute(_PERIODS)
            for element, key in cursor.fetchall():
                pairs.setdefault(element, set()).add(key)
        for segment in segments_now(*HELD, *((FACTS_WITHDRAWN,) if withdrawn else ())):
            for element, key in _pairs_of(segment):
                pairs.setdefault(element, set()).add(key)
    found = {element: sorted(keys, key=period_order) for element, keys in pairs.items()}
    _known[connection.alias, withdrawn] = stamp, found
    return found


#: what a segment holds never changes
_of_segment: dict[str, list[tuple[int, int]]] = {}


def _pairs_of(segment: Segment) -> list[tuple[int, int]]:
    if segment.file not in _of_segment:
        elements, periods = segment.info["elements"], segment.info["periods"]
        if len(elements) == 1 or len(periods) == 1:
            found = [(element, key) for element in elements for key in periods]
        else:
            with connect() as duck:
                found = duck.execute(f"SELECT DISTINCT element, period FROM {scan([segment], SCHEMA)}").fetchall()  # noqa: S608
        _of_segment[segment.file] = found
    return _of_segment[segment.file]


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

    facts: list[FactRow] = field(default_factory=list)
    after: str = ""
    stopped: bool = False


def find(scope: Scope, wanted: Wanted, after: str = "", size: int = SIZE, day: dt.date | None = None) -> Found:
    """The next ``size`` facts of ``scope`` (what the viewer may see), as known on ``day``, after the place
    ``after``.

    Raises InputError for a place that is none.
    """
    where = _where(scope, wanted, day)
    by_cell = wanted.by_cell and wanted.source is None and not _few(wanted)
    at = _place(after, 5 if by_cell else 1)
    steps = _cells(where, wanted, at, size) if by_cell else _entries(where, wanted, at, size)
    deadline = time.monotonic() + BUDGET
    found = Found()
    for facts, reached in steps:
        found.facts += facts[: size - len(found.facts) + 1]
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


def _where(scope: Scope, wanted: Wanted, day: dt.date | None) -> Where:
    return Where(
        kind=wanted.kind,
        subjects=None if wanted.subject is None else [wanted.subject],
        source=wanted.source,
        simulated=wanted.simulated,
        scope=scope,
        until=end_of(day),
        withdrawn=wanted.batch is not None,
    )


def _place(text: str, length: int) -> tuple[int, ...] | None:
    if not text:
        return None
    parts = text.split(".")
    if len(parts) != length or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise InputError("翻页位置不对，请回到第一页", where="after")
    return tuple(int(part) for part in parts)


def _place_of(fact: FactRow, by_cell: bool) -> str:
    if not by_cell:
        return str(fact.pk)
    return f"{fact.period_key}.{fact.element_id}.{fact.subject_kind}.{fact.subject_id}.{fact.pk}"


Step = tuple[list[FactRow], str]  # facts in order, the place after them


def _cells(where: Where, wanted: Wanted, at: tuple[int, ...] | None, size: int) -> Iterator[Step]:
    pairs = element_periods(withdrawn=where.until is not None)
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
    if at is not None:
        start = period_order(_checked(at[0]))
        done = at[1] >= PAST
        keys = [key for key in keys if (period_order(key) > start if done else period_order(key) >= start)]
    if wanted.subject is not None:
        yield from _of_one_subject(where, by_period, keys, at)
        return
    for key in keys:
        elements = sorted(by_period[key])
        # facts about areas are few beside those of enterprises: all elements at once
        groups = [elements] if wanted.kind == AREA.number else [[element] for element in elements]
        for group in groups:
            here = replace(where, elements=group, periods=[key])
            if at is not None and key == at[0]:
                if (group[-1], PAST_KIND) <= at[1:3]:
                    continue
                here = replace(here, after=(at[1], at[2], at[3], at[4]))
            yield rows(here, CELL, size + 1), f"{key}.{group[-1]}.{PAST_KIND}.0.0"


def _checked(key: int) -> int:
    from_key(key)
    return key


def _of_one_subject(
    where: Where, by_period: dict[int, list[int]], keys: list[int], at: tuple[int, ...] | None
) -> Iterator[Step]:
    """A subject has few facts for each period: some periods at once."""

    def order(fact: FactRow) -> tuple[Any, ...]:
        return (*period_order(fact.period_key), fact.element_id, fact.subject_kind, fact.subject_id, fact.pk)

    begin = (*period_order(at[0]), *at[1:]) if at else None
    for first in range(0, len(keys), PERIODS_AT_ONCE):
        some = keys[first : first + PERIODS_AT_ONCE]
        elements = {element for key in some for element in by_period[key]}
        found = sorted(rows(replace(where, elements=elements, periods=some)), key=order)
        yield [fact for fact in found if begin is None or order(fact) > begin], f"{some[-1]}.{PAST}.{PAST_KIND}.0.0"


def _entries(where: Where, wanted: Wanted, at: tuple[int, ...] | None, size: int) -> Iterator[Step]:
    where = replace(
        where,
        elements=None if wanted.element is None else [wanted.element],
        periods=None if wanted.period is None else [wanted.period],
    )
    before = at[0] if at else None
    if wanted.source is not None and wanted.batch is None:
        # only what was published has a source: few
        yield rows(where if before is None else replace(where, span=(0, before - 1)), LATEST, size + 1), ""
        return
    for first, last in _ranges(wanted, before):
        yield rows(replace(where, span=(first, last)), LATEST, size + 1), str(first)


def _ranges(wanted: Wanted, before: int | None) -> Iterator[tuple[int, int]]:
    """Ranges of ids of about :data:`CHUNK` facts, the last first: several batches, or a part of a large one."""
    batches = FactBatch.objects.filter(rows__gt=0)
    if wanted.batch is not None:
        batches = batches.filter(pk=wanted.batch.pk)
    if wanted.simulated is not None:
        batches = batches.filter(simulated=wanted.simulated)
    if before is not None:
        batches = batches.filter(pk__lte=batch_of(before))
    low = high = 0
    size = 0
    found: Any = batches.order_by("-pk").values_list("pk", "rows")
    for batch, count in found.iterator(chunk_size=500):
        top = place(batch, count) if before is None else min(place(batch, count), before - 1)
        if top < place(batch, 1):
            continue
        if size and size + count > CHUNK:
            yield low, high
            size = 0
        if not size:
            high = top
        while top - place(batch, 0) > CHUNK:
            yield top - CHUNK + 1, top
            top -= CHUNK
            high = top
        low = place(batch, 1)
        size += top - low + 1
    if size:
        yield low, high


def states(listed: Iterable[FactRow], day: Any = None) -> dict[int, str]:
    """For each of a page of facts what it is in its cell: ``current``, ``beside`` (another one counts),
    ``superseded`` or ``withdrawn``, as known on ``day``.
    """
    facts = list(listed)
    known, end = of_cells(fact.cell for fact in facts), end_of(day)
    stands = {fact.id for fact in standing(known, day)}
    chosen = {fact.id for fact in current_facts(known, day).values()}

    def state(fact: FactRow) -> str:
        if fact.batch.withdrawn_by(end):
            return "withdrawn"
        return "current" if fact.id in chosen else "beside" if fact.id in stands else "superseded"

    return {fact.id: state(fact) for fact in facts}
