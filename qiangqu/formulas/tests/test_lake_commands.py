"""The lake's commands and telemetry: it is merged and counted, and never thrown away with the mirror of the
facts.
"""

import json
import time

import pytest
from click.testing import CliRunner, Result

from qiangqu.formulas.commands import lake_group
from qiangqu.lake.telemetry import HOUR, append
from qiangqu.lake.telemetry_read import rows

pytestmark = pytest.mark.django_db


def _run(*words: str) -> Result:
    done = CliRunner().invoke(lake_group, words, standalone_mode=False)
    assert done.exception is None, done.exception
    return done


def test_telemetry_is_merged_counted_and_kept() -> None:
    now = time.time_ns() // 1_000_000
    old = now - 5 * HOUR
    for number in range(3):
        append(f"{number}", [1, 2], [old + number, old + number], [1.0, float("nan")])
    _run("vacuum")
    _run("rebuild")
    held = json.loads(_run("status", "--format", "json").stdout)
    assert {each["dataset"]: (each["segments"], each["rows"]) for each in held["datasets"]} == {
        "telemetry": (1, 3),
        "telemetry_hourly": (1, 1),
    }
    assert held["refused"] == {"not_finite": 3}
    assert "拒收 not_finite：3 行" in _run("status").stdout
    assert rows(old, now)["value"].to_pylist() == [1.0, 1.0, 1.0]
    assert _run("check").return_value == 0


def test_damaged_telemetry_is_to_be_restored_not_rebuilt(settings) -> None:
    append("a", [1], [time.time_ns() // 1_000_000], [1.0])
    (file,) = (settings.LAKE_DIR / "telemetry").iterdir()
    file.write_bytes(b"")
    done = _run("check")
    assert done.return_value == 1
    assert "请从备份恢复" in done.stdout
