"""Completeness and gaps against a computation by hand (numpy) and by eye."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.lake.telemetry import DAY, HOUR, INVALID, Batch, append_many
from qiangqu.lake.telemetry_merge import merge
from qiangqu.telemetry.completeness import (
    Due,
    Gap,
    by_day,
    common_step,
    day_start,
    due_mask,
    hour_gaps,
    ones,
    row_gaps,
    usual_steps,
)

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = dt.date(2026, 11, 1)
START = day_start(FIRST)
LATER = dt.timedelta(days=1)
NOW = START + 10 * DAY


def store(point: int, times, flags=None) -> None:
    times = np.asarray(times, np.int64)
    batch = Batch(f"{point}|{times[0]}", np.full(times.size, point), times, np.ones(times.size), flags)
    append_many([batch], now=NOW)


def test_a_day_by_hand() -> None:
    """Ten-minute rows; from 05:00 to 08:00 nothing, in the hour from 10:00 three rows of six, at 12:00 a
    maintenance hour.
    """
    times = START + np.arange(0, 144) * 600_000
    hour = (times - START) // HOUR
    kept = ~((hour >= 5) & (hour < 8)) & ~((hour == 10) & (np.arange(144) % 2 == 1))
    flags = np.where(hour == 12, INVALID, 0).astype(np.uint8)
    store(1, times[kept], flags[kept])
    store(2, [START + DAY + 3 * HOUR])  # one row on the next day of a point of the same key
    found = by_day([Due(1, 9, 600), Due(2, 9, 600)], START, START + 2 * DAY)
    one = found[9, FIRST]
    assert (one.received, one.valid, one.rows, one.points) == (20.5, 19.5, 123, 1)
    assert one.mask == (2**24 - 1) & ~0b11100000
    two = found[9, FIRST + LATER]
    assert two.received == pytest.approx(1 / 6) and two.mask == 0b1000
    gaps = hour_gaps({FIRST: (2**24 - 1, one.mask), FIRST + LATER: (0b1111, two.mask)})
    assert gaps == [Gap(START + 5 * HOUR, START + 8 * HOUR), Gap(START + DAY, START + DAY + 3 * HOUR)]
    assert row_gaps(1, 600, START, START + DAY) == [Gap(START + 5 * HOUR - 600_000, START + 8 * HOUR)]
    merge(now=NOW)
    assert by_day([Due(1, 9, 600), Due(2, 9, 600)], START, START + 2 * DAY) == found


def test_more_rows_in_one_hour_do_not_make_up_for_another() -> None:
    store(1, START + np.arange(0, 3600) * 1000)
    found = by_day([Due(1, 1, 60)], START, START + DAY)
    assert found[1, FIRST].received == 1.0 and found[1, FIRST].rows == 3600


def test_a_daily_point_is_judged_over_the_day() -> None:
    store(1, START + np.arange(0, 3) * DAY)
    found = by_day([Due(1, 1, 86_400)], START, START + 4 * DAY)
    assert [found[1, FIRST + n * LATER].received for n in range(3)] == [24.0, 24.0, 24.0]
    assert (1, FIRST + 3 * LATER) not in found


def test_usual_steps_are_read_from_the_rows() -> None:
    rng = np.random.default_rng(3)
    minute = START + np.arange(0, 2880) * 60_000
    store(1, minute[rng.random(2880) > 0.02])
    store(2, START + np.arange(0, 48) * HOUR)
    store(3, START + np.arange(0, 5) * DAY)
    store(4, [START + HOUR])
    assert usual_steps([1, 2, 3, 4, 5], START, START + 6 * DAY) == {1: 60, 2: 3600, 3: 86_400}
    assert usual_steps([], START, START + DAY) == {}


def test_gaps_of_a_silent_point_and_of_the_edges() -> None:
    assert row_gaps(7, 60, START, START + HOUR) == [Gap(START, START + HOUR)]
    store(7, START + 20 * 60_000 + np.arange(10) * 60_000)
    assert row_gaps(7, 60, START, START + HOUR) == [
        Gap(START, START + 20 * 60_000),
        Gap(START + 29 * 60_000, START + HOUR),
    ]
    assert len(row_gaps(7, 60, START, START + HOUR, most=1)) == 1


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    step=st.sampled_from([60, 600, 1200, 3600]),
    seed=st.integers(0, 2**32 - 1),
    share=st.floats(0.05, 1.0),
)
def test_days_agree_with_numpy(step: int, seed: int, share: float, tmp_path_factory, settings) -> None:
    settings.LAKE_DIR = tmp_path_factory.mktemp("lake")
    from qiangqu.lake.models import Segment, TelemetryCommit

    Segment.objects.all().delete()
    TelemetryCommit.objects.all().delete()
    rng = np.random.default_rng(seed)
    times = START + np.arange(0, 2 * DAY, step * 1000)
    times = times[rng.random(times.size) < share]
    if not times.size:
        return
    append_many([Batch(f"{seed}|{step}|{share}", np.full(times.size, 1), times, np.ones(times.size))], now=NOW)
    found = by_day([Due(1, 1, step)], START, START + 2 * DAY)
    for day in (FIRST, FIRST + LATER):
        mine = times[(times >= day_start(day)) & (times < day_start(day) + DAY)]
        if not mine.size:
            assert (1, day) not in found
            continue
        hours, counts = np.unique((mine - day_start(day)) // HOUR, return_counts=True)
        assert found[1, day].received == pytest.approx(np.minimum(1, counts * step / 3600).sum())
        assert found[1, day].mask == sum(1 << int(h) for h in hours)
        missing = hour_gaps({day: (2**24 - 1, found[1, day].mask)})
        assert sum(gap.hours for gap in missing) == 24 - hours.size


@pytest.mark.parametrize(
    ("since", "until", "hours"), [(0, 24, 24), (-50, 99, 24), (3, 3, 0), (23, 24, 1), (30, 40, 0), (-9, -1, 0)]
)
def test_due_hours(since: int, until: int, hours: int) -> None:
    assert ones([due_mask(FIRST, START + since * HOUR, START + until * HOUR)]) == hours


def test_wrong_ranges_are_refused() -> None:
    with pytest.raises(InputError):
        by_day([Due(1, 1, 60)], START + 1, START + DAY)
    assert common_step(0.2) == 1
