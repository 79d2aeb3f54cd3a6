"""The columns of the facts in the lake: batches that the database has and the lake has not are copied after
their commit.

The database is the record (decision 2). What is copied is listed batch by batch, not by a highest id: a batch
that commits late is not overlooked. A batch's facts are looked for in its range of ids, among which others
may lie. Facts about areas (official figures, few) lie apart from facts about the records of all other
registers (many). Facts that no longer count (superseded, or contradicted by a later source) are listed by id
and left out when read.
"""

# ruff: noqa: S608 - queries are composed here of fixed pieces, numbers and literals escaped by lake.engine.quoted

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
from django.db import IntegrityError, connection, transaction

from qiangqu.base.errors import ConflictError
from qiangqu.facts.models import FactBatch, Source
from qiangqu.lake.engine import connect, scan
from qiangqu.lake.models import Segment
from qiangqu.lake.segments import NewSegment, live, publish, sorted_by, vacuum, write_file
from qiangqu.registry.subjects import AREA

from .models import EvaluationState, MirroredBatch

FACTS, AREA_FACTS, OUT = "facts", "facts_of_areas", "facts_out"
SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("element", pa.int32()),
        ("sk", pa.int8()),
        ("subject", pa.int32()),
        ("period", pa.int32()),
        ("value", pa.float64()),
        ("batch", pa.int32()),
        ("source", pa.int32()),
        ("precedence", pa.int8()),
        ("sim", pa.int8()),
    ]
)
OUT_SCHEMA = pa.schema([("id", pa.int64())])
SORT = ("element", "period", "sk", "subject")
KEYS = ("id", "period")
CHUNK = 4_000_000
_FETCH = 50_000
_SQL = (
    "SELECT f.id, f.element_id, f.subject_kind, f.subject_id, f.period_key, f.value, f.batch_id, COALESCE(f.source_id, 0), "
    "f.precedence, f.supersedes_id FROM facts_fact f WHERE f.id BETWEEN %s AND %s ORDER BY f.id"
)
#: of several standing facts of a cell the first in this order counts (the rule of qiangqu.facts.current)
BEST_FIRST = "{f}.precedence DESC, COALESCE({p}.published, '') DESC, {f}.id DESC"
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What :func:`mirror` copied."""

    batches: int = 0
    rows: int = 0


def _quiet(_text: str) -> None:
    return None


def mirror(report: Report = _quiet) -> Mirrored:
    """Copy all batches that are not in the lake yet. Safe to call at any time, also by two processes: each
    batch is listed once.
    """
    for _attempt in range(3):
        try:
            return _mirror(report)
        except IntegrityError:
            continue  # another process listed one of the batches first; our files are left for vacuum
    raise ConflictError("事实正被另一个进程复制到列存，请稍后重试")


def _mirror(report: Report) -> Mirrored:
    waiting = list(
        FactBatch.objects.exclude(pk__in=MirroredBatch.objects.values("batch_id"))
        .order_by("pk")
        .values_list("pk", "simulated", "rows", "first_fact", "last_fact")
    )
    if not waiting:
        return Mirrored()
    rows = {batch: 0 for batch, *_ in waiting}
    written: list[Segment] = []
    superseded: list[int] = []
    wanted = {batch: simulated for batch, simulated, *_ in waiting}
    for first, last in _ranges(
        [(first, last) for *_, first, last in waiting if first is not None and last is not None]
    ):
        _copy(_chunks(first, last), wanted, rows, written, superseded, report)
    for batch, _simulated, stated, *_ in waiting:
        if rows[batch] != stated:
            raise ConflictError(f"批次 {batch} 应有 {stated} 条事实，只读到 {rows[batch]} 条，未复制；请检查数据库")
    out = sorted({*superseded, *_contradicted(written, set(superseded))})
    if out:
        written.append(write_file(OUT, NewSegment(pa.table({"id": pa.array(out, pa.int64())}, OUT_SCHEMA))))
    with transaction.atomic():
        publish(written)
        MirroredBatch.objects.bulk_create(MirroredBatch(batch_id=batch, rows=count) for batch, count in rows.items())
    total = sum(rows.values())
    report(f"已把 {len(rows)} 个批次、{total} 条事实复制到列存")
    return Mirrored(len(rows), total)


def _ranges(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbouring ranges of ids put together."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1000:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _chunks(first: int, last: int) -> Iterator[pa.Table]:
    """Rows of the facts' table with ids in the range, at most :data:`CHUNK` at a time."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_SQL, [first, last])
        while True:
            parts: list[pa.RecordBatch] = []
            count = 0
            while count < CHUNK:
                rows = cursor.fetchmany(_FETCH)
                if not rows:
                    break
                columns = list(zip(*rows, strict=True))
                arrays = [pa.array(column, kind) for column, kind in zip(columns, _RAW.types, strict=True)]
                parts.append(pa.record_batch(arrays, schema=_RAW))
                count += len(rows)
            if parts:
                yield pa.Table.from_batches(parts)
            if count < CHUNK:
                return


