"""Every condition there is means what it meant in release 0.1.0: the same value of the same type, the same
refusal.
"""

import json
import random
import re
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qiangqu
from qiangqu.cases import expressions
from qiangqu.cases.definition import read_definition, read_folder
from qiangqu.cases.faults import Faults

from . import released_expressions as released

ROOT = Path(qiangqu.__file__).parent
RELEASE = ROOT / "site" / "tests" / "release" / "0.1.0.tar.xz"
VALUES = [
    None, 0, 1, 3, 5, 49, 50, 100, -2, 1.5, True, False, "", "通过", "受理", "2026-12-01", "zone", [], ["judge"], ["report"], {"score": 3},
]  # fmt: skip


def conditions_of(files: dict[str, str]) -> set[str]:
    definition = read_definition(files, Faults())
    if definition is None:
        return set()
    found = {flow.condition for flow in definition.process.flows} | {n.timer for n in definition.process.nodes.values()}
    found |= set(definition.raw.get("lights", {}).values()) | {rule.when for rule in definition.letter_rules.values()}
    for table in definition.tables.values():
        found |= {one.expression for one in table.model.inputs}
        for rule in table.model.rules:
            found |= {one.text for one in rule.outputEntries} | {one.lhs[0] for one in rule.inputEntries}
    return found - {"", None}


@pytest.fixture(scope="module")
def all_conditions(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Of every kind in the program, its packs and tests, and of every version in a filled node of the
    release.
    """
    found: set[str] = set()
    for kind in ROOT.rglob("kind.yaml"):
        found |= conditions_of(read_folder(kind.parent))
    node = tmp_path_factory.mktemp("node")
    with tarfile.open(RELEASE) as archive:
        archive.extract(
            "qiangqu.sqlite3" if "qiangqu.sqlite3" in archive.getnames() else "./qiangqu.sqlite3", node, filter="data"
        )
    with sqlite3.connect(node / "qiangqu.sqlite3") as database:
        for (files,) in database.execute("SELECT files FROM cases_kindversion"):
            found |= conditions_of(json.loads(files))
    return sorted(found)


def answer(evaluate: Callable[..., Any], text: str, names: dict[str, Any]) -> tuple[str, Any]:
    try:
        value = evaluate(text, names, {"workdays": lambda count: ("workdays", count)})
    except (expressions.ExpressionError, released.ExpressionError):
        return "refused", None
    return type(value).__name__, value


def test_all_conditions_that_there_are(all_conditions: list[str]) -> None:
    assert len(all_conditions) > 60
    choose = random.Random(5)
    for text in all_conditions:
        names = released.check(text)
        assert expressions.check(text) == names, text
        words = [one or other for one, other in re.findall(r"\"([^\"]*)\"|'([^']*)'", text)]
        for _time in range(60):
            data = {name: choose.choice(VALUES + words * 4) for name in names}
            assert answer(expressions.evaluate, text, data) == answer(released.evaluate, text, data), (text, data)


_LEAVES = [
    "a", "b", "c", "d", "0", "1", "2.5", "'x'", '"通过"', "''", "None", "True", "False", "[]", "['x', 'y']", "(1, 2)", "('x',)", "1e3",
]  # fmt: skip
_WAYS = [
    "({0} + {1})", "({0} - {1})", "({0} * {1})", "({0} / {1})", "({0} // {1})", "({0} % {1})", "({0} and {1})", "({0} or {1})",
    "{0} == {1}", "{0} != {1}", "{0} < {1}", "{0} <= {1}", "{0} > {1}", "{0} >= {1}", "{0} in {1}", "{0} not in {1}",
    "{0} < {1} <= {2}", "({0} is None)", "({0} is not None)", "({0} is True)", "not {0}", "-{0}", "+({0})", "({0} if {1} else {2})",
    "[{0}, {1}]", "len({0})", "abs({0})", "round({0})", "max({0})", "min({0}, {1})", "max({0}, {1}, {2})", "a[0]", "b[1]", "c['k']",
]  # fmt: skip


def expression(choose: random.Random, depth: int) -> str:
    if depth == 0 or choose.random() < 0.2:
        return choose.choice(_LEAVES)
    return choose.choice(_WAYS).format(*(expression(choose, depth - 1) for _n in range(3)))


DATA = st.fixed_dictionaries(
    {
        name: st.one_of(
            st.none(), st.booleans(), st.integers(-3, 10**14), st.floats(-5, 5), st.sampled_from(["", "x", "通过", "2026-12-01"]),
            st.lists(st.sampled_from(["x", "y", "k"]), max_size=3), st.just({"k": 1}),
        )
        for name in "abcd"
    }
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 4), DATA)
def test_whatever_the_release_took_is_taken_and_means_the_same(seed: int, depth: int, data: dict[str, Any]) -> None:
    text = expression(random.Random(seed), depth)
    try:
        names = released.check(text)
    except released.ExpressionError:
        return
    assert expressions.check(text) == names
    first, second = answer(released.evaluate, text, data), answer(expressions.evaluate, text, data)
    assert repr(first) == repr(second), (text, data)
