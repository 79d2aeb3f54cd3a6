"""The calendar 日程 of one person: meetings, own events, and the days by which something is due; on the page
and as an iCalendar feed.
"""

import calendar
import datetime as dt
import hashlib
import secrets
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import icalendar
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.cases.models import CaseStatus, Step, StepStatus
from qiangqu.registry import audit
from qiangqu.registry.models import User

from ..models.documents import Circulation
from ..models.meetings import CalendarEvent, CalendarFeed, Meeting
from .terms import Answer, MeetingState

MOST_ENTRIES = 2000
MOST_EVENTS = 5000  # of one person
FEED_BACK, FEED_AHEAD = dt.timedelta(days=90), dt.timedelta(days=400)
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a calendar. ``start`` is a date for what takes a whole day (a deadline); ``kind`` is
    meeting, event, step or read.
    """

    kind: str
    uid: str
    title: str
    start: dt.datetime | dt.date
    end: dt.datetime | None = None
    place: str = ""
    url: str = ""
    cancelled: bool = False
    revision: int = 0
    simulated: bool = False

    @property
    def day(self) -> dt.date:
        return timezone.localtime(self.start).date() if isinstance(self.start, dt.datetime) else self.start

    @property
    def last_day(self) -> dt.date:
        return timezone.localtime(self.end).date() if self.end is not None else self.day

    @property
    def hour(self) -> str:
        """09:00—11:00, "" for what takes the whole day."""
        if not isinstance(self.start, dt.datetime) or self.end is None:
            return ""
        return when_of(self.start, self.end)


def when_of(start: dt.datetime, end: dt.datetime) -> str:
    return f"{timezone.localtime(start):%H:%M}—{timezone.localtime(end):%H:%M}"


def entries(user: Any, first: dt.date, last: dt.date) -> list[Entry]:
    """What ``user`` has between two days (both included), in order; at most :data:`MOST_ENTRIES`."""
    begin, end = _moment(first), _moment(last + dt.timedelta(days=1))
    found = [
        *_meetings(user, begin, end),
        *_events(user, begin, end),
        *_steps(user, first, last),
        *_reading(user, first, last),
    ]
    return sorted(found, key=lambda one: (one.day, one.hour, one.title))[:MOST_ENTRIES]


def _moment(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _meetings(user: Any, begin: dt.datetime, end: dt.datetime) -> Iterator[Entry]:
    going = Q(invitations__user=user) & ~Q(invitations__answer__in=[Answer.AWAY, Answer.DELEGATES])
    mine = Q(chair=user) | going | Q(invitations__delegate=user, invitations__answer=Answer.DELEGATES)
    rows = Meeting.objects.filter(mine, start__lt=end, end__gt=begin).select_related("room").distinct()
    for one in rows.order_by("start")[:MOST_ENTRIES]:
        yield Entry(
            "meeting", f"meeting-{one.pk}", one.title, one.start, one.end, one.where, reverse("meeting", args=[one.pk]),
            one.state == MeetingState.CANCELLED, one.revision, one.simulated,
        )  # fmt: skip


def _events(user: Any, begin: dt.datetime, end: dt.datetime) -> Iterator[Entry]:
    for one in CalendarEvent.objects.filter(user=user, start__lt=end, end__gte=begin)[:MOST_ENTRIES]:
        yield Entry(
            "event",
            f"event-{one.pk}",
            one.title,
            one.start,
            one.end,
            one.place,
            reverse("calendar-event", args=[one.pk]),
        )


def _steps(user: Any, first: dt.date, last: dt.date) -> Iterator[Entry]:
    rows = Step.objects.filter(
        assignee=user, status=StepStatus.OPEN, case__status=CaseStatus.OPEN, due_on__range=(first, last)
    ).select_related("case")
    for one in rows.defer("case__state", "case__data")[:MOST_ENTRIES]:
        title = _("到期：%(step)s（%(title)s）") % {"step": one.name, "title": one.case.title}
        url = reverse("cases-case", args=[one.case.number])
        assert one.due_on is not None
        yield Entry("step", f"step-{one.pk}", title, one.due_on, url=url, simulated=one.case.simulated)


def _reading(user: Any, first: dt.date, last: dt.date) -> Iterator[Entry]:
    rows = Circulation.objects.filter(user=user, read_at=None, due_on__range=(first, last)).select_related("document")
    for one in rows.defer("document__text")[:MOST_ENTRIES]:
        title = _("阅毕：%(title)s") % {"title": one.document.title}
        url = reverse("document", args=[one.document_id])
        assert one.due_on is not None
        yield Entry("read", f"read-{one.pk}", title, one.due_on, url=url, simulated=one.document.simulated)


def weeks(year: int, month: int) -> list[list[dt.date]]:
    """The weeks of a month, Monday first, with the days of the months beside it that fill them up."""
    return calendar.Calendar(firstweekday=0).monthdatescalendar(year, month)


def by_day(found: Iterable[Entry], first: dt.date, last: dt.date) -> dict[dt.date, list[Entry]]:
    """Entries on every day that they touch."""
    days: dict[dt.date, list[Entry]] = {}
    for one in found:
        day = max(one.day, first)
        while day <= min(one.last_day, last):
            days.setdefault(day, []).append(one)
            day += dt.timedelta(days=1)
    return days


# ---------------------------------------------------------------- own events


@dataclass(frozen=True, slots=True)
class Month:
    """A month of somebody's calendar in whole weeks."""

    first: dt.date
    grid: list[list[dt.date]]
    entries: list[Entry]
    by_day: dict[dt.date, list[Entry]]

    @property
    def before(self) -> dt.date:
        """A day of the month before."""
        return self.first - dt.timedelta(days=1)

    @property
    def after(self) -> dt.date:
        """A day of the month after."""
        return self.first + dt.timedelta(days=32)

    @property
    def today(self) -> dt.date:
        return timezone.localdate()

    @property
    def weeks(self) -> list[list[tuple[dt.date, bool, list[Entry]]]]:
        """Each day, whether it is of the month, and what there is."""
        return [[(day, day.month == self.first.month, self.by_day.get(day, [])) for day in week] for week in self.grid]

    @property
    def days(self) -> list[tuple[dt.date, list[Entry]]]:
        """The days of the month on which there is something."""
        return [(day, self.by_day[day]) for day in sorted(self.by_day) if day.month == self.first.month]


