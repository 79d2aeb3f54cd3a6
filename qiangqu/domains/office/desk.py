"""The work desk's cards of office work: the calendar of the next days, and documents that other bodies sent."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.ui.desk import LINES, Card, Figure, Line, Look
from qiangqu.ui.lists.columns import shown

from .documents.incoming import waiting
from .meetings.calendar import Entry, entries

AHEAD = dt.timedelta(days=7)
SORTS = {"meeting": "blue", "event": "grey", "read": "amber"}


def agenda(look: Look) -> Card:
    """Meetings, own events and papers to be read by a day, of the next seven days."""
    today = look.day or timezone.localdate(look.now)
    found = [one for one in entries(look.user, today, today + AHEAD) if one.kind in SORTS and not one.cancelled]
    # steps of cases have a card of their own
    words = {"meeting": _("会议"), "event": _("日程"), "read": _("阅文")}
    lines = [
        Line(
            one.title, one.url, one.place, words[one.kind], SORTS[one.kind], _when(one, today), one.simulated
        )
        for one in found[:LINES]
    ]  # fmt: skip
    figures = [Figure(_("项"), str(len(found)), reverse("calendar"))]
    return Card(
        _("七天内的日程"), reverse("calendar"), lines, figures, _("七天内没有会议和日程。"), icon="calendar-event"
    )


def _when(one: Entry, today: dt.date) -> str:
    day = _("今天") if one.day == today else shown(one.day)[5:]
    return f"{day} {one.hour}".strip()


def inbox(look: Look) -> Card | None:
    """None for whose bodies nothing waits: few people sign for documents."""
    found = waiting(look.user)
    rows = list(found[:LINES])
    if not rows:
        return None
    page = reverse("documents-inbox")
    lines = [
        Line(
            one.document.title, page, f"{one.document.body} → {one.to}", _("待签收"), "amber", shown(one.sent_at),
            one.document.simulated,
        )
        for one in rows
    ]  # fmt: skip
    return Card(_("待签收公文"), page, lines, [Figure(_("件"), str(found.count()), page, "amber")], icon="mailbox")
