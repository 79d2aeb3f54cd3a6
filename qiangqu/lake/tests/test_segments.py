import hashlib
import os
import threading

import pyarrow as pa
import pytest
from django.db import transaction

from qiangqu.base.errors import ConflictError
from qiangqu.lake.engine import connect, scan
from qiangqu.lake.models import Segment
from qiangqu.lake.segments import NewSegment, check, live, merge, publish, sorted_by, store, vacuum, write_file

pytestmark = pytest.mark.django_db

SCHEMA = pa.schema([("key", pa.int32()), ("value", pa.float64())])


def _rows(*keys: int) -> pa.Table:
    return pa.table({"key": pa.array(keys, pa.int32()), "value": pa.array([k / 2 for k in keys], pa.float64())})


def _sum(dataset: str) -> float:
    with connect() as duck:
        return duck.execute(f"SELECT COALESCE(SUM(value), 0) FROM {scan(live(dataset), SCHEMA)}").fetchone()[0]


def test_stored_rows_are_read_back_with_bounds_and_hash() -> None:
    (segment,) = store("t", [NewSegment(sorted_by(_rows(3, 1, 2), "key"), "g", ("key",), {"simulated": True})])
    assert (segment.rows, segment.low, segment.high, segment.info) == (3, {"key": 1}, {"key": 3}, {"simulated": True})
    assert hashlib.sha256(segment.path.read_bytes()).hexdigest() == segment.sha256
    assert segment.path.stat().st_size == segment.size
    assert _sum("t") == 3.0


def test_no_segment_reads_as_no_rows() -> None:
    with connect() as duck:
        table = duck.sql(f"SELECT * FROM {scan([], SCHEMA)}").to_arrow_table()
    assert table.num_rows == 0
    assert table.column_names == ["key", "value"]


def test_rolled_back_segment_is_invisible_and_cleared_away() -> None:
    class Stop(Exception):
        pass

    with pytest.raises(Stop), transaction.atomic():
        (segment,) = store("t", [NewSegment(_rows(1))])
        raise Stop
    assert live("t") == []
    assert segment.path.exists()
    assert vacuum(grace_seconds=3600).orphans == 0, "a young file may belong to a transaction under way"
    assert vacuum(grace_seconds=0).orphans == 1
    assert not segment.path.exists()


def test_failed_write_leaves_no_file(settings, monkeypatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError):
        write_file("t", NewSegment(_rows(1)))
    assert [p for p in settings.LAKE_DIR.rglob("*") if p.is_file()] == []


def test_merge_keeps_rows_and_readers_of_the_old_files() -> None:
    for key in range(10):
        store("t", [NewSegment(_rows(key), str(key), ("key",))])
    before = live("t")
    assert merge("t", sort=["key"], keys=["key"]) == 10
    (one,) = live("t")
    assert (one.rows, one.low, one.high) == (10, {"key": 0}, {"key": 9})
    assert _sum("t") == 22.5
    with connect() as duck:
        assert duck.execute(f"SELECT SUM(value) FROM {scan(before, SCHEMA)}").fetchone()[0] == 22.5
    cleared = vacuum(grace_seconds=0)
    assert (cleared.retired, cleared.orphans) == (10, 0)
    assert Segment.objects.count() == 1
    assert _sum("t") == 22.5


def test_merge_does_not_mix_segments_of_different_info() -> None:
    store("t", [NewSegment(_rows(k), info={"simulated": k % 2 == 0}) for k in range(6)])
    merge("t", sort=["key"])
    assert sorted((s.info["simulated"], s.rows) for s in live("t")) == [(False, 3), (True, 3)]


def test_segment_merged_twice_is_refused() -> None:
    old = store("t", [NewSegment(_rows(1)), NewSegment(_rows(2))])
    store("t", [NewSegment(_rows(1, 2))], retire=old)
    written = write_file("t", NewSegment(_rows(1, 2)))
    with pytest.raises(ConflictError):
        publish([written], retire=old)
    assert _sum("t") == 1.5


def test_damage_and_loss_of_a_file_are_named() -> None:
    damaged, lost = store("t", [NewSegment(_rows(1)), NewSegment(_rows(2))])
    assert check() == []
    damaged.path.write_bytes(damaged.path.read_bytes()[:-1] + b"x")
    lost.path.unlink()
    assert [damaged.file in f or lost.file in f for f in check()] == [True, True]


def test_the_engine_sees_no_other_files(tmp_path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with connect() as duck:
        for statement in (
            f"SELECT * FROM read_csv('{secret}')",
            f"SELECT * FROM read_text('{tmp_path}/lake/../secret.csv')",
            f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
            "SET enable_external_access=true",
            "INSTALL httpfs",
            "ATTACH 'x.db'",
        ):
            with pytest.raises(Exception, match=r"(?i)permission|disabled|locked|cannot"):
                duck.execute(statement)


def test_readers_go_on_while_a_writer_merges() -> None:
    """Readers in threads sum files that they listed before; every sum is the whole."""
    for key in range(40):
        store("t", [NewSegment(_rows(key), keys=("key",))])
    listed = live("t")
    sums: list[float] = []

    def read() -> None:
        for _ in range(10):
            with connect() as duck:
                sums.append(duck.execute(f"SELECT SUM(value) FROM {scan(listed, SCHEMA)}").fetchone()[0])

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    merge("t", sort=["key"])
    vacuum()
    for thread in threads:
        thread.join()
    assert sums == [390.0] * 20
