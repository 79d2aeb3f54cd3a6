"""Stored values of indicators: only what differs from what stands is written."""

# ruff: noqa: S608 - the statements are made of fixed names and placeholders

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from django.db import connection

from qiangqu.facts.columns import listed
from qiangqu.lake.engine import connect

from .evaluate import basis_of, is_plainly_missing, reason_text, split_result
from .graph import Graph
from .inputs import table_of
from .layers import Flag, decode_reason

COLUMNS = ("indicator", "area", "period", "value", "simulated", "basis", "reason")
SCHEMA = pa.schema(
    [
        ("indicator", pa.int32()),
        ("area", pa.int32()),
        ("period", pa.int32()),
        ("value", pa.float64()),
        ("simulated", pa.bool_()),
        ("basis", pa.string()),
        ("reason", pa.string()),
    ]
)
_FETCH = 50_000


def as_rows(
    table: pa.Table,
    roots: Mapping[int, int],
    periods: Mapping[int, set[int]],
    graph: Graph,
    labels: Mapping[int, str],
) -> pa.Table:
    """The result of a run as rows to be stored: for each indicator (id → root) the cells of its ``periods``
    that hold a value, or a reason that says more than "no data"."""
    parts = list(parts_of(table, roots, periods, graph, labels))
    return pa.concat_tables(parts).cast(SCHEMA) if parts else SCHEMA.empty_table()


def parts_of(
    table: pa.Table,
    roots: Mapping[int, int],
    periods: Mapping[int, set[int]],
    graph: Graph,
    labels: Mapping[int, str],
) -> Iterator[pa.Table]:
    """The rows of :func:`as_rows` indicator by indicator, each in the order of periods and areas; texts are
    dictionaries that all share.
    """
    order = np.lexsort((table["area"].to_numpy(), table["period"].to_numpy()))
    area, period = (table[name].to_numpy()[order] for name in ("area", "period"))
    asked: dict[frozenset[int], np.ndarray] = {}
    found = []
    said: set[int] = set()
    for indicator, root in roots.items():
        wanted = frozenset(periods[indicator])
        if wanted not in asked:
            asked[wanted] = np.isin(period, list(wanted))
        value, flags = (column[order] for column in split_result(table, root))
        missing, keep = np.isnan(value), asked[wanted]
        if missing.any():
            keep = keep & ~(missing & is_plainly_missing(flags))
        if not keep.all():
            value, flags, missing = value[keep], flags[keep], missing[keep]
        said |= set(np.unique(flags[missing]).tolist())
        found.append((indicator, keep, value, flags, missing))
    codes = np.array(sorted(said), np.int64)
    texts = pa.array(["", *(reason_text(decode_reason(code), graph, labels) for code in codes.tolist())], pa.string())
    # each text once: a dictionary with repeated texts would be written out in full
    bases = sorted({"", *(basis_of(flags).value for flags in range(16))})
    basis_at = np.array([bases.index(basis_of(flags).value) for flags in range(16)], np.int32)
    said_bases = pa.array(bases, pa.string())
    for indicator, keep, value, flags, missing in found:
        basis = np.where(missing, bases.index(""), basis_at[flags & 15]).astype(np.int32)
        reason = np.where(missing, np.searchsorted(codes, flags) + 1, 0).astype(np.int32)
        every = len(value) == len(area)
        columns = {
            "indicator": pa.array(np.full(len(value), indicator, np.int32)),
            "area": pa.array(area if every else area[keep]),
            "period": pa.array(period if every else period[keep]),
            "value": pa.array(value, pa.float64(), mask=missing),
            "simulated": pa.array(~missing & (flags & Flag.SIMULATED > 0), pa.bool_()),
            "basis": pa.DictionaryArray.from_arrays(basis, said_bases),
            "reason": pa.DictionaryArray.from_arrays(reason, texts),
        }
        yield pa.table(columns)


