"""Chinese numerals: what is written is read again, and any text has a value."""

from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base.chinese import DIGITS, numeral, value_of


@given(st.integers(0, 9999))
def test_what_is_written_is_read(number: int) -> None:
    assert value_of(numeral(number)) == number


@given(st.integers(1, 9999), st.integers(0, 9999), st.integers(0, 9))
def test_large_and_broken_numbers(high: int, low: int, tenth: int) -> None:
    joined = numeral(low) if low >= 1000 else f"零{numeral(low)}" if low else ""
    assert value_of(f"{numeral(high)}万{joined}") == high * 10_000 + low
    assert value_of(f"{numeral(high)}亿") == high * 100_000_000
    assert value_of(f"{numeral(high)}点{DIGITS[tenth]}") == high + tenth / 10


@given(st.text(alphabet="零一二三四五六七八九两〇十百千万亿点x ", max_size=60) | st.text(max_size=60))
def test_any_text_has_a_value(text: str) -> None:
    assert value_of(text) >= 0
