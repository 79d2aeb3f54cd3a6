"""What the data of a policy says: its conditions and its benefit, and the scheme that they make.

Conditions and amounts read the values of one enterprise, in the way of schemes (:mod:`qiangqu.schemes.language`). A value is named
by its source: ``indicator:ent_rd`` (of the last whole year; ``indicator:ent_rd@quarter`` of another period), ``title:srdi``
(held or not), ``attribute:scale``, ``scheme:tech_sme`` (passes or not), ``level:smart_factory`` (number from 1 at the lowest). Only
indicators with a value for each enterprise can be named, so a policy cannot read another enterprise's figures.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from qiangqu.base.errors import InputError
from qiangqu.base.expressions.reading import (
    ARITHMETIC,
    CHOICE,
    COMPARISONS,
    LEAVES,
    LOGIC,
    Node,
    Profile,
    names_of,
    read,
)
from qiangqu.formulas.dimensions import conversion
from qiangqu.formulas.models import Indicator
from qiangqu.registry.models import RecognitionKind
from qiangqu.schemes.gather import all_editions, schemes_on
from qiangqu.schemes.language import Op, Scheme
from qiangqu.schemes.pack import checked
from qiangqu.schemes.reading import of_data

from .models import Policy

MOST_CRITERIA = 40
MOST_LEVELS = 20
#: yuan; nothing that a region pays comes near it
MOST_YUAN = Decimal(10) ** 11
MONEY = "元"
KINDS = ("indicator", "title", "attribute", "scheme", "level")
_SOURCE = re.compile(rf"({'|'.join(KINDS)}):([a-z][a-z0-9_]{{0,59}})(?:@(half|quarter|month))?")


class _Plain(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _yuan(value: Any) -> Any:
    """A number of YAML as its text, so that no amount passes through binary fractions."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Money = Annotated[Decimal, BeforeValidator(_yuan), Field(gt=0, le=MOST_YUAN, decimal_places=2, allow_inf_nan=False)]
Rate = Annotated[Decimal, BeforeValidator(_yuan), Field(gt=0, le=100, decimal_places=4, allow_inf_nan=False)]
Source = Annotated[str, Field(pattern=f"^{_SOURCE.pattern}$")]


class Rule(_Plain):
    """One condition. ``than`` is a number, codes, or (of titles and schemes) true or false. Conditions with the same
    ``group`` are alternatives: one of them is enough. Without ``source`` it is one whose wording or figure nobody found, and
    ``title`` says which."""

    source: Source | None = None
    op: Op = ">="
    than: Annotated[float, Field(allow_inf_nan=False)] | bool | tuple[str, ...] | None = None
    title: Annotated[str, Field(max_length=120)] = ""
    clause: Annotated[str, Field(max_length=60)] = ""
    group: Annotated[str, Field(pattern="^[A-Z]?$")] = ""

    @model_validator(mode="after")
    def _whole(self) -> "Rule":
        if self.source is None:
            if not self.title:
                raise ValueError(_("没有查到的条件要写明是什么"))
        elif self.than is None:
            raise ValueError(_("条件要写与什么比较"))
        return self


class Level(_Plain):
    """An amount for whom the condition holds."""

    source: Source
    op: Op = ">="
    than: Annotated[float, Field(allow_inf_nan=False)] | bool | tuple[str, ...]
    amount: Money


