"""Reading a formula: the platform's one reader (:mod:`qiangqu.base.expressions`) with the profile of
indicators.

Nothing here looks a name up; that is :mod:`qiangqu.formulas.binding`'s matter.
"""

from functools import lru_cache

from sqlglot import exp

from qiangqu.base.expressions import reading
from qiangqu.base.expressions.reading import Profile

MAX_CHARACTERS = 4000
MAX_WORDS = 1500
MAX_DEPTH = 40  # of brackets
MAX_TREE = 120  # of operators: a + b + c … nests to the left

#: functions of the language; the text is what an error message and the help page say
FUNCTIONS = {
    "total": "total(要素[, 条件])：区域内上报数之和",
    "official": "official(要素)：统计部门发布数",
    "best": "best(要素)：有发布数用发布数，否则用上报数之和",
    "average": "average(要素[, 条件])：上报单位的平均数",
    "reporters": "reporters(要素[, 条件])：上报该要素（并符合条件）的单位数",
    "holders": "holders('类别'[, '类别' …])：期末持有有效认定的单位数",
    "recognised_since": "recognised_since('类别', 年份)：自该年起累计认定数",
    "projects": "projects('类别'[, '阶段'])：期末在库项目数；给出阶段时为报告期内进入该阶段的项目数",
    "count": "count(名录[, 条件])：期末名录中符合条件的记录数",
    "sum": "sum(名录.属性[, 条件])：期末名录中符合条件的记录的该属性之和",
    "organisations": "organisations(条件)：期末企业数",
    "parcels": "parcels([条件])：期末宗地面积之和（亩）",
    "areas_where": "areas_where(条件, 'zone')：下辖区域都有数据时，其中符合条件的个数",
    "groups_where": "groups_where('sector'|'chain', 条件)：符合条件的产业（产业链）个数",
    "indicator": "indicator(指标)：另一个指标的值",
    "yoy": "yoy(式)：同比增速（%）",
    "cagr": "cagr(式, 基年)：自基年起的年均增速（%）",
    "since": "since(式, 年份)：自该年起累计",
    "change": "change(式, 基年)：比基年增减（%）",
    "parent": "parent(式)：上级区域的值",
    "share": "share(部分, 整体)：比重（%）",
    "lag": "lag(式, n)：n 期以前的值",
}

#: functions that look at areas, which a value of one record does not have
OF_AREAS = frozenset({"official", "parent", "areas_where", "groups_where"})

_HINTS = {
    "avg": "平均请用 average(要素)",
}


PROFILE = Profile(
    subject="公式",
    nodes=reading.ARITHMETIC
    | reading.COMPARISONS
    | reading.LOGIC
    | reading.CHOICE
    | reading.LEAVES
    | {exp.Like, exp.Count, exp.Nullif, exp.Round, exp.Abs, exp.Greatest, exp.Least, exp.Lag},
    functions=FUNCTIONS,
    may="只能用要素、指标、四则运算、比较、AND/OR/NOT、CASE 和给定的函数",
    more="请拆成几个指标",
    more_if_long="请拆成几个指标再用 indicator() 引用",
    functions_are="可用的函数见公式说明",
    no_queries="公式中不能有子查询（SELECT），只能用要素、指标和给定的函数",
    hints=_HINTS,
    dotted=frozenset({"sum"}),
    longest=MAX_CHARACTERS,
    most_words=MAX_WORDS,
    deepest=MAX_DEPTH,
    deepest_tree=MAX_TREE,
)


@lru_cache(maxsize=4096)
def parse(text: str) -> exp.Expression:
    """The tree of a formula in which every node is allowed; nobody changes it, for it is kept.

    Raises InputError that names the first thing that is not.

    >>> parse("total(value_added) / 2").sql()
    'TOTAL(value_added) / 2'
    >>> parse("read_csv('/etc/passwd')")
    Traceback (most recent call last):
    ...
    qiangqu.base.expressions.reading.ExpressionError: 公式中不能使用函数 read_csv；可用的函数见公式说明
    """
    return reading.read(text, PROFILE)
