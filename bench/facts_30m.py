"""30 million facts: load, full and incremental evaluation of 200 indicators, one number opened; beside
DuckDB's SQL by hand.

    python bench/facts_30m.py [--enterprises 10000] [--elements 50] [--months 60] [--folder FOLDER] [--no-peer] [--spark]

``--enterprises 100000`` are 300 million facts. ``--spark`` evaluates the same indicators over the same files on Spark
and compares the values.

A made-up region (one region, five cities, 24 zones) whose enterprises report every element every month. For
each element there are four indicators: the sum over the subtree, the sum of those above scale, its growth on
the year before, and its share of the first element's sum.

Loading stores batches whole: listed, audited and on disk as columns. Full: all 200 indicators for all areas and
months, from the facts, nothing kept from before. The registers may be in the
program's memory, as in a server. Incremental: after the last month's reports, and after one enterprise's form, the refresh that brings every stored value up to date. Opening: one zone's sum with formula,
parts and the first page of enterprises.

The peer does the same aggregates (sums by element, area of the subtree and month, with and without the scale's
condition; growth; share) in SQL written by hand, DuckDB on a table of its own with the same rows. It writes no
flags, no reasons, no provenance, and knows nothing of corrections or periods other than months. All values are
compared with ours.
"""

import argparse
import datetime as dt
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

TODAY = dt.date(2026, 11, 23)
FIRST_YEAR = 2021
FIGURES: list[tuple[str, float, float]] = []  # what, seconds, seconds of processors


@contextmanager
def timed(what: str) -> Iterator[None]:
    began, cpu = time.perf_counter(), time.process_time()
    yield
    seconds = time.perf_counter() - began
    used = time.process_time() - cpu
    FIGURES.append((what, seconds, used))
    print(f"{what:72} {seconds:8.3f} s  {used:8.3f} s of processors", flush=True)


def world(enterprises: int, elements: int) -> tuple[list[int], list[int], list[str]]:
    """Registers and indicators; returns the ids of elements and enterprises and the indicators' codes."""
    from qiangqu.facts.models import Element
    from qiangqu.formulas.models import Indicator
    from qiangqu.registry.models import Area, Organisation

    since = dt.date(2015, 1, 1)

    def area(code: str, level: str, parent: Area | None) -> Area:
        return Area.objects.create(
            code=code, name=f"区域{code}", short_name=code, level=level, parent=parent, valid_from=since
        )

    region = area("R", "region", None)
    cities = [area(f"C{n}", "city", region) for n in range(5)]
    zones = [area(f"Z{n:02d}", "zone", cities[n % 5]) for n in range(24)]
    Organisation.objects.bulk_create(
        [
            Organisation(
                code=f"E{n:05d}",
                name=f"企业{n:05d}",
                kind="enterprise",
                area=zones[n % 24],
                scale="above" if n % 7 == 0 else "small",
                industry_code="2700",
                valid_from=since,
                simulated=True,
            )
            for n in range(enterprises)
        ],
        batch_size=2000,
    )
    codes = []
    for n in range(elements):
        code = f"element_{n:02d}"
        Element.objects.create(code=code, name=f"要素{n:02d}", unit="万元", kind="flow", aggregation="sum")
        for name, formula, unit in (
            ("sum", f"total({code})", "万元"),
            ("above", f"total({code}, scale = 'above')", "万元"),
            ("growth", f"yoy(total({code}))", "%"),
            ("share", f"share(total({code}), total(element_00))", "%"),
        ):
            Indicator.objects.create(code=f"{code}_{name}", name=f"{code}{name}", unit=unit, formula=formula)
            codes.append(f"{code}_{name}")
    return (
        list(Element.objects.order_by("code").values_list("pk", flat=True)),
        list(Organisation.objects.order_by("code").values_list("pk", flat=True)),
        codes,
    )


