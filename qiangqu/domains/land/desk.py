"""The work desk's cards of land: idle and little-used land that waits for somebody, and dates of contracts."""

import datetime as dt
from typing import Any

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.terms import listed
from qiangqu.base.visibility import seen
from qiangqu.ui.desk import LINES, Card, Figure, Line, Look
from qiangqu.ui.lists.columns import shown

from .idle import rule
from .models import Clue, ClueState, InfrastructureProject, Obligation, ObligationState, Promise, WorksStage
from .models.supply import UNKEPT
from .models.use import OPEN
from .standards import rules

BEHIND = 10  # percentage points behind the time, from which on the desk tells of it
MOST_WORKS = 1000  # projects that are looked at


def clues(look: Look) -> Card | None:
    """What somebody has taken up and is due, one by one; then what was found and waits, a line for each rule with how
    many parcels and how much land. None where nothing has been found.
    """
    found = seen(Clue.objects.filter(state__in=OPEN), look.user, look.within)
    page, today = reverse("land-clues"), look.day or timezone.localdate(look.now)
    new = found.filter(state=ClueState.SUSPECTED)
    groups = list(
        new.order_by()
        .values("rule")
        .annotate(many=Count("pk"), mu=Sum("parcel__land_area"), real=Count("pk", filter=Q(simulated=False)))
        .order_by("-mu")
    )
    taken = found.exclude(state=ClueState.SUSPECTED)
    rows = list(
        taken.exclude(due_on=None).select_related("parcel__holder").order_by("due_on", "-parcel__land_area")[:LINES]
    )
    counts = taken.aggregate(many=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today)))
    if not groups and not counts["many"]:
        return None
    room = max(LINES - len(groups), LINES // 2)
    lines = [
        Line(
            str(one.parcel.holder or one.parcel), reverse("land-clue", args=[one.pk]), rule(one.rule)["title"], one.get_state_display(),
            "red" if one.due_on and one.due_on < today else "amber", shown(one.due_on), one.simulated,
        )
        for one in rows[:room]
    ]  # fmt: skip
    lines += [
        Line(
            str(rule(one["rule"])["title"]), f"{page}?state=suspected&rule={one['rule']}", _("新线索"), _("%(many)s 宗") % {"many": f"{one['many']:,}"},
            "amber", f"{one['mu']:,.0f} {_('亩')}", not one["real"],
        )
        for one in groups[: LINES - len(lines)]
    ]  # fmt: skip
    figures = [
        Figure(_("已过期限"), f"{counts['late']:,}", page, "red" if counts["late"] else ""),
        Figure(_("办理中"), f"{counts['many']:,}", page),
        Figure(
            _("新线索"), f"{sum(one['many'] for one in groups):,}", f"{page}?state=suspected", "amber" if groups else ""
        ),
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
        late=Count("contract", filter=late, distinct=True),
        short=Count("contract", filter=Q(state=ObligationState.SHORT), distinct=True),
        ends=Count("contract", filter=ends & ~late, distinct=True),
    )
    ahead = standing.exclude(late).filter(Q(due_on__lte=soon) | ends)
    rows = _by_contract(ahead.order_by("due_on", "pk"))
    # the newest of what is over: the old ones are known, and stand in the list
    over = _by_contract(standing.filter(late).order_by("-due_on", "pk"))
    if not rows and not over:
        return None
    page = reverse("land-promises")
    chosen = [*over[: max(LINES // 2, LINES - len(rows))], *rows][:LINES]
    lines = [
        Line(
            str(held[0].contract.parcel.holder or held[0].contract.parcel), reverse("land-promise", args=[held[0].pk]),
            listed(str(one.get_kind_display()) for one in held), _("已过期限") if held[0].late(today) else _("将到期"),
            "red" if held[0].late(today) else "amber", shown(held[0].due_on), held[0].simulated,
        )
        for held in chosen
    ]  # fmt: skip
    figures = [
        Figure(_("已过期限"), f"{counts['late']:,}", f"{page}?list=late", "red" if counts["late"] else ""),
        Figure(_("未达约定"), f"{counts['short']:,}", f"{page}?state=short", "red" if counts["short"] else ""),
        Figure(_("将到期或转出让"), f"{counts['ends']:,}", f"{page}?kind=end", "amber" if counts["ends"] else ""),
    ]
    return Card(_("土地合同的约定"), page, lines, figures, icon="calendar-due")


def _by_contract(rows: Any) -> list[list[Obligation]]:
    """The first obligations of ``rows``, those of one contract that are due on one day together."""
    found: dict[tuple[int, Any], list[Obligation]] = {}
    for one in rows.select_related("contract__parcel__holder")[: LINES * 5]:
        found.setdefault((one.contract_id, one.due_on), []).append(one)
    return list(found.values())[:LINES]


def works(look: Look) -> Card | None:
    """Infrastructure projects that are furthest behind the time that is over, or held up by something. None where none
    is.
    """
    today = look.day or timezone.localdate(look.now)
    rows = seen(InfrastructureProject.objects.filter(valid_to=None, finished_on=None), look.user, look.within)
    under_way = rows.exclude(stage=WorksStage.RESERVE).filter(Q(start_by__lte=today) | ~Q(blocked_by=""))
    found = [(one.behind(today) or 0.0, one) for one in under_way.order_by("code")[:MOST_WORKS]]
    late = sorted(
        (pair for pair in found if pair[0] > BEHIND or pair[1].blocked_by), key=lambda pair: (-pair[0], pair[1].code)
    )
    if not late:
        return None
    page = reverse("infrastructure-list")
    lines = [
        Line(
            one.name, reverse("infrastructure-detail", args=[one.pk]), one.blocked_by or str(one.get_stage_display()), one.standing,
            "red" if gap > 2 * BEHIND else "amber", f"{one.progress:.0f} %", one.simulated,
        )
        for gap, one in late[:LINES]
    ]  # fmt: skip
    return Card(_("基础设施项目"), page, lines, [Figure(_("落后或受阻"), f"{len(late):,}", page, "amber")], icon="road")