class Benefit(_Plain):
    """What is paid. ``fixed``: ``amount``; ``share``: ``rate`` per cent of the money ``of``; ``levels``: the greatest amount whose
    condition holds; ``formula``: an expression over indicators, in yuan; ``unknown``: not found in the source. ``cap``: at most."""

    way: Literal["fixed", "share", "levels", "formula", "unknown"] = "unknown"
    amount: Money | None = None
    of: Source | None = None
    rate: Rate | None = None
    levels: Annotated[tuple[Level, ...], Field(max_length=MOST_LEVELS)] = ()
    formula: Annotated[str, Field(max_length=500)] = ""
    cap: Money | None = None
    note: Annotated[str, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _whole(self) -> "Benefit":
        missing = {
            "fixed": [] if self.amount else [_("金额")],
            "share": [word for word, value in ((_("基数"), self.of), (_("比例"), self.rate)) if not value],
            "levels": [] if self.levels else [_("分档")],
            "formula": [] if self.formula.strip() else [_("公式")],
            "unknown": [],
        }[self.way]
        if missing:
            raise ValueError(_("请填写%(what)s") % {"what": "、".join(missing)})
        return self


#: an amount as an expression: what the platform's reader of expressions allows of arithmetic and choice
PROFILE = Profile(
    subject="金额公式",
    nodes=ARITHMETIC | COMPARISONS | LOGIC | CHOICE | LEAVES,
    functions={"min": "min(a, b)", "max": "max(a, b)", "abs": "abs(a)", "round": "round(a)"},
    may="金额公式可以用逐个企业取值的指标代码、数、四则运算、CASE WHEN、min、max",
    longest=500,
    texts=False,
)


def rules_of(policy: Policy) -> list[Rule]:
    """The conditions of a policy. Raises InputError."""
    rows: Any = policy.criteria
    if not isinstance(rows, list):
        raise InputError(_("条件应是一个列表"), where=_("条件"))
    if len(rows) > MOST_CRITERIA:
        raise InputError(_("条件最多 %(n)s 条") % {"n": MOST_CRITERIA}, where=_("条件"))
    return [_told(Rule, row, _("第 %(n)s 条条件") % {"n": at}) for at, row in enumerate(rows, 1)]


def benefit_of(policy: Policy) -> Benefit:
    """What a policy pays. Raises InputError."""
    found: Benefit = _told(Benefit, policy.benefit or {}, _("标准"))
    return found


def _told(kind: Any, data: Any, where: str) -> Any:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(step) for step in first["loc"])
        said = str(first["msg"]).removeprefix("Value error, ")
        known = {
            "greater_than": _("应大于 0"),
            "less_than_equal": _("数太大，请核对"),
            "decimal_max_places": _("小数位太多：金额到分"),
            "decimal_parsing": _("应是一个数"),
            "finite_number": _("应是有限的数"),
            "string_pattern_mismatch": _("没有这样的来源"),
            "too_long": _("项数过多"),
        }
        message = known.get(first["type"], said)
        raise InputError(f"{name} {message}".strip(), where=where) from None


def formula_of(text: str) -> Node:
    """The tree of an amount's formula. Raises ExpressionError (an InputError)."""
    return read(text, PROFILE)


# ---------------------------------------------------------------- the scheme that it makes


def money_name(source: str) -> str:
    """The name of a value in yuan, beside the same one in its own unit."""
    return f"yuan_{value_name(source)}"


def value_name(source: str) -> str:
    """Under which name the scheme of a policy has a source.

    >>> value_name("indicator:ent_rd@quarter"), value_name("indicator:ent_rd")
    ('indicator_ent_rd_quarter', 'indicator_ent_rd')
    """
    return source.replace(":", "_").replace("@", "_")


@dataclass(frozen=True)
class Catalogue:
    """What policies may name: indicators (all, to say which are not of enterprises), kinds of recognitions, schemes."""

    indicators: Mapping[str, Indicator]
    titles: Mapping[str, str]
    schemes: Mapping[str, str]


def catalogue() -> Catalogue:
    """What there is to be named now."""
    titles = {
        code: str.__str__(name) for code, name in RecognitionKind.objects.order_by("code").values_list("code", "name")
    }
    fields = ("code", "name", "unit", "direction", "subject", "order")
    indicators = {one.code: one for one in Indicator.objects.only(*fields).order_by("order", "code")}
    return Catalogue(indicators, titles, {one.code: one.short or one.title for one in all_editions()})


def scheme_of(policy: Policy, day: dt.date, known: Catalogue | None = None, *, check: bool = False) -> Scheme:
    """The scheme of a policy on a day: its conditions as gates, beside those of the scheme that it names. Raises InputError that says
    what is wrong with it; with ``check`` also what is wrong beside the indicators and schemes that there are."""
    known = known or catalogue()
    rules, benefit = rules_of(policy), benefit_of(policy)
    sources = [rule.source for rule in rules if rule.source]
    sources += [level.source for level in benefit.levels]
    values = {value_name(source): _value(source, known) for source in sources}
    for source in [benefit.of] if benefit.of else []:
        values[money_name(source)] = _value(source, known, money=True)
    if benefit.way == "formula":
        for name in sorted(names_of(formula_of(benefit.formula))):
            values[money_name(f"indicator:{name}")] = _in_formula(name, known)
    data = {
        "code": f"policy_{re.sub('[^a-z0-9_]', '_', policy.code.lower())}"[:60],
        "edition": str(policy.edition),
        "title": str.__str__(policy.title)[:120] or "—",
        "subject": "enterprise",
        "kind": "eligibility",
        "document": {"title": policy.document or "—", "effective": (policy.starts_on or day).isoformat()},
        "values": values,
        "gates": _gates(rules),
    }
    named: Scheme | None = None
    if policy.scheme:
        named = schemes_on(day).get(policy.scheme)
        if named is None or named.subject != "enterprise":
            raise InputError(_("没有现行的企业评价方案“%(code)s”") % {"code": policy.scheme}, where=_("按评价方案"))
        if not data["gates"]:
            data["gates"] = [{"title": "—", "unknown": "—"}]  # only to be read; the named scheme's stand below
    elif not rules:
        raise InputError(_("请至少写一条条件，或选一个评价方案"), where=_("条件"))
    scheme, faults = of_data(data)
    if scheme is None or faults:
        raise InputError(faults[0].message if faults else "", where=_place(faults[0].path if faults else ()))
    wrong = checked(scheme, all_editions()) if check else []
    if wrong:
        raise InputError(wrong[0].message, where=_place(wrong[0].path))
    if named is None:
        return scheme
    own = scheme.gates if rules else ()
    return named.model_copy(
        update={
            "code": scheme.code,
            "edition": scheme.edition,
            "values": {**named.values, **scheme.values},
            "gates": (*named.gates, *own),
            "grants": None,
        }
    )


