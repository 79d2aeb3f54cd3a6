"""Reading a formula: sqlglot parses it, an allow-list of node types lets it pass or names what is wrong.

Nothing here looks a name up; that is :mod:`qiangqu.formulas.binding`'s matter.
"""

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

from qiangqu.base.errors import InputError

MAX_CHARACTERS = 4000
MAX_TOKENS = 1500
MAX_DEPTH = 40  # of brackets
MAX_TREE = 120  # of operators: a + b + c … nests to the left
MAX_NUMBER = 1e15

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
    "organisations": "organisations(条件)：期末企业数",
    "parcels": "parcels([条件])：期末宗地面积之和（亩）",
    "areas_where": "areas_where(条件, 'zone')：下辖区域中符合条件的个数",
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

_OPERATORS = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.Paren)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_LOGIC = (exp.And, exp.Or, exp.Not, exp.Like, exp.In, exp.Between, exp.Is, exp.Null, exp.Boolean)
_KNOWN_FUNCTIONS = (exp.Coalesce, exp.Nullif, exp.Round, exp.Abs, exp.Greatest, exp.Least, exp.Lag, exp.Case, exp.If)
_LEAVES = (exp.Column, exp.Identifier, exp.Literal)
ALLOWED = (*_OPERATORS, *_COMPARISONS, *_LOGIC, *_KNOWN_FUNCTIONS, *_LEAVES, exp.Anonymous)

#: arguments that an allowed node may carry besides its operands; anything else (FILTER, OVER, ORDER BY, a table name …) is refused
_ARGUMENTS = {
    "this",
    "expression",
    "expressions",
    "ifs",
    "default",
    "true",
    "false",
    "low",
    "high",
    "offset",
    "decimals",
    "quoted",
    "is_string",
}
_HARMLESS = {"typed", "safe", "ignore_nulls", "symmetric", "nulls"}

_HINTS = {
    "sum": "汇总请用 total(要素)",
    "avg": "平均请用 average(要素)",
    "count": "计数请用 reporters、holders、projects 或 organisations",
}


_FULL_WIDTH = "（），；“”‘’＝＞＜＋－＊／％"


def parse(text: str) -> exp.Expression:
    """The tree of a formula in which every node is allowed.

    Raises InputError that names the first thing that is not.

    >>> parse("total(value_added) / 2").sql()
    'TOTAL(value_added) / 2'
    >>> parse("read_csv('/etc/passwd')")
    Traceback (most recent call last):
    ...
    qiangqu.base.errors.InputError: 公式中不能使用函数 read_csv；可用的函数见公式说明
    """
    if not text.strip():
        raise InputError("公式是空的，请填写")
    if len(text) > MAX_CHARACTERS:
        raise InputError(f"公式有 {len(text)} 个字符，超过上限 {MAX_CHARACTERS}；请拆成几个指标再用 indicator() 引用")
    wide = next((character for character in text if character in _FULL_WIDTH), None)
    if wide:
        raise InputError(f"公式中有全角符号“{wide}”，请改用半角符号")
    _check_tokens(text)
    try:
        trees = sqlglot.parse(text, read="duckdb")
    except SqlglotError as error:
        raise InputError(_syntax_message(error)) from error
    except RecursionError as error:
        raise InputError("公式嵌套过深，请拆成几个指标") from error
    if len(trees) != 1 or trees[0] is None:
        raise InputError("公式只能是一个式子，不能有分号")
    tree = trees[0]
    _check_tree(tree)
    return tree


def _check_tokens(text: str) -> None:
    try:
        tokens = sqlglot.tokenize(text, read="duckdb")
    except SqlglotError as error:
        raise InputError(_syntax_message(error)) from error
    if len(tokens) > MAX_TOKENS:
        raise InputError(f"公式有 {len(tokens)} 个词，超过上限 {MAX_TOKENS}；请拆成几个指标")
    depth = run = 0
    for token in tokens:
        if token.token_type in (TokenType.L_PAREN, TokenType.CASE, TokenType.L_BRACKET, TokenType.L_BRACE):
            depth += 1
        elif token.token_type in (TokenType.R_PAREN, TokenType.END, TokenType.R_BRACKET, TokenType.R_BRACE):
            depth -= 1
        # prefix operators nest without brackets
        run = run + 1 if token.token_type in (TokenType.DASH, TokenType.NOT, TokenType.TILDE, TokenType.PLUS) else 0
        if depth > MAX_DEPTH or run > 4:
            raise InputError(f"公式嵌套超过 {MAX_DEPTH} 层，请拆成几个指标")
        if token.token_type == TokenType.SEMICOLON:
            raise InputError("公式只能是一个式子，不能有分号")


def _syntax_message(error: SqlglotError) -> str:
    details = getattr(error, "errors", None) or [{}]
    near = str(details[0].get("highlight") or "").strip()[:30]
    column = details[0].get("col")
    if near and column:
        return f"公式写法有误：第 {column} 个字符“{near}”附近看不懂，请检查括号、逗号和运算符"
    return "公式写法有误，请检查括号、引号、逗号和运算符"


def _check_tree(tree: exp.Expression) -> None:
    stack = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_TREE:
            raise InputError(f"公式连写或嵌套超过 {MAX_TREE} 层，请拆成几个指标")
        _check_node(node)
        for child in node.args.values():
            for each in child if isinstance(child, list) else [child]:
                if isinstance(each, exp.Expression):
                    stack.append((each, depth + 1))


def _check_node(node: exp.Expression) -> None:
    if type(node) not in ALLOWED:
        raise InputError(_forbidden(node))
    if isinstance(node, exp.Anonymous):
        name = str(node.this).lower()
        if name not in FUNCTIONS:
            hint = _HINTS.get(name, "可用的函数见公式说明")
            raise InputError(f"公式中不能使用函数 {str(node.this)[:40]}；{hint}")
    if isinstance(node, exp.Column) and (node.args.get("table") or not isinstance(node.this, exp.Identifier)):
        raise InputError(f"公式中不能写“{node.sql()[:40]}”：名称前不能带表名，也不能用 *")
    if isinstance(node, exp.Literal) and not node.is_string:
        _number(node)
    for name, value in node.args.items():
        if name in _ARGUMENTS or name in _HARMLESS or value in (None, False, []):
            continue
        if name in ("table", "db", "catalog"):
            continue
        raise InputError(f"公式中不能写“{node.sql()[:60]}”这种形式，请改写成简单的式子")


def _number(node: exp.Literal) -> float:
    try:
        value = float(node.this)
    except ValueError as error:
        raise InputError(f"“{str(node.this)[:20]}”不是数字") from error
    if not abs(value) <= MAX_NUMBER:
        raise InputError(f"数字 {str(node.this)[:20]} 太大")
    return value


def _forbidden(node: exp.Expression) -> str:
    if isinstance(node, exp.Select | exp.Subquery | exp.SetOperation | exp.Exists | exp.With):
        return "公式中不能有子查询（SELECT），只能用要素、指标和给定的函数"
    if isinstance(node, exp.Func):
        name = node.sql_name().lower()
        return f"公式中不能使用函数 {name}；{_HINTS.get(name, '可用的函数见公式说明')}"
    return f"公式中不能写“{node.sql()[:40]}”，只能用要素、指标、四则运算、比较、AND/OR/NOT、CASE 和给定的函数"
