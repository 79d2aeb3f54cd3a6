"""kill -9 of writers and mergers at random moments, readers beside them, and a full disk, on a database file
as a node has it.
"""

import os
import random
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from qiangqu.base.tests.patience import PATIENCE
from qiangqu.base.tests.programs import ROOT, Program

EARLY = 13  # takes long: begins before others

WORKER = Path(__file__).with_name("telemetry_worker.py")
KILLS = int(os.environ.get("QIANGQU_KILLS", "4"))


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Path]:
    """A node's home with the lake's catalogue: a file of SQLite, or a database of its own on the server when
    the tests run on one.
    """
    server = os.environ.get("QIANGQU_DATABASE_URL", "")
    if os.environ.get("QIANGQU_TEST_DB") != "postgres":
        _migrate(tmp_path)
        yield tmp_path
        return
    import psycopg

    name = f"crash_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    (tmp_path / "database_url").write_text(urlsplit(server)._replace(path=f"/{name}").geturl())
    _migrate(tmp_path)
    yield tmp_path
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _start(home: Path, verb: str, number: int) -> Program:
    return Program(WORKER, verb, number, home=home)


def _check(home: Path, number: int, *more: str) -> int:
    """Verifies in a fresh process; returns how many batches there are."""
    code, said, complaints = Program(WORKER, "check", number, *more, home=home).finish(PATIENCE)
    assert code == 0, complaints
    return int(said)


def _migrate(home: Path) -> None:
    code, _said, complaints = Program(ROOT / "manage.py", "migrate", "lake", "-v0", home=home).finish(PATIENCE)
    assert code == 0, complaints


def _lines(process: Program) -> list[str]:
    return process.stdout.read().split("\n")[:-1]


def _end(process: Program) -> list[str]:
    """Kill it; what it said."""
    process.kill()
    said = _lines(process)
    process.wait()
    return said


@pytest.mark.postgres
def test_writers_and_mergers_are_killed_again_and_again(node: Path) -> None:
    chance = random.Random(os.urandom(4) if "QIANGQU_KILLS" in os.environ else 23)
    writer, merger, reader = (_start(node, verb, 0) for verb in ("write", "merge", "read"))
    processes = [writer, merger, reader]
    acknowledged, merged, killed = -1, 0, {"write": 0, "merge": 0}
    try:
        for round_ in range(KILLS):
            acknowledged = int(writer.stdout.readline())  # both are at work
            merged = int(merger.stdout.readline() or merged)
            time.sleep(chance.uniform(0.0, 1.5))
            if round_ % 3 != 2:
                acknowledged = int(([str(acknowledged), *_end(writer)])[-1])
                # the sender repeats what was not acknowledged
                writer = _start(node, "write", acknowledged + 1)
                killed["write"] += 1
            if round_ % 3 != 1:
                merged = int(([str(merged), *_end(merger)])[-1])
                merger = _start(node, "merge", merged)
                killed["merge"] += 1
            processes = [writer, merger, reader]
            assert reader.poll() is None, "the reader found rows missing"
        acknowledged = int(([str(acknowledged), *_end(writer)])[-1])
        _end(merger)
        assert reader.poll() is None
        seen = [int(line) for line in _end(reader)]
    finally:
        for process in processes:
            process.kill()
    assert seen == sorted(seen), "batches that were read once were missing later"
    assert _check(node, acknowledged) >= acknowledged + 1
    assert min(killed.values()) > 0
    assert len(seen) > 1


@pytest.mark.postgres
def test_two_writers_and_two_mergers_at_once_lose_nothing(node: Path) -> None:
    """All write the same batches: each is stored once, whoever comes first."""
    writers = [_start(node, "write", 0) for _ in range(2)]
    mergers = [_start(node, "merge", 0) for _ in range(2)]
    assert all(process.stdout.readline() for process in [*writers, *mergers])
    time.sleep(3)
    assert [process.poll() for process in [*writers, *mergers]] == [None] * 4
    last = max(int(_end(writer)[-1]) for writer in writers)
    for merger in mergers:
        _end(merger)
    _check(node, last)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_full_disk(small_disk: Path) -> None:
    """What was acknowledged is there, nothing else is half there, and with room again the node goes on."""
    _migrate(small_disk)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(2_000_000))
    said = _lines(_start(small_disk, "fill", 0))
    assert "磁盘已满" in said[-1]
    acknowledged = int(said[-2])
    assert acknowledged > 10
    ballast.unlink()
    assert _check(small_disk, acknowledged) == acknowledged + 1
    writer = _start(small_disk, "write", acknowledged + 1)
    assert int(writer.stdout.readline()) == acknowledged + 1
    _check(small_disk, int(([str(acknowledged + 1), *_end(writer)])[-1]))


def test_file_size_limit(tmp_path: Path) -> None:
    """A segment that may not grow is refused and removed, the next goes in; then the database itself may not
    grow.
    """
    _migrate(tmp_path)
    limit = max(path.stat().st_size for path in tmp_path.glob("qiangqu.sqlite3*")) + 2_000_000
    said = _lines(_start(tmp_path, "fill", limit))
    full = [index for index, line in enumerate(said) if line.startswith("full")]
    assert full[0] == 20
    assert full[-1] == len(said) - 1
    assert said[21] == "21", "after the large one the next is stored"
    _check(tmp_path, int(said[-2]), "--fill")
    assert not list((tmp_path / "lake").rglob("*.writing"))
