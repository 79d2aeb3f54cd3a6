"""DuckDB over segments: in-process, reading nothing but the lake's own folder."""

import os
import threading
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


_engine: tuple[str, Any] | None = None
_making = threading.Lock()
_left_behind: list[Any] = []


def _start_anew() -> None:
    """In a forked child: leave the parent's instance alone and open one of its own at the next use.

    The threads of the parent's instance do not exist in the child. To close it, or to let the last reference
    to it go, waits for them for ever, so it is kept; and a lock that another thread of the parent held would
    never be released here.
    """
    global _engine, _making
    _left_behind.append(_engine)
    _engine = None
    _making = threading.Lock()


os.register_at_fork(after_in_child=_start_anew)


def _instance() -> Any:
    """The process's one DuckDB instance for the lake's folder: opening one takes 10 ms and more, a cursor on
    it far less.
    """
    global _engine
    root = str(Path(settings.LAKE_DIR))
    with _making:
        if _engine is None or _engine[0] != root:
            made = duckdb.connect(":memory:")
            made.execute(f"SET allowed_directories=[{quoted(root + os.sep)}]")
            made.execute("SET enable_external_access=false")
            made.execute("SET parquet_metadata_cache=true")  # files never change
            made.execute("SET lock_configuration=true")
            _engine = root, made
        return _engine[1]


@contextmanager
def connect(tables: Mapping[str, pa.Table] | None = None) -> Iterator[Any]:
    """A DuckDB connection in memory that sees ``tables`` by name, and of the disk only the lake's folder.

    Registered tables and temporary objects are the connection's own. Others would be seen by every connection
    of the process: make none.
    """
    connection = _instance().cursor()
    try:
        for name, table in (tables or {}).items():
            connection.register(name, table)
        yield connection
    finally:
        connection.close()


def scan(segments: Iterable[Segment], empty: pa.Schema) -> str:
    """A table expression over the files of ``segments``; without any, one of no rows with the columns of
    ``empty``.
    """
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
