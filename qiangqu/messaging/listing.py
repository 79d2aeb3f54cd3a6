"""The list of one's own messages."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.visibility import visible
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing

from .models import Message
from .notify import KNOWN_TOPICS

SHOWN = 200  # characters of a message's text


def _rows(asked: Asked) -> Any:
    """One's own messages, by the day that is looked at."""
    rows = visible(Message.objects.all(), asked.user)
    return rows.filter(at__lt=lists.end_of(asked.day)) if asked.day else rows


def _open(row: Message) -> Any:
    """The button that marks a message as read and leads to what it is about; its form stands beside the
    list.
    """
    return format_html(
        '<button class="btn btn-sm" form="messages-read" formaction="{}">{}</button>',
        reverse("messages-read", args=[row.pk]),
        _("打开") if row.url else _("已读"),
    )


def _columns(asked: Asked) -> list[Column]:
    def field(name: str, **more: Any) -> Column:
        return lists.column(Message, name, **more)

    return [
        field("subject", role=lists.NAME, verbatim=True, note=lambda row: Truncator(row.text).chars(SHOWN), width=60),
        Column("topic", _("类别"), lambda row: str(KNOWN_TOPICS.get(row.topic, "")), sort=("topic",)),
        Column(
            "state", _("状态"), lambda row: _("已读") if row.read_at else _("未读"), sort=("read_at",), role=lists.STATE,
            badge=lambda row: "grey" if row.read_at else "blue",
        ),
        field("at", role=lists.DATE),
        field("text", shown=False, verbatim=True, width=60),
        Column("open", _("操作"), lambda row: "", html=_open, excel=False),
    ]  # fmt: skip


MESSAGES = Listing(
    code="messages",
    page="messages",
    title=gettext_lazy("消息"),
    rows=_rows,
    columns=_columns,
    filters=lambda asked: (
        lists.choice(
            "unread", _("状态"), [("1", _("只看未读"))], how=lambda rows, given: rows.filter(read_at=None) if given else rows
        )
        | lists.choice("topic", _("类别"), sorted((key, str(word)) for key, word in KNOWN_TOPICS.items()))
        | lists.days("at", _("时间"), moments=True)
    ),
    search=("subject", "text"),
    search_label=gettext_lazy("标题或内容"),
    order=("-id",),
    simulated=lambda row: row.simulated,
    empty=gettext_lazy("没有消息"),
    empty_icon="bell",
    template="messaging/inbox.html",
    size=50,
)  # fmt: skip
