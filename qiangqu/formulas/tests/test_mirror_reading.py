"""Facts read straight from an SQLite file are those that the database's own cursor gives."""

import sqlite3
from pathlib import Path

import pyarrow as pa
import pytest
from django.db import connection

from qiangqu.facts.models import Source
from qiangqu.formulas import mirror

from .world import build

pytestmark = pytest.mark.django_db(transaction=True)


def copied(path: Path) -> Path:
    """The test's own database, as a file."""
    if connection.vendor != "sqlite":
        pytest.skip("reads a file of SQLite")
    connection.ensure_connection()
    with sqlite3.connect(path) as file:
        connection.connection.backup(file)
    return path


def test_both_ways_read_the_same(tmp_path: Path) -> None:
    world = build()
    source = Source.objects.create(title="公报", url="https://example.org/", published_on="2025-03-01")
    world.facts([("output", "E1", "2024-01", 1.5), ("output", "E2", "2024-01", 2.0)])
    world.facts([("output", "E1", "2024-01", 1.75), ("gdp", "R", "2024", 300.0)], source=source)
    world.facts([("output", "E2", "2024-01", 2.5)])
    path = copied(tmp_path / "数据 库.sqlite3")
    expected = pa.concat_tables(mirror._chunks(1, 10**9))
    assert expected.num_rows == 5
    assert expected["supersedes"].null_count == 4
    assert pa.concat_tables(mirror.chunks_of_file(path, 1, 10**9)).equals(expected)


def test_no_rows_give_no_tables(tmp_path: Path) -> None:
    assert list(mirror.chunks_of_file(copied(tmp_path / "x.sqlite3"), 5, 9)) == []


def test_parts_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = build()
    world.facts([("output", "E1", f"{year}-{month:02d}", 1.0) for year in range(2015, 2025) for month in range(1, 13)])
    path = copied(tmp_path / "x.sqlite3")
    monkeypatch.setattr(mirror, "CHUNK", 50)
    monkeypatch.setattr(mirror, "_FETCH", 25)
    assert [part.num_rows for part in mirror.chunks_of_file(path, 1, 10**9)] == [50, 50, 20]
