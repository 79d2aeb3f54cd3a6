"""kill -9 of the evaluator at random statements: what is stored is always the state after a whole pass."""

import json
import os
import random
from pathlib import Path

from qiangqu.base.tests.homes import migrated
from qiangqu.base.tests.patience import PATIENCE
from qiangqu.base.tests.programs import Program

EARLY = 2  # takes long: begins before others

WORKER = Path(__file__).with_name("crash_worker.py")
KILLS = int(os.environ.get("QIANGQU_KILLS", "3"))


def work(home: Path, *words: object, code: int = 0) -> str:
    """What it says when it ends with that code."""
    ended, said, complaints = Program(WORKER, *words, home=home).finish(PATIENCE)
    assert ended == code, complaints
    return said


def test_a_killed_evaluator_leaves_whole_passes(tmp_path: Path) -> None:
    migrated(tmp_path)
    work(tmp_path, "prepare")
    chance, before = random.Random(11), 0
    for number in range(KILLS):
        work(tmp_path, "run", chance.randrange(40, 900), number, code=-9)
        told = json.loads(work(tmp_path, "check"))
        assert told["events"] >= before
        before = told["events"]
    assert before > 10
