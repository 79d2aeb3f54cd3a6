"""Gas analyses: what is measured in which units, and which values pass (``data/rules.yaml``, each limit with whether its
text was found). A value without a unit is none.
"""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

from .rules import rules


@dataclass(frozen=True, slots=True)
class JudgedGas:
    """A reading with what it is judged by, in words."""

    gas: str
    value: float
    unit: str
    passed: bool
    basis: str


def name_of(code: str) -> str:
    """What a gas of the rules is called."""
    return str(rules()["gases"][code]["name"])


def choices() -> list[tuple[str, str]]:
    return [(code, str(one["name"])) for code, one in rules()["gases"].items()]


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1e6:
        raise InputError(_("应是不小于 0 的数"), where=where)
    return value


def judge(code: str, value: str, unit: str, lel: str = "") -> JudgedGas:
    """A reading of one of the gases of the rules against its limit.

    Raises InputError without a unit, in a unit that the gas is not measured in, for a value that is none, and for what
    burns without its lower explosive limit (the limit depends on it).

    >>> judge("oxygen", "20.9", "%").passed, judge("oxygen", "19.4", "%").passed, judge("oxygen", "23", "%").passed
    (True, False, False)
    >>> judge("combustible", "0.3", "%", "5").passed, judge("combustible", "0.3", "%", "1.2").passed
    (True, False)
    >>> judge("combustible", "12", "%LEL", "5").passed       # 12 % of 5 % is 0.6 %
    False
    """
    held = rules()["gases"].get(code)
    if held is None:
        raise InputError(_("没有这种气体的判定规则"), where=code[:40])
    name, unit = str(held["name"]), unit.strip()
    if not unit:
        raise InputError(_("分析值须有单位"), where=name)
    if unit not in held["units"]:
        raise InputError(_("单位应是 %(units)s") % {"units": "、".join(held["units"])}, where=name)
    number = _number(value, name)
    if "limits" in held:
        return _by_lel(held, name, number, unit, lel)
    passed = held["least"] <= number <= held["most"]
    return JudgedGas(name, number, unit, passed, f"{held['least']:g}—{held['most']:g}{held['unit']}；{held['note']}")


def _by_lel(held: Mapping[str, Any], name: str, number: float, unit: str, lel: str) -> JudgedGas:
    if not lel.strip():
        raise InputError(_("请填爆炸下限（%）"), where=name)
    lower = _number(lel, _("爆炸下限"))
    if not 0 < lower <= 100:
        raise InputError(_("爆炸下限应在 0—100% 之间"), where=name)
    most = next(one["most"] for one in held["limits"] if lower >= one["lel_from"])
    volume = number * lower / 100 if unit == "%LEL" else number
    return JudgedGas(name, number, unit, volume <= most, f"≤{most:g}%（爆炸下限 {lower:g}%）；{held['note']}")


def moment_of(text: str, now: dt.datetime) -> dt.datetime:
    """The moment of an analysis: ``now`` for "". Raises InputError for one that is none, or to come."""
    if not text.strip():
        return now
    try:
        found = parse_datetime(text.strip())
    except ValueError:
        found = None
    if found is None:
        raise InputError(_("分析时间格式不对"), where=_("分析时间"))
    moment = found if found.tzinfo is not None else timezone.make_aware(found)
    if not now - dt.timedelta(days=2) <= moment <= now + dt.timedelta(minutes=1):
        raise InputError(_("分析时间不能晚于现在，也不能早于两天前"), where=_("分析时间"))
    return moment
