"""Writing the rows of a batch into ``facts_fact`` fast, in the caller's transaction: executemany on SQLite, COPY on
PostgreSQL.
"""

import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.csv
from django.db import connection

from qiangqu.base.packs import Report

CHUNK = 100_000
#: column of the Arrow table → (column of the database table, what stands there when the Arrow table has no
#: such column)
COLUMNS = {
    "id": ("id", None),
    "number": ("number", None),
    "element": ("element_id", None),
    "subject_kind": ("subject_kind", None),
    "subject_id": ("subject_id", None),
    "period_key": ("period_key", None),
    "value": ("value", None),
    "source": ("source_id", "NULL"),
    "row": ('"row"', "NULL"),
    "supersedes": ("supersedes_id", "NULL"),
    "precedence": ("precedence", "0"),
    "stated": ("stated", "''"),
    "note": ("note", "''"),
}


def write(table: pa.Table, batch_id: int, report: Report) -> None:
    """Insert the rows of ``table`` (columns of :data:`COLUMNS`) as facts of the batch."""
    (_copy if connection.vendor == "postgresql" else _insert)(table, batch_id, report)


def _counting(table: pa.Table, report: Report) -> Iterator[pa.RecordBatch]:
    done = 0
    for part in table.to_batches(max_chunksize=CHUNK):
        yield part
        done += part.num_rows
        if table.num_rows > CHUNK:
            report(f"已写入 {done} / {table.num_rows} 条事实")


def _insert(table: pa.Table, batch_id: int, report: Report) -> None:
    given = table.column_names
    absent = [name for name in COLUMNS if name not in given]
    columns = ", ".join(["batch_id", *(COLUMNS[name][0] for name in [*given, *absent])])
    values = ", ".join([str(int(batch_id)), *("%s" for _ in given), *(str(COLUMNS[name][1]) for name in absent)])
    sql = f"INSERT INTO facts_fact ({columns}) VALUES ({values})"  # noqa: S608 - names and literals of COLUMNS
    with connection.cursor() as cursor:
        for part in _counting(table, report):
            rows: Any = zip(*(column.to_pylist() for column in part.columns), strict=True)
            cursor.executemany(sql, rows)


def _copy(table: pa.Table, batch_id: int, report: Report) -> None:
    missing = [name for name in ("precedence", "stated", "note") if name not in table.column_names]
    columns = ", ".join([*(COLUMNS[name][0] for name in [*table.column_names, *missing]), "batch_id"])
    options = pyarrow.csv.WriteOptions(include_header=False)
    with connection.cursor() as cursor:
        # constraints are checked after each COPY instead of all at the commit: their queue would hold every
        # row
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for part in _counting(table, report):
            for name in missing:
                empty = pa.scalar(0, pa.int8()) if name == "precedence" else pa.scalar("")
                part = part.append_column(name, pa.repeat(empty, part.num_rows))
            part = part.append_column("batch_id", pa.repeat(pa.scalar(batch_id), part.num_rows))
            buffer = io.BytesIO()
            pyarrow.csv.write_csv(part, buffer, options)
            # an absent value is nothing between commas, an empty text is "": COPY tells them apart as Arrow
            # does
            with cursor.copy(f"COPY facts_fact ({columns}) FROM STDIN (FORMAT csv)") as copy:
                copy.write(buffer.getvalue())
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
