"""The page of a unit: what it comes to by GB 18218-2018, step by step, as its stock lies and at its design maximum, and
how that went by date."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.records.actforms import ActForm, Field, open_forms
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.roles import Action

from ..gb18218 import EDITION
from ..models.chemicals import Chemical, HazardUnit
from ..stocks import UNIT_FOUND, UNITS, assessed, course, stocks_of


def about(unit: HazardUnit, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a unit shows."""
    rows, today = stocks_of(unit), timezone.localdate()
    now, design = assessed(unit, rows, today), assessed(unit, rows, today, design=True)
    chemicals = [(one.code, str(one)) for one in Chemical.objects.filter(valid_to=None).order_by("name")]
    form = ActForm(
        "stock", _("登记存量"),
        [
            Field("chemical", _("化学品"), "select", choices=chemicals),
            Field("tonnes", _("存量（吨）"), "number"),
            Field("most", _("设计最大量（吨）"), "number", False),
            Field("on", _("日期"), "date", False, today.isoformat()),
        ],
    )  # fmt: skip
    return {
        "unit": unit,
        "edition": EDITION,
        "assessments": [(_("设计最大量"), design), (_("今天的存量"), now)],
        "course": course(unit, rows),
        "entries": rows[::-1][:50],
        "differs": bool(unit.registered_level) and unit.registered_level != design.level,
        "acts": open_forms([form], may),
    }


UNIT = RecordPage(of=UNIT_FOUND, acts=UNITS, action=Action.HAZARDS, template="safety/hazard_unit.html", context=about)
