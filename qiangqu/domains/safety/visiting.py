"""The acts on a visit 检查: its result, and what is changed by hand beside the draw, each with a reason and who signs."""

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base import draw as qd1
from qiangqu.base.errors import InputError
from qiangqu.base.part import Text
from qiangqu.cases.models import Case
from qiangqu.records.acts import Act, Acts
from qiangqu.records.asking import Files
from qiangqu.records.attachments import attach
from qiangqu.registry.models import Organisation

from . import rosters
from .access import goes, offices, runs
from .breaches import SUSPECTED, case_of, handles_there, prosecute
from .drawing import reason_of, tell
from .models.inspections import InspectionSubject, Inspector, Visit, VisitMember
from .terms import DrawState, Outcome

VISITS = Acts(
    Visit,
    "visit",
    may=lambda user, visit: runs(user, visit.draw),
    related=("draw__area", "organisation"),
)


def _under_way(visit: Visit) -> Text:
    """Why nothing can be done about it ("": something can)."""
    if visit.draw.state != DrawState.OPENED:
        return gettext_lazy("抽查不在检查中，不能再改")
    return gettext_lazy("已改查替补对象") if visit.replaced_because else ""


def _not_begun(visit: Visit) -> Text:
    return _under_way(visit) or (gettext_lazy("已录入结果，不能再改派") if visit.outcome else "")


def _goes_or_runs(user: Any, visit: Visit) -> bool:
    return goes(user, visit) or runs(user, visit.draw)


@VISITS.declare(
    "entered",
    gettext_lazy("录入检查结果"),
    name="enter",
    may=_goes_or_runs,
    stands=_under_way,
    said=gettext_lazy("已录入检查结果"),
)
def enter(act: Act[Visit], outcome: str, on: dt.date | None = None, findings: str = "", files: Files = ()) -> Visit:
    """Enter a visit's result, or correct it before it is published. Raises InputError for a day before the start or
    to come, and for findings that are not told."""
    visit, findings = act.record, findings.strip()
    if outcome not in Outcome.values:
        raise InputError(_("请选择检查结果"), where="outcome")
    if on is None or not timezone.localtime(visit.draw.starts_at).date() <= on <= timezone.localdate():
        raise InputError(_("检查日期应在检查开始之后、今天或以前"), where="on")
    if len(findings) > 1000 or (outcome != Outcome.NONE and len(findings) < 2):
        raise InputError(_("请写明检查情况（1000 字以内）"), where="findings")
    if outcome not in SUSPECTED and case_of(visit) is not None:
        raise InputError(_("已移送立案，检查结果不能改成没有违法"), where="outcome")
    visit.outcome, visit.visited_on, visit.findings = outcome, on, findings
    visit.entered_by, visit.entered_at = act.user, timezone.now()
    visit.save()
    attach(visit, files, act.user)
    if outcome not in (Outcome.GONE, Outcome.REFUSED):
        subject = InspectionSubject.objects.filter(organisation=visit.organisation).first()
        if subject is not None and (subject.last_inspected is None or subject.last_inspected < on):
            subject.last_inspected = on
            subject.save()
    act.detail |= {"outcome": outcome, "on": on}
    return visit


def finish(visit: Visit, user: Any, outcome: str, on: dt.date | None, findings: str) -> bool:
    """Enter the result that a phone sends; False when it stands so already. Raises InputError as :func:`enter`, and for a
    day of a clock that runs ahead."""
    findings = findings.strip()
    if (visit.outcome, visit.visited_on, visit.findings) == (outcome, on, findings) and outcome:
        return False
    if on is not None and on > timezone.localdate() + dt.timedelta(days=1):
        raise InputError(_("手机时间比平台慢得太多，请校准后重填"), where="on")
    enter(visit, user, outcome, on, findings)
    return True


