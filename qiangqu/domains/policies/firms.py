"""How one enterprise stands to all policies: entitled, nearly, received."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.registry.roles import may
from qiangqu.schemes import queries as schemes
from qiangqu.schemes.evaluate import Table, evaluate
from qiangqu.schemes.gather import Gathered, gather
from qiangqu.schemes.language import Scheme
from qiangqu.schemes.queries import KNOWN_HOLD, ONE, OPEN_, QUALIFIES, TONES, TWO, state_at, words
from qiangqu.ui.registers import Panel

from .amounts import Amount, Reckoner
from .models import Benefit, Policy, PolicyState
from .reach import ENTERPRISE
from .settling import had_elsewhere, pays, period_of
from .spec import Catalogue, benefit_of, catalogue, scheme_of

#: those at which something can be done
NEAR = (ONE, TWO, OPEN_, KNOWN_HOLD)


@dataclass(frozen=True, slots=True)
class Standing:
    """An enterprise in one policy. ``amount`` where it is known; ``benefit``: what there is of it already; ``other``: an excluding
    policy that it has this year; ``still`` and ``open``: conditions that fail or are not known."""

    policy: Policy
    url: str
    state: str
    word: str
    tone: str
    amount: Amount
    payable: bool
    benefit: Benefit | None
    other: str
    still: int
    open: int
    simulated: bool


def in_force(day: dt.date) -> Any:
    """Policies that are published and whose time is not over."""
    rows = Policy.objects.filter(state=PolicyState.PUBLISHED).exclude(ends_on__lt=day)
    return rows.select_related("area", "body").order_by("code")


def concerns(policy: Policy, organisation: Any) -> bool:
    return bool(organisation.area.path.startswith(policy.area.path))


def standings(organisation: Any, day: dt.date) -> list[Standing]:
    """How an enterprise stands to every policy of its area, those first to which it is entitled, then the nearest. [] for what is
    no enterprise."""
    known = gather(ENTERPRISE, day)
    row = known.at.get(organisation.pk)
    if row is None:
        return []
    had = {
        (one.code, one.period): one
        for one in Benefit.objects.filter(organisation=organisation).select_related("policy")
    }
    found, names = [], catalogue()
    for policy in in_force(day):
        if concerns(policy, organisation):
            try:
                one = standing(policy, known, row, day, had.get((policy.code, period_of(policy, day))), names)
            except InputError:
                continue  # what a policy names is gone: its own page says so
            if one is not None:
                found.append(one)
    order = {QUALIFIES: 0, KNOWN_HOLD: 1, ONE: 2, TWO: 3, OPEN_: 4}
    return sorted(found, key=lambda one: (order.get(one.state, 9), -(one.amount.fen or 0), one.policy.code))


def standing(
    policy: Policy, known: Gathered, row: int, day: dt.date, had: Benefit | None, names: Catalogue
) -> Standing | None:
    """The enterprise in a row, in a policy; None for one that the policy is not for."""
    scheme = scheme_of(policy, day, names)
    table = known.table(scheme, row)
    outcome = evaluate(scheme, table)
    if not outcome.concerned[0]:
        return None
    state = state_at(scheme, outcome, 0)
    amount = amount_in(policy, scheme, table)
    pk = int(known.ids[row])
    other = had_elsewhere(policy, day.year, [pk]).get(pk, "") if policy.excludes or state == QUALIFIES else ""
    return Standing(
        policy, reverse("policy-for", args=[policy.pk, known.codes[row]]), state, words()[state], TONES[state], amount, pays(policy), had,
        other, int(outcome.failing[0]), int(outcome.unsure[0]), bool(known.simulated(scheme)[row]) or policy.simulated,
    )  # fmt: skip


def amount_in(policy: Policy, scheme: Scheme, table: Table) -> Amount:
    """What the one subject of a table would get."""
    return Reckoner(benefit_of(policy), policy.rounding, scheme, table).amounts([0])[0]


def received_of(user: Any, organisation: Any) -> list[Benefit]:
    """What an enterprise has got or is being dealt with, the newest first, as the user sees it."""
    rows = visible(Benefit.objects.filter(organisation=organisation), user).select_related("policy", "organisation")
    return list(rows.prefetch_related("payments").order_by("-year", "-pk"))


def panel(request: HttpRequest, organisation: Any) -> Panel | None:
    """The policies on an enterprise's page: how many it is entitled to, and the way to all."""
    if (
        not may(request.user, "view_policies")
        or not schemes.seen(ENTERPRISE, request.user).filter(pk=organisation.pk).exists()
    ):
        return None
    found = received_of(request.user, organisation)[:5]
    if not found and not Policy.objects.filter(state=PolicyState.PUBLISHED).exists():
        return None
    return Panel(_("惠企政策"), "policies/panel.html", {"benefits": found, "code": organisation.code})


def organisation_seen(user: Any, code: str) -> Any:
    """The enterprise of a code, whose marks the user may see. Raises NotFoundError."""
    rows = schemes.seen(ENTERPRISE, user).select_related("area")
    one = rows.filter(code=code[:60]).first() if "\0" not in code else None
    if one is None:
        raise NotFoundError(_("没有这个对象，或它不在您的管辖范围内"), where=code[:60])
    return one


def today_of(request: Any) -> dt.date:
    return getattr(request, "as_of", None) or timezone.localdate()
