"""Who sees which meetings: those of his area's subtree, and those to which he (or the one who sends him) is
invited.
"""

from typing import Any

from django.db.models import QuerySet

from qiangqu.base.visibility import areas_of
from qiangqu.records.finding import Findable
from qiangqu.registry.models import KEEPERS, Area, Post, Role, User
from qiangqu.registry.roles import Action

from ..models.meetings import Meeting, MeetingRoom

FOUND = Findable(
    model=Meeting,
    page="meeting",
    related=("body__area", "room", "chair", "minutes", "created_by"),
    detail=lambda one: f"{one.when} · {one.where}",
    beside=("room",),
    order="-start",
)
meeting_for = FOUND.one


def rooms_of(user: Any) -> "QuerySet[MeetingRoom]":
    """Rooms that the user's office can take: those of its own area."""
    return MeetingRoom.objects.filter(area__in=areas_of(user, Action.KEEP_DOCUMENTS), valid_to=None)


def guests(area: Area) -> "QuerySet[User]":
    """Who can be invited to a meeting of ``area``: people of the region that do office work; their names are
    no secret within it.
    """
    top = area.path.strip("/").split("/")[0]
    posts = Post.objects.in_force().filter(area__path__startswith=f"/{top}/")
    people = posts.exclude(role__in=(Role.ENTERPRISE, *KEEPERS)).values("user")
    return User.objects.filter(pk__in=people).by_area()
