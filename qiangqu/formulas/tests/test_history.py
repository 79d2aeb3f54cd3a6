"""A figure of a period uses what held then (decision 4), real before simulated cell by cell (decision 6):
computed, kept current, opened.
"""

import datetime as dt
from typing import Any

import pytest

from qiangqu.formulas import cube
from qiangqu.formulas.evaluate import evaluate
from qiangqu.formulas.explain import explain, rows_at
from qiangqu.formulas.models import Indicator
from qiangqu.formulas.refresh import refresh
from qiangqu.registry.models import Area, Industry, Parcel, Project, ProjectKind, Recognition, RecognitionKind, User
from qiangqu.registry.subjects import PARCEL

from .test_engine import monthly, number, numbers, value
from .test_refresh import computed, stored
from .world import TODAY, World, build

pytestmark = pytest.mark.django_db
MOVED = dt.date(2026, 7, 1)


@pytest.fixture
def world() -> World:
    return build()


def change(record: Any, day: dt.date, **values: Any) -> None:
    """A change of a register record that holds from ``day``."""
    for name, given in values.items():
        setattr(record, name, given)
    record.effective_from = day
    record.save()


def opened(code: str, area: str, period: str) -> tuple[float | None, list[str], float | None]:
    """Value, codes of the rows and their sum, of an opened number."""
    found = explain(code, area, period, today=TODAY)
    assert found.rows is not None
    return found.cell.value, [row.code for row in found.rows.rows], found.rows.sum


def test_an_enterprise_that_moves_leaves_its_past_behind(world: World) -> None:
    world.facts(monthly("output", "E1", 2025, [1.0] * 12) + monthly("output", "E1", 2026, [1.0] * 10))
    world.facts(monthly("output", "E2", 2025, [4.0] * 12) + monthly("output", "E2", 2026, [4.0] * 10))
    world.facts(monthly("output", "E4", 2025, [2.0] * 12) + monthly("output", "E4", 2026, [2.0] * 10))
    change(world.organisations["E1"], MOVED, area=world.areas["Z3"])
    total = "total(output)"
    assert numbers(world, total, ("Z1", "C1", "Z3", "C2", "R"), "2025") == [60, 60, 24, 24, 84]
    assert numbers(world, total, ("Z1", "C1", "Z3", "C2", "R"), "2026-06") == [5, 5, 2, 2, 7]
    assert numbers(world, total, ("Z1", "C1", "Z3", "C2", "R"), "2026-07") == [4, 4, 3, 3, 7]
    # the months add up: each counts where the enterprise was then
    assert numbers(world, total, ("Z1", "Z3", "R"), "2026-01/2026-10") == [46, 24, 70]
    assert number(world, "since(total(output), 2025)", "Z3", "2026-01/2026-10") == 48
    # a subject's own value in the period is not cut in two: it counts whole where it is at the end
    assert number(world, "reporters(output, value >= 10)", "Z3", "2026-01/2026-10", "家") == 2
    assert number(world, "reporters(output, value >= 10)", "Z1", "2026-01/2026-10", "家") == 1
    assert number(world, "reporters(output)", "R", "2026-01/2026-10", "家") == 3
    assert number(world, "organisations(scale = 'above')", "Z1", "2026-06", "家") == 1
    assert number(world, "organisations(scale = 'above')", "Z1", "2026-07", "家") == 0
    assert number(world, "organisations(scale = 'above')", "Z3", "2026-07", "家") == 2
    world.catalog(sum=(total, "亿元"), big=("reporters(output, value >= 10)", "家"), firms=("organisations()", "家"))
    assert opened("sum", "Z1", "2025") == (60, ["E2", "E1"], 60)
    assert opened("sum", "Z1", "2026-07") == (4, ["E2"], 4)
    assert opened("sum", "Z3", "2026-01/2026-10") == (24, ["E4", "E1"], 24)
    assert opened("big", "Z3", "2026-01/2026-10")[:2] == (2, ["E4", "E1"])
    assert opened("firms", "Z1", "2026-06")[:2] == (2, ["E1", "E2"])
    assert opened("firms", "Z1", "2026-07")[:2] == (1, ["E2"])
    found = explain("sum", "C2", "2026-01/2026-10", today=TODAY)
    assert [(c.area, c.cell.value) for c in found.contributions] == [("Z3", 24)]
    row = next(r for r in explain("sum", "Z3", "2026-01/2026-10", today=TODAY).rows.rows if r.code == "E1")
    facts = rows_at("sum", found.rows_node, "Z3", "2026-01/2026-10", subject=(row.subject_kind, row.id))
    assert [(f.period, f.area) for f in facts.rows] == [(f"2026-{m:02d}", "Z3") for m in range(7, 11)]


