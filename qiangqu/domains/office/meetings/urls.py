from django.urls import URLPattern, path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui.lists import urls

from .listing import MEETINGS
from .pages import calendar, meetings

urlpatterns: list[URLPattern] = [
    *urls(MEETINGS, "meetings/", require(Action.OFFICE)),
    path("meetings/rooms", meetings.rooms, name="meeting-rooms"),
    path("meetings/new", meetings.new, name="meeting-new"),
    path("meetings/<int:pk>/edit", meetings.edit, name="meeting-edit"),
    *meetings.MEETING.urls("meetings/"),
    path("calendar/", calendar.month, name="calendar"),
    path("calendar/events/new", calendar.event, name="calendar-event-new"),
    path("calendar/events/<int:pk>", calendar.event, name="calendar-event"),
    path("calendar/subscription", calendar.subscription, name="calendar-subscription"),
    path("calendar/<str:token>.ics", calendar.feed, name="calendar-feed"),
]
