"""A tree worked out over plain data: names to texts, numbers, truths, lists and None.

What is missing (None) is neither greater nor smaller than anything and in nothing; it equals only what is
missing too. ``AND`` and ``OR`` take empty texts, empty lists, 0 and what is missing for untrue and give the
part that decided, as Python does. A date is a text ``2026-11-30``.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from .reading import MAX_NUMBER, ExpressionError, Node

MAX_TEXT = 10_000
Names = Mapping[str, Any]
Functions = Mapping[str, Callable[..., Any]]
Value = Callable[[Names, Functions], Any]

FUNCTIONS: Functions = {"len": len, "min": min, "max": max, "abs": abs, "round": round}
_ORDER: dict[type[Any], Callable[[Any, Any], Any]] = {
    exp.LT: operator.lt, exp.LTE: operator.le, exp.GT: operator.gt, exp.GTE: operator.ge,
}  # fmt: skip
_SAME: dict[type[Any], Callable[[Any, Any], Any]] = {exp.EQ: operator.eq, exp.NEQ: operator.ne}
_ARITHMETIC: dict[type[Any], Callable[[Any, Any], Any]] = {
    exp.Add: operator.add, exp.Sub: operator.sub, exp.Mul: operator.mul, exp.Div: operator.truediv,
    exp.IntDiv: operator.floordiv, exp.Mod: operator.mod,
}  # fmt: skip


def evaluate(value: Value, names: Names, functions: Functions, text: str = "") -> Any:
    """What :func:`compiled` gave, worked out. Raises ExpressionError for an impossible operation or a name
    that is not there.
    """
    try:
        return value(names, functions)
    except ExpressionError:
        raise
    except (TypeError, ValueError, ZeroDivisionError, KeyError, IndexError, OverflowError) as error:
        raise ExpressionError(f"表达式算不出来（{_reason(error)}）", where=text[:80]) from error


def _reason(error: Exception) -> str:
    match error:
        case ZeroDivisionError():
            return "除数为零"
        case KeyError() | IndexError():
            return "取不到这一项"
        case TypeError():
            return "数据的类型不能这样运算"
        case _:
            return "数值不合适"


def compiled(node: Node) -> Value:
    """A function of names and functions that gives the value of a tree; the tree is walked once, here."""
    match node:
        case exp.Paren():
            return compiled(node.this)
        case exp.Literal() | exp.Boolean() | exp.Null():
            constant = constant_of(node)
            return lambda names, functions: constant
        case exp.Column():
            return _name(node.name)
        case exp.And() | exp.Or():
            left, right = compiled(node.this), compiled(node.expression)
            if isinstance(node, exp.And):
                return lambda names, functions: left(names, functions) and right(names, functions)
            return lambda names, functions: left(names, functions) or right(names, functions)
        case exp.Not():
            operand = compiled(node.this)
            return lambda names, functions: not operand(names, functions)
        case exp.Neg():
            operand = compiled(node.this)
            return lambda names, functions: -operand(names, functions)
        case exp.EQ() | exp.NEQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
            return _comparison(type(node), compiled(node.this), compiled(node.expression))
        case exp.Between():
            value = compiled(node.this)
            low = _comparison(exp.GTE, value, compiled(node.args["low"]))
            high = _comparison(exp.LTE, value, compiled(node.args["high"]))
            return lambda names, functions: low(names, functions) and high(names, functions)
        case exp.Is():
            value, wanted = compiled(node.this), constant_of(node.expression)
            return lambda names, functions: value(names, functions) is wanted
        case exp.In():
            return _membership(node)
        case exp.Case() | exp.If():
            return _choice(node)
        case exp.Array():
            items = [compiled(one) for one in node.expressions]
            return lambda names, functions: [one(names, functions) for one in items]
        case exp.Bracket():
            return _subscript(compiled(node.this), constant_of(node.expressions[0]))
        case exp.Coalesce():
            parts = [compiled(one) for one in (node.this, *node.expressions)]
            return lambda names, functions: next((v for one in parts if (v := one(names, functions)) is not None), None)
        case exp.Anonymous():
            return _call(str(node.this), [compiled(one) for one in node.expressions])
        case exp.Abs():
            return _call("abs", [compiled(node.this)])
        case exp.Round():
            places = node.args.get("decimals")
            return _call("round", [compiled(node.this), *([compiled(places)] if places is not None else [])])
        case _ if type(node) in _ARITHMETIC:
            return _arithmetic(_ARITHMETIC[type(node)], compiled(node.this), compiled(node.expression))
    raise ExpressionError(f"不能计算“{node.sql()[:40]}”")


def constant_of(node: Node) -> Any:
    """What a literal, TRUE, FALSE or NULL states."""
    match node:
        case exp.Null():
            return None
        case exp.Boolean():
            return bool(node.this)
        case exp.Literal() if node.is_string:
            return str(node.this)
        case exp.Literal():
            text = str(node.this)
            return int(text) if text.isascii() and text.isdigit() else float(text)
    raise ExpressionError(f"“{node.sql()[:40]}”处应是一个常数")


def _name(name: str) -> Value:
    def value(names: Names, functions: Functions) -> Any:
        try:
            return names[name]
        except KeyError:
            raise ExpressionError(f"办件数据里没有“{name}”", where=name) from None

    return value


def _comparison(kind: type[Any], left: Value, right: Value) -> Value:
    if kind in _SAME:
        same = _SAME[kind]
        return lambda names, functions: bool(same(left(names, functions), right(names, functions)))
    order = _ORDER[kind]

    def holds(names: Names, functions: Functions) -> bool:
        first, second = left(names, functions), right(names, functions)
        return first is not None and second is not None and bool(order(first, second))

    return holds


def _membership(node: exp.In) -> Value:
    value, held = compiled(node.this), node.args.get("field")
    if held is None:
        items = [compiled(one) for one in node.expressions]
        return lambda names, functions: value(names, functions) in [one(names, functions) for one in items]
    within = compiled(held)

    def inside(names: Names, functions: Functions) -> bool:
        first, second = value(names, functions), within(names, functions)
        return second is not None and first in second

    return inside


def _choice(node: exp.Case | exp.If) -> Value:
    ifs = [node] if isinstance(node, exp.If) else node.args["ifs"]
    otherwise = node.args.get("false") if isinstance(node, exp.If) else node.args.get("default")
    subject = node.this if isinstance(node, exp.Case) else None
    ways = []
    for one in ifs:
        test = compiled(one.this)
        if subject is not None:
            test = _comparison(exp.EQ, compiled(subject), test)
        ways.append((test, compiled(one.args["true"])))
    last = compiled(otherwise) if otherwise is not None else None

    def value(names: Names, functions: Functions) -> Any:
        for test, then in ways:
            if test(names, functions):
                return then(names, functions)
        return last(names, functions) if last is not None else None

    return value


def _subscript(holder: Value, key: Any) -> Value:
    def value(names: Names, functions: Functions) -> Any:
        held = holder(names, functions)
        if not isinstance(held, dict | list | str):
            raise TypeError
        return held[key]  # type: ignore[index]

    return value


def _call(name: str, args: list[Value]) -> Value:
    def value(names: Names, functions: Functions) -> Any:
        if name not in functions:
            raise ExpressionError(f"这里不能用函数 {name}", where=name)
        return functions[name](*(one(names, functions) for one in args))

    return value


def _arithmetic(work: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
    """Arithmetic of numbers, and joining of texts and lists, all bounded: ``'a' * 10**9`` must not eat the
    memory.
    """

    def value(names: Names, functions: Functions) -> Any:
        first, second = left(names, functions), right(names, functions)
        for side in (first, second):
            if isinstance(side, int | float) and abs(side) > MAX_NUMBER:
                raise ValueError
        if isinstance(first, str | list) or isinstance(second, str | list):
            joins = work is operator.add and type(first) is type(second)
            if not joins or len(first) + len(second) > MAX_TEXT:
                raise TypeError
        return work(first, second)

    return value