_RAW = pa.schema(
    [
        ("id", pa.int64()),
        ("element", pa.int32()),
        ("sk", pa.int8()),
        ("subject", pa.int32()),
        ("period", pa.int32()),
        ("value", pa.float64()),
        ("batch", pa.int32()),
        ("source", pa.int32()),
        ("precedence", pa.int8()),
        ("supersedes", pa.int64()),
    ]
)


def _copy(
    chunks: Iterator[pa.Table],
    wanted: dict[int, bool],
    rows: dict[int, int],
    written: list[Segment],
    superseded: list[int],
    report: Report,
) -> None:
    batches = pa.table(
        {"batch": pa.array(wanted, pa.int32()), "sim": pa.array([int(s) for s in wanted.values()], pa.int8())}
    )
    for chunk in chunks:
        with connect({"chunk": chunk, "wanted": batches}) as duck:
            mine = duck.sql("SELECT c.*, w.sim FROM chunk c JOIN wanted w ON w.batch = c.batch").to_arrow_table()
        if not mine.num_rows:
            continue
        with connect({"mine": mine}) as duck:
            for batch, count in duck.execute("SELECT batch, COUNT(*) FROM mine GROUP BY batch").fetchall():
                rows[batch] += count
            superseded += [
                i for (i,) in duck.execute("SELECT supersedes FROM mine WHERE supersedes IS NOT NULL").fetchall()
            ]
            for dataset, test in ((AREA_FACTS, "="), (FACTS, "<>")):
                kind = AREA.number
                part = (
                    duck.sql(f"SELECT {', '.join(SCHEMA.names)} FROM mine WHERE sk {test} {kind}")
                    .to_arrow_table()
                    .cast(SCHEMA)
                )
                if part.num_rows:
                    written.append(_write(dataset, part))
        report(f"已复制 {sum(rows.values())} 条")


def _write(dataset: str, part: pa.Table) -> Segment:
    with connect({"part": part}) as duck:
        seen = duck.execute(
            "SELECT LIST(DISTINCT batch), MIN(period % 1000000 // 100), MAX(period % 1000000 // 100), MAX(source) FROM part"
        )
        batches, first, last, source = seen.fetchone()
    info = {"batches": sorted(batches), "years": [first, last], "sourced": bool(source)}
    return write_file(dataset, NewSegment(sorted_by(part, *SORT), keys=KEYS, info=info))


