"""The lists of policies, of benefits, and of whom a policy reaches."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.numbers import natural
from qiangqu.base.terms import said
from qiangqu.base.visibility import is_own_only, seen, visible
from qiangqu.registry.roles import Action, may
from qiangqu.schemes.queries import TONES as RESULT_TONES
from qiangqu.schemes.queries import seen as firms_seen
from qiangqu.schemes.queries import words
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing, Tab

from .desk import TONES
from .models import Benefit, BenefitState, Mode, Policy, PolicyState
from .previewing import reach_seen
from .reach import ENTERPRISE

S = BenefitState
COLOURS = {PolicyState.DRAFT: "amber", PolicyState.PUBLISHED: "green", PolicyState.ENDED: "grey"}


def _policies(asked: Asked) -> Any:
    rows = visible(Policy.objects.all(), asked.user)
    if asked.area is not None:
        # what holds here: of this area, of one above it, of one inside
        path = asked.area.path
        above = [path[: at + 1] for at, sign in enumerate(path) if sign == "/" and at]
        rows = rows.filter(area__path__in=above) | rows.filter(area__path__startswith=path)
    return rows if asked.tab == "all" else rows.filter(state=asked.tab)


def _tabs(asked: Asked) -> list[Tab]:
    drafts = [] if is_own_only(asked.user) else [Tab(PolicyState.DRAFT, _("草稿"))]
    return [
        Tab(PolicyState.PUBLISHED, _("执行中")),
        *drafts,
        Tab(PolicyState.ENDED, _("已停止")),
        Tab("all", _("全部")),
    ]


POLICY_LIST = Listing(
    code="policies",
    page="policies",
    title=gettext_lazy("惠企政策"),
    tabs=_tabs,
    rows=_policies,
    columns=lambda asked: [
        lists.column(Policy, "title", role=lists.NAME, width=40, verbatim=True, note=lambda row: row.code),
        lists.column(Policy, "mode"),
        lists.column(Policy, "state", role=lists.STATE, badge=lambda row: COLOURS[row.state]),
        lists.column(Policy, "area__name", label=_("适用区域"), width=24, verbatim=True),
        lists.column(Policy, "body", width=24),
        Column("year", _("年度预算"), lambda row: row.budget_year and row.budget_year / 1e6, sort=("budget_year",), unit=_("万元"), number=True, decimals=2, role=lists.VALUE),
        Column("total", _("总预算"), lambda row: row.budget_total and row.budget_total / 1e6, sort=("budget_total",), unit=_("万元"), number=True, decimals=2),
        lists.column(Policy, "starts_on", role=lists.DATE),
        lists.column(Policy, "ends_on"),
        lists.column(Policy, "document", width=30, verbatim=True, shown=False),
        lists.column(Policy, "edition", shown=False),
    ],
    filters=lambda asked: lists.choice("mode", _("兑现方式"), Mode.choices),
    search=("title", "code", "document"),
    order=("-published_on", "code"),
    related=("area", "body"),
    link=lambda row: reverse("policy", args=[row.pk]),
    simulated=lambda row: row.simulated,
    template="policies/list.html",
    context=lambda request, asked: {"may_edit": may(asked.user, Action.EDIT_POLICIES)},
    empty=gettext_lazy("没有这样的政策"),
    empty_icon="gift",
)  # fmt: skip


# ---------------------------------------------------------------- benefits


def _benefits(asked: Asked) -> Any:
    rows = seen(Benefit.objects.all(), asked.user, asked.area)
    match asked.tab:
        case "todo":
            waiting = (S.OFFERED, S.RETURNED, S.FOUND) if is_own_only(asked.user) else (S.APPLIED, S.APPROVED)
            return rows.filter(state__in=waiting)
        case "queue":
            return rows.filter(state=S.QUEUED)
        case "paid":
            return rows.filter(state__in=(S.PAID, S.REVERSED))
    return rows


BENEFIT_LIST = Listing(
    code="policy-benefits",
    page="policy-benefits",
    title=gettext_lazy("惠企兑现"),
    tabs=lambda asked: [Tab("all", _("全部")), Tab("todo", _("待办")), Tab("queue", _("排队")), Tab("paid", _("已拨付"))],
    rows=_benefits,
    columns=lambda asked: [
        lists.column(Benefit, "organisation__name", label=_("企业"), role=lists.NAME, width=36, verbatim=True),
        lists.column(Benefit, "policy__title", label=_("惠企政策"), width=36, verbatim=True),
        lists.column(Benefit, "state", role=lists.STATE, badge=lambda row: TONES[S(row.state)]),
        Column("amount", _("金额"), lambda row: row.amount / 100, sort=("amount",), number=True, decimals=2, unit=_("元"), role=lists.VALUE),
        lists.column(Benefit, "year"),
        lists.column(Benefit, "found_on", role=lists.DATE),
        lists.column(Benefit, "basis", width=40, shown=False),
        lists.column(Benefit, "organisation__area__name", label=_("园区"), shown=False, width=30),
    ],
    filters=lambda asked: (
        lists.choice("state", _("状态"), BenefitState.choices) | lists.text("policy__code", _("政策代码")) | lists.numbers("year", _("预算年度"))
    ),
    search=("organisation__name", "policy__title"),
    order=("-found_on", "-amount", "pk"),
    related=("organisation__area", "policy"),
    link=lambda row: reverse("policy-benefit", args=[row.pk]),
    simulated=lambda row: row.simulated,
    empty=gettext_lazy("没有这样的惠企事项"),
    empty_icon="gift",
)  # fmt: skip


# ---------------------------------------------------------------- the list of whom it reaches


@dataclass(frozen=True, slots=True)
class Reached:
    """One enterprise in a policy, as the list shows it."""

    pk: int
    policy: int
    code: str
    name: str
    place: str
    state: str
    still: int
    open_: int
    fen: int | None
    basis: str
    simulated: bool


def _policy(asked: Asked) -> Policy | None:
    def find() -> Policy | None:
        rows = visible(Policy.objects.select_related("area"), asked.user)
        key = natural(asked.params.get("policy"))
        if key is None:
            return rows.filter(state=PolicyState.PUBLISHED).order_by("code").first()
        return rows.filter(pk=key).first()

    found: Policy | None = asked.once("policy", find)
    return found


def _reached(asked: Asked) -> list[Reached]:
    def find() -> list[Reached]:
        policy = _policy(asked)
        if policy is None or is_own_only(asked.user):
            return []
        try:
            found = reach_seen(policy, asked.user, asked.area)
        except InputError:
            return []
        places = dict(firms_seen(ENTERPRISE, asked.user, asked.area).values_list("pk", "area__short_name"))
        made = []
        for row, state in found.states.items():
            amount = found.amounts.get(row)
            made.append(
                Reached(
                    found.pk(row), policy.pk, str(found.known.codes[row]), said(found.known.names[row]), said(places.get(found.pk(row)) or ""),
                    state, int(found.outcome.failing[row]), int(found.outcome.unsure[row]), amount.fen if amount else None,
                    (amount.basis or amount.why) if amount else "", bool(found.simulated[row]),
                )
            )  # fmt: skip
        rank = {key: at for at, key in enumerate(words())}
        return sorted(made, key=lambda one: (rank[one.state], one.still, one.open_, -(one.fen or 0), one.code))

    state = asked.params.get("state", "")
    rows: list[Reached] = asked.once("reached", find)
    return [one for one in rows if not state or one.state == state]


def _reach_filters(asked: Asked) -> Any:
    chosen = _policy(asked)
    rows = visible(Policy.objects.exclude(state=PolicyState.ENDED), asked.user).order_by("code", "-edition")
    named = [(str(pk), said(title)) for pk, title in rows.values_list("pk", "title")]
    made = lists.choice("policy", _("政策"), named, default=str(chosen.pk) if chosen else "")
    return made | lists.choice("state", _("结果"), list(words().items()))


def _reach_columns(asked: Asked) -> list[Column]:
    said_of = words()
    return [
        Column("name", _("企业"), lambda row: row.name, sort=("name",), role=lists.NAME, width=36, verbatim=True, note=lambda row: row.code),
        Column("place", _("区域"), lambda row: row.place, sort=("place",), width=16, verbatim=True),
        Column("state", _("结果"), lambda row: said_of[row.state], sort=("state",), role=lists.STATE, badge=lambda row: RESULT_TONES[row.state]),
        Column("still", _("还差（项）"), lambda row: row.still or None, sort=("still",), number=True, decimals=0),
        Column("open", _("待补（项）"), lambda row: row.open_ or None, sort=("open_",), number=True, decimals=0),
        Column("amount", _("金额"), lambda row: row.fen and row.fen / 100, sort=("fen",), number=True, decimals=2, unit=_("元"), role=lists.VALUE),
        Column("basis", _("计算依据"), lambda row: row.basis, width=40),
    ]  # fmt: skip


REACH = Listing(
    code="policy-reach",
    page="policy-reach",
    title=gettext_lazy("惠及企业"),
    rows=_reached,
    columns=_reach_columns,
    filters=_reach_filters,
    search=("name", "code", "place"),
    link=lambda row: reverse("policy-for", args=[row.policy, row.code]),
    simulated=lambda row: row.simulated,
    template="policies/reach.html",
    context=lambda request, asked: {"policy": _policy(asked)},
    order=(),
    empty=gettext_lazy("没有这样的企业"),
)
