"""The work desk's cards of land: idle and little-used land that waits for somebody, and dates of contracts."""

import datetime as dt

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.visibility import seen
from qiangqu.ui.desk import LINES, Card, Figure, Line, Look
from qiangqu.ui.lists.columns import shown

from .handling import OPEN
from .idle import rule
from .models import Clue, ClueState, LandContract

AHEAD = dt.timedelta(days=60)
MOST_DATES = 500  # contracts that are looked at


def clues(look: Look) -> Card | None:
    """What is due first; None where nothing has been found."""
    found = seen(Clue.objects.filter(state__in=OPEN), look.user, look.within)
    many = found.count()
    if not many:
        return None
    page, today = reverse("land-clues"), look.day or timezone.localdate(look.now)
    rows = found.select_related("parcel__holder").order_by("due_on", "-parcel__land_area")[:LINES]
    lines = [
        Line(
            str(one.parcel.holder or one.parcel), reverse("land-clue", args=[one.pk]), rule(one.rule)["title"], one.get_state_display(),
            "red" if one.due_on and one.due_on < today else "amber", shown(one.due_on) if one.due_on else "", one.simulated,
        )
        for one in rows
    ]  # fmt: skip
    new = found.filter(state=ClueState.SUSPECTED).count()
    figures = [
        Figure(_("待处置"), f"{many:,}", page),
        Figure(_("新线索"), f"{new:,}", f"{page}?state=suspected", "amber" if new else ""),
    ]
    return Card(_("闲置低效用地"), page, lines, figures, icon="map-2")


def dates(look: Look) -> Card | None:
    """What contracts promise within the next :data:`AHEAD`, or promised and is not done: start, completion, end of a
    lease or term. None where there is nothing.
    """
    today = look.day or timezone.localdate(look.now)
    soon = today + AHEAD
    start = Q(start_by__lte=soon, started_on=None)
    finish = Q(finish_by__lte=soon, finished_on=None)
    ends = Q(ends_on__lte=soon)
    found = seen(LandContract.objects.filter(valid_to=None), look.user, look.within).filter(start | finish | ends)
    rows = list(found.select_related("parcel__holder").order_by("number")[:MOST_DATES])
    if not rows:
        return None
    due = sorted(((day, word, one) for one in rows for day, word in _due(one, soon)), key=lambda found: found[0])
    page = reverse("land-contracts-list")
    lines = [
        Line(
            str(one.parcel.holder or one.parcel), reverse("land-contracts-detail", args=[one.pk]), one.number, word,
            "red" if day < today else "amber", shown(day), one.simulated,
        )
        for day, word, one in due[:LINES]
    ]  # fmt: skip
    late = sum(1 for day, _word, _one in due if day < today)
    figures = [Figure(_("已过期限"), f"{late:,}", page, "red" if late else "")]
    return Card(_("土地合同的期限"), page, lines, figures, icon="calendar-due")


def _due(one: LandContract, soon: dt.date) -> list[tuple[dt.date, str]]:
    """The promises of a contract that are due by a day and not done."""
    promised = (
        (one.start_by, _("约定开工"), one.started_on),
        (one.finish_by, _("约定竣工"), one.finished_on),
        (one.ends_on, _("到期"), None),
    )
    return [(day, word) for day, word, done in promised if day is not None and day <= soon and done is None]
