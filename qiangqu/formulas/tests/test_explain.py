import datetime as dt
import json

import pytest
from click.testing import CliRunner

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.facts.models import Source
from qiangqu.formulas.commands import explain_command, indicators_group, lake_group
from qiangqu.formulas.explain import Input, explain, rows_at
from qiangqu.registry.models import Project, ProjectKind, Recognition, RecognitionKind, User

from .world import TODAY, World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    made = build()
    made.facts(
        [
            ("output", code, f"2024-{m:02d}", v)
            for code, v in (("E1", 1.0), ("E3", 2.0), ("E4", 4.0))
            for m in range(1, 13)
        ],
        simulated=True,
    )
    return made


@pytest.fixture
def viewer(world: World) -> User:
    return User.objects.create_user("zone", password="x", role="zone", area=world.areas["C1"])


def flat(part: Input) -> list[Input]:
    return [part, *(each for child in part.inputs for each in flat(child))]


def test_a_sum_opens_down_to_an_enterprise_month(world: World) -> None:
    world.catalog(sum=("total(output)", "亿元"))
    found = explain("sum", "R", "2024", today=TODAY)
    assert (found.cell.value, found.cell.simulated, found.cell.basis) == (84, True, "reported")
    assert found.words == "产值上报数之和"
    assert [(c.area, c.cell.value, c.share) for c in found.contributions[:2]] == [
        ("C2", 48, pytest.approx(57.14, abs=0.01)),
        ("C1", 36, pytest.approx(42.86, abs=0.01)),
    ]
    assert found.remainder == 0
    assert found.rows is not None
    assert [(row.kind, row.code, row.value, row.facts) for row in found.rows.rows] == [
        ("subject", "E4", 48, 12),
        ("subject", "E3", 24, 12),
        ("subject", "E1", 12, 12),
    ]
    assert found.rows.sum == 84
    zone = explain("sum", "Z1", "2024", today=TODAY)
    row = zone.rows.rows[0]
    facts = rows_at("sum", zone.rows_node, "Z1", "2024", subject=(row.subject_kind, row.id))
    assert [fact.period for fact in facts.rows] == [f"2024-{m:02d}" for m in range(1, 13)]
    assert facts.rows[0].batch["file"] == "测试.csv"
    assert facts.rows[0].batch["row"] == 1
    assert facts.rows[0].simulated
    month = explain("sum", "R", "2024-05", today=TODAY, page=2, size=2)
    assert (month.rows.total, month.rows.pages, [r.value for r in month.rows.rows]) == (3, 2, [1.0])


def test_rows_meet_the_conditions(world: World) -> None:
    world.catalog(metal=("total(output, sector = 'metal')", "亿元"), big=("reporters(output, value >= 20)", "家"))
    found = explain("metal", "R", "2024", today=TODAY)
    assert (found.cell.value, [r.code for r in found.rows.rows], found.rows.sum) == (36, ["E3", "E1"], 36)
    found = explain("big", "R", "2024", today=TODAY)
    assert (found.cell.value, [r.code for r in found.rows.rows]) == (2, ["E4", "E3"])


def test_an_official_figure_opens_down_to_its_sources(world: World) -> None:
    first = Source.objects.create(title="统计公报", url="http://example.org/a", published_on="2025-03-01")
    other = Source.objects.create(title="报纸", published_on="2025-01-01")
    world.facts([("output", "C1", "2024", 40.0)], source=first)
    world.facts([("output", "C1", "2024", 41.0)], source=other)
    world.catalog(best=("best(output)", "亿元"))
    found = explain("best", "C1", "2024", today=TODAY)
    assert (found.cell.value, found.cell.simulated, found.cell.basis) == (40, False, "official")
    assert [(r.value, r.counts, r.source["title"]) for r in found.rows.rows] == [
        (40, True, "统计公报"),
        (41, False, "报纸"),
    ]
    (difference,) = found.differences
    assert (difference.official, difference.summed, difference.difference, difference.simulated) == (40, 36, 4, True)
    used = {part.op: part.used for part in flat(found.root) if part.has_rows}
    assert used == {"official": True, "total": False, "area_sum": False}


def test_growth_shows_both_periods_and_parents_are_hidden_from_strangers(world: World, viewer: User) -> None:
    world.facts([("output", "E1", "2023", 10.0), ("output", "E4", "2023", 40.0)], simulated=True)
    world.catalog(growth=("yoy(total(output))", "%"), part=("share(total(output), parent(total(output)))", "%"))
    found = explain("growth", "Z1", "2024", today=TODAY)
    totals = [(p.period, p.cell.value) for p in flat(found.root) if p.op == "total"]
    assert (found.cell.value, totals) == (pytest.approx(20), [("2024", 12), ("2023", 10)])
    whole = explain("part", "C1", "2024", today=TODAY)
    assert next(p.cell.value for p in flat(whole.root) if p.area == "R") == 84
    limited = explain("part", "C1", "2024", viewer, today=TODAY)
    above = [p for p in flat(limited.root) if p.area == "R"]
    assert limited.cell.value == pytest.approx(whole.cell.value)
    assert [(p.hidden, p.cell.value, p.inputs, p.has_rows) for p in above] == [(True, None, (), False)]