def month_of(user: Any, text: str) -> Month:
    """The month that is written 2026-11; this month for anything else."""
    today = timezone.localdate()
    try:
        first = dt.date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        first = today.replace(day=1)
    first = first if 1950 <= first.year <= 2200 else today.replace(day=1)
    grid = weeks(first.year, first.month)
    found = entries(user, grid[0][0], grid[-1][-1])
    return Month(first, grid, found, by_day(found, grid[0][0], grid[-1][-1]))


def save_event(event: CalendarEvent, user: Any) -> CalendarEvent:
    """Keep an event of one's own. Raises InputError when it ends before it begins or there are too many."""
    if event.end < event.start:
        raise InputError(_("结束时间应晚于开始时间"), where=event.title)
    if event.pk is None and CalendarEvent.objects.filter(user=user).count() >= MOST_EVENTS:
        raise InputError(_("日程最多 %(most)s 条") % {"most": MOST_EVENTS}, where=event.title)
    with transaction.atomic():
        event.user = user
        is_new = event.pk is None
        event.save()
        # what is in it is private: the trail says that, not what
        _note(user, "calendar_event_saved", "calendarevent", event.pk, new=is_new)
    return event


def _note(user: Any, act: str, kind: str, pk: int, **detail: Any) -> None:
    """An act on one's own calendar in the audit trail."""
    audit.record(user, act, object_type=kind, object_id=pk, area_path=user.home_path, detail=detail)


def event_for(user: Any, pk: int) -> CalendarEvent:
    """One's own event. Raises NotFoundError for any other."""
    event = CalendarEvent.objects.filter(user=user, pk=pk).first()
    if event is None:
        raise NotFoundError("没有这条日程", where=str(pk))
    return event


def delete_event(event: CalendarEvent, user: Any) -> None:
    with transaction.atomic():
        _note(user, "calendar_event_deleted", "calendarevent", event.pk)
        event.delete()


