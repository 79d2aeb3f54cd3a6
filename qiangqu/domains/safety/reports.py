"""Hazards that citizens report 隐患举报 as cases (``kinds/hazard_report``): the zone verifies what was reported; what is true
becomes a hazard, graded and with a date, and the case waits until it is closed (《安全生产法》 articles 73, 74). Who
reported stays sealed in the case: the hazard has the words of whoever verified it, and none of the reporter's files.
"""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import visible
from qiangqu.cases.acts.core import Act as CaseAct
from qiangqu.cases.contracts import Contract, Lead, Need, Work, coded
from qiangqu.cases.models import Case, Step, StepStatus
from qiangqu.cases.people import colleagues
from qiangqu.messaging.notify import notify_all
from qiangqu.registry.models import Organisation

from .models.hazards import Hazard
from .terms import Found, HazardGrade, HazardState

KIND = "hazard_report"
CONFIRMED = "confirmed"

CONTRACT = Contract(
    KIND,
    "隐患举报",
    Path(__file__).parent / "kinds" / KIND,
    opening=None,
    steps={
        "verify": Work({
            "finding": Need(values=(CONFIRMED,)),
            "organisation": Need(format="organisation", always=False),
            "hazard": Need(always=False),
            "spot_found": Need(always=False),
            "grade": Need(values=tuple(HazardGrade.values), always=False),
            "grade_basis": Need(always=False),
            "due_on": Need(format="date", always=False),
            "reply": Need(),
        }),
        "follow": Work({"outcome": Need()}),
    },
    leads=(Lead("verify", "finding", CONFIRMED, "follow"),),
    settings={"restricted": True},
)  # fmt: skip


def report_of(hazard: Hazard, user: Any) -> Case | None:
    """The case by which it was reported, if the user sees it."""
    return visible(_reports(hazard), user).first()


def _reports(hazard: Hazard) -> Any:
    return Case.objects.filter(kind__code=KIND, number=hazard.reference).exclude(number="")


def on_case_moving(sender: Any, act: CaseAct, **_kwargs: Any) -> None:
    """Receiver of ``case_moving``: what was verified becomes a hazard; the case goes on when that is closed. Raises
    InputError."""
    if act.case.kind.code != KIND or act.name != "case_step_done" or act.about is None:
        return
    if act.about.node == "verify":
        data = coded(KIND, act.about.outcome)
        if data.get("finding") == CONFIRMED:
            _register(act, data)
    elif act.about.node == "follow":
        waits = Hazard.objects.filter(reference=act.case.number, found=Found.CITIZEN)
        if waits.filter(state__in=(HazardState.OPEN, HazardState.RECTIFIED)).exists():
            raise InputError(_("隐患还没有销号，销号以后才能答复整改结果"), where=act.case.number)


def _register(act: CaseAct, data: Mapping[str, Any]) -> None:
    """The hazard of a report that is true, in the words of who verified it."""
    from .hazards import report

    case = act.case
    missing = [
        str(label)
        for name, label in (("organisation", _("责任单位")), ("hazard", _("隐患")), ("grade", _("等级")), ("due_on", _("整改期限")))
        if not str(data.get(name) or "").strip()
    ]  # fmt: skip
    if missing:
        raise InputError(_("属实的请填：%(fields)s") % {"fields": "、".join(missing)}, where=_("核实结果"))
    firm = Organisation.objects.filter(code=data["organisation"]).select_related("area").first()
    if firm is None or not firm.area.path.startswith(case.area.path):
        raise InputError(_("责任单位不在举报所在的区域"), where=str(data["organisation"])[:40])
    due = dt.date.fromisoformat(str(data["due_on"]))
    if due < timezone.localdate(act.clock.now):
        raise InputError(_("整改期限不能早于今天"), where=_("整改期限"))
    one = Hazard(
        organisation=firm, title=str(data["hazard"]), place=str(data.get("spot_found") or "")[:120], found=Found.CITIZEN,
        grade=data["grade"], grade_basis=str(data.get("grade_basis") or "")[:200], due_on=due, reference=case.number,
        simulated=case.simulated,
    )  # fmt: skip
    report(one, act.user, entitled=True)
    case.subject = f"hazard:{one.pk}"
    case.save(update_fields=["subject"])
    act.detail["hazard"] = one.number


def closed(hazard: Hazard) -> int:
    """Tell who has the case of a citizen's report that its hazard is closed: the reporter waits for the answer."""
    if hazard.found != Found.CITIZEN or not hazard.reference:
        return 0
    step = Step.objects.filter(case__in=_reports(hazard), node="follow", status=StepStatus.OPEN).first()
    if step is None:
        return 0
    said = _("隐患%(state)s，请把结果答复举报人") % {"state": hazard.get_state_display()}
    return notify_all(
        colleagues(step), f"{said}：{step.case.number}", str(hazard), reverse("cases-case", args=[step.case.number]),
        topic="hazards", key=f"hazard-report-{hazard.pk}-{hazard.round}", simulated=hazard.simulated,
    )  # fmt: skip
