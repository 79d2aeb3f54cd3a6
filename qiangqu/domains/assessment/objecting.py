"""Experts' marks before the drafts go out; then a zone accepts its draft or objects with evidence, and what is decided,
with its reason, is all that moves marks.
"""

import math
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.part import Text
from qiangqu.base.terms import said
from qiangqu.messaging.notify import notify_all
from qiangqu.records.acts import Act
from qiangqu.records.asking import Files
from qiangqu.records.attachments import attach
from qiangqu.schemes.explain import number, span
from qiangqu.schemes.language import Scheme

from .access import ZONES, his_own, holders_of, may_mark, runs, speaks_for
from .freezing import recompute, scheme_of
from .models import ExpertMark, FrozenValue, Objection, ObjectionState, RoundState, ZoneResult
from .rounds import tell, written

MOST = 40  # objections of a zone in a round


def figure_of(text: str, what: str) -> float:
    """A figure as somebody wrote it. Raises InputError."""
    try:
        found = float(text.replace(",", "").strip())
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise InputError(_("“%(title)s”应为数字，不能是“%(given)s”") % {"title": what, "given": text[:20]}, where=what)
    return found


def asked_of_experts(scheme: Scheme) -> dict[str, tuple[str, float, float]]:
    """The values that experts give: title, lowest and highest, by name."""
    return {name: (said(one.title), *one.mark) for name, one in scheme.values.items() if one.mark is not None}


def _in(*states: str, word: Text) -> Any:
    def stands(result: ZoneResult) -> Text:
        return "" if result.round.state in states else word

    return stands


@ZONES.declare(
    "marked",
    gettext_lazy("专家评分"),
    name="give_mark",
    may=may_mark,
    stands=_in(RoundState.FROZEN, word=gettext_lazy("只有冻结后、送达前可以评分")),
    said=gettext_lazy("评分已记入"),
)
def give_mark(act: Act[ZoneResult], name: str, mark: str, reason: str) -> ExpertMark:
    """An expert's mark of one value, with the reason. Raises InputError for what the scheme does not ask of experts,
    and outside its range."""
    result = act.record
    asked = asked_of_experts(scheme_of(result.round))
    if name not in asked:
        raise InputError(_("方案没有这个专家评分项"), where=name[:60])
    title, low, high = asked[name]
    given = figure_of(mark, title)
    if not low <= given <= high:
        raise InputError(
            _("“%(title)s”应在 %(low)s 与 %(high)s 之间") % {"title": title, "low": f"{low:g}", "high": f"{high:g}"},
            where=title,
        )
    made = ExpertMark.objects.create(
        result=result, name=name, mark=given, reason=written(reason, _("理由")), by=act.user, simulated=result.simulated
    )
    recompute(result.round)
    act.detail |= {"value": name, "mark": given, "reason": made.reason}
    return made


def _may_object(result: ZoneResult) -> Text:
    one = result.round
    if one.state != RoundState.OBJECTION:
        return _("现在不在异议期")
    if one.objection_until is not None and timezone.localdate() > one.objection_until:
        return _("异议期已于 %(day)s 结束") % {"day": one.objection_until}
    return ""


def _may_accept(result: ZoneResult) -> Text:
    if result.accepted_at is not None:
        return _("已确认过")
    if result.objections.filter(state=ObjectionState.OPEN).exists():
        return _("还有没裁定的异议，先撤回或等裁定")
    return _may_object(result)


@ZONES.declare(
    "accepted",
    gettext_lazy("确认无异议"),
    name="accept",
    may=speaks_for,
    stands=_may_accept,
    said=gettext_lazy("已确认，没有异议"),
)
def accept(act: Act[ZoneResult]) -> ZoneResult:
    """The zone has no objection to its draft; until the last day it may still change its mind."""
    act.record.accepted_at, act.record.accepted_by = timezone.now(), act.user
    act.record.save(update_fields=["accepted_at", "accepted_by"])
    return act.record


@ZONES.declare(
    "objected",
    gettext_lazy("提出评价异议"),
    name="object_to",
    may=speaks_for,
    stands=_may_object,
    said=gettext_lazy("异议已提交"),
)
def object_to(act: Act[ZoneResult], text: str, name: str = "", claimed: str = "", files: Files = ()) -> Objection:
    """The zone objects to a value, with what it ought to be and evidence, or to the whole. Raises InputError for a value
    that the scheme has not, or a claim without evidence."""
    result = act.record
    scheme = scheme_of(result.round)
    if name and name not in scheme.values:
        raise InputError(_("方案没有这个取值"), where=name[:60])
    if claimed and not name:
        raise InputError(_("主张的数要说明是哪一项"), where=_("取值"))
    value = figure_of(claimed, said(scheme.values[name].title)) if claimed else None
    if value is not None and scheme.values[name].is_text:
        raise InputError(_("这一项不是数"), where=name)
    if value is not None and not files:
        raise InputError(_("主张另一个数的，要附证明材料"), where=_("附件"))
    count = result.objections.count()
    if count >= MOST:
        raise InputError(_("一个园区一轮最多提 %(most)s 条异议") % {"most": MOST}, where=_("异议"))
    made = Objection.objects.create(
        result=result, number=count + 1, name=name, claimed=value, text=written(text, _("异议内容"), 1000), by=act.user,
        simulated=result.simulated,
    )  # fmt: skip
    attach(made, files, act.user)
    if result.accepted_at is not None:
        result.accepted_at = result.accepted_by = None
        result.save(update_fields=["accepted_at", "accepted_by"])
    notify_all(
        holders_of(result.round), _("园区提出评价异议：%(zone)s") % {"zone": result.area}, made.text, reverse("assessment-zone", args=[result.pk]),
        topic="assessment", simulated=made.simulated,
    )  # fmt: skip
    act.detail |= {"number": made.number, "value": name, "claimed": value, "files": len(files)}
    return made


