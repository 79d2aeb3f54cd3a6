"""Each night: who qualifies for each policy, money held for them in the stated order, and told once.

The order rule: all who wait for a policy's money stand in one line (first qualified or applied, smallest amount, or best
marks first; then by the enterprise's code). Money is held from the front for as long as whole amounts fit; the first who does
not fit waits and so does everybody behind, also with a smaller amount. A benefit is never split.
"""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import QiangquError
from qiangqu.messaging.notify import gathering, notify_all
from qiangqu.registry import audit
from qiangqu.registry.models import Organisation, Post, Role

from . import budget
from .amounts import yuan
from .models import LIVE, Benefit, BenefitState, Fund, Mode, Order, Per, Policy, PolicyState
from .reach import Reach, reach_of
from .spec import benefit_of

log = logging.getLogger(__name__)
S = BenefitState
#: nobody has acted on these: they follow the figures
OPEN = (S.FOUND, S.QUEUED, S.OFFERED, S.LAPSED)
IN_ORDER = {
    Order.FIRST: ("found_on", "organisation__code"),
    Order.SMALL: ("amount", "organisation__code"),
    Order.SCORE: ("-score", "organisation__code"),
}
BATCH = 1000


@dataclass
class Settled:
    """What a night has done for one policy: how many came in, fell out, were offered money, wait, were told."""

    policy: Policy
    new: int = 0
    lapsed: int = 0
    arranged: int = 0
    waiting: int = 0
    told: int = 0
    kept_out: int = 0
    rows: dict[int, Benefit] = field(default_factory=dict)


def pays(policy: Policy) -> bool:
    """Whether a policy can be paid: its benefit and a budget are known."""
    return benefit_of(policy).way != "unknown" and not (policy.budget_total is None and policy.budget_year is None)


def period_of(policy: Policy, day: dt.date) -> int:
    """The period in which an enterprise may have the policy once: the year, or 0 for ever."""
    return day.year if policy.per == Per.YEAR else 0


def refresh(now: dt.datetime) -> str:
    """Periodic: all published policies. What one policy has wrong does not keep the others from being done."""
    day, done, wrong = timezone.localdate(now), [], []
    for policy in Policy.objects.filter(state=PolicyState.PUBLISHED).order_by("published_on", "code"):
        try:
            found = settle(policy, day)
        except QiangquError as error:
            log.warning("policy %s: %s", policy.code, error)
            wrong.append(f"{policy.title}：{error}")
        else:
            if found is not None:
                done.append(found)
    told, arranged = sum(one.told for one in done), sum(one.arranged for one in done)
    said = [_("安排 %(n)s 家") % {"n": arranged}] if arranged else []
    said += [_("告知 %(n)s 家") % {"n": told}] if told else []
    return "；".join([*said, *wrong])[:500]


def settle(policy: Policy, day: dt.date) -> Settled | None:
    """Bring a published policy up to the figures of a day; None where there is nothing to be settled (it has not begun, or
    cannot be paid). One whose time is over ends, and what nobody acted on lapses."""
    if not pays(policy) or (policy.starts_on is not None and policy.starts_on > day):
        return None
    over = policy.ends_on is not None and policy.ends_on < day
    reach = None if over else reach_of(policy, day)
    with transaction.atomic():
        found = Policy.objects.select_for_update().filter(pk=policy.pk, state=PolicyState.PUBLISHED).first()
        if found is None or found.revision != policy.revision:
            return None  # somebody has just stopped or replaced it
        made = _settle(found, reach, day)
        if over:
            found.state, found.ended_on, found.ended_why = PolicyState.ENDED, day, str(_("执行期满"))
            found.save(update_fields=["state", "ended_on", "ended_why"])
        if made.new or made.lapsed or made.arranged or over:
            detail = {
                "title": found.title,
                "new": made.new,
                "lapsed": made.lapsed,
                "arranged": made.arranged,
                "waiting": made.waiting,
            }
            audit.record(None, "policy_settled", object_type="policy", object_id=found.pk, area_path=found.area.path, detail=detail)  # fmt: skip
    return made


