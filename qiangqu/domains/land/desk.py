"""The work desk's card of idle and little-used land that waits for somebody."""

from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.base.visibility import seen
from qiangqu.ui.desk import LINES, Card, Figure, Line, Look
from qiangqu.ui.lists.columns import shown

from .handling import OPEN
from .idle import rule
from .models import Clue, ClueState


def clues(look: Look) -> Card | None:
    """What is due first; None where nothing has been found."""
    found = seen(Clue.objects.filter(state__in=OPEN), look.user, look.within)
    many = found.count()
    if not many:
        return None
    page, today = reverse("land-clues"), look.day or look.now.date()
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
