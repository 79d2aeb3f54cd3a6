"""What register records were, month by month: versions by the day from which they hold, as stretches of
months.

Every period ends with a month, so a version holds in a month when it is the newest one that holds by the
month's last day. Months are numbers, :func:`month_of` a day; a stretch is ``first, last``, both included.
Before its first version a record is what that one says, and the newest version is the record as it stands.

The days of a record's life are known by hindsight: a birth or an end that is entered later counts from its
own day. But what begins anew does not undo what was: an end that is lifted leaves the gap, a birth that is
moved to where the change itself holds is another life.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count, Model, TextField
from django.db.models.functions import Cast
from django.utils import timezone

#: before and after all months
FIRST, LAST = 0, 99_999
Versions = list[tuple[int, tuple[Any, ...]]]
Spell = tuple[int, int, tuple[Any, ...]]


def month_of(day: dt.date) -> int:
    """Number of the month of ``day``.

    >>> month_of(dt.date(2024, 12, 31)), month_of(dt.date(2025, 1, 1))
    (24300, 24301)
    """
    return day.year * 12 + day.month


def last_month_of(day: dt.date | None) -> int:
    """The last month at whose end something is still there whose last day is ``day``.

    >>> last_month_of(dt.date(2024, 12, 31)), last_month_of(dt.date(2024, 12, 30))
    (24300, 24299)
    """
    if day is None:
        return LAST
    return month_of(day) - ((day + dt.timedelta(days=1)).month == day.month)


def read(model: type[Model], names: Sequence[str]) -> Iterator[tuple[int, Versions]]:
    """Each record's id and its versions: the month from which each holds (:data:`FIRST` for the first) and
    its values of ``names``.

    Of several versions in one month the last holds. ``names`` are columns of the model itself (``area_id``),
    for history knows no others.
    """
    manager: Any = model._default_manager
    past = _past(model, tuple(names))
    for pk, *values in manager.order_by("pk").values_list("pk", *names).iterator(chunk_size=20_000):
        versions = past.get(pk)
        if versions is None:
            yield pk, [(FIRST, tuple(values))]
        else:
            yield pk, [*versions[:-1], (versions[-1][0], tuple(values))]


@cache
def history_of(model: type[Model]) -> Any:
    """The manager of a register's versions, which takes a millisecond to make."""
    return model.history  # type: ignore[attr-defined]


# of this process: versions are only added, and reading tens of thousands of them takes longer than reading
# the records
_memory: dict[tuple[Any, ...], tuple[tuple[Any, ...], dict[int, Versions]]] = {}


def _past(model: type[Model], names: tuple[str, ...]) -> dict[int, Versions]:
    """The versions of the records that have more than one."""
    history = history_of(model)
    newest = history.order_by("-history_id").values_list("history_id", "recorded_at").first()
    mark = (connection.settings_dict["NAME"], newest, history.count())
    key = (model._meta.label, names)
    if key not in _memory or _memory[key][0] != mark:
        _memory[key] = mark, _read_past(history, names)
    return _memory[key][1]


def _read_past(history: Any, names: tuple[str, ...]) -> dict[int, Versions]:
    several = history.order_by().values("id").annotate(versions=Count("history_id")).filter(versions__gt=1).values("id")
    known = history.filter(id__in=several).exclude(history_type="-").order_by("id", "history_date", "history_id")
    # as text, of which there are few different ones: making tens of thousands of datetimes takes longer than
    # all the rest
    known = known.annotate(since=Cast("history_date", TextField()))
    past: dict[int, Versions] = {}
    for pk, since, *values in known.values_list("id", "since", *names).iterator(chunk_size=20_000):
        month = _local_month(since)
        versions = past.setdefault(pk, [])
        if versions and versions[-1][0] == month:
            versions.pop()
        versions.append((month, tuple(values)))
    for versions in past.values():
        versions[0] = (FIRST, versions[0][1])
    return past


@lru_cache(maxsize=4096)
def _local_month(text: str) -> int:
    """The month, in this node's time, of a time as the database writes it (UTC where no zone is given)."""
    at = dt.datetime.fromisoformat(text)
    return month_of(timezone.localtime(at if at.tzinfo else at.replace(tzinfo=dt.UTC)).date())


def spells(versions: Versions, take: slice = slice(None)) -> list[Spell]:
    """Stretches of months in which the values in the places ``take`` are the same, from :data:`FIRST` to
    :data:`LAST`.

    >>> spells([(0, ("Z1", 3)), (24000, ("Z1", 5)), (24010, ("Z2", 5))], slice(0, 1))
    [(0, 24009, ('Z1',)), (24010, 99999, ('Z2',))]
    """
    if len(versions) == 1:
        return [(FIRST, LAST, versions[0][1][take])]
    return joined((first, last, values[take]) for first, last, values in _with_ends(versions))


