import shutil
from pathlib import Path

import pytest
import yaml

import qiangqu
from qiangqu.base.packs import Pack
from qiangqu.facts import pack as facts_pack
from qiangqu.facts.models import CollectionForm, Element, Fact, FactBatch
from qiangqu.registry import pack as registry_pack
from qiangqu.registry.models import AuditEntry

TINY = Path(qiangqu.__file__).parent / "plan" / "tests" / "tiny_pack"
FORM = {
    "code": "monthly",
    "name": "月报",
    "frequency": "month",
    "first_period": "2030-01",
    "items": [{"element": "ship_output", "unit": "万元", "minimum": 0, "max_change": 50}],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = Path(shutil.copytree(TINY, tmp_path / "pack"))
    area = (made / "areas.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    (made / "forms.yaml").write_text(yaml.safe_dump([FORM | {"area": area}], allow_unicode=True), encoding="utf-8")
    return made


def faults(folder: Path) -> list[str]:
    return [str(f) for f in facts_pack.check(Pack(folder)) if f.severity == "error"]


def load(folder: Path) -> None:
    registry_pack.load(Pack(folder), lambda _text: None)
    facts_pack.load(Pack(folder), lambda _text: None)


def test_the_whole_pack_is_loaded_and_a_second_load_changes_nothing(db, folder) -> None:
    assert faults(folder) == []
    load(folder)
    growth = Element.objects.get(code="gdp_growth")
    assert growth.growth_of.code == "gdp"
    item = CollectionForm.objects.get(code="monthly").items.get()
    assert (item.unit, item.max_change) == ("万元", 50)
    batch = FactBatch.objects.get(kind="pack")
    assert batch.rows == Fact.objects.count() > 0
    assert not Fact.objects.filter(source=None).exists()
    entries = AuditEntry.objects.count()
    load(folder)
    assert AuditEntry.objects.count() == entries
    assert FactBatch.objects.get().pk == batch.pk


def test_a_corrected_figure_supersedes_the_old_one(db, folder) -> None:
    load(folder)
    path = folder / "published.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[1].split(",")
    changed = str(float(cells[3]) + 1)
    lines[1] = ",".join([*cells[:3], changed, *cells[4:]])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    load(folder)
    batch = FactBatch.objects.order_by("id").last()
    assert (batch.rows, batch.corrections) == (1, 1)


def element(**changes):
    def edit(folder: Path) -> None:
        path = folder / "elements.yaml"
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries[0].update(changes)
        path.write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")

    return edit


def figure(column: int, text: str):
    def edit(folder: Path) -> None:
        path = folder / "published.csv"
        lines = path.read_text(encoding="utf-8").splitlines()
        cells = lines[1].split(",")
        cells[column] = text
        path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", encoding="utf-8")

    return edit


def form(**changes):
    def edit(folder: Path) -> None:
        path = folder / "forms.yaml"
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries[0].update(changes)
        path.write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")

    return edit


@pytest.mark.parametrize(
    "edit, message",
    [
        (element(unit="箩筐"), "不认识的单位"),
        (element(kind="wrong"), "elements.yaml ship_output：kind"),
        (element(name=""), "缺少 name"),
        (element(growth_of="nothing"), "不在表中"),
        (element(subjects=["moon"]), "subjects"),
        (element(code="gdp"), "代码重复"),
        (figure(0, "nothing"), "published.csv 第2行：要素 nothing"),
        (figure(1, "月球"), "区域 月球"),
        (figure(2, "去年"), "不是时期"),
        (figure(3, "很多"), "不是数字"),
        (figure(4, "万吨标准煤"), "不能换算"),
        (figure(5, ""), "没有来源"),
        (figure(7, "昨天"), "不是日期"),
        (form(frequency="week"), "frequency"),
        (form(first_period="那时"), "不是时期"),
        (form(items=[{"element": "nothing", "unit": "万元"}]), "要素 nothing"),
        (form(items=[{"element": "ship_output", "unit": "吨"}]), "不能换算"),
        (form(items="x"), "items 应是列表"),
        (form(area="X"), "区域 X"),
    ],
)
def test_each_fault_is_named(folder, edit, message) -> None:
    edit(folder)
    assert any(message in fault for fault in faults(folder)), faults(folder)


def test_a_pack_without_figures_is_told_so(folder) -> None:
    (folder / "published.csv").unlink()
    assert faults(folder) == []
    assert any("没有公开数据" in f.message for f in facts_pack.check(Pack(folder)))
