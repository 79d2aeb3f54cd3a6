"""What the fault kinds of held-back documents change beside targets: items, units of notes, directions and
their reasons, parts.
"""

import pytest

from qiangqu.plan.compile import compile_text
from qiangqu.plan.compile.direction import LESS_IS_BETTER, less_is_better

TITLED = """便民服务行动计划（2023—2025年）

一、重点任务
1．一刻钟便民圈建设。到2025年，建成便民圈60个。
2．12345热线提质工程。到2025年，热线办结率达到98%。
3．24小时自助服务
到2025年，设立自助网点200处。
4、15分钟健身圈。到2025年，健身设施覆盖率达到95%。
5.100个社区微改造。到2025年，完成社区微改造100个。
"""


def test_items_whose_titles_begin_with_numbers() -> None:
    plan = compile_text(TITLED)
    assert [(task["no"], task["title"]) for task in plan["tasks"]] == [
        (1, "一刻钟便民圈建设"),
        (2, "12345热线提质工程"),
        (3, "24小时自助服务"),
        (4, "15分钟健身圈"),
        (5, "100个社区微改造"),
    ]
    assert [target["measure"] for target in plan["targets"]] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "text",
    [
        "1.建设公园。到2025年，建成公园5个，面积合计\n2.5万亩。\n2.建设绿道。到2025年，绿道达到80公里。",
        "1.建设公园。到2025年，建成公园5个，投资达到\n2.5亿元。\n2.建设绿道。到2025年，绿道达到80公里。",
    ],
)
def test_a_wrapped_value_is_no_item(text: str) -> None:
    plan = compile_text(f"绿化方案（2023—2025年）\n\n{text}")
    assert [task["title"] for task in plan["tasks"]] == ["建设公园", "建设绿道"]
    assert 2.5 in [target["value"] for target in plan["targets"]]


def test_decimal_numbering_is_no_title_with_a_number() -> None:
    plan = compile_text(
        "粮食方案（2023—2025年）\n\n1.1总体思路\n坚持绿色。\n1.2发展目标\n到2025年，粮食产量达到12万吨。\n"
    )
    assert not [task for task in plan["tasks"] if task["title"][0].isdigit()]


@pytest.mark.parametrize(
    ("note", "names"),
    [
        ("省水利厅牵头，各沿江市县人民政府结合实际落实", ["省水利厅", "各沿江市县人民政府"]),
        ("省林业局牵头，相关市县人民政府负责组织实施", ["省林业局", "相关市县人民政府"]),
        ("责任单位：市林业局、市城管局按职责分工抓好落实，各区政府具体组织实施", ["市林业局", "市城管局", "各区政府"]),
        ("市文明办、市爱国卫生工作委员会、市督导组等按要求推进落实", ["市文明办", "市爱国卫生工作委员会", "市督导组"]),
        ("牵头单位：市推进办；配合单位：各县区人民政府各负其责、密切配合", ["市推进办", "各县区人民政府"]),
        ("市农业农村局负责，各乡镇结合各自实际抓好贯彻落实", ["市农业农村局", "各乡镇"]),
    ],
)
def test_words_of_the_work_are_no_part_of_a_unit(note: str, names: list[str]) -> None:
    plan = compile_text(
        f"一、任务\n（一）做好护岸。护岸达到30公里。（{note}）\n（二）做好绿化。绿化达到9公顷。（市住建局负责）\n"
    )
    assert plan["tasks"][0]["units"] == names


def test_a_ceiling_says_why_and_counts_down() -> None:
    (target,) = compile_text("到2027年，PM2.5浓度达到28微克/立方米。")["targets"]
    assert (target["comparator"], target["direction"]) == ("<=", "down")
    assert "污染物浓度越低越好" in target["reason"] and target["confidence"] < 0.9


@pytest.mark.parametrize(
    "name",
    [
        "化学需氧量排放总量",
        "劣Ⅴ类水体比例",
        "平均通勤时间",
        "万元GDP能耗",
        "孕产妇死亡率",
        "资产负债率",
        "供水管网漏损率",
    ],
)
def test_less_is_better(name: str) -> None:
    assert less_is_better(name)


@pytest.mark.parametrize(
    "name",
    ["能耗下降率", "碳排放监测覆盖率", "事故隐患整改率", "投资强度", "社会消费品零售总额", "用水普及率", "污水处理量"],
)
def test_more_is_better(name: str) -> None:
    assert not less_is_better(name)


def test_every_reason_speaks() -> None:
    assert all(reason and not reason.endswith("。") for _pattern, reason in LESS_IS_BETTER)


def test_a_part_in_brackets_says_so() -> None:
    whole, part = compile_text("到2027年，新增垃圾焚烧能力2400吨/日（含医疗垃圾焚烧能力50吨/日）。")["targets"]
    assert (whole["value"], whole["unit"], part["value"], part["unit"]) == (2400, "吨/日", 50, "吨/日")
    assert "一部分" in part["reason"]


def test_without_service_standards_the_shape_is_that_of_the_contract() -> None:
    assert set(compile_text("到2027年，新建公园5个。")) == {"document", "targets", "tasks", "units"}
    plan = compile_text("到2027年，为每名退役军人免费提供2次职业介绍、4次岗位推荐。")
    assert plan["targets"] == []
    assert [(one["indicator"], one["value"], one["unit"]) for one in plan["standards"]] == [
        ("职业介绍", 2, "次"),
        ("岗位推荐", 4, "次"),
    ]
    assert all("服务标准" in one["reason"] for one in plan["standards"])
