import shutil
from pathlib import Path

import pytest
import yaml

from qiangqu.base.packs import Pack
from qiangqu.plan import pack as plan_pack
from qiangqu.plan.models import Measure, Plan, Responsibility, Target
from qiangqu.registry.models import AuditEntry

from .conftest import TINY

CODE = Path(plan_pack.__file__).parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "pack"))


def edit(folder: Path, name: str, at: int, **values) -> None:
    path = folder / name
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    entries[at].update(values)
    path.write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")


def errors(folder: Path) -> list[str]:
    return [str(f) for f in plan_pack.check(Pack(folder)) if f.severity == "error"]


def test_the_tiny_pack_is_right_and_says_what_it_lacks() -> None:
    findings = plan_pack.check(Pack(TINY))
    assert [f for f in findings if f.severity == "error"] == []
    assert any("A5" in f.where and "尚未下达" in f.message for f in findings)


def test_load_is_complete_and_repeatable(tiny) -> None:
    assert (tiny.base_year, tiny.target_year, tiny.at_risk_gap, tiny.chance_good) == (2030, 2033, 0.2, 0.5)
    assert Target.objects.count() == 10 and Measure.objects.count() == 2
    b1 = Target.objects.get(code="B1")
    assert dict(b1.milestones.values_list("year", "value")) == {2031: 350.0, 2032: 450.0} and b1.measure.no == 1
    roles = Responsibility.objects.filter(target__code="B2").values_list("organisation__code", "role")
    assert list(roles) == [("H-IND", "lead"), ("H-G-E", "support"), ("H-G-W", "support")]
    history, trail = Target.history.count(), AuditEntry.objects.count()
    plan_pack.load(Pack(TINY), lambda text: None)
    assert (Target.history.count(), AuditEntry.objects.count()) == (history, trail)
    assert Plan.objects.count() == 1 and Responsibility.objects.count() == 18


def test_a_planners_edit_stands_until_the_pack_says_something_new(tiny, copy) -> None:
    target = Target.objects.get(code="A4")
    target.value = 42.0
    target.save()
    plan_pack.load(Pack(copy), lambda text: None)
    assert Target.objects.get(code="A4").value == 42.0
    edit(copy, "targets.yaml", 3, note="口径有调整")
    plan_pack.load(Pack(copy), lambda text: None)
    assert Target.objects.get(code="A4").value == 42.0 and Target.objects.get(code="A4").note == "口径有调整"
    edit(copy, "targets.yaml", 3, value=41)
    plan_pack.load(Pack(copy), lambda text: None)
    assert Target.objects.get(code="A4").value == 41.0


@pytest.mark.parametrize(
    ("file", "at", "values", "said"),
    [
        ("targets.yaml", 0, {"indicator": "nothing"}, "指标 nothing 不在 indicators.yaml 中"),
        ("targets.yaml", 0, {"unit": "万吨"}, "不是同一类量"),
        ("targets.yaml", 0, {"unit": "万元"}, "请改为指标的单位"),
        ("targets.yaml", 0, {"unit": "箩筐"}, "不认识的单位"),
        ("targets.yaml", 0, {"kind": "guess"}, "kind"),
        ("targets.yaml", 0, {"comparator": "=>"}, "comparator"),
        ("targets.yaml", 0, {"path": "zigzag"}, "path"),
        ("targets.yaml", 0, {"year": 2029}, "目标年"),
        ("targets.yaml", 0, {"value": "many"}, "写法不对"),
        ("targets.yaml", 0, {"value": float("nan")}, "不是有限的数"),
        ("targets.yaml", 0, {"code": "A2"}, "为空或重复"),
        ("targets.yaml", 0, {"measure": 9}, "举措 9 不在 tasks.yaml 中"),
        ("targets.yaml", 0, {"units": ["H-NO"]}, "责任单位 H-NO 不在 units.csv 中"),
        ("targets.yaml", 0, {"units": "H-IND"}, "列表"),
        ("targets.yaml", 5, {"milestones": {2040: 5}}, "里程碑 2040 年"),
        ("targets.yaml", 9, {"value_max": 4}, "上限应大于目标值"),
        ("tasks.yaml", 0, {"no": 2}, "不重复"),
        ("tasks.yaml", 0, {"lead": ["H-G-E"]}, "既是牵头又是配合"),
    ],
)
def test_faults_are_named(copy, file, at, values, said) -> None:
    edit(copy, file, at, **values)
    found = errors(copy)
    assert any(said in message and message.startswith(file) for message in found), found


def test_nothing_of_a_region_lives_in_code() -> None:
    """Codes and names of the bundled region do not appear in the plan's modules or templates."""
    words = ("宁夏", "宁东", "银川", "640000", "T-00-", "industrial_value_added", "U-MIIT", "2027", "2022")
    for path in [*CODE.rglob("*.py"), *CODE.rglob("*.html")]:
        if "tests" in path.parts or "migrations" in path.parts or "compile" in path.parts:
            continue
        code = path.read_text(encoding="utf-8")
        if path.name == "judge.py" or path.name.startswith("test_"):
            code = code.split('"""', 2)[-1]
        assert not [word for word in words if word in code], path


def test_a_cumulative_target_needs_a_formula_that_cannot_fall(copy) -> None:
    """Bound to the projects of a year instead of those since a year: refused, with what to write."""
    edit(copy, "targets.yaml", 7, indicator="projects_yearly")
    (found,) = errors(copy)
    assert "B3" in found and "可能由大变小" in found and "since(" in found


def test_an_indicator_of_records_is_no_targets(copy) -> None:
    code = yaml.safe_load((copy / "targets.yaml").read_text(encoding="utf-8"))[0]["indicator"]
    entries = yaml.safe_load((copy / "indicators.yaml").read_text(encoding="utf-8"))
    at = next(at for at, entry in enumerate(entries) if entry["code"] == code)
    edit(copy, "indicators.yaml", at, subject="organisation")
    said = f"指标 {code}：这个指标取值到企业、项目等对象，不能作为区域目标的指标"
    assert any(said in error for error in errors(copy))


def test_a_base_beyond_the_target_is_named(copy) -> None:
    edit(copy, "targets.yaml", 3, base=45)
    found = [f for f in plan_pack.check(Pack(copy)) if "A4" in f.where and "已达到目标" in f.message]
    assert len(found) == 1 and found[0].severity == "warning" and errors(copy) == []
