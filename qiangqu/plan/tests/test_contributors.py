"""Enterprises and industries behind a value, gathered from its rows."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.formulas.explain import Cell, Explanation, Input
from qiangqu.formulas.rows import Row, RowPage
from qiangqu.plan.contributors import Contributors, Share, _ranked, contributors, gather
from qiangqu.plan.track import status
from qiangqu.registry.models import Area, Industry, Organisation, OrganisationKind, Project, ProjectKind

from .conftest import DAY

pytestmark = pytest.mark.django_db
BORN = dt.date(2029, 1, 1)


@pytest.fixture
def firms(tiny) -> dict[str, Organisation]:
    east = Area.objects.get(code="990100")
    ships, steel = (Industry.objects.create(code=c, name=n) for c, n in (("x-ships", "船舶"), ("x-steel", "钢铁")))
    sectors = {"甲": ships, "乙": ships, "丙": steel, "丁": None}
    made = {
        name: Organisation.objects.create(
            code=f"E-{at}",
            name=f"{name}公司",
            kind=OrganisationKind.ENTERPRISE,
            area=east,
            sector=sector,
            valid_from=BORN,
        )
        for at, (name, sector) in enumerate(sectors.items())
    }
    kind = ProjectKind.objects.create(code="x-renovation", name="技改")
    Project.objects.create(
        code="P-1", name="甲技改", kind=kind, area=east, owner=made["甲"], stage="started", valid_from=BORN
    )
    return made


def explained(rows: list[Row], total: int = 0, whole: float | None = None) -> Explanation:
    page = RowPage(rows, total or len(rows), 1, 500, whole, "亿元")
    part = Input(7, "total", "船舶产值之和", "990000", "2032", Cell(1.0), "亿元")
    root = Input(9, "div", "两项之商", "990000", "2032", Cell(1.0), "%", inputs=(part,))
    return Explanation(
        "share", "占比", "%", 1, "", "", "990000", "海澜省", "2032", Cell(1.0), root, (), False, None, (), page, 7
    )  # fmt: skip


def test_rows_are_gathered_by_enterprise_and_industry_and_the_rest_is_named(firms) -> None:
    rows = [
        Row("fact", 1, "甲公司", "E-0", value=40.0, simulated=True),
        Row("fact", 2, "丙公司", "E-2", value=30.0),
        Row("fact", 3, "乙公司", "E-1", value=10.0),
        Row("fact", 4, "甲公司", "E-0", value=5.0),
        Row("fact", 5, "丁公司", "E-3", value=5.0),
        Row("fact", 6, "丙公司", "E-2", value=99.0, counts=False),
        Row("fact", 7, "海澜省", "990000", value=300.0),
    ]
    found = gather(explained(rows, total=20, whole=100.0))
    assert found.what == "船舶产值之和" and found.unit == "亿元" and found.simulated
    assert [(x.name, x.value, round(x.share or 0, 6)) for x in found.industries] == [
        ("船舶", 55.0, 55.0),
        ("钢铁", 30.0, 30.0),
        ("其他产业", 5.0, 5.0),
        ("其余13条", 10.0, 10.0),
    ]
    assert [(x.name, x.value) for x in found.enterprises] == [
        ("甲公司", 45.0),
        ("丙公司", 30.0),
        ("乙公司", 10.0),
        ("丁公司", 5.0),
    ]
    assert found.enterprises[0].url == f"/organisations/{firms['甲'].pk}/"


def test_titles_and_projects_are_counted(firms) -> None:
    rows = [
        Row("recognition", 1, "甲公司", "E-0"),
        Row("project", 2, "甲技改", "P-1"),
        Row("recognition", 3, "丙公司", "E-2"),
    ]
    found = gather(explained(rows, whole=3.0))
    assert [(x.name, x.value) for x in found.industries] == [("船舶", 2.0), ("钢铁", 1.0)]
    assert found.enterprises[0] == Share("甲公司", 2.0, pytest.approx(200 / 3), f"/organisations/{firms['甲'].pk}/")


def test_published_figures_and_missing_rows_have_no_contributors(firms, full, people) -> None:
    assert gather(explained([Row("fact", 1, "海澜省", "990000", value=5.0)])) == Contributors()
    without = next(one for one in status(DAY) if one.code == "A5")
    assert contributors(without, full.area, people["planner"]) == Contributors()


@given(
    st.lists(st.tuples(st.text(max_size=5), st.floats(-1e12, 1e12), st.just("")), max_size=20), st.floats(-1e12, 1e12)
)
def test_ranking_keeps_everything_and_never_divides_by_zero(parts, whole) -> None:
    ranked = _ranked(parts, whole)
    assert len(ranked) == len(parts) and [x.value for x in ranked] == sorted((p[1] for p in parts), reverse=True)


def test_an_enterprise_counts_in_the_industry_in_which_it_was_then(firms) -> None:
    steel = Industry.objects.get(code="x-steel")
    moved = firms["甲"]
    moved.sector = steel
    moved.effective_from = dt.date(2032, 7, 1)
    moved.save()
    rows = [
        Row("fact", 1, "甲公司", "E-0", value=40.0, period="2032-03"),
        Row("fact", 2, "甲公司", "E-0", value=30.0, period="2032-09"),
        Row("fact", 3, "乙公司", "E-1", value=20.0),
        Row("project", 4, "甲技改", "P-1", value=5.0, period="2032-03"),
    ]
    found = gather(explained(rows, whole=95.0))
    assert [(x.name, x.value) for x in found.industries] == [("船舶", 65.0), ("钢铁", 30.0)]
    assert found.enterprises[0].value == 75.0
