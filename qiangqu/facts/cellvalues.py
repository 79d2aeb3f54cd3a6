"""Single cells of a table of facts: names, periods, dates. Each function returns the value or raises
InputError with a short reason.
"""

import datetime as dt
import re
from typing import Any

from qiangqu.base.errors import InputError
from qiangqu.base.periods import parse_period
from qiangqu.base.text import folded
from qiangqu.ui.spreadsheets import Number, Partly, code_shown, mangled, readable, text_of
from qiangqu.ui.spreadsheets.values import FULL_DATE, short_date

_MONTH = re.compile(r"(\d{4})[./]?(0[1-9]|1[0-2])", re.ASCII)
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?", re.ASCII)
#: how statistics write that there is no figure
NOTHING = frozenset({"", "-", "--", "—", "——", "…", "……", "...", "/", "无", "空", "na", "n/a", "null", "none"})
#: what a file says of which figure counts (``precedence`` of a fact)
PRECEDENCE = {"": 0, "yes": 1, "是": 1, "取用": 1, "1": 1, "no": -1, "否": -1, "备查": -1, "-1": -1, "0": 0}


def name_of(cell: Any, from_csv: bool = False) -> str:
    """A name or a code, as it stands there. Raises InputError for a code that a spreadsheet program has
    turned into something else.
    """
    cell = readable(cell)
    if not isinstance(cell, str):
        return code_shown(cell)
    reason = mangled(cell, from_csv)
    if reason:
        raise InputError(reason)
    return cell


def is_blank(cell: Any) -> bool:
    """Whether a value cell says that there is no figure.

    >>> is_blank(None), is_blank(" — "), is_blank("0"), is_blank(0)
    (True, True, False, False)
    """
    return cell is None or (isinstance(cell, str) and folded(cell).lower() in NOTHING)


def period_of(cell: Any) -> int:
    """Period key of a cell: every form of :func:`qiangqu.base.periods.parse_period`, 202406, 2024.06 and
    2024/06 as text, the first day of a month as a date.

    >>> period_of("2024年1—6月"), period_of(2024), period_of("202406")
    (4202406, 1202400, 5202406)
    """
    cell = readable(cell)
    if isinstance(cell, Partly):
        # the sheet shows a year, or a month of a year
        if cell.shows not in ("y", "ym"):
            raise InputError(f"时期是日期 {cell.value:%Y-%m-%d}，却没有显示年份；请写成 2024-06（月）或 2024（年）")
        return parse_period(f"{cell.value:%Y-%m}" if cell.shows == "ym" else f"{cell.value:%Y}").key
    if isinstance(cell, (dt.date, dt.datetime)):
        return _month_of(cell.year, cell.month, cell.day)
    if isinstance(cell, float) and not cell.is_integer():
        raise InputError(f"时期 {float(cell):g} 分不清是哪个月，请写成 2024-06")
    text = _period_text(cell)
    if not text:
        raise InputError("缺时期")
    short = short_date(text)
    if short:
        return _month_of(*short)
    full = FULL_DATE.fullmatch(text)
    if full:
        return _month_of(int(full[1]), int(full[3]), int(full[4]))
    found = _MONTH.fullmatch(text)
    return parse_period(f"{found[1]}-{found[2]}" if found else text).key


def _period_text(cell: Any) -> str:
    """A number stands for its digits, however they are shown (2,024), and what the format writes behind them
    (2024年).
    """
    if isinstance(cell, Number):
        try:
            shown = cell.shown()
        except InputError:
            return text_of(cell)
        if shown.value.is_integer() and abs(shown.value) < 1e9:
            return f"{int(shown.value)}{folded(shown.unit)}"
    return text_of(cell)


def _month_of(year: int, month: int, day: int) -> int:
    if day != 1:
        raise InputError(f"时期是日期 {year}-{month:02d}-{day:02d}；请写成 2024-06（月）或 2024（年）")
    return parse_period(f"{year}-{month:02d}").key


def published_of(cell: Any) -> str:
    """Date of publication: ``2024-07-23``, ``2024-06`` or ``2024``; "" for none.

    >>> published_of("2024年7月23日"), published_of("2024/6"), published_of(None)
    ('2024-07-23', '2024-06', '')
    """
    cell = readable(cell)
    if isinstance(cell, Partly):
        if cell.shows not in ("y", "ym"):
            raise InputError(f"发布日期 {cell.value:%Y-%m-%d} 没有显示年份；请写成 2024-07-23 或 2024-06")
        return f"{cell.value:%Y-%m}" if cell.shows == "ym" else f"{cell.value:%Y}"
    if isinstance(cell, (dt.date, dt.datetime)):
        return f"{cell:%Y-%m-%d}"
    text = text_of(cell)
    if not text:
        return ""
    short = short_date(text)
    if short:
        text = "-".join(str(part) for part in (short if text[:1].isdigit() else short[:2]))
    full = FULL_DATE.fullmatch(text)
    text = f"{full[1]}-{full[3]}-{full[4]}" if full else text.replace(" ", "")
    found = _DATE.fullmatch(text)
    if not found:
        raise InputError(f"发布日期“{text[:20]}”不是日期；请写成 2024-07-23 或 2024-06")
    year, month, day = found.groups()
    try:
        dt.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise InputError(f"发布日期“{text[:20]}”不存在") from None
    return "-".join([year, *(part.zfill(2) for part in (month, day) if part)])
