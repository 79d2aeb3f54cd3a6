"""When rooms are taken: seen by the whole office, for which meeting only by who sees that meeting."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from qiangqu.domains.office.documents.tests.conftest import office  # noqa: F401
from qiangqu.domains.office.meetings import calling, rooms

from .test_meetings import BASE, planned, room  # noqa: F401


@pytest.fixture
def booked(office, room):  # noqa: F811
    zone = office["people"]["zone"]
    calling.call(planned(office, BASE, room=room), [], zone)
    over_night = calling.call(
        planned(office, BASE + dt.timedelta(days=1), hours=20, room=room, title="过夜的会"), [], zone
    )
    gone = calling.call(planned(office, BASE + dt.timedelta(hours=4), room=room, title="取消的会"), [], zone)
    calling.cancel(gone, zone, "不开了")
    return over_night


def test_a_week_shows_what_each_room_is_taken_for(office, room, booked):  # noqa: F811
    first = timezone.localtime(BASE).date()
    week = rooms.week_of(office["people"]["zone"], first)
    [(found, days)] = week.rooms
    assert found == room and len(week.days) == 7
    titles = [[one.meeting.title for one in day if one.meeting] for day in days]
    night = 2 if timezone.localtime(booked.end).date() > timezone.localtime(booked.start).date() else 1
    assert titles[0] == ["园区调度会"] and sum("过夜的会" in day for day in titles) == night
    assert not any("取消的会" in day for day in titles)
    later = rooms.week_of(office["people"]["zone"], first + dt.timedelta(days=7))
    assert not any(any(day) for _room, found_days in later.rooms for day in found_days)


def test_who_does_not_see_the_meeting_sees_that_the_room_is_taken(office, room, booked, monkeypatch):  # noqa: F811
    monkeypatch.setattr(rooms, "visible", lambda rows, user: rows.none())
    [(_room, days)] = rooms.week_of(office["people"]["zone"], timezone.localtime(BASE).date()).rooms
    assert days[0] and all(one.meeting is None for day in days for one in day)


def test_the_page_and_what_is_no_day(client, office, room, booked):  # noqa: F811
    client.force_login(office["people"]["zone"])
    address = reverse("meeting-rooms")
    day = timezone.localtime(BASE).date()
    shown = client.get(address, {"from": day.isoformat()}).content.decode()
    assert "园区调度会" in shown and room.name in shown and rooms.monday_of(day).isoformat() in shown
    assert client.get(address, {"from": "昨天"}).status_code == 422
    assert client.get(address, {"from": "0001-01-01"}).status_code in (200, 422)
    assert client.get(address, {"from": "9999-12-31"}).status_code in (200, 422)
    client.force_login(office["people"]["neighbour"])
    assert "园区调度会" not in client.get(address, {"from": day.isoformat()}).content.decode()
