"""What record pages of registers show besides: a plan's call list and steps, a batch's stock."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.registry.roles import Action, may
from qiangqu.ui.registers import Panel

from .models import EmergencyPlan, SupplyBatch
from .stock import with_stock


def plan_panel(request: HttpRequest, record: EmergencyPlan) -> Panel:
    """Whom the plan calls, what it does, its documents, its drills."""
    day = timezone.localdate()
    alive = {"valid_from__lte": day}
    context: dict[str, Any] = {
        "calls": list(record.calls.filter(**alive).exclude(valid_to__lt=day).select_related("user").order_by("number")),
        "steps": list(record.steps.filter(**alive).exclude(valid_to__lt=day).order_by("number")),
        "drills": list(record.drills.order_by("-held_on")[:5]),
        "plan": record,
        "may_edit": may(request.user, Action.KEEP_EMERGENCY),
    }
    return Panel(_("通知名单和处置步骤"), "emergency/plan_panel.html", context)


def batch_panel(request: HttpRequest, record: SupplyBatch) -> Panel:
    """How many there are, and where movements are entered."""
    counted = with_stock(SupplyBatch.objects.filter(pk=record.pk)).select_related("item").get()
    return Panel(_("库存"), "emergency/batch_panel.html", {"counted": counted})
