"""Cases of a demonstration: one of each kind that the pack has, at different steps, some late; all marked 模拟数据."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone

from qiangqu.cases import acts, timers
from qiangqu.cases.models import Case, CaseKind
from qiangqu.cases.people import colleagues
from qiangqu.registry.models import Area, Role, User

from .supervision import may_supervise, open_supervision, propose_for_target
from .track import current_plan, status

SUPERVISED = 4
PHONE = "0951-0000000"
Play = Callable[["Stage"], None]


class Stage:
    """The zone, its people, and a clock that starts some weeks ago."""

    def __init__(self, zone: Area, clerk: User, applicant: User) -> None:
        self.zone, self.clerk, self.applicant = zone, clerk, applicant
        self.now = timezone.now()

    def ago(self, days: float) -> dt.datetime:
        return self.now - dt.timedelta(days=days)

    def day(self, days: int) -> str:
        """A date so many days from today."""
        return (timezone.localdate(self.now) + dt.timedelta(days=days)).isoformat()

    def open(self, kind: str, data: Mapping[str, Any], at: dt.datetime, by: User | None) -> Case:
        return acts.open_case(kind, data, area=self.zone, user=by, simulated=True, now=at).case

    def do(self, case: Case, node: str, data: Mapping[str, Any], at: dt.datetime) -> None:
        """The step is done by the one who has it, or by the first at its desk."""
        step = case.steps.filter(node=node, status="open").select_related("assignee", "desk_organisation").get()
        person = step.assignee or colleagues(step).order_by("pk").first()
        acts.finish_step(case, step.pk, data, person, now=at, public=step.for_public)


def open_cases(zone: Area) -> int:
    """Open the demonstration's cases about ``zone`` unless there are cases already. Returns how many."""
    clerk = User.objects.posted(role=Role.ZONE, area=zone).first()
    applicant = User.objects.posted(role=Role.ENTERPRISE, organisation__area=zone).first()
    if Case.objects.exists() or clerk is None or applicant is None:
        return 0
    stage = Stage(zone, clerk, applicant)
    kinds = set(CaseKind.objects.values_list("code", flat=True))
    for code, play in PLAYS.items():
        if code in kinds:
            play(stage)
    _supervision(stage)
    timers.work_off_due_timers(stage.now)
    timers.refresh_lights(stage.now)
    return Case.objects.count()


def _area_assessment(s: Stage) -> None:
    data = {
        "title": f"{s.zone.short_name}环境影响区域评估",
        "topic": "环境影响评价",
        "scope": "园区批准范围内的工业项目",
    }
    case = s.open("area_assessment", data, s.ago(70), s.clerk)
    s.do(
        case,
        "compile",
        {
            "compiler": "（模拟）评估单位",
            "report_text": "园区环境容量可以承载规划产业",
            "excluded": "新增重点重金属排放的项目",
        },
        s.ago(40),
    )
    s.do(case, "review", {"conclusion": "通过", "review_text": "结论可信"}, s.ago(30))
    s.do(case, "publish", {"result_no": "（模拟）区评1号", "valid_to": s.day(1500)}, s.ago(28))  # fmt: skip


PROJECT = {"summary": "新建生产线一条", "investment": 32000, "site": "园区内", "contact": PHONE}


def _combined_assessment(s: Stage) -> None:
    case = s.open("combined_assessment", PROJECT | {"title": "（模拟）精细化工项目"}, s.ago(16), s.applicant)
    result = Case.objects.filter(kind__code="area_assessment", status="closed").first()
    needs = {"need_energy": True, "need_environment": result is None, "need_soil": True, "need_safety": True}
    s.do(case, "accept", needs | ({"zone_environment": result.number} if result else {}), s.ago(14))
    s.do(case, "energy", {"energy_result": "可行", "energy_text": "能效达到先进水平"}, s.ago(5))
    s.open("combined_assessment", PROJECT | {"title": "（模拟）储能电池项目"}, s.ago(1), s.applicant)


def _deferred_documents(s: Stage) -> None:
    promise = "本单位承诺按期补齐，逾期愿承担撤销等后果"
    data = {"main_documents": "申请书、营业执照", "missing": "消防设计审查意见", "promise": promise, "contact": PHONE}
    expired = s.open(
        "deferred_documents", data | {"title": "（模拟）厂房施工许可", "promised_on": s.day(-6)}, s.ago(27), s.applicant
    )
    s.do(expired, "accept", {"acceptance": "准予容缺受理"}, s.ago(26))
    s.do(expired, "approve", {"approval": "批准", "approval_no": "（模拟）许可1号"}, s.ago(20))
    timers.work_off_due_timers(s.ago(4))
    running = s.open(
        "deferred_documents", data | {"title": "（模拟）取水许可", "promised_on": s.day(20)}, s.ago(6), s.applicant
    )
    s.do(running, "accept", {"acceptance": "准予容缺受理"}, s.ago(5))
    s.open("deferred_documents", data | {"title": "（模拟）排水许可", "promised_on": s.day(30)}, s.ago(0.5), s.applicant)  # fmt: skip


