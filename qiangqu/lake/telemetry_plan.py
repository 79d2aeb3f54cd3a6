"""Which files a question about telemetry needs, and how their rows are laid over one another.

A :class:`Query` is plain SQL over named scans (lists of files) and tables. The SQL keeps to what DuckDB and
Spark both understand, so one text serves both; only reading the files differs (:func:`run` here,
``telemetry_spark.run`` there).
"""

# ruff: noqa: S608 - queries are composed of fixed pieces and integers

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from django.conf import settings
from numpy.typing import NDArray

from .engine import connect, quoted
from .models import TELEMETRY, TELEMETRY_HOURLY, TelemetrySegment

RAW_COLUMNS = ("value", "flag")
HOURLY_COLUMNS = ("count", "valid", "mean", "min", "max", "first", "last")
HOURLY_SCHEMA = pa.schema(
    [
        ("point", pa.int32()),
        ("time", pa.int64()),
        ("count", pa.int32()),
        ("valid", pa.int32()),
        *((name, pa.float64()) for name in HOURLY_COLUMNS[2:]),
    ]
)
COLUMNS = {TELEMETRY: RAW_COLUMNS, TELEMETRY_HOURLY: HOURLY_COLUMNS}
_SQL_TYPES = {"value": "DOUBLE", "flag": "SMALLINT", "count": "INTEGER", "valid": "INTEGER"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A live segment of telemetry; ``first_…`` and ``last_…`` are both inside it."""

    pk: int
    dataset: str
    file: str
    rows: int
    level: int
    partition: int
    seq: int
    first_ms: int
    last_ms: int
    first_point: int
    last_point: int
    rolled: bool

    @property
    def path(self) -> Path:
        return Path(settings.LAKE_DIR) / self.file


def pieces(start: int | None = None, end: int | None = None, dataset: str | None = None) -> list[Piece]:
    """The live segments with rows in ``[start, end)``, in the order of commits: one query, so one state of
    the catalogue.
    """
    found = TelemetrySegment.objects.filter(segment__retired_at__isnull=True)
    if start is not None:
        found = found.filter(last_ms__gte=start)
    if end is not None:
        found = found.filter(first_ms__lt=end)
    if dataset is not None:
        found = found.filter(segment__dataset=dataset)
    rows = found.order_by("seq", "segment_id").values_list(
        "segment_id",
        "segment__dataset",
        "segment__file",
        "segment__rows",
        "level",
        "partition",
        "seq",
        "first_ms",
        "last_ms",
        "first_point",
        "last_point",
        "rolled",
    )
    return [Piece(*row) for row in rows]


def of_points(found: Iterable[Piece], points: NDArray[np.int32] | None) -> list[Piece]:
    """Those that may hold one of ``points`` (sorted; None for all)."""
    if points is None:
        return list(found)
    return [
        piece
        for piece in found
        if np.searchsorted(points, piece.first_point) < np.searchsorted(points, piece.last_point, side="right")
    ]


def layered(found: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Split segments (in the order of commits) into base and overlay.

    Base segments share no point and time with one another, so their rows stand as they are; where an overlay
    segment shares any with one of the base, the overlay's is the later commit. So only the overlay (the
    newest commits, late rows) has to be searched for repetitions.
    """
    base: list[Piece] = []
    over: list[Piece] = []
    boxes = np.array([[p.first_ms, p.last_ms, p.first_point, p.last_point] for p in found], np.int64).reshape(-1, 4)
    for index, piece in enumerate(found):
        before = boxes[:index]
        shared = (
            (before[:, 0] <= piece.last_ms)
            & (before[:, 1] >= piece.first_ms)
            & (before[:, 2] <= piece.last_point)
            & (before[:, 3] >= piece.first_point)
        )
        (over if shared.any() else base).append(piece)
    return base, over


@dataclass(frozen=True, slots=True)
class Scan:
    """Files to be read as one table; ``ord`` is a file's place in the list."""

    files: tuple[Path, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """SQL over scans and tables by name."""

    sql: str
    scans: dict[str, Scan]
    tables: dict[str, pa.Table] = field(default_factory=dict)


def scans(name: str, found: Sequence[Piece], dataset: str) -> dict[str, Scan]:
    """The two scans that :func:`standing` reads."""
    base, over = layered(found)
    columns = COLUMNS[dataset]
    return {
        f"{name}_base": Scan(tuple(piece.path for piece in base), columns),
        f"{name}_over": Scan(tuple(piece.path for piece in over), columns),
    }


def plain(found: Iterable[Piece], dataset: str) -> Scan:
    """All rows of the segments as they are."""
    return Scan(tuple(piece.path for piece in found), COLUMNS[dataset])


def standing(name: str, dataset: str, where: str) -> str:
    """Query of the rows that count (each point and time once) among those that meet ``where`` (over point and
    time only).
    """
    columns = ", ".join(("point", "time", *COLUMNS[dataset]))
    if dataset == TELEMETRY:  # no nulls, which MAX_BY would pass over; half again as fast as a window
        newest = (
            "SELECT point, time, MAX_BY(value, ord) AS value, MAX_BY(flag, ord) AS flag "
            f"FROM {name}_over WHERE {where} GROUP BY point, time"
        )
    else:
        newest = (
            f"SELECT {columns} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY point, time ORDER BY ord DESC) AS place "
            f"FROM {name}_over WHERE {where}) AS ranked WHERE place = 1"
        )
    return (
        f"SELECT {columns} FROM (SELECT * FROM {name}_base WHERE {where}) AS b WHERE NOT EXISTS "
        f"(SELECT 1 FROM {name}_over AS o WHERE o.point = b.point AND o.time = b.time AND {_of(where, 'o')}) "
        f"UNION ALL {newest}"
    )


def _of(where: str, alias: str) -> str:
    """``where`` about the columns of ``alias``: conditions are written with plain ``point`` and ``time``."""
    words = where.split(" ")
    return " ".join(f"{alias}.{word}" if word in ("point", "time") else word for word in words)


def condition(start: int, end: int, points: NDArray[np.int32] | None) -> str:
    """``start <= time < end`` and, with ``points`` (sorted, not empty), those points; a table ``wanted`` is
    needed for more than 40.
    """
    text = f"time >= {start:d} AND time < {end:d}"
    if points is None:
        return text
    if points.size == 1:
        return f"{text} AND point = {points[0]:d}"
    text += f" AND point BETWEEN {points[0]:d} AND {points[-1]:d}"
    if points.size == int(points[-1]) - int(points[0]) + 1:
        return text
    if points.size <= 40:
        return f"{text} AND point IN ({', '.join(f'{point:d}' for point in points)})"
    return f"{text} AND point IN (SELECT wanted.wanted_point FROM wanted)"


def wanted(points: NDArray[np.int32] | None) -> dict[str, pa.Table]:
    """The table that :func:`condition` may need."""
    return {} if points is None else {"wanted": pa.table({"wanted_point": pa.array(points, pa.int32())})}


def aggregates() -> str:
    """Hourly columns from rows of (time, value, flag), after the grouping columns."""
    good = "CASE WHEN flag < 128 THEN value END"
    when = "CASE WHEN flag < 128 THEN time END"
    return (
        "CAST(COUNT(*) AS INTEGER) AS count, CAST(SUM(CASE WHEN flag < 128 THEN 1 ELSE 0 END) AS INTEGER) AS valid, "
        f"AVG({good}) AS mean, MIN({good}) AS min, MAX({good}) AS max, MIN_BY({good}, {when}) AS first, MAX_BY({good}, {when}) AS last"
    )


def run(query: Query) -> pa.Table:
    """The answer, by DuckDB in this process."""
    with connect(query.tables) as duck:
        for name, scan in query.scans.items():
            duck.execute(f"CREATE TEMP VIEW {name} AS {_view(scan)}")
        return duck.sql(query.sql).to_arrow_table()


def _view(scan: Scan) -> str:
    columns = ", ".join(("point", "time", *scan.columns))
    if scan.files:
        files = ", ".join(quoted(str(path)) for path in scan.files)
        return f"SELECT {columns}, file_index AS ord FROM read_parquet([{files}])"
    typed = ", ".join(f"NULL::{_SQL_TYPES.get(name, 'DOUBLE')} AS {name}" for name in scan.columns)
    return f"SELECT NULL::INTEGER AS point, NULL::BIGINT AS time, {typed}, 0 AS ord WHERE false"


def as_points(points: Any) -> NDArray[np.int32] | None:
    """Sorted different points; None stays None (all points)."""
    return None if points is None else np.unique(np.asarray(points, np.int32))
