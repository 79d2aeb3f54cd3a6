"""The compiler never fails on text, its spans always point at their text, and its time grows with the
length.
"""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from qiangqu.base.chinese import value_of
from qiangqu.base.errors import QiangquError
from qiangqu.plan.compile import compile_text, read_bytes
from qiangqu.plan.compile.normalise import normalise

PIECES = [
    "到2027年",
    "力争",
    "年均增长",
    "达到",
    "超过",
    "分别",
    "提高",
    "下降",
    "比2020年",
    "占",
    "的比重",
    "以上",
    "左右",
    "以内",
    "亿元",
    "家",
    "%",
    "个百分点",
    "10",
    "2.5",
    "3—5",
    "一百二十",
    "百分之七十",
    "翻一番",
    "零突破",
    "、",
    "，",
    "。",
    "；",
    "：",
    "（",
    "）",
    "“",
    "”",
    "《",
    "》",
    "和",
    "及",
    "其中",
    "每年",
    "新增",
    "累计",
    "培育",
    "建设",
    "规模以上工业增加值",
    "企业",
    "比例",
    "研发投入强度",
    "一、",
    "（一）",
    "1.",
    "第三条",
    "一是",
    "——",
    "-",
    "•",
    "#",
    "|",
    "\t",
    "\n",
    "\n\n",
    "**",
    "（责任单位：",
    "牵头单位：",
    "市财政局",
    "市工业和信息化局",
    "等按职责分工负责",
    "各县（市、区）人民政府",
    "指标",
    "单位",
    "2025年",
    "专栏",
    "附件",
    "十四五",
    "完成国家下达目标任务",
    "〔2023〕13号",
    "二〇二六年",
    "1：1.2",
    "≥",
    "≤",
    "〔",
    "〕",
    "\u3000",
    "５",
    "％",
    "万",
    "亿",
    "千",
    "级",
    "以下",
    "的",
    "由",
    "从",
    "不低于",
    "至",
    "高于",
    "平均水平",
    "1/10万",
    "千瓦时/千克",
    "……",
    "目录",
    "据统计，",
    "去年",
    "已",
    "为每名",
    "提供",
    "次",
    "”的目标",
    "（含",
    "吨/日",
    "加快",
    "与",
    "开展对接",
    "全面建成",
    "安排",
    "拟按",
    "规划范围为",
    "今年",
    "规划指标",
    "PM2.5浓度",
    " ",
    "3.365",
]
plans = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=120).map("".join)


def _check(text: str, name: str) -> None:
    try:
        plan = compile_text(text, name)
    except QiangquError:
        return
    for target in [*plan["targets"], *plan.get("standards", [])]:
        start, end = target["span"]
        assert 0 <= start <= end <= len(text)
        assert text[start:end] == target["text"]
        assert target["indicator"] and target["indicator"] == target["indicator"].strip()
        assert target["comparator"] in (">=", ">", "<=", "<", "=")
        assert target["value_max"] is None or target["value_max"] > target["value"]
        assert target["kind"] in (
            "level",
            "growth",
            "annual_growth",
            "share",
            "count",
            "change",
            "cumulative",
            "yearly",
        )
        assert 0 < target["confidence"] <= 1
    numbers = [task["no"] for task in plan["tasks"]]
    assert len(set(numbers)) == len(numbers)
    for task in plan["tasks"]:
        assert 0 <= task["span"][0] <= task["span"][1] <= len(text)
        assert set(task["units"]) <= set(plan["units"])
    assert len(set(plan["units"])) == len(plan["units"])
    assert {t["measure"] for t in plan["targets"]} <= {0, *numbers}


@settings(max_examples=250, deadline=None)
@given(plans)
def test_any_text(text: str) -> None:
    _check(text, "计划.txt")


@settings(max_examples=80, deadline=None)
@given(plans)
def test_any_markdown(text: str) -> None:
    _check(text, "计划.md")


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([".txt", ".md", ".docx", ".pdf"]),
    st.sampled_from([b"", b"PK\x03\x04", b"%PDF-1.4\n"]),
)
def test_any_bytes(data: bytes, suffix: str, head: bytes) -> None:
    try:
        read_bytes(head + data, "文件" + suffix)
    except QiangquError as error:
        assert "文件" in str(error)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="１２３ 亿元％，。*（）\n\u3000ab年", max_size=60))
def test_normalised_characters_point_back(text: str) -> None:
    clean = normalise(text)
    assert len(clean.text) == len(clean.offsets)
    assert list(clean.offsets) == sorted(clean.offsets)


@given(st.integers(1, 99_999_999))
def test_chinese_numerals(number: int) -> None:
    assert value_of(_chinese(number)) == number


def _chinese(number: int) -> str:
    digits = "零一二三四五六七八九"
    if number >= 10_000:
        rest = number % 10_000
        return _chinese(number // 10_000) + "万" + (("零" if rest < 1000 else "") + _chinese(rest) if rest else "")
    out, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            out += ("零" if zero and out else "") + digits[digit] + name
            zero = False
        else:
            zero = True
    return out


def test_hostile_repetition_is_linear() -> None:
    """Inputs that make careless patterns backtrack: of each, four times as much takes about four times the
    processor time, not sixteen times.
    """

    def seconds(piece: str, length: int) -> float:
        text = "到2027年，" + piece * (length // len(piece)) + "10%。"
        runs = []
        for _run in range(2):
            began = time.process_time()  # of this process: other work on the machine does not count
            compile_text(text)
            runs.append(time.process_time() - began)
        return min(runs)

    for piece in (
        "10%，",
        "10家企业、",
        "A、B和C10%",
        "一、\n",
        "1.a\n",
        "（市财政局负责）",
        "到2027年",
        "分别",
        "（",
        "“",
        "、",
        "和",
        "增长",
        "达到",
        "1.",
        "（责任单位：",
        "每年",
        "累计",
        "比2020年",
        "一",
        "9",
        "占",
        "，实现",
        "的",
        "| ",
        "\t",
        "据统计，",
        "去年已",
        "为每名老人提供2次",
        "“达到10%”的目标",
        "（含能力5吨/日）",
        "1.2家\n",
        "加快3个园和",
        "与3家",
        "5个项目全面",
        "安排20%的",
        "拟按3%安排",
        "东至河，西",
        "能够A、B的",
        "指标 2025年 单位\n",
        "《规划（2021—2035年）》",
    ):
        assert seconds(piece, 8_000) < 10 * max(seconds(piece, 2_000), 0.02), piece
