"""The facts as columns, for questions about millions of them: segments in the lake, and beside them the rows of
small batches that have not been sealed yet (:mod:`qiangqu.facts.sealing`).

Facts about areas (official figures, few) lie apart from facts about the records of all other registers (many).
Facts that do not count (superseded, or contradicted by a later source) are told by id: when a batch is sealed,
what it changes is written beside it; of rows that wait it is found when read. Only segments that hold a batch
with such facts are compared with them.
"""

# ruff: noqa: S608 - queries are composed here of fixed pieces, numbers and literals escaped by lake.engine.quoted

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from qiangqu.lake.engine import connect, scan
from qiangqu.lake.models import AREA_FACTS, FACTS, FACTS_OUT, FACTS_PAST, FACTS_WITHDRAWN, Segment
from qiangqu.registry.subjects import AREA

from .ids import SHIFT, place
from .models import FactBatch, Source

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("element", pa.int32()),
        ("sk", pa.int8()),
        ("subject", pa.int32()),
        ("period", pa.int32()),
        ("value", pa.float64()),
        ("source", pa.int32()),
        ("precedence", pa.int8()),
        ("sim", pa.int8()),
        ("supersedes", pa.int64()),
        ("row", pa.int32()),
        ("stated", pa.string()),
        ("note", pa.string()),
    ]
)
#: facts about anything but areas
NOT_AREAS = f"f.sk <> {AREA.number}"
#: what is asked of millions; the rest is for people
COUNTED = SCHEMA.names[:9]
#: ``gone``: whether the fact counts no more (0: it counts again), as known when the batch ``since`` was the newest
OUT_SCHEMA = pa.schema([("id", pa.int64()), ("since", pa.int32()), ("gone", pa.int8())])
#: what is superseded stays so, whatever comes later
FOR_GOOD = 2**31 - 1
#: where sealed facts lie
HELD = (FACTS, FACTS_PAST, AREA_FACTS)
#: with more rows waiting than this the worker seals them at once
HOT_LIMIT = 20_000
_FETCH = 50_000
#: of so many subjects it is asked where they lie, to compute less anew
MANY_SUBJECTS = 2_000
#: of several standing facts of a cell the first in this order counts (the rule of qiangqu.facts.current)
BEST_FIRST = "{f}.precedence DESC, COALESCE({p}.published, '') DESC, {f}.id DESC"
HOT_SQL = (
    "SELECT f.id, f.element_id, f.subject_kind, f.subject_id, f.period_key, f.value, COALESCE(f.source_id, 0), "
    "f.precedence, CASE WHEN b.simulated THEN 1 ELSE 0 END, COALESCE(f.supersedes_id, 0), "
    'COALESCE(f."row", 0), f.stated, f.note '
    "FROM facts_fact f JOIN facts_factbatch b ON b.id = f.batch_id"
)


