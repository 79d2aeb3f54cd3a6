"""One reader: its two syntaxes, its places in sentences, what is missing, what is bounded; whatever is read
can be printed and read again.
"""

import contextlib
import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from qiangqu.base.errors import InputError
from qiangqu.base.expressions import reading, values
from qiangqu.base.expressions.reading import ExpressionError, Profile, names_of, printed, read

ALL = (
    reading.ARITHMETIC | reading.COMPARISONS | reading.LOGIC | reading.CHOICE | reading.LEAVES
    | {exp.IntDiv, exp.Mod, exp.Array, exp.Bracket, exp.Abs, exp.Round}
)  # fmt: skip
BOTH = Profile(
    "条件", ALL, dict.fromkeys(values.FUNCTIONS, ""), "只能用字段名", arguments=frozenset({"field"}), python=True, longest=500,
    most_words=250, deepest_tree=300,
)  # fmt: skip
SQL = Profile(
    "公式", ALL - {exp.Array, exp.Bracket}, {"total": "total(要素)"}, "只能用要素", longest=2000, most_words=250
)


def worth(text: str, **names: Any) -> Any:
    return values.evaluate(values.compiled(read(text, BOTH)), names, values.FUNCTIONS, text)


@pytest.mark.parametrize(
    ("python", "sql"),
    [
        ("a == 'x' and b > 3", "a = 'x' AND b > 3"),
        ("not a", "NOT a"),
        ("a in ('x', 'y') or b not in ['z']", "a IN ('x', 'y') OR b NOT IN ('z')"),
        ("a is None or b is not None", "a IS NULL OR b IS NOT NULL"),
        ("'x' in a", "'x' IN a"),
        ("1 <= b <= 3", "b BETWEEN 1 AND 3"),
        ("'x' if b > 1 else 'y'", "CASE WHEN b > 1 THEN 'x' ELSE 'y' END"),
        ("len(a) + max(b, 2) * 2", "len(a) + MAX(b, 2) * 2"),
        ('a != "it\'s"', "a <> 'it''s'"),
        ("round(b / 3, 1) // 2 % 2 - -1", "ROUND(b / 3, 1) // 2 % 2 - -1"),
        ("a[0] == 'x'", "a[0] = 'x'"),
        ("b == True", "b = TRUE"),
    ],
)
def test_two_syntaxes_one_meaning(python: str, sql: str) -> None:
    first, second = values.compiled(read(python, BOTH)), values.compiled(read(sql, BOTH))
    for a in (None, "", "x", "xy", "z", ["x"], ["z", "x"]):
        for b in (None, 0, 1, 2, 3.5, True):
            names = {"a": a, "b": b}
            found = []
            for one in (first, second):
                try:
                    value = values.evaluate(one, names, values.FUNCTIONS)
                except ExpressionError as error:
                    value = error.message
                found.append((type(value), value))
            assert found[0] == found[1], names


def test_what_is_missing_is_in_nothing_and_neither_greater_nor_smaller() -> None:
    for text in ("a > 1", "a <= 1", "1 < a", "a BETWEEN 0 AND 9", "'x' IN a", "a = 'x'", "a IN ('x')", "a == 0"):
        assert worth(text, a=None) is False, text
    for text in ("a IS NULL", "NOT a", "a <> 'x'", "NOT 'x' IN a", "a = NULL", "a not in ['x']"):
        assert worth(text, a=None) is True, text
    assert worth("COALESCE(a, b, 3)", a=None, b=None) == 3 and worth("a or b", a=None, b="y") == "y"
    assert worth("CASE WHEN a > 1 THEN 'x' END", a=None) is None
    assert worth("begin < '2026-12-01'", begin="2026-11-30") is True, "dates are texts that sort"


def test_a_double_quotation_mark_is_a_text_in_conditions() -> None:
    assert worth('level = "zone" AND NOT "x" IN units', level="zone", units=[]) is True
    assert names_of(read('level = "zone"', BOTH)) == {"level"}


