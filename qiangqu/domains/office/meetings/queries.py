"""Which meetings a list holds."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from qiangqu.base.visibility import visible

from ..models.meetings import Meeting
from .terms import MeetingState


def listed(user: Any, which: str, below: str = "") -> QuerySet[Meeting]:
    """``ahead``: planned and not over; ``mine``: to which the user (or who sends him) is invited; ``past``:
    held; else all. ``below`` is the path of a subtree ("": wherever he sees them)."""
    found = visible(Meeting.objects.all(), user)
    match which:
        case "ahead":
            found = found.filter(end__gte=timezone.now(), state=MeetingState.PLANNED)
        case "mine":
            found = found.filter(Q(invitations__user=user) | Q(invitations__delegate=user)).distinct()
        case "past":
            found = found.filter(state=MeetingState.HELD)
    return found.filter(body__area__path__startswith=below) if below else found