def table_of(rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Rows of :data:`HOT_SQL` as a table of :data:`SCHEMA`."""
    if not rows:
        return SCHEMA.empty_table()
    columns = zip(*rows, strict=True)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def hot_rows(where: str = "", parameters: Sequence[Any] = ()) -> pa.Table:
    """Rows that are not sealed, in the order of their ids, read from the table."""
    parts = []
    with connection.cursor() as cursor:
        cursor.execute(f"{HOT_SQL} {where} ORDER BY f.id", list(parameters))
        while rows := cursor.fetchmany(_FETCH):
            parts.append(table_of(rows))
    return pa.concat_tables(parts) if parts else SCHEMA.empty_table()


def source_table() -> pa.Table:
    """``source, published`` of all sources."""
    rows = list(Source.objects.values_list("id", "published_on"))
    return pa.table(
        {"source": pa.array([i for i, _ in rows], pa.int32()), "published": pa.array([p for _, p in rows], pa.string())}
    )


def segments_now(*datasets: str) -> list[Segment]:
    """The segments that count, read in one look at the catalogue."""
    return list(Segment.objects.live().filter(dataset__in=datasets or (*HELD, FACTS_OUT)))


def holding(
    segments: Iterable[Segment],
    elements: Collection[int] | None = None,
    periods: Collection[int] | None = None,
    batches: Collection[int] | None = None,
) -> list[Segment]:
    """Those segments in which such facts may lie, by what the catalogue says of each."""

    def fits(info: dict[str, Any], name: str, wanted: Collection[int] | None) -> bool:
        return wanted is None or not set(wanted).isdisjoint(info[name])

    return [
        one
        for one in segments
        if fits(one.info, "elements", elements)
        and fits(one.info, "periods", periods)
        and fits(one.info, "batches", batches)
    ]


def listed(values: Iterable[int]) -> str:
    """Numbers between commas for IN (…)."""
    return ", ".join(str(int(value)) for value in sorted(values)) or "-1"


def _only(segment: Segment, name: str) -> int | None:
    """What all facts of a segment have, when the catalogue says so."""
    values = segment.info.get(name, ())
    return int(values[0]) if len(values) == 1 else None


@dataclass(frozen=True, slots=True)
class Part:
    """A query of facts (:data:`COUNTED`); all are about one ``kind`` of subject, all real (``sim`` 0) or simulated (1),
    where these are not None.
    """

    sql: str
    kind: int | None
    sim: int | None


@dataclass(frozen=True, slots=True)
class Touched:
    """``cells``: element → periods; ``subjects``: kind and id of each, None for more than it pays to list."""

    cells: dict[int, set[int]]
    subjects: set[tuple[int, int]] | None


@dataclass(frozen=True)
class Columns:
    """All facts as they were at one moment: ``segments`` of the three datasets, ``hot`` rows that are in none
    of them. The SQL below needs :attr:`tables` beside it.
    """

    segments: Sequence[Segment]
    hot: pa.Table

    def of(self, dataset: str) -> list[Segment]:
        return [one for one in self.segments if one.dataset == dataset]

    @cached_property
    def out(self) -> pa.Table:
        """Ids of the facts that do not count."""
        fresh = not_counting(self.hot, self.segments, FOR_GOOD - 1)
        sealed = self.of(FACTS_OUT)
        if not sealed:
            return fresh.filter(pc.equal(fresh["gone"], 1)).select(["id"])
        with connect({"fresh": fresh}) as duck:
            found: pa.Table = duck.sql(f"SELECT id FROM ({_verdicts_sql(sealed)}) WHERE gone = 1").to_arrow_table()
        return found

    @cached_property
    def _put_out(self) -> set[int]:
        """Batches some of whose facts do not count."""
        return set(pc.unique(pc.shift_right(self.out["id"], pa.scalar(SHIFT, pa.int64()))).to_pylist())

    @property
    def tables(self) -> dict[str, pa.Table]:
        """What the SQL reads beside the files."""
        return {"hot_facts": self.hot.select(COUNTED), "facts_out": self.out}

    def _counting(self, dataset: str, segments: Sequence[Segment], test: str, where: str = "true") -> str:
        """The facts that count: of segments that nothing touches as they lie, of others without what is out, and
        rows that wait, unless ``test`` is empty.
        """
        touched = [one for one in segments if not self._put_out.isdisjoint(one.info["batches"])]
        whole = [one for one in segments if one not in touched]
        waiting = bool(test)
        names = ", ".join(COUNTED)
        parts = []
        if whole or not (touched or waiting):
            parts.append(f"SELECT {names} FROM {scan(whole, SCHEMA)} f WHERE {where}")
        standing = f"{where} AND NOT EXISTS (SELECT 1 FROM facts_out o WHERE o.id = f.id)"
        if touched:
            parts.append(f"SELECT {names} FROM {scan(touched, SCHEMA)} f WHERE {standing}")
        if waiting:
            parts.append(f"SELECT {names} FROM hot_facts f WHERE {test} AND {standing}")
        return " UNION ALL ".join(parts)

    def _waits(
        self, areas: bool, elements: Collection[int] | None = None, periods: Collection[int] | None = None
    ) -> bool:
        """Whether such rows wait: for a query it takes longer to plan to read none than to look."""
        if not self.hot.num_rows:
            return False
        found = (pc.equal if areas else pc.not_equal)(self.hot["sk"], AREA.number)
        for name, wanted in (("element", elements), ("period", periods)):
            if wanted is not None:
                found = pc.and_(found, pc.is_in(self.hot[name], pa.array(list(wanted), self.hot[name].type)))
        return bool(pc.any(found).as_py())

    def facts_sql(
        self,
        columns: str = "*",
        where: str = "true",
        elements: Collection[int] | None = None,
        periods: Collection[int] | None = None,
    ) -> str:
        """Query of the facts (not about areas) that count; ``elements`` and ``periods`` say again what
        ``where`` says, to leave files unopened.
        """
        used = holding(self.of(FACTS), elements, periods)
        test = NOT_AREAS if self._waits(False, elements, periods) else ""
        return f"SELECT {columns} FROM ({self._counting(FACTS, used, test)}) f WHERE ({where})"

    def parts(self, elements: Collection[int] | None = None, periods: Collection[int] | None = None) -> "list[Part]":
        """The facts (not about areas) that count, in parts that lie alike: files are not asked for what the catalogue
        says of them.
        """
        alike: dict[tuple[int | None, int | None, str], list[Segment]] = {}
        for one in holding(self.of(FACTS), elements, periods):
            where = " AND ".join(
                f"f.{name} IN ({listed(wanted)})"
                for name, wanted in (("element", elements), ("period", periods))
                if wanted is not None and not set(one.info[f"{name}s"]) <= set(wanted)
            )
            alike.setdefault((_only(one, "kinds"), _only(one, "sims"), where or "true"), []).append(one)
        found = [Part(self._counting(FACTS, mine, "", w), kind, sim) for (kind, sim, w), mine in alike.items()]
        waits = self._waits(False, elements, periods)
        if waits or not found:
            asked = " AND ".join(
                f"f.{name} IN ({listed(wanted)})"
                for name, wanted in (("element", elements), ("period", periods))
                if wanted is not None
            )
            found.append(Part(self._counting(FACTS, [], NOT_AREAS if waits else "", asked or "true"), None, None))
        return found

    def official_sql(self, elements: Collection[int] | None = None, sources: str = "sources") -> str:
        """Query of the official figures that count: ``element, area, period, value, sim, id``; "" when there are none.
        Needs the table ``sources(source, published)``.
        """
        used = holding(self.of(AREA_FACTS), elements)
        waits = self._waits(True, elements)
        if not (used or waits):
            return ""
        where = "true" if elements is None else f"f.element IN ({listed(elements)})"
        return f"""
            SELECT f.element, f.subject AS area, f.period, f.value, f.sim::INTEGER AS sim, f.id
            FROM ({self._counting(AREA_FACTS, used, f"f.sk = {AREA.number}" if waits else "")}) f LEFT JOIN {sources} p ON p.source = f.source
            WHERE {where} QUALIFY ROW_NUMBER() OVER (PARTITION BY f.element, f.subject, f.period, f.sim
                ORDER BY {BEST_FIRST.format(f="f", p="p")}) = 1"""

    @cached_property
    def periods(self) -> set[int]:
        """The periods of all facts."""
        keys = {key for one in self.segments if one.dataset != FACTS_OUT for key in one.info["periods"]}
        return keys | set(pc.unique(self.hot["period"]).to_pylist())

    @property
    def years(self) -> tuple[int, int] | None:
        """First and last year of which there are facts; None without any."""
        found = {key % 1_000_000 // 100 for key in self.periods}
        return (min(found), max(found)) if found else None

    @property
    def rows(self) -> int:
        """How many facts there are that are not about areas."""
        return sum(one.rows for one in self.of(FACTS)) + self.hot.num_rows

    def touched(self, batches: Collection[int]) -> "Touched":
        """What the facts of ``batches`` are about; of a withdrawal, those that it took back."""
        taken = FactBatch.objects.filter(withdraws__isnull=False).values_list("pk", "withdraws_id")
        back = {withdrawn for withdrawal, withdrawn in taken if withdrawal in batches}
        batches = {*batches, *back}
        wanted = pa.table({"batch": pa.array(sorted(batches), pa.int64())})
        past = segments_now(FACTS_WITHDRAWN) if back else []
        used = holding([*(one for one in self.segments if one.dataset in HELD), *past], batches=batches)
        ids = f"id BETWEEN {place(min(batches), 0)} AND {place(max(batches) + 1, 0)}" if batches else "false"
        facts = (
            f"SELECT element, period, sk, subject FROM (SELECT id, element, period, sk, subject FROM {scan(used, SCHEMA)} "
            f"UNION ALL SELECT id, element, period, sk, subject FROM hot_facts) WHERE {ids} "
            f"AND id >> {SHIFT} IN (SELECT batch FROM wanted)"
        )
        cells: dict[int, set[int]] = {}
        with connect({"wanted": wanted, "hot_facts": self.hot}) as duck:
            for element, period in duck.execute(f"SELECT DISTINCT element, period FROM ({facts})").fetchall():
                cells.setdefault(element, set()).add(period)
            found = duck.execute(f"SELECT DISTINCT sk, subject FROM ({facts}) LIMIT {MANY_SUBJECTS + 1}").fetchall()
        return Touched(cells, set(found) if len(found) <= MANY_SUBJECTS else None)


# of this process: rows that wait do not change, and reading them takes longer than anything else that is asked of them
_memory: dict[str, tuple[dict[int, Any], pa.Table]] = {}


def _batches(rows: pa.Table) -> pa.ChunkedArray:
    return pc.shift_right(rows["id"], pa.scalar(SHIFT, pa.int64()))


def waiting() -> pa.Table:
    """All rows that are not sealed, in the order of their ids."""
    listed_now = FactBatch.objects.filter(sealed=False, rows__gt=0).order_by("pk").values_list("pk", "uid", "rows")
    there = {pk: (uid, rows) for pk, uid, rows in listed_now}
    name = str(connection.settings_dict["NAME"])
    known, table = _memory.get(name, ({}, SCHEMA.empty_table()))
    kept = {pk: mark for pk, mark in known.items() if there.get(pk) == mark}
    if len(kept) < len(known):
        table = table.filter(pc.is_in(_batches(table), pa.array(sorted(kept), pa.int64())))
    if fresh := there.keys() - kept.keys():
        found = hot_rows("WHERE f.id >= %s", [place(min(fresh), 0)])
        found = found.filter(pc.is_in(_batches(found), pa.array(sorted(fresh), pa.int64())))
        table = pa.concat_tables([table, found]).sort_by("id")
        counts = {one["values"]: one["counts"] for one in pc.value_counts(_batches(found)).to_pylist()}
        # one that is being sealed, or has lost rows, is looked at again
        kept |= {pk: there[pk] for pk in fresh if counts.get(pk) == there[pk][1]}
    _memory[name] = kept, table.filter(pc.is_in(_batches(table), pa.array(sorted(kept), pa.int64())))
    return table


def snapshot() -> Columns:
    """All facts that are committed now."""
    hot = waiting()
    # rows go from the table into segments, never back: read in this order none is missed, and those that were
    # sealed in between are dropped here
    segments = segments_now()
    if hot.num_rows:
        mine = _batches(hot)
        sealed = {batch for one in segments if one.dataset != FACTS_OUT for batch in one.info["batches"]}
        twice = sealed.intersection(pc.unique(mine).to_pylist())
        if twice:
            hot = hot.filter(pc.invert(pc.is_in(mine, pa.array(sorted(twice), pa.int64()))))
    return Columns(segments, hot)


def _verdicts_sql(sealed: Sequence[Segment]) -> str:
    """The last word on each fact, of segments and the table ``fresh``."""
    return (
        f"SELECT id, arg_max(gone, since) AS gone FROM (SELECT id, since, gone FROM {scan(sealed, OUT_SCHEMA)} "
        "UNION ALL SELECT id, since, gone FROM fresh) GROUP BY id"
    )


def not_counting(fresh: pa.Table, segments: Sequence[Segment], since: int, beside: pa.Table | None = None) -> pa.Table:
    """What ``fresh`` facts change in which facts count (:data:`OUT_SCHEMA`); ``segments`` and the rows ``beside``
    are what is there already, ``since`` is the newest batch.

    What they supersede is out for good. Where sources contradict (not about areas), of the standing facts of one
    cell the one whose source was published last counts, then the one entered last. Only facts that name a source
    can contradict; others supersede.
    """
    if not fresh.num_rows:
        return OUT_SCHEMA.empty_table()
    gone = sorted(set(pc.unique(fresh["supersedes"]).to_pylist()) - {0})
    superseded = pa.table([gone, [FOR_GOOD] * len(gone), [1] * len(gone)], schema=OUT_SCHEMA)
    return pa.concat_tables([superseded, _contradicted(fresh, segments, since, beside, superseded)])


def _contradicted(
    fresh: pa.Table, segments: Sequence[Segment], since: int, beside: pa.Table | None, superseded: pa.Table
) -> pa.Table:
    others = beside if beside is not None else SCHEMA.empty_table()
    mine = fresh.filter(pc.not_equal(fresh["sk"], AREA.number)).select(COUNTED)
    elements, periods = pc.unique(mine["element"]).to_pylist(), pc.unique(mine["period"]).to_pylist()
    old = holding([one for one in segments if one.dataset == FACTS], elements, periods)
    sourced = any((pc.max(one["source"]).as_py() or 0) > 0 for one in (mine, others))
    if not mine.num_rows or not (sourced or any(one.info["sourced"] for one in old)):
        return OUT_SCHEMA.empty_table()
    out = [one for one in segments if one.dataset == FACTS_OUT]
    names = ", ".join(COUNTED)
    tables = {
        "mine": mine,
        "others": others.select(COUNTED),
        "beside": others.select(["supersedes"]),
        "sources": source_table(),
        "fresh": superseded,
    }
    with connect(tables) as duck:
        found: pa.Table = duck.sql(f"""
            WITH known AS MATERIALIZED ({_verdicts_sql(out)}),
            corrected AS (SELECT id FROM fresh UNION ALL SELECT supersedes FROM beside
                UNION ALL SELECT id FROM {scan(out, OUT_SCHEMA)} WHERE since = {FOR_GOOD}),
            cells AS (SELECT DISTINCT element, sk, subject, period, sim FROM mine),
            standing AS (
                SELECT * FROM mine UNION ALL
                SELECT o.* FROM (SELECT {names} FROM {scan(old, SCHEMA)} UNION ALL SELECT {names} FROM others) o
                SEMI JOIN cells USING (element, sk, subject, period, sim)),
            ranked AS (
                SELECT s.id, ROW_NUMBER() OVER (PARTITION BY s.element, s.sk, s.subject, s.period, s.sim
                    ORDER BY {BEST_FIRST.format(f="s", p="p")}) AS place
                FROM standing s LEFT JOIN sources p ON p.source = s.source WHERE s.id NOT IN (SELECT id FROM corrected))
            SELECT r.id, {int(since)} AS since, (r.place > 1)::INTEGER AS gone FROM ranked r LEFT JOIN known k ON k.id = r.id
            WHERE (r.place > 1) <> (COALESCE(k.gone, 0) = 1)""").to_arrow_table()
    return found.cast(OUT_SCHEMA)
