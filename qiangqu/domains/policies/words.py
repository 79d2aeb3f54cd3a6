"""A policy in words: its benefit, its budget, its conditions, as people read them."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.terms import said
from qiangqu.ui.templatetags.quantities import DASH

from .amounts import yuan
from .forms import op_words, shown_than, sources
from .models import Policy
from .spec import Benefit, benefit_of, rules_of


def money(fen: int | None) -> str:
    """Whole 分 as people read them: yuan, from 10,000 yuan on in 万元.

    >>> money(40_000_000), money(1234_50), money(None)
    ('40 万元', '1,234.5 元', '—')
    """
    found = yuan(fen)
    if found is None:
        return DASH
    if abs(found) >= 10_000:
        text, unit = f"{found / 10_000:,.6f}".rstrip("0").rstrip("."), _("万元")
    else:
        text, unit = f"{found:,.2f}".rstrip("0").rstrip("."), _("元")
    return f"{text} {unit}"


def in_words(policy: Policy) -> dict[str, Any]:
    """The benefit and the conditions of a policy; ``fault`` where its data is wrong."""
    try:
        named = {key: word for _group, rows in sources() for key, word in rows}
        return {"benefit": _benefit(benefit_of(policy), named), "rules": _rules(policy, named), "fault": ""}
    except InputError as error:
        return {"benefit": DASH, "rules": [], "fault": str(error)}


def _benefit(one: Benefit, named: Mapping[str, str]) -> str:
    cap = _("，最高 %(cap)s") % {"cap": money(int(one.cap * 100))} if one.cap else ""
    match one.way:
        case "fixed":
            return money(int((one.amount or 0) * 100))
        case "share":
            words = {"of": _word(one.of or "", named), "rate": f"{one.rate:f}" if one.rate else ""}
            return _("%(of)s的 %(rate)s%%") % words + cap
        case "levels":
            ops = dict(op_words())
            parts = [
                f"{_word(level.source, named)} {ops[level.op]} {shown_than(level.than)}：{money(int(level.amount * 100))}"
                for level in one.levels
            ]
            return "；".join(parts) + cap
        case "formula":
            return f"{one.formula}（{_('元')}）{cap}"
    return _("标准未查到") + (f"：{said(one.note)}" if one.note else "")


def _word(source: str, named: Mapping[str, str]) -> str:
    return named.get(source.partition("@")[0], source)


def _rules(policy: Policy, named: Mapping[str, str]) -> list[dict[str, str]]:
    ops, made = dict(op_words()), []
    for rule in rules_of(policy):
        text = f"{_word(rule.source, named)} {ops[rule.op]} {shown_than(rule.than)}" if rule.source else ""
        made.append({"text": text, "title": said(rule.title), "clause": rule.clause, "group": rule.group})
    return made
