"""Real or simulated figures are chosen once for a formula's cell (decision 6): computed, opened, shown."""

import itertools
from collections.abc import Iterator

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qiangqu.formulas.evaluate import evaluate
from qiangqu.formulas.explain import explain, rows_at
from qiangqu.formulas.rows import Choice
from qiangqu.registry.models import User

from .test_engine import value
from .world import TODAY, World, build

pytestmark = pytest.mark.django_db
REAL = "这一格各项都用真实数据。"
SIMULATED = "真实数据不足以算出这一格，各项一律改用模拟数据；没有模拟数据的项用真实数据。"


@pytest.fixture
def world() -> World:
    return build()


def test_a_quotient_does_not_mix_real_and_simulated_figures(world: World) -> None:
    world.facts([("output", "E1", "2024", 10.0), ("tax", "E3", "2024", 4.0)])
    world.facts(
        [("output", "E1", "2024", 90.0), ("tax", "E1", "2024", 3.0), ("jobs", "E3", "2024", 5.0)], simulated=True
    )
    world.facts([("output", "E3", "2024", 8.0)], simulated=True)
    quotient = "total(output) / total(tax)"
    # output is known for real, tax is not: both are simulated ones
    found = value(world, quotient, "Z1", "2024", "亿元/万元")
    assert (found.value, found.simulated) == (30, True)
    # one has only real figures: those stand beside the other's simulated ones
    found = value(world, quotient, "Z2", "2024", "亿元/万元")
    assert (found.value, found.simulated) == (2, True)
    found = value(world, quotient, "C1", "2024", "亿元/万元")
    assert (found.value, found.simulated) == (2.5, False)
    # each formula chooses for itself, also one that another draws in
    world.catalog(made=("total(output)", "亿元"), rate=("indicator(made) / total(tax)", "亿元/万元"))
    made, rate = evaluate(["made", "rate"], ["Z1"], ["2024"], today=TODAY)
    assert (made.value, made.simulated, rate.value, rate.simulated) == (10, False, 30, True)


def test_growth_and_sums_over_years_are_of_one_kind(world: World) -> None:
    world.facts(
        [("output", "E1", "2023", 10.0), ("output", "E1", "2024", 20.0), ("output", "E1", "2025", 25.0)], simulated=True
    )
    world.facts([("output", "E1", "2025", 100.0)])
    found = value(world, "yoy(total(output))", "Z1", "2025", "%")
    assert (found.value, found.simulated) == (25, True)
    found = value(world, "since(total(output), 2023)", "Z1", "2025")
    assert (found.value, found.simulated) == (55, True)
    world.facts([("output", "E1", "2024", 80.0)])
    found = value(world, "yoy(total(output))", "Z1", "2025", "%")
    assert (found.value, found.simulated) == (25, False)
    found = value(world, "lag(total(output), 1)", "Z1", "2025")
    assert (found.value, found.simulated) == (80, False)


def test_real_figures_that_give_no_result_are_an_answer(world: World) -> None:
    world.facts([("output", "E1", "2024", 10.0), ("tax", "E1", "2024", 0.0)])
    world.facts([("output", "E1", "2024", 10.0), ("tax", "E1", "2024", 2.0)], simulated=True)
    found = value(world, "total(output) / total(tax)", "Z1", "2024", "亿元/万元")
    assert (found.value, found.reason) == (None, "2024年的除数为零")
    # half a year is no year: real months do not suffice
    world.facts([("tax", "E3", f"2024-{month:02d}", 1.0) for month in range(1, 7)])
    world.facts([("tax", "E3", "2024", 7.0)], simulated=True)
    found = value(world, "total(tax)", "Z2", "2024", "万元")
    assert (found.value, found.simulated) == (7, True)
    found = value(world, "total(tax)", "Z2", "2024H1", "万元")
    assert (found.value, found.simulated) == (6, False)