# ---------------------------------------------------------------- iCalendar (RFC 5545)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make_feed(user: Any) -> str:
    """A new secret for the subscription address; an older one stops working. The secret is given back this
    once.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        CalendarFeed.objects.update_or_create(
            user=user, defaults={"digest": _digest(token), "made_at": timezone.now(), "read_at": None}
        )
        _note(user, "calendar_feed_made", "calendarfeed", user.pk)
    return token


def end_feed(user: Any) -> None:
    """Withdraw the subscription."""
    with transaction.atomic():
        if CalendarFeed.objects.filter(user=user).delete()[0]:
            _note(user, "calendar_feed_ended", "calendarfeed", user.pk)


def owner_of(token: str) -> User:
    """Whose calendar a secret opens. Raises NotFoundError for a wrong secret and for a user who is gone."""
    feed = CalendarFeed.objects.filter(digest=_digest(token[:100])).select_related("user").first()
    if feed is None or not feed.user.is_active:
        raise NotFoundError("没有这个日历")
    now = timezone.now()
    if feed.read_at is None or now - feed.read_at > dt.timedelta(hours=1):
        CalendarFeed.objects.filter(pk=feed.pk).update(read_at=now)
    return feed.user


def feed_of(user: Any, base: str, now: dt.datetime | None = None) -> bytes:
    """The calendar as iCalendar: times in UTC, deadlines as whole days, cancelled meetings as such (RFC 5545
    3.8.1.11), what is simulated marked in its title. ``base`` is the site's address, for links. No METHOD:
    nobody is invited by a subscription (3.7.2)."""
    now = now or timezone.now()
    today = timezone.localtime(now).date()
    made = icalendar.Calendar()
    made.add("prodid", "-//Qiangqu//zh-CN")
    made.add("version", "2.0")
    made.add("x-wr-calname", _("强区日程"))
    made.add("x-wr-timezone", "Asia/Shanghai")
    made.add_component(_zone())  # 3.6: also a calendar without any event holds a component
    for one in entries(user, today - FEED_BACK, today + FEED_AHEAD):
        made.add_component(_component(one, base, now))
    return bytes(made.to_ical())


def _zone() -> icalendar.Timezone:
    """The time of China: no summer time in the years of a feed."""
    standard = icalendar.TimezoneStandard()
    standard.add("dtstart", dt.datetime(1991, 9, 15, 1, 0, 0))  # noqa: DTZ001 - local by definition (3.6.5)
    standard.add("tzoffsetfrom", dt.timedelta(hours=8))
    standard.add("tzoffsetto", dt.timedelta(hours=8))
    standard.add("tzname", "CST")
    zone = icalendar.Timezone()
    zone.add("tzid", "Asia/Shanghai")
    zone.add_component(standard)
    return zone


def _component(one: Entry, base: str, now: dt.datetime) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", _plain(f"{one.uid}@qiangqu"))
    event.add("dtstamp", _utc(now))
    title = _("【模拟数据】%(title)s") % {"title": one.title} if one.simulated else one.title
    event.add("summary", _plain(title))
    if isinstance(one.start, dt.datetime):
        begin = _utc(one.start)
        event.add("dtstart", begin)
        # 3.8.2.2: an end is later than the begin; 3.6.1: without one it ends when it begins
        if one.end is not None and (end := _utc(one.end)) > begin:
            event.add("dtend", end)
    else:
        event.add("dtstart", one.start)
        event.add("dtend", one.start + dt.timedelta(days=1))  # 3.6.1: the end is not included
        event.add("transp", "TRANSPARENT")
    if place := _plain(one.place):
        event.add("location", place)
    event.add("url", f"{base}{one.url}")
    event.add("sequence", one.revision)
    event.add("status", "CANCELLED" if one.cancelled else "CONFIRMED")
    return event


def _utc(moment: dt.datetime) -> dt.datetime:
    """In UTC and whole seconds, which is all that a DATE-TIME holds (3.3.5)."""
    return moment.astimezone(dt.UTC).replace(microsecond=0)


def _plain(text: str) -> str:
    """Without what a TEXT may not hold (3.3.11): control characters other than tabs and line breaks; halves
    of surrogates. A written ``\\N`` becomes ``\\n``: icalendar takes the former for a line break when it writes
    (3.3.11 has both mean one), and so would every reader of it.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\\N", "\\n")
    return "".join(char for char in lines if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"))


def remind_tomorrow(now: dt.datetime) -> str:
    """Remind those who are to come of tomorrow's meetings; safe to do twice."""
    from .calling import tell

    tomorrow = timezone.localtime(now).date() + dt.timedelta(days=1)
    begin = _moment(tomorrow)
    rows = Meeting.objects.filter(state=MeetingState.PLANNED, start__gte=begin, start__lt=begin + dt.timedelta(days=1))
    told = 0
    for one in rows.select_related("body__area", "room", "chair"):
        key = f"meeting-{one.pk}-{one.when}"
        told += tell(one, _("明天开会：%(title)s") % {"title": one.title}, key=key)
    return _("提醒 %(n)s 人") % {"n": told} if told else ""
