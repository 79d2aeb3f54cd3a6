"""Policies: the list, the page of one with whom it reaches and what it costs, the form, the list of whom it reaches."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Count, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.numbers import natural
from qiangqu.base.terms import said
from qiangqu.base.visibility import is_own_only, reach, seen, visible, within
from qiangqu.records.formpages import RecordForms
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.models.organisation import OrganisationKind
from qiangqu.registry.roles import Action, may
from qiangqu.schemes.queries import QUALIFIES, TONES, words
from qiangqu.schemes.queries import seen as firms_seen
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing, Tab

from ..budget import ALL_YEARS, left
from ..forms import PolicyForm
from ..models import Benefit, BenefitState, Fund, Mode, Policy, PolicyState
from ..publishing import FOUND, POLICIES, change, faults, make
from ..reach import ENTERPRISE, Reach, reach_of
from ..settling import excluded_codes, had_elsewhere
from ..spec import catalogue
from ..words import in_words, money

COLOURS = {PolicyState.DRAFT: "amber", PolicyState.PUBLISHED: "green", PolicyState.ENDED: "grey"}


def _rows(asked: Asked) -> Any:
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
    rows=_rows,
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


# ---------------------------------------------------------------- the form


def _offered(request: HttpRequest) -> Mapping[str, Any]:
    paths = reach(request.user, Action.EDIT_POLICIES)
    bodies = Organisation.objects.filter(
        kind__in=(OrganisationKind.DEPARTMENT, OrganisationKind.GOVERNMENT, OrganisationKind.COMMITTEE)
    )
    return {
        "area": Area.objects.filter(within("path", paths)).exclude(level="county").order_by("code"),
        "body": visible(bodies, request.user).order_by("code"),
    }


FORMS = RecordForms(
    of=FOUND,
    form=PolicyForm,
    list_page="policies",
    template="policies/form.html",
    offered=_offered,
)
new = FORMS.making(
    gettext_lazy("起草惠企政策"),
    make,
    Action.EDIT_POLICIES,
    said=lambda one: _("草稿已保存：下面是它惠及谁、要花多少钱，发布前可以再改"),
)
edit = FORMS.changing(gettext_lazy("修改惠企政策"), change, Action.EDIT_POLICIES)


# ---------------------------------------------------------------- whom it reaches


@dataclass(frozen=True, slots=True)
class Place:
    """Of one zone or city: how many qualify and what they get."""

    name: str
    many: int
    cost: str


def preview(policy: Policy, user: Any, area: Any = None) -> dict[str, Any]:
    """Whom a policy reaches among the enterprises that the user sees, and what it costs; ``fault`` where its conditions are wrong."""
    today = timezone.localdate()
    try:
        found = reach_seen(policy, user, area)
    except InputError as error:
        return {"fault": str(error)}
    paid, counts = found.paid, found.counts
    taken = had_elsewhere(policy, today.year, [found.pk(row) for row in paid])
    cost = sum(one.fen or 0 for row, one in paid.items() if found.pk(row) not in taken)
    limit = policy.budget_year if policy.budget_year is not None else policy.budget_total
    fits = _fits(found, limit)
    named = dict(Organisation.objects.filter(pk__in=[found.pk(row) for row in paid]).values_list("pk", "area__name"))
    places: Counter[str] = Counter()
    costs: Counter[str] = Counter()
    for row, one in paid.items():
        name = said(named.get(found.pk(row), ""))
        places[name] += 1
        costs[name] += one.fen or 0
    amounts = sorted(one.fen or 0 for one in paid.values())
    return {
        "inside": len(found.states),
        "counts": [(key, word, counts[key], TONES[key]) for key, word in words().items() if counts[key]],
        "qualify": counts[QUALIFIES],
        "paid": len(paid) - len(taken),
        "taken": len(taken),
        "cost": money(cost),
        "limit": money(limit) if limit is not None else "",
        "share": round(100 * cost / limit, 1) if limit else None,
        "over": limit is not None and cost > limit,
        "fits": fits,
        "least": money(amounts[0]) if amounts else "",
        "median": money(amounts[len(amounts) // 2]) if amounts else "",
        "most": money(amounts[-1]) if amounts else "",
        "without": sorted(found.without_amount.items(), key=lambda pair: -pair[1])[:6],
        "places": [Place(name, many, money(costs[name])) for name, many in places.most_common(12)],
        "simulated": bool(any(found.simulated[row] for row in paid)),
        "day": today,
        "moved": _moved(policy, found, user, area),
    }


def reach_seen(policy: Policy, user: Any, area: Any = None) -> Reach:
    """Whom a policy reaches, of the enterprises that the user sees."""
    found = reach_of(policy, timezone.localdate())
    ids = np.fromiter(firms_seen(ENTERPRISE, user, area).values_list("pk", flat=True), np.int64)
    found.inside &= np.isin(found.known.ids, ids)
    return found


def _fits(found: Reach, limit: int | None) -> int | None:
    """For how many of those that qualify the budget is enough, by their order; None without a limit."""
    if limit is None:
        return None
    amounts = [one.fen or 0 for one in found.paid.values()]
    if found.policy.order == "small":
        amounts.sort()
    elif found.policy.order == "score":
        rows = sorted(found.paid, key=lambda row: -(found.score(row) or 0))
        amounts = [found.paid[row].fen or 0 for row in rows]
    total = 0
    for at, amount in enumerate(amounts):
        total += amount
        if total > limit:
            return at
    return len(amounts)


def _moved(policy: Policy, found: Reach, user: Any, area: Any) -> dict[str, Any] | None:
    """Against the edition in force: who comes in, who falls out. None where there is no other."""
    other = Policy.objects.filter(code=policy.code, state=PolicyState.PUBLISHED).exclude(pk=policy.pk).first()
    if other is None or policy.state != PolicyState.DRAFT:
        return None
    try:
        before = reach_seen(other, user, area)
    except InputError:
        return None
    now, then = set(found.paid), set(before.paid)
    return {
        "edition": other.edition,
        "more": len(now - then),
        "less": len(then - now),
        "cost": money(found.cost - before.cost),
        "pk": other.pk,
    }


# ---------------------------------------------------------------- the page


def about(one: Policy, user: Any, open_: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a policy shows."""
    office = not is_own_only(user)
    shown: dict[str, Any] = {
        "record": one,
        "words": in_words(one),
        "limit_year": money(one.budget_year),
        "limit_total": money(one.budget_total),
        "scheme_title": _scheme_title(one),
        "excluded": _titles(excluded_codes(one)),
        "editions": list(visible(Policy.objects.filter(code=one.code), user).exclude(pk=one.pk).order_by("-edition")),
        "acts": [form for form in _forms(one) if open_.get(form["name"].replace("-", "_"))],
        "faults": faults(one) if one.state == PolicyState.DRAFT and open_.get("change") else [],
        "office": office,
        "files": list(one.files.filter(removed_at=None).select_related("by")),
    }
    if office:
        shown["preview"] = preview(one, user)
        shown["take_up"] = take_up(one, user)
    return shown


