"""kill -9, and a full disk, at any point of storing, sealing and merging: what was acknowledged is there, each fact
once, each batch whole.
"""

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from qiangqu.base.tests.homes import migrated
from qiangqu.base.tests.patience import PATIENCE
from qiangqu.base.tests.programs import Program

HERE = Path(__file__).parent
#: more when asked for: a thousand kills take ten minutes
KILLS = int(os.environ.get("QIANGQU_TEST_KILLS", "4"))
POINTS = [f"{name}-{how}" for name in ("write", "encode", "sync", "list", "take") for how in ("before", "after")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("node")
    migrated(folder)
    return folder


def whole(home: Path, acknowledged: dict[str, int]) -> None:
    code, said, complaints = Program(HERE / "crash_reader.py", home=home).finish(PATIENCE)
    assert code == 0, complaints
    now = json.loads(said)
    assert now["faults"] == [] and now["twice"] == 0
    assert now["found"] == now["said"], "a batch is half there"
    lost = {key: rows for key, rows in acknowledged.items() if now["said"].get(key, 0) != rows}
    assert not lost, "an acknowledged batch is lost"


def heard(line: str, acknowledged: dict[str, int]) -> None:
    key, _space, rows = line.partition(" ")
    if key.startswith("b") and rows.strip().isdigit():
        acknowledged[key] = int(rows)


def next_number(acknowledged: dict[str, int]) -> int:
    return max((int(key[1:]) for key in acknowledged), default=0) + 2


@pytest.fixture(scope="module")
def acknowledged() -> dict[str, int]:
    return {}


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_named_point(home: Path, acknowledged: dict[str, int], point: str) -> None:
    for nth in (1, 4):
        writer = Program(HERE / "crash_writer.py", point, nth, next_number(acknowledged), home=home)
        for line in writer.stdout.read().splitlines():
            heard(line, acknowledged)
        assert writer.wait() == -signal.SIGKILL, writer.finish(PATIENCE)
    whole(home, acknowledged)


def test_killed_at_any_moment(home: Path, acknowledged: dict[str, int]) -> None:
    chance = random.Random(20261130)
    writer = Program(HERE / "crash_writer.py", "children", KILLS, 0, home=home)
    killed = 0
    while line := writer.stdout.readline():
        heard(line, acknowledged)
        if line.startswith("child "):
            time.sleep(chance.uniform(0.0, 0.6))
            os.kill(int(line.split()[1]), signal.SIGKILL)
        if line.startswith("gone "):
            assert line.split()[1] == str(-signal.SIGKILL), "it ended by itself"
            killed += 1
    assert writer.wait() == 0 and killed == KILLS, writer.finish(PATIENCE)
    whole(home, acknowledged)


@pytest.mark.parametrize("point", ["encode-full", "sync-full"])
def test_a_full_disk_stops_one_act(home: Path, acknowledged: dict[str, int], point: str) -> None:
    writer = Program(HERE / "crash_writer.py", point, 3, next_number(acknowledged), home=home)
    full, after = False, 0
    while after < 12:
        line = writer.stdout.readline()
        assert line, "it ended by itself"
        heard(line, acknowledged)
        full = full or line.startswith("full ")
        after += full
    writer.kill()
    for line in writer.stdout.read().splitlines():
        heard(line, acknowledged)
    writer.wait()
    whole(home, acknowledged)