def test_every_attribute_is_that_of_the_period(world: World) -> None:
    world.facts(monthly("output", "E1", 2026, [1.0] * 10) + monthly("jobs", "E1", 2026, [100.0] * 10))
    world.facts(monthly("output", "E2", 2026, [1.0] * 10))
    food = Industry.objects.get(code="food")
    one = world.organisations["E1"]
    change(one, MOVED, sector=food, chain=None, scale="small", industry_code="1400", ownership="private")
    for condition, before, after in (
        ("sector = 'metal'", 1, 0),
        ("sector = 'food'", 1, 2),
        ("chain = 'alloy'", 1, 0),
        ("scale = 'above'", 1, 0),
        ("industry LIKE '14%'", 1, 2),
        ("ownership = 'private'", 0, 1),
    ):
        formula = f"total(output, {condition})"
        assert numbers(world, formula, "Z1", ("2026-06", "2026-07")) == [before, after], condition
        counted = f"organisations({condition})"
        assert numbers(world, counted, "Z1", ("2026-06", "2026-07"), "家") == [before, after], condition
    assert number(world, "total(output, scale = 'above')", "Z1", "2026-01/2026-10") == 6
    assert number(world, "average(jobs, scale = 'above')", "Z1", "2026-06", "人") == 100
    assert number(world, "average(jobs, scale = 'above')", "Z1", "2026-07", "人") is None
    assert number(world, "reporters(output, value >= 1 AND scale = 'above')", "Z1", "2026-06", "家") == 1
    assert number(world, "reporters(output, value >= 1 AND scale = 'above')", "Z1", "2026-07", "家") == 0
    assert number(world, "groups_where('sector', total(output) >= 1)", "R", "2026-06", "个") == 2
    assert number(world, "groups_where('sector', total(output) >= 1)", "R", "2026-07", "个") == 1
    # no enterprise any more, in the register of organisations still
    change(one, dt.date(2026, 9, 1), kind="association")
    assert numbers(world, "organisations()", "Z1", ("2026-08", "2026-09"), "家") == [2, 1]


