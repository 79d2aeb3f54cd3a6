"""What other record pages show of safety."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.base.visibility import visible
from qiangqu.registry.models import OrganisationKind
from qiangqu.registry.roles import Action, may
from qiangqu.ui.registers import Panel

from .hazards import OPEN
from .models.hazards import Hazard
from .models.risks import RiskPoint
from .terms import RiskLevel


def risk_of(request: HttpRequest, point: Any) -> Panel | None:
    """On a risk point's record: its level and the way to its checks."""
    page = reverse("risk-point", args=[point.pk])
    return Panel(_("风险分级与检查"), "safety/panel.html", {"lines": [(_("风险等级、检查记录"), _("打开"), page)]})


def unit_of(request: HttpRequest, unit: Any) -> Panel | None:
    """On a unit's record: the way to its calculation."""
    page = reverse("hazard-unit", args=[unit.pk])
    return Panel(_("重大危险源"), "safety/panel.html", {"lines": [(_("按存量计算、存量记录"), _("打开"), page)]})


def safety_of(request: HttpRequest, organisation: Any) -> Panel | None:
    """On an enterprise's record: its hazards and risk points by colour."""
    if organisation.kind != OrganisationKind.ENTERPRISE or not may(request.user, Action.HAZARDS):
        return None
    hazards = visible(Hazard.objects.filter(organisation=organisation, state__in=OPEN), request.user).count()
    points = list(
        visible(RiskPoint.objects.filter(organisation=organisation), request.user).values_list("level", flat=True)
    )
    if not hazards and not points:
        return None
    by_level = [(str(level.label), points.count(level.value)) for level in RiskLevel]
    told = "，".join(f"{word} {many}" for word, many in by_level if many) or "0"
    named = urlencode({"q": organisation.name})
    lines = [
        (_("未销号隐患"), str(hazards), f"{reverse('hazards')}?{named}"),
        (_("风险点"), told, f"{reverse('risk-points-list')}?{named}"),
    ]
    return Panel(_("安全生产"), "safety/panel.html", {"lines": lines})
