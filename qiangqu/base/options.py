"""Days and months as commands' options say them."""

import datetime as dt

from .errors import UsageError
from .periods import Period, PeriodKind, month, parse_period


def day_of(text: str | None, otherwise: dt.date) -> dt.date:
    """The day that an option names, else ``otherwise``. Raises UsageError.

    >>> day_of("2026-11-23", dt.date.min), day_of(None, dt.date(2026, 1, 1))
    (datetime.date(2026, 11, 23), datetime.date(2026, 1, 1))
    """
    if text is None:
        return otherwise
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"“{text[:20]}”不是日期，请写成 2026-11-23 的样子") from None


def month_of(text: str | None, today: dt.date) -> Period:
    """The month that an option names, else the last one that is over. Raises UsageError for another period,
    InputError for what is none.

    >>> month_of(None, dt.date(2026, 1, 15)).code, month_of("2026-03", dt.date.min).code
    ('2025-12', '2026-03')
    """
    period = parse_period(text) if text else month(today.year, today.month).previous()
    if period.kind != PeriodKind.MONTH:
        raise UsageError("请给出月份，如 2026-10")
    return period
