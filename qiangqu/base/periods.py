"""Statistical periods: year, half, quarter, month, and cumulative since January (累计).

A period has a text code, which is what files, pages and the API use, and an integer key, which is what
columns use:

    =====================  ===================  =========================
    kind                   code                 key
    =====================  ===================  =========================
    year 年                2024                 1_2024_00
    half 半年              2024H1               2_2024_01
    quarter 季             2024Q2               3_2024_02
    cumulative 1月—本月    2024-01/2024-06      4_2024_06
    month 月               2024-06              5_2024_06
    =====================  ===================  =========================

Keys sort by kind, then by time. ``2024-01/2024-12`` is the year and normalises to it: Chinese statistics
publish January–December figures as the year's figure.
"""

import calendar
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from .errors import InputError
from .text import folded


class PeriodKind(IntEnum):
    """Kinds in the order of their keys."""

    YEAR = 1
    HALF = 2
    QUARTER = 3
    CUMULATIVE = 4
    MONTH = 5


PER_YEAR = {
    PeriodKind.YEAR: 1,
    PeriodKind.HALF: 2,
    PeriodKind.QUARTER: 4,
    PeriodKind.CUMULATIVE: 12,
    PeriodKind.MONTH: 12,
}
KIND_NAMES = {
    PeriodKind.YEAR: "年",
    PeriodKind.HALF: "半年",
    PeriodKind.QUARTER: "季",
    PeriodKind.CUMULATIVE: "累计",
    PeriodKind.MONTH: "月",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS_LONG = {PeriodKind.YEAR: 12, PeriodKind.HALF: 6, PeriodKind.QUARTER: 3, PeriodKind.MONTH: 1}

_CODE = re.compile(r"(\d{4})(?:-(\d{2})(?:/(\d{4})-(\d{2}))?|([HQ])(\d))?", re.ASCII)
_ZH = (
    (re.compile(r"(\d{4})年", re.ASCII), "year"),
    (re.compile(r"(\d{4})年(上|下)半年", re.ASCII), "half"),
    (re.compile(r"(\d{4})年(?:第)?([一二三四1-4])季度", re.ASCII), "quarter"),
    (re.compile(r"(\d{4})年1[—\-–~至－]{1,2}(\d{1,2})月份?", re.ASCII), "cumulative"),
    (re.compile(r"(\d{4})年(\d{1,2})月份?", re.ASCII), "month"),
)


def _chinese() -> str | None:
    return None


_language: Callable[[], str | None] = _chinese


def labelled_in(language: Callable[[], str | None]) -> None:
    """``language()`` is asked in which language periods are labelled; periods themselves know no Django."""
    global _language
    _language = language


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One period. ``index`` is 0 for a year, else the half, quarter or (last) month from 1."""

    kind: PeriodKind
    year: int
    index: int = 0

    def __post_init__(self) -> None:
        if not 1900 <= self.year <= 2200:
            raise InputError(f"年份 {self.year} 不在 1900—2200 之间")
        low, high = (0, 0) if self.kind == PeriodKind.YEAR else (1, PER_YEAR[self.kind])
        if not low <= self.index <= high:
            raise InputError(f"时期 {self.year} 的第 {self.index} 个{KIND_NAMES[self.kind]}不存在")

    @property
    def key(self) -> int:
        """Integer key, e.g. 5202406 for June 2024."""
        return self.kind * 1_000_000 + self.year * 100 + self.index

    @property
    def code(self) -> str:
        match self.kind:
            case PeriodKind.YEAR:
                return f"{self.year}"
            case PeriodKind.HALF:
                return f"{self.year}H{self.index}"
            case PeriodKind.QUARTER:
                return f"{self.year}Q{self.index}"
            case PeriodKind.CUMULATIVE:
                return f"{self.year}-01/{self.year}-{self.index:02d}"
            case PeriodKind.MONTH:
                return f"{self.year}-{self.index:02d}"

    def __str__(self) -> str:
        return self.code

    @property
    def label(self) -> str:
        """As the reader's language writes it: ``2024年1—6月``, in English ``Jan–Jun 2024``."""
        if not (_language() or "zh").startswith("zh"):
            return self._english
        match self.kind:
            case PeriodKind.YEAR:
                return f"{self.year}年"
            case PeriodKind.HALF:
                return f"{self.year}年{'上下'[self.index - 1]}半年"
            case PeriodKind.QUARTER:
                return f"{self.year}年{'一二三四'[self.index - 1]}季度"
            case PeriodKind.CUMULATIVE:
                return f"{self.year}年1—{self.index}月"
            case PeriodKind.MONTH:
                return f"{self.year}年{self.index}月"

    @property
    def _english(self) -> str:
        match self.kind:
            case PeriodKind.YEAR:
                return f"{self.year}"
            case PeriodKind.HALF:
                return f"H{self.index} {self.year}"
            case PeriodKind.QUARTER:
                return f"Q{self.index} {self.year}"
            case PeriodKind.CUMULATIVE:
                return f"Jan–{_MONTHS[self.index - 1]} {self.year}" if self.index > 1 else f"Jan {self.year} (to date)"
            case PeriodKind.MONTH:
                return f"{_MONTHS[self.index - 1]} {self.year}"

    @property
    def first_month(self) -> int:
        if self.kind in (PeriodKind.YEAR, PeriodKind.CUMULATIVE):
            return 1
        return (self.index - 1) * _MONTHS_LONG[self.kind] + 1

    @property
    def last_month(self) -> int:
        match self.kind:
            case PeriodKind.YEAR:
                return 12
            case PeriodKind.CUMULATIVE:
                return self.index
            case _:
                return self.index * _MONTHS_LONG[self.kind]

    @property
    def start(self) -> dt.date:
        return dt.date(self.year, self.first_month, 1)

    @property
    def end(self) -> dt.date:
        """Last day of the period (inclusive)."""
        return dt.date(self.year, self.last_month, calendar.monthrange(self.year, self.last_month)[1])

    def year_ago(self, years: int = 1) -> "Period":
        """The same period ``years`` years before (the comparison of 同比)."""
        return Period(self.kind, self.year - years, self.index)

    def previous(self, count: int = 1) -> "Period":
        """The period ``count`` places before, of the same kind (the comparison of 环比).

        >>> parse_period("2024-01").previous().code
        '2023-12'
        """
        if self.kind == PeriodKind.YEAR:
            return Period(self.kind, self.year - count)
        ordinal = self.year * PER_YEAR[self.kind] + self.index - 1 - count
        return Period(self.kind, ordinal // PER_YEAR[self.kind], ordinal % PER_YEAR[self.kind] + 1)

    def months(self) -> list["Period"]:
        """The months that make up this period, first to last."""
        return [month(self.year, m) for m in range(self.first_month, self.last_month + 1)]


def year(value: int) -> Period:
    return Period(PeriodKind.YEAR, value)


def month(year_: int, index: int) -> Period:
    return Period(PeriodKind.MONTH, year_, index)


def cumulative(year_: int, last_month: int) -> Period:
    """January to ``last_month``; January to December is the year."""
    return year(year_) if last_month == 12 else Period(PeriodKind.CUMULATIVE, year_, last_month)


@lru_cache(maxsize=4096)
def from_key(key: int) -> Period:
    """Inverse of :attr:`Period.key`.

    >>> from_key(4202406).code
    '2024-01/2024-06'
    """
    kind, rest = divmod(int(key), 1_000_000)
    if kind not in set(PeriodKind):
        raise InputError(f"时期键 {key} 无效")
    return Period(PeriodKind(kind), *divmod(rest, 100))


@lru_cache(maxsize=4096)
def parse_period(text: str) -> Period:
    """A period from its code, or as Chinese statistics write it.

    >>> parse_period("2024年1-6月").code, parse_period("2024H1").label, parse_period("2024年二季度").code
    ('2024-01/2024-06', '2024年上半年', '2024Q2')

    Raises InputError when the text is not a period.
    """
    compact = "".join(folded(str(text)[:40]).split())
    found = _CODE.fullmatch(compact)
    if found:
        y, m, y2, m2, letter, number = found.groups()
        if letter:
            return Period(PeriodKind.HALF if letter == "H" else PeriodKind.QUARTER, int(y), int(number))
        if m2:
            if y2 != y or m != "01":
                raise InputError(f"“{text}”不是自年初累计的时期，应写作 2024-01/2024-06")
            return cumulative(int(y), int(m2))
        return month(int(y), int(m)) if m else year(int(y))
    for pattern, kind in _ZH:
        found = pattern.fullmatch(compact)
        if not found:
            continue
        y0 = int(found.group(1))
        match kind:
            case "year":
                return year(y0)
            case "half":
                return Period(PeriodKind.HALF, y0, "上下".index(found.group(2)) + 1)
            case "quarter":
                mark = found.group(2)
                return Period(PeriodKind.QUARTER, y0, "一二三四".index(mark) + 1 if mark in "一二三四" else int(mark))
            case "cumulative":
                return cumulative(y0, int(found.group(2)))
            case _:
                return month(y0, int(found.group(2)))
    raise InputError(f"“{str(text)[:40]}”不是时期；可写 2024、2024H1、2024Q2、2024-06 或 2024-01/2024-06")
