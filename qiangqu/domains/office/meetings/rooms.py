"""When meeting rooms are taken: a week of the rooms of one's own office."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone

from qiangqu.base.visibility import areas_of, visible
from qiangqu.registry.roles import Action

from ..models.meetings import Meeting, MeetingRoom
from .terms import MeetingState

WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Taken:
    """A room from when to when (times of one day); ``meeting`` where the viewer sees which it is."""

    start: dt.datetime
    end: dt.datetime
    meeting: Meeting | None


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from a Monday, and each room with what it is taken for on each of them."""

    days: list[dt.date]
    rooms: list[tuple[MeetingRoom, list[list[Taken]]]]
    simulated: bool


def monday_of(day: dt.date) -> dt.date:
    """The Monday of a day's week.

    >>> monday_of(dt.date(2026, 12, 1))
    datetime.date(2026, 11, 30)
    """
    return day - dt.timedelta(days=day.weekday())


def week_of(user: Any, first: dt.date) -> Week:
    """The rooms of the user's office in the week that begins with ``first``. That a room is taken is seen by
    all who may ask for it, for which meeting only by those who see that meeting.
    """
    rooms = list(MeetingRoom.objects.filter(area__in=areas_of(user, Action.OFFICE), valid_to=None))
    days = [first + dt.timedelta(days=n) for n in range(7)]
    begins = timezone.make_aware(dt.datetime.combine(first, dt.time()))
    held = Meeting.objects.filter(~Q(state=MeetingState.CANCELLED), room__in=rooms)
    held = held.filter(start__lt=begins + WEEK, end__gt=begins).order_by("start")
    seen = set(visible(held.order_by(), user).values_list("pk", flat=True))
    taken: dict[tuple[int | None, dt.date], list[Taken]] = {}
    for one in held:
        start, end = timezone.localtime(one.start), timezone.localtime(one.end)
        for day in (each for each in days if start.date() <= each <= end.date()):
            here = Taken(start, end, one if one.pk in seen else None)
            taken.setdefault((one.room_id, day), []).append(here)
    return Week(
        days,
        [(room, [taken.get((room.pk, day), []) for day in days]) for room in rooms],
        any(one.simulated for one in held),
    )
