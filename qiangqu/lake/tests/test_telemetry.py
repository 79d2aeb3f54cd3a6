import datetime as dt
import math
import os
import threading

import numpy as np
import pyarrow as pa
import pytest
from django.db import connection, transaction

from qiangqu.base.errors import InputError
from qiangqu.lake import telemetry_ids
from qiangqu.lake.models import LatestValue, Segment, TelemetryCommit
from qiangqu.lake.segments import vacuum
from qiangqu.lake.telemetry import DAY, HOUR, INVALID, Appended, Batch, StorageFullError, append, append_many, start
from qiangqu.lake.telemetry_ids import Seen, digest, seen
from qiangqu.lake.telemetry_read import by_group, chart, hourly, latest, milliseconds, rows

pytestmark = pytest.mark.django_db

NOW = milliseconds(dt.datetime(2026, 11, 23, 10, 30, tzinfo=dt.UTC))
TEN = NOW - NOW % HOUR


def _put(batch: str, *lines: tuple[int, int, float] | tuple[int, int, float, int]) -> Appended:
    points, times, values, flags = zip(*[(*line, 0)[:4] for line in lines], strict=True)
    return append(batch, np.array(points), np.array(times), np.array(values, float), np.array(flags), now=NOW)


def _all() -> list[tuple[int, int, float, int]]:
    table = rows(0, NOW + 10 * DAY)
    return list(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))


def test_rows_are_read_back_in_order_and_by_point() -> None:
    assert _put("a", (7, TEN + 2, 1.5), (3, TEN, -2.0, 9), (7, TEN + 1, 0.1)) == Appended(False, 3)
    assert _all() == [(3, TEN, -2.0, 9), (7, TEN + 1, 0.1, 0), (7, TEN + 2, 1.5, 0)]
    assert rows(TEN + 1, TEN + 2, [7])["value"].to_pylist() == [0.1]
    assert rows(TEN, TEN + HOUR, []).num_rows == 0
    assert rows(TEN, TEN + HOUR, [4]).num_rows == 0


def test_repeated_batch_is_recognised_and_not_stored() -> None:
    _put("a", (1, TEN, 1.0))
    _put("b", (1, TEN, 2.0))
    assert _put("a", (1, TEN, 1.0)) == Appended(True, 0)
    assert _all() == [(1, TEN, 2.0, 0)]
    done = append_many(
        [Batch("c", [1], [TEN], [3.0]), Batch("c", [1], [TEN], [4.0]), Batch("b", [1], [TEN], [5.0])], now=NOW
    )
    assert [each.repeat for each in done] == [False, True, True]
    assert _all() == [(1, TEN, 3.0, 0)]


def test_repeat_is_recognised_by_a_process_that_did_not_write_it(monkeypatch) -> None:
    _put("a", (1, TEN, 1.0))
    monkeypatch.setattr(telemetry_ids, "_seen", {})
    assert _put("a", (1, TEN, 1.0)).repeat
    monkeypatch.setattr(telemetry_ids, "_seen", {})
    start()
    assert len(seen(connection.alias)) == 1


def test_batch_committed_by_another_process_meanwhile_is_a_repeat(monkeypatch) -> None:
    """The other commit falls between our first look and our transaction."""
    _put("z", (9, TEN, 0.0))
    ours = seen(connection.alias)
    known, looks = ours.known, []

    def other_commits_after_the_first_look(ids):
        looks.append(1)
        found = known(ids)
        if len(looks) == 1:
            with monkeypatch.context() as patch:
                patch.setattr(telemetry_ids, "_seen", {})
                assert not _put("a", (1, TEN, 1.0)).repeat
        return found

    monkeypatch.setattr(ours, "known", other_commits_after_the_first_look)
    assert _put("a", (1, TEN, 1.0)).repeat
    assert Segment.objects.live().count() == 2
    assert vacuum(grace_seconds=0).orphans == 0, "the file of the lost race is removed at once"


def test_later_batch_wins_and_last_row_of_a_batch() -> None:
    _put("a", (1, TEN, 1.0), (1, TEN, 2.0), (2, TEN, 5.0))
    assert _all() == [(1, TEN, 2.0, 0), (2, TEN, 5.0, 0)]
    _put("b", (1, TEN, 3.0, INVALID))
    assert _all() == [(1, TEN, 3.0, INVALID), (2, TEN, 5.0, 0)]


