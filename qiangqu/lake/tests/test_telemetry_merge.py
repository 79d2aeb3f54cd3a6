"""Merging, rolling up and expiring change where rows lie, never what is read."""

import datetime as dt
import math
import os
import threading

import numpy as np
import pyarrow as pa
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from qiangqu.base.errors import ConflictError
from qiangqu.lake import telemetry_merge
from qiangqu.lake.models import Level, Segment, TelemetryCommit, TelemetrySegment
from qiangqu.lake.segments import check
from qiangqu.lake.telemetry import DAY, HOUR, INVALID, Batch, append, append_many
from qiangqu.lake.telemetry_merge import Merged, Retention, filed, merge, tidy
from qiangqu.lake.telemetry_plan import layered, pieces
from qiangqu.lake.telemetry_read import by_group, chart, hourly, latest, milliseconds, rows

NOW = milliseconds(dt.datetime(2026, 11, 23, 10, 30, tzinfo=dt.UTC))
TEN = NOW - NOW % HOUR
EXAMPLES = int(os.environ.get("QIANGQU_EXAMPLES", "20"))  # more by hand: 200 took three minutes
Model = dict[tuple[int, int], tuple[float, int]]


def _hours(model: Model) -> dict[tuple[int, int], dict]:
    """Hourly values by plain Python."""
    lines: dict[tuple[int, int], list[tuple[int, float, int]]] = {}
    for (point, at), (value, flag) in sorted(model.items()):
        lines.setdefault((point, at - at % HOUR), []).append((at, value, flag))
    result = {}
    for key, those in lines.items():
        good = [value for _, value, flag in those if flag < INVALID]
        result[key] = {
            "count": len(those),
            "valid": len(good),
            "mean": math.fsum(good) / len(good) if good else None,
            "min": min(good, default=None),
            "max": max(good, default=None),
            "first": good[0] if good else None,
            "last": good[-1] if good else None,
        }
    return result


def _same(model: Model, begin: int, end: int) -> None:
    """What is read equals the model: rows, hours, groups, charts, latest."""
    table = rows(begin, end)
    read = list(zip(*(table[name].to_pylist() for name in ("point", "time", "value", "flag")), strict=True))
    assert read == [(point, at, *what) for (point, at), what in sorted(model.items())]

    expected = _hours(model)
    table = hourly(begin, end).drop(["valid_share"])
    found = {(line.pop("point"), line.pop("time")): line for line in table.to_pylist()}
    assert found.keys() == expected.keys()
    for key, line in found.items():
        mean, wanted = line.pop("mean"), expected[key].pop("mean")
        assert line == expected[key], key
        assert mean == wanted or math.isclose(mean, wanted, rel_tol=1e-12, abs_tol=1e-8), key

    points = sorted({point for point, _ in model})
    groups = pa.table({"point": pa.array(points, pa.int32()), "group": ["all"] * len(points)})
    days = by_group(begin, end, groups, "day", 0).to_pylist()
    per_day: dict[int, int] = {}
    for _, at in model:
        per_day[at - at % DAY] = per_day.get(at - at % DAY, 0) + 1
    assert {line["time"]: line["count"] for line in days} == per_day

    charted, _ = chart(begin, end, points or [0], 300)
    assert sum(charted["count"].to_pylist()) == len(model)
    newest = {}
    for (point, at), what in sorted(model.items()):
        newest[point] = (at, *what)
    assert {
        line["point"]: (line["time"], line["value"], line["flag"]) for line in latest(now=end).to_pylist()
    } == newest


moments = st.builds(
    lambda back, step: -back + step,
    st.sampled_from([0, HOUR, 2 * HOUR, DAY, 3 * DAY, 40 * DAY, 41 * DAY, 100 * DAY]),
    st.sampled_from([0, 1, 60_000, 61_000, HOUR]),
)
lines = st.tuples(
    st.integers(1, 4),
    moments,
    st.floats(-1e6, 1e6, allow_nan=False),
    st.sampled_from([0, 0, 0, 7, INVALID, INVALID | 5]),
)
steps = st.one_of(
    st.tuples(st.just("append"), st.lists(st.lists(lines, max_size=6), min_size=1, max_size=3)),
    st.tuples(st.just("append"), st.lists(st.lists(lines, max_size=6), min_size=1, max_size=3)),
    st.tuples(st.just("repeat"), st.integers(0, 50)),
    st.tuples(st.just("merge"), st.just(None)),
    st.tuples(st.just("wait"), st.sampled_from([60_000, HOUR, DAY, 3 * DAY, 35 * DAY])),
    st.tuples(st.just("tidy"), st.just(None)),
)