def test_registers_list_their_records(world: World) -> None:
    green = RecognitionKind.objects.get(code="green")
    Recognition.objects.create(
        kind=green, holder=world.organisations["E1"], valid_from=dt.date(2023, 3, 1), valid_to=dt.date(2024, 3, 1)
    )
    Recognition.objects.create(
        kind=green,
        holder=world.organisations["E4"],
        valid_from=dt.date(2024, 3, 1),
        document_number="宁工信〔2024〕1号",
    )
    kind = ProjectKind.objects.get(code="renewal")
    Project.objects.create(
        code="P1",
        name="一期",
        area=world.areas["Z1"],
        kind=kind,
        stage="started",
        valid_from=dt.date(2023, 1, 1),
        started_on=dt.date(2024, 5, 1),
    )
    world.catalog(
        green=("holders('green')", "家"),
        started=("projects('renewal', 'started')", "个"),
        firms=("organisations(scale = 'above')", "家"),
    )
    found = explain("green", "R", "2024", today=TODAY)
    assert (found.cell.value, [(r.code, r.source["title"]) for r in found.rows.rows]) == (
        1,
        [("E4", "宁工信〔2024〕1号")],
    )
    found = explain("started", "C1", "2024", today=TODAY)
    assert (found.cell.value, [(r.name, r.first) for r in found.rows.rows]) == (1, [("一期", dt.date(2024, 5, 1))])
    found = explain("firms", "C1", "2024", today=TODAY)
    assert (found.cell.value, [r.code for r in found.rows.rows]) == (2, ["E1", "E3"])


def test_zones_that_count_are_listed(world: World) -> None:
    world.catalog(zones=("areas_where(total(output) >= 20, 'zone')", "个"))
    found = explain("zones", "R", "2024", today=TODAY)
    # one zone has no figure: the places are listed all the same
    assert (found.cell.value, found.cell.reason) == (None, "下辖区域只有一部分有数据，不能计数")
    assert [(p.area, p.cell.value) for p in found.root.inputs] == [("Z1", 12), ("Z2", 24), ("Z3", 48), ("Z4", None)]
    known = explain("zones", "C1", "2024", today=TODAY)
    assert known.cell.value == 1
    assert [(p.area, p.cell.value, p.used) for p in known.root.inputs] == [("Z1", 12, False), ("Z2", 24, True)]


def test_missing_values_have_a_reason(world: World) -> None:
    world.catalog(sum=("total(tax) / total(output)", "万元/亿元"))
    found = explain("sum", "R", "2024", today=TODAY)
    assert (found.cell.value, found.cell.reason) == (None, "缺少“税收上报数之和”2024年的数据")


def test_neighbours_and_nonsense_are_refused(world: World, viewer: User) -> None:
    world.catalog(sum=("total(output)", "亿元"))
    node = explain("sum", "Z1", "2024", viewer, today=TODAY).rows_node
    for area in ("Z3", "R", "C2", "nowhere"):
        with pytest.raises(NotFoundError):
            explain("sum", area, "2024", viewer, today=TODAY)
        with pytest.raises(NotFoundError):
            rows_at("sum", node, area, "2024", viewer)
    with pytest.raises(NotFoundError, match="没有指标"):
        explain("nothing", "Z1", "2024", viewer)
    with pytest.raises(InputError):
        explain("sum", "Z1", "二〇二四", viewer)
    with pytest.raises(InputError, match="没有这一项"):
        rows_at("sum", 999, "Z1", "2024", viewer)
    with pytest.raises(InputError):
        rows_at("sum", node, "Z1", "2024", viewer, page=0)
    enterprise = User.objects.create_user(
        "e", password="x", role="enterprise", organisation=world.organisations["E1"], area=world.areas["Z1"]
    )
    with pytest.raises(NotFoundError):
        explain("sum", "Z1", "2024", enterprise)


def run(*arguments: str):
    program = {"indicators": indicators_group, "explain": explain_command, "lake": lake_group}
    return CliRunner().invoke(program[arguments[0]], arguments[1:], catch_exceptions=False, standalone_mode=False)


def test_commands_print_json_and_tables(world: World) -> None:
    world.catalog(sum=("total(output)", "亿元"))
    values = json.loads(run("indicators", "eval", "sum", "--period", "2024", "--format", "json").stdout)
    assert values == [
        {
            "code": "sum",
            "area": "R",
            "period": "2024",
            "value": 84.0,
            "unit": "亿元",
            "simulated": True,
            "basis": "reported",
            "reason": "",
        }
    ]
    data = json.loads(run("explain", "sum", "--area", "C1", "--period", "2024-03", "--format", "json").stdout)
    assert (data["value"], data["rows"]["total"], data["inputs"]["inputs"][0]["op"]) == (3.0, 2, "total")
    assert "84 亿元 [模拟数据]" in run("explain", "sum", "--area", "R", "--period", "2024").stdout
    assert "sum  R  2024-05  7 亿元 [模拟数据]" in run("indicators", "eval", "sum").stdout
    rows = json.loads(run("explain", "sum", "--area", "Z1", "--period", "2024", "--format", "json").stdout)["rows"]
    (row,) = rows["rows"]
    down = ("explain", "sum", "--area", "Z1", "--period", "2024", "--subject", row["subject"])
    facts = json.loads(run(*down, "--format", "json").stdout)["rows"]
    assert [fact["period"] for fact in facts] == [f"2024-{m:02d}" for m in range(1, 13)]
    assert facts[0]["batch"]["row"] == 1 and run(*down).stdout.count("测试.csv 第") == 12
    assert f"--subject {row['subject']}" in run("explain", "sum", "--area", "Z1", "--period", "2024").stdout
    assert run("lake", "check").return_value == 0
    run("lake", "rebuild")
    run("lake", "vacuum")
    assert (
        json.loads(run("indicators", "eval", "sum", "--period", "2024", "--format", "json").stdout)[0]["value"] == 84.0
    )