def test_bad_rows_are_refused_by_reason_and_the_others_stored() -> None:
    done = _put(
        "a",
        (1, TEN, math.nan),
        (1, TEN, math.inf),
        (1, TEN, -math.inf),
        (1, TEN, 1e308),
        (1, NOW + DAY + 1, 1.0),
        (1, NOW + DAY, 2.0),
        (1, 946_684_800_000, 3.0),
        (1, -(2**62), 3.0),
        (1, TEN, 4.0),
    )
    assert done == Appended(False, 2, {"not_finite": 3, "too_large": 1, "clock_ahead": 1, "clock_behind": 2})
    assert [line[2] for line in _all()] == [4.0, 2.0]
    assert TelemetryCommit.objects.get().refused == dict(done.refused)
    only_bad = append_many([Batch("b", [1], [TEN - 40 * DAY], [1.0])], now=NOW, behind_days=30)
    assert only_bad == [Appended(False, 0, {"clock_behind": 1})]
    assert append("b", [1], [TEN], [1.0], now=NOW).repeat, "a batch of which every row was refused is known too"
    assert len(_all()) == 2


@pytest.mark.parametrize(
    "batch",
    [
        Batch("", [1], [TEN], [1.0]),
        Batch("x" * 401, [1], [TEN], [1.0]),
        Batch("a", [1, 2], [TEN], [1.0]),
        Batch("a", [[1]], [[TEN]], [[1.0]]),
        Batch("a", [-1], [TEN], [1.0]),
        Batch("a", [2**31], [TEN], [1.0]),
        Batch("a", [1.5], [TEN], [1.0]),
        Batch("a", [1], [float(TEN)], [1.0]),
        Batch("a", [1], [TEN], ["1"]),
        Batch("a", [1], [TEN], [1.0], [256]),
        Batch("a", [1], [TEN], [1.0], [-1]),
    ],
)
def test_malformed_batch_stores_nothing_of_the_call(batch: Batch) -> None:
    with pytest.raises(InputError):
        append_many([Batch("good", [1], [TEN], [1.0]), batch], now=NOW)
    assert _all() == []
    assert not append("good", [1], [TEN], [1.0], now=NOW).repeat


def test_empty_calls() -> None:
    assert append_many([]) == []
    assert append("a", [], [], [], now=NOW) == Appended(False, 0)
    assert append("a", [], [], [], now=NOW).repeat
    assert hourly(TEN, TEN + HOUR).num_rows == 0


def test_latest_follows_time_not_arrival() -> None:
    _put("a", (1, TEN + 5, 1.0), (2, TEN, 7.0))
    _put("b", (1, TEN + 4, 2.0), (2, TEN + 1, 8.0, INVALID))
    _put("c", (2, TEN + 1, 9.0))
    assert latest([1, 2, 3]).drop(["received"]).to_pylist() == [
        {"point": 1, "time": TEN + 5, "value": 1.0, "flag": 0},
        {"point": 2, "time": TEN + 1, "value": 9.0, "flag": 0},
    ]
    assert latest()["received"].to_pylist() == [NOW, NOW]
    assert LatestValue.objects.count() == 2


def test_commit_inside_a_transaction_is_refused(django_db_blocker) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        _put("a", (1, TEN, 1.0))


def test_full_disk_stores_nothing_and_is_named(monkeypatch) -> None:
    _put("a", (1, TEN, 1.0))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(StorageFullError, match="磁盘已满"):
            _put("b", (1, TEN, 2.0))
    assert _all() == [(1, TEN, 1.0, 0)]
    assert not _put("b", (1, TEN, 2.0)).repeat
    assert _all() == [(1, TEN, 2.0, 0)]


def test_hourly_counts_only_valid_values() -> None:
    _put("a", (1, TEN, 4.0), (1, TEN + 10, 100.0, INVALID), (1, TEN + 20, 2.0), (1, TEN + HOUR - 1, 6.0))
    _put("b", (1, TEN - 1, 50.0, INVALID | 3), (2, TEN + HOUR, 1.0))
    table = hourly(TEN - HOUR, TEN + 2 * HOUR).to_pylist()
    assert table == [
        {"point": 1, "time": TEN - HOUR, "count": 1, "valid": 0, "mean": None, "min": None, "max": None, "first": None, "last": None, "valid_share": 0.0},
        {"point": 1, "time": TEN, "count": 4, "valid": 3, "mean": 4.0, "min": 2.0, "max": 6.0, "first": 4.0, "last": 6.0, "valid_share": 0.75},
        {"point": 2, "time": TEN + HOUR, "count": 1, "valid": 1, "mean": 1.0, "min": 1.0, "max": 1.0, "first": 1.0, "last": 1.0, "valid_share": 1.0},
    ]  # fmt: skip
    with pytest.raises(InputError):
        hourly(TEN + 1, TEN + HOUR)


