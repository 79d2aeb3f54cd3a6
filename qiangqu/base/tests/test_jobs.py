"""When periodic work is due again."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base import jobs

CHINA = dt.timezone(dt.timedelta(hours=8))
moments = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2040, 1, 1)).map(lambda m: m.replace(tzinfo=CHINA))


@given(moments, st.times())
def test_daily_work_comes_once_a_day_at_its_minute(now: dt.datetime, at: dt.time) -> None:
    job = jobs.Job("x", dt.timedelta(days=1), lambda _: "", at)
    due = job.next_after(now)
    assert dt.timedelta(0) < due - now <= dt.timedelta(days=1)
    assert (due.hour, due.minute) == (at.hour, at.minute)
    assert job.next_after(due) - due == dt.timedelta(days=1)


@given(moments, st.integers(1, 10**6))
def test_other_work_comes_after_its_interval(now: dt.datetime, seconds: int) -> None:
    job = jobs.Job("x", dt.timedelta(seconds=seconds), lambda _: "")
    assert job.next_after(now) - now == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize(("name", "seconds"), [("", 5), ("x" * 61, 5), ("x", 0.5), ("x", 0), ("x", -5)])
def test_what_could_not_be_kept_is_refused(name: str, seconds: float) -> None:
    with pytest.raises(ValueError):
        jobs.register(name, dt.timedelta(seconds=seconds), lambda _: "")
    assert name not in [job.name for job in jobs.jobs()]
