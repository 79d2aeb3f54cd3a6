"""Single cells of an uploaded table: numbers, periods, dates. Each function returns the value or raises InputError with a short reason."""

import datetime as dt
import math
import re
import unicodedata
from typing import Any

from qiangqu.base.errors import InputError
from qiangqu.base.periods import parse_period

from .reading import Merged, Uncached

_PLAIN = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|[+-]?\.\d+", re.ASCII)
_NUMBER = re.compile(rf"({_PLAIN.pattern})\s*(\D{{0,24}})", re.ASCII)
_MONTH = re.compile(r"(\d{4})[./]?(0[1-9]|1[0-2])", re.ASCII)
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?", re.ASCII)
#: how statistics write that there is no figure
NOTHING = frozenset({"", "-", "--", "—", "——", "…", "……", "...", "/", "无", "空", "na", "n/a", "null", "none"})


def text_of(cell: Any) -> str:
    """A cell as text in normal form (NFKC: full-width becomes half-width), without outer and doubled blanks. Raises InputError for a formula
    without a saved result."""
    if isinstance(cell, Merged):
        cell = cell.value
    if isinstance(cell, Uncached):
        raise InputError(f"单元格 {cell.cell} 是公式且没有保存结果，请粘贴为数值")
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    return " ".join(unicodedata.normalize("NFKC", str(cell)).split())


def is_blank(cell: Any) -> bool:
    """Whether a value cell says that there is no figure.

    >>> is_blank(None), is_blank(" — "), is_blank("0"), is_blank(0)
    (True, True, False, False)
    """
    return cell is None or (isinstance(cell, str) and text_of(cell).lower() in NOTHING)


def number_of(cell: Any) -> tuple[float, str]:
    """A number and the unit written behind it ("" when there is none).

    >>> number_of("１,234.5"), number_of("3.5％"), number_of("12亿元"), number_of(7)
    ((1234.5, ''), (3.5, '%'), (12.0, '亿元'), (7.0, ''))
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _finite(float(cell) if abs(cell) < 1e300 else math.inf), ""
    if isinstance(cell, Merged):
        raise InputError("数值单元格是合并单元格，请取消合并并逐行填写")
    if isinstance(cell, bool):
        raise InputError("数值是真/假，不是数字")
    if isinstance(cell, (dt.date, dt.datetime, dt.time, dt.timedelta)):
        raise InputError("数值是日期，不是数字；请把单元格格式改为数值")
    text = text_of(cell).replace("−", "-").replace("–", "-")
    found = _NUMBER.fullmatch(text)
    if not found or len(text) > 60:
        raise InputError(f"“{text[:30]}”不是数字")
    digits, unit = found.groups()
    return _finite(float(digits.replace(",", ""))), unit.strip()


def _finite(value: float) -> float:
    if not math.isfinite(value) or abs(value) > 1e18:
        raise InputError("数值不是有限的数，或超过 10¹⁸")
    return value


def period_of(cell: Any) -> int:
    """Period key of a cell: every form of :func:`qiangqu.base.periods.parse_period`, 202406, 2024.06 and 2024/06 as text, the first day of a month as a date.

    >>> period_of("2024年1—6月"), period_of(2024), period_of("202406")
    (4202406, 1202400, 5202406)
    """
    if isinstance(cell, Merged):
        cell = cell.value
    if isinstance(cell, (dt.date, dt.datetime)):
        if cell.day != 1:
            raise InputError(f"时期是日期 {cell:%Y-%m-%d}；请写成 2024-06（月）或 2024（年）")
        return parse_period(f"{cell:%Y-%m}").key
    if isinstance(cell, float) and not cell.is_integer():
        raise InputError(f"时期 {cell:g} 分不清是哪个月，请写成 2024-06")
    text = text_of(cell)
    if not text:
        raise InputError("缺时期")
    found = _MONTH.fullmatch(text)
    return parse_period(f"{found[1]}-{found[2]}" if found else text).key


def published_of(cell: Any) -> str:
    """Date of publication: ``2024-07-23``, ``2024-06`` or ``2024``; "" for none.

    >>> published_of("2024年7月23日"), published_of("2024/6"), published_of(None)
    ('2024-07-23', '2024-06', '')
    """
    if isinstance(cell, Merged):
        cell = cell.value
    if isinstance(cell, (dt.date, dt.datetime)):
        return f"{cell:%Y-%m-%d}"
    text = text_of(cell).replace(" ", "")
    if not text:
        return ""
    found = _DATE.fullmatch(text)
    if not found:
        raise InputError(f"发布日期“{text[:20]}”不是日期；请写成 2024-07-23 或 2024-06")
    year, month, day = found.groups()
    try:
        dt.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise InputError(f"发布日期“{text[:20]}”不存在") from None
    return "-".join([year, *(part.zfill(2) for part in (month, day) if part)])