def _timed_promise(s: Stage) -> None:
    data = {
        "title": "（模拟）危险废物经营许可变更",
        "request": "变更法定代表人",
        "statutory_days": 20,
        "contact": PHONE,
    }
    case = s.open("timed_promise", data, s.ago(24), s.applicant)
    s.do(case, "promise", {"acceptance": "受理", "promised_days": 5}, s.ago(23))
    timers.work_off_due_timers(s.ago(3))
    if case.steps.filter(node="explain", status="open").exists():
        s.do(case, "explain", {"broken": "承诺未兑现", "broken_why": "现场核查排期推后"}, s.ago(2))


def _build_first(s: Stage) -> None:
    case = s.open("build_first", PROJECT | {"title": "（模拟）仓储扩建项目"}, s.ago(50), s.applicant)
    s.do(case, "standard", {"suitable": "适用", "standards": "容积率不低于0.8\n绿地率不高于20%"}, s.ago(47))
    promise = "本单位承诺按告知的标准建设，验收不合格愿承担整改和撤销备案的后果"
    s.do(case, "sign", {"promise": promise, "begin_on": s.day(-40), "complete_by": s.day(120)}, s.ago(45))


def _public_complaint(s: Stage) -> None:
    data = {"place": s.zone.code, "topic": "环境污染", "text": "（模拟）夜间有刺激性气味，持续约两小时"}
    told = s.open("public_complaint", data | {"title": "（模拟）夜间异味"}, s.ago(30), None)
    s.do(told, "register", {"admission": "受理", "topic": "环境污染"}, s.ago(28))
    s.do(told, _handling(told), {"finding": "属实", "answer": "（模拟）已查明来源并责令整改"}, s.ago(18))
    s.do(told, "review", {"agreement": "同意答复"}, s.ago(16))
    s.do(told, "rate", {"satisfaction": "满意"}, s.ago(14))
    s.do(
        told,
        "publish",
        {"published": True, "published_text": "（模拟）某企业夜间异味，已查明来源，完成整改"},
        s.ago(13),
    )
    under_way = s.open(
        "public_complaint",
        data | {"title": "（模拟）运输车辆扬尘", "complainant": "（模拟）王某", "mobile": "13900000000"},
        s.ago(26),
        None,
    )
    s.do(under_way, "register", {"admission": "受理", "topic": "环境污染"}, s.ago(24))
    s.open("public_complaint", data | {"title": "（模拟）奖补资金没有到账", "topic": "政策兑现"}, s.ago(1), None)  # fmt: skip


def _handling(case: Case) -> str:
    return str(case.steps.get(status="open", node__startswith="handle").node)


def _supervision(s: Stage) -> None:
    """The worst gaps of the plan: one reported and closed, one reported, two silent past their date."""
    top = s.zone
    while top.parent is not None:
        top = top.parent
    people = User.objects.posted(role=Role.PLANNER, area=top)
    planner = next((one for one in people if may_supervise(one, top)), None)
    plan, today = current_plan(), timezone.localdate(s.now)
    if planner is None:
        return
    late = [one for one in status(today, top, plan) if one.state in ("off_track", "at_risk")]
    opened: list[Case] = []
    for one in late[:SUPERVISED]:
        proposal = propose_for_target(one, today)
        if proposal.unit is None:
            continue
        due = today + dt.timedelta(days=20 if len(opened) == 1 else -4)
        opened.append(open_supervision(plan, top, proposal, planner, deadline=due, now=s.ago(35), simulated=True)[0])
    for at, case in enumerate(opened[:2]):
        if case.steps.filter(node="report", status="open").exists():
            s.do(
                case,
                "report",
                {"report_text": "（模拟）已召开调度会，措施正在落实", "progress": 60 + 40 * (at == 0)},
                s.ago(12),
            )
        if at == 0:
            s.do(case, "judge", {"verdict": "close"}, s.ago(9))  # fmt: skip


PLAYS: dict[str, Play] = {
    "area_assessment": _area_assessment,
    "combined_assessment": _combined_assessment,
    "deferred_documents": _deferred_documents,
    "timed_promise": _timed_promise,
    "build_first": _build_first,
    "public_complaint": _public_complaint,
}
