"""What a doubt says, in words and pictures."""

import math
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.terms import listed
from qiangqu.facts.models import Element
from qiangqu.registry.models import Organisation

from .models import Doubt, DoubtState, What

KIND_WORDS = {
    "energy": gettext_lazy("能源（电、气、烟气）"),
    "water": gettext_lazy("用水"),
    "freight": gettext_lazy("货运"),
    "labour": gettext_lazy("参保人数"),
}


def percent(gap: float) -> str:
    """A gap (log) in per cent.

    >>> percent(0.1484), percent(-0.6931)
    ('+16 %', '-50 %')
    """
    return f"{100 * math.expm1(gap):+.0f} %"


def claim_of(one: Doubt) -> str:
    """The name of the figure that is doubted."""
    found = Element.objects.filter(code=one.claim).first()
    return str(found.name) if found is not None else one.claim


def witnesses(one: Doubt) -> list[tuple[str, str]]:
    """Each kind of meters with what it says."""
    return [(str(KIND_WORDS[kind]), percent(gap)) for kind, gap in one.agree.items() if kind in KIND_WORDS]


def reason(one: Doubt) -> str:
    """Why there is a doubt, in two or three sentences."""
    said = {"months": one.months, "claim": claim_of(one)}
    if one.gap is not None:
        said |= {"gap": percent(abs(one.gap)).lstrip("+"), "share": f"{100 * one.gap:.0f} %"}
    if one.low is not None and one.high is not None:
        said |= {"low": percent(one.low), "high": percent(one.high)}
    match one.what:
        case What.OVER:
            text = (
                _("%(months)s 上报的%(claim)s比各类仪表推算的高约 %(gap)s（90 %% 区间 %(low)s 至 %(high)s）。") % said
            )
        case What.SHIFT:
            text = (
                _(
                    "%(months)s 两个月上报的%(claim)s一高一低，约有一个月的 %(share)s 记到了另一个月；仪表没有这样的变化。"
                )
                % said
            )
        case What.COPY:
            return _("%(months)s 上报的各项数与上月完全或几乎相同（相差不到千分之一）；同行的数很少这样不变。") % said
        case _:
            said["line"] = _("2000 万元")
            said["under"] = percent(one.gap or 0.0).lstrip("-")
            text = _("%(months)s 上报的%(claim)s低于 %(line)s，而仪表推算在其上：上报比推算低 %(under)s。") % said
    told = [f"{name} {value}" for name, value in witnesses(one)]
    if told:
        text += _("按各类仪表看，上报高出（负数为低出）：%(list)s。") % {"list": listed(told)}
    if one.what in (What.OVER, What.SHIFT):
        text += _("同行同月共有的变化已经扣除。")
    return text


def partners(one: Doubt) -> list[Organisation]:
    """Enterprises that belong to it and report what is missing."""
    return list(Organisation.objects.filter(pk__in=one.agree.get("partners", [])))


def pictures(one: Doubt) -> dict[str, Any]:
    """The charts: reported beside expected, and each kind of meters beside the peers (their median is 0)."""
    held, element = one.course, Element.objects.filter(code=one.claim).first()
    if not held.get("x"):
        return {}
    source = _("企业上报；供电、供气、供水、货运、社保和自动监测的计量")
    series = [
        {"name": _("上报"), "values": held["reported"]},
        {"name": _("仪表推算"), "values": held["expected"]},
        {"name": _("推算下限（90 %）"), "values": held["low"], "dashed": True},
        {"name": _("推算上限（90 %）"), "values": held["high"], "dashed": True},
    ]
    common = {"x": held["x"], "source": source, "simulated": one.simulated}
    found: dict[str, Any] = {
        "course": common
        | {"series": series, "unit": element.unit if element else "", "decimals": element.decimals if element else 2}
    }
    if held.get("gaps"):
        lines = [{"name": str(KIND_WORDS.get(kind, kind)), "values": values} for kind, values in held["gaps"].items()]
        peers = {"name": _("同行中位数"), "values": [0.0] * len(held["x"]), "dashed": True}
        found["gaps"] = common | {"series": [*lines, peers], "unit": "%", "decimals": 1}
    return found


def precision(doubts: Any) -> list[tuple[str, int, int]]:
    """By kind of doubt: how many were judged, and how many of these were true."""
    judged = doubts.filter(state__in=(DoubtState.TRUE, DoubtState.FALSE)).order_by().values_list("what", "state")
    counts: dict[str, list[int]] = {}
    for what, state in judged:
        held = counts.setdefault(what, [0, 0])
        held[0] += 1
        held[1] += state == DoubtState.TRUE
    return [(str(What(what).label), *counts[what]) for what in What.values if what in counts]  # type: ignore[misc]


def precision_words(doubts: Any) -> str:
    """The same in a sentence; before anything was judged it says so."""
    found = precision(doubts)
    if not found:
        return _("还没有作出结论的疑点，准确率未知。")
    parts = [
        _("%(what)s %(true)s/%(all)s 条属实（%(share)s）")
        % {"what": what, "true": true, "all": judged, "share": f"{100 * true / judged:.0f} %"}
        for what, judged, true in found
    ]
    return _("已作结论的：%(list)s。") % {"list": listed(parts)}
