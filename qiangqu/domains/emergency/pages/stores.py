"""Pages of a batch of supplies with its movements, and of drills."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiangqu.base.visibility import covers, reach, visible, within
from qiangqu.records.asking import sent_files
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.access import require
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action
from qiangqu.ui.formpage import form_page
from qiangqu.ui.lists import paged

from ..access import BATCH_FOUND, DRILL_FOUND
from ..forms import DrillForm
from ..handling import closing
from ..models import EmergencyDrill, EmergencyPlan, MovementKind, SupplyBatch
from ..stock import BATCHES, BY_HAND, with_stock


def about_batch(batch: SupplyBatch, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a batch shows."""
    counted = with_stock(SupplyBatch.objects.filter(pk=batch.pk)).get()
    rows, _paging = paged(batch.movements.select_related("by", "request__event"), None, 100)
    return {
        "record": batch,
        "counted": counted,
        "movements": rows,
        "kinds": [(kind.value, MovementKind(kind).label) for kind in BY_HAND],
        "today": timezone.localdate(),
    }


BATCH = RecordPage(
    of=BATCH_FOUND, acts=BATCHES, action=Action.EMERGENCY, template="emergency/batch.html", context=about_batch
)


def about_drill(drill: EmergencyDrill, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a drill shows."""
    return {
        "drill": drill,
        "files": list(drill.files.filter(removed_at=None).select_related("by")),
        "findings": closing.findings_of(drill, user),
        "units": list(closing.units()[:500]) if may["find"] else [],
        "may_supervise": covers(user, drill.area.path, Action.SUPERVISE_CASES),
    }


DRILL = RecordPage(
    of=DRILL_FOUND, acts=closing.DRILLS, action=Action.EMERGENCY, template="emergency/drill.html", context=about_drill
)


@require_http_methods(["GET", "POST"])
@require(Action.KEEP_EMERGENCY)
def new_drill(request: HttpRequest) -> HttpResponse:
    """Planning a drill."""
    user: Any = request.user
    offered = {
        "area": Area.objects.filter(within("path", reach(user, Action.KEEP_EMERGENCY))).order_by("path"),
        "plan": visible(EmergencyPlan.objects.filter(valid_to=None), user).order_by("name"),
    }
    form = DrillForm(request.POST or None, offered=offered)

    def act() -> HttpResponse:
        made = closing.plan_drill(form.save(commit=False), user, sent_files(request))
        return redirect("emergency-drill", pk=made.pk)

    context = {"heading": _("登记演练"), "list_page": "emergency-drills", "page": "emergency-drill"}
    return form_page(request, "records/form.html", act, lambda: context, form=form)
