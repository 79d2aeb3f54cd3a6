"""What has come of a policy: growth of the enterprises that were paid, before and after, beside that of others like them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from qiangqu.base.terms import said
from qiangqu.formulas.models import Indicator
from qiangqu.schemes.gather import Gathered, gather
from qiangqu.schemes.language import Scheme, Value
from qiangqu.schemes.queries import seen

from .matching import LEAST, Effect, effect_of
from .models import Benefit, Payment, PaymentKind, Policy
from .reach import ENTERPRISE, within_area

#: what an effect may be looked for in, as far as the node has them
OUTCOMES = ("ent_revenue", "ent_gross_output", "ent_rd", "ent_staff", "ent_net_assets")
STAFF = "ent_staff"
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Found:
    """The effect of a policy's payments of a year on an outcome; without ``effect`` it says ``why`` there is none. ``placebo`` is the
    same comparison a year earlier, when the policy could not have worked yet: it should be none."""

    code: str
    title: str
    year: int
    effect: Effect | None
    placebo: Effect | None
    why: str
    simulated: bool


def outcomes() -> list[Indicator]:
    """The outcomes that the node knows."""
    known = {one.code: one for one in Indicator.objects.filter(code__in=OUTCOMES, subject="organisation")}
    return [known[code] for code in OUTCOMES if code in known]


def years_of(policy: Policy) -> list[int]:
    """Years in which the policy was paid, the last first."""
    days = Payment.objects.filter(benefit__code=policy.code, kind=PaymentKind.PAY).dates("day", "year", order="DESC")
    return [day.year for day in days]


def effect_on(policy: Policy, outcome: Indicator, year: int, user: Any, today: dt.date) -> Found:
    """The effect of what was paid in ``year`` on the growth of an outcome from the year before to that year, among the
    enterprises that the user sees."""
    title = said(outcome.name)

    def nothing(why: str) -> Found:
        return Found(outcome.code, title, year, None, None, why, policy.simulated)

    if year >= today.year:
        return nothing(_("要等 %(year)s 年的数都报齐，次年再评") % {"year": year})
    known = gather(ENTERPRISE, today)
    paid = Payment.objects.filter(benefit__code=policy.code, kind=PaymentKind.PAY)
    got = set(paid.filter(day__year=year).values_list("benefit__organisation", flat=True))
    ever = set(Benefit.objects.filter(code=policy.code).exclude(payments=None).values_list("organisation", flat=True))
    levels = {back: _logs(outcome, year - back, known) for back in range(4)}
    staff = _logs(Indicator(code=STAFF, unit="人"), year - 1, known) if outcome.code != STAFF else None
    visible = np.fromiter(seen(ENTERPRISE, user).values_list("pk", flat=True), np.int64)
    inside = within_area(known, policy.area.path) & np.isin(known.ids, visible)
    treated = inside & np.isin(known.ids, list(got))
    # who got it in another year is neither
    inside &= treated | ~np.isin(known.ids, list(ever))
    if treated.sum() < LEAST:
        words = {"n": int(treated.sum()), "least": LEAST}
        return nothing(_("只有 %(n)s 家得到拨付，至少要 %(least)s 家才能比较") % words)
    growth = [100 * (levels[back] - levels[back + 1]) for back in range(3)]
    more = [] if staff is None else [staff]
    scale = known.group("scale")
    found = _among(inside, treated, [levels[1], growth[1], *more], growth[0], scale)
    if found is None:
        return nothing(_("有前后两年数据并能匹配到相似企业的不足 %(least)s 家") % {"least": LEAST})
    placebo = _among(inside, treated, [levels[2], growth[2], *more], growth[1], scale)
    made_up = policy.simulated or bool(Benefit.objects.filter(code=policy.code, simulated=True).exists())
    return Found(outcome.code, title, year, found, placebo, "", made_up)


def _among(
    inside: npt.NDArray[np.bool_],
    treated: npt.NDArray[np.bool_],
    figures: list[Numbers],
    change: Numbers,
    scale: npt.NDArray[np.int64],
) -> Effect | None:
    return effect_of(treated[inside], [one[inside] for one in figures], change[inside], scale[inside])


def _logs(outcome: Indicator, year: int, today: Gathered) -> Numbers:
    """Logarithms of an outcome in a year, in the order of the enterprises of today; NaN where it is missing or not
    above zero."""
    then = gather(ENTERPRISE, dt.date(year + 1, 1, 1))
    value = Value(title="x", indicator=outcome.code, unit=str.__str__(outcome.unit))
    scheme = Scheme.model_construct(code="effect", edition="1", values={"x": value})
    column = then.numbers(scheme, "x")
    figures = np.where(column.missing, np.nan, column.low)
    made = np.full(today.ids.size, np.nan)
    if then.ids.size:
        at = np.searchsorted(then.ids, today.ids)
        same = at < then.ids.size
        same[same] = then.ids[at[same]] == today.ids[same]
        made[same] = figures[at[same]]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs: Numbers = np.log(made)
    return np.where(np.isfinite(logs), logs, np.nan)
