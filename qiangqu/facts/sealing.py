"""Sealing: how facts become immutable segments of columns.

A large batch is written as segments when it is stored and has no rows in the table of facts. The rows of small
batches wait there, and are moved into segments together, in one transaction that lists the files and takes the
rows away. Small segments are merged by size. A file is written under another name, synced with its folder,
renamed, and listed last (:mod:`qiangqu.lake.segments`): whatever stops the program, each fact lies in one place.
"""

# ruff: noqa: S608 - queries are composed here of fixed pieces and numbers

from collections.abc import Callable, Iterable

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction
from django.db.models import Max

from qiangqu.base.errors import ConflictError
from qiangqu.lake.engine import connect, scan
from qiangqu.lake.models import AREA_FACTS, FACTS, FACTS_OUT, FACTS_PAST, Segment
from qiangqu.lake.segments import NewSegment, live, publish, sorted_by, write_file
from qiangqu.registry.subjects import AREA

from .columns import FOR_GOOD, HOT_LIMIT, OUT_SCHEMA, SCHEMA, hot_rows, not_counting, segments_now, waiting
from .ids import SHIFT, place
from .models import Fact, FactBatch

#: a batch of so many rows is stored as segments at once (a file and its listing cost as much as 5,000 rows)
LARGE = 5_000
#: rows of a segment at most, and sealed in one transaction
CHUNK = 4_000_000
ROW_GROUP = 131_072
#: a segment of which one in so many rows was superseded is written anew
BURDEN = 50
SORT = ("element", "period", "sk", "subject")
KEYS = ("id",)
#: columns of few different values in a row group
FEW = ("element", "period", "sk", "sim", "source", "precedence", "supersedes", "row", "stated", "note", "value")
Report = Callable[[str], None]