def keys_of(months: int) -> list[int]:
    from qiangqu.base.periods import month

    return [month(FIRST_YEAR + n // 12, n % 12 + 1).key for n in range(months)]


def month_table(elements: list[int], firms: list[int], key: int, number: int) -> Any:
    import pyarrow as pa

    count = len(elements) * len(firms)
    values = np.round(np.random.default_rng(number).lognormal(3, 1, count), 2)
    return pa.table(
        {
            "element": pa.array(np.repeat(np.array(elements, np.int32), len(firms))),
            "subject_kind": pa.array(np.full(count, 2, np.int8)),
            "subject_id": pa.array(np.tile(np.array(firms, np.int32), len(elements))),
            "period_key": pa.array(np.full(count, key, np.int32)),
            "value": pa.array(values),
        }
    )


HAND_BASE = """
SELECT f.element AS element, a.ancestor AS area, f.period AS period, SUM(f.s) AS s, SUM(f.above) AS above FROM
 (SELECT element_id AS element, o.area_id AS area, period_key AS period, SUM(value) AS s,
   SUM(CASE WHEN o.scale = 'above' THEN value END) AS above
  FROM facts_fact JOIN registry_organisation o ON o.id = subject_id GROUP BY 1, 2, 3) f
 JOIN anc a ON a.area = f.area GROUP BY 1, 2, 3"""
HAND_ALL = f"""
WITH base AS ({HAND_BASE})
SELECT b.element, b.area, b.period, b.s, b.above, (b.s / y.s - 1) * 100 AS growth, b.s / z.s * 100 AS share
FROM base b LEFT JOIN base y ON y.element = b.element AND y.area = b.area AND y.period = b.period - 100
JOIN base z ON z.element = (SELECT MIN(element) FROM base) AND z.area = b.area AND z.period = b.period
"""


def check(name: str, ours: dict[str, float], theirs: list[tuple[Any, ...]]) -> None:
    """Compares the sums of each kind of value over all cells."""
    for at, kind in enumerate(("sum", "above", "growth", "share")):
        total = sum(row[3 + at] for row in theirs if row[3 + at] is not None)
        if abs(total - ours[kind]) > 1e-9 * abs(total):
            raise SystemExit(f"{name}: {kind} {total!r} differs from ours {ours[kind]!r}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--enterprises", type=int, default=10_000)
    parser.add_argument("--elements", type=int, default=50)
    parser.add_argument("--months", type=int, default=60)
    parser.add_argument("--folder", type=Path, default=None, help="where the database goes (about 2 GB for 30 million)")
    parser.add_argument("--no-peer", action="store_true", help="leave DuckDB by hand out")
    parser.add_argument("--spark", action="store_true", help="Spark too (needs qiangqu[spark] and Java)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        os.environ |= {"QIANGQU_HOME": folder, "DJANGO_SETTINGS_MODULE": "qiangqu.site.settings"}
        os.environ.pop("QIANGQU_DATABASE_URL", None)
        measure(arguments, Path(folder))


def on_spark(asked: Any, ours: Any, roots: dict[str, int]) -> None:
    """The same values from Spark."""
    from qiangqu.formulas import spark
    from qiangqu.formulas.evaluate import split_result
    from qiangqu.lake.spark import connect

    order = [("period", "ascending"), ("area", "ascending")]
    with (
        connect(spark__sql__shuffle__partitions="8", spark__driver__memory="6g") as session,
        timed("Spark: the same, session started before"),
    ):
        theirs = spark.run(asked, session).sort_by(order)
    mine = ours.sort_by(order)
    for root in set(roots.values()):
        np.testing.assert_allclose(split_result(theirs, root)[0], split_result(mine, root)[0], rtol=1e-9, atol=1e-9)
        np.testing.assert_array_equal(theirs[f"f{root}"].to_numpy(), mine[f"f{root}"].to_numpy())


def measure(arguments: argparse.Namespace, folder: Path) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    from qiangqu.facts import sealing
    from qiangqu.facts.models import BatchKind
    from qiangqu.facts.store import ingest
    from qiangqu.formulas.catalog import from_database
    from qiangqu.formulas.engine import Run, run
    from qiangqu.formulas.evaluate import bind_indicators, split_result
    from qiangqu.formulas.explain import explain
    from qiangqu.formulas.inputs import Inputs
    from qiangqu.formulas.refresh import postponed, refresh
    from qiangqu.lake.segments import vacuum

    elements, firms, codes = world(arguments.enterprises, arguments.elements)
    keys = keys_of(arguments.months)
    rows = len(elements) * len(firms) * len(keys)
    print(f"{rows:,} facts, {len(codes)} indicators, 30 areas, {len(keys)} months\n")

    def load(number: int) -> None:
        table = month_table(elements, firms, keys[number], number)
        ingest(table, key=f"m{number}", kind=BatchKind.SIMULATION, simulated=True, trusted_new=True)

    with postponed():
        with timed("load all months but the last (one batch a month)"):
            for number in range(len(keys) - 1):
                load(number)
        with timed("put small files together"):
            sealing.merge()
        with timed("first refresh: all periods that follow from months, values stored"):
            refresh(today=TODAY)
        with timed("load the last month"):
            load(len(keys) - 1)
        with timed("incremental: refresh after the last month's reports"):
            refresh(today=TODAY)
        form = month_table(elements, firms[:1], keys[-1], 1000)
        with timed("store one enterprise's form, which corrects its figures"):
            ingest(form, key="form", kind=BatchKind.SIMULATION, simulated=True)
        with timed("incremental: refresh after one form"):
            refresh(today=TODAY)

    def work() -> tuple[Any, dict[str, int]]:
        catalog = from_database()
        binder = bind_indicators(catalog, codes)
        roots = {code: binder.roots[code].index for code in codes}
        return Run(binder.graph, sorted(set(roots.values())), set(keys), catalog, Inputs(kept=True), TODAY), roots

    def full() -> tuple[Any, dict[str, int]]:
        asked, roots = work()
        return run(asked), roots

    with timed(f"full: {len(codes)} indicators, all areas and months, from the facts"):
        table, roots = full()
    ours = {
        kind: float(sum(np.nansum(split_result(table, roots[c])[0]) for c in codes if c.endswith(kind)))
        for kind in ("sum", "above", "growth", "share")
    }
    if arguments.spark:
        on_spark(work()[0], table, roots)
    explain("element_07_sum", "Z05", "2022-05", today=TODAY)
    with timed("open one number (formula, parts, first 50 enterprises)"):
        explain("element_07_sum", "Z05", "2022-06", today=TODAY)
    vacuum(0)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"on disk: {size / rows:.1f} bytes a fact (database and lake)")
    print(f"memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB\n")
    if arguments.no_peer:
        return

    import duckdb
    import pyarrow as pa
    import pyarrow.compute as pc

    duck = duckdb.connect(str(folder / "peer.duckdb"), config={"threads": os.cpu_count() or 2})
    areas = Inputs()
    duck.register("anc_in", areas.ancestors)
    duck.execute("CREATE TABLE anc AS SELECT area, ancestor FROM anc_in")
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, area_id, scale FROM registry_organisation")
        owners = cursor.fetchall()
    duck.execute("CREATE TABLE registry_organisation (id INTEGER, area_id INTEGER, scale VARCHAR)")
    duck.executemany("INSERT INTO registry_organisation VALUES (?, ?, ?)", owners)
    duck.execute("CREATE TABLE facts_fact (element_id INTEGER, subject_id INTEGER, period_key INTEGER, value DOUBLE)")
    with timed("DuckDB by hand: load (one transaction a month)"):
        for number, key in enumerate(keys):
            part = month_table(elements, firms, key, number)
            if number == len(keys) - 1:  # as the form corrects them
                part = pa.concat_tables([part.filter(pc.not_equal(part["subject_id"], firms[0])), form])
            duck.register("part", part)
            duck.execute("INSERT INTO facts_fact SELECT element, subject_id, period_key, value FROM part")
            duck.unregister("part")
    with timed("DuckDB by hand: the same aggregates"):
        theirs = duck.execute(HAND_ALL).fetchall()
    check("DuckDB", ours, theirs)
    with timed("DuckDB by hand: one zone's month, enterprises sorted"):
        duck.execute(
            "SELECT o.id, SUM(value) FROM facts_fact JOIN registry_organisation o ON o.id = subject_id WHERE element_id = ? "
            "AND period_key = ? AND o.area_id = ? GROUP BY 1 ORDER BY 2 DESC LIMIT 50",
            [elements[7], keys[-1], owners[5][1]],
        ).fetchall()
    duck.close()
    ours_took = next(figures for what, *figures in FIGURES if what.startswith("full"))
    theirs_took = next(figures for what, *figures in FIGURES if what.endswith("the same aggregates"))
    wall, cpu = (one / other for one, other in zip(ours_took, theirs_took, strict=True))
    print(f"\nratio of ours (full, from the facts) to the hand-written: {wall:.2f}, by processors {cpu:.2f}")


if __name__ == "__main__":
    main()
