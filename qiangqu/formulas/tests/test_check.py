import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.formulas.catalog import Catalog, ElementInfo, IndicatorInfo
from qiangqu.formulas.check import check_all, check_formula
from qiangqu.formulas.language import FUNCTIONS, MAX_CHARACTERS, parse

CATALOG = Catalog(
    elements={
        code: ElementInfo(number, code, name, unit, kind, aggregation, growth)
        for number, (code, name, unit, kind, aggregation, growth) in enumerate(
            [
                ("output", "产值", "亿元", "flow", "sum", "output_growth"),
                ("tax", "税收", "万元", "flow", "sum", ""),
                ("weight", "产量", "万吨", "flow", "sum", ""),
                ("jobs", "从业人员", "人", "level", "sum", ""),
                ("gdp", "地区生产总值", "亿元", "flow", "none", ""),
                ("output_growth", "产值增速", "%", "rate", "none", ""),
                ("land", "用地", "亩", "level", "sum", ""),
            ],
            1,
        )
    },
    indicators={
        "a": IndicatorInfo("a", "甲指标", "亿元", "indicator(b) + total(output)"),
        "b": IndicatorInfo("b", "乙指标", "亿元", "indicator(c)"),
        "c": IndicatorInfo("c", "丙指标", "亿元", "best(output)"),
    },
    recognitions={"green": "绿色工厂"},
    projects={"renewal": "技改项目"},
    industries={"metal": ("金属", ""), "alloy": ("合金链", "metal")},
)


def check(text: str, unit: str = "亿元", code: str = ""):
    return check_formula(text, unit=unit, code=code, catalog=CATALOG)


GOOD = [
    ("total(output)", "亿元", "产值上报数之和"),
    ("total(output)", "万元", "产值上报数之和"),
    ("total(output) + total(tax)", "亿元", "产值上报数之和 ＋ 税收上报数之和"),
    ("total(output) / total(land)", "万元/亩", "产值上报数之和 ÷ 用地上报数之和"),
    (
        "total(output, scale = 'above' AND industry LIKE '27%')",
        "亿元",
        "产值上报数（规模为“规模以上”且国民经济行业代码以 27 开头）之和",
    ),
    ("yoy(best(output))", "%", "产值（发布数优先，否则上报数之和）的同比增速"),
    ("indicator(a) / 2", "亿元", "甲指标 ÷ 2"),
    ("indicator(甲指标)", "亿元", "甲指标"),
    ("total(产值)", "亿元", "产值上报数之和"),
    ("holders('green')", "家", "期末有效的绿色工厂数"),
    ("projects('renewal', 'started')", "个", "报告期内开工的技改项目数"),
    ("reporters(output, value >= 100)", "家", "上报产值（上报值不小于100）的单位数"),
    ("CASE WHEN total(output) >= 1000 THEN 1 ELSE 0 END", "个", "当产值上报数之和 ≥ 1000时为 1；否则为 0"),
    ("share(total(tax), total(output))", "%", "税收上报数之和占产值上报数之和的比重"),
    (
        "yoy(official(gdp)) - yoy(best(output))",
        "百分点",
        "地区生产总值发布数的同比增速 － 产值（发布数优先，否则上报数之和）的同比增速",
    ),
    ("areas_where(best(output) >= 1000, 'zone')", "个", "产值（发布数优先，否则上报数之和） ≥ 1000的园区数"),
    ("groups_where('sector', total(output) >= 100)", "个", "产值上报数之和 ≥ 100的重点产业数"),
    ("parcels(status = 'idle')", "亩", "期末宗地（状态为“闲置”）面积之和"),
]


@pytest.mark.parametrize(("text", "unit", "words"), GOOD)
def test_good_formulas_are_put_in_words(text: str, unit: str, words: str) -> None:
    assert check(text, unit).words == words