def _settle(policy: Policy, reach: Reach | None, day: dt.date) -> Settled:
    made, period = Settled(policy), period_of(policy, day)
    budget.opened(policy, day.year)
    known = {
        one.organisation_id: one
        for one in Benefit.objects.select_for_update().filter(code=policy.code, period=period).order_by("pk")
    }
    entitled = {} if reach is None else {reach.pk(row): row for row in reach.paid}
    taken = had_elsewhere(policy, day.year, entitled)
    made.kept_out = len(taken)
    changed: list[Benefit] = []
    for pk, one in known.items():
        if one.state not in OPEN or one.examined:
            continue
        if pk in entitled and pk not in taken:
            assert reach is not None
            if _follow(one, policy, reach, entitled[pk], day, made):
                changed.append(one)
        elif one.state != S.LAPSED:
            if one.state == S.OFFERED:
                budget.release(one.code, one.year, one.amount)
            one.state = S.LAPSED
            made.lapsed += 1
            changed.append(one)
    Benefit.objects.bulk_update(
        changed, ["policy", "state", "amount", "basis", "score", "found_on", "year"], batch_size=BATCH
    )
    if reach is not None:
        fresh = [pk for pk in entitled if pk not in known and pk not in taken]
        Benefit.objects.bulk_create([_new(policy, reach, entitled[pk], day) for pk in fresh], batch_size=BATCH)
        made.new = len(fresh)
    made.arranged, made.waiting = arrange(policy, day)
    made.told = tell(policy, day)
    return made


def _waits(policy: Policy) -> str:
    """How somebody who qualifies stands before anything is done."""
    return S.QUEUED if policy.mode == Mode.DIRECT else S.FOUND


def _figures(one: Benefit, policy: Policy, reach: Reach, row: int) -> None:
    amount = reach.paid[row]
    assert amount.fen is not None
    one.policy, one.amount, one.basis = policy, amount.fen, amount.basis[:300]
    one.score = reach.score(row)
    one.simulated = policy.simulated or bool(reach.simulated[row])


def _new(policy: Policy, reach: Reach, row: int, day: dt.date) -> Benefit:
    one = Benefit(
        code=policy.code, organisation_id=reach.pk(row), period=period_of(policy, day), year=day.year, state=_waits(policy), found_on=day
    )  # fmt: skip
    _figures(one, policy, reach, row)
    return one


def _follow(one: Benefit, policy: Policy, reach: Reach, row: int, day: dt.date, made: Settled) -> bool:
    """A benefit on which nobody has acted follows the figures and the edition; whether it changed. What is offered
    already and stays the same keeps its money."""
    before = (one.policy_id, one.state, one.amount, one.basis)
    held, year = one.amount, one.year
    _figures(one, policy, reach, row)
    if one.state == S.LAPSED:
        one.found_on, made.new = day, made.new + 1
    if one.state != S.OFFERED:
        one.state, one.year = _waits(policy), day.year
    elif one.amount != held or policy.mode != Mode.DIRECT:
        budget.release(one.code, year, held)
        one.state, one.year = _waits(policy), day.year
    return before != (one.policy_id, one.state, one.amount, one.basis)


# ---------------------------------------------------------------- double benefits


def excluded_codes(policy: Policy) -> list[str]:
    """Codes of the policies that an enterprise may not have beside this one in the same year, whichever of the two
    says so."""
    found = {str(code) for code in policy.excludes}
    for code, excludes in Policy.objects.exclude(published_on=None).values_list("code", "excludes"):
        if policy.code in excludes:
            found.add(code)
    return sorted(found - {policy.code})