@pytest.mark.one_database  # it is of files; test_telemetry_crash asks both the same
class AnyOrder(TestCase):
    """Hypothesis with a database rolled back after each example."""

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(steps, min_size=1, max_size=14), st.sampled_from([(3, 2), (10, 5), (8_000_000, 4_000_000)]))
    def test_any_order_of_appends_repeats_and_merges_reads_as_a_dictionary(self, script, sizes) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(telemetry_merge, "ROUND_ROWS", sizes[0])
            patch.setattr(telemetry_merge, "FILE_ROWS", sizes[1])
            self._play(script)

    def _play(self, script) -> None:
        Segment.objects.all().delete()
        model: Model = {}
        now, given_batches = NOW, []
        for verb, what in script:
            if verb == "append":
                group = []
                for each in what:
                    shifted = [(point, now + at, value, flag) for point, at, value, flag in each]
                    columns = [np.array(column) for column in zip(*shifted, strict=True)] or [np.array([], int)] * 4
                    group.append(Batch(f"b{len(given_batches)}", *columns))
                    given_batches.append(group[-1])
                    model.update({(point, at): (value, flag) for point, at, value, flag in shifted})
                assert not any(done.repeat for done in append_many(group, now=now))
            elif verb == "repeat" and given_batches:
                batch = given_batches[what % len(given_batches)]
                assert append_many([batch], now=now)[0].repeat
            elif verb == "merge":
                merge(now)
            elif verb == "wait":
                now += what
            elif verb == "tidy":
                tidy(now, Retention(raw_days=10_000, hourly_days=None), grace_seconds=0)
        begin, end = (NOW - 110 * DAY) // DAY * DAY, now + 2 * DAY - now % DAY
        _same(model, begin, end)
        merge(now)
        merge(now)
        _same(model, begin, end)
        tidy(now, Retention(raw_days=10_000, hourly_days=None), grace_seconds=0)
        _same(model, begin, end)
        assert check() == []


pytestmark = pytest.mark.django_db


def _feed(batch: str, points: int, first: int, count: int, step: int = 60_000, now: int = NOW) -> None:
    at = np.tile(first + np.arange(count) * step, points)
    who = np.repeat(np.arange(points), count)
    append(batch, who, at, np.round(np.sin(at / 1e7) * 50 + who, 2), now=now)


def _levels(dataset: str = "telemetry") -> list[tuple[int, int]]:
    """How many segments at each level."""
    found = [piece.level for piece in pieces(dataset=dataset)]
    return [(level, found.count(level)) for level in sorted(set(found))]


def test_time_moves_from_hot_to_hour_to_day_to_month() -> None:
    for number in range(5):
        _feed(f"{number}", 3, TEN - HOUR + number * 20_000, 60)
    assert _levels() == [(Level.HOT, 5)]
    assert merge(NOW) == Merged(settled=5, hours=3, replaced=0)
    assert _levels() == [(Level.HOUR, 2)]
    assert _levels("telemetry_hourly") == [(Level.HOUR, 1)], "the hour under way is not rolled up"
    merge(NOW + 2 * DAY)
    assert _levels() == [(Level.DAY, 1)]
    assert _levels("telemetry_hourly") == [(Level.DAY, 1)]
    merge(NOW + 50 * DAY)
    assert _levels() == [(Level.MONTH, 1)]
    assert _levels("telemetry_hourly") == [(Level.MONTH, 1)]
    assert merge(NOW + 50 * DAY) == Merged()


def test_an_hour_that_is_over_becomes_one_segment() -> None:
    for number in range(3):
        _feed(f"{number}", 3, TEN - HOUR + number * 1_200_000, 20, 60_000)
        merge(TEN - 1)
    assert _levels() == [(Level.HOUR, 3)], "an hour under way is not written again for every minute"
    assert merge(NOW) == Merged(settled=0, hours=3, replaced=3)
    assert _levels() == [(Level.HOUR, 1)]
    _feed("late", 1, TEN - HOUR, 1)
    merge(NOW)
    assert _levels() == [(Level.HOUR, 2)], "for one late row neither"
    assert hourly(TEN - HOUR, TEN)["count"].to_pylist() == [60, 60, 60]


