"""What meetings hang into the platform: menu entries, words of the audit trail, reminders, search."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _


def _end_feed(sender: Any, user: Any, **more: Any) -> None:
    from .calendar import end_feed

    end_feed(user)


def register() -> None:
    """Called once when the app is ready."""
    from qiangqu.base import jobs
    from qiangqu.cases import subjects
    from qiangqu.messaging.notify import name_topics
    from qiangqu.registry import audit
    from qiangqu.registry.models import access_ended
    from qiangqu.registry.roles import Action
    from qiangqu.ui import menu, search

    menu.register(
        menu.MenuItem(
            "办公",
            _("会议"),
            "meetings",
            20,
            Action.OFFICE,
            ("meeting", "meeting-new", "meeting-edit", "meeting-supervise"),
        ),
        menu.MenuItem("办公", _("日程"), "calendar", 30, Action.OFFICE, ("calendar-event",)),
        menu.MenuItem("办公", _("会议室"), "meeting-rooms-list", 61, Action.OFFICE, ("meeting-rooms-",)),
    )
    access_ended.connect(_end_feed, dispatch_uid="meetings-feed")
    name_topics({"meetings": _("会议")})
    audit.name_actions(
        {
            "meeting_called": _("登记会议"),
            "meeting_changed": _("修改会议"),
            "meeting_invited": _("邀请参会"),
            "meeting_answered": _("答复参会"),
            "meeting_cancelled": _("取消会议"),
            "meeting_held": _("记到会情况"),
            "meeting_resolved": _("记议定事项"),
            "meeting_minutes": _("起草纪要"),
            "calendar_event_saved": _("保存日程"),
            "calendar_event_deleted": _("删除日程"),
            "calendar_feed_made": _("生成日历订阅"),
            "calendar_feed_ended": _("停用日历订阅"),
        }
    )
    jobs.register("meetings-tomorrow", dt.timedelta(days=1), _remind, at=dt.time(16, 0))
    subjects.name_subjects("meeting", _link)
    search.register("meetings", _find, 17)


def _remind(now: dt.datetime) -> str:
    from .calendar import remind_tomorrow

    return remind_tomorrow(now)


def _link(user: Any, rest: str) -> "tuple[str, str] | None":
    from django.urls import reverse

    from .access import visible_meetings

    pk = rest.split(":")[0]
    if not (pk.isascii() and pk.isdigit() and len(pk) < 12):
        return None
    found = visible_meetings(user).filter(pk=int(pk)).first()
    return (found.title, reverse("meeting", args=[found.pk])) if found is not None else None


def _find(text: str, user: Any, limit: int) -> Iterable[Any]:
    """Meetings by title."""
    from django.urls import reverse
    from django.utils.translation import gettext

    from qiangqu.ui.search import Hit

    from .access import visible_meetings
    from .calling import when

    found = visible_meetings(user).filter(title__contains=text).select_related("body", "room").order_by("-start")
    for one in found[:limit]:
        yield Hit(gettext("会议"), one.title, f"{when(one)} · {one.where}", reverse("meeting", args=[one.pk]))
