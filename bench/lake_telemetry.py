"""Speed and size of the telemetry store beside other stores, in one run.

    python bench/lake_telemetry.py [--rows 100000000] [--folder FOLDER] [--victoria-metrics PROGRAM] [--without sqlite ...]

A made-up region of 24 zones with 40 points each reports every five minutes; a day (276,480 rows) is one
commit, synced to disk before it counts (VictoriaMetrics does not sync before it answers; its commit rate is
not of the same kind). Then the same three questions are put to every store: 24 hours of one point, hourly
means of 200 points over 30 days, a year by zone. Each is asked five times; the middle time is printed. Rows
are made again for each store from the same seed; making them is not counted, nor is writing the text that
VictoriaMetrics takes.

The other stores: SQLite (WAL, synchronous FULL, primary key point and time), DuckDB's own table (autocommit,
no key), and VictoriaMetrics when its program is found (Debian: apt-get download victoria-metrics; dpkg -x).
"""

import argparse
import json
import os
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

ZONES, POINTS, PER_DAY = 24, 960, 288
STEP = 86_400_000 // PER_DAY
DAY_ROWS = POINTS * PER_DAY
FIRST = 1_735_660_800_000  # 1 January 2025 in China, the start of a month there and of an hour everywhere
CHOSEN = np.unique(np.random.default_rng(5).choice(POINTS, 200, replace=False))
ONE = 517
Figures = dict[str, float | str]


