"""The facts as columns, for questions about millions of them: segments in the lake, and beside them the rows of
small batches that have not been sealed yet (:mod:`qiangqu.facts.sealing`).

Facts about areas (official figures, few) lie apart from facts about the records of all other registers (many).
Facts that no longer count (superseded, or contradicted by a later source) are told by id: when a batch is
sealed those that it puts out are written beside it; of rows that are not sealed they are found when read. Only
segments that hold a batch with such facts are compared with them.
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
from qiangqu.lake.models import AREA_FACTS, FACTS, FACTS_OUT, Segment
from qiangqu.registry.subjects import AREA

from .ids import SHIFT, batch_of
from .models import Source

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
OUT_SCHEMA = pa.schema([("id", pa.int64())])
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
    def _put_out(self) -> set[int]:
        """Batches in whose segments some facts do not count."""
        sealed = {batch for one in self.of(FACTS_OUT) for batch in one.info["batches"]}
        return sealed | {batch_of(fact) for fact in self.hot_out["id"].to_pylist()}

    @cached_property
    def hot_out(self) -> pa.Table:
        """Ids of the facts that hot rows put out, and of hot rows that are put out."""
        return pa.table({"id": pa.array(not_counting(self.hot, self.segments), pa.int64())}, OUT_SCHEMA)

    @property
    def tables(self) -> dict[str, pa.Table]:
        """What the SQL reads beside the files."""
        return {"hot_facts": self.hot.select(COUNTED), "hot_out": self.hot_out}

    @property
    def out_sql(self) -> str:
        """Ids of all facts that do not count."""
        return f"SELECT id FROM {scan(self.of(FACTS_OUT), OUT_SCHEMA)} UNION ALL SELECT id FROM hot_out"

    def _counting(self, dataset: str, segments: Sequence[Segment], test: str) -> str:
        """The facts that count: of segments that nothing touches as they lie, of others without what is out."""
        touched = [one for one in segments if not self._put_out.isdisjoint(one.info["batches"])]
        whole = [one for one in segments if one not in touched]
        names = ", ".join(COUNTED)
        parts = [f"SELECT {names} FROM {scan(whole, SCHEMA)}"] if whole or not (touched or self.hot.num_rows) else []
        if touched:
            parts.append(f"SELECT {names} FROM {scan(touched, SCHEMA)} WHERE id NOT IN ({self.out_sql})")
        if self.hot.num_rows:
            parts.append(f"SELECT {names} FROM hot_facts WHERE {test} AND id NOT IN ({self.out_sql})")
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
        """Element → periods of the facts of ``batches``."""
        wanted = pa.table({"batch": pa.array(sorted(batches), pa.int64())})
        used = holding([*self.of(FACTS), *self.of(AREA_FACTS)], batches=batches)
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


def not_counting(fresh: pa.Table, segments: Sequence[Segment], beside: pa.Table | None = None) -> list[int]:
    """Ids of the facts that ``fresh`` ones put out, and of those among them that are put out themselves: by
    being superseded, or (not about areas) because a later source contradicts: of several standing facts of one
    cell the one whose source was published last counts, then the one entered last. Only facts that name a
    source can contradict; others supersede. ``segments`` and the rows ``beside`` are what is there already.
    """
    if not fresh.num_rows:
        return []
    superseded = set(pc.unique(fresh["supersedes"]).to_pylist()) - {0}
    return sorted(superseded | set(_contradicted(fresh, segments, beside, superseded)))


def _contradicted(
    fresh: pa.Table, segments: Sequence[Segment], beside: pa.Table | None, superseded: set[int]
) -> list[int]:
    others = beside if beside is not None else SCHEMA.empty_table()
    mine = fresh.filter(pc.not_equal(fresh["sk"], AREA.number)).select(COUNTED)
    if not mine.num_rows:
        return []
    elements, periods = pc.unique(mine["element"]).to_pylist(), pc.unique(mine["period"]).to_pylist()
    old = holding([one for one in segments if one.dataset == FACTS], elements, periods)
    sourced = any((pc.max(one["source"]).as_py() or 0) > 0 for one in (mine, others))
    if not sourced and not any(one.info["sourced"] for one in old):
        return []
    out = [one for one in segments if one.dataset == FACTS_OUT]
    names = ", ".join(COUNTED)
    tables = {
        "fresh": mine,
        "others": others.select(COUNTED),
        "sources": source_table(),
        "gone": pa.table({"id": pa.array(sorted(superseded), pa.int64())}, OUT_SCHEMA),
    }
    with connect(tables) as duck:
        found = duck.execute(f"""
            WITH cells AS (SELECT DISTINCT element, sk, subject, period, sim FROM fresh),
            standing AS (
                SELECT * FROM fresh UNION ALL
                SELECT o.* FROM (SELECT {names} FROM {scan(old, SCHEMA)} UNION ALL SELECT {names} FROM others) o
                SEMI JOIN cells USING (element, sk, subject, period, sim)),
            ranked AS (
                SELECT s.id, ROW_NUMBER() OVER (PARTITION BY s.element, s.sk, s.subject, s.period, s.sim
                    ORDER BY {BEST_FIRST.format(f="s", p="p")}) AS place
                FROM standing s LEFT JOIN sources p ON p.source = s.source
                WHERE s.id NOT IN (SELECT id FROM gone) AND s.id NOT IN (SELECT id FROM {scan(out, OUT_SCHEMA)}))
            SELECT id FROM ranked WHERE place > 1""").fetchall()
    return [fact for (fact,) in found]
