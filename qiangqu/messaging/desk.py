"""The work desk's card of messages that the user has not read."""

from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.ui.desk import LINES, Card, Figure, Line, Look
from qiangqu.ui.lists.columns import shown

from .notify import KNOWN_TOPICS, unread


def messages(look: Look) -> Card:
    """The newest ones. Each leads to the inbox, which marks it read and goes on to what it is about."""
    found, inbox = unread(look.user), reverse("messages")
    lines = [
        Line(one.subject, inbox, str(KNOWN_TOPICS.get(one.topic, "")), value=shown(one.at))
        for one in found.order_by("-at", "-pk")[:LINES]
    ]
    figures = [Figure(_("未读"), str(found.count()), inbox)]
    return Card(_("消息"), inbox, lines, figures, _("没有未读消息。"), icon="bell")
