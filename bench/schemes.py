"""40 schemes for 11,000 enterprises: full, after one report, one enterprise's page; 24 zones with 5 schemes; beside
DuckDB's SQL by hand for three schemes.

    python bench/schemes.py [--enterprises 11000] [--schemes 40] [--seed 1]

Every enterprise reports twelve elements a year (one in twenty leaves something out); 24 indicators rest on them. Each
scheme has a gate, an alternative, ten criteria (bands, choices, linear, functional efficiency, rank among the peers of
its industry), a pass mark and levels. Full: everything from the stored values of the indicators to marks, states and
levels of all enterprises, nothing kept from before. The peer does three of the schemes in SQL written by hand on a wide
table of the same values that lies in memory; it knows nothing of what is missing beyond NULL, of ranges, of reasons.
CPU seconds of all threads and seconds by the clock.
"""

import argparse
import datetime as dt
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa

DAY = dt.date(2026, 12, 1)
YEAR, ELEMENTS, INDICATORS = 2025, 12, 24
PASS = 60


@contextmanager
def timed(what: str) -> Iterator[None]:
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    print(f"{what:78} {time.process_time() - cpu:8.3f} s CPU {time.perf_counter() - wall:8.3f} s")


def scheme(number: int, subject: str = "enterprise", prefix: str = "i") -> dict[str, Any]:
    """One scheme; the number moves its thresholds, so that no two are alike."""
    names = [f"v{n}" for n in range(10)]
    values = {
        name: {
            "title": name,
            "indicator": f"{prefix}{(number + n) % (INDICATORS if prefix == 'i' else ELEMENTS):02d}",
            "unit": "比",
        }
        for n, name in enumerate(names)
    }
    cut = 0.6 + number % 7 / 10
    tiers = [{"max": cut / 2, "points": 0}, {"min": cut / 2, "max": cut, "points": 5}, {"min": cut, "points": 10}]
    criteria: list[dict[str, Any]] = []
    for n, name in enumerate(names):
        one: dict[str, Any] = {"code": f"c{n}", "title": name, "points": 10}
        match n % 5:
            case 0 | 1:
                one |= {"value": name, "bands": tiers}
            case 2:
                one |= {"value": name, "linear": {"zero": 0, "full": 2 * cut}}
            case 3:
                one |= {
                    "choices": [
                        {"when": {"value": name, "op": ">=", "than": cut}, "points": 10},
                        {"when": {"value": name, "op": ">=", "than": cut / 2}, "points": 4},
                    ]
                }
            case 4 if number % 2 and subject == "enterprise":
                one |= {
                    "value": name,
                    "peers": {
                        "by": "quantile",
                        "among": "sector",
                        "bands": [{"max": 50, "points": 2}, {"min": 50, "points": 10}],
                    },
                }
            case 4:
                one |= {"value": name, "power": {"bad": 0, "good": 2 * cut}}
        criteria.append(one)
    return {
        "code": f"s{number:02d}", "edition": "1", "title": f"方案{number}", "subject": subject, "kind": "score", "max_points": 100,
        "document": {"title": "测试", "effective": "2020-01-01"}, "values": values, "criteria": criteria,
        "gates": [
            {"code": "g", "value": "v0", "op": ">=", "than": 0.2},
            {"any": [{"code": "h", "value": "v1", "op": ">=", "than": cut}, {"code": "k", "value": "v2", "op": ">=", "than": cut}]},
        ],
        "pass": {"score": "total", "op": ">=", "than": PASS},
        "levels": [{"code": "a", "title": "甲", "when": {"score": "total", "op": ">=", "than": 80}}, {"code": "b", "title": "乙", "when": {"score": "total", "op": ">=", "than": PASS}}],
    }  # fmt: skip


def by_hand(number: int) -> str:
    """The same scheme (an even number: no peers) in SQL: marks and state; NULL where a figure is missing. LEAST and
    GREATEST leave NULL out, so that each has to ask for it: else a missing figure counts as 0."""
    cut = 0.6 + number % 7 / 10
    v = [f"i{(number + n) % INDICATORS:02d}" for n in range(10)]
    tiers = "CASE WHEN {0} >= {1} THEN 10 WHEN {0} >= {2} THEN 5 WHEN {0} IS NOT NULL THEN 0 END"
    parts = []
    for n, name in enumerate(v):
        match n % 5:
            case 0 | 1:
                parts.append(tiers.format(name, cut, cut / 2))
            case 2:
                parts.append(f"CASE WHEN {name} IS NOT NULL THEN 10 * LEAST(1, GREATEST(0, {name} / {2 * cut})) END")
            case 3:
                parts.append(
                    f"CASE WHEN {name} >= {cut} THEN 10 WHEN {name} >= {cut / 2} THEN 4 WHEN {name} IS NOT NULL THEN 0 END"
                )
            case 4:
                parts.append(
                    f"10 * CASE WHEN {name} < 0 THEN GREATEST(0, 0.6 + 0.4 * {name} / {2 * cut}) WHEN {name} IS NOT NULL THEN 0.6 + 0.4 * LEAST(1, {name} / {2 * cut}) END"
                )
    total = " + ".join(f"({part})" for part in parts)
    return f"SELECT record, {total} AS total, {v[0]} >= 0.2 AND ({v[1]} >= {cut} OR {v[2]} >= {cut}) AND ({total}) >= {PASS} AS ok FROM wide"