def test_old_rows_go_straight_to_their_month_without_small_files() -> None:
    _feed("year", 2, TEN - 360 * DAY, 360 * 24, HOUR)
    merge(NOW)
    counts = dict(_levels())
    assert counts[Level.MONTH] in (10, 11)
    assert counts[Level.DAY] <= 62
    assert counts[Level.HOUR] <= 48


def test_a_late_row_does_not_rewrite_a_large_month_but_counts() -> None:
    first = TEN - 100 * DAY
    _feed("month", 4, first - first % HOUR, 2000)
    merge(NOW)
    (old,) = pieces(dataset="telemetry")
    append("late", [2, 9], [old.first_ms, old.first_ms + 5], [777.0, 1.0], now=NOW)
    merge(NOW)
    runs = pieces(dataset="telemetry")
    assert [piece.pk for piece in runs][:1] == [old.pk]
    assert [piece.rows for piece in runs] == [8000, 2]
    hour = old.first_ms - old.first_ms % HOUR
    assert hourly(hour, hour + HOUR, [2])["max"].to_pylist() == [777.0]
    assert hourly(hour, hour + HOUR, [2])["count"].to_pylist() == [60]
    assert hourly(hour, hour + HOUR, [9])["count"].to_pylist() == [1]


def test_late_runs_joined_among_themselves_still_stand_over_the_month() -> None:
    first = TEN - 100 * DAY
    _feed("month", 4, first - first % HOUR, 2000)
    merge(NOW)
    (old,) = pieces(dataset="telemetry")
    for number in range(5):
        append(
            f"late{number}", [1, 2], [old.first_ms, old.first_ms + number * 60_000], [float(number), 1000.0], now=NOW
        )
        merge(NOW)
    runs = pieces(dataset="telemetry")
    assert runs[0].pk == old.pk
    assert 2 <= len(runs) < 5, "late runs are joined, the month is not written again"
    found = rows(old.first_ms, old.first_ms + 300_000, [1, 2])
    assert found["value"].to_pylist()[0] == 4.0
    assert found["value"].to_pylist()[5:] == [1000.0] * 5
    hour = old.first_ms - old.first_ms % HOUR
    assert hourly(hour, hour + HOUR, [1])["first"].to_pylist() == [4.0]
    assert hourly(hour, hour + HOUR, [1])["count"].to_pylist() == [60]


def test_merged_files_are_split_between_points_and_stay_base(monkeypatch) -> None:
    monkeypatch.setattr(telemetry_merge, "ROUND_ROWS", 500)
    monkeypatch.setattr(telemetry_merge, "FILE_ROWS", 250)
    for number in range(12):
        _feed(f"{number}", 10, TEN - 100 * DAY + number * 60_000 * 10, 10)
    before = rows(0, NOW)
    merge(NOW)
    merge(NOW)
    found = pieces(dataset="telemetry")
    assert sum(piece.rows for piece in found) == 1200
    assert all(piece.rows <= 500 for piece in found)
    base, over = layered(found)
    assert over == []
    assert len(base) > 2
    assert rows(0, NOW).equals(before)


def test_repeat_is_recognised_after_merging_and_tidying() -> None:
    _feed("a", 2, TEN - 3 * DAY, 100)
    merge(NOW)
    tidy(NOW, grace_seconds=0)
    assert append("a", [0], [TEN], [1.0], now=NOW).repeat


def test_retired_files_stay_for_readers_until_the_grace_is_over() -> None:
    for number in range(3):
        _feed(f"{number}", 2, TEN + number, 3)
    listed = [piece.path for piece in pieces()]
    merge(NOW)
    tidy(NOW)
    assert all(path.exists() for path in listed)
    tidy(NOW, grace_seconds=0)
    assert not any(path.exists() for path in listed)
    assert TelemetrySegment.objects.count() == Segment.objects.count() == 1


