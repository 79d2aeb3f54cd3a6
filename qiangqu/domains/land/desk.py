"""The work desk's cards of land: idle and little-used land that waits for somebody, and dates of contracts."""

import datetime as dt

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.visibility import seen
from qiangqu.ui.desk import LINES, Card, Figure, Line, Look
from qiangqu.ui.lists.columns import shown

from .idle import rule
from .models import Clue, ClueState, Obligation, ObligationState, Promise
from .models.supply import UNKEPT
from .models.use import OPEN
from .standards import rules


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


def promises(look: Look) -> Card | None:
    """Promises of contracts that are over their date, or over the time given to mend them, or found short; then those
    that are due soon (the end of a lease or term, and its conversion, earlier). None where there is nothing.
    """
    today = look.day or timezone.localdate(look.now)
    known = rules()
    soon = today + dt.timedelta(days=known["ahead_days"])
    ends = Q(kind__in=(Promise.END, Promise.CONVERT), due_on__lte=today + dt.timedelta(days=known["expiry_days"]))
    standing = seen(Obligation.objects.filter(state__in=UNKEPT), look.user, look.within)
    late = Q(state=ObligationState.NOTICED, remedy_by__lt=today) | Q(
        ~Q(state=ObligationState.NOTICED), due_on__lt=today
    )
    counts = standing.aggregate(
        late=Count("pk", filter=late),
        short=Count("pk", filter=Q(state=ObligationState.SHORT)),
        ends=Count("pk", filter=ends & ~late),
    )
    ahead = standing.exclude(late).filter(Q(due_on__lte=soon) | ends)
    rows = list(ahead.select_related("contract__parcel__holder").order_by("due_on", "pk")[:LINES])
    # the newest of what is over: the old ones are known, and stand in the list
    over = list(standing.filter(late).select_related("contract__parcel__holder").order_by("-due_on", "pk")[:LINES])
    if not rows and not over:
        return None
    page = reverse("land-promises")
    half = LINES // 2
    chosen = [*over[: max(half, LINES - len(rows))], *rows][:LINES]
    lines = [
        Line(
            str(one.contract.parcel.holder or one.contract.parcel), reverse("land-promise", args=[one.pk]), one.contract.number,
            str(one.get_kind_display()), "red" if one.late(today) else "amber", shown(one.due_on), one.simulated,
        )
        for one in chosen
    ]  # fmt: skip
    figures = [
        Figure(_("已过期限"), f"{counts['late']:,}", f"{page}?list=late", "red" if counts["late"] else ""),
        Figure(_("未达约定"), f"{counts['short']:,}", f"{page}?state=short", "red" if counts["short"] else ""),
        Figure(_("将到期或转出让"), f"{counts['ends']:,}", f"{page}?kind=end", "amber" if counts["ends"] else ""),
    ]
    return Card(_("土地合同的约定"), page, lines, figures, icon="calendar-due")
