"""Unified social credit codes: GB 32100-2015."""

from hypothesis import assume, given
from hypothesis import strategies as st

from qiangqu.base.codes import _USCC_ALPHABET, is_valid_uscc, uscc_check_digit

bodies = st.from_regex(r"91[0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}", fullmatch=True)


@given(bodies)
def test_exactly_one_check_character_is_right(body: str) -> None:
    right = uscc_check_digit(body)
    assert [letter for letter in _USCC_ALPHABET if is_valid_uscc(body + letter)] == [right]


@given(bodies, st.integers(0, 16), st.sampled_from(_USCC_ALPHABET))
def test_one_wrong_character_is_seen(body: str, at: int, letter: str) -> None:
    # the weights are powers of 3 modulo the prime 31: no single error is left
    assume(body[at] != letter)
    code = body + uscc_check_digit(body)
    assert not is_valid_uscc(code[:at] + letter + code[at + 1 :])


@given(st.integers(0, 15), bodies)
def test_two_neighbours_exchanged_are_seen(at: int, body: str) -> None:
    assume(body[at] != body[at + 1])
    code = body + uscc_check_digit(body)
    assert not is_valid_uscc(code[:at] + code[at + 1] + code[at] + code[at + 2 :])


@given(st.text(max_size=30))
def test_any_text_has_an_answer(text: str) -> None:
    assert is_valid_uscc(text) in (True, False)
