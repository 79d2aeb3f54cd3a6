"""Working days: the notices of 2023–2026 against another project's table, and arithmetic that always
holds.
"""

import csv
import datetime as dt

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.cases.pack import CALENDAR
from qiangqu.cases.workdays import Calendar

with CALENDAR.open(encoding="utf-8", newline="") as file:
    DAYS = Calendar({dt.date.fromisoformat(row["day"]): row["works"] == "1" for row in csv.DictReader(file)})
dates = st.dates(dt.date(2023, 1, 1), dt.date(2026, 12, 1))


def test_every_day_agrees_with_chinesecalendar():
    day = dt.date(2023, 1, 1)
    while day < dt.date(2027, 1, 1):
        assert DAYS.works(day) is chinese_calendar.is_workday(day), day
        day += dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2026-09-30", 1, "2026-10-08"),  # over the National Day holiday
        ("2026-09-30", 3, "2026-10-10"),  # Saturday the 10th is worked
        ("2026-02-13", 1, "2026-02-14"),  # Saturday before Spring Festival is worked
        ("2026-02-13", 2, "2026-02-24"),
        ("2026-11-20", 1, "2026-11-23"),
        ("2026-11-23", 0, "2026-11-23"),
    ],
)
def test_deadlines_by_hand(start, count, due):
    assert DAYS.add(dt.date.fromisoformat(start), count) == dt.date.fromisoformat(due)


@given(dates, st.integers(0, 60))
def test_a_deadline_is_that_many_working_days_away(start, count):
    due = DAYS.add(start, count)
    assert DAYS.between(start, due) == count
    assert count == 0 or DAYS.works(due)


@given(dates, st.integers(1, 30), st.integers(0, 20), st.integers(1, 20))
def test_a_pause_never_brings_a_deadline_nearer(start, count, after, length):
    first = start + dt.timedelta(days=after)
    pause = [first.isoformat(), (first + dt.timedelta(days=length)).isoformat()]
    assert DAYS.add(start, count, [pause]) >= DAYS.add(start, count)


def test_nonsense_is_refused():
    for count in (-1, 10**6):
        with pytest.raises(InputError):
            DAYS.add(dt.date(2026, 1, 1), count)
    with pytest.raises(InputError):
        DAYS.add(dt.date(2026, 1, 1), 3, [["2025-01-01", None]])