def _open_one(result: ZoneResult, number_: int) -> Objection:
    found = result.objections.filter(number=number_, state=ObjectionState.OPEN).first()
    if found is None:
        raise InputError(_("没有这条待裁定的异议"), where=str(number_))
    return found


@ZONES.declare(
    "withdrew",
    gettext_lazy("撤回评价异议"),
    name="withdraw",
    may=speaks_for,
    stands=_in(RoundState.OBJECTION, word=gettext_lazy("现在不在异议期")),
    said=gettext_lazy("异议已撤回"),
)
def withdraw(act: Act[ZoneResult], number: int) -> Objection:
    """The zone takes an objection back."""
    found = _open_one(act.record, number)
    found.state = ObjectionState.WITHDRAWN
    found.save(update_fields=["state"])
    act.detail["number"] = number
    return found


@ZONES.declare(
    "decided",
    gettext_lazy("裁定评价异议"),
    name="decide",
    may=lambda user, result: runs(user, result.round) and not his_own(user, result.area),
    stands=_in(RoundState.OBJECTION, word=gettext_lazy("现在不在异议期")),
    said=gettext_lazy("已裁定"),
)
def decide(act: Act[ZoneResult], number: int, outcome: str, reason: str, value: str = "") -> Objection:
    """An objection is upheld, with the value that counts from now on, or rejected; with the reason. It is all that changes
    marks once the drafts are sent: the frozen value stays beside it. Raises InputError for an objection to a value that
    is upheld without one."""
    result = act.record
    found = _open_one(result, number)
    if outcome not in (ObjectionState.UPHELD, ObjectionState.REJECTED):
        raise InputError(_("请选择裁定结果"), where=_("裁定结果"))
    found.reason, found.state = written(reason, _("裁定理由"), 1000), outcome
    found.decided_by, found.decided_at = act.user, timezone.now()
    if outcome == ObjectionState.UPHELD and found.name:
        found.effect = _put_right(found, result, value)
    found.save()
    tell(result, _("评价异议已裁定"), f"{found.get_state_display()}：{found.reason}")
    act.detail |= {"number": number, "outcome": outcome, "reason": found.reason, **found.effect}
    return found


def _put_right(found: Objection, result: ZoneResult, text: str) -> dict[str, Any]:
    """The value that was decided takes the frozen one's place; gives what that did to the zone's marks and place."""
    scheme = scheme_of(result.round)
    title = said(scheme.values[found.name].title)
    if scheme.values[found.name].is_text:
        raise InputError(_("这一项不是数，不能更正得分"), where=title)
    if not text.strip() and found.claimed is None:
        raise InputError(_("请填写更正后的数"), where=title)
    decided = figure_of(text, title) if text.strip() else float(found.claimed or 0)
    limits = scheme.values[found.name].mark
    if limits is not None and not limits[0] <= decided <= limits[1]:
        raise InputError(
            _("“%(title)s”应在 %(low)s 与 %(high)s 之间")
            % {"title": title, "low": f"{limits[0]:g}", "high": f"{limits[1]:g}"},
            where=title,
        )
    row = FrozenValue.objects.get(result=result, name=found.name)
    before = {"value": _shown(row), "score": score(result), "rank": result.rank}
    row.decided, row.objection = decided, found
    row.save(update_fields=["decided", "objection"])
    after = next(one for one in recompute(result.round) if one.pk == result.pk)
    return {
        "before": before,
        "after": {"value": number(decided), "score": score(after), "rank": after.rank},
    }


def _shown(row: FrozenValue) -> str:
    if row.decided is not None:
        return number(row.decided)
    return number(row.low) if row.low is not None and row.low == row.high else "—"


def score(result: ZoneResult, low: str = "low", high: str = "high") -> str:
    """The marks of a zone as people read them, to two places."""
    least, most = getattr(result, low), getattr(result, high)
    return "" if least is None else marks_between(least, most)


def marks_between(low: float, high: float | None) -> str:
    """Marks from the worst to the best case, to two places (``high`` None: nobody knows how much may be added).

    >>> marks_between(54.08688, 54.08688), marks_between(20, None)
    ('54.09', '20—?')
    """
    return span(round(low, 2), math.inf if high is None else round(high, 2))
