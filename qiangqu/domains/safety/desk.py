"""The work desk's cards: where one is sent (without names), draws that wait for their next step, hazards, checks of risk
points that are due."""

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.visibility import own_organisations, seen, visible
from qiangqu.registry.models.history import alive_on
from qiangqu.registry.roles import Action
from qiangqu.ui.desk import LINES, Card, Figure, Line, Look
from qiangqu.ui.lists.columns import shown

from .breaches import without_case
from .drawing import limit_of
from .hazards import OPEN, days_over, late_on, overdue
from .models.hazards import Hazard
from .models.inspections import Draw, Visit
from .models.permits import WorkPermit
from .models.risks import RiskPoint
from .queries import LONG, mine
from .risks import due, due_on, with_last_check
from .terms import DrawState, HazardGrade, HazardState, PermitState


def inspections(look: Look) -> Card | None:
    """None for whom nothing waits."""
    sent = list(mine(look.user).order_by("starts_at")[:LINES])
    lines = [_line(one, _("去检查"), "red", shown(one.starts_at)) for one in sent]
    waiting = visible(Draw.objects.defer(*LONG), look.user, Action.RUN_DRAWS)
    due = list(waiting.filter(state=DrawState.COMMITTED, value_due__lte=timezone.now()).order_by("value_due")[:LINES])
    lines += [_line(one, _("待抽取"), "amber", shown(one.value_due)) for one in due]
    open_ones = waiting.filter(state=DrawState.OPENED).prefetch_related("visits").order_by("starts_at")[:LINES]
    for one in open_ones:
        limit = limit_of(one)
        if limit is not None:
            late = limit < timezone.localdate()
            lines.append(_line(one, _("公示超期") if late else _("待公示"), "red" if late else "amber", shown(limit)))
    shown_states = (DrawState.OPENED, DrawState.PUBLISHED)
    breaches = visible(without_case(Visit.objects.filter(draw__state__in=shown_states)), look.user, Action.RUN_DRAWS)
    for visit in breaches.select_related("draw", "organisation").order_by("visited_on", "pk")[:LINES]:
        address, day = reverse("visit", args=[visit.pk]), shown(visit.visited_on)
        lines.append(
            Line(str(visit.organisation), address, visit.draw.number, _("待移送立案"), "red", day, visit.simulated)
        )
    if not lines:
        return None
    page = reverse("draws")
    return Card(_("抽查"), page, lines[:LINES], [Figure(_("项"), str(len(lines)), page)], icon="dice-5")


def _line(draw: Draw, word: str, colour: str, when: str) -> Line:
    return Line(draw.title, reverse("draw", args=[draw.pk]), draw.number, word, colour, when, draw.simulated)


def hazards(look: Look) -> Card | None:
    """What waits for the user: to be rectified by who speaks for an enterprise, to be re-checked by others; the late ones
    first. None where there are no hazards."""
    today = timezone.localdate(look.now)
    found = seen(Hazard.objects.filter(state__in=OPEN), look.user, look.within)
    own = own_organisations(look.user, Action.REPORT_HAZARDS)
    todo = found.filter(state=HazardState.OPEN) if own else found
    if not own:
        todo = (overdue(found, today) | found.filter(state=HazardState.RECTIFIED)).exclude(worked_by=look.user.pk)
    many = todo.count()
    if not many and not found.exists():
        return None
    page = reverse("hazards")
    lines = [
        _hazard_line(one, days_over(one, today))
        for one in todo.select_related("organisation").order_by("state", "due_on", "-found_at")[:LINES]
    ]
    late = overdue(found, today).count()
    figures = [Figure(_("待办"), f"{many:,}", page)]
    if late:
        figures.append(Figure(_("超期"), f"{late:,}", f"{page}?list=late", "red"))
    return Card(_("隐患"), page, lines, figures, _("没有等您办的隐患。"), icon="alert-triangle")


def _hazard_line(one: Hazard, over: int) -> Line:
    word = _("超期 %(days)s 天") % {"days": over} if over else str(one.get_state_display())
    tone = "red" if over or one.grade == HazardGrade.MAJOR else "amber"
    when = shown(one.due_on) if one.due_on else ""
    return Line(one.title, reverse("hazard", args=[one.pk]), str(one.organisation), word, tone, when, one.simulated)


