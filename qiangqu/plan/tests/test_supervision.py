"""Supervision from the gap of a target to the closed case."""

import datetime as dt
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.cases import acts, timers
from qiangqu.cases.definition import read_folder
from qiangqu.cases.kinds import save_version
from qiangqu.cases.models import Light, Opinion
from qiangqu.messaging.models import Message
from qiangqu.plan import supervision
from qiangqu.plan.track import status
from qiangqu.registry import audit
from qiangqu.registry.models import Organisation

from .conftest import DAY

pytestmark = [pytest.mark.django_db, pytest.mark.urls("qiangqu.plan.tests.urls")]
KIND = Path(__file__).resolve().parents[2] / "packs" / "ningxia" / "cases" / "supervision"
NOW = timezone.make_aware(dt.datetime(2032, 12, 1, 9))


@pytest.fixture
def kind(full, people):
    save_version(read_folder(KIND), None)
    unit = Organisation.objects.get(code="H-G-E")
    return full, people, unit


def gap(plan):
    return next(one for one in status(DAY, plan.area, plan) if one.state in supervision.LATE)


def opened(plan, people, **more):
    proposal = supervision.propose_for_target(gap(plan), NOW.date())
    return supervision.open_supervision(plan, plan.area, proposal, people["planner"], unit="H-G-E", now=NOW, **more)


def do(case, node, data, person, now):
    return acts.finish_step(case, case.steps.get(node=node, status="open").pk, data, person, now=now)


def test_from_a_gap_to_late_to_closed(kind):
    plan, people, _unit = kind
    deadline = dt.date(2033, 1, 10)
    case, new = opened(plan, people, deadline=deadline)
    assert new and case.subject == f"target:{gap(plan).code}" and case.light == Light.GREEN and case.due_on == deadline
    again, new = opened(plan, people)
    assert not new and again.pk == case.pk
    # late: the timer moves the work on, the case turns red; then it is escalated
    late = timezone.make_aware(dt.datetime(2033, 1, 11, 9))
    timers.work_off_due_timers(late)
    case.refresh_from_db()
    assert case.light == Light.RED and case.steps.get(status="open").node == "report_late"
    later = late + dt.timedelta(days=10)
    timers.work_off_due_timers(later)
    step = case.steps.get(status="open")
    assert step.escalated_at and step.escalated_role == "leader"
    do(case, "report_late", {"report_text": "已追赶", "progress": 60}, people["east"], later)
    do(case, "judge", {"verdict": "退回重报", "verdict_why": "不实"}, people["planner"], later)
    timers.work_off_due_timers(later)
    do(case, "report_late", {"report_text": "已完成", "progress": 100}, people["east"], later)
    do(case, "judge", {"verdict": "办结销号"}, people["planner"], later)
    case.refresh_from_db()
    assert case.status == "closed" and case.data["progress"] == 100 and audit.verify()[1] is None


def test_progress_is_asked_for_by_itself_and_once(kind):
    plan, people, _unit = kind
    case, _new = opened(plan, people, deadline=dt.date(2033, 3, 1))
    supervision.keep_moving(NOW + dt.timedelta(days=1))
    assert not Opinion.objects.filter(case=case).exists()
    for _twice in range(2):
        supervision.keep_moving(NOW + dt.timedelta(days=15))
    assert Opinion.objects.filter(case=case, kind="urge").count() == 1
    assert Message.objects.filter(user=people["east"], subject__contains="催办").count() == 1


def test_strangers_open_nothing(kind):
    plan, people, _unit = kind
    proposal = supervision.propose_for_target(gap(plan), NOW.date())
    for name in ("east", "neighbour", "zone", "enterprise"):
        with pytest.raises(PermissionDenied):
            supervision.open_supervision(plan, plan.area, proposal, people[name])
    with pytest.raises(InputError):
        supervision.open_supervision(plan, plan.area, proposal, people["planner"], unit="no-such")
    assert not supervision.cases(people["planner"], plan, plan.area).exists()


def test_a_neighbour_does_not_see_the_case(kind):
    plan, people, _unit = kind
    case, _new = opened(plan, people)
    for name, sees in (
        ("planner", True),
        ("leader", True),
        ("east", True),
        ("neighbour", False),
        ("enterprise", False),
    ):
        assert supervision.cases(people[name], plan, plan.area).filter(pk=case.pk).exists() is sees, name
