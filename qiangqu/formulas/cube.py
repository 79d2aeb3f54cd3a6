"""Sums of the facts, kept in the lake by period: what a refresh reads instead of all facts.

One row for each element, kind of subject, area, combination of conditions and period. New facts make only the
sums of their periods anew; a new condition or a changed attribute of a subject makes all of them anew.
"""

# ruff: noqa: S608 - queries are composed here of fixed pieces and numbers

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa

from qiangqu.facts.columns import Columns
from qiangqu.lake.engine import scan
from qiangqu.lake.models import Segment
from qiangqu.lake.segments import NewSegment, live, sorted_by, store

from .engine import Cube, Query, masked_sql, on_duckdb, summed
from .inputs import Inputs

DATASET = "sums"
SCHEMA = pa.schema(
    [
        ("element", pa.int32()),
        ("sk", pa.int8()),
        ("sim", pa.int8()),
        ("area", pa.int32()),
        ("mask", pa.int64()),
        ("period", pa.int32()),
        ("s", pa.float64()),
        ("n", pa.int64()),
    ]
)
WORTH_ROWS = 1_000_000  # with fewer facts, summing them again is as fast


def worth_it(facts: Columns) -> bool:
    """Whether there are so many facts that keeping their sums pays."""
    return facts.rows >= WORTH_ROWS


def current(facts: Columns, conditions: Sequence[str], inputs: Inputs, dirty: set[int], anew: bool) -> Cube:
    """The cube, brought up to date: sums of the periods ``dirty`` (all of them when ``anew``) are made from
    the facts.

    ``conditions`` must be those of all formulas that will read it.
    """
    kept = live(DATASET)
    known = kept[0].info["conditions"] if kept else []
    if anew or not kept or set(conditions) - set(known):
        kept = _rebuild(facts, kept, sorted(conditions), inputs)
    elif dirty:
        kept = _update(facts, kept, known, inputs, dirty)
    listed = tuple(kept[0].info["conditions"]) if kept else tuple(sorted(conditions))
    return Cube(listed, scan(kept, SCHEMA))


def _rebuild(facts: Columns, old: list[Segment], conditions: list[str], inputs: Inputs) -> list[Segment]:
    return store(DATASET, _by_period(_sums(facts, conditions, inputs), conditions), retire=old)


def _update(
    facts: Columns, kept: list[Segment], conditions: list[str], inputs: Inputs, dirty: set[int]
) -> list[Segment]:
    groups = {str(key) for key in dirty}
    old = [segment for segment in kept if segment.group in groups]
    fresh = store(DATASET, _by_period(_sums(facts, conditions, inputs, dirty), conditions), retire=old)
    return [segment for segment in kept if segment.group not in groups] + fresh


def _sums(facts: Columns, conditions: list[str], inputs: Inputs, periods: set[int] | None = None) -> pa.Table:
    """``periods`` None: all there are."""
    keys = facts.periods if periods is None else periods
    placing, leaf = summed(facts.parts(periods=keys), inputs, keys)
    sums = f"SELECT element, sk, sim, area, mask, period, SUM(s) AS s, SUM(n) AS n FROM ({leaf}) GROUP BY ALL"
    query = Query({"masked": masked_sql(conditions, bool(inputs.shares.num_rows)), **placing}, [], sums)
    found = on_duckdb({"subjects": inputs.subjects, "shares": inputs.shares, **facts.tables}, query)
    return found.select(SCHEMA.names).cast(SCHEMA)


def _by_period(sums: pa.Table, conditions: list[str]) -> list[NewSegment]:
    """One segment for each period; an empty one when there are no facts, so that the conditions are kept."""
    table = sorted_by(sums, "period", "element")
    info = {"conditions": conditions}
    if not table.num_rows:
        return [NewSegment(table, "", (), info)]
    keys = table["period"].to_numpy()
    starts = [0, *(np.flatnonzero(keys[1:] != keys[:-1]) + 1).tolist(), len(keys)]
    return [
        NewSegment(table.slice(start, end - start), str(keys[start]), ("element",), info)
        for start, end in pairwise(starts)
    ]
