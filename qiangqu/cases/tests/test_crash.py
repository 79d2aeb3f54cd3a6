"""A process killed between step and commit, and two people completing one step at once: each in processes of
their own on one database file.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from qiangqu.base.tests.homes import migrated
from qiangqu.base.tests.patience import PATIENCE, until
from qiangqu.base.tests.programs import Program

EARLY = 9  # takes long: begins before others

WORKER = Path(__file__).with_name("acts_worker.py")


def begin(home: Path, *words: str) -> Program:
    return Program(WORKER, *words, home=home)


def end(process: Program) -> tuple[int, str]:
    code, said, complaints = process.finish(PATIENCE)
    assert code in (0, -9), complaints[-2000:]
    return code, said


def state(home: Path) -> Any:
    _code, said = end(begin(home, "check"))
    found = json.loads(said)
    assert found["fault"] is None  # the chain holds whatever happened
    return found["cases"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cases")
    migrated(folder)
    end(begin(folder, "prepare"))
    return folder


def test_a_process_killed_between_step_and_commit_has_done_nothing(home):
    before = state(home)
    for statements in (3, 14, 33):
        code, _said = end(begin(home, "kill", str(statements)))
        assert code == -9
        assert state(home) == before
    code, _said = end(begin(home, "kill", "100000"))
    assert code == 0
    after = state(home)[0]
    assert after == {"revision": 2, "entries": 2, "done": 1, "open": ["land", "safety"]}


def test_of_two_who_complete_one_step_one_wins_and_the_other_is_told(home):
    both = [begin(home, "race", who) for who in ("zone", "zone2")]
    until(lambda: all((home / f"ready-{who}").exists() for who in ("zone", "zone2")))
    (home / "go").touch()
    said = [json.loads(end(one)[1]) for one in both]
    assert sorted(one["won"] for one in said) == [False, True]
    told = next(one["said"] for one in said if not one["won"])
    assert "您的操作没有执行" in told or "刚刚被别人改动" in told
    assert state(home)[1] == {"revision": 2, "entries": 2, "done": 1, "open": ["land", "safety"]}
