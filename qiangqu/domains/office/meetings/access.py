"""Who sees which meetings: those of his area's subtree, and those to which he (or the one who sends him) is
invited.
"""

from typing import Any

from django.db.models import QuerySet

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import areas_of, visible
from qiangqu.registry.models import Area, Post, Role, User
from qiangqu.registry.roles import Action

from ..models import Meeting, MeetingRoom


def meeting_for(user: Any, pk: int) -> Meeting:
    """One meeting. Raises NotFoundError whether it is not there or not his to see."""
    found = (
        visible(Meeting.objects.all(), user)
        .select_related("body__area", "room", "chair", "minutes", "created_by")
        .filter(pk=pk)
    )
    meeting = found.first()
    if meeting is None:
        raise NotFoundError("没有这个会议，或您无权查看", where=str(pk))
    return meeting


def rooms_of(user: Any) -> "QuerySet[MeetingRoom]":
    """Rooms that the user's office can take: those of its own area."""
    return MeetingRoom.objects.filter(area__in=areas_of(user, Action.KEEP_DOCUMENTS), valid_to=None)


def guests(area: Area) -> "QuerySet[User]":
    """Who can be invited to a meeting of ``area``: people of the region that do office work; their names are
    no secret within it.
    """
    top = area.path.strip("/").split("/")[0]
    posts = Post.objects.in_force().filter(area__path__startswith=f"/{top}/")
    people = posts.exclude(role__in=(Role.ENTERPRISE, Role.ADMIN)).values("user")
    return User.objects.filter(pk__in=people).by_area()
