"""Conditions of cases as release 0.1.0 read and evaluated them: the yardstick of ``test_same_as_released``.
Not to be changed.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from qiangqu.base.errors import InputError

MAX_LENGTH = 500
MAX_NODES = 120
MAX_DEPTH = 20
MAX_NUMBER = 10**15
MAX_TEXT = 10_000
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
#: what may be called, always with positional arguments; ``workdays`` is given by the engine, which knows the
#: calendar
FUNCTIONS: dict[str, Callable[..., Any]] = {"len": len, "min": min, "max": max, "abs": abs, "round": round}
ENGINE_FUNCTIONS = frozenset({"workdays"})


class ExpressionError(InputError):
    """An expression that is not allowed, or that cannot be worked out with the data at hand."""


def check(text: str) -> frozenset[str]:
    """The names that an allowed expression uses. Raises ExpressionError that says what is not allowed."""
    return _parsed(text)[1]


def evaluate(text: str, names: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
    """The value of ``text`` with ``names``. Raises ExpressionError for what is not allowed, an unknown name
    or an impossible operation.
    """
    tree, _names = _parsed(text)
    try:
        return _value(tree, names, FUNCTIONS | dict(functions or {}))
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


@lru_cache(maxsize=2048)
def _parsed(text: str) -> tuple[ast.expr, frozenset[str]]:
    shown = text[:80]
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"表达式超过 {MAX_LENGTH} 个字符", where=shown)
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError("不是合法的表达式", where=shown) from error
    names: set[str] = set()
    count = _walk(tree, names, shown, 0)
    if count > MAX_NODES:
        raise ExpressionError(f"表达式过于复杂（超过 {MAX_NODES} 项）", where=shown)
    return tree, frozenset(names)


def _walk(node: ast.AST, names: set[str], shown: str, depth: int) -> int:
    """Count nodes, collect names, refuse what is not on the list."""
    if depth > MAX_DEPTH:
        raise ExpressionError("表达式嵌套过深", where=shown)
    children: list[ast.AST] = []
    match node:
        case ast.Constant(value=value):
            if not (value is None or isinstance(value, bool | int | float | str)):
                raise ExpressionError("表达式里有不允许的常数", where=shown)
            if isinstance(value, int | float) and abs(value) > MAX_NUMBER:
                raise ExpressionError("表达式里的数太大", where=shown)
        case ast.Name(id=name):
            if name.startswith("_"):
                raise ExpressionError(f"不允许以下划线开头的名字 {name}", where=shown)
            names.add(name)
        case ast.BoolOp(values=values):
            children = list(values)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.UAdd(), operand=operand):
            children = [operand]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            children = [left, right]
        case ast.Compare(left=left, comparators=others):
            children = [left, *others]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            children = [test, body, orelse]
        case ast.List(elts=items) | ast.Tuple(elts=items):
            children = list(items)
        case ast.Subscript(value=value, slice=ast.Constant(value=key)) if isinstance(key, str | int):
            if isinstance(key, str) and key.startswith("_"):
                raise ExpressionError(f"不允许以下划线开头的名字 {key}", where=shown)
            children = [value]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS or name in ENGINE_FUNCTIONS:
            children = list(args)
        case ast.Attribute(attr=attr):
            raise ExpressionError(f"不允许取属性 .{attr}", where=shown)
        case ast.Call():
            raise ExpressionError(
                f"不允许调用函数，只能用 {'、'.join(sorted(FUNCTIONS | dict.fromkeys(ENGINE_FUNCTIONS, len)))}",
                where=shown,
            )
        case _:
            raise ExpressionError(f"不允许的写法（{type(node).__name__}）", where=shown)
    return 1 + sum(_walk(child, names, shown, depth + 1) for child in children)


def _value(node: ast.expr, names: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            if name not in names:
                raise ExpressionError(f"办件数据里没有“{name}”", where=name)
            return names[name]
        case ast.BoolOp(op=op, values=values):
            found: Any = None
            for one in values:
                found = _value(one, names, functions)
                if bool(found) is isinstance(op, ast.Or):
                    return found
            return found
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _value(operand, names, functions)
        case ast.UnaryOp(op=op, operand=operand):
            number = _value(operand, names, functions)
            return -number if isinstance(op, ast.USub) else +number
        case ast.BinOp(left=left, op=op, right=right):
            return _operate(op, _value(left, names, functions), _value(right, names, functions))
        case ast.Compare(left=left, ops=ops, comparators=others):
            first = _value(left, names, functions)
            for comparison, other in zip(ops, others, strict=True):
                second = _value(other, names, functions)
                if not _holds(comparison, first, second):
                    return False
                first = second
            return True
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _value(body if _value(test, names, functions) else orelse, names, functions)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item, names, functions) for item in items]
        case ast.Subscript(value=value, slice=ast.Constant(value=key)):
            holder = _value(value, names, functions)
            if not isinstance(holder, dict | list | str):
                raise TypeError
            return holder[key]  # type: ignore[index]
        case ast.Call(func=ast.Name(id=name), args=args):
            if name not in functions:
                raise ExpressionError(f"这里不能用函数 {name}", where=name)
            return functions[name](*(_value(arg, names, functions) for arg in args))
    raise ExpressionError(f"不允许的写法（{type(node).__name__}）")


def _holds(op: ast.cmpop, first: Any, second: Any) -> bool:
    """A comparison. What has not been answered (None) is neither greater nor smaller than anything, and in
    nothing.
    """
    if isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) and (first is None or second is None):
        return False
    if isinstance(op, ast.In | ast.NotIn) and second is None:
        return isinstance(op, ast.NotIn)
    return bool(_COMPARE[type(op)](first, second))


def _operate(op: ast.operator, left: Any, right: Any) -> Any:
    """Arithmetic of numbers, and joining of texts and lists, all bounded: ``'a' * 10**9`` must not eat the
    memory.
    """
    for side in (left, right):
        if isinstance(side, int | float) and abs(side) > MAX_NUMBER:
            raise ValueError
    texts = isinstance(left, str | list) or isinstance(right, str | list)
    if texts and not (isinstance(op, ast.Add) and type(left) is type(right) and len(left) + len(right) <= MAX_TEXT):
        raise TypeError
    return _BINARY[type(op)](left, right)
