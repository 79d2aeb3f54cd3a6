"""Finding the standing facts of many cells at once: one query for each 20,000 cells, through the one index of
the table.
"""

import json
from collections.abc import Iterator, Sequence

from django.db import connection

Cell = tuple[int, int, int, int]  # element, period key, subject kind, subject
#: position of the cell in what was asked, id of the fact, its value, source (0: none), simulated, precedence
Standing = tuple[int, int, float, int, bool, int]
CHUNK = 20_000

_COLUMNS = "w.n, f.id, f.value, COALESCE(f.source_id, 0), b.simulated, f.precedence"
_REST = (
    "JOIN facts_factbatch b ON b.id = f.batch_id "
    "WHERE NOT EXISTS (SELECT 1 FROM facts_fact s WHERE s.supersedes_id = f.id)"
)
_CELL = "f.element_id = w.element AND f.period_key = w.period AND f.subject_kind = w.kind AND f.subject_id = w.subject"
# CROSS JOIN and MATERIALIZED fix the order: the wanted cells outside, the index inside
_SQLITE = f"""
    WITH w(n, element, period, kind, subject) AS MATERIALIZED (
        SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
               json_extract(value, '$[3]'), json_extract(value, '$[4]') FROM json_each(%s))
    SELECT {_COLUMNS} FROM w CROSS JOIN facts_fact f ON {_CELL} {_REST}"""  # noqa: S608 - constants only
_POSTGRESQL = f"""
    SELECT {_COLUMNS}
    FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::int[]) AS w(n, element, period, kind, subject)
    JOIN facts_fact f ON {_CELL} {_REST}"""  # noqa: S608 - constants only


def standing_facts(cells: Sequence[Cell]) -> Iterator[Standing]:
    """The facts of ``cells`` that no other fact supersedes, in no particular order."""
    for start in range(0, len(cells), CHUNK):
        wanted = [(start + at, *cell) for at, cell in enumerate(cells[start : start + CHUNK])]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(_POSTGRESQL, [list(column) for column in zip(*wanted, strict=True)])
            else:
                cursor.execute(_SQLITE, [json.dumps(wanted, separators=(",", ":"))])
            for n, fact, value, source, simulated, precedence in cursor.fetchall():
                yield n, fact, value, source, bool(simulated), precedence
