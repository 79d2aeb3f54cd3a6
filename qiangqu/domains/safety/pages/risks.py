"""The page of a risk point: how its level comes about, its controls, its checks."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.roles import Action

from ..models import Method, RiskPoint
from ..risks import POINT_FOUND, POINTS, due_on, with_last_check
from ..scoring import band_of, values_of
from .acting import ActForm, Field, open_forms


def worked(point: RiskPoint) -> str:
    """The score as it is worked out: ``3 × 6 × 15 = 270``."""
    parts = [point.likelihood, point.consequence]
    if point.method == Method.LEC:
        parts.insert(1, point.exposure or 0.0)
    return " × ".join(f"{one:g}" for one in parts) + f" = {point.score:g}"


def _factors(point: RiskPoint) -> list[tuple[str, float, str]]:
    if point.method == Method.MATRIX:
        return [(_("可能性"), point.likelihood, ""), (_("严重性"), point.consequence, "")]
    values = (("L", point.likelihood), ("E", point.exposure or 0.0), ("C", point.consequence))
    return [(factor, value, values_of(factor).get(value, "")) for factor, value in values]


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
        "factors": _factors(point),
        "due": due_on(counted),
        "today": timezone.localdate(),
        "checks": list(point.checks.select_related("by", "hazard")[:20]),
        "acts": open_forms([check], may),
    }


POINT = RecordPage(of=POINT_FOUND, acts=POINTS, action=Action.HAZARDS, template="safety/risk_point.html", context=about)
