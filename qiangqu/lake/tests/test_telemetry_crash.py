"""kill -9 of writers and mergers at random moments, readers beside them, and a full disk, on a database file
as a node has it.
"""

import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[3]
WORKER = Path(__file__).with_name("telemetry_worker.py")
KILLS = int(os.environ.get("QIANGQU_KILLS", "4"))


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "QIANGQU_DATABASE_URL"}
    if (home / "database_url").exists():
        kept["QIANGQU_DATABASE_URL"] = (home / "database_url").read_text()
    return {
        **kept,
        "QIANGQU_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "qiangqu.site.settings",
        "PYTHONPATH": str(ROOT),
    }


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


def _start(home: Path, verb: str, number: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(WORKER), verb, str(number)]
    return subprocess.Popen(command, env=_environment(home), cwd=home, stdout=subprocess.PIPE, text=True)


def _check(home: Path, number: int, *more: str) -> int:
    """Verifies in a fresh process; returns how many batches there are."""
    command = [sys.executable, str(WORKER), "check", str(number), *more]
    done = subprocess.run(command, env=_environment(home), cwd=home, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def _migrate(home: Path) -> None:
    command = [sys.executable, ROOT / "manage.py", "migrate", "lake", "-v0"]
    subprocess.run(command, env=_environment(home), check=True, cwd=ROOT)


def _lines(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.read().split("\n")[:-1]


def _end(process: subprocess.Popen[str]) -> list[str]:
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
            assert writer.stdout is not None and merger.stdout is not None
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
    assert all(process.stdout and process.stdout.readline() for process in [*writers, *mergers])
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
    assert writer.stdout is not None
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