def test_land_projects_and_titles_are_where_they_were(world: World) -> None:
    e, a = world.organisations, world.areas
    plot = Parcel.objects.create(
        code="D1", area=a["Z1"], holder=e["E1"], land_area=30, use="工业", status="idle", valid_from=dt.date(2020, 1, 1)
    )
    change(plot, dt.date(2026, 3, 1), land_area=40)
    change(plot, dt.date(2026, 5, 10), holder=e["E2"])
    change(plot, MOVED, area=a["Z3"], status="built")
    kind = ProjectKind.objects.get(code="renewal")
    work = Project.objects.create(
        code="P1", name="一", area=a["Z1"], owner=e["E1"], kind=kind, stage="started", valid_from=dt.date(2025, 1, 1),
        started_on=dt.date(2025, 5, 1),
    )  # fmt: skip
    change(work, MOVED, area=a["Z3"], stage="finished", finished_on=MOVED)
    Recognition.objects.create(
        kind=RecognitionKind.objects.get(code="green"), holder=e["E1"], valid_from=dt.date(2025, 2, 3)
    )
    change(e["E1"], MOVED, area=a["Z3"])

    def both(formula: str, unit: str, *periods: str) -> list[tuple[float | None, float | None]]:
        return [(number(world, formula, "Z1", p, unit), number(world, formula, "Z3", p, unit)) for p in periods]

    assert both("parcels()", "亩", "2026-02", "2026-03", "2026-07") == [(30, 0), (40, 0), (0, 40)]
    assert both("parcels(status = 'idle')", "亩", "2026-06", "2026-07") == [(40, 0), (0, 0)]
    assert both("parcels(scale = 'above')", "亩", "2026-04", "2026-05") == [(40, 0), (0, 0)]
    assert both("projects('renewal')", "个", "2026-06", "2026-07") == [(1, 0), (0, 1)]
    assert both("projects('renewal', 'started')", "个", "2025", "2025-05", "2026-07") == [(1, 0), (1, 0), (0, 0)]
    assert both("projects('renewal', 'finished')", "个", "2026Q3") == [(0, 1)]
    assert both("holders('green')", "家", "2025", "2026-06", "2026-07") == [(1, 0), (1, 0), (0, 1)]
    # what was achieved there stays there
    assert both("recognised_since('green', 2025)", "家", "2025", "2026-07") == [(1, 0), (1, 0)]
    world.catalog(
        land=("parcels()", "亩"), begun=("projects('renewal', 'started')", "个"), green=("holders('green')", "家"),
        given=("recognised_since('green', 2025)", "家"), stored=("projects('renewal')", "个"),
    )  # fmt: skip
    assert opened("land", "Z1", "2026-02") == (30, ["D1"], 30)
    assert opened("land", "Z1", "2026-07") == (0, [], 0)
    assert opened("land", "Z3", "2026-07") == (40, ["D1"], 40)
    for code, area, period, rows in (
        ("begun", "Z1", "2025", ["P1"]),
        ("begun", "Z3", "2025", []),
        ("stored", "Z3", "2026-07", ["P1"]),
        ("stored", "Z1", "2026-06", ["P1"]),
        ("green", "Z1", "2026-06", ["E1"]),
        ("green", "Z1", "2026-07", []),
        ("green", "Z3", "2026-07", ["E1"]),
        ("given", "Z1", "2026-07", ["E1"]),
    ):
        assert opened(code, area, period) == (len(rows), rows, len(rows)), (code, area, period)


def test_facts_about_projects_and_parcels_follow_their_own_history(world: World) -> None:
    import pyarrow as pa

    from qiangqu.base.periods import parse_period
    from qiangqu.facts.models import BatchKind
    from qiangqu.facts.store import ingest

    a = world.areas
    plot = Parcel.objects.create(
        code="D1", area=a["Z1"], holder=world.organisations["E1"], land_area=30, use="工业", status="idle",
        valid_from=dt.date(2020, 1, 1),
    )  # fmt: skip
    rows = {"element": [], "subject_kind": [], "subject_id": [], "period_key": [], "value": []}
    for period in ("2026-06", "2026-07"):
        for name, cell in (
            ("element", world.elements["output"].pk), ("subject_kind", PARCEL.number),
            ("subject_id", plot.pk), ("period_key", parse_period(period).key), ("value", 3.0),
        ):  # fmt: skip
            rows[name].append(cell)
    ingest(pa.table(rows), key="plots", kind=BatchKind.IMPORT)
    change(plot, MOVED, area=a["Z3"])
    assert numbers(world, "total(output)", ("Z1", "Z3"), "2026-06") == [3, None]
    assert numbers(world, "total(output)", ("Z1", "Z3"), "2026-07") == [None, 3]
    # the owner's class counts as it was, too
    change(world.organisations["E1"], MOVED, scale="small")
    assert number(world, "total(output, scale = 'above')", "R", "2026-06") == 3
    assert number(world, "total(output, scale = 'above')", "R", "2026-07") == 0


