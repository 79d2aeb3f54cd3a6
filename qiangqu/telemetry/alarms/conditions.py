"""Alarm conditions: one boolean expression over what a point reports, read by the platform's one reader with
the profile of alarm rules.

Names: ``value`` (latest value), ``age`` (seconds since the latest row), ``limit`` (the limit that applies to
the point), ``lower`` and ``upper`` (its physical range). Functions of a window of seconds: ``mean low high
span change count``. Comparison, ``+ - * /``, ``AND OR NOT``, ``BETWEEN``, ``ABS``. Nothing else.

>>> condition = parse_condition("mean(3600) > limit AND count(3600) >= 45")
>>> sorted(condition.windows), sorted(condition.names)
([('count', 3600), ('mean', 3600)], ['limit'])
"""

from dataclasses import dataclass
from functools import lru_cache

import duckdb
from sqlglot import exp

from qiangqu.base.errors import InputError
from qiangqu.base.expressions import reading
from qiangqu.base.expressions.reading import ExpressionError, Profile
from qiangqu.lake.engine import connect

MAX_CHARACTERS = 500
MAX_WORDS = 200
MAX_WINDOW = 7 * 86400  # seconds: a live rule reads as much of every point at each pass
MIN_WINDOW = 1

NAMES = {
    "value": "最新值",
    "age": "距最新一条数据的秒数（还没有数据的，从测点登记算起）",
    "limit": "该测点适用的限值",
    "limit_over": "限值是按多少秒的均值定的（没有规定的为 0）",
    "lower": "量程下限",
    "upper": "量程上限",
}
WINDOWS = {
    "mean": "mean(秒)：这段时间的平均值",
    "low": "low(秒)：这段时间的最小值",
    "high": "high(秒)：这段时间的最大值",
    "span": "span(秒)：这段时间最大与最小之差",
    "change": "change(秒)：与上一段同样长的时间相比，最后一个值变化了多少",
    "count": "count(秒)：这段时间有效数据的条数",
}
_BOOLEAN = (exp.And, exp.Or, exp.Not, exp.Between, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition: DuckDB ``sql`` over columns :func:`column`, and what has to be computed for it."""

    text: str
    sql: str
    names: frozenset[str]
    windows: frozenset[tuple[str, int]]

    @property
    def reach(self) -> int:
        """Seconds of history that the condition looks back."""
        return max((seconds * (2 if function == "change" else 1) for function, seconds in self.windows), default=0)


def _check_window(node: exp.Expression) -> None:
    if isinstance(node, exp.Anonymous | exp.Count):
        _window(node)


PROFILE = Profile(
    subject="报警条件",
    nodes=reading.ARITHMETIC | reading.COMPARISONS | reading.LOGIC | reading.LEAVES | {exp.Abs, exp.Count},
    functions=WINDOWS,
    may=f"可用 {'、'.join([*NAMES, *WINDOWS])}、四则运算和比较",
    more="请拆成几条规则",
    names=NAMES,
    longest=MAX_CHARACTERS,
    most_words=MAX_WORDS,
    texts=False,
    check=_check_window,
)


def column(function: str, seconds: int) -> str:
    """Name of the column that holds ``function(seconds)``."""
    return f"{function}_{seconds}"


@lru_cache(maxsize=2000)
def parse_condition(text: str) -> Condition:
    """The condition that ``text`` states.

    Raises InputError that names the first thing that is not allowed, or says that kinds do not fit (``-(value
    > 1)``).
    """
    if not text.strip():
        raise InputError("报警条件是空的，请填写，例如 mean(3600) > limit")
    tree = reading.read(text, PROFILE)
    names = {name.lower() for name in reading.names_of(tree)}
    windows = {_window(node) for node in tree.find_all(exp.Anonymous, exp.Count)}
    inner = tree.unnest()
    if not isinstance(inner, _BOOLEAN):
        raise InputError("报警条件应是能判断真假的式子，例如 value > limit")
    if not names & {"value", "age"} and not windows:
        raise InputError("报警条件没有用到测点的数据（value、age 或 mean(秒) 等）")
    sql = tree.transform(_as_column).sql(dialect="duckdb")
    _bind(sql, [*NAMES, *(column(*window) for window in windows)])
    return Condition(text, sql, frozenset(names), frozenset(windows))


def _bind(sql: str, columns: list[str]) -> None:
    """Let DuckDB fit the kinds together once, over no rows: a rule that is stored can then be computed."""
    typed = ", ".join(f'NULL::DOUBLE AS "{name}"' for name in dict.fromkeys(columns))
    try:
        with connect() as duck:
            found = duck.execute(f"SELECT {sql} AS holds FROM (SELECT {typed}) WHERE false")  # noqa: S608 - allow-listed
            kind = str(found.description[0][1])
    except duckdb.Error as error:
        raise InputError("报警条件中有对不上的运算，例如拿判断的结果去做加减；请检查比较和括号") from error
    if "BOOL" not in kind.upper():
        raise InputError("报警条件应是能判断真假的式子，例如 value > limit")


def _window(node: exp.Expression) -> tuple[str, int]:
    name = "count" if isinstance(node, exp.Count) else str(node.this)
    arguments = [node.this] if isinstance(node, exp.Count) else node.expressions
    if len(arguments) != 1 or not isinstance(arguments[0], exp.Literal) or not str(arguments[0].this).isdigit():
        raise ExpressionError(f"函数 {name} 的括号里应是一个整数的秒数；用法：{WINDOWS[name]}")
    seconds = int(arguments[0].this)
    if not MIN_WINDOW <= seconds <= MAX_WINDOW:
        raise ExpressionError(f"函数 {name} 的时间应在 {MIN_WINDOW}—{MAX_WINDOW} 秒之间")
    return name, seconds


def _as_column(node: exp.Expression) -> exp.Expression:
    if isinstance(node, (exp.Anonymous, exp.Count)):
        return exp.column(column(*_window(node)), quoted=True)
    if isinstance(node, exp.Column):
        return exp.column(node.name.lower(), quoted=True)
    return node
