"""Conditions on who reports: ``scale = 'above' AND industry LIKE '27%'``; with ``value`` also on what was reported.

A condition becomes canonical SQL over the columns of the subjects' table, built here piece by piece; nothing of the formula's own text
is passed on but escaped literals.
"""

import re
from dataclasses import dataclass

from sqlglot import exp

from qiangqu.base.errors import InputError
from qiangqu.lake.engine import quoted

from .catalog import Catalog

#: attribute → what people call it
ATTRIBUTES = {
    "industry": "国民经济行业代码",
    "sector": "重点产业",
    "chain": "产业链",
    "scale": "规模",
    "ownership": "登记注册类型",
    "use": "用途",
    "status": "状态",
    "value": "上报值",
}
SCALES = {"above": "规模以上", "small": "规模以下", "": "不适用"}
PARCEL_STATUSES = {"planned": "规划", "supplied": "已供应", "built": "已建成", "idle": "闲置", "low_use": "低效"}
_ORGANISATION = frozenset({"industry", "sector", "chain", "scale", "ownership"})
ALLOWED_IN = {
    "total": _ORGANISATION | {"value"},
    "average": _ORGANISATION | {"value"},
    "reporters": _ORGANISATION | {"value"},
    "organisations": _ORGANISATION,
    "parcels": frozenset({"use", "status"}) | _ORGANISATION,
}
_COMPARE = {exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
_WORDS = {"=": "为", "<>": "不为", ">": "大于", ">=": "不小于", "<": "小于", "<=": "不大于"}
_PATTERN = re.compile(r"[\w.\-]*%?")


@dataclass(frozen=True, slots=True)
class Condition:
    """Canonical SQL ("" for none), the same in Chinese, and the attributes it looks at."""

    sql: str = ""
    words: str = ""
    attributes: frozenset[str] = frozenset()

    @property
    def on_value(self) -> bool:
        return "value" in self.attributes


NONE = Condition()


def read_condition(node: exp.Expression, function: str, catalog: Catalog) -> Condition:
    """The condition in ``node``, checked for ``function``. Raises InputError that names what is wrong."""
    return _Reader(function, catalog).read(node)


def with_group(condition: Condition, attribute: str, code: str, name: str) -> Condition:
    """``condition`` narrowed to one industry or chain."""
    sql = f"{attribute} = {quoted(code)}"
    words = f"{ATTRIBUTES[attribute]}为“{name}”"
    if not condition.sql:
        return Condition(sql, words, frozenset({attribute}))
    return Condition(f"({condition.sql}) AND {sql}", f"{condition.words}且{words}", condition.attributes | {attribute})


class _Reader:
    def __init__(self, function: str, catalog: Catalog) -> None:
        self.function, self.catalog = function, catalog

    def read(self, node: exp.Expression) -> Condition:
        match node:
            case exp.Paren():
                inner = self.read(node.this)
                return Condition(f"({inner.sql})", f"（{inner.words}）", inner.attributes)
            case exp.And() | exp.Or():
                return self._join(node)
            case exp.Not():
                inner = self.read(node.this)
                return Condition(f"NOT ({inner.sql})", f"不是（{inner.words}）", inner.attributes)
            case exp.Like():
                return self._like(node)
            case exp.In():
                return self._in(node)
            case exp.Between():
                return self._between(node)
            case exp.EQ() | exp.NEQ() | exp.GT() | exp.GTE() | exp.LT() | exp.LTE():
                return self._compare(node)
        raise InputError(
            f"{self.function}() 的条件“{node.sql()[:60]}”不是条件；请写成 scale = 'above' 或 value > 0 这样的比较"
        )

    def _join(self, node: exp.Expression) -> Condition:
        word, chinese = ("AND", "且") if isinstance(node, exp.And) else ("OR", "或")
        left, right = self.read(node.this), self.read(node.expression)
        return Condition(
            f"({left.sql}) {word} ({right.sql})",
            f"{left.words}{chinese}{right.words}",
            left.attributes | right.attributes,
        )

    def _attribute(self, node: exp.Expression) -> str:
        if not isinstance(node, exp.Column):
            raise InputError(f"条件“{node.sql()[:40]}”的左边应是属性名：{'、'.join(sorted(ALLOWED_IN[self.function]))}")
        name = node.name
        if name not in ALLOWED_IN[self.function]:
            known = "、".join(sorted(ALLOWED_IN[self.function]))
            raise InputError(f"{self.function}() 的条件中没有属性“{name[:40]}”；可用 {known}")
        return name

    def _text(self, attribute: str, node: exp.Expression) -> str:
        if not (isinstance(node, exp.Literal) and node.is_string):
            raise InputError(f"属性 {attribute} 应与加单引号的代码比较，如 {attribute} = 'above'")
        text = str(node.this)
        if attribute in ("sector", "chain"):
            entry = self.catalog.industries.get(text)
            if entry is None or bool(entry[1]) != (attribute == "chain"):
                raise InputError(f"没有代码为“{text[:40]}”的{ATTRIBUTES[attribute]}")
        if attribute == "scale" and text not in SCALES:
            raise InputError(f"规模没有“{text[:40]}”这一类；可用 above（规模以上）、small（规模以下）")
        if attribute == "status" and text not in PARCEL_STATUSES:
            raise InputError(f"宗地没有“{text[:40]}”这一状态；可用 {'、'.join(PARCEL_STATUSES)}")
        return text

    def _shown(self, attribute: str, text: str) -> str:
        if attribute in ("sector", "chain"):
            return f"“{self.catalog.industries[text][0]}”"
        names = {"scale": SCALES, "status": PARCEL_STATUSES}.get(attribute, {})
        return f"“{names.get(text, text)}”"

    def _value(self, node: exp.Expression) -> float:
        sign = 1.0
        while isinstance(node, exp.Neg | exp.Paren):
            sign = -sign if isinstance(node, exp.Neg) else sign
            node = node.this
        if not isinstance(node, exp.Literal) or node.is_string:
            raise InputError("value 应与数字比较，如 value > 0（单位为要素的单位）")
        return sign * float(node.this)

    def _compare(self, node: exp.Expression) -> Condition:
        attribute, operator = self._attribute(node.this), _COMPARE[type(node)]
        if attribute == "value":
            number = self._value(node.expression)
            return Condition(
                f"value {operator} {number!r}", f"上报值{_WORDS[operator]}{number:g}", frozenset({"value"})
            )
        if operator not in ("=", "<>"):
            raise InputError(f"属性 {attribute} 只能用 =、<>、LIKE、IN 比较")
        text = self._text(attribute, node.expression)
        return Condition(
            f"{attribute} {operator} {quoted(text)}",
            f"{ATTRIBUTES[attribute]}{_WORDS[operator]}{self._shown(attribute, text)}",
            frozenset({attribute}),
        )

    def _like(self, node: exp.Expression) -> Condition:
        attribute = self._attribute(node.this)
        pattern = node.expression
        if attribute not in ("industry", "use", "ownership"):
            raise InputError(f"属性 {attribute} 不能用 LIKE，请用 = 或 IN")
        if not (isinstance(pattern, exp.Literal) and pattern.is_string and _PATTERN.fullmatch(str(pattern.this))):
            raise InputError("LIKE 后应是代码开头加 %，如 industry LIKE '27%'")
        text = str(pattern.this)
        words = (
            f"{ATTRIBUTES[attribute]}以 {text[:-1]} 开头" if text.endswith("%") else f"{ATTRIBUTES[attribute]}为 {text}"
        )
        if text.endswith("%"):
            return Condition(f"starts_with({attribute}, {quoted(text[:-1])})", words, frozenset({attribute}))
        return Condition(f"{attribute} = {quoted(text)}", words, frozenset({attribute}))

    def _in(self, node: exp.Expression) -> Condition:
        attribute, items = self._attribute(node.this), node.expressions
        if not items:
            raise InputError("IN 后应是括号里的若干代码")
        if attribute == "value":
            numbers = [self._value(item) for item in items]
            listed = ", ".join(repr(number) for number in numbers)
            return Condition(f"value IN ({listed})", f"上报值为 {listed} 之一", frozenset({"value"}))
        texts = [self._text(attribute, item) for item in items]
        shown = "、".join(self._shown(attribute, text) for text in texts)
        listed = ", ".join(quoted(text) for text in texts)
        return Condition(f"{attribute} IN ({listed})", f"{ATTRIBUTES[attribute]}为{shown}之一", frozenset({attribute}))

    def _between(self, node: exp.Expression) -> Condition:
        attribute = self._attribute(node.this)
        if attribute != "value":
            raise InputError(f"属性 {attribute} 不能用 BETWEEN，请用 = 或 IN")
        low, high = self._value(node.args["low"]), self._value(node.args["high"])
        return Condition(
            f"value BETWEEN {low!r} AND {high!r}", f"上报值在 {low:g} 与 {high:g} 之间", frozenset({"value"})
        )