def test_areas_that_move_leave_their_past_behind(world: World) -> None:
    world.facts(
        [*monthly("output", "E1", 2026, [1.0] * 10), *monthly("output", "E4", 2026, [2.0] * 10)]
        + [
            ("zone_output", z, f"2026-{m:02d}", v)
            for z, v in (("Z1", 10.0), ("Z2", 20.0), ("Z3", 30.0))
            for m in (6, 7)
        ]
    )
    zone = Area.objects.get(code="Z1")
    change(zone, MOVED, parent=world.areas["C2"])
    assert numbers(world, "total(output)", ("C1", "C2", "R"), "2026-06") == [1, 2, 3]
    assert numbers(world, "total(output)", ("C1", "C2", "R"), "2026-07") == [None, 3, 3]
    assert numbers(world, "total(zone_output)", ("C1", "C2"), "2026-06") == [30, 30]
    assert numbers(world, "total(zone_output)", ("C1", "C2"), "2026-07") == [20, 40]
    assert numbers(world, "parent(best(zone_output))", "Z1", ("2026-06", "2026-07")) == [30, 40]
    formula = "areas_where(best(zone_output) >= 10, 'zone')"
    assert numbers(world, formula, "C2", ("2026-06", "2026-07"), "个") == [1, 2]
    assert numbers(world, "organisations()", "C2", ("2026-06", "2026-07"), "家") == [1, 3]
    world.catalog(sum=("total(output)", "亿元"), zones=("total(zone_output)", "亿元"), good=(formula, "个"))
    assert [c.area for c in explain("sum", "C2", "2026-06", today=TODAY).contributions] == ["Z3"]
    assert [c.area for c in explain("sum", "C2", "2026-07", today=TODAY).contributions] == ["Z3", "Z1"]
    assert opened("sum", "C1", "2026-06") == (1, ["E1"], 1)
    assert opened("sum", "C2", "2026-07") == (3, ["E4", "E1"], 3)
    assert opened("zones", "C1", "2026-06")[0] == 30
    found = explain("zones", "C2", "2026-07", today=TODAY)
    assert [(r.code, r.value) for r in found.rows.rows if r.counts] == [("Z1", 10), ("Z3", 30)]
    assert [p.area for p in explain("good", "C2", "2026-07", today=TODAY).root.inputs] == ["Z1", "Z3"]
    # who answers for the old city sees that the zone was part of its figure, and no more of it than he may
    viewer = User.objects.create_user("c1", password="x", role="bureau", area=world.areas["C1"])
    seen = explain("sum", "C1", "2026-06", viewer, today=TODAY)
    assert seen.cell.value == 1
    assert [(c.area, c.cell.value) for c in seen.contributions] == [("Z1", None), ("Z2", None)]
    # a zone that becomes a city counts among the zones while it is one
    change(Area.objects.get(code="Z2"), dt.date(2026, 7, 15), level="city")
    assert numbers(world, formula, "C1", ("2026-06", "2026-07"), "个") == [2, None]


def test_ends_and_beginnings_count_from_their_own_days(world: World) -> None:
    e = world.organisations
    above = "organisations(scale = 'above')"
    # closed, entered weeks later; closed and opened again; a birth corrected to an earlier day, one to a
    # later day
    change(e["E1"], TODAY, valid_to=dt.date(2025, 6, 30))
    change(e["E3"], dt.date(2025, 3, 1), valid_to=dt.date(2025, 2, 28))
    change(e["E3"], dt.date(2025, 9, 1), valid_to=None)
    assert numbers(world, above, "Z1", ("2025-06", "2025-07"), "家") == [1, 0]
    assert numbers(world, above, "Z2", ("2025-02", "2025-03", "2025-08", "2025-09"), "家") == [1, 0, 0, 1]
    world.organisation("E8", "Z3", valid_from=dt.date(2024, 5, 1))
    change(e["E8"], TODAY, valid_from=dt.date(2023, 5, 1))
    world.organisation("E9", "Z3", valid_from=dt.date(2023, 5, 1))
    change(e["E9"], TODAY, valid_from=dt.date(2024, 5, 1))
    assert numbers(world, above, "Z3", ("2023-04", "2023-05", "2024-05"), "家") == [1, 2, 3]
    # a title that is given again in the same record was held before, and given twice
    kind = RecognitionKind.objects.get(code="green")
    title = Recognition.objects.create(
        kind=kind, holder=e["E4"], valid_from=dt.date(2022, 1, 1), valid_to=dt.date(2024, 12, 31)
    )
    change(title, dt.date(2025, 7, 1), valid_from=dt.date(2025, 7, 1), valid_to=dt.date(2028, 6, 30))
    held = numbers(world, "holders('green')", "R", ("2021-12", "2022", "2024", "2025-06", "2025-07"), "家")
    assert held == [None, 1, 1, 0, 1]
    assert number(world, "recognised_since('green', 2022)", "R", "2024", "家") == 1
    assert number(world, "recognised_since('green', 2022)", "R", "2025", "家") == 2


