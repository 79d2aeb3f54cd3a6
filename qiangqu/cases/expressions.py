"""Conditions of processes and decision tables: the platform's one reader (:mod:`qiangqu.base.expressions`)
with the profile of cases.

Python's syntax is read, as designers of processes write it (``level in ['region', 'city'] and not done``),
and that of formulas (``level IN ('region', 'city') AND NOT done``). Attributes, other calls, comprehensions,
lambdas and f-strings are refused when a file is saved, and again when it runs.

>>> evaluate("amount > 100 and level in ['region', 'city']", {"amount": 120, "level": "city"})
True
>>> evaluate("amount > 100 AND level IN ('region', 'city')", {"amount": None, "level": "city"})
False
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from sqlglot import exp

from qiangqu.base.expressions import reading, values
from qiangqu.base.expressions.reading import ExpressionError, Node, Profile

__all__ = ["ExpressionError", "check", "evaluate"]

MAX_LENGTH = 500
#: ``workdays`` is given by the engine, which knows the calendar
FUNCTIONS = {
    "len": "len(多选或文字)：项数或字数",
    "min": "min(数, 数 …)：最小的",
    "max": "max(数, 数 …)：最大的",
    "abs": "abs(数)：绝对值",
    "round": "round(数[, 位数])：舍入",
    "workdays": "workdays(天数)：从开始计时起的若干工作日，只用于定时",
}


def _subscripts(node: Node) -> None:
    """``units[0]`` and ``answer['score']``: constants only, and no name that Python keeps for itself."""
    if isinstance(node, exp.Bracket):
        keys = node.expressions
        if len(keys) != 1 or not isinstance(keys[0], exp.Literal) or (not keys[0].is_string and not keys[0].is_int):
            raise ExpressionError("方括号里只能是一个序号或一个加引号的名字")
        if keys[0].is_string and str(keys[0].this).startswith("_"):
            raise ExpressionError(f"不允许以下划线开头的名字 {str(keys[0].this)[:40]}")


PROFILE = Profile(
    subject="表达式",
    nodes=reading.ARITHMETIC
    | reading.COMPARISONS
    | reading.LOGIC
    | reading.CHOICE
    | reading.LEAVES
    | {exp.IntDiv, exp.Mod, exp.Array, exp.Bracket, exp.Abs, exp.Round},
    functions=FUNCTIONS,
    may="只能用字段名、数、文字、比较、四则运算、and、or、not、in 和给定的函数",
    arguments=frozenset({"field"}),
    longest=MAX_LENGTH,
    most_words=250,
    deepest_tree=300,
    python=True,
    check=_subscripts,
)


def check(text: str) -> frozenset[str]:
    """The names that an allowed expression uses. Raises ExpressionError that says what is not allowed, and
    where in the text.
    """
    return _read(text)[1]


def evaluate(text: str, names: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
    """The value of ``text`` with ``names``. Raises ExpressionError for what is not allowed, an unknown name
    or an impossible operation.
    """
    known = values.FUNCTIONS if functions is None else {**values.FUNCTIONS, **functions}
    return values.evaluate(_read(text)[0], names, known, text)


@lru_cache(maxsize=2048)
def _read(text: str) -> tuple[values.Value, frozenset[str]]:
    try:
        tree = reading.read(text, PROFILE)
        return values.compiled(tree), reading.names_of(tree)
    except ExpressionError as error:
        where = "，".join(one for one in (text[:80], error.place) if one)
        raise ExpressionError(error.message, where=where, position=error.position, near=error.near) from error
    except RecursionError as error:
        raise ExpressionError("表达式嵌套过深", where=text[:80]) from error