def days(rows: int) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """Day by day: number, points, times, values, by point and time."""
    random = np.random.default_rng(11)
    decimals = 10.0 ** random.choice([0, 1, 2, 3], POINTS)
    level = random.uniform(5, 500, POINTS)
    points = np.repeat(np.arange(POINTS, dtype=np.int32), PER_DAY)
    for day in range(max(1, rows // DAY_ROWS)):
        walk = level[:, None] + np.cumsum(random.normal(0, 0.3, (POINTS, PER_DAY)), axis=1)
        level = walk[:, -1]
        at = FIRST + day * 86_400_000 + np.arange(PER_DAY, dtype=np.int64) * STEP
        values = np.round(walk * decimals[:, None]) / decimals[:, None]
        yield day, points, np.tile(at, POINTS), values.ravel()


def asked(questions: dict[str, Callable[[], int]]) -> Figures:
    """Milliseconds of each question (middle of five) after a look at the number of rows it gave."""
    figures: Figures = {}
    for name, ask in questions.items():
        times = []
        for _ in range(5):
            began = time.perf_counter()
            count = ask()
            times.append(time.perf_counter() - began)
            if times[-1] > 60:
                break
        figures[name] = f"{statistics.median(times) * 1000:,.0f} ms ({count} rows)"
    return figures


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def spread(times: list[float]) -> str:
    ordered = sorted(times)
    return f"{ordered[len(ordered) // 2] * 1000:.0f} / {ordered[int(len(ordered) * 0.99)] * 1000:.0f} ms"


def loaded(total: int, times: list[float], bytes_: int) -> Figures:
    return {
        "rows/s committed": f"{total / sum(times):,.0f}",
        "commit p50 / p99": spread(times),
        "bytes a row": f"{bytes_ / total:.2f}",
    }


def lake(folder: Path, rows: int) -> Figures:
    """The store itself, on SQLite as catalogue, merging every fifth day as a node does every minute."""
    os.environ |= {"QIANGQU_HOME": str(folder), "DJANGO_SETTINGS_MODULE": "qiangqu.site.settings"}
    os.environ.pop("QIANGQU_DATABASE_URL", None)
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", "lake", verbosity=0)
    import pyarrow as pa

    from qiangqu.lake.telemetry import append
    from qiangqu.lake.telemetry_merge import merge, tidy
    from qiangqu.lake.telemetry_plan import pieces
    from qiangqu.lake.telemetry_read import by_group, chart, hourly
    from qiangqu.lake.telemetry_read import rows as read

    times, merging, total, now = [], 0.0, 0, FIRST
    for day, points, at, values in days(rows):
        now = FIRST + (day + 1) * 86_400_000
        began = time.perf_counter()
        total += append(f"day-{day}", points, at, values, now=now).rows
        times.append(time.perf_counter() - began)
        if day % 5 == 4:
            began = time.perf_counter()
            merge(now)
            merging += time.perf_counter() - began
    began = time.perf_counter()
    merge(now)
    tidy(now, grace_seconds=0)
    merging += time.perf_counter() - began
    figures = loaded(total, times, size(folder / "lake") + size_of_database(folder))
    parts = (size(folder / "lake/telemetry"), size(folder / "lake/telemetry_hourly"), size_of_database(folder))
    figures["of it rows / hourly / database"] = " / ".join(f"{part / total:.2f}" for part in parts)
    small = []
    for number in range(200):
        began = time.perf_counter()
        append(f"small-{number}", np.arange(1000), np.full(1000, now + number), np.full(1000, 1.5), now=now)
        small.append(time.perf_counter() - began)
    figures["commit of 1,000 rows p50 / p99"] = spread(small)
    figures["merging"] = f"{merging:.0f} s, {total / merging:,.0f} rows/s, {len(pieces())} segments"
    groups = pa.table(
        {"point": pa.array(range(POINTS), pa.int32()), "group": [f"{p % ZONES:02d}" for p in range(POINTS)]}
    )
    year = FIRST - FIRST % 3_600_000
    end = now
    figures |= asked(
        {
            "24 h of one point": lambda: read(end - 86_400_000, end, [ONE]).num_rows,
            "30 days hourly, 200 points": lambda: hourly(end - 30 * 86_400_000, end, CHOSEN).num_rows,
            "a year by zone": lambda: by_group(year, end, groups, "month").num_rows,
            "a year by zone without roll-up": lambda: _lake_without_roll_up(year, end, groups),
            "a year of one point, chart": lambda: chart(year, end, [ONE], 500)[0].num_rows,
            "a year of one point, all rows": lambda: read(year, end, [ONE]).num_rows,
        }
    )
    return figures


def _lake_without_roll_up(start: int, end: int, groups: object) -> int:
    from qiangqu.lake.telemetry_plan import Query, run
    from qiangqu.lake.telemetry_read import rows_query

    query = rows_query(start, end)
    plain = query.sql.removesuffix(" ORDER BY point, time")
    sql = f'SELECT g."group", COUNT(*), AVG(value), MIN(value), MAX(value) FROM ({plain}) AS r JOIN zones AS g USING (point) GROUP BY 1'
    return run(Query(sql, query.scans, {"zones": groups})).num_rows


def size_of_database(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("qiangqu.sqlite3*"))


def sqlite(folder: Path, rows: int) -> Figures:
    database = sqlite3.connect(folder / "t.sqlite3", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("PRAGMA cache_size=-1000000")
    database.execute(
        "CREATE TABLE t (point INTEGER, time INTEGER, value REAL, flag INTEGER, PRIMARY KEY (point, time)) WITHOUT ROWID"
    )
    database.execute("CREATE TABLE zones (point INTEGER PRIMARY KEY, zone INTEGER, chosen INTEGER)")
    marks = [(p, p % ZONES, int(p in set(CHOSEN.tolist()))) for p in range(POINTS)]
    database.executemany("INSERT INTO zones VALUES (?, ?, ?)", marks)
    times, total, end = [], 0, FIRST
    for day, points, at, values in days(rows):
        lines = list(zip(points.tolist(), at.tolist(), values.tolist(), [0] * points.size, strict=True))
        began = time.perf_counter()
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT OR REPLACE INTO t VALUES (?, ?, ?, ?)", lines)
        database.execute("COMMIT")
        times.append(time.perf_counter() - began)
        total, end = total + len(lines), FIRST + (day + 1) * 86_400_000
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def ask(sql: str) -> Callable[[], int]:
        return lambda: len(database.execute(sql).fetchall())

    month = end - 30 * 86_400_000
    good = "FROM t JOIN zones USING (point)"
    return loaded(total, times, size(folder)) | asked(
        {
            "24 h of one point": ask(f"SELECT * FROM t WHERE point = {ONE} AND time >= {end - 86_400_000}"),
            "30 days hourly, 200 points": ask(
                f"SELECT point, time / 3600000, COUNT(*), AVG(value), MIN(value), MAX(value) {good} WHERE chosen = 1 AND time >= {month} GROUP BY 1, 2"
            ),
            "a year by zone": ask(f"SELECT zone, COUNT(*), AVG(value), MIN(value), MAX(value) {good} GROUP BY 1"),
            "a year of one point, all rows": ask(f"SELECT * FROM t WHERE point = {ONE} ORDER BY time"),
        }
    )


def duckdb_table(folder: Path, rows: int) -> Figures:
    import duckdb
    import pyarrow as pa

    database = duckdb.connect(folder / "t.duckdb")
    database.execute("CREATE TABLE t (point INTEGER, time BIGINT, value DOUBLE, flag UTINYINT)")
    database.execute("CREATE TABLE zones AS SELECT range AS point, range % 24 AS zone, false AS chosen FROM range(960)")
    database.execute(f"UPDATE zones SET chosen = true WHERE point IN ({', '.join(map(str, CHOSEN))})")
    times, total, end = [], 0, FIRST
    for day, points, at, values in days(rows):
        batch = pa.table({"point": points, "time": at, "value": values, "flag": np.zeros(points.size, np.uint8)})
        began = time.perf_counter()
        database.register("batch", batch)
        database.execute("INSERT INTO t SELECT * FROM batch")
        times.append(time.perf_counter() - began)
        total, end = total + batch.num_rows, FIRST + (day + 1) * 86_400_000
    database.execute("CHECKPOINT")

    def ask(sql: str) -> Callable[[], int]:
        return lambda: database.sql(sql).to_arrow_table().num_rows

    month = end - 30 * 86_400_000
    good = "FROM t JOIN zones USING (point)"
    figures = loaded(total, times, size(folder)) | asked(
        {
            "24 h of one point": ask(
                f"SELECT * FROM t WHERE point = {ONE} AND time >= {end - 86_400_000} ORDER BY time"
            ),
            "30 days hourly, 200 points": ask(
                f"SELECT point, time // 3600000 AS h, COUNT(*), AVG(value), MIN(value), MAX(value) {good} WHERE chosen AND time >= {month} GROUP BY 1, 2"
            ),
            "a year by zone": ask(f"SELECT zone, COUNT(*), AVG(value), MIN(value), MAX(value) {good} GROUP BY 1"),
            "a year of one point, all rows": ask(f"SELECT * FROM t WHERE point = {ONE} ORDER BY time"),
        }
    )
    database.close()
    return figures


def victoria_metrics(folder: Path, rows: int, program: str) -> Figures:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    options = [
        f"-storageDataPath={folder / 'data'}",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=100y",
        "-search.maxQueryDuration=10m",
        "-search.maxSamplesPerQuery=2000000000",
        "-search.maxPointsPerTimeseries=1000000",
        "-search.disableCache",
        "-loggerLevel=ERROR",
    ]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return _victoria_metrics(folder, rows, address)
    finally:
        server.terminate()
        server.wait()


def _get(address: str, **parameters: object) -> bytes:
    with urllib.request.urlopen(f"{address}?{urllib.parse.urlencode(parameters)}", timeout=700) as answer:
        return answer.read()


def _victoria_metrics(folder: Path, rows: int, address: str) -> Figures:
    for _ in range(100):
        try:
            _get(f"{address}/health")
            break
        except OSError:
            time.sleep(0.1)
    chosen = set(CHOSEN.tolist())
    names = [
        {"__name__": "v", "point": str(p), "zone": str(p % ZONES), "chosen": str(int(p in chosen))}
        for p in range(POINTS)
    ]
    times, total, end = [], 0, FIRST
    for day, _points, at, values in days(rows):
        stamps = at[:PER_DAY].tolist()
        table = values.reshape(POINTS, PER_DAY).tolist()
        lines = [json.dumps({"metric": names[p], "values": table[p], "timestamps": stamps}) for p in range(POINTS)]
        body = "\n".join(lines).encode()
        began = time.perf_counter()
        urllib.request.urlopen(urllib.request.Request(f"{address}/api/v1/import", body), timeout=60).read()
        times.append(time.perf_counter() - began)
        total, end = total + DAY_ROWS, FIRST + (day + 1) * 86_400_000
    _get(f"{address}/internal/force_flush")
    _get(f"{address}/internal/force_merge")
    time.sleep(5)

    def export(start: int) -> int:
        lines = _get(
            f"{address}/api/v1/export", **{"match[]": f'v{{point="{ONE}"}}', "start": start / 1000, "end": end / 1000}
        )
        return sum(len(json.loads(line)["values"]) for line in lines.splitlines())

    def hours() -> int:
        query = 'avg_over_time(v{chosen="1"}[1h])'
        first = (end - 30 * 86_400_000 + 3_600_000) / 1000
        answer = json.loads(_get(f"{address}/api/v1/query_range", query=query, start=first, end=end / 1000, step="1h"))
        return sum(len(series["values"]) for series in answer["data"]["result"])

    def zones() -> int:
        window = f"{(end - FIRST) // 1000}s"
        query = f"sum(sum_over_time(v[{window}])) by (zone) / sum(count_over_time(v[{window}])) by (zone)"
        return len(json.loads(_get(f"{address}/api/v1/query", query=query, time=end / 1000))["data"]["result"])

    return loaded(total, times, size(folder)) | asked(
        {
            "24 h of one point": lambda: export(end - 86_400_000),
            "30 days hourly, 200 points": hours,
            "a year by zone": zones,
            "a year of one point, all rows": lambda: export(FIRST),
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--victoria-metrics", default=shutil.which("victoria-metrics") or "")
    parser.add_argument("--without", nargs="*", default=[], choices=["lake", "duckdb", "sqlite", "victoria-metrics"])
    chosen = parser.parse_args()
    stores: dict[str, Callable[[Path, int], Figures]] = {"lake": lake, "duckdb": duckdb_table, "sqlite": sqlite}
    if chosen.victoria_metrics:
        stores["victoria-metrics"] = lambda folder, rows: victoria_metrics(folder, rows, chosen.victoria_metrics)
    else:
        print("victoria-metrics: program not found, left out", file=sys.stderr)
    rows = max(1, chosen.rows // DAY_ROWS) * DAY_ROWS
    print(f"{rows:,} rows: {POINTS} points, {rows // DAY_ROWS} days; {os.cpu_count()} cores")
    for name, store in stores.items():
        if name in chosen.without:
            continue
        folder = Path(tempfile.mkdtemp(prefix=f"bench-{name}-", dir=chosen.folder))
        began = time.perf_counter()
        try:
            figures = store(folder, rows)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        print(f"\n{name}  ({time.perf_counter() - began:.0f} s in all; load {os.getloadavg()[0]:.1f})", flush=True)
        for what, figure in figures.items():
            print(f"  {what:<34} {figure}", flush=True)


if __name__ == "__main__":
    main()
