"""Money of a budget is held for whom it is promised, and never more than there is.

Holding is one conditional UPDATE: it changes a row only when the sum still fits, so that two who hold at once cannot
both take the last of it, on SQLite and on PostgreSQL; a constraint of the table stands behind it.
"""

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

from .models import Fund, Policy

#: the row of a fund that counts all years
ALL_YEARS = 0


def funds_of(policy: Policy, year: int) -> dict[int, int | None]:
    """The limits of a policy by the years of its fund, in 分 (None: no limit of that kind)."""
    return {ALL_YEARS: policy.budget_total, year: policy.budget_year}


def opened(policy: Policy, year: int) -> None:
    """The rows of the budget are there, with the limits of the edition. Raises InputError where more is held already."""
    for number, limit in funds_of(policy, year).items():
        Fund.objects.get_or_create(code=policy.code, year=number, defaults={"limit": limit})
        changed = Fund.objects.filter(code=policy.code, year=number)
        if not (changed if limit is None else changed.filter(held__lte=limit)).update(limit=limit):
            raise InputError(_("预算不能低于已经安排的金额"), where=str(number or ""))


def left(code: str, year: int) -> int | None:
    """What may still be held in a year, in 分; None without any limit."""
    rows = Fund.objects.filter(code=code, year__in=(ALL_YEARS, year)).exclude(limit=None)
    found = [one.limit - one.held for one in rows if one.limit is not None]
    return min(found) if found else None


def hold(code: str, year: int, fen: int) -> bool:
    """Hold ``fen`` of a policy's budget of a year and of all years; False, with nothing held, where it does not fit."""
    if fen <= 0:
        raise ValueError("only money above zero is held")
    with transaction.atomic():
        for number in (ALL_YEARS, year):
            fits = Q(limit=None) | Q(limit__gte=F("held") + fen)
            if not Fund.objects.filter(fits, code=code, year=number).update(held=F("held") + fen):
                transaction.set_rollback(True)
                return False
    return True


def release(code: str, year: int, fen: int) -> None:
    """Give back what was held."""
    for number in (ALL_YEARS, year):
        Fund.objects.filter(code=code, year=number).update(held=F("held") - fen)
