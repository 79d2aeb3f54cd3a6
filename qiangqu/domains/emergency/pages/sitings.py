"""Pages of siting: making a scenario, its map on which sites are moved, comparing, and the task out of it."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from qiangqu.base.errors import QiangquError
from qiangqu.base.visibility import covers, reach, visible, within
from qiangqu.cases.models import Case
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.access import home, require
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action
from qiangqu.ui.background import CRASHED, INTERRUPTED, JobStatus
from qiangqu.ui.formpage import form_page
from qiangqu.ui.uploads import Takes, check, given

from ..access import SITING_FOUND
from ..forms import ScenarioForm
from ..models import Scenario, SitingModel
from ..roads.travel import lines_within, network_in_use, travel
from ..siting import moving, planning
from ..siting.solving import SITINGS as WORK
from ..siting.words import RUNNING, STANDING

TAKES = Takes((".csv", ".txt"), 20 << 20, other=gettext_lazy("请上传 CSV 文件"))
VALUES: dict[str, Any] = {
    SitingModel.MEDIAN: gettext_lazy("权重与分钟数乘积之和"), SitingModel.CENTRE: gettext_lazy("最远的分钟数"),
    SitingModel.COVER_MOST: gettext_lazy("达标的权重之和"), SitingModel.COVER_ALL: gettext_lazy("站点数"),
    SitingModel.COVER_TWICE: gettext_lazy("双重达标的权重之和"), SitingModel.CAPACITY: gettext_lazy("权重与分钟数乘积之和"),
}  # fmt: skip


def about(one: Scenario, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a scenario shows; a calculation that nobody works on is taken up again."""
    WORK.look_after(one)
    running = one.status in RUNNING
    task = visible(Case.objects.all(), user).filter(subject=f"siting:{one.pk}").order_by("-id").defer("state").first()
    gap = None
    if one.result.get("bound") is not None and one.result.get("value"):
        gap = abs(one.result["value"] - one.result["bound"]) / abs(one.result["value"]) * 100
    return {
        "record": one,
        "subject": f"siting:{one.pk}",
        "standing": STANDING[JobStatus(one.status)],
        "running": running,
        "solved": bool(one.result),
        "result": one.result,
        "fault": _("计算出错，请联系管理员查看日志") if one.error in (CRASHED, INTERRUPTED) else one.error,
        "value_word": VALUES.get(one.model, ""),
        "gap": gap,
        "compared": planning.related_to(one, user) if one.result else [],
        "task": task,
        "may_supervise": covers(user, one.area.path, Action.SUPERVISE_CASES),
    }


SITING = RecordPage(
    of=SITING_FOUND, acts=planning.SITINGS, action=Action.EMERGENCY, template="emergency/siting.html", context=about
)


def _file(request: HttpRequest, name: str) -> bytes | None:
    """A file of the form; it is read as text of points and not kept. Raises InputError for one that may not come in."""
    found = given(request, name)
    return check(found[-1], TAKES).data if found else None


@require_http_methods(["GET", "POST"])
@require(Action.KEEP_EMERGENCY)
def new(request: HttpRequest) -> HttpResponse:
    """Making a scenario."""
    user: Any = request.user
    area = home(user, Action.KEEP_EMERGENCY)
    offered = {"area": Area.objects.filter(within("path", reach(user, Action.KEEP_EMERGENCY))).order_by("path")}
    form = ScenarioForm(
        request.POST or None, offered=offered, initial={"area": area.pk if area else None, "p": 3}
    )  # fmt: skip

    def act() -> HttpResponse:
        one, chosen = form.save(commit=False), form.cleaned_data
        made = planning.make(
            one, user, keep_kinds=chosen["keep_kinds"], candidate_kinds=chosen["candidate_kinds"],
            demand_file=_file(request, "demand_file"), candidate_file=_file(request, "candidate_file"),
        )  # fmt: skip
        return redirect("siting", pk=made.pk)

    context = {"heading": _("编制选址方案"), "basis": travel().basis}
    return form_page(request, "emergency/siting_form.html", act, lambda: context, form=form)


@require_GET
@require(Action.EMERGENCY)
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the calculation is; when it has ended, the page is loaded again."""
    one = SITING_FOUND.one(request.user, pk)
    WORK.look_after(one)
    if one.status not in RUNNING:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(
        request, "emergency/siting_progress.html", {"record": one, "standing": STANDING[JobStatus(one.status)]}
    )


@require_GET
@require(Action.EMERGENCY)
def siting_map(request: HttpRequest, pk: int) -> HttpResponse:
    """All that the map draws."""
    found = moving.whole(SITING_FOUND.one(request.user, pk))
    return JsonResponse(found, headers={"Cache-Control": "private, no-store"})


@require_GET
@require(Action.EMERGENCY)
def seen(request: HttpRequest, pk: int) -> HttpResponse:
    """What the sites of ``?sites=`` mean: asked each time that one is moved."""
    one = SITING_FOUND.one(request.user, pk)
    try:
        found = moving.seen(one, request.GET.get("sites", "")[:8000])
    except QiangquError as fault:
        return JsonResponse({"fault": str(fault)}, status=422)
    return JsonResponse(found, headers={"Cache-Control": "private, no-store"})


@require_GET
@require(Action.EMERGENCY)
def road_lines(request: HttpRequest) -> HttpResponse:
    """The roads under a map: ``?within=west,south,east,north`` in degrees. Nothing where no network is loaded."""
    network = network_in_use()
    try:
        west, south, east, north = (float(one) for one in request.GET.get("within", "")[:120].split(","))
    except ValueError:
        return JsonResponse({"fault": _("范围写成“西,南,东,北”四个数")}, status=422)
    lines = lines_within(network, west, south, east, north) if network is not None else []
    return JsonResponse({"lines": lines}, headers={"Cache-Control": "private, max-age=300"})
