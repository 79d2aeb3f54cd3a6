"""Cases of a demonstration: what the pack's script opens, and supervised gaps of the plan, some late; all marked 模拟数据."""

import datetime as dt

from django.utils import timezone

from qiangqu.base.packs import Pack
from qiangqu.cases import timers
from qiangqu.cases.demonstration import finish, play
from qiangqu.cases.models import Case
from qiangqu.plan.contract import CLOSE, JUDGE, REPORT
from qiangqu.plan.models import Plan
from qiangqu.plan.supervision import may_supervise, open_supervision, propose_for_target
from qiangqu.plan.track import current_plan, status
from qiangqu.registry.models import Area, Role, User

SUPERVISED = 4


def open_cases(pack: Pack, zone: Area) -> int:
    """Open the demonstration's cases about ``zone`` unless there are cases already. Returns how many."""
    people = User.objects.filter(is_active=True, area=zone)
    clerk = people.filter(role=Role.ZONE).first()
    applicant = people.filter(role=Role.ENTERPRISE).first()
    if Case.objects.exists() or clerk is None or applicant is None:
        return 0
    play(pack, zone, clerk, applicant)
    _supervision(zone)
    now = timezone.now()
    timers.work_off_due_timers(now)
    timers.refresh_lights(now)
    return Case.objects.count()


def _supervision(zone: Area) -> None:
    """The worst gaps of the plan: one reported and closed, one reported, two silent past their date."""
    top, now = zone, timezone.now()
    while top.parent is not None:
        top = top.parent
    people = User.objects.filter(role=Role.PLANNER, is_active=True, area=top)
    planner = next((one for one in people if may_supervise(one, top)), None)
    if planner is None or not Plan.objects.exists():
        return
    plan, today = current_plan(), timezone.localdate(now)
    late = [one for one in status(today, top, plan) if one.state in ("off_track", "at_risk")]
    opened: list[Case] = []
    for one in late[:SUPERVISED]:
        proposal = propose_for_target(one, today)
        if proposal.unit is None:
            continue
        due = today + dt.timedelta(days=20 if len(opened) == 1 else -4)
        opened.append(
            open_supervision(
                plan, top, proposal, planner, deadline=due, now=now - dt.timedelta(days=35), simulated=True
            )[0]
        )
    for at, case in enumerate(opened[:2]):
        if case.steps.filter(node=REPORT, status="open").exists():
            said = {"report_text": "（模拟）已召开调度会，措施正在落实", "progress": 60 + 40 * (at == 0)}
            finish(case, [REPORT], said, now - dt.timedelta(days=12))
        if at == 0:
            finish(case, [JUDGE], {"verdict": CLOSE}, now - dt.timedelta(days=9))
