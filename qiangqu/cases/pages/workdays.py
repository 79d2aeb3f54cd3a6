"""The working-day calendar 工作日历: what departs from Monday to Friday, and changing it."""

import calendar as months
import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiangqu.base.errors import InputError
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import versions
from qiangqu.ui.formpage import done, form_page

from .. import calendar_text
from ..acts import set_calendar
from ..models import CalendarDay
from ..workdays import calendar
from .editing import stands_for_all


def _line(works: bool, name: str) -> str:
    return f"{_('上班') if works else _('休息')} {name}".strip()


@require_http_methods(["GET", "POST"])
@require(Action.EDIT_CASE_KINDS)
def workdays(request: HttpRequest) -> HttpResponse:
    """A year's exceptions, working days by month, and (for those who stand for the whole region) the form
    that changes them.
    """
    with versions.writing(request):
        return _workdays(request)


def _workdays(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    now = {one.day.isoformat(): _line(one.works, one.name) for one in versions.locked(CalendarDay.objects.all())}
    sent = {name: request.POST.get(name, "")[:10_000] for name in ("days", "source")}

    def act() -> HttpResponse:
        if not stands_for_all(user):
            raise PermissionDenied
        source = " ".join(sent["source"].split())
        if not 2 <= len(source) <= 120:
            raise InputError(_("请写依据（文号）"), where="source")
        changes = calendar_text.read(sent["days"])
        given = {day.isoformat(): None if works is None else _line(works, name) for day, works, name in changes}
        versions.check(request.POST, now, given)
        moved = set_calendar([(day, works, name, source) for day, works, name in changes], user)
        said = _("已改 %(n)s 天，%(moved)s 个办件的期限随之变动") % {"n": len(changes), "moved": moved}
        return done(request, said, f"{request.path}?year={changes[0][0].year}")

    text = request.GET.get("year", "")
    today = timezone.localdate()
    year = (
        int(text) if len(text) == 4 and text.isascii() and text.isdigit() and 2000 <= int(text) <= 2100 else today.year
    )
    days = calendar()
    counts = []
    for month in range(1, 13):
        all_days = [dt.date(year, month, n) for n in range(1, months.monthrange(year, month)[1] + 1)]
        counts.append((month, sum(days.works(day) for day in all_days), len(all_days)))
    context = {
        "year": year,
        "rows": list(CalendarDay.objects.filter(day__year=year)),
        "counts": counts,
        "total": sum(count for _month, count, _all in counts),
        "may_edit": stands_for_all(user),
        "sent": sent,
        "opened": versions.token(now),
    }
    return form_page(request, "cases/workdays.html", act, lambda: context)