def store_values(
    rows: pa.Table, periods: Mapping[int, set[int]], computed_from: int, areas: Collection[int] | None = None
) -> int:
    """Bring the stored values of the given indicators (id → periods) in ``areas`` (None: all) to ``rows``; returns how
    many rows were written or removed.

    In the caller's transaction.
    """
    stored = _stored(periods, areas)
    asked = table_of(
        [(indicator, key) for indicator, keys in periods.items() for key in keys],
        pa.schema([("indicator", pa.int32()), ("period", pa.int32())]),
    )
    same = "s.indicator = r.indicator AND s.area = r.area AND s.period = r.period"
    with connect({"r": rows, "s": stored, "asked": asked}) as duck:
        changed = duck.sql(
            f"SELECT r.* FROM r LEFT JOIN s ON {same} WHERE s.indicator IS NULL OR s.value IS DISTINCT FROM r.value "
            "OR s.simulated <> r.simulated OR s.basis <> r.basis OR s.reason <> r.reason"
        ).to_arrow_table()
        gone = [
            i
            for (i,) in duck.execute(
                f"SELECT s.id FROM s SEMI JOIN asked USING (indicator, period) WHERE NOT EXISTS (SELECT 1 FROM r WHERE {same})"
            ).fetchall()
        ]
    for start in range(0, len(gone), 500):
        part = gone[start : start + 500]
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM formulas_indicatorvalue WHERE id IN ({', '.join(['%s'] * len(part))})", part)
    _write(changed, computed_from, fresh=stored.num_rows == 0)
    return changed.num_rows + len(gone)


def _stored(periods: Mapping[int, set[int]], areas: Collection[int] | None) -> pa.Table:
    """Rows that stand for the indicators, of these areas and (unless they are many) periods."""
    schema = pa.schema([("id", pa.int64()), *SCHEMA])
    if not periods:
        return schema.empty_table()
    keys = sorted(set().union(*periods.values()))
    ids = sorted(periods)
    tables = []
    with connection.cursor() as cursor:
        for start in range(0, len(ids), 200):
            part = ids[start : start + 200]
            limits = f" AND period_key IN ({', '.join(['%s'] * len(keys))})" if len(keys) <= 60 else ""
            where = "" if areas is None else f" AND area_id IN ({listed(areas)})"
            cursor.execute(
                "SELECT id, indicator_id, area_id, period_key, value, simulated, basis, reason FROM formulas_indicatorvalue "
                f"WHERE indicator_id IN ({', '.join(['%s'] * len(part))}){where}{limits}",
                [*part, *(keys if limits else [])],
            )
            while rows := cursor.fetchmany(_FETCH):
                tables.append(table_of([(*row[:5], bool(row[5]), *row[6:]) for row in rows], schema))
    return pa.concat_tables(tables) if tables else schema.empty_table()


_INTO = "formulas_indicatorvalue (indicator_id, area_id, period_key, value, simulated, basis, reason, computed_from)"
_UPSERT = (
    f"INSERT INTO {_INTO} VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (indicator_id, area_id, period_key) DO UPDATE SET "
    "value = excluded.value, simulated = excluded.simulated, basis = excluded.basis, reason = excluded.reason, "
    "computed_from = excluded.computed_from"
)


def _rows(part: pa.RecordBatch, computed_from: int) -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in part.columns), [computed_from] * part.num_rows, strict=True))


def _write(table: pa.Table, computed_from: int, fresh: bool) -> None:
    if not table.num_rows:
        return
    ordered = table.sort_by([("indicator", "ascending"), ("area", "ascending"), ("period", "ascending")])
    with connection.cursor() as cursor:
        for part in ordered.to_batches(max_chunksize=_FETCH):
            if fresh and connection.vendor == "postgresql":
                with cursor.copy(f"COPY {_INTO} FROM STDIN") as copy:
                    for row in _rows(part, computed_from):
                        copy.write_row(row)
            else:
                cursor.executemany(_UPSERT, _rows(part, computed_from))
