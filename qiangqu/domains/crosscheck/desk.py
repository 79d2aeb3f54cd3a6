"""The work desk: doubts that wait for whoever cross-checks, and questions that wait for the enterprise."""

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.visibility import own_organisations, seen
from qiangqu.ui.desk import LINES, Card, Figure, Line, Look
from qiangqu.ui.lists.columns import shown

from .models import OPEN, Doubt, DoubtState


def doubts(look: Look) -> Card | None:
    """Open doubts of the area, those over their date first. None where there are none."""
    today = look.day or timezone.localdate(look.now)
    rows = seen(Doubt.objects.filter(state__in=OPEN), look.user, look.within)
    counts = rows.aggregate(
        many=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today)), new=Count("pk", filter=Q(state=DoubtState.NEW))
    )
    if not counts["many"]:
        return None
    page = reverse("crosscheck-doubts")
    found = rows.defer("course").select_related("organisation").order_by("due_on", "-score", "pk")[:LINES]
    lines = [
        Line(
            str(one.organisation), reverse("crosscheck-doubt", args=[one.pk]), f"{one.get_what_display()} {one.months}",
            str(one.get_state_display()), "red" if one.due_on and one.due_on < today else "amber", shown(one.due_on), one.simulated,
        )
        for one in found
    ]  # fmt: skip
    figures = [
        Figure(_("已过期限"), f"{counts['late']:,}", page, "red" if counts["late"] else ""),
        Figure(_("新疑点"), f"{counts['new']:,}", f"{page}?state=new", "amber" if counts["new"] else ""),
    ]
    return Card(_("数据核查"), page, lines, figures, icon="scale")


def questions(look: Look) -> Card | None:
    """What the enterprise was asked about its figures and has still to explain. None where nothing is asked."""
    own = own_organisations(look.user)
    if not own:
        return None
    rows = Doubt.objects.filter(organisation__in=own, state=DoubtState.ASKED).defer("course").order_by("due_on", "pk")
    found = list(rows[:LINES])
    if not found:
        return None
    lines = [
        Line(
            one.question, reverse("crosscheck-doubt", args=[one.pk]), one.months, str(_("请说明")), "amber",
            shown(one.due_on), one.simulated,
        )
        for one in found
    ]  # fmt: skip
    return Card(_("数据询问"), lines[0].url, lines, icon="scale")
