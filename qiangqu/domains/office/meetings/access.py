"""Who sees which meetings: those of his area's subtree, and those to which he (or the one who sends him) is invited."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from qiangqu.base.errors import NotFoundError
from qiangqu.registry.models import Area, Role, User
from qiangqu.registry.roles import Action, may

from ..models import Invitation, Meeting, MeetingRoom


def visible_meetings(user: Any) -> "QuerySet[Meeting]":
    """The meetings that ``user`` may see."""
    if not may(user, Action.OFFICE) or not user.scope_path:
        return Meeting.objects.none()
    asked = Invitation.objects.filter(Q(user=user) | Q(delegate=user), meeting=OuterRef("pk"))
    return Meeting.objects.annotate(asked=Exists(asked)).filter(
        Q(asked=True) | Q(chair=user) | Q(body__area__path__startswith=user.scope_path)
    )


def meeting_for(user: Any, pk: int) -> Meeting:
    """One meeting. Raises NotFoundError whether it is not there or not his to see."""
    found = visible_meetings(user).select_related("body__area", "room", "chair", "minutes", "created_by").filter(pk=pk)
    meeting = found.first()
    if meeting is None:
        raise NotFoundError("没有这个会议，或您无权查看", where=str(pk))
    return meeting


def rooms_of(user: Any) -> "QuerySet[MeetingRoom]":
    """Rooms that the user's office can take: those of its own area."""
    return MeetingRoom.objects.filter(area=user.area_id, valid_to=None) if user.area_id else MeetingRoom.objects.none()


def guests(area: Area) -> "QuerySet[User]":
    """Who can be invited to a meeting of ``area``: people of the region that do office work; their names are no secret within it."""
    top = area.path.strip("/").split("/")[0]
    people = User.objects.filter(is_active=True, area__path__startswith=f"/{top}/").exclude(
        role__in=(Role.ENTERPRISE, Role.ADMIN)
    )
    return people.select_related("area").order_by("area__path", "username")