def _place(path: Sequence[str | int]) -> str:
    if path and path[0] == "gates" and len(path) > 1:
        return str(_("第 %(n)s 条条件") % {"n": int(path[1]) + 1})
    return str(_("条件与标准"))


def _gates(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Conditions that all hold; those of a group as one that holds when one of them does."""
    made: list[dict[str, Any]] = []
    groups: dict[str, list[dict[str, Any]]] = {}
    for rule in rules:
        one = _condition(rule)
        if not rule.group:
            made.append(one)
        elif rule.group in groups:
            groups[rule.group].append(one)
        else:
            groups[rule.group] = [one]
            made.append({"any": groups[rule.group]})
    return [one["any"][0] if len(one.get("any", ())) == 1 else one for one in made]


def _condition(rule: Rule) -> dict[str, Any]:
    if rule.source is None:
        return {"title": rule.title, "clause": rule.clause, "unknown": rule.title}
    return {
        "title": rule.title,
        "clause": rule.clause,
        "value": value_name(rule.source),
        "op": rule.op,
        "than": list(rule.than) if isinstance(rule.than, tuple) else rule.than,
    }


def parts_of(source: str) -> tuple[str, str, str]:
    """Kind, code and period of a source. Raises InputError.

    >>> parts_of("indicator:ent_rd@quarter")
    ('indicator', 'ent_rd', 'quarter')
    """
    found = _SOURCE.fullmatch(source)
    if not found:
        raise InputError(_("没有这样的来源"), where=source[:80])
    return found[1], found[2], found[3] or "year"


def _value(source: str, known: Catalogue, money: bool = False) -> dict[str, Any]:
    """How the scheme reads a source. Raises InputError for one that there is not."""
    kind, code, period = parts_of(source)
    match kind:
        case "indicator":
            one = _indicator(code, known)
            if money and not is_money(one):
                raise InputError(_("“%(name)s”不是金额，不能按比例计") % {"name": one.name}, where=_("标准"))
            unit = MONEY if money else str.__str__(one.unit)
            better = "down" if one.direction == "down" else "up"
            return {"title": str.__str__(one.name), "indicator": code, "unit": unit, "period": period, "better": better}
        case "title":
            if code not in known.titles:
                raise InputError(_("没有认定类别“%(code)s”") % {"code": code}, where=_("条件"))
            return {"title": known.titles[code], "titles": [code]}
        case "attribute":
            return {"title": ATTRIBUTES.get(code, code), "attribute": code}
    if code not in known.schemes:
        raise InputError(_("没有方案“%(code)s”") % {"code": code}, where=_("条件"))
    return {"title": known.schemes[code], "scheme": code, "gives": "level" if kind == "level" else "passes"}


ATTRIBUTES: Mapping[str, str] = {
    "industry": "国民经济行业代码",
    "sector": "重点产业",
    "chain": "产业链",
    "scale": "规模",
    "ownership": "登记注册类型",
}


def _indicator(code: str, known: Catalogue) -> Indicator:
    one = known.indicators.get(code)
    if one is None:
        raise InputError(_("没有指标“%(code)s”") % {"code": code}, where=_("条件与标准"))
    if one.subject != "organisation":
        words = {"name": one.name}
        raise InputError(_("指标“%(name)s”不是逐个企业取值的，不能用来判定一家企业") % words, where=_("条件与标准"))
    return one


def is_money(one: Indicator) -> bool:
    """Whether an indicator is an amount of money."""
    return conversion(str.__str__(one.unit), MONEY) is not None


def _in_formula(name: str, known: Catalogue) -> dict[str, Any]:
    """An indicator as the formula sees it: money in yuan, anything else in its own unit."""
    if not re.fullmatch("[a-z][a-z0-9_]{0,59}", name):
        raise InputError(_("公式里只能用逐个企业取值的指标代码，没有“%(name)s”") % {"name": name[:40]}, where=_("公式"))
    one = _indicator(name, known)
    return _value(f"indicator:{name}", known, money=is_money(one))
