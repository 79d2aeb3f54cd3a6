"""The responsibility table: who supervises which trade, with gaps and overlaps on top."""

from typing import Any

from django.utils.translation import gettext as _

from qiangqu.registry.roles import Action
from qiangqu.registry.showing import page

from ..duties import table_for
from ..models.duties import Duty
from ..terms import DutyKind


@page("safety/duties.html", Action.HAZARDS)
def table(asked: Any) -> dict[str, Any]:
    """The table of the area where the user stands."""
    rows = table_for(asked.user, asked.area, asked.today)
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
    return {
        "simulated": Duty.objects.filter(simulated=True).exists(),
        "title": _("监管责任表"),
        "rows": shown,
        "kinds": [label for _value, label in DutyKind.choices],
        "gaps": sum(bool(row.gaps) for row in rows),
        "overlaps": sum(bool(row.overlaps) for row in rows),
    }
