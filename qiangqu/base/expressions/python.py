"""Conditions in Python's syntax, as process designers and SpiffWorkflow write them, read into the tree of
:mod:`.reading`.

Read are names, numbers, texts, lists, comparisons (also chained), ``and or not``, arithmetic, ``a if b else
c``, ``x in (…)``, ``x is None``, a constant subscript and calls of the profile's functions. Everything else
of Python is refused with its place. The text is parsed by :mod:`ast` and walked.
"""

import ast
import warnings
from typing import Any

from sqlglot import exp

from .reading import MAX_NUMBER, ExpressionError, Node, Profile

MAX_NODES = 120
MAX_DEPTH = 20
_BINARY: dict[type[ast.operator], type[Any]] = {
    ast.Add: exp.Add, ast.Sub: exp.Sub, ast.Mult: exp.Mul, ast.Div: exp.Div, ast.FloorDiv: exp.IntDiv, ast.Mod: exp.Mod,
}  # fmt: skip
_COMPARE: dict[type[ast.cmpop], type[Any]] = {
    ast.Eq: exp.EQ, ast.NotEq: exp.NEQ, ast.Lt: exp.LT, ast.LtE: exp.LTE, ast.Gt: exp.GT, ast.GtE: exp.GTE,
}  # fmt: skip


def tree_of(text: str, profile: Profile) -> Node | None:
    """The tree of a text in Python's syntax; None for a text that is none (it may be SQL). Raises
    ExpressionError for what is not allowed.
    """
    source = text.strip()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "is" with a literal: refused below in words of our own
            parsed = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return _Reader(source, len(text) - len(text.lstrip()), profile).read(parsed)


class _Reader:
    def __init__(self, source: str, shift: int, profile: Profile) -> None:
        self.source, self.shift, self.profile = source, shift, profile
        self.count = 0

    def refuse(self, message: str, node: ast.AST) -> ExpressionError:
        """The error with the place of ``node``: :mod:`ast` counts lines and bytes."""
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        before = self.source.split("\n")[: line - 1]
        start = sum(len(one) + 1 for one in before)
        row = self.source[start:].split("\n")[0]
        start += len(row.encode()[:column].decode("utf-8", "ignore"))
        near = ast.get_source_segment(self.source, node) if isinstance(node, ast.expr) else ""
        return ExpressionError(message, position=self.shift + start + 1, near=(near or "")[:40])

    def read(self, node: ast.expr, depth: int = 0) -> Node:
        self.count += 1
        if depth > MAX_DEPTH:
            raise self.refuse(f"{self.profile.subject}嵌套超过 {MAX_DEPTH} 层，{self.profile.more}", node)
        if self.count > MAX_NODES:
            raise self.refuse(f"{self.profile.subject}超过 {MAX_NODES} 项，{self.profile.more}", node)

        def part(one: ast.expr) -> Node:
            """An operand: in brackets unless it cannot be torn apart."""
            made = self.read(one, depth + 1)
            whole = exp.Column | exp.Literal | exp.Boolean | exp.Null | exp.Array | exp.Anonymous | exp.Abs | exp.Round
            return made if isinstance(made, whole | exp.Paren | exp.Bracket | exp.Coalesce) else exp.Paren(this=made)

        match node:
            case ast.Constant(value=value):
                return self._constant(value, node)
            case ast.Name(id=name):
                return exp.column(exp.to_identifier(name, quoted=False))
            case ast.BoolOp(op=op, values=values):
                join: Any = exp.And if isinstance(op, ast.And) else exp.Or
                made = part(values[0])
                for one in values[1:]:
                    made = join(this=made, expression=part(one))
                return made
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return exp.Not(this=part(operand))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return exp.Neg(this=part(operand))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return exp.Add(this=exp.Literal.number(0), expression=part(operand))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return _BINARY[type(op)](this=part(left), expression=part(right))
            case ast.Compare(left=left, ops=ops, comparators=others):
                made, first = None, left
                for comparison, other in zip(ops, others, strict=True):
                    one = self._comparison(comparison, first, other, part)
                    made = one if made is None else exp.And(this=exp.Paren(this=made), expression=exp.Paren(this=one))
                    first = other
                assert made is not None
                return made
            case ast.IfExp(test=test, body=body, orelse=orelse):
                chosen = exp.If(this=self.read(test, depth + 1), true=self.read(body, depth + 1))
                return exp.Case(ifs=[chosen], default=self.read(orelse, depth + 1))
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return exp.Array(expressions=[self.read(item, depth + 1) for item in items])
            case ast.Subscript(value=value, slice=ast.Constant(value=key)) if type(key) in (str, int):
                return exp.Bracket(this=part(value), expressions=[self._constant(key, node)])
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if self._is_function(name.lower()):
                return self._call(name.lower(), [self.read(one, depth + 1) for one in args], node)
            case ast.Attribute(attr=attr):
                raise self.refuse(f"不允许取属性 .{attr[:40]}", node)
            case ast.Call():
                raise self.refuse(f"不允许调用这个函数，只能用 {'、'.join(sorted(self.profile.functions))}", node)
        raise self.refuse(f"{self.profile.subject}中不允许的写法（{type(node).__name__}），{self.profile.may}", node)

    def _constant(self, value: Any, node: ast.AST) -> Node:
        match value:
            case None:
                return exp.Null()
            case bool():
                return exp.Boolean(this=value)
            case str():
                return exp.Literal.string(value)
            case int() | float() if abs(value) <= MAX_NUMBER:
                return exp.Literal.number(repr(value))
            case int() | float():
                raise self.refuse("表达式里的数太大", node)
        raise self.refuse("表达式里有不允许的常数", node)

    def _comparison(self, op: ast.cmpop, left: ast.expr, right: ast.expr, part: Any) -> Node:
        match op:
            case ast.In() | ast.NotIn():
                if isinstance(right, ast.List | ast.Tuple):
                    made: Node = exp.In(this=part(left), expressions=part(right).expressions)
                else:
                    held = part(right)
                    if not isinstance(held, exp.Column | exp.Literal):  # IN (…) would read as a list of one
                        held = exp.Coalesce(this=held)
                    made = exp.In(this=part(left), field=held)
                return exp.Not(this=made) if isinstance(op, ast.NotIn) else made
            case ast.Is() | ast.IsNot():
                if not (isinstance(right, ast.Constant) and (right.value is None or isinstance(right.value, bool))):
                    raise self.refuse("is 只能用于 None、True、False；比较值请用 ==", right)
                made = exp.Is(this=part(left), expression=part(right))
                return exp.Not(this=made) if isinstance(op, ast.IsNot) else made
        return _COMPARE[type(op)](this=part(left), expression=part(right))  # type: ignore[no-any-return]

    def _is_function(self, name: str) -> bool:
        return name in self.profile.functions or name in ("coalesce", "if")

    def _call(self, name: str, args: list[Node], node: ast.AST) -> Node:
        match name, args:
            case "coalesce", [first, *others]:
                return exp.Coalesce(this=first, expressions=others)
            case "if", [test, then, otherwise]:
                return exp.Case(ifs=[exp.If(this=test, true=then)], default=otherwise)
            case "abs", [one]:
                return exp.Abs(this=one)
            case "round", [one]:
                return exp.Round(this=one)
            case "round", [one, places]:
                return exp.Round(this=one, decimals=places)
            case (("abs" | "round"), _):
                raise self.refuse(f"函数 {name} 的参数个数不对；用法：{self.profile.functions[name]}", node)
        return exp.Anonymous(this=name, expressions=args)
