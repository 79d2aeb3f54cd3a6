"""The work desk's cards of cases: what is to be done, and what he who supervises has to look after."""

import datetime as dt

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.visibility import in_subtree, visible
from qiangqu.registry.roles import Action
from qiangqu.ui.desk import LINES, Card, Figure, Line, Look
from qiangqu.ui.lists.columns import shown

from .listing import SHOWN, counts, desks, in_hand, next_steps, owed, with_all
from .models import Case, CaseStatus, Light, Opinion, Step

TONES = {Light.GREEN: "green", Light.YELLOW: "amber", Light.RED: "red"}


def todo(look: Look) -> Card | None:
    """Steps that wait on his desks or in his hands and countersignatures asked of him, the next deadline
    first.
    """
    today = timezone.localdate(look.now)
    waits, held = (next_steps(parts, SHOWN + 1) for parts in (desks(look.user), [in_hand(look.user)]))
    opinions = list(owed(look.user)[: LINES + 1])
    # what was read tells how many there are, unless there are more
    every = len(waits) <= SHOWN and len(opinions) <= LINES
    found = {"todo": len(waits) + len(opinions), "doing": len(held)} if every else counts(look.user)
    # what he signed for stays his when his post moves away, but its page is no longer his to open
    mine = Step.objects.filter(pk__in=held[:LINES]).values("case")
    seen = visible(Case.objects.filter(pk__in=mine), look.user).values_list("pk", flat=True) if held else []
    steps = with_all(Step.objects.filter(Q(pk__in=waits[:LINES]) | Q(pk__in=held[:LINES], case__in=list(seen))))
    ordered = sorted(steps, key=lambda step: (step.due_on is None, step.due_on or today, step.pk))[:LINES]
    lines = [_countersign(opinion) for opinion in opinions[:LINES]]
    lines += [_step(step, today) for step in ordered[: LINES - len(lines)]]
    late = sum(step.due_on is not None and step.due_on < today for step in ordered)
    work = reverse("cases-work")
    figures = [
        Figure(_("待办"), str(found["todo"]), work, "red" if late else ""),
        Figure(_("在办"), str(found["doing"]), f"{work}?list=doing"),
    ]
    return Card(_("我的办件"), work, lines, figures, _("没有等您办理的事项。"))


def _countersign(opinion: Opinion) -> Line:
    case = opinion.case
    return Line(
        case.title, reverse("cases-case", args=[case.number]), f"{case.kind.name} · {case.number}", _("会签"), "blue",
        simulated=case.simulated,
    )  # fmt: skip


def _step(step: Step, today: dt.date) -> Line:
    case = step.case
    late = step.due_on is not None and step.due_on < today
    # the light is the whole case's: it may be late though this step has time
    word = _("全程超期") if case.light == Light.RED else str(case.get_light_display())
    return Line(
        case.title,
        reverse("cases-case", args=[case.number]),
        f"{step.name} · {case.number}",
        _("超期") if late else word,
        "red" if late else TONES[Light(case.light)],
        shown(step.due_on) if step.due_on else "",
        case.simulated,
    )


def supervised(look: Look) -> Card | None:
    """Cases of his area whose light is red or yellow."""
    running = Case.objects.filter(status__in=[CaseStatus.OPEN, CaseStatus.SUSPENDED]).exclude(light=Light.GREEN)
    found = visible(running, look.user, Action.SUPERVISE_CASES)
    if look.within is not None:
        found = in_subtree(found, look.within.path)
    watch = f"{reverse('cases-work')}?list=watch"
    lights = dict.fromkeys((Light.RED, Light.YELLOW), 0)
    for light in found.values_list("light", flat=True):
        lights[Light(light)] += 1
    lines = [
        Line(
            case.title,
            reverse("cases-case", args=[case.number]),
            f"{case.kind.name} · {case.area.short_name}",
            str(case.get_light_display()),
            TONES[Light(case.light)],
            shown(case.due_on) if case.due_on else "",
            case.simulated,
        )
        for case in found.select_related("kind", "area")
        .defer("state", "data")
        .order_by("light", "due_on", "pk")[:LINES]
    ]
    figures = [
        Figure(str(light.label), str(many), f"{watch}&light={light}", TONES[light]) for light, many in lights.items()
    ]
    return Card(_("督办"), watch, lines, figures, _("辖区内没有预警或超期的办件。"), icon="eye-check")
