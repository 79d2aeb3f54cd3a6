import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.telemetry.alarms.conditions import MAX_WINDOW, parse_condition
from qiangqu.telemetry.alarms.episodes import holds


def test_names_and_windows_are_found() -> None:
    condition = parse_condition("(value > limit OR high(600) - low(600) > 3) AND NOT age > 900")
    assert condition.names == {"value", "limit", "age"}
    assert condition.windows == {("high", 600), ("low", 600)}
    assert condition.reach == 600


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "空的"),
        ("value", "判断真假"),
        ("limit > 3", "没有用到测点"),
        ("value > 1; value < 2", "一个式子"),
        ("value > ", "写法有误"),
        ("value > 'x'", "不能有文字"),
        ("value > 1e99", "太大"),
        ("speed > 3", "没有“speed”"),
        ("t.value > 3", "没有“t.value”"),
        ("sum(60) > 3", "不能"),
        ("mean() > 3", "整数的秒数"),
        ("mean(1.5) > 3", "整数的秒数"),
        ("mean(value) > 3", "整数的秒数"),
        ("mean(0) > 3", "应在"),
        (f"mean({MAX_WINDOW + 1}) > 3", "应在"),
        ("value > (SELECT 1)", "不能写"),
        ("read_csv('/etc/passwd') > 1", "不能"),
        ("value > 1 OR " * 60 + "value > 1", "字符"),
        ("count(*) > 3", "整数的秒数"),
        ("value::text > 3", "不能写"),
        ("CASE WHEN value > 1 THEN 1 END > 0", "不能写"),
        ("-(value > 1) > 0", "对不上"),
        ("(value > 1) + 1 > 0", "对不上"),
        ("ABS(value > 1) > 0", "对不上"),
    ],
)
def test_what_is_not_allowed_is_named(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_condition(text)


@given(
    st.text(max_size=80)
    | st.from_regex(r"(value|mean\(60\)|[a-z]{1,6}\(\d{0,4}\)) ?[<>=]+ ?[-\d.e]{1,6}", fullmatch=True)
)
def test_any_text_is_a_condition_or_a_sentence(text: str) -> None:
    try:
        assert parse_condition(text).sql
    except InputError as error:
        assert str(error)


_NUMBER = st.sampled_from(["value", "age", "limit", "upper", "mean(60)", "span(60)", "count(60)", "0", "2.5"])
_TERM = st.recursive(
    _NUMBER,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner)
        | st.builds("ABS({})".format, inner)
        | st.builds("-{}".format, inner)
    ),
    max_leaves=5,
)
_TEST = st.recursive(
    st.builds("{} {} {}".format, _TERM, st.sampled_from([">", "<", ">=", "<=", "=", "<>"]), _TERM)
    | st.builds("{} BETWEEN {} AND {}".format, _TERM, _TERM, _TERM)
    | _TERM,
    lambda inner: (
        st.builds("({}) {} ({})".format, inner, st.sampled_from(["AND", "OR", "=", "+"]), inner)
        | st.builds("NOT ({})".format, inner)
    ),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(_TEST)
def test_what_is_taken_can_be_computed(text: str) -> None:
    """Every condition that passes the check runs over rows with zeros, gaps and great numbers."""
    try:
        condition = parse_condition(text)
    except InputError:
        return
    values = np.array([0.0, 1.0, -1.0, np.nan, 1e100, 5.0])
    columns = {"value": values, "age": values, "mean_60": values, "span_60": values, "count_60": values}
    levels = {"limit": values[::-1], "lower": values, "upper": values}
    fired, cleared = holds(condition, None, columns | levels)
    assert len(fired) == len(cleared) == 6 and not (fired & cleared).any()
