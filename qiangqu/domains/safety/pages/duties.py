"""The responsibility table: who supervises which trade, with gaps and overlaps on top."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action, may

from ..duties import table_for
from ..models.duties import Duty
from ..terms import DutyKind


@require_GET
@require(Action.HAZARDS)
def table(request: HttpRequest) -> HttpResponse:
    """The table of the area where the user stands."""
    area: Any = getattr(request, "within", None)
    day = getattr(request, "as_of", None) or timezone.localdate()
    rows = table_for(request.user, area, day)
    shown = [
        {
            "row": row,
            "cells": [
                {"names": row.holders.get(kind, ()), "gap": kind in row.gaps, "overlap": kind in row.overlaps}
                for kind in DutyKind.values
            ],
        }
        for row in rows
    ]
    context = {
        "simulated": Duty.objects.filter(simulated=True).exists(),
        "title": _("监管责任表"),
        "rows": shown,
        "kinds": [label for _value, label in DutyKind.choices],
        "gaps": sum(bool(row.gaps) for row in rows),
        "overlaps": sum(bool(row.overlaps) for row in rows),
        "may_keep": may(request.user, Action.KEEP_SAFETY),  # type: ignore[arg-type]
    }
    return render(request, "safety/duties.html", context)
