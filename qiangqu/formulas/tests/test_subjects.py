"""count() and sum() over declared registers: as of a period's end by the records' history, kept current,
opened to the records.
"""

import calendar
import datetime as dt
import random
from typing import Any

import pytest

from qiangqu.base.errors import InputError
from qiangqu.base.part import PartError
from qiangqu.base.subjects import Attribute, Subject
from qiangqu.facts import subjects
from qiangqu.formulas.check import check_formula
from qiangqu.formulas.evaluate import evaluate
from qiangqu.formulas.explain import explain, rows_at
from qiangqu.formulas.models import EvaluationState, Indicator
from qiangqu.formulas.refresh import refresh
from qiangqu.registry.models import Area, Organisation, Parcel, Project, ProjectKind, User
from qiangqu.registry.models.history import as_of

from .test_engine import number, numbers, value
from .test_history import MOVED, change, opened
from .test_refresh import computed, stored
from .world import TODAY, World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build()


def plot(world: World, code: str, area: str, size: float, **more: Any) -> Parcel:
    given = {"holder": world.organisations["E1"], "use": "工业", "status": "idle", "valid_from": dt.date(2020, 1, 1)}
    return Parcel.objects.create(code=code, area=world.areas[area], land_area=size, **{**given, **more})


def test_records_are_counted_and_summed_over_the_tree(world: World) -> None:
    plot(world, "D1", "Z1", 30.0)
    plot(world, "D2", "Z2", 20.0, status="built", holder=None)
    plot(world, "D3", "Z3", 50.0, valid_to=dt.date(2025, 6, 29))
    assert numbers(world, "count(parcel)", ("Z1", "C1", "C2", "R"), "2025-05", "个") == [1, 2, 1, 3]
    assert numbers(world, "count(parcel)", ("Z1", "C1", "C2", "R"), "2025-06", "个") == [1, 2, 0, 2]
    assert number(world, "sum(parcel.land_area)", "R", "2025", "亩") == 50
    assert number(world, "sum(parcel.land_area)", "R", "2024", "亩") == 100
    assert number(world, "count(parcel, status = 'idle')", "R", "2024", "个") == 2
    assert number(world, "count(parcel, land_area > 25)", "R", "2025", "个") == 1
    assert number(world, "count(parcel, land_area BETWEEN 10 AND 30 AND use LIKE '工%')", "R", "2025", "个") == 2
    # the holder's attributes count as the parcel's own; who has no holder has none
    assert number(world, "count(parcel, sector = 'metal')", "R", "2025", "个") == 1
    assert number(world, "count(parcel, NOT sector IN ('metal', 'food'))", "R", "2025", "个") == 1
    assert number(world, "sum(parcel.land_area, status = 'built' OR scale = 'above')", "C1", "2025", "亩") == 50
    # what no record meets is 0 where there is a register, in every area and from its first year
    assert number(world, "count(parcel, status = 'low_use')", "R", "2025", "个") == 0
    assert number(world, "sum(parcel.land_area)", "Z4", "2025", "亩") == 0
    assert number(world, "count(parcel)", "R", "2019", "个") is None
    # of a register without records nothing is known
    found = value(world, "count(project)", "R", "2025", "个")
    assert (found.value, found.reason) == (None, "名录中没有“期末项目数”2025年的记录")
    # the older words mean what they meant
    assert number(world, "parcels(status = 'idle')", "R", "2025", "亩") == 30
    assert number(world, "count(organisation, kind = 'enterprise' AND scale = 'above')", "R", "2025", "个") == 4
    assert number(world, "organisations(scale = 'above')", "R", "2025", "个") == 4
    assert number(world, "count(area, level = 'zone')", "C1", "2025", "个") == 2


def test_an_own_attribute_goes_before_the_owners(world: World) -> None:
    kind = ProjectKind.objects.get(code="renewal")
    metal = world.organisations["E1"].sector
    for code, sector, money in (("P1", metal, 100.0), ("P2", None, None)):
        Project.objects.create(
            code=code, name=code, kind=kind, area=world.areas["Z1"], owner=world.organisations["E2"], sector=sector,
            stage="started", planned_investment=money, valid_from=dt.date(2024, 1, 1),
        )  # fmt: skip
    assert number(world, "count(project, kind = 'renewal' AND sector = 'metal')", "R", "2024", "个") == 1
    assert number(world, "count(project, scale = 'small')", "R", "2024", "个") == 2
    # what is not stated adds nothing and meets no comparison
    assert number(world, "sum(project.planned_investment)", "R", "2024", "亿元") == 0.01
    assert number(world, "count(project, planned_investment < 1000)", "R", "2024", "个") == 1


def test_real_records_count_before_simulated_ones(world: World) -> None:
    plot(world, "D1", "Z1", 30.0, simulated=True)
    found = value(world, "count(parcel)", "R", "2025", "个")
    assert (found.value, found.simulated, found.basis) == (1, True, "register")
    plot(world, "D2", "Z2", 20.0)
    found = value(world, "count(parcel)", "C1", "2025", "个")
    assert (found.value, found.simulated) == (1, False)


