"""The work desk's card: where one is sent (without names), and draws that wait for their next step."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.visibility import visible
from qiangqu.registry.roles import Action
from qiangqu.ui.desk import LINES, Card, Figure, Line, Look
from qiangqu.ui.lists.columns import shown

from .models import Draw, DrawState
from .queries import LONG, mine


def inspections(look: Look) -> Card | None:
    """None for whom nothing waits."""
    sent = list(mine(look.user).order_by("starts_at")[:LINES])
    lines = [_line(one, _("去检查"), "red", shown(one.starts_at)) for one in sent]
    waiting = visible(Draw.objects.defer(*LONG), look.user, Action.RUN_DRAWS)
    due = list(waiting.filter(state=DrawState.COMMITTED, value_due__lte=timezone.now()).order_by("value_due")[:LINES])
    lines += [_line(one, _("待抽取"), "amber", shown(one.value_due)) for one in due]
    if not lines:
        return None
    page = reverse("draws")
    return Card(_("抽查"), page, lines[:LINES], [Figure(_("项"), str(len(lines)), page)], icon="dice-5")


def _line(draw: Draw, word: str, colour: str, when: str) -> Line:
    return Line(draw.title, reverse("draw", args=[draw.pk]), draw.number, word, colour, when, draw.simulated)
