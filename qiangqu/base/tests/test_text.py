"""Numbers, names and codes as people type and paste them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.base.numbers import MOST, natural
from qiangqu.base.text import clean_code, code_look, folded, name_key, number_typed, one_line, visible_text

INVISIBLE = "\u200b\u200e\u200f\u202a\u2060\ufeff\u00ad"


@given(st.integers(-(10**30), 10**30), st.integers(0, MOST))
def test_natural_numbers_are_bounded(number: int, most: int) -> None:
    expected = number if 0 <= number <= most else None
    assert natural(str(number), most) == expected


@given(st.text(max_size=40))
def test_natural_never_raises(text: str) -> None:
    found = natural(text)
    assert found is None or 0 <= found <= MOST


@given(st.text(max_size=80))
def test_folding_settles(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert one_line(one_line(text)) == one_line(text)
    assert visible_text(visible_text(text)) == visible_text(text)
    assert not any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in one_line(text))


@given(st.text(alphabet=st.characters(codec="gb18030", exclude_categories=["C"]), max_size=30), st.data())
def test_names_are_the_same_with_what_nobody_sees(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name)))
    pasted = name[:at] + data.draw(st.sampled_from(INVISIBLE + " \u3000")) + name[at:]
    assert name_key(pasted) == name_key(name)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_numbers_typed_in_any_width(number: float) -> None:
    text = f"{number:.3f}"
    wide = text.translate({ord(a): ord(a) + 0xFEE0 for a in "0123456789.-"})
    assert number_typed(wide) == number_typed(text) == float(text)
    assert number_typed(f"{number:,.2f}") == float(f"{number:.2f}")


@pytest.mark.parametrize(
    "text", ["", "12,5", "0,125", "1,23,456", "1_000", "1,2345", "12.5①", "10²", "一", "1 2", ",1", "1,"]
)
def test_what_could_be_read_two_ways_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        number_typed(text)


@given(st.text(max_size=40))
def test_codes_settle_or_are_refused(text: str) -> None:
    try:
        code = clean_code(text)
    except InputError:
        return
    assert clean_code(code) == code
    assert code_look(code) == code_look(text)


@pytest.mark.parametrize("code", ["NХ-Z-01", "ΑB-1", "PRO-О1", "А"])
def test_letters_that_look_latin_are_named(code: str) -> None:
    with pytest.raises(InputError, match="字母"):
        clean_code(code)
