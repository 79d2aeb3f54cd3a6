"""Finding the standing facts of many cells at once: one query for each 20,000 cells through the one index of the
rows that wait, and one over the segments in which such cells may lie.
"""

# ruff: noqa: S608 - constants only

import json
from collections.abc import Iterator, Sequence

import pyarrow as pa
from django.db import connection

from qiangqu.lake.engine import connect, scan
from qiangqu.lake.models import FACTS_WITHDRAWN

from .columns import HELD, SCHEMA, holding, segments_now
from .current import superseded

Cell = tuple[int, int, int, int]  # element, period key, subject kind, subject
#: position of the cell in what was asked, id of the fact, its value, source (0: none), simulated, precedence
Standing = tuple[int, int, float, int, bool, int]
CHUNK = 20_000

_COLUMNS = "w.n, f.id, f.value, COALESCE(f.source_id, 0), b.simulated, f.precedence, COALESCE(f.supersedes_id, 0)"
_REST = "JOIN facts_factbatch b ON b.id = f.batch_id"
_CELL = "f.element_id = w.element AND f.period_key = w.period AND f.subject_kind = w.kind AND f.subject_id = w.subject"
# CROSS JOIN and MATERIALIZED fix the order: the wanted cells outside, the index inside
_SQLITE = f"""
    WITH w(n, element, period, kind, subject) AS MATERIALIZED (
        SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
               json_extract(value, '$[3]'), json_extract(value, '$[4]') FROM json_each(%s))
    SELECT {_COLUMNS} FROM w CROSS JOIN facts_fact f ON {_CELL} {_REST}"""
_POSTGRESQL = f"""
    SELECT {_COLUMNS}
    FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::int[]) AS w(n, element, period, kind, subject)
    JOIN facts_fact f ON {_CELL} {_REST}"""
_Found = tuple[int, int, float, int, bool, int, int]  # and what it supersedes


def standing_facts(cells: Sequence[Cell]) -> Iterator[Standing]:
    """The facts of ``cells`` that no other fact supersedes, in no particular order. For the one who writes: no
    other writer may come in between.
    """
    found = [*_waiting(cells), *_sealed(cells, *HELD)]
    past = _sealed(cells, FACTS_WITHDRAWN)
    # a correction is of the cell that it corrects
    withdrawn = {fact for _n, fact, *_rest in past}
    gone = superseded({fact: supersedes for _n, fact, *_rest, supersedes in [*found, *past]}, withdrawn)
    for n, fact, value, source, simulated, precedence, _supersedes in found:
        if fact not in gone:
            yield n, fact, value, source, bool(simulated), precedence


def _waiting(cells: Sequence[Cell]) -> Iterator[_Found]:
    for start in range(0, len(cells), CHUNK):
        wanted = [(start + at, *cell) for at, cell in enumerate(cells[start : start + CHUNK])]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(_POSTGRESQL, [list(column) for column in zip(*wanted, strict=True)])
            else:
                cursor.execute(_SQLITE, [json.dumps(wanted, separators=(",", ":"))])
            yield from cursor.fetchall()


def _sealed(cells: Sequence[Cell], *datasets: str) -> list[_Found]:
    if not cells:
        return []
    element, period, kind, subject = (pa.array(column, pa.int32()) for column in zip(*cells, strict=True))
    used = holding(segments_now(*datasets), set(element.to_pylist()), set(period.to_pylist()))
    if not used:
        return []
    number = pa.array(range(len(cells)), pa.int64())
    wanted = pa.table({"n": number, "element": element, "period": period, "kind": kind, "subject": subject})
    with connect({"w": wanted}) as duck:
        found: list[_Found] = duck.execute(
            f"SELECT w.n, f.id, f.value, f.source, f.sim, f.precedence, f.supersedes FROM {scan(used, SCHEMA)} f JOIN w "
            "ON f.element = w.element AND f.period = w.period AND f.sk = w.kind AND f.subject = w.subject"
        ).fetchall()
    return found
