"""The price of a contract in instalments 分期付款, as the contract lists them: a line for each, its day and its amount."""

import datetime as dt
import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

MOST = 8  # the promises have a kind for each
_LINE = re.compile(r"(\d{4}-\d{2}-\d{2})[\s,，:：]+(\d{1,9}(?:\.\d{1,4})?)(?:\s*万元)?")


def instalments(text: str) -> list[tuple[dt.date, float]]:
    """Day and amount (10,000 yuan) of each instalment, in the order of the contract.

    >>> instalments("2026-03-31 600\\n2026-09-30，400 万元")
    [(datetime.date(2026, 3, 31), 600.0), (datetime.date(2026, 9, 30), 400.0)]

    Raises InputError that names the line: not a day and an amount, an amount of 0, days that do not follow one another, more
    than :data:`MOST`.
    """
    found: list[tuple[dt.date, float]] = []
    for number, line in enumerate((one.strip() for one in text.splitlines()), start=1):
        if not line:
            continue
        where = _("分期付款第%(n)s行") % {"n": number}
        match = _LINE.fullmatch(line)
        try:
            day, amount = (dt.date.fromisoformat(match[1]), float(match[2])) if match else (None, 0.0)
        except ValueError:
            day, amount = None, 0.0
        if day is None or not amount:
            raise InputError(_("每行写日期和金额（万元），如 2026-06-30 1200"), where=where)
        if found and day <= found[-1][0]:
            raise InputError(_("各期的日期要依次往后"), where=where)
        found.append((day, amount))
    if len(found) > MOST:
        raise InputError(_("最多 %(most)s 期") % {"most": MOST}, where=_("分期付款"))
    return found


def moved(text: str, number: int, day: dt.date) -> str:
    """The same with another day for one instalment (1: the first). Raises InputError for one that is not there, or a day
    that is not between its neighbours'."""
    held = instalments(text)
    if not 1 <= number <= len(held):
        raise InputError(_("合同里没有这一期"), where=str(number))
    held[number - 1] = (day, held[number - 1][1])
    made = written(held)
    instalments(made)
    return made


def written(held: list[tuple[dt.date, float]]) -> str:
    """
    >>> written([(dt.date(2026, 3, 31), 600.0)])
    '2026-03-31 600'
    """
    return "\n".join(f"{day} {amount:.10g}" for day, amount in held)


def check(text: str) -> None:
    """As a validator of the field. Raises ValidationError."""
    try:
        instalments(text)
    except InputError as error:
        raise ValidationError(str(error)) from error


def check_sum(text: str, price: float | None) -> None:
    """The instalments together are the price. Raises ValidationError at the field."""
    if not text.strip() or price is None:
        return
    together = sum(amount for _day, amount in instalments(text))
    if abs(together - price) > 0.005:
        words = {"sum": f"{together:,.2f}", "price": f"{price:,.2f}"}
        raise ValidationError({"instalments": _("各期合计 %(sum)s 万元，与价款 %(price)s 万元不符") % words})