def test_counts_follow_every_version_as_any_list_does(world: World) -> None:
    """Random moves and changes: each month's figures are those that the list "as of" its last day gives."""
    chance = random.Random(7)
    zones = ["Z1", "Z2", "Z3", "Z4"]
    for at in range(12):
        plot(
            world, f"D{at}", chance.choice(zones), float(chance.randint(1, 90)),
            status=chance.choice(["idle", "built"]), holder=world.organisations[f"E{chance.randint(1, 6)}"],
        )  # fmt: skip
    for day in sorted(dt.date(2025, chance.randint(1, 12), chance.randint(1, 28)) for _ in range(40)):
        one = chance.choice(list(Parcel.objects.order_by("code")))
        what: dict[str, Any] = chance.choice(
            [
                {"area": world.areas[chance.choice(zones)]},
                {"status": chance.choice(["idle", "built"])},
                {"land_area": float(chance.randint(1, 90))},
                {"holder": world.organisations[f"E{chance.randint(1, 6)}"]},
            ]
        )
        change(one, day, **what)
        if chance.random() < 0.2:
            change(
                chance.choice(list(Organisation.objects.order_by("code"))),
                day,
                scale=chance.choice(["above", "small"]),
            )
    catalog = world.catalog(
        n=("count(parcel, status = 'idle')", "个"), s=("sum(parcel.land_area, scale = 'above')", "亩")
    )
    months = [f"2025-{month:02d}" for month in range(1, 13)]
    found = {
        (v.code, v.area, v.period): v.value for v in evaluate(["n", "s"], None, months, catalog=catalog, today=TODAY)
    }
    paths = dict(Area.objects.values_list("code", "path"))
    for month, text in enumerate(months, 1):
        day = dt.date(2025, month, calendar.monthrange(2025, month)[1])
        scales = dict(as_of(Organisation, day).values_list("id", "scale"))
        parcels = list(as_of(Parcel, day).values_list("area__path", "status", "land_area", "holder_id"))
        for code, path in paths.items():
            here = [one for one in parcels if one[0].startswith(path)]
            assert found["n", code, text] == sum(status == "idle" for _p, status, _s, _h in here), (code, text)
            assert found["s", code, text] == sum(size for _p, _s, size, h in here if scales[h] == "above"), (code, text)


def test_a_number_opens_to_its_records(world: World) -> None:
    mine = plot(world, "D1", "Z1", 30.0)
    plot(world, "D2", "Z3", 20.0, status="built")
    world.catalog(n=("count(parcel, status = 'idle')", "个"), s=("sum(parcel.land_area)", "亩"))
    assert opened("n", "R", "2025") == (1, ["D1"], 1)
    assert opened("s", "R", "2025") == (50, ["D1", "D2"], 50)
    rows = explain("s", "R", "2025", today=TODAY).rows.rows
    assert [(r.kind, r.value, r.unit, r.area, r.subject_kind) for r in rows] == [
        ("record", 30, "亩", "Z1", 4),
        ("record", 20, "亩", "Z3", 4),
    ]
    # who has only the city may open its figure; a record that has left it since has no name for him any more
    change(mine, MOVED, area=world.areas["Z3"])
    viewer = User.objects.create_user("c1", password="x", role="bureau", area=world.areas["C1"])
    found = explain("n", "C1", "2026-06", viewer, today=TODAY)
    assert found.cell.value == 1 and [(r.id, r.code) for r in found.rows.rows] == [(0, "")]
    assert [r.code for r in rows_at("n", found.rows_node, "C1", "2026-06").rows] == ["D1"]
    assert opened("n", "C2", "2026-07") == (1, ["D1"], 1)


def test_a_changed_register_renews_what_counts_it_and_nothing_else(world: World) -> None:
    one = plot(world, "D1", "Z1", 30.0)
    world.catalog(
        plots=("count(parcel, status = 'idle')", "个"),
        land=("sum(parcel.land_area)", "亩"),
        more=("yoy(indicator(land))", "%"),
        zones=("count(area, level = 'zone')", "个"),
        firms=("count(organisation, scale = 'above')", "个"),
    )
    refresh(today=TODAY)
    assert stored() == computed()
    change(one, dt.date(2026, 3, 1), land_area=45.0)
    assert refresh(today=TODAY).indicators == 3  # plots, land, more
    assert stored() == computed()
    assert not refresh(today=TODAY).indicators
    # the owner's class belongs to what is asked of a parcel
    change(world.organisations["E1"], dt.date(2026, 3, 1), scale="small")
    assert refresh(today=TODAY).indicators == 4  # and firms
    assert stored() == computed()
    assert "subject:parcel" in EvaluationState.objects.get().registers
    assert Indicator.objects.count() == 5


