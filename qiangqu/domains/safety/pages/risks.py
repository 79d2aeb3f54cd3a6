"""The page of a risk point: how its level comes about, its controls, its checks."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.records.actforms import ActForm, Field, open_forms
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.roles import Action

from ..models.risks import RiskPoint
from ..risks import POINT_FOUND, POINTS, due_on, factors_of, with_last_check, worked
from ..scoring import band_of
from ..terms import Method


def about(point: RiskPoint, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a risk point shows."""
    counted = with_last_check(RiskPoint.objects.filter(pk=point.pk)).get()
    check = ActForm(
        "check", _("登记检查"),
        [
            Field("works", _("管控措施"), "select", choices=[("yes", _("有效")), ("no", _("失效或缺失（登记隐患）"))]),
            Field("note", _("情况"), "textarea", False, longest=250),
        ],
        _("照片"),
    )  # fmt: skip
    return {
        "point": point,
        "worked": worked(point),
        "band": band_of(point.score) if point.method == Method.LEC else "",
        "factors": factors_of(point),
        "due": due_on(counted),
        "today": timezone.localdate(),
        "checks": list(point.checks.select_related("by", "hazard")[:20]),
        "acts": open_forms([check], may),
    }


POINT = RecordPage(of=POINT_FOUND, acts=POINTS, action=Action.HAZARDS, template="safety/risk_point.html", context=about)
