"""A process of telemetry on a node's home, for the tests that kill it: ``telemetry_worker.py VERB NUMBER``.

``write`` appends batches from NUMBER on for ever and says each one's number after its commit; ``merge``
merges and tidies for ever, on a clock that runs fast; ``read`` reads for ever and says how many batches it
saw whole; ``fill`` appends until the disk is full, no file larger than NUMBER bytes (0: no limit); ``check``
verifies that batches 0 to NUMBER are there, whole and once, and everything else in order.
"""

import random
import resource
import signal
import sys

import django

django.setup()

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402

from qiangqu.lake import telemetry_merge  # noqa: E402
from qiangqu.lake.segments import check, vacuum  # noqa: E402
from qiangqu.lake.telemetry import HOUR, Batch, StorageFullError, append_many, start  # noqa: E402
from qiangqu.lake.telemetry_merge import Retention, merge, tidy  # noqa: E402
from qiangqu.lake.telemetry_read import hourly, latest, rows  # noqa: E402

BEGIN = 1_795_000_000_000 // HOUR * HOUR
STEP = 240_000
ROWS = 300
ALL = (BEGIN - 600 * HOUR, BEGIN + 100_000 * HOUR)


def batch(number: int) -> Batch:
    """Batch ``number``: rows that no other batch has, some of them three weeks late; the value tells the
    number.
    """
    late = random.Random(number).choice([0, 0, 0, 20 * 24 * HOUR])
    times = BEGIN + number * STEP + np.arange(ROWS) * 700 - late
    return Batch(f"batch-{number}", np.full(ROWS, number % 7), times, np.full(ROWS, float(number)))


def _write(number: int) -> None:
    start()
    while True:
        group = [batch(n) for n in range(number, number + random.Random(number).randint(1, 3))]
        again = [batch(number - 1)] if number else []
        done = append_many(group + again, now=BEGIN + number * STEP)
        assert not again or done[-1].repeat
        for each in group:
            print(each.id.removeprefix("batch-"), flush=True)
        number += len(group)


def _merge(number: int) -> None:
    telemetry_merge.ROUND_ROWS, telemetry_merge.FILE_ROWS = 20_000, 5_000
    while True:
        merge(BEGIN + number * STEP)
        tidy(BEGIN + number * STEP, Retention(raw_days=5000), grace_seconds=30)
        number += 200
        print(number, flush=True)


def _whole(table: pa.Table) -> int:
    """How many batches are in these rows; each must be whole."""
    numbers, counts = np.unique(table["value"].to_numpy(), return_counts=True)
    assert set(counts.tolist()) <= {ROWS}, numbers[counts != ROWS]
    return int(numbers.size)


def _read(_number: int) -> None:
    while True:
        seen = _whole(rows(*ALL))
        assert sum(hourly(*ALL)["count"].to_pylist()) >= seen * ROWS, "the hours, read later, count less than the rows"
        print(seen, flush=True)


def _fill(limit: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    for number in range(100_000):
        many = [batch(number)]
        if limit and number == 20:  # one whose segment is larger than a file may be
            noise = np.random.default_rng(1).random(limit // 4)
            many = [Batch("large", np.full(noise.size, 9), BEGIN - np.arange(noise.size), noise)]
        try:
            append_many(many, now=BEGIN + number * STEP)
        except StorageFullError as error:
            print(f"full {error}", flush=True)
            if number != 20:
                return
        else:
            print(number, flush=True)


def _check(number: int) -> None:
    table = rows(*ALL)
    values = set(np.unique(table["value"].to_numpy()).astype(int).tolist())
    _whole(table)
    assert set(range(number + 1)) - {20 if "--fill" in sys.argv else -1} <= values, "an acknowledged batch is lost"
    plain = table.append_column("hour", pa.array(table["time"].to_numpy() // HOUR * HOUR))
    counted = plain.group_by(["point", "hour"]).aggregate([("value", "count"), ("value", "min"), ("value", "max")])
    stored = hourly(*ALL)
    for ours, theirs in (("count", "value_count"), ("min", "value_min"), ("max", "value_max")):
        key = [("point", "ascending"), ("hour", "ascending")]
        assert stored[ours].to_pylist() == counted.sort_by(key)[theirs].to_pylist()
    newest = {line["point"]: line["time"] for line in latest().to_pylist()}
    last = plain.group_by("point").aggregate([("time", "max")]).to_pylist()
    assert newest == {line["point"]: line["time_max"] for line in last}
    assert check() == []
    vacuum(grace_seconds=0)
    assert rows(*ALL).equals(table)
    print(len(values))


{"write": _write, "merge": _merge, "read": _read, "fill": _fill, "check": _check}[sys.argv[1]](int(sys.argv[2]))