BAD = [
    ("count(nothing)", "没有名录“nothing”，count() 可用的是 area（区域）、organisation（单位）、project（项目）、parcel（宗地）"),
    ("count(output)", "要素的上报数请用 total(要素)"),
    ("count()", "函数 count 的参数个数不对；用法：count(名录[, 条件])：期末名录中符合条件的记录数"),
    ("count(parcel, colour = 'red')", "宗地（parcel）没有属性“colour”；可用 "),
    ("count(parcel, status = 'blue')", "状态没有代码“blue”；可用 planned（规划）、supplied（已供应）"),
    ("count(parcel, land_area = 'big')", "land_area 应与数字比较，如 land_area > 0（单位为亩）"),
    ("count(parcel, status > 'idle')", "属性 status 只能用 =、<>、LIKE、IN 比较"),
    ("count(parcel.status)", "名称前不能带表名"),
    ("total(parcel.output)", "名称前不能带表名"),
    ("sum(output)", "“output”处应写作“名录.属性”，用法：sum(名录.属性[, 条件])"),
    ("sum(parcel.use)", "宗地（parcel）不能求和的属性“use”，可求和的是 land_area（亩）"),
    ("sum(parcel.depth)", "宗地（parcel）没有属性“depth”，可求和的是 land_area（亩）"),
    ("sum(parcel.land_area) + count(parcel)", "“期末宗地面积之和”以“亩”计，“期末宗地数”以“个”计，不能相加减"),
    ("sum(parcel.land_area) OVER ()", "不能写"),
    ("since(count(parcel), 2020)", "“期末宗地数”是期末存量，不能用 since() 累计"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), BAD)
def test_what_cannot_be_counted_is_said(world: World, text: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        check_formula(text, unit="个", catalog=world.catalog())
    assert said in error.value.message


def test_formulas_over_records_are_put_in_words(world: World) -> None:
    catalog = world.catalog()
    for text, unit, words in (
        ("count(parcel, land_area >= 30 AND status <> 'idle')", "个", "期末宗地（面积不小于30亩且状态不为“闲置”）数"),
        (
            "sum(parcel.land_area, status IN ('idle', 'built'))",
            "万亩",
            "期末宗地（状态为“闲置”、“已建成”之一）面积之和",
        ),
        ("count(project, sector = 'metal')", "个", "期末项目（重点产业为“金属”）数"),
    ):
        assert check_formula(text, unit=unit, catalog=catalog).words == words


def test_a_wrong_declaration_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "_declared", dict(subjects._declared))
    good = {"code": "plot", "number": 90, "model": "registry.Parcel", "title": "地块", "page": "parcels-detail"}

    def told(**other: Any) -> str:
        with pytest.raises(PartError) as error:
            subjects.register("toy", [Subject(**{**good, "names": (), **other})])
        return str(error.value)

    assert "对象“plot”：编号 4 已由 registry 的“parcel”使用，请换一个（已用 1、2、3、4" in told(number=4)
    assert "对象“parcel”：代码已由 registry 声明" in told(code="parcel")
    assert "编号 300 须在 1—127 之间" in told(number=300)
    assert "代码须由小写字母" in told(code="Plot")
    assert "代码与事实文件的列同名" in told(code="value")
    assert "没有模型 registry.Plot" in told(model="registry.Plot")
    assert "须是名录（RegisterRecord），缺 valid_from" in told(model="registry.Industry")
    assert "没有字段 title" in told(names=("title",))
    assert "至少要有一个代码字段" in told(codes=())
    assert "代码字段 use 须唯一" in told(codes=("code", "use"))
    assert "area“holder”不通向区域" in told(area="holder")
    assert "area“zone”中的字段不存在" in told(area="zone")
    assert "表头“宗地”已由 registry 的“parcel”使用" in told(headings=("宗地",))
    assert "属性 size 所指的字段 size 不存在" in told(attributes=(Attribute("size", "大小", unit="亩"),))
    assert "数值须写单位" in told(attributes=(Attribute("land_area", "面积"),))
    assert "数值须写单位" in told(attributes=(Attribute("use", "用途", unit="亩"),))
    assert "不认识的单位" in told(attributes=(Attribute("land_area", "面积", unit="蓝"),))
    assert "属性 area 与计算用的列同名，请换一个（如 plot_area）" in told(
        attributes=(Attribute("area", "面积", "land_area", unit="亩"),)
    )
    assert "声明了两次" in told(attributes=(Attribute("use", "用途"), Attribute("use", "用途")))
    assert "最多只能经过一个外键" in told(attributes=(Attribute("x", "行业", "holder.sector.code"),))
    assert "plot" not in subjects.codes()
    subjects.register("toy", [Subject(**good, names=(), area="holder.area", owner="holder")])
    assert subjects.by_number(90).code == "plot" and subjects.owner_of(subjects.by_code("plot")).code == "organisation"