def test_preferred_figures_follow_the_choice(world: World) -> None:
    world.facts([("output", "C1", "2024", 100.0)])
    world.facts([("output", "E1", "2024", 40.0), ("jobs", "E1", "2024", 4.0)], simulated=True)
    found = value(world, "best(output)", "C1", "2024")
    assert (found.value, found.simulated) == (100, False)
    # the published sum is of all, the simulated jobs are of one: the simulated sum belongs to them
    found = value(world, "best(output) / total(jobs)", "C1", "2024", "亿元/人")
    assert (found.value, found.simulated) == (10, True)
    found = explain("x", "C1", "2024", today=TODAY)
    best = found.root.inputs[0]
    assert [(part.op, part.used) for part in best.inputs] == [("official", False), ("prefer", True)]


def _kinds() -> Iterator[tuple[str, str, bool]]:
    return itertools.product(("output", "tax"), ("E1", "E3", "E4"), (False, True))


@given(
    st.dictionaries(st.sampled_from(list(_kinds())), st.integers(1, 9), max_size=12),
    st.sampled_from(["Z1", "Z2", "Z3", "C1", "C2", "R"]),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_mixture_gives_what_the_rule_says(figures: dict[tuple[str, str, bool], int], area: str) -> None:
    from django.db import transaction

    below = {"Z1": "E1", "Z2": "E3", "Z3": "E4"}
    below |= {"C1": "E1 E3", "C2": "E4", "R": "E1 E3 E4"}
    with transaction.atomic():
        world = build()
        for simulated in (False, True):
            rows = [(e, who, "2024", float(v)) for (e, who, s), v in figures.items() if s == simulated]
            if rows:
                world.facts(rows, simulated=simulated)
        found = value(world, "total(output) / total(tax)", area, "2024", "亿元/万元")
        opened = explain("x", area, "2024", today=TODAY)
        transaction.set_rollback(True)

    def summed(element: str, simulated: bool) -> int | None:
        parts = [
            figures[element, who, simulated] for who in below[area].split() if (element, who, simulated) in figures
        ]
        return sum(parts) if parts else None

    real = [summed(element, False) for element in ("output", "tax")]
    either = [summed(element, True) or summed(element, False) for element in ("output", "tax")]
    over, under = real if None not in real else either
    expected = over / under if over and under else None
    assert found.value == (None if expected is None else pytest.approx(expected))
    assert found.simulated == (expected is not None and None in real)
    assert (opened.cell.value, opened.cell.simulated) == (found.value, found.simulated)
    assert opened.choice_words == ("" if expected is None else SIMULATED if found.simulated else REAL)
    if expected is not None and opened.rows:
        assert opened.rows.sum == over


def test_rows_and_pages_say_which_choice_was_made(world: World) -> None:
    world.facts([("output", "E1", "2024", 10.0)])
    world.facts([("output", "E1", "2024", 90.0), ("tax", "E1", "2024", 3.0)], simulated=True)
    world.catalog(per=("total(output) / total(tax)", "亿元/万元"), sum=("total(output)", "亿元"))
    found = explain("per", "Z1", "2024", today=TODAY)
    assert (found.choice, found.choice_words) == (Choice.SIMULATED, SIMULATED)
    assert [(row.value, row.simulated) for row in found.rows.rows] == [(90, True)]
    node = found.rows_node
    assert [row.value for row in rows_at("per", node, "Z1", "2024").rows] == [90]
    assert [row.value for row in rows_at("per", node, "Z1", "2024", choice=Choice.REAL).rows] == [10]
    alone = explain("sum", "Z1", "2024", today=TODAY)
    assert (alone.choice, [row.value for row in alone.rows.rows]) == (Choice.REAL, [10])
    client = Client()
    client.force_login(User.objects.create_user("planner", password="x", role="planner", area=world.areas["R"]))
    place = {"area": "Z1", "period": "2024"}
    page = client.get("/indicators/per/explain", place).content.decode()
    assert SIMULATED in page and REAL not in page
    assert REAL in client.get("/indicators/sum/explain", place).content.decode()
    data = client.get("/api/v1/indicators/per/explain", place).json()
    assert data["choice"] == "simulated"
    rows = client.get("/api/v1/indicators/per/explain", place | {"node": node, "choice": data["choice"]}).json()
    assert [row["value"] for row in rows["rows"]] == [90]
