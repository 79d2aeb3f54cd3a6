"""Each question gives the same answer on a real Spark standalone cluster as in DuckDB."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from django.test import override_settings

from qiangqu.base.tests.shared import shared_records
from qiangqu.lake import telemetry_merge
from qiangqu.lake.telemetry import DAY, HOUR, INVALID, append
from qiangqu.lake.telemetry_merge import merge
from qiangqu.lake.telemetry_plan import Query, layered, pieces
from qiangqu.lake.telemetry_plan import run as run_duckdb
from qiangqu.lake.telemetry_read import by_group_query, chart_query, hourly_query, milliseconds, rows_query
from qiangqu.lake.telemetry_spark import run as run_spark

from .spark_cluster import missing

EARLY = 16  # takes long: begins before others

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.spark,
    pytest.mark.skipif(bool(missing()), reason=missing() or "there is a cluster"),
]

NOW = milliseconds(dt.datetime(2026, 11, 23, 10, 30, tzinfo=dt.UTC))
TEN = NOW - NOW % HOUR
YEAR = (TEN - 366 * DAY) // DAY * DAY


@pytest.fixture(scope="module")
def year(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a year of 230 points with all that makes reading hard: several levels, late and repeated rows, invalid
    values, an hour under way.
    """
    folder = tmp_path_factory.mktemp("year")
    with (
        shared_records(django_db_blocker),
        override_settings(LAKE_DIR=folder),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(telemetry_merge, "FILE_ROWS", 30_000)
        _fill()
        yield folder


@pytest.fixture
def lake(year: Path, settings: Any) -> None:
    settings.LAKE_DIR = year


def _fill() -> None:
    random = np.random.default_rng(7)
    points = np.arange(230)
    steps = np.concatenate([np.arange(YEAR, TEN - 3 * DAY, 6 * HOUR), np.arange(TEN - 3 * DAY, TEN, 900_000)])
    who, at = np.repeat(points, steps.size), np.tile(steps, points.size)
    value = np.round(random.normal(50, 20, at.size), 2)
    flag = np.where(random.random(at.size) < 0.02, INVALID | 4, 0)
    append("year", who, at, value, flag, now=NOW)
    merge(NOW)
    chosen = random.choice(at.size, 3000, replace=False)
    append("late", who[chosen], at[chosen], value[chosen] + 1000, flag[chosen], now=NOW)
    merge(NOW)
    chosen = random.choice(at.size, 2000, replace=False)
    append("later", who[chosen], at[chosen] + random.integers(0, 2, 2000), value[chosen] - 1000, now=NOW)
    append("now", points, np.full(230, NOW - 1000), points * 0.5, np.full(230, INVALID), now=NOW)
    base, over = layered(pieces(dataset="telemetry"))
    assert base and over


def _groups() -> pa.Table:
    points = np.arange(0, 230, 2)
    return pa.table({"point": pa.array(points, pa.int32()), "group": [f"NX-{point % 24:02d}" for point in points]})


HARD = np.unique(np.random.default_rng(3).choice(230, 200, replace=False))
QUESTIONS = {
    "a day of one point": lambda: rows_query(NOW - DAY, NOW, [17]),
    "no points": lambda: rows_query(NOW - DAY, NOW, []),
    "thirty days hourly of 200 points": lambda: hourly_query(TEN - 30 * DAY, TEN + HOUR, HARD),
    "a year by zone and month": lambda: by_group_query(YEAR, TEN + HOUR, _groups(), "month"),
    "a year by zone and day": lambda: by_group_query(YEAR, TEN + HOUR, _groups(), "day"),
    "chart of a day": lambda: chart_query(NOW - DAY, NOW, [3, 4], 200)[0],
    "chart of a year": lambda: chart_query(YEAR, NOW, [3, 4], 400)[0],
    "nothing stored then": lambda: hourly_query(YEAR - 90 * DAY, YEAR - 80 * DAY, [1]),
}


def _compare(one: pa.Table, other: pa.Table) -> None:
    assert one.column_names == other.column_names
    assert one.num_rows == other.num_rows
    for name in one.column_names:
        left, right = one[name].to_pylist(), other[name].to_pylist()
        if name in ("mean", "total"):  # sums in another order
            assert [value is None for value in left] == [value is None for value in right]
            assert [v for v in left if v is not None] == pytest.approx(
                [v for v in right if v is not None], rel=1e-12, abs=1e-9
            )
        else:
            assert left == right, name


@pytest.mark.parametrize("question", QUESTIONS)
def test_spark_answers_as_duckdb(spark: Any, lake: None, question: str) -> None:
    query: Query = QUESTIONS[question]()
    here = run_duckdb(query)
    _compare(run_spark(query, spark), here)
    assert (here.num_rows == 0) == (question in ("no points", "nothing stored then"))
