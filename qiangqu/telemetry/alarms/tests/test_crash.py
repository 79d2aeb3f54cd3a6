"""kill -9 of the evaluator at random statements: what is stored is always the state after a whole pass."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

from qiangqu.base.tests.homes import migrated

ROOT = Path(__file__).resolve().parents[4]
WORKER = Path(__file__).with_name("crash_worker.py")
KILLS = int(os.environ.get("QIANGQU_KILLS", "3"))


def work(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "QIANGQU_DATABASE_URL"}
    environment = kept | {
        "QIANGQU_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "qiangqu.site.settings",
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.run(
        [sys.executable, str(WORKER), *words], env=environment, cwd=home, capture_output=True, text=True
    )


def test_a_killed_evaluator_leaves_whole_passes(tmp_path: Path) -> None:
    migrated(tmp_path)
    made = work(tmp_path, "prepare")
    assert made.returncode == 0, made.stderr
    chance, before = random.Random(11), 0
    for number in range(KILLS):
        died = work(tmp_path, "run", str(chance.randrange(40, 900)), str(number))
        assert died.returncode == -9, died.stderr
        checked = work(tmp_path, "check")
        assert checked.returncode == 0, checked.stderr
        told = json.loads(checked.stdout)
        assert told["events"] >= before
        before = told["events"]
    assert before > 10