def world(enterprises: int, schemes: int, seed: int) -> None:
    from qiangqu.base.periods import parse_period
    from qiangqu.facts.models import BatchKind, Element
    from qiangqu.facts.store import ingest
    from qiangqu.formulas.models import Indicator
    from qiangqu.registry.models import Area, Industry, Organisation
    from qiangqu.schemes.pack import save
    from qiangqu.schemes.reading import of_data

    since = dt.date(2015, 1, 1)
    region = Area.objects.create(code="R", name="区", short_name="区", level="region", valid_from=since)
    zones = [
        Area.objects.create(
            code=f"Z{n:02d}", name=f"园区{n}", short_name=f"园{n}", level="zone", parent=region, valid_from=since
        )
        for n in range(24)
    ]
    sectors = [Industry.objects.create(code=f"s{n}", name=f"产业{n}") for n in range(8)]
    Organisation.objects.bulk_create(
        [
            Organisation(code=f"E{n:05d}", name=f"企业{n:05d}", kind="enterprise", area=zones[n % 24], sector=sectors[n % 8], scale="above", industry_code="2700", valid_from=since)
            for n in range(enterprises)
        ],
        batch_size=2000,
    )  # fmt: skip
    for n in range(ELEMENTS):
        Element.objects.create(code=f"element_{n}", name=f"要素{n}", unit="比", kind="flow", aggregation="sum")
    for n in range(INDICATORS):
        a, b = n % ELEMENTS, (n + 1) % ELEMENTS
        formula = f"total(element_{a})" if n < ELEMENTS else f"total(element_{a}) / total(element_{b})"
        Indicator.objects.create(
            code=f"i{n:02d}", name=f"指标{n}", unit="比", formula=formula, subject="organisation", periods="year"
        )
    for n in range(ELEMENTS):
        Indicator.objects.create(code=f"z{n:02d}", name=f"园区指标{n}", unit="比", formula=f"average(element_{n})")
    firms = np.array(Organisation.objects.order_by("pk").values_list("pk", flat=True))
    elements = list(Element.objects.order_by("pk").values_list("pk", flat=True))
    random = np.random.default_rng(seed)
    kept = random.random((ELEMENTS, firms.size)) > 0.05 / ELEMENTS
    values = random.lognormal(0, 0.6, (ELEMENTS, firms.size)).round(4)
    ingest(
        pa.table({
            "element": np.concatenate([np.full(kept[n].sum(), pk, np.int32) for n, pk in enumerate(elements)]),
            "subject_kind": np.full(int(kept.sum()), 2, np.int8),
            "subject_id": np.concatenate([firms[kept[n]].astype(np.int32) for n in range(ELEMENTS)]),
            "period_key": np.full(int(kept.sum()), parse_period(str(YEAR)).key, np.int32),
            "value": np.concatenate([values[n][kept[n]] for n in range(ELEMENTS)]),
        }),
        key="all", kind=BatchKind.IMPORT,
    )  # fmt: skip
    for number in range(schemes):
        made, faults = of_data(scheme(number))
        assert made is not None and not faults, faults
        save(made, number)
    for number in range(5):
        made, faults = of_data(scheme(number, "zone", "z") | {"code": f"zone{number}"})
        assert made is not None and not faults, faults
        save(made, 100 + number)


