"""Working days by the Chinese holiday calendar: Monday to Friday, less public holidays, plus the make-up
working days (调休) that the State Council's yearly notice names. Exceptions are rows
(:class:`~qiangqu.cases.models.CalendarDay`), seeded from ``data/calendar.csv`` and adjustable.

    >>> import datetime as dt
    >>> days = Calendar({dt.date(2026, 10, 1): False, dt.date(2026, 10, 10): True})
    >>> days.add(dt.date(2026, 9, 30), 1)        # Friday 2 October
    datetime.date(2026, 10, 2)
    >>> days.add(dt.date(2026, 10, 9), 1)        # Saturday the 10th is worked
    datetime.date(2026, 10, 10)
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from qiangqu.base.errors import InputError

MAX_DAYS = 2000
Pause = Sequence[str | None]  # [first day, day of resumption or None], ISO


@dataclass(frozen=True, slots=True)
class Calendar:
    """Exceptions to Monday–Friday: day → whether it is worked."""

    exceptions: Mapping[dt.date, bool] = field(default_factory=dict)

    def works(self, day: dt.date) -> bool:
        found = self.exceptions.get(day)
        return day.weekday() < 5 if found is None else found

    def add(self, start: dt.date, count: int, pauses: Iterable[Pause] = ()) -> dt.date:
        """The ``count``-th working day after ``start`` (the day itself does not count, GB/T practice and
        民法典 201: the count begins on the next day), not counting days on which the clock stood still.
        ``count`` 0 is ``start``.

        Raises InputError for a count below 0 or above :data:`MAX_DAYS`, and when the clock stands still for
        good.
        """
        if not 0 <= count <= MAX_DAYS:
            raise InputError(f"时限应在 0—{MAX_DAYS} 个工作日之间", where=str(count))
        held = [_pause(pause) for pause in pauses]
        day, left = start, count
        for _step in range(MAX_DAYS * 4):
            if left == 0:
                return day
            day += dt.timedelta(days=1)
            if self.works(day) and not any(first <= day < last for first, last in held):
                left -= 1
        raise InputError("时限一直停着，算不出到期日")

    def between(self, start: dt.date, end: dt.date) -> int:
        """Working days after ``start`` up to and with ``end``; negative when ``end`` lies before
        ``start``.
        """
        if end < start:
            return -self.between(end, start)
        return sum(
            self.works(start + dt.timedelta(days=n)) for n in range(1, min((end - start).days, 5 * MAX_DAYS) + 1)
        )


def _pause(pause: Pause) -> tuple[dt.date, dt.date]:
    first, last = pause
    return dt.date.fromisoformat(str(first)), dt.date.fromisoformat(last) if last else dt.date.max


def end_of(day: dt.date) -> dt.datetime:
    """The moment at which a deadline on ``day`` has passed: midnight after it, local time."""
    return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min))


def calendar() -> Calendar:
    """The calendar as it stands in the database."""
    from .models import CalendarDay

    return Calendar(dict(CalendarDay.objects.values_list("day", "works")))
