"""The work desk's card of alarms that nobody has acknowledged."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.terms import headed
from qiangqu.ui.desk import LINES, Card, Figure, Line, Look
from qiangqu.ui.lists.columns import shown

from .models import Alarm, Severity
from .present import COLOURS, RELATED, waiting


def alarms(look: Look) -> Card | None:
    """The gravest first. None for a past day: alarms are a matter of now."""
    if look.day is not None and look.day < timezone.localdate(look.now):
        return None
    found, desk = waiting(look.user, look.within, look.now), reverse("alarms")
    grave = dict.fromkeys(Severity, 0)
    for severity in found.order_by().values_list("severity", flat=True):
        grave[Severity(severity)] += 1
    figures = [
        Figure(str(severity.label), str(many), f"{desk}?severity={severity.value}", COLOURS[severity])
        for severity, many in sorted(grave.items())
        if many
    ]
    lines = [_line(one) for one in found.select_related(*RELATED).order_by("severity", "-raised_at")[:LINES]]
    return Card(_("未确认的报警"), desk, lines, figures, _("没有未确认的报警。"), icon="alarm")


def _line(alarm: Alarm) -> Line:
    severity = Severity(alarm.severity)
    return Line(
        headed(alarm.rule.name, alarm.device or alarm.area),
        reverse("alarm-page", args=[alarm.pk]),
        str(alarm.organisation or alarm.area),
        str(severity.label),
        COLOURS[severity],
        shown(alarm.raised_at),
        alarm.simulated,
    )