def _contradicted(written: Sequence[Segment], superseded: set[int]) -> list[int]:
    """Ids of facts (not about areas) that a later source contradicts: of several standing facts of one cell
    the one whose source was published last counts, then the one entered last. Only facts that name a source
    can contradict; others supersede."""
    new = [segment for segment in written if segment.dataset == FACTS]
    if not new:
        return []
    old = live(FACTS)
    if not any(segment.info.get("sourced") for segment in [*new, *old]):
        return []
    sources = source_table()
    gone = pa.table({"id": pa.array(sorted(superseded), pa.int64())}, OUT_SCHEMA)
    with connect({"sources": sources, "gone": gone}) as duck:
        found = duck.execute(f"""
            WITH fresh AS (SELECT * FROM {scan(new, SCHEMA)}),
            cells AS (SELECT DISTINCT element, sk, subject, period, sim FROM fresh),
            standing AS (
                SELECT * FROM fresh UNION ALL
                SELECT o.* FROM {scan(old, SCHEMA)} o SEMI JOIN cells USING (element, sk, subject, period, sim)
                WHERE o.id NOT IN (SELECT id FROM {scan(live(OUT), OUT_SCHEMA)})),
            ranked AS (
                SELECT s.id, ROW_NUMBER() OVER (PARTITION BY s.element, s.sk, s.subject, s.period, s.sim
                    ORDER BY {BEST_FIRST.format(f="s", p="p")}) AS place
                FROM standing s LEFT JOIN sources p ON p.source = s.source WHERE s.id NOT IN (SELECT id FROM gone))
            SELECT id FROM ranked WHERE place > 1""").fetchall()
    return [i for (i,) in found]


def facts_sql(columns: str = "*", where: str = "true", segments: Sequence[Segment] | None = None) -> str:
    """Query of the facts (not about areas) that count."""
    used = live(FACTS) if segments is None else segments
    out = live(OUT)
    without = f" AND f.id NOT IN (SELECT id FROM {scan(out, OUT_SCHEMA)})" if out else ""
    return f"SELECT {columns} FROM {scan(used, SCHEMA)} f WHERE ({where}){without}"


def official_sql(sources: str = "sources") -> str:
    """Query of the official figures that count: ``element, area, period, value, sim, id``. Needs the table
    ``sources(source, published)``.
    """
    out = live(OUT)
    without = f"WHERE f.id NOT IN (SELECT id FROM {scan(out, OUT_SCHEMA)})" if out else ""
    return f"""
        SELECT f.element, f.subject AS area, f.period, f.value, f.sim::INTEGER AS sim, f.id
        FROM {scan(live(AREA_FACTS), SCHEMA)} f LEFT JOIN {sources} p ON p.source = f.source {without}
        QUALIFY ROW_NUMBER() OVER (PARTITION BY f.element, f.subject, f.period, f.sim
            ORDER BY {BEST_FIRST.format(f="f", p="p")}) = 1"""


def source_table() -> pa.Table:
    rows = list(Source.objects.values_list("id", "published_on"))
    return pa.table(
        {"source": pa.array([i for i, _ in rows], pa.int32()), "published": pa.array([p for _, p in rows], pa.string())}
    )


def years() -> tuple[int, int] | None:
    """First and last year of which there are facts; None without any."""
    spans = [segment.info["years"] for segment in [*live(FACTS), *live(AREA_FACTS)]]
    return (min(first for first, _ in spans), max(last for _, last in spans)) if spans else None


def compact() -> int:
    """Merge small segments; returns how many were replaced."""
    return sum(_merge_dataset(dataset) for dataset in (FACTS, AREA_FACTS))


def _merge_dataset(dataset: str) -> int:
    """Merge with the union of what the parts say about themselves."""
    small = [segment for segment in live(dataset) if segment.rows < CHUNK // 2]
    if len(small) < 2:
        return 0
    replaced = 0
    while small:
        part: list[Segment] = []
        count = 0
        while small and (not part or count + small[0].rows <= CHUNK):
            count += small[0].rows
            part.append(small.pop(0))
        if len(part) > 1:
            with connect() as duck:
                table = duck.sql(f"SELECT * FROM {scan(part, SCHEMA)}").to_arrow_table().cast(SCHEMA)
            publish([_write(dataset, table)], retire=part)
            replaced += len(part)
    return replaced


def rebuild(report: Report = _quiet) -> Mirrored:
    """Throw the mirror away and build it again from the database; indicators are computed anew at the next
    refresh.
    """
    with transaction.atomic():
        MirroredBatch.objects.all().delete()
        publish([], retire=Segment.objects.live().mirrors())
        EvaluationState.objects.all().delete()
    done = mirror(report)
    vacuum()
    return done