def test_a_correction_of_the_past_changes_the_past(world: World) -> None:
    world.facts(monthly("output", "E1", 2025, [1.0] * 12) + monthly("output", "E4", 2025, [2.0] * 12))
    one = world.organisations["E1"]
    change(one, dt.date(2025, 7, 1), area=world.areas["Z3"])
    assert numbers(world, "total(output)", ("Z1", "Z3"), "2025Q3") == [None, 9]
    # wrong zone: corrected from the same day on
    change(one, dt.date(2025, 7, 1), area=world.areas["Z2"])
    assert numbers(world, "total(output)", ("Z1", "Z2", "Z3"), "2025Q3") == [None, 3, 6]
    assert numbers(world, "total(output)", ("Z1", "Z2"), "2025Q2") == [3, None]
    # wrong from its birth on
    change(world.organisations["E4"], dt.date(2000, 1, 1), area=world.areas["Z2"])
    assert numbers(world, "total(output)", ("Z2", "Z3"), "2025Q2") == [6, None]


def test_merged_organisations_keep_what_they_were(world: World) -> None:
    """E3 is taken over by E1: it ends, its land and title go over, its reports end."""
    e, a = world.organisations, world.areas
    title = Recognition.objects.create(
        kind=RecognitionKind.objects.get(code="giant"), holder=e["E3"], valid_from=dt.date(2024, 1, 1)
    )
    plot = Parcel.objects.create(
        code="D3",
        area=a["Z2"],
        holder=e["E3"],
        land_area=10,
        use="工业",
        status="built",
        valid_from=dt.date(2020, 1, 1),
    )
    world.facts(monthly("output", "E3", 2026, [5.0] * 6) + monthly("output", "E1", 2026, [1.0] * 6 + [6.0] * 4))
    change(title, MOVED, holder=e["E1"])
    change(plot, MOVED, holder=e["E1"])
    change(e["E3"], MOVED, valid_to=dt.date(2026, 6, 30))
    assert numbers(world, "holders('giant')", ("Z1", "Z2"), "2026-06", "家") == [0, 1]
    assert numbers(world, "holders('giant')", ("Z1", "Z2"), "2026-07", "家") == [1, 0]
    assert numbers(world, "parcels(ownership = 'state')", "Z2", ("2026-06", "2026-07"), "亩") == [10, 0]
    assert numbers(world, "organisations()", "Z2", ("2026-06", "2026-07"), "家") == [1, 0]
    assert numbers(world, "total(output)", ("Z1", "Z2", "C1"), "2026Q2") == [3, 15, 18]
    assert numbers(world, "total(output)", ("Z1", "Z2", "C1"), "2026Q3") == [18, None, 18]


