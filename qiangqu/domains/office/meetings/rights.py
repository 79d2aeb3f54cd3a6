"""What a user may do with a meeting as it stands. Each act holds the same rule again when it is done."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from qiangqu.base.visibility import covers
from qiangqu.registry.roles import Action

from ..documents.access import keeps
from ..models import Meeting, MeetingState


@dataclass(frozen=True, slots=True)
class Rights:
    """The acts that are open to somebody."""

    edit: bool
    answer: bool
    hold: bool
    resolve: bool
    minutes: bool
    supervise: bool
    invite: bool


def rights(one: Meeting, user: Any) -> Rights:
    """The office of its body calls, holds and minutes it; whoever is invited answers while it is ahead."""
    mine = keeps(user, one.body)
    ahead, held = one.state == MeetingState.PLANNED, one.state == MeetingState.HELD
    stands = one.state != MeetingState.CANCELLED
    return Rights(
        edit=mine and ahead,
        answer=ahead and one.invitations.filter(user=user.pk).exists(),
        hold=mine and stands and one.start <= timezone.now() and one.minutes_id is None,
        resolve=mine and held,
        minutes=mine and held and one.minutes_id is None,
        supervise=covers(user, one.body.area.path, Action.SUPERVISE_CASES),
        invite=mine and stands,
    )
