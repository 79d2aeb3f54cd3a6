"""100 formulas for each of 10,000 enterprises and 12 months: full and incremental; beside DuckDB's SQL by
hand.

    python bench/formulas_subjects.py [--enterprises 10000] [--folder FOLDER]

Every enterprise reports ten elements every month. Full: all formulas for all enterprises and the twelve
months, from the facts in the lake to the published files (value, mark, basis and reason of each).
Incremental: the refresh after the last month's reports; it also brings up to date what else the month changes
(quarter, halves, January to the month, year). The peer does the same formulas in SQL written by hand on a
table of its own with the same rows, into a table; it writes no marks, no reasons, and knows nothing of
corrections, registers over time or other periods. All values are compared with ours.
"""

import argparse
import datetime as dt
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from facts_30m import FIGURES, month_table, timed

TODAY = dt.date(2026, 11, 23)
YEAR, ELEMENTS, FORMULAS = 2025, 10, 100


def formulas() -> list[tuple[str, str]]:
    """``(formula, SQL by hand over columns e0 … e9)``: quotients, differences, shares, cases."""
    made = []
    pairs = [(a, b) for a in range(ELEMENTS) for b in range(ELEMENTS) if a != b]
    for at in range(FORMULAS):
        a, b = pairs[at % len(pairs)]
        x, y, p, q = f"total(element_{a})", f"total(element_{b})", f"e{a}", f"e{b}"
        match at % 5:
            case 0 | 1:
                made.append((f"{x} / {y}", f"{p} / NULLIF({q}, 0)"))
            case 2:
                made.append((f"({x} - {y}) / ({x} + {y} + {at})", f"({p} - {q}) / NULLIF({p} + {q} + {at}, 0)"))
            case 3:
                made.append((f"share({x}, {x} + {y} + {at})", f"{p} / NULLIF({p} + {q} + {at}, 0) * 100"))
            case 4:
                made.append(
                    (
                        f"CASE WHEN {x} > {y} + {at} THEN {x} / {y} ELSE {y} / {x} END",
                        f"CASE WHEN {p} > {q} + {at} THEN {p} / NULLIF({q}, 0) ELSE {q} / NULLIF({p}, 0) END",
                    )
                )
    return made


def world(enterprises: int) -> tuple[list[int], list[int]]:
    """Registers and indicators; returns the ids of elements and enterprises."""
    from qiangqu.facts.models import Element
    from qiangqu.formulas.models import Indicator
    from qiangqu.registry.models import Area, Organisation

    since = dt.date(2015, 1, 1)
    zone = Area.objects.create(code="Z", name="园区", short_name="园区", level="zone", valid_from=since)
    Organisation.objects.bulk_create(
        [
            Organisation(
                code=f"E{n:05d}", name=f"企业{n:05d}", kind="enterprise", area=zone, scale="above", industry_code="2700",
                valid_from=since,
            )
            for n in range(enterprises)
        ],
        batch_size=2000,
    )  # fmt: skip
    for n in range(ELEMENTS):
        Element.objects.create(code=f"element_{n}", name=f"要素{n}", unit="比", kind="flow", aggregation="sum")
    for n, (formula, _sql) in enumerate(formulas()):
        unit = "%" if formula.startswith("share") else "比"
        Indicator.objects.create(code=f"i{n:03d}", name=f"指标{n}", unit=unit, formula=formula, subject="organisation")
    return (
        list(Element.objects.order_by("code").values_list("pk", flat=True)),
        list(Organisation.objects.order_by("code").values_list("pk", flat=True)),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--enterprises", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        os.environ |= {"QIANGQU_HOME": folder, "DJANGO_SETTINGS_MODULE": "qiangqu.site.settings"}
        os.environ.pop("QIANGQU_DATABASE_URL", None)
        measure(arguments.enterprises)


def measure(enterprises: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from qiangqu.base.periods import month
    from qiangqu.facts.models import BatchKind
    from qiangqu.facts.store import ingest
    from qiangqu.formulas import record_values
    from qiangqu.formulas.models import Indicator
    from qiangqu.formulas.refresh import bound, compute_of_records, postponed, refresh
    from qiangqu.lake.engine import connect, scan

    elements, firms = world(enterprises)
    keys = [month(YEAR, n).key for n in range(1, 13)]
    print(f"{len(elements) * len(firms) * 12:,} facts, {FORMULAS} formulas, {enterprises:,} enterprises, 12 months\n")

    def load(number: int) -> None:
        ingest(month_table(elements, firms, keys[number], number), key=f"m{number}", kind=BatchKind.IMPORT)

    with postponed():
        for number in range(11):
            load(number)
        with timed("first refresh: all thirty periods of the year, files published"):
            refresh(today=TODAY)
        load(11)
        with timed("incremental: refresh after the last month's reports"):
            refresh(today=TODAY)

    began = time.process_time()
    with timed("full: all formulas, enterprises and months, from the facts to published files"):
        work = bound(TODAY)
        made = compute_of_records(work, {code: set(keys) for code in work.roots}, lambda _text: None)
        made.publish()
    print(f"  CPU of that, on all cores together {time.process_time() - began:45.3f} s")

    import duckdb

    duck = duckdb.connect(config={"threads": os.cpu_count() or 2})
    duck.execute("CREATE TABLE facts (element INTEGER, subject INTEGER, period INTEGER, value DOUBLE)")
    for number, key in enumerate(keys):
        part: Any = month_table(elements, firms, key, number)
        duck.register("part", part)
        duck.execute("INSERT INTO facts SELECT element, subject_id, period_key, value FROM part")
        duck.unregister("part")
    columns = ", ".join(f"SUM(value) FILTER (WHERE element = {pk}) AS e{n}" for n, pk in enumerate(elements))
    selected = ", ".join(f"{sql} AS i{n:03d}" for n, (_formula, sql) in enumerate(formulas()))
    began = time.process_time()
    with timed("DuckDB by hand: the same formulas into a table"):
        duck.execute(
            f"CREATE TABLE hand AS SELECT subject, period, {selected} FROM "
            f"(SELECT subject, period, {columns} FROM facts GROUP BY subject, period)"
        )
    print(f"  CPU of that, on all cores together {time.process_time() - began:45.3f} s")
    codes = dict(Indicator.objects.values_list("pk", "code"))
    groups = [f"2-{key}" for key in keys]
    with connect() as lake:
        stored = scan(record_values.live(record_values.DATASET, groups), record_values.SCHEMA)
        ours = {
            codes[pk]: (count, total)
            for pk, count, total in lake.execute(
                f"SELECT indicator, COUNT(value), SUM(value) FROM {stored} GROUP BY 1"
            ).fetchall()
        }
    for code, (count, total) in sorted(ours.items()):
        theirs = duck.execute(f"SELECT COUNT({code}), SUM({code}) FROM hand").fetchone()
        if theirs is None or theirs[0] != count or not np.isclose(theirs[1], total, rtol=1e-9):
            raise SystemExit(f"{code}: {theirs} by hand differs from ours {(count, total)}")
    print(f"\n{sum(count for count, _total in ours.values()):,} values, all equal to those by hand")
    took = {what: seconds for what, seconds, *_more in FIGURES}
    full = next(seconds for what, seconds in took.items() if what.startswith("full"))
    hand = next(seconds for what, seconds in took.items() if what.startswith("DuckDB"))
    print(f"ratio of ours (full) to DuckDB by hand: {full / hand:.1f}")


if __name__ == "__main__":
    main()
