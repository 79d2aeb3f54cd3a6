"""Bad scheme files are refused with the line, the path and what to do."""

import copy
import datetime as dt
import re
from typing import Any

import pytest
import yaml

from qiangqu.base.errors import InputError
from qiangqu.formulas.attributes import AttributeInfo, SubjectInfo
from qiangqu.formulas.catalog import IndicatorInfo
from qiangqu.schemes.check import Known, edition_on, faults_against, faults_between, in_order
from qiangqu.schemes.language import Scheme
from qiangqu.schemes.reading import of_data, read_scheme

GOOD: dict[str, Any] = {
    "code": "tech",
    "edition": "2017",
    "title": "科技型中小企业",
    "document": {"title": "评价办法", "dated": {"value": "2017-05-03", "what": "阅读时记下的日期"}},
    "subject": "enterprise",
    "kind": "score",
    "max_points": 100,
    "values": {
        "staff": {"title": "职工总数", "indicator": "staff", "unit": "人"},
        "share": {"title": "科技人员占比", "indicator": "share", "unit": "%"},
    },
    "gates": [{"code": "staff_max", "title": "职工总数", "value": "staff", "op": "<=", "than": 500}],
    "criteria": [
        {
            "code": "people",
            "title": "科技人员",
            "points": 40,
            "value": "share",
            "bands": [{"max": 10, "points": 0}, {"min": 10, "max": 30, "points": 20}, {"min": 30, "points": 40}],
        },
        {
            "code": "money",
            "title": "研发",
            "points": 60,
            "parts": [
                {"code": "a", "title": "A", "points": 60, "weight": 30, "value": "share", "given": True},
                {
                    "code": "b",
                    "title": "B",
                    "points": 60,
                    "weight": 70,
                    "value": "share",
                    "linear": {"zero": 0, "full": 5},
                },
            ],
        },
    ],
    "pass": {"score": "total", "op": ">=", "than": 60},
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good scheme with one item, by its path of dots, set (or removed, for ...)."""
    data = copy.deepcopy(GOOD)
    inner: Any = data
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return data


def told(data: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        read_scheme(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "schemes/tech.yaml")
    return str(caught.value)


def test_a_good_file_is_read() -> None:
    scheme = read_scheme(yaml.safe_dump(GOOD, allow_unicode=True), "schemes/tech.yaml")
    assert [one.code for one in scheme.all_criteria()] == ["people", "money", "a", "b"]


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("criteria.0.points", 50, "各部分满分合计 110，与上一级满分 100 不符"),
        ("criteria.1.parts.0.weight", 20, "“研发”各部分权重合计 90，应为 100"),
        ("criteria.1.parts.0.weight", ..., "权重 weight 要么各部分都写"),
        ("criteria.0.bands.1.min", 5, "两档重叠（10 与 5）"),
        ("criteria.0.bands.1.min", 12, "10 与 12 之间有空档"),
        ("criteria.0.bands.0.min", 1, "低于 1 的没有归档"),
        ("criteria.0.bands.2.max", 90, "高于 90 的没有归档"),
        ("criteria.0.bands.2.points", 41, "得分 41 应在 0 与满分 40 之间"),
        ("criteria.0.value", "income", "values 里没有“income”"),
        ("criteria.0.code", "a", "评分项代码 a 用了不止一次"),
        ("criteria.1.parts.1.linear.full", 0, "基准值 zero 与引领值 full 相同"),
        ("criteria.1.parts.1.linear", ..., "计分方式应恰好写一种"),
        ("gates.0.op", "in", "in、starts 之后的 than 应是若干代码的列表"),
        ("gates.0.op", "=>", "只能写"),
        ("gates.0.value", "nobody", "values 里没有“nobody”"),
        ("pass.score", "people_total", "没有评分项“people_total”"),
        ("values.staff.unit", ..., "要写单位 unit"),
        ("values.staff.titles", ["x"], "取值来源应恰好写一种"),
        ("document.dated", ..., "要写 effective"),
        ("document.expires", "2016-01-01", "截止日期早于施行日期"),
        ("code", "科技", "代码只能用小写字母"),
        ("tilte", "x", "没有这个名字，请核对拼写或删去"),
        ("title", ..., "缺少这一项"),
        ("criteria.0.points", float("inf"), "有限的数"),
    ],
)
def test_faults_of_one_file_are_named(path: str, value: Any, says: str) -> None:
    message = told(changed(path, value))
    assert says in message
    assert message.startswith("schemes/tech.yaml")
    assert re.search(r"第 \d+ 行", message)


def test_a_line_is_that_of_the_fault() -> None:
    text = yaml.safe_dump(changed("criteria.0.bands.1.min", 5), allow_unicode=True, sort_keys=False)
    at = next(n for n, line in enumerate(text.splitlines(), 1) if "min: 5" in line)
    with pytest.raises(InputError) as caught:
        read_scheme(text, "tech.yaml")
    assert f"第 {at} 行 criteria.1.bands.2：" in caught.value.message


def test_hostile_files_are_refused_quickly() -> None:
    deep: Any = {"value": "staff", "op": ">=", "than": 1}
    for _ in range(40):
        deep = {"all": [deep]}
    assert "嵌套" in told(changed("gates.0", deep))
    assert "超过" in told(changed("notes", ["x"] * 5000))
    with pytest.raises(InputError):
        read_scheme("a: &a [x]\nb: *a", "x.yaml")
    with pytest.raises(InputError):
        read_scheme("- 1", "x.yaml")


def scheme(
    code: str = "tech", edition: str = "2017", since: str = "2017-05-03", until: str | None = None, **more: Any
) -> Scheme:
    data = copy.deepcopy(GOOD) | {"code": code, "edition": edition, "title": f"方案{code}"}
    data["document"] = {"title": "办法", "dated": {"value": since}, "expires": until}
    data["values"] |= more
    made, faults = of_data(data)
    assert made is not None
    assert not faults
    return made


def test_editions_are_chosen_by_date_and_must_not_overlap() -> None:
    old, new = scheme(until="2026-03-31"), scheme(edition="2026", since="2026-04-01")
    assert list(faults_between([old, new])) == []
    assert edition_on([new, old], dt.date(2026, 3, 31)) is old
    assert edition_on([new, old], dt.date(2026, 4, 1)) is new
    assert edition_on([new, old], dt.date(2010, 1, 1)) is None
    (found,) = faults_between([scheme(), new])
    assert "重叠，同一天只能有一个版本" in found[1].message
    (found,) = faults_between([old, scheme(since="2026-04-01")])
    assert "有两份" in found[1].message


def test_circles_of_schemes_are_refused() -> None:
    a = scheme("a", other={"title": "b 的得分", "scheme": "b"})
    b = scheme("b", other={"title": "a 的得分", "scheme": "a"})
    c = scheme("c", other={"title": "a 的得分", "scheme": "a"})
    (found,) = faults_between([a, b, c])
    assert "方案a → 方案b → 方案a" in found[1].message
    with pytest.raises(InputError, match="成了圈"):
        in_order([a, b])
    d = scheme("b")
    assert [one.code for one in in_order([c, a, d])] == ["b", "a", "c"]


KNOWN = Known(
    {
        "staff": IndicatorInfo("staff", "期末人数", "万人", "total(employees)", "organisation"),
        "share": IndicatorInfo("share", "占比", "%", "…", "organisation"),
        "income": IndicatorInfo("income", "营业收入", "亿元", "…", "organisation"),
        "region": IndicatorInfo("region", "全区产值", "亿元", "…", "area"),
    },
    {"hte": "高新技术企业"},
    {"organisation": SubjectInfo("organisation", "单位", {"industry": AttributeInfo("行业", "industry")})},
)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"title": "x", "indicator": "region", "unit": "亿元"}, "就是拿别的对象的数评这个对象"),
        ({"title": "x", "indicator": "income", "unit": "人"}, "不是同一类量"),
        ({"title": "x", "indicator": "income", "unit": "箩筐"}, "不认识的单位"),
        ({"title": "x", "indicator": "nothing", "unit": "人"}, "没有指标“nothing”"),
        ({"title": "x", "titles": ["nothing"]}, "没有认定类别"),
        ({"title": "x", "attribute": "phone"}, "没有属性“phone”"),
        ({"title": "x", "scheme": "nothing"}, "没有方案“nothing”"),
    ],
)
def test_what_a_scheme_names_must_be_there_and_its_own(value: dict[str, Any], says: str) -> None:
    (found,) = faults_against(scheme(more=value), KNOWN, {})
    assert says in found.message
    assert found.path == ("values", "more")


def test_a_good_scheme_names_only_what_there_is() -> None:
    more = {"title": "收入", "indicator": "income", "unit": "万元"}
    assert list(faults_against(scheme(more=more), KNOWN, {})) == []
