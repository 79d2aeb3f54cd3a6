"""A real Spark standalone cluster gives the values that DuckDB gives."""

import datetime as dt
from typing import Any

import pytest

from qiangqu.formulas import evaluate as evaluation
from qiangqu.formulas import spark as on_spark
from qiangqu.formulas.engine import Run
from qiangqu.formulas.evaluate import evaluate
from qiangqu.lake.tests.spark_cluster import missing
from qiangqu.registry.models import Area, Parcel, Project, ProjectKind, Recognition, RecognitionKind

from .test_engine import monthly
from .test_history import change
from .world import TODAY, build

EARLY = 15  # takes long: begins before others

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.spark,
    pytest.mark.skipif(bool(missing()), reason=missing() or "there is a cluster"),
]

BORN = dt.date(2023, 5, 1)
FORMULAS = {
    "sum": ("total(output, scale = 'above' AND industry LIKE '31%')", "亿元"),
    "mean": ("average(jobs, ownership = 'state' OR sector = 'food')", "人"),
    "active": ("reporters(output, value > 1.5)", "家"),
    "growth": ("yoy(total(output))", "%"),
    "pace": ("cagr(total(output), 2023)", "%"),
    "gone": ("since(total(output), 2023)", "亿元"),
    "more": ("change(total(output), 2023)", "%"),
    "part": ("share(total(output), parent(total(output)))", "%"),
    "then": ("lag(total(output), 1)", "亿元"),
    "zones": ("areas_where(total(output) > 20, 'zone')", "个"),
    "firms": ("organisations(scale = 'above')", "家"),
    "titles": ("holders('green')", "家"),
    "given": ("best(gdp)", "亿元"),
    "awards": ("recognised_since('green', 2023)", "家"),
    "land": ("parcels(scale = 'above')", "亩"),
    "plots": ("count(parcel, land_area > 10 AND sector = 'metal')", "个"),
    "ground": ("sum(parcel.land_area, status = 'idle' OR use LIKE '工%')", "亩"),
    "works": ("projects('renewal', 'started')", "个"),
    "per": ("total(output) / total(jobs)", "亿元/人"),
    "best_per": ("best(gdp) / best(output)", "比"),
    "none": ("total(output) / (total(output) - total(output))", "比"),
    "other": ("CASE WHEN indicator(growth) > 10 THEN official(gdp) ELSE total(output) END", "亿元"),
}


def test_every_kind_of_formula_has_the_same_values(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world = build()
    rows = [("gdp", area, str(year), 100.0 + year - 2020) for area in ("R", "C1", "C2") for year in (2022, 2023, 2024)]
    for firm, size in (("E1", 1.0), ("E2", 2.5), ("E3", 3.0), ("E5", 0.5)):
        for year in (2023, 2024):
            rows += monthly("output", firm, year, [size + year - 2023 + month / 10 for month in range(12)])
            rows += monthly("jobs", firm, year, [size * 10] * 12)
    world.facts(rows)
    world.facts([("output", "E4", "2024-03", 9.0), ("output", "E4", "2024-04", 9.0)], simulated=True)
    # enough of them for whole cells: an area with both kinds, and one in which each element has another kind
    world.facts(monthly("output", "E5", 2024, [7.0] * 12) + monthly("output", "E4", 2023, [7.0] * 12), simulated=True)
    world.facts(monthly("jobs", "E6", 2024, [70.0] * 12) + monthly("gdp", "R", 2024, [9.0] * 12), simulated=True)
    world.facts(monthly("jobs", "E4", 2023, [5.0] * 12))
    e, a = world.organisations, world.areas
    Recognition.objects.create(kind=RecognitionKind.objects.get(code="green"), holder=e["E1"], valid_from=BORN)
    Parcel.objects.create(
        code="D1", area=a["Z1"], holder=e["E1"], land_area=30, use="工业", status="idle", valid_from=BORN
    )
    Project.objects.create(
        code="P1", name="一", area=a["Z1"], kind=ProjectKind.objects.get(code="renewal"), stage="started", valid_from=BORN,
        started_on=BORN, simulated=True,
    )  # fmt: skip
    # one who moves and grows, and a zone that moves: every table of the query with more than one stretch of
    # months
    change(e["E1"], dt.date(2024, 4, 1), area=a["Z3"], scale="small")
    change(Area.objects.get(code="Z2"), dt.date(2024, 3, 1), parent=a["C2"])
    catalog = world.catalog(**FORMULAS)
    ran: list[Run] = []

    def on_cluster(work: Run) -> Any:
        ran.append(work)
        return on_spark.run(work, spark)

    monkeypatch.setattr(evaluation, "_on_spark", on_cluster)
    asked = {"periods": ["2024", "2024-01/2024-05"], "catalog": catalog, "today": TODAY}
    here = evaluate(list(FORMULAS), **asked)
    there = evaluate(list(FORMULAS), engine="spark", **asked)
    assert len(ran) == 1
    assert len(here) == len(FORMULAS) * 7 * 2
    assert [(v.code, v.area, v.period, v.simulated, v.basis, v.reason) for v in there] == [
        (v.code, v.area, v.period, v.simulated, v.basis, v.reason) for v in here
    ]
    assert [v.value is None for v in there] == [v.value is None for v in here]
    known = [v.value for v in here if v.value is not None]
    assert [v.value for v in there if v.value is not None] == pytest.approx(known, rel=1e-12)
    assert len(known) > 60
