import datetime as dt
import random
from typing import Any

import pytest

from qiangqu.base.periods import from_key
from qiangqu.facts.models import FactBatch, Source
from qiangqu.facts.withdrawing import withdraw
from qiangqu.formulas import cube
from qiangqu.formulas.evaluate import evaluate
from qiangqu.formulas.models import EvaluationState, Indicator, IndicatorValue
from qiangqu.formulas.refresh import forget_computed, postponed, refresh
from qiangqu.registry.models import Organisation, Recognition, RecognitionKind

from .world import ALWAYS, TODAY, World, build

EARLY = 5  # takes long: begins before others

pytestmark = pytest.mark.django_db

FORMULAS = {
    "sum": ("total(output)", "亿元"),
    "metal": ("total(output, sector = 'metal')", "亿元"),
    "jobs": ("total(jobs)", "人"),
    "per_head": ("indicator(sum) / NULLIF(indicator(jobs), 0)", "亿元/人"),
    "growth": ("yoy(best(output))", "%"),
    "mean_growth": ("cagr(best(output), 2023)", "%"),
    "added_up": ("since(total(output), 2023)", "亿元"),
    "against_base": ("change(indicator(metal), 2023)", "%"),
    "big": ("reporters(output, value >= 30)", "家"),
    "active": ("reporters(output)", "家"),
    "part": ("share(indicator(sum), parent(indicator(sum)))", "%"),
    "before": ("lag(total(output), 1)", "亿元"),
    "gdp_growth": ("yoy(official(gdp))", "%"),
    "gdp_mean": ("cagr(official(gdp), 2022)", "%"),
    "green": ("holders('green')", "家"),
    "firms": ("organisations(scale = 'above')", "家"),
    "zones": ("areas_where(indicator(sum) >= 20, 'zone')", "个"),
    "sectors": ("groups_where('sector', total(output) >= 40)", "个"),
    "zone_best": ("best(zone_output)", "亿元"),
}


@pytest.fixture(params=[10**9, 0], ids=["facts", "cube"])
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> World:
    """Each test runs with and without sums kept in the lake."""
    monkeypatch.setattr(cube, "WORTH_ROWS", request.param)
    made = build()
    made.catalog(**FORMULAS)
    return made


def stored() -> dict[tuple[str, str, str], tuple]:
    rows = IndicatorValue.objects.values_list(
        "indicator__code", "area__code", "period_key", "value", "simulated", "basis", "reason"
    )
    return {(c, a, from_key(p).code): (None if v is None else round(v, 6), s, b, r) for c, a, p, v, s, b, r in rows}


def computed() -> dict[tuple[str, str, str], tuple]:
    found = evaluate(list(Indicator.objects.values_list("code", flat=True)), today=TODAY)
    return {
        (v.code, v.area, v.period): (None if v.value is None else round(v.value, 6), v.simulated, v.basis, v.reason)
        for v in found
    }


def random_rows(chance: random.Random, count: int) -> list[tuple[str, str, str, float]]:
    cells = {}
    for _ in range(count):
        kind = chance.random()
        year, month = chance.choice([2023, 2024, 2025]), chance.randint(1, 12)
        if kind < 0.7:
            key = (
                chance.choice(["output", "jobs"]),
                chance.choice(["E1", "E2", "E3", "E4", "E5"]),
                f"{year}-{month:02d}",
            )
        elif kind < 0.85:
            key = (
                chance.choice(["output", "zone_output"]),
                chance.choice(["R", "C1", "Z1", "Z2", "Z3", "Z4"]),
                f"{year}",
            )
        else:
            key = (chance.choice(["gdp", "gdp_growth", "output_growth"]), "R", chance.choice([f"{year}", f"{year}H1"]))
        cells[key] = round(chance.uniform(1, 30), 2)
    return [(*key, value) for key, value in cells.items()]


def test_incremental_equals_full(world: World) -> None:
    chance = random.Random(7)
    sources = [Source.objects.create(title=str(n), published_on=f"2025-0{n}-01") for n in (1, 2)]
    for step in range(6):
        count = 250 if step == 0 else chance.choice([1, 5, 40])
        world.facts(random_rows(chance, count), simulated=chance.random() < 0.3, source=chance.choice([None, *sources]))
        assert refresh(today=TODAY).facts > 0
        assert stored() == computed(), f"step {step}"
    assert len(stored()) > 1000


