"""The draw by itself: the published vectors, fairness, and what must be refused. Source of the vectors: computed by
two independent programs (Python, Node); they stand in ``data/draw_vectors.json``.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qiangqu.base import draw

VECTORS = json.loads((Path(__file__).parent / "data" / "draw_vectors.json").read_text(encoding="utf-8"))
DRAWS = {one["name"]: one for one in VECTORS["draws"]}
ORDINARY = DRAWS["ordinary"]["inputs"]
EACH = pytest.mark.parametrize("name", sorted(DRAWS))


def ids(prefix: str) -> Any:
    return st.lists(st.integers(0, 60).map(lambda n: f"{prefix}{n:02d}"), unique=True, max_size=14)


@st.composite
def worlds(make: Any) -> dict[str, str]:
    """Inputs of a draw, with whatever conflicts and quotas."""
    subjects, inspectors = make(ids("C")), make(ids("P"))
    strata = st.sampled_from(["重大", "较大", "低"])
    conflicts = make(
        st.lists(st.tuples(st.sampled_from(inspectors or ["P"]), st.sampled_from(subjects or ["C"])), unique=True)
    )
    rules = {
        "team": make(st.integers(1, 3)),
        "max_load": make(st.integers(1, 3)),
        "quota": [["重大", make(st.integers(1, 5))], ["较大", make(st.integers(0, 5))]],
    }
    return {
        "draw_id": "AJ-1",
        "subjects_file": draw.written((one, make(strata)) for one in subjects),
        "inspectors_file": draw.written((one, "应急局") for one in inspectors),
        "conflicts_file": draw.written(conflicts, ">"),
        "rules": draw.canonical_rules(rules),
        "nonce_hex": make(st.binary(min_size=32, max_size=32)).hex(),
        "source": "drand:quicknet:1",
        "public_value": make(st.text("0123456789abcdef", min_size=1, max_size=64)),
    }


@EACH
def test_the_vectors(name: str) -> None:
    found, wanted = draw.result(DRAWS[name]["inputs"]), dict(DRAWS[name]["outputs"])
    first = [int(word, 16) for word in wanted.pop("first_words_subject_major")]
    stream = draw.words(bytes.fromhex(found["seed"]), "subject/重大")
    assert [next(stream) for _ in first] == first
    assert found == wanted
    assert draw.differences(DRAWS[name]) == []


def test_the_primitives() -> None:
    wanted = VECTORS["primitives"]
    key, label = bytes.fromhex(wanted["key_hex"]), wanted["label"]
    stream = draw.words(key, label)
    assert [f"{next(stream):016x}" for _ in wanted["words_hex"]] == wanted["words_hex"]
    stream = draw.words(key, label)
    assert [draw.below(stream, 10) for _ in range(8)] == wanted["below_10"]
    stream = draw.words(key, label)
    assert [str(draw.below(stream, 2**63 + 1)) for _ in range(4)] == wanted["below_2p63_plus_1"]
    assert draw.shuffled(key, label, [f"{n:02d}" for n in range(10)]) == wanted["shuffle_00_09"]


@EACH
def test_the_downloaded_script_stands_alone(name: str, tmp_path: Path) -> None:
    script, good, bad = tmp_path / "draw.py", tmp_path / "good.json", tmp_path / "bad.json"
    script.write_text(Path(draw.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    good.write_text(json.dumps(DRAWS[name]), encoding="utf-8")
    other = DRAWS[name]["outputs"] | {"drawn": DRAWS[name]["outputs"]["drawn"][::-1]}
    bad.write_text(json.dumps({"inputs": DRAWS[name]["inputs"], "outputs": other}), encoding="utf-8")

    def run(*arguments: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", str(script), *map(str, arguments)], capture_output=True, text=True, check=False
        )

    said = run(good, DRAWS[name]["outputs"]["commit"])
    assert said.returncode == 0 and "一致" in said.stdout
    assert run(good, "00" * 32).returncode == 1
    said = run(bad)
    assert said.returncode == 1 and "drawn 与重算结果不符" in said.stdout
    assert run().returncode == 2 and run(script).returncode == 2


@pytest.mark.parametrize(
    "field", ["subjects_file", "inspectors_file", "conflicts_file", "rules", "source", "draw_id", "nonce_hex"]
)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_one_changed_byte_changes_the_commitment(field: str, data: Any) -> None:
    text = ORDINARY[field]
    at = data.draw(st.integers(0, len(text) - 1))
    allowed = "0123456789abcdef" if field == "nonce_hex" else "abcxyz019重"
    other = data.draw(st.sampled_from(allowed).filter(lambda one: one != text[at]))
    changed = ORDINARY | {field: text[:at] + other + text[at + 1 :]}
    if "\n" in changed["draw_id"] + changed["source"]:
        return
    assert draw.commitment(changed) != DRAWS["ordinary"]["outputs"]["commit"]


@given(inputs=worlds())
@settings(max_examples=150, deadline=None)
def test_nobody_is_in_conflict_no_team_is_filled_in_silence_and_quotas_hold(inputs: dict[str, str]) -> None:
    found, rules = draw.result(inputs), json.loads(inputs["rules"])
    apart = set(inputs["conflicts_file"].split("\n"))
    strata = dict(line.split("\t") for line in inputs["subjects_file"].splitlines())
    for subject, team in found["teams"].items():
        assert len(set(team)) == len(team) <= rules["team"]
        assert not any(f"{who}>{subject}" in apart for who in team)
        assert (len(team) < rules["team"]) == (subject in found["short"])
    load = Counter(who for team in found["teams"].values() for who in team)
    assert all(count <= rules["max_load"] for count in load.values())
    assert set(found["teams"]) == set(found["drawn"]) and len(set(found["drawn"])) == len(found["drawn"])
    for stratum, quota in rules["quota"]:
        there = {one for one, its in strata.items() if its == stratum}
        taken = [one for one in found["drawn"] if strata[one] == stratum]
        assert len(taken) == min(quota, len(there))
        assert set(taken) | set(found["reserves"][stratum]) == there
    assert draw.differences({"inputs": inputs, "outputs": found}) == []


def test_every_subject_of_a_stratum_is_drawn_alike() -> None:
    count, names = 10_000, [f"C{n}" for n in range(10)]
    inputs = ORDINARY | {
        "subjects_file": draw.written((one, "重大") for one in names),
        "rules": draw.canonical_rules({"team": 1, "max_load": 9, "quota": [["重大", 1]]}),
    }
    drawn = Counter(draw.result(inputs | {"public_value": str(n)})["drawn"][0] for n in range(count))
    expected = count / len(names)
    assert set(drawn) == set(names)
    assert sum((seen - expected) ** 2 / expected for seen in drawn.values()) < 27.9  # χ², 9 degrees, 0.1 %


def test_the_order_of_lines_does_not_matter() -> None:
    rows = [("C2", "低"), ("C10", "重大"), ("C1", "低")]
    assert draw.written(rows) == draw.written(rows[::-1]) == "C1\t低\nC10\t重大\nC2\t低\n"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"subjects_file": "C2\t低\nC1\t低\n"}, "规范格式"),
        ({"subjects_file": "C1\t低"}, "规范格式"),
        ({"subjects_file": "C1\t低\nC1\t重大\n"}, "重复"),
        ({"rules": '{"team": 2}'}, "三项"),
        ({"rules": "["}, "JSON"),
        ({"rules": '{"max_load":3, "quota":[["重大",2]],"team":2}'}, "规范格式"),
        ({"rules": '{"max_load":3,"quota":[["重大",true]],"team":2}'}, "quota"),
        ({"rules": '{"max_load":3,"quota":[["重大",0]],"team":2}'}, "都是 0"),
        ({"rules": '{"max_load":3,"quota":[["低",1],["低",2]],"team":2}'}, "两次"),
        ({"nonce_hex": "AB" * 32}, "十六进制"),
        ({"public_value": ""}, "公开值"),
        ({"source": "a\nb"}, "一行"),
        ({"conflicts_file": None}, "conflicts_file"),
    ],
)
def test_what_is_no_draw_is_refused_with_a_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(draw.DrawError, match=sentence):
        draw.result(ORDINARY | change)


@pytest.mark.parametrize("document", [[], {}, {"inputs": 1, "outputs": {}}, None, "x"])
def test_what_is_no_file_of_a_draw_is_refused(document: Any) -> None:
    with pytest.raises(draw.DrawError):
        draw.differences(document)


def test_a_file_without_its_results_is_not_called_right() -> None:
    assert len(draw.differences({"inputs": ORDINARY, "outputs": {}})) == 3
