import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.telemetry.alarms.conditions import MAX_WINDOW, parse_condition


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
