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
from qiangqu.lake.models import AREA_FACTS, FACTS, FACTS_OUT, FACTS_WITHDRAWN, Segment
from qiangqu.registry.subjects import AREA

from .ids import SHIFT
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
#: what is asked of millions; the rest is for people
COUNTED = SCHEMA.names[:9]
#: ``gone``: whether the fact counts no more (0: it counts again), as known when the batch ``since`` was the newest
OUT_SCHEMA = pa.schema([("id", pa.int64()), ("since", pa.int32()), ("gone", pa.int8())])
#: what is superseded stays so, whatever comes later
FOR_GOOD = 2**31 - 1
#: so many rows wait unsealed at most; beyond, whoever asks seals them
HOT_LIMIT = 20_000
_FETCH = 50_000
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


def hot_rows(where: str = "", parameters: Sequence[Any] = (), limit: int | None = None) -> pa.Table:
    """Rows that are not sealed, in the order of their ids; at most ``limit``."""
    parts = []
    end = f" LIMIT {int(limit)}" if limit is not None else ""
    with connection.cursor() as cursor:
        cursor.execute(f"{HOT_SQL} {where} ORDER BY f.id{end}", list(parameters))
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
    return list(Segment.objects.live().filter(dataset__in=datasets or (FACTS, AREA_FACTS, FACTS_OUT)))


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

    def _counting(self, dataset: str, segments: Sequence[Segment], test: str) -> str:
        """The facts that count: of segments that nothing touches as they lie, of others without what is out."""
        touched = [one for one in segments if not self._put_out.isdisjoint(one.info["batches"])]
        whole = [one for one in segments if one not in touched]
        names = ", ".join(COUNTED)
        parts = [f"SELECT {names} FROM {scan(whole, SCHEMA)}"] if whole or not (touched or self.hot.num_rows) else []
        if touched:
            parts.append(f"SELECT {names} FROM {scan(touched, SCHEMA)} WHERE id NOT IN (SELECT id FROM facts_out)")
        if self.hot.num_rows:
            parts.append(f"SELECT {names} FROM hot_facts WHERE {test} AND id NOT IN (SELECT id FROM facts_out)")
        return " UNION ALL ".join(parts)

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
        return f"SELECT {columns} FROM ({self._counting(FACTS, used, f'sk <> {AREA.number}')}) f WHERE ({where})"

    def official_sql(self, elements: Collection[int] | None = None, sources: str = "sources") -> str:
        """Query of the official figures that count: ``element, area, period, value, sim, id``. Needs the table
        ``sources(source, published)``.
        """
        used = holding(self.of(AREA_FACTS), elements)
        where = "true" if elements is None else f"f.element IN ({listed(elements)})"
        return f"""
            SELECT f.element, f.subject AS area, f.period, f.value, f.sim::INTEGER AS sim, f.id
            FROM ({self._counting(AREA_FACTS, used, f"sk = {AREA.number}")}) f LEFT JOIN {sources} p ON p.source = f.source
            WHERE {where} QUALIFY ROW_NUMBER() OVER (PARTITION BY f.element, f.subject, f.period, f.sim
                ORDER BY {BEST_FIRST.format(f="f", p="p")}) = 1"""

    @property
    def years(self) -> tuple[int, int] | None:
        """First and last year of which there are facts; None without any."""
        keys = {key for one in self.segments if one.dataset != FACTS_OUT for key in one.info["periods"]}
        keys.update(pc.unique(self.hot["period"]).to_pylist())
        found = {key % 1_000_000 // 100 for key in keys}
        return (min(found), max(found)) if found else None

    @property
    def rows(self) -> int:
        """How many facts there are that are not about areas."""
        return sum(one.rows for one in self.of(FACTS)) + self.hot.num_rows

    def cells_of(self, batches: Collection[int]) -> dict[int, set[int]]:
        """Element → periods of the facts of ``batches``; of a withdrawal those that it took back."""
        taken = FactBatch.objects.filter(withdraws__isnull=False).values_list("pk", "withdraws_id")
        back = {withdrawn for withdrawal, withdrawn in taken if withdrawal in batches}
        mine = {*batches, *back}
        wanted = pa.table({"batch": pa.array(sorted(mine), pa.int64())})
        past = segments_now(FACTS_WITHDRAWN) if back else []
        used = holding([*self.of(FACTS), *self.of(AREA_FACTS), *past], batches=mine)
        found: dict[int, set[int]] = {}
        with connect({"wanted": wanted, "hot_facts": self.hot}) as duck:
            cells = duck.execute(
                f"SELECT DISTINCT element, period FROM (SELECT id, element, period FROM {scan(used, SCHEMA)} "
                "UNION ALL SELECT id, element, period FROM hot_facts) "
                f"WHERE id >> {SHIFT} IN (SELECT batch FROM wanted)"
            )
            for element, period in cells.fetchall():
                found.setdefault(element, set()).add(period)
        return found


def snapshot() -> Columns:
    """All facts that are committed now. Rows that wait in too great a number are sealed first."""
    from .sealing import seal

    hot = hot_rows(limit=HOT_LIMIT + 1)
    if hot.num_rows > HOT_LIMIT:
        seal()
        hot = hot_rows()
    # rows go from the table into segments, never back: read in this order none is missed, and those that were
    # sealed in between are dropped here
    segments = segments_now()
    if hot.num_rows:
        mine = pc.shift_right(hot["id"], pa.scalar(SHIFT, pa.int64()))
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
