"""Whom a policy reaches among the enterprises that somebody sees, what it costs, and what has come of it."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.terms import said
from qiangqu.base.visibility import seen
from qiangqu.registry.models import Organisation
from qiangqu.schemes.queries import QUALIFIES, TONES, rows_seen, words

from .amounts import yuan
from .budget import ALL_YEARS, left
from .models import Benefit, BenefitState, Fund, Policy, PolicyState
from .reach import Reach, reach_of
from .settling import had_elsewhere
from .words import money


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
        "yuan": yuan(cost),
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
    found.inside &= rows_seen(found.known, user, area)
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