def test_groups_by_local_day_and_month() -> None:
    china = dt.timezone(dt.timedelta(hours=8))
    moments = [dt.datetime(2026, 10, 31, 23, 30, tzinfo=china), dt.datetime(2026, 11, 1, 0, 30, tzinfo=china)]
    for number, moment in enumerate(moments):
        _put(
            f"{number}",
            (1, milliseconds(moment), 1.0 + number),
            (2, milliseconds(moment), 10.0),
            (3, milliseconds(moment), 99.0),
        )
    groups = pa.table({"point": [1, 2, 2], "group": ["NX-01", "NX-01", "NX-02"]})
    begin, end = (
        milliseconds(dt.datetime(2026, 10, 1, tzinfo=china)),
        milliseconds(dt.datetime(2026, 12, 1, tzinfo=china)),
    )
    months = by_group(begin, end, groups, "month").to_pylist()
    november = milliseconds(dt.datetime(2026, 11, 1, tzinfo=china))
    assert [(m["group"], m["time"], m["count"], m["mean"], m["min"], m["max"]) for m in months] == [
        ("NX-01", begin, 2, 5.5, 1.0, 10.0),
        ("NX-01", november, 2, 6.0, 2.0, 10.0),
        ("NX-02", begin, 1, 10.0, 10.0, 10.0),
        ("NX-02", november, 1, 10.0, 10.0, 10.0),
    ]
    days = by_group(begin, end, groups, "day").to_pylist()
    assert [d["time"] for d in days[:2]] == [november - DAY, november]


def test_chart_of_seconds_and_of_years() -> None:
    lines = [(1, TEN + second * 1000, float(second)) for second in range(1800)]
    _put("a", *lines, (1, TEN - 300 * DAY, -1.0))
    table, width = chart(TEN, TEN + HOUR, [1], 60)
    assert width == 60_000
    assert table["time"].to_pylist() == [TEN + minute * 60_000 for minute in range(30)]
    assert table["min"].to_pylist()[:2] == [0.0, 60.0]
    assert table["max"].to_pylist()[-1] == 1799.0
    table, width = chart(TEN - 365 * DAY, TEN + HOUR, [1], 500)
    assert width % HOUR == 0
    assert table["count"].to_pylist() == [1, 1800]
    assert (table["first"].to_pylist(), table["last"].to_pylist()) == ([-1.0, 0.0], [-1.0, 1799.0])
    for wrong in (0, 5001):
        with pytest.raises(InputError):
            chart(TEN, TEN + HOUR, [1], wrong)


def test_many_points_by_list() -> None:
    append("a", np.arange(1000), np.full(1000, TEN), np.arange(1000.0), now=NOW)
    chosen = np.arange(0, 1000, 7)
    assert rows(TEN, TEN + 1, chosen)["point"].to_pylist() == chosen.tolist()
    assert hourly(TEN, TEN + HOUR, chosen)["mean"].to_pylist() == chosen.astype(float).tolist()


def test_ids_are_forgotten_after_their_days_and_stay_few_in_memory(monkeypatch) -> None:
    monkeypatch.setattr(telemetry_ids, "_LOOSE", 100)
    memory = Seen()
    begin = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    ids = [digest(str(number)) for number in range(2000)]
    for seq in range(1, 201):
        memory.add(seq, ids[(seq - 1) * 10 : seq * 10], begin + dt.timedelta(hours=seq))
    assert len(memory) == 2000
    assert all(memory.known(ids))
    assert not any(memory.known([digest(str(number)) for number in range(2000, 3000)]))
    memory.sync(memory.epoch, memory.seq, begin + dt.timedelta(days=14))
    known = memory.known(ids)
    assert not known[0] and known[-1]
    assert len(memory) < 1000


@pytest.mark.django_db(transaction=True)
def test_writers_in_threads_lose_nothing() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("the test database of SQLite is in memory; writers at once on a file: test_telemetry_crash")
    faults: list[Exception] = []

    def write(worker: int) -> None:
        try:
            for number in range(8):
                append_many(
                    [
                        Batch(f"{worker}-{number}", [worker], [TEN + number], [float(number)]),
                        Batch(f"both-{number}", [99], [TEN + number], [1.0]),
                    ],
                    now=NOW,
                )
        except Exception as error:  # seen by the test below
            faults.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=write, args=(worker,)) for worker in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert faults == []
    assert rows(TEN, TEN + HOUR)["point"].to_pylist() == [0] * 8 + [1] * 8 + [2] * 8 + [99] * 8
    commits = list(TelemetryCommit.objects.order_by("seq").values_list("seq", flat=True))
    assert commits == list(range(1, len(commits) + 1))
    assert sum(len(c.ids) // 16 for c in TelemetryCommit.objects.all()) == 32
