"""What meetings answer to other parts: the link of a case about one, the site's search, the end of a user's
calendar address.
"""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from qiangqu.base.numbers import natural
from qiangqu.base.visibility import visible
from qiangqu.ui.search import Hit

from ..models import Meeting
from .calendar import end_feed
from .calling import when


def on_access_ended(sender: Any, user: Any, **more: Any) -> None:
    """All that speaks for a user has ended: so does his calendar's address."""
    end_feed(user)


def link(user: Any, rest: str) -> "tuple[str, str] | None":
    found = visible(Meeting.objects.all(), user).filter(pk=natural(rest.split(":")[0]) or 0).first()
    return (found.title, reverse("meeting", args=[found.pk])) if found is not None else None


def find(text: str, user: Any, limit: int) -> Iterable[Any]:
    """Meetings by title."""
    found = (
        visible(Meeting.objects.all(), user)
        .filter(title__contains=text)
        .select_related("body", "room")
        .order_by("-start")
    )
    for one in found[:limit]:
        yield Hit(gettext("会议"), one.title, f"{when(one)} · {one.where}", reverse("meeting", args=[one.pk]))