def lock() -> None:
    """One writer of facts at a time: two that look up the same cell at once would both correct the same fact.
    On SQLite the write lock already is ours.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(32101)")


def write_segments(table: pa.Table) -> list[Segment]:
    """``table`` (of :data:`.columns.SCHEMA`) as files that are not listed yet."""
    is_area = pc.equal(table["sk"], AREA.number)
    written = []
    for dataset, part in ((AREA_FACTS, table.filter(is_area)), (FACTS, table.filter(pc.invert(is_area)))):
        ordered = sorted_by(part, *SORT)
        for start in range(0, ordered.num_rows, CHUNK):
            written.append(write_file(dataset, as_segment(ordered.slice(start, CHUNK))))
    return written


def as_segment(rows: pa.Table) -> NewSegment:
    """Sorted rows with what the catalogue says of them."""

    def distinct(name: str) -> list[int]:
        return sorted(pc.unique(rows[name]).to_pylist())

    batches = pc.unique(pc.shift_right(rows["id"], pa.scalar(SHIFT, pa.int64()))).to_pylist()
    info = {
        "batches": sorted(batches),
        "elements": distinct("element"),
        "periods": distinct("period"),
        "kinds": distinct("sk"),
        "sims": distinct("sim"),
        "sourced": (pc.max(rows["source"]).as_py() or 0) > 0,
    }
    few = FEW if _repeated(rows["value"]) else FEW[:-1]
    # who reads is spared looking for empty cells: there are none
    full = rows.cast(pa.schema([column.with_nullable(False) for column in SCHEMA]))
    return NewSegment(full, keys=KEYS, info=info, dictionary=few, row_group=ROW_GROUP, compression="lz4")


def _repeated(values: pa.ChunkedArray) -> bool:
    """Whether the same numbers come often (reported ones have few digits): then a list of them is smaller, and read
    faster.
    """
    some = values.slice(0, ROW_GROUP)
    return len(some) > 0 and pc.count_distinct(some).as_py() * 2 < len(some)


def write_out(verdicts: pa.Table) -> list[Segment]:
    """What changes in which facts count (:data:`.columns.OUT_SCHEMA`), as a file that is not listed yet; none
    for nothing.
    """
    if not verdicts.num_rows:
        return []
    return [write_file(FACTS_OUT, NewSegment(sorted_by(verdicts, "id")))]


def store_sealed(table: pa.Table) -> None:
    """List a whole batch as segments, in the caller's transaction; ``table`` is of
    :data:`.columns.SCHEMA`.
    """
    out = not_counting(table, segments_now(), _newest(), waiting())
    publish([*write_segments(table), *write_out(out)])


def _newest() -> int:
    return FactBatch.objects.aggregate(newest=Max("pk"))["newest"] or 0


def _quiet(_text: str) -> None:
    return None


def seal(report: Report = _quiet) -> int:
    """Move all rows that wait into segments; returns how many. Whoever reads meanwhile finds each fact once.

    Stopped in between, it goes on at the next call: so many batches as make :data:`CHUNK` rows are moved at a
    time. Raises ConflictError for a batch that does not have the rows that it had when it was stored.
    """
    done = 0
    while moved := _seal_some():
        done += moved
        report(f"已封存 {done} 条事实")
    return done


def _seal_some() -> int:
    with transaction.atomic():
        lock()
        waiting = FactBatch.objects.filter(sealed=False, rows__gt=0).order_by("pk").values_list("pk", "rows")
        batches: dict[int, int] = {}
        for batch, rows in waiting.iterator(chunk_size=2000):
            if batches and sum(batches.values()) + rows > CHUNK:
                break
            batches[batch] = rows
        if not batches:
            return 0
        span = [place(min(batches), 0), place(max(batches) + 1, 0)]
        table = hot_rows("WHERE f.id >= %s AND f.id < %s", span)
        _refuse_incomplete(table, batches)
        written = write_segments(table)
        publish([*written, *write_out(not_counting(table, segments_now(), _newest()))])
        _take_away(span)
        for start in range(0, len(batches), 500):
            FactBatch.objects.filter(pk__in=list(batches)[start : start + 500]).update(sealed=True)
    return table.num_rows


def _refuse_incomplete(table: pa.Table, batches: dict[int, int]) -> None:
    counts = pc.value_counts(pc.shift_right(table["id"], pa.scalar(SHIFT, pa.int64()))).to_pylist()
    found = {one["values"]: one["counts"] for one in counts}
    for batch in batches.keys() | found.keys():
        if found.get(batch, 0) != batches.get(batch, 0):
            raise ConflictError(
                f"批次 {batch} 应有 {batches.get(batch, 0)} 条事实，只读到 {found.get(batch, 0)} 条，未封存；请检查数据库"
            )


def _take_away(span: list[int]) -> None:
    """The model refuses to delete facts; here they have been moved."""
    with connection.cursor() as cursor:
        if Fact.objects.exclude(id__gte=span[0], id__lt=span[1]).exists():
            cursor.execute("DELETE FROM facts_fact WHERE id >= %s AND id < %s", span)
        else:
            cursor.execute("DELETE FROM facts_fact")  # without a condition SQLite drops its pages whole


def seal_many(report: Report = _quiet) -> int:
    """:func:`seal` when more rows wait than readers should read one by one."""
    return seal(report) if Fact.objects.count() > HOT_LIMIT else 0


def merge() -> int:
    """Put small segments together, and what was superseded apart; returns how many were replaced. Readers go on with
    the files that they listed.
    """
    return _merge_standing() + sum(_merge(dataset) for dataset in (FACTS_PAST, AREA_FACTS)) + _merge_out()


def _merge(dataset: str) -> int:
    replaced = 0
    for part in _neighbours(live(dataset)):
        table = _rows_of(part)
        publish([write_file(dataset, as_segment(sorted_by(table, *SORT)))], retire=part)
        replaced += len(part)
    return replaced


def _rows_of(part: list[Segment]) -> pa.Table:
    with connect() as duck:
        table = duck.sql(f"SELECT * FROM {scan(part, SCHEMA)}").to_arrow_table().cast(SCHEMA)
    _refuse_loss(part, table)
    return table


def _merge_standing() -> int:
    """What is superseded for good goes to the past, where only people look, and is no more listed as out."""
    replaced = 0
    segments = live(FACTS)
    parts = _neighbours(segments)
    merged = {one.pk for part in parts for one in part}
    parts += [[one] for one in segments if one.pk not in merged and _burdened(one)]
    for part in parts:
        out = live(FACTS_OUT)
        table, words = _rows_of(part), _last_words(out)
        superseded = words["id"].filter(pc.equal(words["since"], FOR_GOOD)).combine_chunks()
        gone = pc.is_in(table["id"], superseded)
        past = sorted_by(table.filter(gone), *SORT)
        if len(part) == 1 and not past.num_rows:
            continue
        standing = sorted_by(table.filter(pc.invert(gone)), *SORT)
        new = [(FACTS, standing), (FACTS_PAST, past)]
        written = [write_file(dataset, as_segment(rows)) for dataset, rows in new if rows.num_rows]
        if past.num_rows:
            still = words.filter(pc.invert(pc.is_in(words["id"], past["id"].combine_chunks())))
            publish([*written, *write_out(still)], retire=[*part, *out])
        else:
            publish(written, retire=part)
        replaced += len(part)
    return replaced


def _burdened(segment: Segment) -> bool:
    """Whether so much of a large segment was superseded that it pays to write it anew."""
    out = live(FACTS_OUT)
    if not out:
        return False
    with connect({"mine": pa.table({"batch": pa.array(segment.info["batches"], pa.int64())})}) as duck:
        (count,) = duck.execute(
            f"SELECT COUNT(DISTINCT id) FROM {scan(out, OUT_SCHEMA)} "
            f"WHERE since = {FOR_GOOD} AND id >> {SHIFT} IN (SELECT batch FROM mine)"
        ).fetchone()
    return int(count) * BURDEN >= segment.rows


def _last_words(out: list[Segment]) -> pa.Table:
    """The last word on each fact."""
    with connect() as duck:
        found = duck.sql(
            f"SELECT id, MAX(since) AS since, arg_max(gone, since) AS gone FROM {scan(out, OUT_SCHEMA)} GROUP BY id"
        ).to_arrow_table()
    return found.cast(OUT_SCHEMA)


def _merge_out() -> int:
    part = live(FACTS_OUT)
    if len(part) < 2:
        return 0
    publish(write_out(_last_words(part)), retire=part)
    return len(part)


def _refuse_loss(part: Iterable[Segment], table: pa.Table) -> None:
    stated = sum(one.rows for one in part)
    if table.num_rows != stated:
        raise ConflictError(f"数据段应有 {stated} 行，只读到 {table.num_rows} 行，未合并；请执行 qiangqu lake check")


def _neighbours(segments: list[Segment]) -> list[list[Segment]]:
    """Small segments put together up to :data:`CHUNK` rows; runs of one are left alone."""
    parts: list[list[Segment]] = [[]]
    for one in segments:
        if one.rows >= CHUNK // 2:
            continue
        if parts[-1] and sum(each.rows for each in parts[-1]) + one.rows > CHUNK:
            parts.append([])
        parts[-1].append(one)
    return [part for part in parts if len(part) > 1]