@pytest.mark.parametrize("least", [10**9, 0], ids=["facts", "cube"])
def test_stored_values_follow_changes_of_registers(world: World, monkeypatch: pytest.MonkeyPatch, least: int) -> None:
    monkeypatch.setattr(cube, "WORTH_ROWS", least)
    world.facts(monthly("output", "E1", 2025, [1.0] * 12) + monthly("output", "E1", 2026, [1.0] * 10))
    world.facts(monthly("output", "E4", 2025, [2.0] * 12) + monthly("output", "E4", 2026, [2.0] * 10))
    world.catalog(
        sum=("total(output)", "亿元"), above=("total(output, scale = 'above')", "亿元"), growth=("yoy(total(output))", "%"),
        firms=("organisations()", "家"), green=("holders('green')", "家"), land=("parcels()", "亩"),
        big=("reporters(output, value >= 10)", "家"), begun=("projects('renewal', 'started')", "个"),
        part=("share(total(output), parent(total(output)))", "%"),
    )  # fmt: skip
    title = Recognition.objects.create(
        kind=RecognitionKind.objects.get(code="green"), holder=world.organisations["E1"], valid_from=dt.date(2025, 2, 3)
    )
    refresh(today=TODAY)
    before = stored()
    change(world.organisations["E1"], MOVED, area=world.areas["Z3"], scale="small")
    assert refresh(today=TODAY).written > 0
    after = stored()
    assert after == computed()
    early = {cell for cell in before if cell[2][:4] == "2025" or cell[2] in ("2026-06", "2026Q2", "2026H1")}
    assert early and all(after[cell] == before[cell] for cell in early)
    assert after["sum", "Z3", "2026-07"][0] == 3 and before["sum", "Z3", "2026-07"][0] == 2
    change(Area.objects.get(code="Z3"), dt.date(2026, 9, 1), parent=world.areas["C1"])
    refresh(today=TODAY)
    assert stored() == computed()
    assert [stored()["sum", "C2", p][0] for p in ("2026-08",)] == [3] and ("sum", "C2", "2026-09") not in stored()
    change(title, dt.date(2026, 10, 1), valid_to=dt.date(2026, 9, 30))
    assert refresh(today=TODAY).indicators == 1
    assert stored() == computed()
    assert refresh(today=TODAY).indicators == 0, "nothing changed, nothing is computed"


# ---------------------------------------------------------------- real before simulated


def test_the_first_real_record_leaves_earlier_periods_alone(world: World) -> None:
    a = world.areas
    for code in list(world.organisations):
        world.organisations.pop(code).delete()
    for n, zone in enumerate(("Z1", "Z1", "Z3"), 1):
        world.organisation(f"S{n}", zone, simulated=True)
    kind, renewal = RecognitionKind.objects.get(code="green"), ProjectKind.objects.get(code="renewal")
    since = dt.date(2024, 1, 1)
    Recognition.objects.create(kind=kind, holder=world.organisations["S1"], valid_from=since, simulated=True)
    Parcel.objects.create(
        code="D1", area=a["Z1"], land_area=30, use="工业", status="built", valid_from=since, simulated=True
    )
    Project.objects.create(
        code="P1",
        name="一",
        area=a["Z1"],
        kind=renewal,
        stage="started",
        valid_from=since,
        started_on=since,
        simulated=True,
    )
    formulas = {
        "organisations(scale = 'above')": "家", "holders('green')": "家", "recognised_since('green', 2024)": "家",
        "parcels()": "亩", "projects('renewal')": "个", "projects('renewal', 'started')": "个",
        "since(projects('renewal', 'started'), 2024)": "个",
    }  # fmt: skip

    codes = {f"x{n}": formula for n, formula in enumerate(formulas)}

    def all_figures(
        areas: tuple[str, ...], periods: tuple[str, ...]
    ) -> dict[tuple[str, str], dict[str, tuple[float | None, bool]]]:
        found: dict[tuple[str, str], dict[str, tuple[float | None, bool]]] = {}
        catalog = world.catalog(**{code: (formula, formulas[formula]) for code, formula in codes.items()})
        for cell in evaluate(list(codes), areas, periods, catalog=catalog, today=TODAY):
            found.setdefault((cell.area, cell.period), {})[codes[cell.code]] = (cell.value, cell.simulated)
        return found

    def figures(area: str, period: str) -> dict[str, tuple[float | None, bool]]:
        return all_figures((area,), (period,))[area, period]

    places = ("R", "C1", "Z1", "Z2", "Z3"), ("2024", "2025", "2025-12", "2024Q3")
    before = all_figures(*places)
    assert len(before) == 20 and {len(cells) for cells in before.values()} == {len(formulas)}
    assert before["R", "2025"]["organisations(scale = 'above')"] == (3, True)
    first = dt.date(2026, 1, 1)
    world.organisation("REAL-1", "Z1", valid_from=first)
    Recognition.objects.create(kind=kind, holder=world.organisations["REAL-1"], valid_from=first)
    Parcel.objects.create(code="D2", area=a["Z1"], land_area=7, use="工业", status="built", valid_from=first)
    Project.objects.create(
        code="P2", name="二", area=a["Z1"], kind=renewal, stage="started", valid_from=first, started_on=first
    )
    assert all_figures(*places) == before
    now = figures("Z1", "2026-03")
    assert now == {
        "organisations(scale = 'above')": (1, False), "holders('green')": (1, False),
        "recognised_since('green', 2024)": (1, False), "parcels()": (7, False), "projects('renewal')": (1, False),
        "projects('renewal', 'started')": (0, False), "since(projects('renewal', 'started'), 2024)": (1, True),
    }  # fmt: skip
    assert value(world, "organisations(scale = 'above')", "Z3", "2026-03", "家").simulated
    # where neither kind of record is, the 0 is not a real one either, as long as the others' figures are
    # simulated
    assert set(figures("Z2", "2026-03").values()) == {(0, True)}
    world.catalog(
        firms=("organisations(scale = 'above')", "家"), land=("parcels()", "亩"), green=("holders('green')", "家")
    )
    assert opened("firms", "Z1", "2025")[:2] == (2, ["S1", "S2"])
    assert opened("firms", "R", "2026-03")[:2] == (1, ["REAL-1"])
    assert opened("land", "R", "2025") == (30, ["D1"], 30)
    assert opened("green", "R", "2025")[:2] == (1, ["S1"])
    # nor do periods after the last real record fall to nothing
    change(world.organisations["REAL-1"], dt.date(2026, 7, 1), valid_to=dt.date(2026, 6, 30))
    found = value(world, "organisations(scale = 'above')", "R", "2026-07", "家")
    assert (found.value, found.simulated) == (3, True)


