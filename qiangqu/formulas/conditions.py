"""Conditions on who reports: ``scale = 'above' AND industry LIKE '27%'``; with ``value`` also on what was
reported.

A condition becomes canonical SQL over the columns of the subjects' table, built here piece by piece; nothing
of the formula's own text is passed on but escaped literals.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from sqlglot import exp

from qiangqu.base.errors import InputError
from qiangqu.base.terms import bracketed, listed, said
from qiangqu.lake.engine import quoted

from .attributes import AttributeInfo, SubjectInfo
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
_WORDS = {
    "=": pgettext_lazy("condition", "为"),
    "<>": pgettext_lazy("condition", "不为"),
    ">": pgettext_lazy("condition", "大于"),
    ">=": pgettext_lazy("condition", "不小于"),
    "<": pgettext_lazy("condition", "小于"),
    "<=": pgettext_lazy("condition", "不大于"),
}
#: codes that an error lists
MOST_LISTED = 8
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
    names = ALLOWED_IN[function]
    return _Reader(function, {name: info for name, info in _known_attributes(catalog).items() if name in names}).read(
        node
    )


def read_condition_on(node: exp.Expression, function: str, subject: SubjectInfo) -> Condition:
    """The condition in ``node`` on the attributes of a declared register. Raises InputError that names what
    is wrong.
    """
    return _Reader(function, subject.attributes, f"{subject.title}（{subject.code}）").read(node)


def _known_attributes(catalog: Catalog) -> dict[str, AttributeInfo]:
    """What may be asked of who reports, of enterprises and parcels."""
    sectors = {code: name for code, (name, parent) in catalog.industries.items() if not parent}
    chains = {code: name for code, (name, parent) in catalog.industries.items() if parent}
    lists = {"sector": sectors, "chain": chains, "scale": SCALES, "status": PARCEL_STATUSES}
    found = {
        name: AttributeInfo(title, name, known=lists.get(name), like=name in ("industry", "use", "ownership"))
        for name, title in ATTRIBUTES.items()
    }
    return found | {"value": AttributeInfo(ATTRIBUTES["value"], "value", "要素的单位")}


def with_group(condition: Condition, attribute: str, code: str, name: str) -> Condition:
    """``condition`` narrowed to one industry or chain."""
    sql = f"{attribute} = {quoted(code)}"
    words = f"{said(ATTRIBUTES[attribute])}{_WORDS['=']}“{name}”"
    if not condition.sql:
        return Condition(sql, words, frozenset({attribute}))
    return Condition(
        f"({condition.sql}) AND {sql}", f"{condition.words}{_('且')}{words}", condition.attributes | {attribute}
    )


class _Reader:
    """Reads a condition on ``known`` attributes. ``of``: whose they are, for the sentences."""

    def __init__(self, function: str, known: Mapping[str, AttributeInfo], of: str = "") -> None:
        self.function, self.known, self.of = function, known, of

    def read(self, node: exp.Expression) -> Condition:
        match node:
            case exp.Paren():
                inner = self.read(node.this)
                return Condition(f"({inner.sql})", bracketed("", inner.words).strip(), inner.attributes)
            case exp.And() | exp.Or():
                return self._join(node)
            case exp.Not():
                inner = self.read(node.this)
                return Condition(
                    f"NOT ({inner.sql})", _("不是%(it)s") % {"it": bracketed("", inner.words).strip()}, inner.attributes
                )
            case exp.Like():
                return self._like(node)
            case exp.In():
                return self._in(node)
            case exp.Between():
                return self._between(node)
            case exp.EQ() | exp.NEQ() | exp.GT() | exp.GTE() | exp.LT() | exp.LTE():
                return self._compare(node)
        example = "scale = 'above' 或 value > 0" if not self.of else "名称 = '代码'"
        raise InputError(f"{self.function}() 的条件“{node.sql()[:60]}”不是条件；请写成 {example} 这样的比较")

    def _join(self, node: exp.Expression) -> Condition:
        word, chinese = ("AND", _("且")) if isinstance(node, exp.And) else ("OR", _("或"))
        left, right = self.read(node.this), self.read(node.expression)
        return Condition(
            f"({left.sql}) {word} ({right.sql})",
            f"{left.words}{chinese}{right.words}",
            left.attributes | right.attributes,
        )

    def _attribute(self, node: exp.Expression) -> tuple[str, AttributeInfo]:
        known = listed(sorted(self.known)) or "（无）"
        if not isinstance(node, exp.Column):
            raise InputError(f"条件“{node.sql()[:40]}”的左边应是属性名：{known}")
        name = node.name
        if name not in self.known:
            whose = f"{self.of}没有属性" if self.of else f"{self.function}() 的条件中没有属性"
            raise InputError(f"{whose}“{name[:40]}”；可用 {known}")
        return name, self.known[name]

    def _text(self, name: str, info: AttributeInfo, node: exp.Expression) -> str:
        if not (isinstance(node, exp.Literal) and node.is_string):
            example = next((code for code in info.known or () if code), "…")
            raise InputError(f"属性 {name} 应与加单引号的代码比较，如 {name} = '{example}'")
        text = str(node.this)
        if info.known is not None and text not in info.known:
            choices = [f"{code}（{word}）" if word != code else code for code, word in info.known.items() if code]
            more = f" 等 {len(choices)} 个" if len(choices) > MOST_LISTED else ""
            among = listed(choices[:MOST_LISTED]) or "（无）"
            raise InputError(f"{info.title}没有代码“{text[:40]}”；可用 {among}{more}")
        return text

    def _value(self, name: str, info: AttributeInfo, node: exp.Expression) -> float:
        sign = 1.0
        while isinstance(node, exp.Neg | exp.Paren):
            sign = -sign if isinstance(node, exp.Neg) else sign
            node = node.this
        if not isinstance(node, exp.Literal) or node.is_string:
            raise InputError(f"{name} 应与数字比较，如 {name} > 0（单位为{info.unit}）")
        return sign * float(node.this)

    def _unit(self, info: AttributeInfo) -> str:
        """What stands behind a number in words; of what is reported the element says it."""
        return info.unit if self.of else ""

    def _shown(self, info: AttributeInfo, text: str) -> str:
        return f"“{said((info.known or {}).get(text, text))}”"

    def _compare(self, node: exp.Expression) -> Condition:
        (name, info), operator = self._attribute(node.this), _COMPARE[type(node)]
        if info.unit:
            number = self._value(name, info, node.expression)
            words = f"{said(info.title)}{_WORDS[operator]}{number:g}{said(self._unit(info))}"
            return Condition(f"{info.column} {operator} {number!r}", words, frozenset({name}))
        if operator not in ("=", "<>"):
            raise InputError(f"属性 {name} 只能用 =、<>、LIKE、IN 比较")
        text = self._text(name, info, node.expression)
        words = f"{said(info.title)}{_WORDS[operator]}{self._shown(info, text)}"
        return Condition(f"{info.column} {operator} {quoted(text)}", words, frozenset({name}))

    def _like(self, node: exp.Expression) -> Condition:
        name, info = self._attribute(node.this)
        pattern = node.expression
        if not info.like:
            raise InputError(f"属性 {name} 不能用 LIKE，请用 = 或 IN")
        if not (isinstance(pattern, exp.Literal) and pattern.is_string and _PATTERN.fullmatch(str(pattern.this))):
            raise InputError(f"LIKE 后应是代码开头加 %，如 {name} LIKE '27%'")
        text = str(pattern.this)
        if text.endswith("%"):
            sql, words = (
                f"starts_with({info.column}, {quoted(text[:-1])})",
                _("%(name)s以 %(text)s 开头") % {"name": said(info.title), "text": text[:-1]},
            )
        else:
            sql, words = f"{info.column} = {quoted(text)}", f"{said(info.title)}{_WORDS['=']}{text}"
        return Condition(sql, words, frozenset({name}))

    def _in(self, node: exp.Expression) -> Condition:
        (name, info), items = self._attribute(node.this), node.expressions
        if not items:
            raise InputError("IN 后应是括号里的若干代码")
        if info.unit:
            numbers = ", ".join(repr(self._value(name, info, item)) for item in items)
            words = _("%(name)s为 %(listed)s 之一") % {"name": said(info.title), "listed": numbers}
            return Condition(f"{info.column} IN ({numbers})", words, frozenset({name}))
        texts = [self._text(name, info, item) for item in items]
        shown = listed(self._shown(info, text) for text in texts)
        words = _("%(name)s为%(listed)s之一") % {"name": said(info.title), "listed": shown}
        codes = ", ".join(quoted(text) for text in texts)
        return Condition(f"{info.column} IN ({codes})", words, frozenset({name}))

    def _between(self, node: exp.Expression) -> Condition:
        name, info = self._attribute(node.this)
        if not info.unit:
            raise InputError(f"属性 {name} 不能用 BETWEEN，请用 = 或 IN")
        low, high = self._value(name, info, node.args["low"]), self._value(name, info, node.args["high"])
        words = _("%(name)s在 %(low)s 与 %(high)s 之间") % {
            "name": said(info.title),
            "low": f"{low:g}",
            "high": f"{high:g}",
        }
        return Condition(f"{info.column} BETWEEN {low!r} AND {high!r}", words, frozenset({name}))
