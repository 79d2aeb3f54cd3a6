"""What the feed gives out passes RFC 5545 for everything that the forms allow: by rules written from the RFC,
and read back by another program.
"""

import datetime as dt
import re
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from qiangqu.domains.office.documents.tests.conftest import office  # noqa: F401 - fixture
from qiangqu.domains.office.meetings import calendar, calling
from qiangqu.domains.office.meetings.forms import EventForm
from qiangqu.domains.office.models.meetings import CalendarEvent

from .test_meetings import planned

NOW = dt.datetime(2026, 12, 1, 8, 0, 0, 123456, tzinfo=dt.UTC)
TEXT = {"SUMMARY", "LOCATION", "UID", "X-WR-CALNAME", "TZNAME", "TZID", "PRODID"}


def lines_of(data: bytes) -> list[str]:
    """The content lines, unfolded (3.1), with what 3.1 and 3.3.11 say of every line."""
    assert data.endswith(b"\r\n")
    physical = data[:-2].split(b"\r\n")
    for line in physical:
        assert 0 < len(line) <= 75, line
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line), line
        line.decode()  # a fold never parts a character
    return re.sub(r"\r\n[ \t]", "", data.decode())[:-2].split("\r\n")


def moment(value: str) -> dt.datetime | dt.date:
    if "T" in value:
        return dt.datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
    return dt.datetime.strptime(value, "%Y%m%d").date()


def check(data: bytes) -> list[dict[str, str]]:
    """Rules of RFC 5545; gives the properties of each event."""
    lines = lines_of(data)
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-1] == "END:VCALENDAR"
    stack: list[str] = []
    events: list[dict[str, str]] = []
    components = 0
    head: list[str] = []
    for line in lines:
        match = re.fullmatch(r"([A-Z0-9-]+)((?:;[A-Z0-9-]+=[^;:\"]+)*):(.*)", line, re.DOTALL)
        assert match, line
        name, parameters, value = match.groups()
        if name == "BEGIN":
            components += bool(stack)
            stack.append(value)
            if value == "VEVENT":
                events.append({})
        elif name == "END":
            assert stack.pop() == value
        elif stack[-1] == "VEVENT":
            assert name not in events[-1], f"{name} twice"
            events[-1][name] = value
            if name in ("DTSTART", "DTEND"):
                assert (parameters == ";VALUE=DATE") == ("T" not in value), line
        elif stack[-1] == "VCALENDAR":
            head.append(name)
        if name in TEXT:
            assert re.fullmatch(r"(?:[^\\;,]|\\[\\;,nN])*", value, re.DOTALL), line
    assert not stack and components >= 1  # 3.6: at least one component
    assert head.count("PRODID") == head.count("VERSION") == 1 and "METHOD" not in head
    for event in events:
        assert {"UID", "DTSTAMP", "DTSTART"} <= set(event)
        begin = moment(event["DTSTART"])
        assert isinstance(moment(event["DTSTAMP"]), dt.datetime)
        if "DTEND" in event:
            end = moment(event["DTEND"])
            assert type(end) is type(begin) and end > begin  # type: ignore[operator]
        assert event["STATUS"] in ("CONFIRMED", "CANCELLED", "TENTATIVE") and event["SEQUENCE"].isdigit()
        assert urlsplit(event["URL"]).scheme in ("http", "https") and " " not in event["URL"]
    assert len({event["UID"] for event in events}) == len(events)
    return events


def feed(user) -> bytes:
    return calendar.feed_of(user, "https://q.example", NOW)


def test_an_event_that_ends_when_it_begins_has_no_end(client, office):  # noqa: F811
    people = office["people"]
    client.force_login(people["zone"])
    sent = {"title": "取快递", "start": "2026-12-03T09:00", "end": "2026-12-03T09:00"}
    assert client.post(reverse("calendar-event-new"), sent).status_code == 302
    (event,) = check(feed(people["zone"]))
    assert event["DTSTART"] == "20261203T010000Z" and "DTEND" not in event
    read = next(iter(icalendar.Calendar.from_ical(feed(people["zone"])).walk("VEVENT")))
    assert read.start == read.end == dt.datetime(2026, 12, 3, 1, tzinfo=dt.UTC)