@VISITS.declare(
    "reassigned", gettext_lazy("改派检查人员"), name="reassign", stands=_not_begun, said=gettext_lazy("已改派")
)
def reassign(act: Act[Visit], inspector: str, reason: str, leaves: str = "") -> VisitMember:
    """Send an inspector of the sealed list (``inspector``: his code) whom the draw did not name; ``leaves`` is the
    code of who does not go after all ("": nobody). Raises InputError for one in conflict."""
    visit, reason = act.record, reason_of(reason)
    lines = visit.draw.inspectors_file.split("\n")[:-1]
    code, firm = inspector.strip()[:40], visit.organisation.code
    if code not in {line.split("\t")[0] for line in lines}:
        raise InputError(_("封存的名单中没有该检查人员"), where="inspector")
    if f"{code}>{firm}" in visit.draw.conflicts_file.split("\n"):
        raise InputError(_("该人员与检查对象有回避关系"), where="inspector")
    members = {one.inspector.code: one for one in visit.members.select_related("inspector")}
    if code in members:
        raise InputError(_("该人员已在检查组中"), where="inspector")
    if leaves:
        left = members.get(leaves.strip()[:40])
        if left is None or left.left_because:
            raise InputError(_("检查组中没有该人员"), where="leaves")
        left.left_because, left.signed_by = reason, act.user
        left.save()
    made = VisitMember.objects.create(
        visit=visit,
        inspector=Inspector.objects.get(code=code),
        place=len(members) + 1,
        by_hand=reason,
        signed_by=act.user,
    )
    there = visit.members.filter(left_because="").count()
    visit.short = there < visit.draw.rules["team"]
    visit.save(update_fields=["short"])
    tell(visit.draw, [made.inspector])
    act.detail |= {"inspector": code, "leaves": leaves, "reason": reason}
    return made


@VISITS.declare(
    "replaced",
    gettext_lazy("改查替补对象"),
    name="replace",
    stands=_not_begun,
    said=gettext_lazy("已改查下一个替补对象"),
)
def replace(act: Act[Visit], reason: str) -> Visit:
    """Visit the next reserve of the stratum instead; the team goes there, less who is in conflict. Raises InputError
    when there is none left."""
    visit, reason = act.record, reason_of(reason)
    draw = visit.draw
    found = qd1.result(rosters.inputs_of(draw))
    used = set(draw.visits.values_list("organisation__code", flat=True))
    code = next((one for one in found["reserves"].get(visit.stratum, []) if one not in used), None)
    if code is None:
        raise InputError(_("这一层没有替补对象了"), where="reason")
    visit.replaced_because = reason
    visit.save(update_fields=["replaced_because"])
    apart = set(draw.conflicts_file.split("\n"))
    team = [
        one.inspector
        for one in visit.members.filter(left_because="").select_related("inspector")
        if f"{one.inspector.code}>{code}" not in apart
    ]
    made = Visit.objects.create(
        draw=draw, organisation=Organisation.objects.get(code=code), place=draw.visits.count() + 1, stratum=visit.stratum,
        short=len(team) < draw.rules["team"], instead_of=visit, simulated=draw.simulated,
    )  # fmt: skip
    VisitMember.objects.bulk_create(
        [
            VisitMember(visit=made, inspector=one, place=n, by_hand=reason, signed_by=act.user)
            for n, one in enumerate(team, 1)
        ]
    )
    act.detail |= {"reason": reason, "instead": code}
    return made


def _suspected(visit: Visit) -> Text:
    """Why no case can be made of it ("": one can)."""
    if visit.outcome not in SUSPECTED or visit.draw.state not in (DrawState.OPENED, DrawState.PUBLISHED):
        return gettext_lazy("检查结果不是涉嫌违法或拒绝检查")
    return gettext_lazy("已移送立案") if case_of(visit) is not None else ""


@VISITS.declare(
    "prosecuted",
    gettext_lazy("移送立案"),
    name="open_case",
    may=lambda user, visit: (
        (goes(user, visit) or offices(user, visit.draw)) and handles_there(user, visit.organisation)
    ),
    stands=_suspected,
    said=lambda case: _("已移送立案：%(number)s") % {"number": case.number},
)
def open_case(act: Act[Visit]) -> Case:
    """Make a case of what was found. Once only: the visit is locked. Raises InputError."""
    visit = act.record
    case = prosecute(visit, act.user, visit.draw.number, f"{visit.get_outcome_display()}：{visit.findings}")
    act.detail["case"] = case.number
    return case