def test_retention_takes_rows_and_leaves_hours() -> None:
    _feed("old", 2, TEN - 400 * DAY, 60)
    _feed("new", 2, TEN - 5 * HOUR, 60)
    merge(NOW)
    kept = hourly(TEN - 400 * DAY, TEN - 399 * DAY)
    assert kept["count"].to_pylist() == [60, 60]
    done = tidy(NOW, Retention(raw_days=365), grace_seconds=0)
    assert done.expired == 1
    assert rows(0, NOW).num_rows == 120
    assert hourly(TEN - 400 * DAY, TEN - 399 * DAY).equals(kept)
    late = append("late", [0], [TEN - 400 * DAY], [5.0], now=NOW)
    assert late.rows == 1
    merge(NOW)
    assert hourly(TEN - 400 * DAY, TEN - 399 * DAY).equals(kept), (
        "one late row does not stand for an hour whose rows are gone"
    )
    assert tidy(NOW, Retention(raw_days=365, hourly_days=365), grace_seconds=0).expired == 2
    assert hourly(TEN - 400 * DAY, TEN - 399 * DAY).num_rows == 0


def test_retention_of_single_points() -> None:
    _feed("old", 3, TEN - 100 * DAY, 60)
    merge(NOW)
    rule = Retention(raw_days=365, raw_days_by_point={1: 30, 2: 90, 0: 400})
    assert tidy(NOW, rule, grace_seconds=0).expired == 2
    assert set(rows(0, NOW)["point"].to_pylist()) == {0}
    assert tidy(NOW, rule, grace_seconds=0).expired == 0
    assert hourly(TEN - 100 * DAY, TEN - 98 * DAY)["point"].to_pylist() == [0, 1, 2]


def test_commits_are_forgotten_after_their_days() -> None:
    _feed("a", 1, TEN, 1)
    TelemetryCommit.objects.update(at=dt.datetime.now(dt.UTC) - dt.timedelta(days=8))
    assert tidy(NOW).commits == 1
    assert rows(0, NOW).num_rows == 1


def test_of_two_mergers_one_gives_way(monkeypatch) -> None:
    for number in range(3):
        _feed(f"{number}", 2, TEN + number, 3)
    before = rows(0, NOW + HOUR)
    write = telemetry_merge._write_filed
    inner = []

    def the_other_is_faster(*arguments):
        written = write(*arguments)
        if not inner:
            inner.append(1)
            assert merge(NOW).settled == 3
        return written

    monkeypatch.setattr(telemetry_merge, "_write_filed", the_other_is_faster)
    said: list[str] = []
    assert merge(NOW, said.append) == Merged()
    assert len(said) == 1
    assert rows(0, NOW + HOUR).equals(before)
    assert tidy(NOW, grace_seconds=0).files == 3, "the loser's file is gone already"


def test_a_file_that_was_cleared_before_it_was_listed_is_noticed(monkeypatch) -> None:
    _feed("a", 2, TEN, 3)
    write = telemetry_merge._write_filed

    def cleared(*arguments):
        written = write(*arguments)
        written[0].segment.path.unlink()
        return written

    monkeypatch.setattr(telemetry_merge, "_write_filed", cleared)
    with pytest.raises(ConflictError):
        telemetry_merge._settle(NOW, 10**9)
    assert rows(0, NOW + HOUR).num_rows == 6


def test_filing_by_age() -> None:
    at = np.array([TEN, TEN - 2 * DAY, TEN - 50 * DAY, TEN - 80 * DAY, NOW + DAY], np.int64)
    levels, starts = filed(at, NOW)
    assert levels.tolist() == [Level.HOUR, Level.DAY, Level.DAY, Level.MONTH, Level.HOUR]
    utc = [dt.datetime.fromtimestamp(start / 1000, dt.UTC) for start in starts]
    assert utc[1] == dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    assert utc[3] == dt.datetime(2026, 9, 1, tzinfo=dt.UTC)


@pytest.mark.django_db(transaction=True)
def test_readers_see_every_row_while_merging() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("the test database of SQLite is in memory; readers on a file: test_telemetry_crash")
    for number in range(30):
        _feed(f"{number}", 5, TEN - 30 * HOUR + number * HOUR, 60)
    expected = rows(0, NOW)
    expected_hours = hourly(TEN - 40 * HOUR, TEN)
    faults: list[str] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                if not rows(0, NOW).equals(expected):
                    faults.append("rows differ")
                if hourly(TEN - 40 * HOUR, TEN)["count"] != expected_hours["count"]:
                    faults.append("hours differ")
        except Exception as error:  # seen below
            faults.append(repr(error))
        finally:
            connection.close()

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for day in range(4):
        merge(NOW + day * DAY)
        tidy(NOW + day * DAY)
    stop.set()
    for reader in readers:
        reader.join()
    assert faults == []
