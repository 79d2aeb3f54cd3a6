"""One exceedance and its verdict; what is behind a permit-year total."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.db.models.functions import ExtractMonth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.numbers import natural
from qiangqu.base.visibility import visible
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action, may
from qiangqu.ui import versions

from .. import factors
from ..judging import judge
from ..models import DailyResult, Exceedance, ExceedanceState, Outlet, PermitAmount
from ..queries import AVERAGE_WORDS
from .asked import scoped


@require_http_methods(["GET", "POST"])
@require()
def exceedance(request: HttpRequest, pk: int) -> HttpResponse:
    """One exceedance; zone staff say whether it stands."""
    with versions.writing(request):
        return _exceedance(request, pk)


def _exceedance(request: HttpRequest, pk: int) -> HttpResponse:
    one = (
        versions.locked(
            visible(
                Exceedance.objects.select_related("channel__station__area", "channel__outlet__enterprise__area"),
                request.user,
            )
        )
        .filter(pk=pk)
        .first()
    )
    if one is None:
        raise NotFoundError(_("没有这条超标记录，或它不在您的管辖范围内"), where=str(pk))
    editable = may(request.user, Action.EDIT_REGISTERS, one.channel.area.path)
    error = ""
    now = {_("结论"): str(one.get_state_display()), _("说明"): one.note}
    if request.method == "POST":
        if not editable:
            raise PermissionDenied
        state, note = request.POST.get("state", ""), request.POST.get("note", "").strip()
        if state not in (ExceedanceState.CONFIRMED, ExceedanceState.EXPLAINED):
            error = _("请选择“已确认”或“非超标（有说明）”")
        elif state == ExceedanceState.EXPLAINED and not note:
            error = _("判为非超标时须写明说明")
        elif len(note) > 500:
            error = _("说明不超过 500 个字")
        else:
            said = {_("结论"): str(ExceedanceState(state).label), _("说明"): note}
            try:
                versions.check(request.POST, now, said, str(one.handled_by or ""))
            except versions.Stale as stale:
                error = str(stale)
        if not error:
            judge(one, ExceedanceState(state), note, request.user)
            return redirect("environment-exceedance", pk=pk)
    context = {
        "one": one,
        "name": factors.name_of(one.channel.factor),
        "average": AVERAGE_WORDS.get(one.average, one.average),
        "editable": editable,
        "error": error,
        "opened": versions.token(now),
        "states": [ExceedanceState.CONFIRMED, ExceedanceState.EXPLAINED],
        "day": timezone.localtime(one.start).date(),
        "simulated": one.channel.place.simulated,
        "given": request.POST,
    }
    return render(request, "environment/exceedance.html", context, status=422 if error else 200)


@require_GET
@require()
def total(request: HttpRequest, enterprise: str, factor: str, year: int) -> HttpResponse:
    """One total: by outlet and month, and the days of a month."""
    user, _area = scoped(request)
    if not 2000 <= year <= 2100:
        raise InputError(_("年度应在 2000—2100 之间"), where=str(year)[:10])
    days = visible(DailyResult.objects.all(), user).filter(
        channel__outlet__enterprise__code=enterprise, channel__factor=factor, day__year=year, kilograms__isnull=False
    )
    permit = (
        visible(PermitAmount.objects.select_related("enterprise"), user)
        .filter(enterprise__code=enterprise, factor=factor, year=year)
        .first()
    )
    outlets = list(
        visible(Outlet.objects.select_related("enterprise"), user).filter(enterprise__code=enterprise).order_by("code")
    )
    if permit is None and not outlets:
        raise NotFoundError(_("没有这家企业的排放数据，或它不在您的管辖范围内"), where=enterprise[:40])
    by_month = {
        (row["channel__outlet"], row["month"]): row
        for row in days.order_by()
        .annotate(month=ExtractMonth("day"))
        .values("channel__outlet", "month")
        .annotate(kg=Sum("kilograms"), sub=Sum("substituted"))
    }
    chosen = request.GET.get("month", "")
    month = natural(chosen, most=12, least=1)
    listed = days.filter(day__month=month).select_related("channel__outlet").order_by("day", "channel") if month else []
    months = sorted({m for _o, m in by_month})
    emitted = sum(row["kg"] for row in by_month.values()) / 1000
    context: dict[str, Any] = {
        "enterprise": permit.enterprise if permit else outlets[0].enterprise,
        "factor": factor,
        "name": factors.name_of(factor),
        "year": year,
        "permit": permit,
        "emitted": emitted if by_month else None,
        "substituted": sum(row["sub"] for row in by_month.values()) / 1000,
        "share": emitted / permit.tonnes * 100 if permit and permit.tonnes else None,
        "outlets": [o for o in outlets if any(key[0] == o.pk for key in by_month)],
        "rows": [
            {
                "month": m,
                "cells": [by_month.get((o.pk, m)) for o in outlets if any(key[0] == o.pk for key in by_month)],
                "kg": sum(row["kg"] for key, row in by_month.items() if key[1] == m),
            }
            for m in months
        ],
        "month": month,
        "days": list(listed),
        "chart": {
            "x": [f"{year}-{m:02d}" for m in months],
            "series": [
                {
                    "name": o.name,
                    "values": [(by_month[o.pk, m]["kg"] / 1000 if (o.pk, m) in by_month else None) for m in months],
                }
                for o in outlets
                if any(key[0] == o.pk for key in by_month)
            ],
            "unit": _("吨"),
            "stacked": True,
            "simulated": any(o.simulated for o in outlets),
        }
        if months
        else None,
        "simulated": any(o.simulated for o in outlets) or bool(permit and permit.simulated),
    }
    return render(request, "environment/total.html", context)
