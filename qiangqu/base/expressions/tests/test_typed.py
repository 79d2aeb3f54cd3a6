"""What a Chinese keyboard writes is read as what it means, and errors say where it stands in what was written."""

import pytest

from qiangqu.base.expressions import reading
from qiangqu.base.expressions.reading import ExpressionError, Profile, printed, read
from qiangqu.base.expressions.typed import as_typed

NODES = reading.ARITHMETIC | reading.COMPARISONS | reading.LOGIC | reading.CHOICE | reading.LEAVES | {reading.exp.Array}
SQL = Profile("公式", NODES, {}, "只能用数")
PYTHON = Profile("条件", NODES, {}, "只能用数", python=True)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("（a＋b）×c", "(a+b)*c"),
        ("a÷b－c−d", "a/b-c-d"),
        ("a＞5 AND b＜6 OR c＝7", "a>5 AND b<6 OR c=7"),
        ("a≥5 AND b≤6 AND c≠7 AND d>=8", "a>=5 AND b<=6 AND c!=7 AND d>=8"),
        ("ａ１＋１２．５", "a1+12.5"),
        ("x IN （‘甲’，“乙”、'丙'）", "x IN ('甲','乙','丙')"),
        ("x＝'甲（乙）＝，'", "x='甲（乙）＝，'"),
        ("x＝“甲（乙）≥”", "x='甲（乙）≥'"),
        ("a\u3000＋\u00a0b", "a + b"),
    ],
)
def test_wide_signs_are_read_as_narrow_ones(typed: str, plain: str) -> None:
    assert printed(read(typed, SQL)) == printed(read(plain, SQL))
    assert as_typed(typed)[0] == plain


def test_conditions_of_designers_too() -> None:
    for typed, plain in (
        ("amount≥100 and（kind ＝＝“甲（乙）”）", 'amount >= 100 and (kind == "甲（乙）")'),
        ("a≠1", "a != 1"),
    ):
        assert printed(read(typed, PYTHON)) == printed(read(plain, PYTHON)), typed


@pytest.mark.parametrize("profile", [SQL, PYTHON])
@pytest.mark.parametrize("before", ["", "a≥1 AND b≤2 AND ", "（a≠“甲’”） AND ", "'（≥）' = c AND "])
def test_an_error_stands_where_it_was_written(profile: Profile, before: str) -> None:
    text = f"{before}c＞nope（1）"
    with pytest.raises(ExpressionError) as found:
        read(text, profile)
    assert found.value.position == len(before) + 3 and found.value.near in ("nope", "nope（1）")
    with pytest.raises(ExpressionError) as found:
        read(f"{before}c；d", profile)
    assert text[: len(before)] == before and found.value.position in (None, len(before) + 2)


def test_a_sentence_names_the_place_in_what_was_written() -> None:
    with pytest.raises(ExpressionError) as found:
        read("a≥1 AND b≤2 AND c c c", SQL)
    assert found.value.position is not None and f"第 {found.value.position} 个字符" in found.value.message
    assert "a≥1 AND b≤2 AND c c c"[found.value.position - 1 :].startswith(found.value.near)


def test_names_keep_their_place_for_who_reads_the_tree() -> None:
    text = "a≥1 AND longname≤2"
    name = next(one for one in read(text, SQL).find_all(reading.exp.Identifier) if one.name == "longname")
    assert text[name.meta["start"] : name.meta["end"] + 1] == "longname"


def test_what_is_plain_already_is_not_touched() -> None:
    for text in ("a + 'x' >= 1", "", '"quoted" = 1'):
        assert as_typed(text) == (text, list(range(len(text))))
