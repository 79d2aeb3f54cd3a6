"""Promises of land contracts: the list of what is due, the page of one, and the published values of 标准地."""

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.numbers import natural
from qiangqu.base.visibility import seen, visible
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.roles import Action
from qiangqu.registry.showing import page
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing, Tab

from ..models import Obligation, ObligationState, Promise
from ..models.supply import UNKEPT
from ..parcels import FOUND as PARCELS_FOUND
from ..promises import FOUND, PROMISES, actual
from ..standards import examples, industries, published
from ..supplying import supply_of

COLOURS = {
    ObligationState.PENDING: "blue", ObligationState.MET: "green", ObligationState.SHORT: "red", ObligationState.NOTICED: "amber",
    ObligationState.PENALISED: "red", ObligationState.TAKEN_BACK: "grey", ObligationState.RELEASED: "grey",
}  # fmt: skip


def _left(asked: Asked) -> Any:
    def told(row: Obligation) -> str:
        until = row.remedy_by if row.state == ObligationState.NOTICED else row.due_on
        if until is None or row.state not in UNKEPT:
            return ""
        days = (until - asked.today).days
        return _("还有 %(days)s 天") % {"days": days} if days >= 0 else _("已过 %(days)s 天") % {"days": -days}

    return told


def _columns(asked: Asked) -> list[Column]:
    told = _left(asked)
    return [
        lists.column(
            Obligation,
            "contract__parcel__code",
            label=_("宗地"),
            role=lists.NAME,
            verbatim=True,
            width=24,
            note=lambda row: row.contract.parcel.holder or "",
        ),
        lists.column(Obligation, "kind"),
        lists.column(Obligation, "state", role=lists.STATE, badge=lambda row: COLOURS[row.state]),
        lists.column(Obligation, "due_on", role=lists.DATE),
        Column("left", _("期限"), told, width=14),
        Column("value", _("约定不低于"), lambda row: row.value, sort=("value",), decimals=2, number=True),
        lists.column(Obligation, "actual", decimals=2),
        lists.column(Obligation, "unit"),
        lists.column(Obligation, "contract__number", label=_("土地合同"), verbatim=True, width=24),
        lists.column(Obligation, "contract__parcel__area__name", label=_("园区"), shown=False, width=30),
        lists.column(Obligation, "done_on", shown=False),
        lists.column(Obligation, "penalty", unit=_("万元"), decimals=2, shown=False),
    ]


def _rows(asked: Asked) -> Any:
    rows = seen(Obligation.objects.all(), asked.user, asked.area)
    if asked.tab == "all":
        return rows
    rows = rows.filter(state__in=UNKEPT)
    if asked.tab == "undated":
        return rows.filter(due_on=None)
    return rows.filter(due_on__lt=asked.today) if asked.tab == "late" else rows


PROMISE_LIST = Listing(
    code="land-promises",
    page="land-promises",
    title=gettext_lazy("履约监管"),
    tabs=lambda asked: [
        Tab("open", _("待履行")), Tab("late", _("已过期限")), Tab("undated", _("没有期限")), Tab("all", _("全部")),
    ],
    rows=_rows,
    columns=_columns,
    filters=lambda asked: (
        lists.choice("kind", _("履约事项"), Promise.choices)
        | lists.choice("state", _("状态"), ObligationState.choices)
        | lists.days("due_on", _("约定期限"))
    ),
    search=("contract__number", "contract__parcel__code", "contract__parcel__holder__name"),
    order=("due_on", "pk"),
    related=("contract__parcel__holder", "contract__parcel__area"),
    link=lambda row: reverse("land-promise", args=[row.pk]),
    simulated=lambda row: row.simulated,
    intro=lambda asked: _("土地合同里的每一项约定是一条：到期前提醒，过期的催告、限期整改、追究违约责任，直到收回。"),
    empty=gettext_lazy("没有这样的履约事项"),
    empty_icon="calendar-due",
)  # fmt: skip


def forms(one: Obligation) -> list[dict[str, Any]]:
    """The acts on a promise as forms (see :func:`.clues.forms`)."""
    document = ("document", _("文号"), "text", True)
    amount = (
        [("value", f"{_('实际')}（{one.unit}）" if one.unit else _("实际"), "text", True)]
        if one.value is not None
        else []
    )
    return [
        {"name": "judge", "title": _("登记履行情况"), "fields": [*amount, ("day", _("日期"), "date", True), ("document", _("依据"), "text", True)], "files": True},
        {"name": "notice", "title": _("催告并限期整改"), "fields": [document, ("until", _("整改期限"), "date", True)], "files": True},
        {"name": "penalise", "title": _("追究违约责任"), "fields": [document, ("amount", _("违约金（万元）"), "text", True)], "files": True},
        {"name": "take-land-back", "title": _("收回土地"), "fields": [document, ("hearing", _("听证情况（已告知、申请与否、结果）"), "text", True)], "files": True},
        {"name": "postpone", "title": _("变更期限"), "fields": [("document", _("补充协议或批文编号"), "text", True), ("until", _("新的期限"), "date", True)], "files": True},
        {"name": "release", "title": _("免除"), "fields": [("document", _("依据"), "text", True)], "files": True},
    ]  # fmt: skip


def about(one: Obligation, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a promise shows."""
    known = actual(one)
    return {
        "record": one,
        "known": known,
        "short": known is not None and one.value is not None and known[0] < one.value,
        "late": one.late(timezone.localdate()),
        "others": list(one.contract.obligations.exclude(pk=one.pk)),
        "files": list(one.files.filter(removed_at=None).select_related("by")),
        "acts": [form for form in forms(one) if may[form["name"].replace("-", "_")]],
    }


PROMISE = RecordPage(of=FOUND, acts=PROMISES, action=Action.VIEW, template="land/promise.html", context=about)


def promises_of(user: Any, parcel: Any) -> list[Obligation]:
    """What the contracts of a parcel promise, in the order of the dates."""
    rows = visible(Obligation.objects.filter(contract__parcel=parcel), user).select_related("contract")
    return list(rows.order_by("contract__number", "due_on", "pk"))


def shown(user: Any, rest: str) -> SafeString | None:
    """On the page of a case of supply: the published values that its indicators are measured by, and what the contract
    promises."""
    parcel = PARCELS_FOUND.at(user, rest)
    if parcel is None:
        return None
    case = supply_of(parcel)
    industry = str(case.data.get("industry") or "") if case is not None else ""
    context = {
        "parcel": parcel,
        "promises": promises_of(user, parcel),
        "values": published(industry) if industry else [],
        "industry": industry,
    }
    return render_to_string("land/on_case.html", context)


@page("land/standards.html")
def standards(asked: Any) -> dict[str, Any]:
    """Published values for an industry, and examples of places."""
    known = industries()
    code = asked.params.get("industry", "")
    chosen = code if natural(code, most=99) and code in dict(known) else "26"
    return {"industries": known, "chosen": chosen, "values": published(chosen), "examples": examples()}