def measure(enterprises: int, schemes: int, seed: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from qiangqu.formulas.refresh import postponed, refresh

    with postponed():
        world(enterprises, schemes, seed)
    from qiangqu.base.periods import parse_period
    from qiangqu.facts.models import BatchKind, Element
    from qiangqu.facts.store import ingest
    from qiangqu.registry.models import Organisation
    from qiangqu.schemes import gather as gathering
    from qiangqu.schemes.evaluate import YES, evaluate
    from qiangqu.schemes.explain import explained
    from qiangqu.schemes.kinds import KINDS

    def everything(kind: str) -> Any:
        known = gathering.gather(KINDS[kind], DAY)
        for one in known.schemes.values():
            if one.subject == kind:
                known.outcome(one)
        return known

    gathering._KEPT.clear()
    with timed(f"full: {schemes} schemes × {enterprises:,} enterprises (aim ≤ 5 s)"):
        known = everything("enterprise")
    gathering._KEPT.clear()
    with timed("24 zones × 5 schemes (aim ≤ 1 s)"):
        everything("zone")

    firm = Organisation.objects.order_by("pk")[7]
    element = Element.objects.order_by("pk").first()
    assert element is not None
    row = {
        "element": [element.pk],
        "subject_kind": [2],
        "subject_id": [firm.pk],
        "period_key": [parse_period(str(YEAR)).key],
        "value": [9.0],
    }
    with postponed_off(), timed("one report: the fact and the formulas that it moves (formulas' own work)"):
        ingest(pa.table(row), key="one", kind=BatchKind.IMPORT)
        refresh()
    with timed(f"after it: all {schemes} schemes anew for all enterprises (aim ≤ 1 s)"):
        known = everything("enterprise")
    at = known.at[firm.pk]
    assert known.numbers(known.schemes["s00"], "v0").low[at] == 9.0
    mine = [one for one in known.schemes.values() if one.subject == "enterprise"]
    with timed(f"one enterprise on all {schemes} schemes (page, aim ≤ 0.1 s)"):
        for one in mine:
            evaluate(one, known.table(one, at))
    explained(known, mine[1], at)  # loads the site's addresses
    with timed("one enterprise in one scheme, explained"):
        explained(known, mine[0], at)

    import duckdb

    columns: dict[str, Any] = {"record": known.ids}
    for number in range(INDICATORS):
        one = known.schemes[f"s{number % schemes:02d}"]
        name = (
            next(n for n, v in one.values.items() if v.indicator == f"i{number:02d}")
            if any(v.indicator == f"i{number:02d}" for v in one.values.values())
            else ""
        )
        column = known.numbers(one, name).low if name else np.full(known.ids.size, np.nan)
        columns[f"i{number:02d}"] = pa.array(np.where(np.isfinite(column), column, np.nan), from_pandas=True)
    wide = pa.table(columns)
    duck = duckdb.connect()
    duck.register("given", wide)
    duck.execute("CREATE TABLE wide AS SELECT * FROM given")
    three = [0, 2, 4]
    with timed("three schemes by hand in DuckDB, the wide table ready in memory"):
        hand = {n: duck.sql(by_hand(n)).to_arrow_table() for n in three}
    gathering._KEPT.clear()
    with timed("the same three by us, gathered anew from the files"):
        fresh = gathering.gather(KINDS["enterprise"], DAY)
        ours = {n: fresh.outcome(fresh.schemes[f"s{n:02d}"]) for n in three}
    ready = {n: fresh.table(fresh.schemes[f"s{n:02d}"]) for n in three}
    with timed("the same three by us, the columns ready in memory"):
        for n in three:
            evaluate(fresh.schemes[f"s{n:02d}"], ready[n])
    for n in three:
        table = hand[n].sort_by("record")
        total = table["total"].to_numpy()
        sure = ~np.isnan(total)
        low, high = ours[n].score.low, ours[n].score.high
        if not np.allclose(total[sure], low[sure]) or not np.allclose(low[sure], high[sure]):
            off = np.flatnonzero(sure & ~(np.isclose(np.nan_to_num(total), low) & np.isclose(low, high)))
            raise SystemExit(
                f"scheme {n}: {off.size} marks by hand differ, first {total[off[0]]} and {low[off[0]]}—{high[off[0]]}"
            )
        passed = np.array(table["ok"].to_pylist(), dtype=object)
        if not all(
            (ours[n].state[at] == YES) == bool(ok) for at, ok in enumerate(passed) if sure[at] and ok is not None
        ):
            raise SystemExit(f"scheme {n}: who passes by hand differs")
        print(
            f"  scheme {n}: {int(sure.sum()):,} marks equal to those by hand, {int((~sure).sum()):,} are ranges here and NULL there"
        )


@contextmanager
def postponed_off() -> Iterator[None]:
    """The report is followed by the refresh that is timed with it, not by another one."""
    from qiangqu.formulas.refresh import _waiting

    _waiting.depth = 1
    yield
    _waiting.depth = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--enterprises", type=int, default=11_000)
    parser.add_argument("--schemes", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"QIANGQU_HOME": folder, "DJANGO_SETTINGS_MODULE": "qiangqu.site.settings"}
        os.environ.pop("QIANGQU_DATABASE_URL", None)
        measure(arguments.enterprises, arguments.schemes, arguments.seed)


if __name__ == "__main__":
    main()