@pytest.mark.parametrize(
    ("text", "position", "near"),
    [
        ("a > 1 and b.__class__", 11, "b.__class__"),
        ("a == 1 and eval('2')", 12, "eval('2')"),
        ("通过 == '通过' and (lambda: 1)()", 16, "(lambda: 1)()"),
        ("a > 1 AND upper(b) = 'X'", 11, "upper"),
        ("a > 1 AND x.b = 2", 13, "b"),
        ("a = 1 AND", 7, "AND"),
        ("a = 1 ) AND b", 7, ")"),
        ("a = 1\nAND b\n AND )", 18, ")"),
        ("$\r", 1, "$"),
        ("a = 1; b = 2", 6, ";"),
        ("a = 1 AND _b = 2", 11, "_b"),
        ("a == 1 and b is 'x'", 17, "'x'"),
        ("a > 1e20 AND b = 1", 5, "1e20"),
    ],
)
def test_the_sentence_knows_its_place(text: str, position: int | None, near: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        read(text, BOTH)
    assert (caught.value.position, caught.value.near) == (position, near), caught.value.message
    assert caught.value.message and (position is None or str(position) in caught.value.place)


def test_what_is_in_quotation_marks_is_free() -> None:
    assert worth("a = '（甲），“乙”；'", a="（甲），“乙”；") is True
    assert worth('a == "（甲）"', a="（甲）") is True


@pytest.mark.parametrize(
    "text",
    [
        "(" * 240 + "a" + ")" * 240, "NOT " * 200 + "a", "- " * 100 + "1", "a" + " + a" * 400, "[" * 100 + "]" * 100, "a" * 3000,
        "CASE WHEN " * 60, "a IN (" + ",".join(["1"] * 500) + ")", "not " * 150 + "a",
    ],
)  # fmt: skip
@pytest.mark.parametrize("profile", [BOTH, SQL], ids=["both", "sql"])
def test_work_is_bounded(text: str, profile: Profile) -> None:
    with pytest.raises(InputError):
        read(text, profile)


def test_one_list_for_both_syntaxes() -> None:
    """What the profile does not name is refused, whichever way it is written."""
    narrow = Profile("条件", reading.COMPARISONS | reading.LEAVES, {}, "只能比较", python=True)
    assert read("a == 1", narrow) == read("a = 1", narrow)
    for text in (
        "a == 1 and b",
        "a = 1 AND b",
        "a + 1 > 2",
        "a in ['x']",
        "not a",
        "len(a) > 1",
        "a is None",
        "(a) = 1",
    ):
        with pytest.raises(ExpressionError):
            read(text, narrow)


_SQL = (
    ["a", "b_2", "甲", "0", "12", "2.5", "1e-7", "'x'", "'it''s'", "'（\"'", "NULL", "TRUE", "order", "limit"],
    [
        "({0}) + ({1})", "{0} - {1}", "{0} * {1}", "({0}) / ({1})", "{0} // {1}", "{0} % {1}", "({0}) = ({1})", "{0} <> {1}", "{0} <= {1}",
        "{0} AND {1}", "({0}) OR ({1})", "NOT ({0})", "-({0})", "{0} BETWEEN {1} AND {2}", "{0} IN ({1}, {2})", "({0}) IN ({1})", "{0} IN a",
        "({0}) IS NOT NULL", "CASE WHEN {0} THEN {1} ELSE {2} END", "CASE {0} WHEN {1} THEN {2} END", "COALESCE({0}, {1})",
        "min({0}, {1})", "MAX({0})", "ROUND({0}, {1})", "[{0}, {1}]", "len({0})", "a[0]", "a['k']", "IF({0}, {1}, {2})", "ABS({0})",
    ],
)  # fmt: skip
_PYTHON = (
    ["a", "b", "1", "2.5", "'x'", '"it\'s"', "None", "True", "[]", "('x',)", "'\\n'", "1e-07", "order"],
    [
        "({0} + {1})", "{0} - {1}", "{0} * {1}", "({0} // {1})", "{0} % {1}", "{0} and {1}", "({0} or {1})", "{0} == {1}", "{0} != {1}",
        "{0} < {1} < {2}", "{0} not in {1}", "{0} in ({1}, {2})", "not {0}", "({0} if {1} else {2})", "max({0}, {1})", "-{0}", "abs({0})",
        "({0}) is not None", "[{0}, {1}][0]", "a['k']", "round({0}, 1)",
    ],
)  # fmt: skip


def bare(tree: exp.Expression) -> exp.Expression:
    """The tree without brackets, which only its shape needs."""
    holder = exp.Paren(this=tree.copy())
    for node in list(holder.find_all(exp.Paren)):
        if node is not holder:
            node.replace(node.unnest())
    return holder


def written(choose: random.Random, depth: int, leaves: list[str], ways: list[str]) -> str:
    """A text of the syntax that ``leaves`` and ``ways`` state."""
    if depth == 0 or choose.random() < 0.2:
        return choose.choice(leaves)
    return choose.choice(ways).format(*(written(choose, depth - 1, leaves, ways) for _n in range(3)))


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 4), st.sampled_from([_SQL, _PYTHON]))
def test_what_is_read_is_printed_and_read_as_the_same(
    seed: int, depth: int, syntax: tuple[list[str], list[str]]
) -> None:
    text = written(random.Random(seed), depth, *syntax)
    try:
        tree = read(text, BOTH)
    except ExpressionError:
        return
    # the printed text is SQL and may be longer than what people may write
    again = read(
        printed(tree), Profile(**{**vars(BOTH), "python": False, "longest": 10_000, "most_words": 5000, "deepest": 200})
    )
    assert bare(again) == bare(tree), printed(tree)


@settings(max_examples=400, deadline=None)
@example("0\"''\"")  # a text between double quotation marks grows when it is read
@given(st.text(max_size=80) | st.text(alphabet="ab01 ()[]'\",.<>=!+-*/%&|;:?\\\n如果（", max_size=60))
def test_any_text_is_read_or_told(text: str) -> None:
    for profile in (BOTH, SQL):
        try:
            tree = read(text, profile)
        except ExpressionError as error:
            assert error.message and "Error" not in error.message
            assert error.position is None or 1 <= error.position <= len(text) + 1
            continue
        names_of(tree)
        with contextlib.suppress(ExpressionError):
            values.evaluate(values.compiled(tree), {}, values.FUNCTIONS)
