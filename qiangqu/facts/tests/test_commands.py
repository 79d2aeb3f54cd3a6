import json

import pytest
from click.testing import CliRunner, Result

from qiangqu.facts.commands import facts_group
from qiangqu.facts.models import Fact, FactBatch

HEAD = "要素,区域,时期,数值,单位,来源,网址,发布日期\n"
GOOD = (
    HEAD
    + "工业总产值,甲园区,2024-01,12000,万元,园区月报,,2024-02-15\n工业总产值,甲园区,2024-02,1.5,亿元,园区月报,,2024-03-15\n"
)
BAD = GOOD + "工业总产值,月球,2024-03,1,亿元,园区月报,,\n工业总产值,甲园区,2024-03,1,万吨标准煤,园区月报,,\n"


@pytest.fixture
def run(land, tmp_path, monkeypatch):
    def call(text: str, *options: str) -> Result:
        path = tmp_path / "facts.csv"
        path.write_text(text, encoding="utf-8")
        return CliRunner().invoke(facts_group, ["import", str(path), *options], standalone_mode=False)

    return call


def test_good_file_is_imported_once(run) -> None:
    result = run(GOOD)
    assert (result.return_value, result.exception) == (0, None)
    assert sorted(Fact.objects.values_list("value", flat=True)) == [1.2, 1.5]
    again = run(GOOD, "--format", "json")
    assert json.loads(again.stdout)["batch"] == FactBatch.objects.get().pk
    assert Fact.objects.count() == 2


def test_two_bad_rows_are_named_and_nothing_is_written(run) -> None:
    result = run(BAD)
    assert result.return_value == 1
    assert "第4行有误：没有区域“月球”" in result.stdout
    assert "第5行有误" in result.stdout
    assert "全部未导入" in result.stderr
    assert not Fact.objects.exists()
    assert not FactBatch.objects.exists()


def test_dry_run_tells_what_would_change(run) -> None:
    run(GOOD)
    result = run(GOOD.replace("1.5", "1.6"), "--dry-run", "--format", "json")
    shown = json.loads(result.stdout)
    assert (result.return_value, shown["corrections"], shown["repeats"], shown["new"]) == (0, 1, 1, 0)
    assert shown["changes"][0]["old"] == 1.5
    assert Fact.objects.count() == 2
    text = run(GOOD.replace("1.5", "1.6"), "--dry-run").stdout
    assert "更正 工业总产值" in text
    assert run(BAD, "--dry-run").return_value == 1
