"""Cards of the work desk: events under way (and whether one has answered), what is wanted of one's stores, what is due."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.base.visibility import in_subtree, reach, visible, within
from qiangqu.registry.roles import Action
from qiangqu.ui.desk import LINES, Card, Figure, Line, Look
from qiangqu.ui.lists.columns import shown

from .models import Answer, EmergencyEvent, EventCall, EventState, RequestState, ResourceRequest
from .periodic import due_batches, due_equipment, due_plans


def events(look: Look) -> Card | None:
    """Events under way; None while there are none."""
    rows = visible(EmergencyEvent.objects.filter(state=EventState.OPEN), look.user)
    rows = in_subtree(rows, look.within.path) if look.within is not None else rows
    found = list(rows.select_related("area").order_by("grade", "-opened_at")[:LINES])
    if not found:
        return None
    unanswered = set(
        EventCall.objects.filter(event__in=found, user=look.user.pk, answer=Answer.NONE).values_list("event", flat=True)
    )
    lines = [
        Line(
            one.title, reverse("emergency-event", args=[one.pk]), f"{one.area} · {one.get_grade_display()}",
            _("请答复") if one.pk in unanswered else _("处置中"), "red", shown(one.happened_at), one.simulated,
        )
        for one in found
    ]  # fmt: skip
    page = reverse("emergency-events")
    return Card(_("突发事件"), page, lines, [Figure(_("起"), str(rows.count()), page, "red")], icon="urgent")


def stores(look: Look) -> Card | None:
    """What events want of the stores that one keeps, and what is due there."""
    tops = reach(look.user, Action.KEEP_EMERGENCY)
    kept = ("team__place__area__path", "equipment__place__area__path", "batch__place__area__path")
    asked = ResourceRequest.objects.filter(within(kept, tops), state=RequestState.ASKED).select_related(
        "event", "team__place", "equipment__place", "batch__place", "batch__item"
    )
    lines = [
        Line(
            one.title, reverse("resource-request", args=[one.pk]), one.event.title, _("待交付"), "red", shown(one.asked_at),
            one.simulated,
        )
        for one in asked.order_by("asked_at")[:LINES]
    ]  # fmt: skip
    day = look.day or look.now.date()
    for rows, name, word, field in (
        (due_plans(day), "emergency-plans-detail", _("修订到期"), "review_due"),
        (due_batches(day), "supply-batch", _("物资到期"), "expires_on"),
        (due_equipment(day), "emergency-equipment-detail", _("检验到期"), "inspect_due"),
    ):
        mine = visible(rows, look.user, Action.KEEP_EMERGENCY).order_by(field)
        for one in mine[: max(0, LINES - len(lines))]:
            until = getattr(one, field) or getattr(one, "inspect_due", None)
            tone = "red" if until is not None and until < day else "amber"
            lines.append(
                Line(
                    str(one),
                    reverse(name, args=[one.pk]),
                    str(getattr(one, "place", "")),
                    word,
                    tone,
                    shown(until),
                    one.simulated,
                )
            )
    if not lines:
        return None
    page = reverse("supply-stock")
    figure = Figure(_("待交付"), str(asked.filter(~Q(event=None)).count()), page)
    return Card(_("应急储备"), page, lines[:LINES], [figure], icon="first-aid-kit")