def test_incremental_after_batches_were_withdrawn(world: World, django_user_model: Any) -> None:
    """Only what they touched is computed anew, and nothing of them is left, not even of a year that nothing else
    speaks of.
    """
    chance = random.Random(3)
    planner = django_user_model.objects.create(username="p", role="planner", area=world.areas["R"])
    batches = [world.facts(random_rows(chance, count)) for count in (200, 40, 1, 40)]
    batches.append(world.facts([("output", "E1", "2022-03", 5.0), ("output", "E1", "2024-03", 6.0)]))
    FactBatch.objects.update(user=planner)
    refresh(today=TODAY)
    before = stored()
    assert any(period.startswith("2022") for _code, _area, period in before)
    for batch in (batches[1], batches[4], batches[2]):
        withdraw(FactBatch.objects.get(pk=batch.pk), planner, "导入了别处的文件")
        refresh(today=TODAY)
        assert stored() == computed() != before
    assert not any(value for (_c, _a, period), (value, *_rest) in stored().items() if period.startswith("2022"))
    forget_computed()
    refresh(today=TODAY)
    assert stored() == computed()


def test_incremental_after_register_and_formula_changes(world: World) -> None:
    world.facts(random_rows(random.Random(3), 300))
    refresh(today=TODAY)
    assert refresh(today=TODAY).indicators == 0, "nothing changed, nothing is computed"
    green = RecognitionKind.objects.get(code="green")
    title = Recognition.objects.create(kind=green, holder=world.organisations["E1"], valid_from=dt.date(2023, 5, 1))
    assert refresh(today=TODAY).indicators == 1
    assert stored() == computed()
    title.valid_to = dt.date(2024, 1, 15)
    title.save()
    assert refresh(today=TODAY).indicators == 1
    assert stored() == computed()
    moved = Organisation.objects.get(code="E2")
    moved.area, moved.scale, moved.effective_from = world.areas["Z4"], "above", ALWAYS
    moved.save()
    refresh(today=TODAY)
    assert stored() == computed()
    world.organisation("E7", "Z1")
    assert refresh(today=TODAY).indicators == 1, "a new enterprise changes the count of enterprises, no sums"
    assert stored() == computed()
    Indicator.objects.filter(code="jobs").update(formula="total(jobs, scale = 'above')")
    assert refresh(today=TODAY).indicators == 2, "the indicator and the one that refers to it"
    assert stored() == computed()
    Indicator.objects.filter(code="jobs").update(formula="total(nothing)")
    summary = refresh(today=TODAY)
    assert set(summary.faults) == {"jobs", "per_head"}
    assert not IndicatorValue.objects.filter(indicator__code__in=["jobs", "per_head"]).exists()


def test_a_month_that_is_over_counts(world: World) -> None:
    green = RecognitionKind.objects.get(code="green")
    Recognition.objects.create(kind=green, holder=world.organisations["E1"], valid_from=dt.date(2023, 5, 1))
    refresh(today=dt.date(2026, 11, 23))
    assert ("green", "R", "2026-11") not in stored()
    assert refresh(today=dt.date(2026, 12, 2)).indicators >= 1
    assert stored()["green", "R", "2026-11"][0] == 1


def test_only_touched_indicators_and_periods_are_computed(world: World) -> None:
    world.facts(random_rows(random.Random(5), 300))
    refresh(today=TODAY)
    world.facts([("jobs", "E1", "2026-03", 77.0)])
    summary = refresh(today=TODAY)
    assert summary.indicators == 2
    assert 0 < summary.written < 20
    assert stored()["jobs", "Z1", "2026Q1"][0] == 77


def test_two_refreshes_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was overtaken while computing starts again and stores what the other left."""
    from qiangqu.formulas import refresh as module

    world.facts([("jobs", "E1", "2024-03", 1.0)])
    refresh(today=TODAY)
    world.facts([("jobs", "E1", "2024-03", 2.0)])
    original, overtaken = module._compute, []

    def compute(*arguments):
        if not overtaken:
            overtaken.append(True)
            refresh(today=TODAY)
            world.facts([("jobs", "E1", "2024-03", 3.0)])
        return original(*arguments)

    monkeypatch.setattr(module, "_compute", compute)
    refresh(today=TODAY)
    assert EvaluationState.objects.get().version == 3
    assert stored()["jobs", "Z1", "2024-03"][0] == 3


@pytest.mark.django_db(transaction=True)
def test_new_facts_are_taken_up_by_themselves() -> None:
    world = build()
    world.catalog(sum=("total(output)", "亿元"))
    world.facts([("output", "E1", "2024", 5.0)])
    assert stored()["sum", "R", "2024"][0] == 5
    with postponed():
        world.facts([("output", "E1", "2024", 6.0)])
        assert stored()["sum", "R", "2024"][0] == 5
    assert stored()["sum", "R", "2024"][0] == 6
