"""kill -9 at named points: what was acknowledged is there once, the act and its entry together.
``QIANGQU_TEST_KILLS`` for more of them."""

import json
import os
import signal
from pathlib import Path

import pytest

from qiangqu.base.tests.homes import migrated
from qiangqu.base.tests.patience import PATIENCE
from qiangqu.base.tests.programs import Program

EARLY = 12
SCRIPT = Path(__file__).with_name("killed.py")
POINTS = (
    "seal-before-take",
    "seal-before-commit",
    "sealed",
    "store-before-commit",
    "stored",
    "apply-before-commit",
    "applied",
)
ROUNDS = max(1, int(os.environ.get("QIANGQU_TEST_KILLS", "7")) // len(POINTS))


def test_killed_at_named_points(tmp_path: Path) -> None:
    migrated(tmp_path)
    code, _said, complaints = Program(SCRIPT, "prepare", home=tmp_path).finish(PATIENCE)
    assert code == 0, complaints
    acknowledged: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("QIANGQU_FAULT", raising=False)
        for turn in range(ROUNDS):
            for point in POINTS:
                killed = Program(SCRIPT, point, turn % 4, home=tmp_path)
                acknowledged |= set(killed.stdout.read().splitlines())
                assert killed.wait() == -signal.SIGKILL, killed.finish(PATIENCE)
        code, said, complaints = Program(SCRIPT, "look", home=tmp_path).finish(PATIENCE)
    assert code == 0, complaints
    found = json.loads(said)
    assert set(found["said"].values()) == {1} == set(found["shown"].values()), "once"
    assert acknowledged <= set(found["said"]) == set(found["shown"]) and found["waiting"] == 0
    assert len(acknowledged) >= len(POINTS) * ROUNDS