def had_elsewhere(policy: Policy, year: int, organisations: Iterable[int]) -> dict[int, str]:
    """Which enterprises have, or have applied for, a policy that excludes this one, with that policy's title. The enterprises are
    held until the transaction ends, so that nobody is given both at once."""
    codes, wanted = excluded_codes(policy), set(organisations)
    if not codes or not wanted:
        return {}
    if transaction.get_connection().in_atomic_block:
        rows = Organisation.objects.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True)
        if len(wanted) < BATCH // 2:
            list(rows.filter(pk__in=wanted))
        else:
            list(rows)
    live = Benefit.objects.filter(code__in=codes, year=year, state__in=LIVE)
    found = live.values_list("organisation_id", "policy__title")
    return {pk: str(title) for pk, title in found if pk in wanted}


# ---------------------------------------------------------------- the line


def line_of(policy: Policy) -> Any:
    """All who wait for money of a policy, in the stated order."""
    return Benefit.objects.filter(code=policy.code, state=S.QUEUED).order_by(*IN_ORDER[Order(policy.order)], "pk")


def arrange(policy: Policy, day: dt.date) -> tuple[int, int]:
    """Hold money for those at the front of the line as long as whole amounts fit; how many got it and how many wait."""
    line = list(line_of(policy).select_for_update(of=("self",)))
    if not line:
        return 0, 0
    list(Fund.objects.select_for_update().filter(code=policy.code).order_by("year"))
    free = budget.left(policy.code, day.year)
    front: list[Benefit] = []
    total = 0
    for one in line:
        if free is not None and total + one.amount > free:
            break
        total += one.amount
        front.append(one)
    if front and not budget.hold(policy.code, day.year, total):
        return 0, len(line)
    for one in front:
        one.year = day.year
        one.state = S.APPROVED if one.examined else S.OFFERED
    Benefit.objects.bulk_update(front, ["state", "year"], batch_size=BATCH)
    return len(front), len(line) - len(front)


# ---------------------------------------------------------------- telling


def speakers(organisations: Iterable[int]) -> Mapping[int, Sequence[Any]]:
    """The users who speak for enterprises, by the enterprise."""
    found: dict[int, list[Any]] = defaultdict(list)
    wanted = set(organisations)
    posts = Post.objects.in_force().filter(role=Role.ENTERPRISE).exclude(organisation=None)
    for post in posts.select_related("user"):
        if post.organisation_id in wanted:
            found[post.organisation_id].append(post.user)
    return found


def tell(policy: Policy, day: dt.date) -> int:
    """Tell those who were found and have not been told yet; how many enterprises. Who has no account is told on the day
    that somebody has one."""
    rows = Benefit.objects.filter(
        code=policy.code, period=period_of(policy, day), told_at=None, state__in=(S.FOUND, S.QUEUED, S.OFFERED)
    )
    people = speakers(rows.values_list("organisation_id", flat=True))
    if not people:
        return 0
    now, told = timezone.now(), []
    with gathering():
        for one in rows.filter(organisation__in=list(people)):
            subject = _("您可以享受：%(title)s") % {"title": policy.title}
            notify_all(
                people[one.organisation_id], subject, told_text(one), reverse("policy-benefit", args=[one.pk]), topic="policies",
                key=f"policy:{one.code}:{one.period}:{one.organisation_id}", simulated=one.simulated,
            )  # fmt: skip
            told.append(one.pk)
    for at in range(0, len(told), BATCH):
        Benefit.objects.filter(pk__in=told[at : at + BATCH]).update(told_at=now)
    return len(told)


def told_text(one: Benefit) -> str:
    """What the enterprise is told: the amount and what to do."""
    todo = {
        S.FOUND: _("请在惠企政策中申请。"),
        S.QUEUED: _("预算已安排完，您在排队，有预算后自动安排。"),
        S.OFFERED: _("免申即享：请确认，不用申请。"),
    }
    words = {"amount": f"{yuan(one.amount):,.2f}", "todo": todo[S(one.state)]}
    return _("金额 %(amount)s 元。%(todo)s") % words
