"""Values of single cells: texts for reading, numbers with their units, days. Each function returns the value
or raises InputError with a short reason. Cells of a CSV are texts as Excel and WPS save them."""

import datetime as dt
import math
import re

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.text import folded

from .cells import Cell, Merged, Number, Partly, Unread, readable, text_shown

#: no group of thousands begins with 0: the comma of 0,125 is a decimal one
_PLAIN = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|[+-]?\.\d+", re.ASCII)
_NUMBER = re.compile(rf"({_PLAIN.pattern})\s*(\D{{0,24}})", re.ASCII)
#: as accounts write it, and as Excel saves it in a CSV: (1,234.50) is negative, a yuan sign says nothing that
#: the unit does not
_ACCOUNT = re.compile(rf"\(\s*¥?\s*({_PLAIN.pattern})\s*\)", re.ASCII)
_YUAN = re.compile(r"([+-]?)\s*¥\s*(?=[\d.+-])", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: dates as Excel and WPS write them into a CSV: Jun-24 and 24-Jun-24, 2024/6/1 and 2024/6/1 0:00
_SHORT_MONTH = re.compile(r"(?:(\d{1,2})-)?([A-Za-z]{3})-(\d{2}|\d{4})", re.ASCII)
FULL_DATE = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?: 0{1,2}:00(?::00)?)?", re.ASCII)
_CHINESE_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日", re.ASCII)
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)


def text_of(cell: Cell) -> str:
    """A cell as text for reading (full-width becomes half-width, no invisible characters, single blanks).
    Raises InputError for a cell whose content was not read."""
    return folded(text_shown(cell))


def number_of(cell: Cell) -> tuple[float, str]:
    """A number and the unit written behind it ("" when there is none). A number of a spreadsheet is the one
    that its cell shows.

    >>> number_of("１,234.5"), number_of("3.5％"), number_of("12亿元\u200b"), number_of(7), number_of("(5.00)"), number_of("¥1,200")
    ((1234.5, ''), (3.5, '%'), (12.0, '亿元'), (7.0, ''), (-5.0, ''), (1200.0, ''))
    """
    if isinstance(cell, Merged):
        raise InputError(_("数值单元格是合并单元格，请取消合并并逐行填写"))
    if isinstance(cell, Unread):
        raise InputError(cell.reason)
    if isinstance(cell, bool):
        raise InputError(_("数值是真/假，不是数字"))
    if isinstance(cell, Number):
        _finite(float(cell))
        shown = cell.shown()
        if shown.currency:
            raise InputError(
                _("数值显示为外币（%(currency)s）；金额请换算成人民币后填写") % {"currency": shown.currency[:8]}
            )
        return _finite(shown.value), folded(shown.unit)
    if isinstance(cell, (int, float)):
        return _finite(float(cell) if abs(cell) < 1e300 else math.inf), ""
    if isinstance(cell, (dt.date, dt.datetime, dt.time, dt.timedelta, Partly)):
        raise InputError(_("数值是日期，不是数字；请把单元格格式改为数值"))
    text = _YUAN.sub(r"\1", text_of(cell).replace("−", "-").replace("–", "-"))
    account = _ACCOUNT.fullmatch(text)
    if account and account[1][0] not in "+-":
        text = f"-{account[1]}"
    found = _NUMBER.fullmatch(text)
    if not found or len(text) > 60:
        raise InputError(_("“%(text)s”不是数字") % {"text": text[:30]})
    digits, unit = found.groups()
    return _finite(float(digits.replace(",", ""))), unit.strip()


def number_text(cell: Cell) -> str:
    """The number of a value cell as people wrote or see it, without its unit (for the note of what was
    stated).
    """
    if isinstance(cell, (Number, int, float)):
        return f"{number_of(cell)[0]:.15g}"
    value = text_of(cell)
    unit = number_of(cell)[1]
    return value.removesuffix(unit).strip()


def _finite(value: float) -> float:
    if not math.isfinite(value) or abs(value) > 1e18:
        raise InputError(_("数值不是有限的数，或超过 10¹⁸"))
    return value


def short_date(text: str) -> tuple[int, int, int] | None:
    """Year, month and day (1 where none is written) of ``Jun-24`` and ``24-Jun-24``; two digits of a year
    count as Excel counts them.
    """
    found = _SHORT_MONTH.fullmatch(text)
    if not found or found[2].lower() not in _MONTHS:
        return None
    year = int(found[3])
    year += 0 if year >= 100 else 2000 if year < 30 else 1900
    return year, _MONTHS.index(found[2].lower()) + 1, int(found[1] or 1)


def day_of(cell: Cell) -> dt.date:
    """A day: 2024-03-01, 2024/3/1, 2024.3.1, 2024年3月1日, 20240301, 1-Mar-24 and dates of a spreadsheet.

    >>> day_of("2024/3/1 0:00") == day_of("１-Mar-24") == day_of("2024年3月1日") == day_of(Number(20240301)) == dt.date(2024, 3, 1)
    True
    """
    cell = readable(cell)
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, Partly) and set(cell.shows) >= {"y", "m"} and cell.value.day == 1:
        return cell.value
    if isinstance(cell, Partly):
        raise InputError(
            _("日期 %(day)s 没有显示出年月日；请把单元格格式改为日期，并核对")
            % {"day": cell.value.strftime("%Y-%m-%d")}
        )
    text = text_of(cell)
    found = FULL_DATE.fullmatch(text)
    parts = [found[1], found[3], found[4]] if found else None
    if parts is None:
        other = _CHINESE_DATE.fullmatch(text.replace(" ", "")) or _DIGITS.fullmatch(text)
        parts = list(other.groups()) if other else None
    short = short_date(text) if parts is None and text[:1].isdigit() else None
    try:
        if short or parts:
            return dt.date(*(short or (int(part) for part in parts or ())))
    except ValueError:
        pass
    raise InputError(_("“%(text)s”不是日期，请写成 2024-03-01") % {"text": text[:30]})
