"""The work desk's card of reports: what an enterprise has to hand in, what a zone has to examine and who is
late.
"""

from collections import Counter

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.periods import from_key
from qiangqu.base.visibility import reach, within
from qiangqu.registry.roles import Action
from qiangqu.ui.desk import LINES, Card, Figure, Line, Look
from qiangqu.ui.lists.columns import shown

from . import reporting
from .models import ReportStatus
from .owed import due, overdue


def reports(look: Look) -> Card | None:
    """Late ones first, then those to be handed in, then those to be examined. None for a user whom no form
    concerns.
    """
    forms = list(reporting.forms_for(look.user))
    if not forms:
        return None
    day = look.day or timezone.localdate(look.now)
    late, soon, waiting = overdue(look.user, look.within, day, forms), due(look.user, day, forms), _to_examine(look)
    lines = []
    for owed, word, tone in [*((one, _("逾期"), "red") for one in late), *((one, _("待报"), "blue") for one in soon)]:
        note = _("截止 %(day)s") % {"day": shown(owed.due)}
        lines.append(Line(f"{owed.form.name} {owed.period.label}", owed.url, note, word, tone, _firms(owed.count)))
    for (code, name, key), many in sorted(waiting.items(), key=lambda item: item[0][2]):
        period = from_key(key)
        url = reverse("facts-form-returns", args=[code, period.code])
        lines.append(Line(f"{name} {period.label}", url, "", _("待审核"), "amber", _firms(many)))
    page = reverse("facts-reports")
    figures = [Figure(_("逾期"), f"{sum(one.count for one in late):,}", page, "red" if late else "")]
    if waiting:
        figures.append(Figure(_("待审核"), f"{waiting.total():,}", page, "amber"))
    return Card(_("报表填报"), page, lines[:LINES], figures, _("没有该报、逾期或待审核的报表。"), icon="report")


def _firms(many: int) -> str:
    return _("%(n)s 家") % {"n": f"{many:,}"} if many > 1 else ""


def _to_examine(look: Look) -> "Counter[tuple[str, str, int]]":
    """Reports handed in that the user may approve, by form (code, name) and period key."""
    found = reporting.reports_in(look.user, look.within).filter(status=ReportStatus.SUBMITTED)
    found = found.filter(within("organisation__area__path", reach(look.user, Action.IMPORT_FACTS)))
    return Counter(found.order_by().values_list("form__code", "form__name", "period_key"))
