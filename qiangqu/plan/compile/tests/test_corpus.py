"""Whole plans of many kinds against the reading of a person (corpus/), and the plan in the steering folder
when it is there.
"""

import json
from pathlib import Path

import pytest

from qiangqu.plan.compile import compile_file, read_file

from .score import pairs, score

HERE = Path(__file__).parent
SEED = next(
    (HERE.parents[4] / "shared" / "seed").glob("*.txt"), HERE / "none.txt"
)  # the real plan, kept outside the repository


@pytest.mark.parametrize(
    ("document", "wanted"), pairs(HERE / "corpus"), ids=lambda path: path.name if path.suffix != ".json" else ""
)
def test_plan_of_the_corpus(document: Path, wanted: Path) -> None:
    expected = json.loads(wanted.read_text("utf-8"))
    found = compile_file(document)
    result = score(expected, found)
    assert result["targets"] >= 0.95, (result["missed"], result["extra"])
    assert result["tasks"] >= 0.99, (result["tasks_missed"], result["tasks_extra"])
    assert result["task_units"] >= 0.99, (result["task_units_missed"], result["task_units_extra"])
    assert result["units"] >= 0.99
    assert found["document"] == expected["document"]
    text = read_file(document).text
    for item in [*found["targets"], *found["tasks"]]:
        start, end = item["span"]
        assert 0 <= start < end <= len(text)
    for target in found["targets"]:
        assert text[target["span"][0] : target["span"][1]] == target["text"]
        assert 0 < target["confidence"] <= 1
        assert target["confidence"] > 0.9 or target["reason"]


def test_corpus_is_broad() -> None:
    found = [json.loads(wanted.read_text("utf-8")) for _, wanted in pairs(HERE / "corpus")]
    assert len(found) >= 12
    assert sum(len(plan["targets"]) for plan in found) >= 15 * len(found)


@pytest.mark.skipif(not SEED.exists(), reason="the source plan is not part of the repository")
def test_seed_plan() -> None:
    expected = json.loads((HERE / "seed.expected.json").read_text("utf-8"))
    result = score(expected, compile_file(SEED))
    assert (result["targets"], result["tasks"], result["task_units"], result["units"]) == (1, 1, 1, 1), result
    assert result["document"] == 1