def hazard_state(look: Look) -> Card | None:
    """How hazards stand in the area: open, late, major, repeated. None without any."""
    found = seen(Hazard.objects.exclude(state=HazardState.VOID), look.user, look.within)
    today, page = look.day or timezone.localdate(look.now), reverse("hazards")
    major = Q(state__in=OPEN, grade=HazardGrade.MAJOR)
    counted = {
        "left": Q(state__in=OPEN),
        "late": late_on(today),
        "major": major,
        "repeated": Q(repeat_of__isnull=False),
    }
    many = found.aggregate(every=Count("pk"), **{name: Count("pk", filter=which) for name, which in counted.items()})
    if not many["every"]:
        return None
    figures = [
        Figure(_("未销号"), f"{many['left']:,}", page),
        Figure(_("超期"), f"{many['late']:,}", f"{page}?list=late", "red" if many["late"] else ""),
        Figure(_("重大"), f"{many['major']:,}", f"{page}?grade=major", "red" if many["major"] else ""),
        Figure(_("重复"), f"{many['repeated']:,}", f"{page}?list=repeated"),
    ]
    lines = [
        _hazard_line(one, days_over(one, today))
        for one in found.filter(major).select_related("organisation").order_by("due_on")[:LINES]
    ]
    return Card(_("隐患治理"), page, lines, figures, _("没有未销号的重大隐患。"), icon="alert-triangle")


def risk_checks(look: Look) -> Card | None:
    """Risk points that are to be checked by today, the latest first. None where there are no risk points."""
    today = timezone.localdate(look.now)
    rows = seen(alive_on(RiskPoint.objects.only("code", "valid_from", "check_days"), today), look.user, look.within)
    points = list(with_last_check(rows).order_by())
    if not points:
        return None
    found, page = due(points, today), reverse("risk-points-list")
    first = with_last_check(RiskPoint.objects.filter(pk__in=[one.pk for one in found[:LINES]]))
    lines = []
    for one in due(first.select_related("organisation"), today):
        days = (today - due_on(one)).days
        word = _("超期 %(days)s 天") % {"days": days} if days else _("今天")
        address = reverse("risk-point", args=[one.pk])
        lines.append(
            Line(one.name, address, str(one.organisation), word, "red" if days else "amber", simulated=one.simulated)
        )
    figures = [Figure(_("应查"), f"{len(found):,}", page, "amber" if found else "")]
    return Card(_("风险点检查"), page, lines, figures, _("风险点都已按期检查。"), icon="map-pin")


def work_permits(look: Look) -> Card | None:
    """Permits under way: the suspended and overdue ones first, then those that wait for steps. None without any."""
    late = (PermitState.SUSPENDED, PermitState.EXPIRED)
    found = seen(
        WorkPermit.objects.exclude(state__in=(PermitState.CLOSED, PermitState.CANCELLED)), look.user, look.within
    )
    many = found.count()
    if not many:
        return None
    page, stopped = reverse("work-permits"), found.filter(state__in=late)
    rows = [*stopped.select_related("organisation").order_by("-suspended_at")[:LINES]]
    rows += found.exclude(state__in=late).select_related("organisation").order_by("planned_from")[: LINES - len(rows)]
    tones = {"working": "green", "suspended": "red", "expired": "red"}
    lines = [
        Line(
            one.work, reverse("work-permit", args=[one.pk]), f"{one.organisation} · {one.get_kind_display()}", str(one.get_state_display()),
            tones.get(one.state, "blue"), shown(one.valid_to or one.planned_to), one.simulated,
        )
        for one in rows
    ]  # fmt: skip
    figures = [Figure(_("在办"), f"{many:,}", page)]
    if stops := stopped.count():
        figures.append(Figure(_("停止作业"), f"{stops:,}", f"{page}?state=suspended", "red"))
    return Card(_("特殊作业"), page, lines, figures, icon="flame")
