"""Reading facts: the one place that knows where they lie. Small batches are rows of the table of facts until they
are sealed, all others rows of segments in the lake (:mod:`qiangqu.facts.sealing`); who asks here is told of
both, each fact once.

Few facts come as :class:`FactRow`, many as an Arrow table (:func:`table`); questions about all facts at once are
for :mod:`qiangqu.facts.columns`.
"""

# ruff: noqa: S608 - queries are composed here of fixed pieces and numbers

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from qiangqu.base.periods import Period, from_key
from qiangqu.base.visibility import nothing
from qiangqu.lake.engine import connect, scan
from qiangqu.lake.models import AREA_FACTS, FACTS, FACTS_PAST, FACTS_WITHDRAWN, Segment
from qiangqu.registry.subjects import AREA

from . import ids
from .columns import HELD, SCHEMA, holding, listed, segments_now, table_of
from .models import Element, Fact, FactBatch, Source

#: orders of rows: within a period by cell; as they were entered, the last first
CELL, LATEST = ("element", "sk", "subject", "id"), ("-id",)
Place = tuple[int, int, int, int]  # element, subject kind, subject, id


@dataclass(frozen=True, slots=True)
class FactRow:
    """Fact 事实: element, subject, period, value (in the element's unit), and where it came from. It is the
    ``number``-th row of its batch and is called :attr:`ref` outside.
    """

    id: int
    element: Element
    subject_kind: int
    subject_id: int
    period_key: int
    value: float
    batch: FactBatch
    source: Source | None
    supersedes_id: int | None
    row: int | None
    precedence: int
    stated: str
    note: str

    @property
    def pk(self) -> int:
        return self.id

    @property
    def ref(self) -> str:
        return ids.ref(self.id)

    @property
    def number(self) -> int:
        return self.id - ids.place(self.batch.pk, 0)

    @property
    def element_id(self) -> int:
        return self.element.pk

    @property
    def batch_id(self) -> int:
        return self.batch.pk

    @property
    def source_id(self) -> int | None:
        return self.source.pk if self.source else None

    @property
    def supersedes(self) -> str | None:
        """What the corrected fact is called."""
        return ids.ref(self.supersedes_id) if self.supersedes_id else None

    @property
    def period(self) -> Period:
        return from_key(self.period_key)

    @property
    def cell(self) -> tuple[int, int, int, int]:
        """Element, subject kind, subject, period."""
        return self.element.pk, self.subject_kind, self.subject_id, self.period_key


@dataclass(frozen=True)
class Scope:
    """Whose facts somebody may see: ``records`` narrowed by number of the register, None: all there are."""

    records: dict[int, "QuerySet[Any]"] | None = None

    @property
    def condition(self) -> Q:
        if self.records is None:
            return Q()
        about = nothing()
        for number, found in self.records.items():
            about |= Q(subject_kind=number, subject_id__in=found.order_by().values("pk"))
        return about

    @cached_property
    def pairs(self) -> pa.Table:
        """``sk, subject`` of the records."""
        kinds: list[int] = []
        subjects: list[int] = []
        for number, found in (self.records or {}).items():
            mine = list(found.order_by().values_list("pk", flat=True))
            kinds += [number] * len(mine)
            subjects += mine
        return pa.table({"sk": pa.array(kinds, pa.int8()), "subject": pa.array(subjects, pa.int32())})


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Where:
    """Which facts: ids and keys, None for any. ``span``: ids from the first up to the second, both included;
    ``after``: only what comes after this place in the order :data:`CELL`; ``until``: entered by then, and not
    withdrawn by then. Facts of withdrawn batches are among them only with ``withdrawn`` (for who tells the course
    of things).
    """

    elements: Collection[int] | None = None
    periods: Collection[int] | None = None
    kind: int | None = None
    subjects: Collection[int] | None = None
    facts: Collection[int] | None = None
    span: tuple[int, int] | None = None
    source: int | None = None
    sourced: bool = False
    simulated: bool | None = None
    scope: Scope = EVERYTHING
    after: Place | None = None
    until: dt.datetime | None = None
    withdrawn: bool = False

    @property
    def batches(self) -> set[int] | None:
        """The batches in which the facts lie, where that is known."""
        if self.facts is not None:
            return {ids.batch_of(fact) for fact in self.facts}
        if self.span is not None and ids.batch_of(self.span[0]) == ids.batch_of(self.span[1]):
            return {ids.batch_of(self.span[0])}
        return None