def test_a_calendar_without_any_event_is_one_too(office):  # noqa: F811
    assert check(feed(office["people"]["zone"])) == []


def test_meetings_changed_and_cancelled_keep_their_identity(office):  # noqa: F811
    people = office["people"]
    meeting = calling.call(
        planned(office, start=dt.datetime(2026, 12, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai"))), [], people["zone"]
    )
    (first,) = check(feed(people["head"]))
    assert (first["STATUS"], first["DTSTART"], first["DTEND"]) == ("CONFIRMED", "20261202T010000Z", "20261202T030000Z")
    calling.cancel(meeting, people["zone"], "改期")
    (last,) = check(feed(people["head"]))
    assert last["UID"] == first["UID"] and last["STATUS"] == "CANCELLED"
    assert int(last["SEQUENCE"]) > int(first["SEQUENCE"])


anything = st.text(max_size=100)
moments = st.datetimes(dt.datetime(2026, 10, 1), dt.datetime(2027, 6, 1), timezones=st.just(ZoneInfo("Asia/Shanghai")))


@pytest.mark.django_db
@example(title="\\N", place="C:\\New", start=dt.datetime(2026, 10, 1, tzinfo=ZoneInfo("Asia/Shanghai")), length=0)
@given(
    title=anything,
    place=st.text(max_size=80),
    start=moments,
    length=st.sampled_from([0, 0, 1, 59, 60, 86_400, 40 * 86_400]),
)
def test_whatever_the_form_takes_the_feed_gives_out_right(title, place, start, length):
    end = start + dt.timedelta(seconds=length)
    given_ = {"title": title, "place": place, "start": f"{start:%Y-%m-%dT%H:%M}", "end": f"{end:%Y-%m-%dT%H:%M}"}
    form = EventForm(given_)
    if not form.is_valid():
        return
    event: CalendarEvent = form.save(commit=False)
    entry = calendar.Entry("event", "event-1", event.title, event.start, event.end, event.place, "/office/calendar/1")
    made = icalendar.Calendar()
    made.add("prodid", "x")
    made.add("version", "2.0")
    made.add_component(calendar._component(entry, "https://q.example", NOW))
    (out,) = check(made.to_ical())
    assert ("DTEND" in out) == (event.end > event.start)
    read = next(iter(icalendar.Calendar.from_ical(made.to_ical()).walk("VEVENT")))
    assert str(read["summary"]) == calendar._plain(event.title)
    assert read.decoded("dtstart") == event.start


@given(
    st.lists(
        st.builds(
            calendar.Entry,
            kind=st.sampled_from(["meeting", "event", "step"]),
            uid=st.uuids().map(str),
            title=st.text(max_size=300),
            start=st.datetimes(dt.datetime(1951, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC))
            | st.dates(dt.date(1951, 1, 1), dt.date(2100, 1, 1)),
            end=st.none() | st.datetimes(dt.datetime(1951, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)),
            place=st.text(max_size=200),
            url=st.sampled_from(["", "/office/meetings/1/"]),
            cancelled=st.booleans(),
            revision=st.integers(0, 10**6),
            simulated=st.booleans(),
        ),
        max_size=5,
    )
)
def test_any_entries_make_a_right_calendar(entries):
    made = icalendar.Calendar()
    made.add("prodid", "-//Qiangqu//zh-CN")
    made.add("version", "2.0")
    made.add_component(calendar._zone())
    for one in entries:
        made.add_component(calendar._component(one, "https://q.example", timezone.now()))
    events = check(made.to_ical())
    assert [event["UID"] for event in events] == [f"{one.uid}@qiangqu" for one in entries]
    assert len(icalendar.Calendar.from_ical(made.to_ical()).walk("VEVENT")) == len(entries)


@pytest.mark.parametrize("year", ["0001", "1900", "2500", "9999"])
def test_a_year_out_of_reach_is_refused_with_a_sentence(client, office, year):  # noqa: F811
    client.force_login(office["people"]["zone"])
    sent = {"title": "远", "start": f"{year}-01-01T00:00", "end": f"{year}-01-01T00:00"}
    assert client.post(reverse("calendar-event-new"), sent).status_code == 422