def _scheme_title(one: Policy) -> str:
    return said(catalogue().schemes.get(one.scheme, one.scheme)) if one.scheme else ""


def _titles(codes: list[str]) -> list[Policy]:
    found: dict[str, Policy] = {}
    for one in Policy.objects.filter(code__in=codes).exclude(published_on=None).order_by("code", "-edition"):
        found.setdefault(one.code, one)
    return list(found.values())


def take_up(one: Policy, user: Any) -> dict[str, Any]:
    """What has come of a policy, of all its editions, among the enterprises that the user sees; and its funds."""
    rows = seen(Benefit.objects.filter(code=one.code), user, None)
    by_state = {
        row["state"]: (row["many"], row["money"])
        for row in rows.order_by().values("state").annotate(many=Count("pk"), money=Sum("amount"))
    }
    year = timezone.localdate().year
    funds = [
        {"title": str(fund.year) if fund.year else _("全部年度"), "limit": money(fund.limit), "held": money(fund.held),
         "share": min(100, round(100 * fund.held / fund.limit)) if fund.limit else None}
        for fund in Fund.objects.filter(code=one.code).order_by("year")
        if fund.limit is not None or fund.year != ALL_YEARS
    ]  # fmt: skip
    states = [
        (state.value, state.label, by_state[state][0], money(by_state[state][1]))
        for state in BenefitState
        if state in by_state
    ]
    return {"states": states, "funds": funds, "left": money(left(one.code, year)) if funds else ""}


def _forms(one: Policy) -> list[dict[str, Any]]:
    """The acts on a policy as forms: name, heading, fields (name, label, kind, must)."""
    return [
        {"name": "publish", "title": _("发布"), "note": _("发布后不能再改，只能出新版。从当晚起计算符合的企业并告知。"), "fields": []},
        {"name": "settle-now", "title": _("立即计算"), "note": _("不等今晚：现在就找出符合的企业，安排预算并告知。"), "fields": []},
        {"name": "set-budget", "title": _("调整预算"), "fields": [
            ("total", _("总预算（元）"), "text", False), ("year", _("年度预算（元）"), "text", False), ("document", _("依据文号"), "text", True)]},
        {"name": "revise", "title": _("出新版"), "note": _("先是草稿，发布后代替本版；已确认、已核准的仍按本版。"), "fields": []},
        {"name": "stop", "title": _("停止"), "note": _("未确认、未申请的不再享受，已核准的照付。"), "fields": [("why", _("原因"), "text", True)]},
    ]  # fmt: skip


POLICY = RecordPage(
    of=FOUND, acts=POLICIES, action=Action.VIEW_POLICIES, template="policies/policy.html", context=about
)


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
        Column("state", _("结果"), lambda row: said_of[row.state], sort=("state",), role=lists.STATE, badge=lambda row: TONES[row.state]),
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