BAD = [
    ("", "公式是空的，请填写"),
    ("total(nothing)", "没有要素“nothing”，请核对 total() 里的要素代码"),
    ("indicator(nothing)", "没有指标“nothing”，请核对 indicator() 里的指标代码"),
    ("holders('nothing')", "没有认定类别“nothing”"),
    ("projects('nothing')", "没有项目类别“nothing”"),
    ("projects('renewal', 'done')", "没有项目阶段“done”；可用 reserve、started、finished、accepted、cancelled"),
    ("total(output, sector = 'alloy')", "重点产业没有代码“alloy”；可用 metal（金属）"),
    ("total(output, scale = 'big')", "规模没有代码“big”；可用 above（规模以上）、small（规模以下）"),
    (
        "total(output, name = 'x')",
        "total() 的条件中没有属性“name”；可用 chain、industry、ownership、scale、sector、value",
    ),
    ("total(output, 1 = 1)", "条件“1”的左边应是属性名：chain、industry、ownership、scale、sector、value"),
    ("total(output, value)", "total() 的条件“value”不是条件；请写成 scale = 'above' 或 value > 0 这样的比较"),
    ("total(output, industry LIKE '%x_')", "LIKE 后应是代码开头加 %，如 industry LIKE '27%'"),
    (
        "organisations(value > 1)",
        "organisations() 的条件中没有属性“value”；可用 chain、industry、ownership、scale、sector",
    ),
    ("total(gdp)", "要素“地区生产总值”不能求和（汇总方式不是求和），可用 official(gdp)"),
    ("total(output) + total(weight)", "“产值上报数之和”以“亿元”计，“产量上报数之和”以“万吨”计，不能相加减"),
    ("COALESCE(total(output), total(jobs))", "“产值上报数之和”以“亿元”计，“从业人员上报数之和”以“人”计，不能互相替代"),
    (
        "CASE WHEN total(output) > total(weight) THEN 1 END",
        "“产值上报数之和”以“亿元”计，“产量上报数之和”以“万吨”计，不能比较",
    ),
    ("share(total(output), total(jobs))", "“产值上报数之和”以“亿元”计，“从业人员上报数之和”以“人”计，不能相比"),
    ("total(weight)", "公式的结果以“万吨”计，不能换算成指标的单位“亿元”"),
    ("total(output) > 1", "公式的结果是“是/否”，不是数；可用 CASE WHEN … THEN 1 ELSE 0 END"),
    ("CASE WHEN total(output) THEN 1 END", "“产值上报数之和”是数，不是条件；请写成比较，如 … >= 1000"),
    ("(total(output) > 1) + 1", "“产值上报数之和 ＞ 1”是条件，不是数；可用 CASE WHEN … THEN … ELSE … END"),
    ("output", "要素“output”要写明怎样取数，如 total(output)、official(output) 或 best(output)"),
    ("a + 1", "引用指标请写 indicator(a)"),
    ("nothing + 1", "没有“nothing”这个要素或指标"),
    ("total()", "函数 total 的参数个数不对；用法：total(要素[, 条件])：区域内上报数之和"),
    ("total('output')", "“'output'”处应是要素的代码"),
    ("holders(green)", "“green”处应是加单引号的认定类别代码"),
    ("cagr(total(output), 1.5)", "基年应是整数，不能是“1.5”"),
    ("cagr(total(output), 3000)", "基年 3000 应在 1990—2100 之间"),
    ("since(total(jobs), 2023)", "“从业人员上报数之和”是期末存量，不能用 since() 累计"),
    ("areas_where(total(output) > 1, 'village')", "没有区域层级“village”；可用 region、city、zone"),
    ("groups_where('metal', total(output) > 1)", "不能按“metal”分组；可用 sector（产业）、chain（产业链）"),
    (
        "groups_where('sector', official(gdp) > 1)",
        "groups_where() 的条件里不能用 official()，只能用 total、average、reporters 及其增速",
    ),
    ("'x'", "此处不能写文字“x”，应是数或式子"),
    ("avg(output)", "公式中不能使用函数 avg；平均请用 average(要素)"),
    ("read_parquet('/data/*.parquet')", "公式中不能使用函数 read_parquet；可用的函数见公式说明"),
    ("read_csv('/etc/passwd')", "公式中不能使用函数 read_csv；可用的函数见公式说明"),
    ("getenv('HOME')", "公式中不能使用函数 getenv；可用的函数见公式说明"),
    ("(SELECT 1)", "公式中不能有子查询（SELECT），只能用要素、指标和给定的函数"),
    (
        "total(output) + (SELECT MAX(value) FROM facts_fact)",
        "公式中不能有子查询（SELECT），只能用要素、指标和给定的函数",
    ),
    ("total(output); DROP TABLE facts_fact", "公式只能是一个式子，不能有分号"),
    ("facts_fact.value", "公式中不能写“facts_fact.value”：名称前不能带表名，也不能用 *"),
    (
        "PRAGMA database_list",
        "公式中不能写“PRAGMA database_list”，只能用要素、指标、四则运算、比较、AND/OR/NOT、CASE 和给定的函数",
    ),
    ("total（output）；1", "公式只能是一个式子，不能有分号"),
    ("total(output", "公式写法有误"),
    ("1 +", "公式写法有误"),
    ("1e300", "数字 1e300 太大"),
    ("@", "公式写法有误：运算符或函数缺少它的数，请补上"),
    ("total(output) IS 5", "公式中 IS 后只能是 NULL、TRUE 或 FALSE"),
    ("(" * 60 + "1" + ")" * 60, "公式嵌套超过 40 层，请拆成几个指标"),
    ("- " * 60 + "1", "公式嵌套超过 40 层，请拆成几个指标"),
    ("1" + "+1" * 1000, "公式有 2001 个词，超过上限 1500；请拆成几个指标"),
    ("1" + "+1" * 200, "公式连写或嵌套超过 120 层，请拆成几个指标"),
    ("1" + " + 1" * 2000, f"公式有 8001 个字符，超过上限 {MAX_CHARACTERS}；请拆成几个指标再用 indicator() 引用"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_bad_formulas_are_answered_by_a_sentence(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        check(text)
    assert message in caught.value.message


def test_a_circle_is_named() -> None:
    with pytest.raises(InputError, match="指标相互引用成了圈：c → a → b → c"):
        check("indicator(a)", code="c")
    with pytest.raises(InputError, match="指标相互引用成了圈：z → z"):
        check_formula(
            "indicator(z)", unit="亿元", code="z", catalog=CATALOG.with_indicator(IndicatorInfo("z", "z", "亿元", "1"))
        )


def test_long_chains_and_doubling_are_bounded() -> None:
    """A chain in which each refers twice to the one before stays a small graph; one that is too long is
    refused.
    """
    chain = {"i0": IndicatorInfo("i0", "i0", "亿元", "total(output)")}
    for number in range(1, 40):
        chain[f"i{number}"] = IndicatorInfo(
            f"i{number}", f"i{number}", "亿元", f"indicator(i{number - 1}) + indicator(i{number - 1})"
        )
    catalog = Catalog(CATALOG.elements, chain)
    assert len(check_formula("indicator(i20)", unit="亿元", catalog=catalog).graph.nodes) < 60
    with pytest.raises(InputError, match="指标引用超过 24 层"):
        check_formula("indicator(i39)", unit="亿元", catalog=catalog)


def test_dependencies_are_listed() -> None:
    checked = check("indicator(a) + official(gdp)", code="z")
    assert checked.indicators == {"a", "b", "c"}
    assert checked.elements == {"output", "gdp"}


def test_all_faults_of_a_catalogue_are_named() -> None:
    catalog = CATALOG.with_indicator(IndicatorInfo("bad", "坏", "亿元", "total(x)")).with_indicator(
        IndicatorInfo("odd", "怪", "箩筐", "1")
    )
    assert check_all(catalog) == {"bad": "没有要素“x”，请核对 total() 里的要素代码", "odd": "不认识的单位“箩筐”"}


_names = st.sampled_from(
    ["output", "tax", "gdp", "a", "x", "scale", "value", "'green'", "'above'", "1", "2023", "0", "-1", "NULL", "*"]
)
_functions = st.sampled_from(
    [*FUNCTIONS, "COALESCE", "NULLIF", "ROUND", "sum", "read_csv", "lag", "CASE WHEN", "unnest", "struct_pack"]
)
_formulas = st.recursive(
    _names,
    lambda inner: st.one_of(
        st.tuples(_functions, st.lists(inner, max_size=3)).map(lambda p: f"{p[0]}({', '.join(p[1])})"),
        st.tuples(
            inner,
            st.sampled_from(
                ["+", "-", "*", "/", "=", ">", "<", "AND", "OR", "LIKE", "IN", "IS", "||", "::", "->", ","]
            ),
            inner,
        ).map(" ".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"CASE WHEN {text} THEN 1 ELSE {text} END"),
        inner.map(lambda text: f"NOT {text}"),
    ),
    max_leaves=12,
)


@given(_formulas)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_expression_is_checked_or_refused_by_a_sentence(text: str) -> None:
    try:
        assert check(text, "个").words
    except InputError as error:
        assert error.message


@given(st.text(alphabet=string.printable + "总产值（）“”，；％\x00\ud7ff", max_size=80))
@settings(max_examples=400, deadline=None)
def test_any_text_is_parsed_or_refused_by_a_sentence(text: str) -> None:
    try:
        parse(text)
    except InputError as error:
        assert error.message