def end_of(day: dt.date | None) -> dt.datetime | None:
    """The moment at which ``day`` ends, for :attr:`Where.until`."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.max)) if day else None


# ---------------------------------------------------------------- the rows that wait

_HOT_ORDER = {"element": "element_id", "sk": "subject_kind", "subject": "subject_id", "id": "id", "-id": "-id"}


def _hot(where: Where, order: Sequence[str], limit: int | None) -> pa.Table:
    rows = Fact.objects.filter(where.scope.condition, _hot_condition(where))
    if order:
        rows = rows.order_by(*(_HOT_ORDER[name] for name in order))
    columns = rows.values_list(
        "id", "element_id", "subject_kind", "subject_id", "period_key", "value", Coalesce(F("source_id"), Value(0)),
        "precedence", "batch__simulated", Coalesce(F("supersedes_id"), Value(0)), Coalesce(F("row"), Value(0)),
        "stated", "note",
    )  # fmt: skip
    found = columns if limit is None else columns[:limit]
    return table_of([(*one[:8], int(one[8]), *one[9:]) for one in found])


def _hot_condition(where: Where) -> Q:
    found = Q()
    for name, values in (
        ("element_id", where.elements), ("period_key", where.periods), ("subject_id", where.subjects), ("id", where.facts),
    ):  # fmt: skip
        if values is not None:
            found &= Q(**{name: next(iter(values))}) if len(values) == 1 else Q(**{f"{name}__in": list(values)})
    if where.kind is not None:
        found &= Q(subject_kind=where.kind)
    if where.span is not None:
        found &= Q(id__gte=where.span[0], id__lte=where.span[1])
    if where.source is not None:
        found &= Q(source=where.source)
    if where.sourced:
        found &= Q(source__isnull=False)
    if where.simulated is not None:
        found &= Q(batch__simulated=where.simulated)
    if where.until is not None:
        found &= Q(batch__created_at__lte=where.until)
    if where.after is not None:
        element, kind, subject, last = where.after
        found &= (
            Q(element__gt=element)
            | Q(element=element, subject_kind__gt=kind)
            | Q(element=element, subject_kind=kind, subject_id__gt=subject)
            | Q(element=element, subject_kind=kind, subject_id=subject, id__gt=last)
        )
    return found


# ---------------------------------------------------------------- segments

_INLINE = 200


def _fitting(segments: Iterable[Segment], where: Where) -> list[Segment]:
    """The segments that may hold such facts."""
    if where.kind is not None:
        of_areas = where.kind == AREA.number
        other = (FACTS, FACTS_PAST) if of_areas else (AREA_FACTS,)
        segments = [one for one in segments if one.dataset not in other]
    found = holding(segments, where.elements, where.periods, where.batches)
    if where.span is not None:
        first, last = where.span
        found = [one for one in found if one.low["id"] <= last and one.high["id"] >= first]
    if where.source is not None or where.sourced:
        found = [one for one in found if one.info["sourced"]]
    return found


def _sealed(segments: Sequence[Segment], where: Where, order: Sequence[str], limit: int | None) -> pa.Table:
    tables: dict[str, pa.Table] = {}
    tests: list[str] = []
    for name, column, values in (
        ("elements", "element", where.elements), ("periods", "period", where.periods),
        ("subjects", "subject", where.subjects), ("facts", "id", where.facts),
    ):  # fmt: skip
        if values is None:
            continue
        if not values:
            return SCHEMA.empty_table()
        # the bounds lead past what the statistics of the files rule out
        tests.append(f"{column} BETWEEN {int(min(values))} AND {int(max(values))}")
        if len(values) > _INLINE:
            tables[f"wanted_{name}"] = pa.table({"one": pa.array(list(values), SCHEMA.field(column).type)})
            tests.append(f"{column} IN (SELECT one FROM wanted_{name})")
        elif len(values) > 1:
            tests.append(f"{column} IN ({listed(values)})")
    if where.kind is not None:
        tests.append(f"sk = {int(where.kind)}")
    if where.span is not None:
        tests.append(f"id BETWEEN {int(where.span[0])} AND {int(where.span[1])}")
    if where.source is not None:
        tests.append(f"source = {int(where.source)}")
    if where.sourced:
        tests.append("source > 0")
    if where.simulated is not None:
        tests.append(f"sim = {int(where.simulated)}")
    if where.until is not None:
        late = list(FactBatch.objects.filter(created_at__gt=where.until).values_list("pk", flat=True))
        if not where.withdrawn:
            early = FactBatch.objects.filter(withdrawal__created_at__lte=where.until)
            late += list(early.values_list("pk", flat=True))
        tables["late"] = pa.table({"batch": pa.array(late, pa.int64())})
        tests.append(f"id >> {ids.SHIFT} NOT IN (SELECT batch FROM late)")
    if where.after is not None:
        element, kind, subject, last = (int(part) for part in where.after)
        tests.append(f"(element, sk, subject, id) > ({element}, {kind}, {subject}, {last})")
    joined = ""
    if where.scope.records is not None:
        tables["allowed"] = where.scope.pairs
        joined = "SEMI JOIN allowed USING (sk, subject)"
    ordered = ", ".join(f"{name[1:]} DESC" if name.startswith("-") else name for name in order)
    with connect(tables) as duck:
        found = duck.sql(
            f"SELECT {', '.join(SCHEMA.names)} FROM {scan(segments, SCHEMA)} f {joined} WHERE {' AND '.join(tests) or 'true'}"
            + (f" ORDER BY {ordered}" if order else "")
            + (f" LIMIT {int(limit)}" if limit is not None else "")
        ).to_arrow_table()
    return found.cast(SCHEMA)


# ---------------------------------------------------------------- both


def table(where: Where, order: Sequence[str] = (), limit: int | None = None) -> pa.Table:
    """The facts as columns (:data:`.columns.SCHEMA`; 0 stands for no source, no row in a file and for nothing
    superseded), at most ``limit`` of them, in ``order`` (:data:`CELL` or :data:`LATEST`).
    """
    # rows go from the table into segments, never back: read in this order none is missed
    hot = _hot(where, order, limit)
    past = (FACTS_WITHDRAWN,) if where.withdrawn or where.until is not None else ()
    segments = _fitting(segments_now(*HELD, *past), where)
    if not segments:
        return hot
    sealed = _sealed(segments, where, order, limit)
    if not hot.num_rows:
        return sealed
    fresh = hot.filter(pc.invert(pc.is_in(hot["id"], sealed["id"].combine_chunks())))
    found = pa.concat_tables([fresh, sealed])
    if order:
        found = found.sort_by([(name.lstrip("-"), "descending" if name[0] == "-" else "ascending") for name in order])
    return found if limit is None else found.slice(0, limit)


def rows(where: Where, order: Sequence[str] = (), limit: int | None = None) -> list[FactRow]:
    """The facts one by one, with their elements, batches and sources."""
    return rows_of(table(where, order, limit))


def rows_of(found: pa.Table) -> list[FactRow]:
    """Rows of :func:`table` one by one."""
    if not found.num_rows:
        return []
    columns = found.to_pydict()
    numbers = [ids.batch_of(fact) for fact in columns["id"]]
    batches = FactBatch.objects.select_related("user", "origin", "withdrawal").in_bulk(set(numbers))
    elements = Element.objects.in_bulk(set(columns["element"]))
    sources = Source.objects.in_bulk(set(columns["source"]) - {0})
    return [
        FactRow(
            fact, elements[element], kind, subject, period, value, batches[ids.batch_of(fact)], sources.get(source),
            supersedes or None, row or None, precedence, stated, note,
        )
        for fact, element, kind, subject, period, value, source, precedence, _sim, supersedes, row, stated, note in zip(
            *(columns[name] for name in SCHEMA.names), strict=True
        )
    ]  # fmt: skip


def by_id(facts: Collection[int], elements: Collection[int] | None = None) -> dict[int, FactRow]:
    """Facts by id; those that are not there are left out. Files lie in the order of elements, so it is faster when
    those of the facts are known.
    """
    return {one.id: one for one in rows(Where(facts=facts, elements=elements, withdrawn=True))} if facts else {}


def of_batch(batch: FactBatch) -> Where:
    """The facts of a batch."""
    return Where(span=(ids.place(batch.pk, 0), ids.place(batch.pk + 1, 0) - 1), withdrawn=True)


def of_cells(cells: Iterable[tuple[int, int, int, int]]) -> list[FactRow]:
    """All facts of cells (element, subject kind, subject, period), withdrawn ones too."""
    wanted = set(cells)
    if not wanted:
        return []
    elements, kinds, subjects, periods = (set(part) for part in zip(*wanted, strict=True))
    kind = next(iter(kinds)) if len(kinds) == 1 else None
    found = rows(Where(elements=elements, periods=periods, kind=kind, subjects=subjects, withdrawn=True))
    return [one for one in found if one.cell in wanted]


def count() -> int:
    """How many facts there are."""
    return table_count() + sum(one.rows for one in segments_now(*HELD))


def table_count() -> int:
    """How many wait to be sealed."""
    return Fact.objects.count()
