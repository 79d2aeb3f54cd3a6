"""Supervised gaps of the plan in a demonstration, some late; all marked 模拟数据."""

import datetime as dt

from django.utils import timezone

from qiangqu.cases import timers
from qiangqu.cases.models import Case
from qiangqu.plan.contract import CLOSE, JUDGE, REPORT, SUPERVISION
from qiangqu.plan.models import Plan
from qiangqu.plan.supervision import may_supervise, open_supervision, propose_for_target
from qiangqu.plan.track import current_plan, status
from qiangqu.registry.models import Area, Role, User
from qiangqu_demo.cases import finish

SUPERVISED = 4


def supervise(zone: Area) -> int:
    """Supervise the worst gaps of the plan above ``zone`` unless something is supervised already. Returns how
    many.
    """
    supervised = Case.objects.filter(kind__code=SUPERVISION)
    if supervised.exists():
        return 0
    _supervision(zone)
    now = timezone.now()
    timers.work_off_due_timers(now)
    timers.refresh_lights(now)
    return supervised.count()


def _supervision(zone: Area) -> None:
    """The worst gaps of the plan: one reported and closed, one reported, two silent past their date."""
    top, now = zone, timezone.now()
    while top.parent is not None:
        top = top.parent
    people = User.objects.posted(role=Role.PLANNER, area=top)
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
