"""What is latest: a time that has not come yet decides nothing, waits, and counts when it has come; also
after the node's clock was set back.
"""

import numpy as np
import pytest

from qiangqu.lake.models import LatestValue, TelemetryClock, WaitingValue
from qiangqu.lake.telemetry import INVALID, append
from qiangqu.lake.telemetry_latest import EXACT, MINUTE, standing_at
from qiangqu.lake.telemetry_read import latest

pytestmark = pytest.mark.django_db(transaction=True)
NOW = 1_780_000_000_000
HOUR = 60 * MINUTE


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.LAKE_DIR = tmp_path


def put(number: int, *rows: tuple[int, int, float], now: int = NOW, flag: int = 0) -> None:
    points, times, values = zip(*rows, strict=True)
    append(f"b{number}", points, times, values, [flag] * len(rows), now=now)


def at(now: int, point: int = 1) -> float | None:
    rows = standing_at([point], now)
    assert rows == [row for row in standing_at(None, now) if row[0] == point]
    return rows[0][2] if rows else None


def test_a_reading_ahead_waits_for_its_time() -> None:
    put(1, (1, NOW, 5.0))
    put(2, (1, NOW + 20 * HOUR, 6.0))
    put(3, (1, NOW + 1000, 500.0), now=NOW + 1000)
    assert at(NOW + 1000) == 500.0
    assert at(NOW + 20 * HOUR - 1) == 500.0
    assert at(NOW + 20 * HOUR) == 6.0  # nothing has been committed since, and yet its time has come
    put(4, (2, NOW + 21 * HOUR, 1.0), now=NOW + 21 * HOUR)  # a commit about another point moves it on
    assert list(LatestValue.objects.order_by("point").values_list("point", "value")) == [(1, 6.0), (2, 1.0)]
    assert not WaitingValue.objects.exists()
    assert at(NOW + 21 * HOUR) == 6.0


def test_a_point_whose_only_reading_is_ahead_has_none_yet() -> None:
    put(1, (1, NOW + 1, 5.0))
    assert at(NOW) is None
    assert at(NOW + 1) == 5.0


def test_rows_of_one_batch_before_and_ahead() -> None:
    put(1, (1, NOW - 5, 1.0), (1, NOW + 5, 3.0), (1, NOW, 2.0), (2, NOW + 9, 4.0))
    assert [at(NOW + ms) for ms in (0, 4, 5)] == [2.0, 2.0, 3.0]
    assert [at(NOW + ms, 2) for ms in (8, 9)] == [None, 4.0]


def test_a_correction_of_a_waiting_row_counts() -> None:
    put(1, (1, NOW + HOUR, 1.0))
    put(2, (1, NOW + HOUR, 2.0))
    assert at(NOW + HOUR) == 2.0
    put(3, (1, NOW + HOUR, 3.0), now=NOW + 2 * HOUR)
    assert at(NOW + 2 * HOUR) == 3.0


def test_marks_of_waiting_rows_are_kept() -> None:
    put(1, (1, NOW + 1, 5.0), flag=INVALID | ord("M"))
    assert standing_at([1], NOW + 1)[0][3] == INVALID | ord("M")
    put(2, (2, NOW + 2, 0.0), now=NOW + 2)
    assert standing_at([1], NOW + 2) == [(1, NOW + 1, 5.0, INVALID | ord("M"), NOW)]


def test_rows_far_ahead_wait_one_a_minute_and_near_ones_each() -> None:
    """A clock that is wrong by hours fills nothing: a day of rows a second leaves a row for each minute."""
    times = NOW + np.arange(1, 20 * 3600 + 1, dtype=np.int64) * 1000
    append("day", np.ones(times.size, np.int32), times, np.arange(times.size, dtype=float), now=NOW)
    near = EXACT // 1000
    assert WaitingValue.objects.count() <= near + 20 * 60 + 1
    for second in (1, 2, near - 1, near):
        assert at(NOW + second * 1000) == second - 1
    far = NOW + 5 * HOUR
    shown = standing_at([1], far)[0]
    assert far - MINUTE <= shown[1] <= far
    assert at(NOW + 20 * HOUR) == 20 * 3600 - 1


def test_a_near_row_at_the_beginning_of_a_waiting_minute() -> None:
    minute = (NOW // MINUTE + 1) * MINUTE + 60 * MINUTE
    put(1, (1, minute + 40_000, 2.0))
    put(2, (1, minute, 1.0), now=minute - 1000)
    assert [at(minute), at(minute + 39_999), at(minute + 40_000)] == [1.0, 1.0, 2.0]


def test_late_rows_do_not_put_back_what_waited() -> None:
    put(1, (1, NOW + HOUR, 6.0))
    put(2, (1, NOW + HOUR - 1, 5.0), now=NOW + 2 * HOUR)
    assert at(NOW + 2 * HOUR) == 6.0


def test_clock_set_back_readers_and_next_commit() -> None:
    """A node ran two hours ahead: what it took in then waits once its clock is right, and what was before
    stands.
    """
    put(1, (1, NOW, 1.0), (2, NOW - 9, 7.0))
    put(2, (1, NOW + 2 * HOUR, 2.0), (3, NOW + 2 * HOUR, 9.0), now=NOW + 2 * HOUR)
    assert (at(NOW + MINUTE), at(NOW + MINUTE, 2), at(NOW + MINUTE, 3)) == (1.0, 7.0, None)
    put(3, (2, NOW + 2 * MINUTE, 8.0), now=NOW + 2 * MINUTE)
    assert dict(LatestValue.objects.values_list("point", "value")) == {1: 1.0, 2: 8.0}
    assert set(WaitingValue.objects.values_list("point", "value")) == {(1, 2.0), (3, 9.0)}
    assert TelemetryClock.objects.get().horizon == NOW + 2 * MINUTE
    put(4, (1, NOW + 3 * MINUTE, 500.0), now=NOW + 3 * MINUTE)
    assert at(NOW + 3 * MINUTE) == 500.0
    assert (at(NOW + 2 * HOUR), at(NOW + 2 * HOUR, 3)) == (2.0, 9.0)


def test_an_old_row_after_the_clock_was_set_back_is_not_the_latest() -> None:
    put(1, (1, NOW, 1.0))
    put(2, (1, NOW + HOUR, 2.0), now=NOW + HOUR)
    put(3, (1, NOW - HOUR, 0.5), now=NOW + MINUTE)  # back-filled
    assert at(NOW + MINUTE) == 1.0


def test_the_table_of_latest_rows() -> None:
    put(1, (1, NOW, 1.0), (2, NOW + 5, 2.0))
    assert latest([1, 2, 3], NOW).to_pylist() == [{"point": 1, "time": NOW, "value": 1.0, "flag": 0, "received": NOW}]
    assert latest(now=NOW + 5)["value"].to_pylist() == [1.0, 2.0]