def test_a_real_part_does_not_take_the_simulated_sum_of_the_parts_away(world: World) -> None:
    rows = [("zone_output", z, "2024", v) for z, v in (("Z1", 10.0), ("Z2", 20.0))]
    world.facts(rows, simulated=True)
    world.facts([("zone_output", "Z1", "2024", 11.0)])
    found = value(world, "total(zone_output)", "C1", "2024")
    assert (found.value, found.simulated) == (30, True)
    world.catalog(zones=("total(zone_output)", "亿元"))
    rows = explain("zones", "C1", "2024", today=TODAY).rows
    assert sorted((r.code, r.value) for r in rows.rows if r.counts) == [("Z1", 10), ("Z2", 20)]
    world.facts([("zone_output", "Z2", "2024", 21.0)])
    found = value(world, "total(zone_output)", "C1", "2024")
    assert (found.value, found.simulated) == (32, False)


@pytest.mark.one_database
def test_all_cells_of_all_formulas_agree_with_their_rows(world: World) -> None:
    """Counts and sums, opened: the rows add up to the value, before and after moves. Of the months between
    the year's ends and the move one stands for the others.
    """
    world.facts(monthly("output", "E1", 2026, [1.0] * 10) + monthly("output", "E4", 2026, [2.0] * 10))
    change(world.organisations["E1"], MOVED, area=world.areas["Z3"])
    world.catalog(
        sum=("total(output)", "亿元"), firms=("organisations()", "家"), many=("reporters(output, value >= 1)", "家"),
        metal=("total(output, sector = 'metal')", "亿元"),
    )  # fmt: skip
    seen, kinds = 0, set()
    for found in evaluate(list(Indicator.objects.values_list("code", flat=True)), today=TODAY):
        if (
            found.value is None
            or found.period[:4] != "2026"
            or found.period[-2:] in ("02", "03", "04", "05", "08", "09")
        ):
            continue
        rows = explain(found.code, found.area, found.period, today=TODAY).rows
        amount = rows.total if found.code in ("firms", "many") else rows.sum or 0
        assert amount == pytest.approx(found.value), found
        seen += 1
        kinds.add(found.period)
    assert seen > 100 and {"2026-06", "2026-07", "2026-01/2026-10"} <= kinds, (seen, kinds)
