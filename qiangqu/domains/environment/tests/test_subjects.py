"""Outlets are subjects of facts and are counted in formulas: where their enterprise was, over its subtree,
opened to the outlets.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from qiangqu.base.errors import InputError
from qiangqu.domains.environment.models import Outlet
from qiangqu.facts import reading
from qiangqu.facts.importing import commit, preview
from qiangqu.facts.models import Element, Fact
from qiangqu.facts.reading import Where
from qiangqu.facts.scope import facts_in, subject_by_code
from qiangqu.facts.subjects import by_code
from qiangqu.formulas.evaluate import evaluate
from qiangqu.formulas.explain import explain
from qiangqu.formulas.models import Indicator
from qiangqu.formulas.refresh import refresh

TODAY = dt.date(2026, 11, 23)
MOVED = dt.date(2026, 7, 1)


def figures(code: str, areas: list[str], period: str) -> list[float | None]:
    found = {v.area: v.value for v in evaluate([code], areas, [period], today=TODAY)}
    return [found[area] for area in areas]


def move(record: Any, **values: Any) -> None:
    for name, given in values.items():
        setattr(record, name, given)
    record.effective_from = MOVED
    record.save()


def indicators(**formulas: tuple[str, str]) -> None:
    for code, (formula, unit) in formulas.items():
        Indicator.objects.create(code=code, name=code, unit=unit, formula=formula)


def test_outlets_are_counted_where_their_enterprise_was(scene: dict[str, Any]) -> None:
    indicators(
        air=("count(outlet, medium = 'air')", "个"),
        limits=("count(outlet, medium = 'water' AND standard LIKE 'GB%' AND reference_oxygen > 0)", "个"),
        dry=("count(outlet, reference_oxygen <= 6)", "个"),
    )
    areas = ["Z1", "C1", "Z3", "R"]
    assert figures("air", areas, "2026-06") == [1, 1, 1, 2]
    assert figures("limits", areas, "2026-06") == [0, 0, 0, 0]
    assert figures("dry", areas, "2026-06") == [1, 1, 0, 1]
    refresh(today=TODAY)
    move(scene["mine"], area=scene["areas"]["Z3"])
    assert figures("air", areas, "2026-06") == [1, 1, 1, 2]
    assert figures("air", areas, "2026-07") == [0, 0, 2, 2]
    # the move of the owner alone renews what counts its outlets
    assert refresh(today=TODAY).indicators == 3
    found = explain("air", "Z3", "2026-07", today=TODAY)
    assert [(r.kind, r.code, r.area) for r in found.rows.rows] == [
        ("record", "DA001", "西一开"),
        ("record", "DA900", "西一开"),
    ]
    # the former zone keeps its figure and is told no name of what has left it; the enterprise sees its own
    before = explain("air", "Z1", "2026-06", scene["people"]["zone"], today=TODAY)
    assert before.cell.value == 1 and [r.code for r in before.rows.rows] == [""]


def test_an_attribute_that_makes_no_sum_is_refused(scene: dict[str, Any]) -> None:
    indicators(oxygen=("sum(outlet.reference_oxygen)", "%"))
    with pytest.raises(InputError, match="排放口（outlet）不能求和的属性“reference_oxygen”，可求和的是 （没有）"):
        evaluate(["oxygen"], ["R"], ["2026"], today=TODAY)


def test_facts_about_outlets_come_in_and_follow_them(scene: dict[str, Any], tmp_path: Path) -> None:
    Element.objects.create(
        code="discharge", name="废水排放量", unit="吨", kind="flow", aggregation="sum", subjects="area,outlet"
    )
    rows = "要素,排放口,时期,数值,单位\n"
    rows += "".join(f"废水排放量,{one},2026-{m:02d},1.5,万吨\n" for one in ("DW001", "邻区排口") for m in (6, 7))
    file = tmp_path / "outlets.csv"
    file.write_text(rows, encoding="utf-8")
    # who answers for one zone cannot write about the other's outlet, and is not told that it is there
    bad = preview(file, scene["people"]["zone"]).bad
    assert {one.reason for one in bad} == {"没有排放口“邻区排口”，或它不在您的管辖范围内"}
    assert commit(file, None, key="outlets").rows == 4
    assert set(Fact.objects.values_list("subject_kind", "value")) == {(5, 15000.0)}
    indicators(out=("total(discharge)", "万吨"))
    move(scene["mine"], area=scene["areas"]["Z3"])
    assert figures("out", ["Z1", "Z3", "R"], "2026-06") == [1.5, 1.5, 3]
    assert figures("out", ["Z1", "Z3", "R"], "2026-07") == [None, 3, 3]
    # facts follow their outlet, and the outlet its enterprise
    people = scene["people"]
    assert {f.subject_id for f in reading.rows(Where(scope=facts_in(people["neighbour"])))} == set(
        Outlet.objects.values_list("pk", flat=True)
    ) - {scene["stack"].pk}
    assert len(reading.rows(Where(scope=facts_in(people["owner"])))) == 2
    assert not reading.rows(Where(scope=facts_in(people["rival"])))
    assert subject_by_code(people["owner"], by_code("outlet"), "DW001") == scene["drain"]
    # an element that is not about outlets is refused
    Element.objects.update(subjects="area")
    assert {one.reason for one in preview(file).bad} == {"要素“废水排放量”不适用于排放口"}
