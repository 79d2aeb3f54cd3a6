"""Units: conversion keeps amounts, and what is no unit is refused whatever it is."""

import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base import units
from qiangqu.base.errors import InputError

NAMES = sorted(
    {
        found.group(1)
        for line in (Path(units.__file__).with_name("units.txt")).read_text(encoding="utf-8").splitlines()
        if (found := re.match(r"(\w+)\s*=", line)) and not found.group(1).isascii()
    }
)
written = st.sampled_from(NAMES) | st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).map("/".join)


def test_there_are_units() -> None:
    assert len(NAMES) > 50
    assert all(units.is_known_unit(name) for name in NAMES)


@given(written, written, written)
def test_conversion_goes_there_and_back_and_on(one: str, other: str, third: str) -> None:
    assert units.same_dimension(one, other) == units.same_dimension(other, one)
    if not units.same_dimension(one, other):
        with pytest.raises(InputError, match="不能换算"):
            units.factor(one, other)
        return
    there = units.factor(one, other)
    assert there > 0 and math.isclose(there * units.factor(other, one), 1, rel_tol=1e-9)
    if units.same_dimension(other, third):
        assert math.isclose(there * units.factor(other, third), units.factor(one, third), rel_tol=1e-9)


@pytest.mark.parametrize(
    ("source", "target", "ratio"),
    [
        ("%", "", 0.01),
        ("‰", "%", 0.1),
        ("亿元", "元", 1e8),
        ("万千瓦时", "千瓦时", 1e4),
        ("公顷", "亩", 15),
        ("平方公里", "亩", 1500),
        ("元/平方米", "万元/亩", 2000 / 3 / 1e4),
        ("吨标准煤", "万吨标准煤", 1e-4),
    ],
)
def test_known_ratios(source: str, target: str, ratio: float) -> None:
    assert units.factor(source, target) == pytest.approx(ratio, rel=1e-11)


@pytest.mark.parametrize(
    "pair", [("%", "个百分点"), ("家", "个"), ("吨", "吨标准煤"), ("千瓦", "千瓦时"), ("元", "人")]
)
def test_what_is_not_the_same_is_not_converted(pair: tuple[str, str]) -> None:
    if not units.same_dimension(*pair):
        with pytest.raises(InputError):
            units.factor(*pair)
    else:  # counted things may stand for one another, one to one
        assert units.factor(*pair) == 1


@given(
    st.text(max_size=50)
    | st.lists(st.sampled_from([*"/*+-^()0123456789e. ", "吨", "元", "__", "pi"]), max_size=45).map("".join)
)
def test_any_text_is_a_unit_or_refused(text: str) -> None:
    if units.is_known_unit(text):
        assert units.factor(text, text) == 1.0
    else:
        with pytest.raises(InputError):
            units.factor(text, "元")
