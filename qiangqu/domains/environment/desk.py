"""The work desk's card of exceedances that nobody has looked into."""

from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.base.visibility import seen
from qiangqu.ui.desk import LINES, Card, Figure, Line, Look
from qiangqu.ui.lists.columns import shown
from qiangqu.ui.templatetags.quantities import quantity

from .models import Exceedance, ExceedanceState
from .queries import AVERAGE_WORDS


def exceedances(look: Look) -> Card | None:
    """The newest first; None where nothing is measured."""
    known = seen(Exceedance.objects.all(), look.user, look.within)
    found = known.filter(state=ExceedanceState.OPEN)
    if look.day is not None:
        found = found.filter(start__date__lte=look.day)
    many = found.count()
    if not many and not known.exists():
        return None
    page = f"{reverse('environment-exceedances')}?state={ExceedanceState.OPEN}"
    rows = found.select_related("channel__station", "channel__outlet__enterprise").order_by("-start", "-pk")
    lines = [_line(one) for one in rows[:LINES]]
    figures = [Figure(str(ExceedanceState.OPEN.label), f"{many:,}", page, "amber" if many else "")]
    return Card(_("超标待核实"), page, lines, figures, _("没有待核实的超标记录。"), icon="wind")


def _line(one: Exceedance) -> Line:
    average = AVERAGE_WORDS.get(one.average, one.average)
    return Line(
        str(one.channel),
        reverse("environment-exceedance", args=[one.pk]),
        f"{shown(one.start)} · {_(average)}",
        value=f"{quantity(one.value, 1)} / {one.bounds} {one.unit}",
        simulated=one.channel.place.simulated,
    )
