"""DuckDB over segments: in-process, reading nothing but the lake's own folder."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings

from .models import Segment


def quoted(text: str) -> str:
    """``text`` as an SQL string literal.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def connect(tables: Mapping[str, pa.Table] | None = None) -> Iterator[Any]:
    """A DuckDB connection in memory that sees ``tables`` by name, and of the disk only the lake's folder."""
    connection = duckdb.connect(":memory:")
    try:
        root = Path(settings.LAKE_DIR)
        connection.execute(f"SET allowed_directories=[{quoted(str(root) + os.sep)}]")
        connection.execute("SET enable_external_access=false")
        connection.execute("SET lock_configuration=true")
        for name, table in (tables or {}).items():
            connection.register(name, table)
        yield connection
    finally:
        connection.close()


def scan(segments: Iterable[Segment], empty: pa.Schema) -> str:
    """A table expression over the files of ``segments``; without any, one of no rows with the columns of ``empty``."""
    files = [quoted(str(segment.path)) for segment in segments]
    if files:
        return f"read_parquet([{', '.join(files)}])"
    columns = ", ".join(f"NULL::{_TYPES[str(column.type)]} AS {column.name}" for column in empty)
    return f"(SELECT {columns} WHERE false)"


_TYPES = {
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "string": "VARCHAR",
}