def _with_ends(versions: Versions) -> Iterator[Spell]:
    for at, (first, values) in enumerate(versions):
        yield first, versions[at + 1][0] - 1 if at + 1 < len(versions) else LAST, values


def joined(parts: "Iterator[Spell] | Sequence[Spell]") -> list[Spell]:
    """Stretches in their order, neighbours with equal values put together."""
    found: list[Spell] = []
    for first, last, values in parts:
        if found and found[-1][2] == values and found[-1][1] + 1 >= first:
            found[-1] = (found[-1][0], max(found[-1][1], last), values)
        else:
            found.append((first, last, values))
    return found


def overlaid(mine: Sequence[Spell], others: Callable[[tuple[Any, ...]], Sequence[Spell]]) -> list[Spell]:
    """Stretches of a record's values, followed by those of the other record that they name (an owner's, a
    holder's).
    """
    return joined(
        [
            (max(first, start), min(last, end), values + theirs)
            for first, last, values in mine
            for start, end, theirs in others(values)
            if max(first, start) <= min(last, end)
        ]
    )


def lives(versions: Versions, take: slice) -> list[tuple[int, int]]:
    """Stretches of months at whose end the record existed; ``take`` are the places of its first and last day.

    >>> day = dt.date
    >>> closed_late = [(0, (day(2020, 1, 1), None)), (24300, (day(2020, 1, 1), day(2024, 6, 30)))]
    >>> lives(closed_late, slice(0, 2)) == [(month_of(day(2020, 1, 1)), month_of(day(2024, 6, 1)))]
    True
    """
    if len(versions) == 1:
        born, ended = versions[0][1][take]
        start, stop = month_of(born), last_month_of(ended)
        return [(start, stop)] if start <= stop else []
    found: list[tuple[int, int]] = []
    for begin, steps in _lifetimes(versions, take):
        for at, (first, last, end) in enumerate(steps):
            # known only later, a life still begins on its own day
            start, stop = begin if at == 0 else max(begin, first), min(last, last_month_of(end))
            if start > stop:
                continue
            if found and found[-1][1] + 1 >= start:
                found[-1] = (min(found[-1][0], start), max(found[-1][1], stop))
            else:
                found.append((start, stop))
    return found


def births(versions: Versions, take: slice) -> list[int]:
    """Months in which the lives of a record begin: one, or another when it began anew."""
    if len(versions) == 1:
        return [month_of(versions[0][1][take][0])]
    return [begin for begin, _steps in _lifetimes(versions, take)]


def _lifetimes(versions: Versions, take: slice) -> Iterator[tuple[int, list[tuple[int, int, dt.date | None]]]]:
    """Each life: the month in which it begins and, for the stretches of its versions, the last day that was
    or later became known.
    """
    groups: list[list[tuple[int, int, dt.date, dt.date | None]]] = []
    for first, last, values in _with_ends(versions):
        born, ended = values[take]
        before = groups[-1][-1] if groups else None
        anew = (
            before is not None
            and born > before[2]
            and (month_of(born) >= first or (before[3] is not None and born > before[3]))
        )
        if before is None or anew:
            groups.append([])
        groups[-1].append((first, last, born, ended))
    for group in groups:
        ends = [ended or dt.date.max for *_, ended in group]
        # an end that becomes known later ends the earlier versions too
        known = [min(ends[at:]) for at in range(len(group))]
        steps = [
            (first, last, None if end == dt.date.max else end)
            for (first, last, *_), end in zip(group, known, strict=True)
        ]
        yield month_of(group[-1][2]), steps


def events(stated: Sequence[tuple[int, dt.date | None]]) -> list[int]:
    """Months in which something happened to a record; ``stated`` is the month from which each version holds
    and the day that it states.

    A later version that states another day corrects it, unless that day lies where the version itself holds:
    then it happened once more.

    >>> first, again = dt.date(2023, 5, 4), dt.date(2026, 8, 1)
    >>> events([(0, first), (month_of(again), again)]) == [month_of(first), month_of(again)]
    True
    >>> events([(0, first), (24400, dt.date(2023, 6, 1))]) == [month_of(dt.date(2023, 6, 1))]
    True
    """
    found: list[int] = []
    current: int | None = None
    for since, day in stated:
        month = month_of(day) if day else None
        if month == current:
            continue
        if current is not None and current < since and (month is None or month >= since):
            found.append(current)
        current = month
    return [*found, current] if current is not None else found
