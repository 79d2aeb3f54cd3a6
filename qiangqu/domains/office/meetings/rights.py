"""Every act on meetings, and which of them are open to a user as a meeting stands."""

from typing import Any

from qiangqu.base.visibility import covers
from qiangqu.registry.roles import Action

from ..models.meetings import Meeting
from .calling import MEETINGS, cancel, change, invite
from .holding import answer, draft_minutes, hold, resolve

__all__ = ["MEETINGS", "answer", "cancel", "change", "draft_minutes", "hold", "invite", "resolve", "rights"]


def rights(one: Meeting, user: Any) -> dict[str, bool]:
    """The declared acts, and making a supervised task of what was decided."""
    return MEETINGS.open_to(user, one) | {"supervise": covers(user, one.body.area.path, Action.SUPERVISE_CASES)}
