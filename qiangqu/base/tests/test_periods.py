"""Periods: code, key and label name the same period, and its days and months agree with the calendar."""

import datetime as dt
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.base.periods import (
    PER_YEAR,
    Period,
    PeriodKind,
    cumulative,
    from_key,
    month,
    parse_period,
)


@st.composite
def periods(draw: st.DrawFn, least: int = 1950, most: int = 2150) -> Period:
    kind = draw(st.sampled_from(list(PeriodKind)))
    at = draw(st.integers(least, most))
    if kind == PeriodKind.CUMULATIVE:
        return cumulative(at, draw(st.integers(1, 12)))
    return Period(kind, at, 0 if kind == PeriodKind.YEAR else draw(st.integers(1, PER_YEAR[kind])))


@given(periods())
def test_code_key_and_label_lead_back(period: Period) -> None:
    assert from_key(period.key) == period
    assert parse_period(period.code) == period
    assert parse_period(period.label) == period
    wide = period.code.translate({ord(a): ord(a) + 0xFEE0 for a in "0123456789HQ"})
    assert parse_period(f" {wide}\u200b") == period


@given(periods(), periods())
def test_keys_sort_by_kind_then_time(one: Period, other: Period) -> None:
    assert (one.key < other.key) == (one < other)
    if one.kind == other.kind:
        assert (one.key < other.key) == (one.end < other.end)


@given(periods(), st.integers(0, 45))
def test_previous_goes_back_place_by_place(period: Period, count: int) -> None:
    step = period
    for _ in range(count):
        step = step.previous()
    assert period.previous(count) == step
    assert period.previous(PER_YEAR[period.kind]).year == period.year - 1
    if period.kind != PeriodKind.CUMULATIVE:
        assert period.previous().end == period.start - dt.timedelta(days=1)


@given(periods())
def test_months_fill_the_period(period: Period) -> None:
    months = period.months()
    assert (months[0].start, months[-1].end) == (period.start, period.end)
    assert all(a.end + dt.timedelta(days=1) == b.start for a, b in pairwise(months))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2024年1—12月", "2024"),
        ("2024-01/2024-12", "2024"),
        ("２０２４年 6 月份", "2024-06"),
        ("2024年第三季度", "2024Q3"),
        ("2024年4季度", "2024Q4"),
        ("2024年下半年", "2024H2"),
        ("2024年1至9月", "2024-01/2024-09"),
    ],
)
def test_as_statistics_write_it(text: str, code: str) -> None:
    assert parse_period(text).code == code


@pytest.mark.parametrize(
    "text",
    [
        *("", "2024-13", "2024-00", "2024Q5", "2024H3", "1024", "9999", "2024-02/2024-06", "2024-01/2025-06", "2024-6"),
        *("24", "2024年0月", "2024年13月", "2024年1—13月", "2024Q", "٢٠٢٤", "x" * 10_000, "2024" * 5000),
    ],
)
def test_what_is_no_period_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InputError) as told:
        parse_period(text)
    assert len(told.value.message) < 200


@given(st.text(max_size=60) | st.from_regex(r"\d{4}[年HQ/\-—]?\d{0,4}.{0,6}", fullmatch=True))
def test_any_text_is_a_period_or_refused(text: str) -> None:
    try:
        period = parse_period(text)
    except InputError:
        return
    assert parse_period(period.code) == period


@given(st.integers(-(10**12), 10**12))
def test_any_key_is_a_period_or_refused(key: int) -> None:
    with suppress(InputError):
        assert from_key(key).key == key


def test_month_and_year_ago() -> None:
    assert month(2024, 2).end == dt.date(2024, 2, 29)
    assert month(2024, 2).year_ago().code == "2023-02"
    assert cumulative(2024, 6).year_ago(2).code == "2022-01/2022-06"
