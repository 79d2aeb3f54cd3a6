"""Statistics: how many, how long, where they wait; and the same as Excel."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qiangqu.base.errors import InputError
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui.files import workbook

from .. import statistics
from ..statistics import counted_for


def _span(query: Any) -> tuple[dt.date, dt.date]:
    """``from`` and ``to`` of the address; this year up to today when they are missing. Raises InputError."""
    today = timezone.localdate()
    try:
        first = dt.date.fromisoformat(query["from"]) if query.get("from") else today.replace(month=1, day=1)
        last = dt.date.fromisoformat(query["to"]) if query.get("to") else today
    except ValueError as error:
        raise InputError(_("日期应写成 2026-11-23 的样子"), where=_("时段")) from error
    return first, last


def _cases(request: Any) -> Any:
    return counted_for(request.user, request.within)


@require_GET
@require(Action.VIEW_CASES)
def stats(request: HttpRequest) -> HttpResponse:
    """The figures of the chosen area."""
    first, last = _span(request.GET)
    cases, now = _cases(request), timezone.now()
    lines = statistics.by_kind(cases, first, last)
    places = statistics.where_they_wait(cases, now, timezone.localdate())
    most = max((place.waiting for place in places), default=1)
    context = {
        "first": first,
        "last": last,
        "lines": lines,
        "places": [(place, round(100 * place.waiting / most)) for place in places],
        "areas": statistics.by_area(cases),
        "totals": {
            "opened": sum(line.opened for line in lines),
            "running": sum(line.running for line in lines),
            "late": sum(line.late for line in lines),
            "closed": sum(line.closed for line in lines),
        },
        "simulated": cases.filter(simulated=True).exists(),
    }
    return render(request, "cases/stats.html", context)


@require_GET
@require(Action.VIEW_CASES)
def stats_xlsx(request: HttpRequest) -> HttpResponse:
    """The figures by kind as Excel."""
    first, last = _span(request.GET)
    header = [
        _("事项"), _("发起件数"), _("在办件数"), _("超期件数"), _("办结件数"), _("按期办结件数"), _("撤回件数"), _("平均用时（天）"),
        _("最长用时（天）"),
    ]  # fmt: skip
    found = statistics.by_kind(_cases(request), first, last)
    rows = (
        [o.name, o.opened, o.running, o.late, o.closed, o.in_time, o.withdrawn, o.mean_days, o.longest_days]
        for o in found
    )
    name = f"{_('办件统计')}-{first:%Y%m%d}-{last:%Y%m%d}.xlsx"
    return workbook(name, _("办件统计"), header, rows, [24])
