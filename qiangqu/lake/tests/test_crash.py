"""kill -9 of a writer at random moments: what it acknowledged is there, what is listed is whole, nothing is
half visible.
"""

import random
import sqlite3
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from qiangqu.base.tests.patience import PATIENCE
from qiangqu.base.tests.programs import ROOT, Program
from qiangqu.lake.segments import _TEMPORARY

KILLS = 5
WRITER = Path(__file__).with_name("crash_writer.py")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A node's home whose database has the lake's catalogue."""
    code, _said, complaints = Program(ROOT / "manage.py", "migrate", "lake", "-v0", home=tmp_path).finish(PATIENCE)
    assert code == 0, complaints
    return tmp_path


def test_killed_writer_loses_nothing_it_acknowledged(home: Path) -> None:
    chance = random.Random(20261123)
    acknowledged: set[int] = set()
    first = 0
    for _ in range(KILLS):
        writer = Program(WRITER, home / "lake", first, home=home)
        acknowledged.add(int(writer.stdout.readline()))
        time.sleep(chance.uniform(0.0, 0.4))
        writer.kill()
        rest = writer.stdout.read().split()
        writer.wait()
        acknowledged.update(map(int, rest))
        first = max(acknowledged) + 1000

        with sqlite3.connect(home / "qiangqu.sqlite3") as database:
            listed = database.execute("SELECT file, rows FROM lake_segment WHERE retired_at IS NULL").fetchall()
        seen: dict[int, int] = {}
        for file, rows in listed:
            assert not file.endswith(_TEMPORARY)
            numbers = pq.read_table(home / "lake" / file)["number"].to_pylist()
            assert len(numbers) == rows
            for number in numbers:
                seen[number] = seen.get(number, 0) + 1
        assert acknowledged <= set(seen), "an acknowledged segment is lost"
        assert set(seen.values()) == {2000}, "a segment is half visible or visible twice"
    assert len(acknowledged) > KILLS
