"""Supervision from the gap of a target to the closed case."""

import datetime as dt
import io

import docx
import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.cases import acts, timers
from qiangqu.cases.models import Light, Opinion
from qiangqu.messaging.models import Message
from qiangqu.plan import supervision
from qiangqu.plan.models import AssessmentRule
from qiangqu.plan.scoreboard import scores
from qiangqu.plan.track import status
from qiangqu.registry import audit
from qiangqu.registry.models import Organisation

from .conftest import DAY

pytestmark = [pytest.mark.django_db, pytest.mark.urls("qiangqu.plan.tests.urls")]
NOW = timezone.make_aware(dt.datetime(2032, 12, 1, 9))


@pytest.fixture
def kind(full, people):
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
    do(case, "judge", {"verdict": "return", "verdict_why": "不实"}, people["planner"], later)
    timers.work_off_due_timers(later)
    do(case, "report_late", {"report_text": "已完成", "progress": 100}, people["east"], later)
    do(case, "judge", {"verdict": "close"}, people["planner"], later)
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


def test_milestones_are_asked_for_on_their_days_and_supporting_units_are_named(kind):
    plan, people, _unit = kind
    first, second = NOW.date() + dt.timedelta(days=3), NOW.date() + dt.timedelta(days=6)
    lines = f"{second} 完成方案\n\n{first} 摸底"
    case, _new = opened(plan, people, deadline=dt.date(2033, 3, 1), supporting="甲局、乙局", milestones=lines)
    assert case.data["milestones"] == f"{first} 摸底\n{second} 完成方案" and case.data["supporting"] == "甲局、乙局"
    for days, asked in ((2, 0), (3, 1), (4, 1), (7, 2), (8, 2)):
        supervision.keep_moving(NOW + dt.timedelta(days=days))
        assert Opinion.objects.filter(case=case, kind="urge", text__startswith="阶段节点").count() == asked
    assert Message.objects.filter(user=people["east"], text__contains="摸底").count() == 1


def test_milestones_in_other_words_do_not_stop_the_daily_round(kind):
    """Somebody may open the case by hand and write what he likes."""
    plan, people, unit = kind
    day = NOW.date() + dt.timedelta(days=3)
    data = {
        "title": "督办：手工立项", "unit": unit.code, "requirement": "办理", "deadline": "2033-03-01", "progress": 0,
        "plan": plan.code, "milestones": f"下周摸底\n2033-13-01 错\n{day} 完成方案",
    }  # fmt: skip
    case = acts.open_case(supervision.KIND, data, area=plan.area, user=people["planner"], now=NOW).case
    supervision.keep_moving(NOW + dt.timedelta(days=3))
    assert list(Opinion.objects.filter(case=case).values_list("text", flat=True)) == [
        f"阶段节点 {day}：完成方案。请报告办理进展"
    ]


def test_a_target_whose_data_are_stale_can_be_supervised(kind):
    """The words of states were written out in two places, of which one lacked one."""
    plan, people, unit = kind
    proposal = supervision.Proposal("target:X", "目标", unit, dt.date(2033, 3, 1), "请报告", "stale", 0)
    case, new = supervision.open_supervision(plan, plan.area, proposal, people["planner"], now=NOW)
    assert new and case.data["target_state"] == "stale"


@pytest.mark.parametrize(
    "lines", ["明天 摸底", "2033-02-01", "2033-13-01 摸底", "2034-01-01 摸底", "2033-02-01 " + "长" * 81]
)
def test_milestones_that_cannot_be(kind, lines):
    plan, people, _unit = kind
    with pytest.raises(InputError):
        opened(plan, people, deadline=dt.date(2033, 3, 1), milestones=lines)


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


# ---------------------------------------------------------------- pages and JSON

SEEN = ("/plan/supervision", "/plan/supervision/export/", "/plan/supervision/units", "/api/supervision", "/api/supervision/units")  # fmt: skip


def test_pages_refuse_strangers_and_enterprises(kind, client):
    plan, people, _unit = kind
    opened(plan, people)
    code = gap(plan).code
    steered = (f"/plan/targets/{code}/supervise", "/plan/measures/1/supervise", "/plan/supervision/bulletin.docx")
    for page in (*SEEN, *steered, "/api/supervision/bulletin"):
        assert client.get(page).status_code == (401 if page.startswith("/api") else 302), page
    client.force_login(people["enterprise"])
    for page in (*SEEN, *steered, "/api/supervision/bulletin"):
        assert client.get(page).status_code == 403, page
    for name in ("east", "neighbour", "zone"):
        client.force_login(people[name])
        for page in (*steered, "/api/supervision/bulletin"):
            assert client.get(page).status_code == 403, (name, page)
        assert client.post(steered[0], {}).status_code == 403


def test_the_unit_sees_its_case_and_the_neighbour_does_not(kind, client):
    plan, people, _unit = kind
    case, _new = opened(plan, people)
    for name, sees in (("planner", True), ("leader", True), ("east", True), ("neighbour", False), ("zone", False)):
        client.force_login(people[name])
        page = client.get("/plan/supervision?light=&unit=H-G-E&place=990000")
        assert page.status_code == 200 and (case.number in page.content.decode()) is sees, name
        assert client.get("/api/supervision").json()["count"] == int(sees), name
        assert len(client.get("/api/supervision/units").json()) == int(sees), name
        assert client.get("/plan/supervision?light=x%00&unit=%00&page=zz").status_code == 200


def test_opening_from_the_page(kind, client):
    plan, people, _unit = kind
    client.force_login(people["planner"])
    address = f"/plan/targets/{gap(plan).code}/supervise"
    assert 'name="deadline"' in client.get(address).content.decode()
    assert address in client.get(f"/plan/targets/{gap(plan).code}").content.decode()
    for data in ({"deadline": "x"}, {"deadline": "2001-01-01"}, {"unit": "nobody"}):
        assert client.post(address, data).status_code == 422
    day = (timezone.localdate() + dt.timedelta(days=20)).isoformat()
    for _twice in range(2):
        assert client.post(address, {"deadline": day, "unit": "H-G-E"}).status_code == 302
    assert supervision.cases(people["planner"], plan, plan.area).count() == 1
    assert client.post("/plan/measures/1/supervise", {"deadline": day}).status_code == 302
    assert client.get("/plan/supervision/bulletin.docx?month=2026-99").status_code in (400, 422)


def test_points_print_how_they_come_about(kind, client):
    plan, people, _unit = kind
    for code, name, points in (("base", "基准分", 100), ("late", "逾期", -5), ("on_time", "按期办结", 2)):
        AssessmentRule.objects.create(plan=plan, code=code, name=name, points=points)
    opened(plan, people, deadline=dt.date(2033, 1, 10))
    timers.work_off_due_timers(timezone.make_aware(dt.datetime(2033, 1, 11, 9)))
    (row,) = scores(supervision.cases(people["planner"], plan, plan.area), plan, dt.date(2033, 1, 11))
    assert (row.open, row.late, row.points) == (1, 1, 95) and row.reasoning == "基准分 100；逾期 1×(-5)=-5"
    client.force_login(people["planner"])
    assert row.reasoning in client.get("/plan/supervision/units").content.decode()
    paper = docx.Document(io.BytesIO(client.get("/plan/supervision/bulletin.docx?month=2032-12").content))
    text = "".join(p.text for p in paper.paragraphs)
    assert "2032年12月督查督办情况的通报" in text and "新立项1件" in text and "红灯1件" in text


# ---------------------------------------------------------------- who has the step is late


def at(day, hour=9):
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))


@pytest.fixture
def ruled(kind):
    plan, people, unit = kind
    for code, points in (
        ("base", 100),
        ("on_time", 2),
        ("late", -5),
        ("returned", -2),
        ("red", -3),
        ("judge_late", -3),
    ):
        AssessmentRule.objects.create(plan=plan, code=code, name=code, points=points)
    return plan, people, unit


def by_unit(plan, people, day):
    return {row.code: row for row in scores(supervision.cases(people["planner"], plan, plan.area), plan, day)}


DEADLINE = dt.date(2033, 1, 12)  # a Wednesday


def test_late_judging_is_the_supervisors(ruled, client):
    """Reported on the last day, judged two weeks later: no red light, no point for the unit; the supervisor's
    unit has it.
    """
    plan, people, _unit = ruled
    case, _new = opened(plan, people, deadline=DEADLINE)
    do(case, "report", {"report_text": "已追赶", "progress": 30}, people["east"], at(DEADLINE, 16))
    later = DEADLINE + dt.timedelta(days=14)
    timers.work_off_due_timers(at(later))
    timers.refresh_lights(at(later))
    case.refresh_from_db()
    assert case.light == Light.YELLOW
    step = case.steps.get(status="open")
    assert step.node == "judge" and step.escalated_role == "leader"
    rows = by_unit(plan, people, later)
    unit, judge = rows["H-G-E"], rows["H-IND"]
    assert (unit.red, unit.late, unit.points) == (0, 0, 100)
    assert (judge.judge_late, judge.late, judge.red, judge.points) == (
        1,
        0,
        0,
        97,
    ) and "judge_late 1×(-3)=-3" in judge.reasoning
    paper = build_bulletin(plan, people, later)
    assert "红灯0件，已报告待评判1件（评判逾期1件）" in paper and "由海澜省工业厅评判，评判已超过时限" in paper
    red = paper.split("二、红灯事项")[1].split("三、评判逾期事项")[0]
    assert "东湾" not in red
    client.force_login(people["planner"])
    assert "待海澜省工业厅评判" in client.get("/plan/supervision").content.decode()
    shown = client.get("/api/supervision").json()["items"][0]
    assert shown["turn"] == "judge" and shown["judge"] == "海澜省工业厅"
    do(case, "judge", {"verdict": "close"}, people["planner"], at(later, 10))
    rows = by_unit(plan, people, later + dt.timedelta(days=30))
    assert (rows["H-G-E"].on_time, rows["H-G-E"].late, rows["H-G-E"].points) == (1, 0, 102) and rows[
        "H-IND"
    ].judge_late == 1


def test_a_report_asked_for_again_after_the_deadline_has_its_own_time(ruled):
    plan, people, _unit = ruled
    case, _new = opened(plan, people, deadline=DEADLINE)
    do(case, "report", {"report_text": "已追赶", "progress": 30}, people["east"], at(DEADLINE, 16))
    back = DEADLINE + dt.timedelta(days=2)
    do(case, "judge", {"verdict": "return"}, people["planner"], at(back))
    timers.work_off_due_timers(at(back, 10))
    case.refresh_from_db()
    again = case.steps.get(status="open")
    assert again.node == "report_late" and again.due_on > back and case.light == Light.YELLOW
    row = by_unit(plan, people, back)["H-G-E"]
    assert (row.late, row.red, row.returned, row.points) == (0, 0, 1, 98)
    gone = again.due_on + dt.timedelta(days=1)
    timers.work_off_due_timers(at(gone))
    timers.refresh_lights(at(gone))
    case.refresh_from_db()
    row = by_unit(plan, people, gone)["H-G-E"]
    assert case.light == Light.RED and (row.late, row.red) == (1, 1), "now it is the unit that is late"


def test_a_unit_that_was_late_stays_late_and_is_not_red_while_it_is_judged(ruled):
    plan, people, _unit = ruled
    case, _new = opened(plan, people, deadline=DEADLINE)
    late = DEADLINE + dt.timedelta(days=1)
    timers.work_off_due_timers(at(late))
    case.refresh_from_db()
    assert case.light == Light.RED and by_unit(plan, people, late)["H-G-E"].red == 1
    do(case, "report_late", {"report_text": "已追赶", "progress": 90}, people["east"], at(late, 11))
    case.refresh_from_db()
    row = by_unit(plan, people, late)["H-G-E"]
    assert case.light == Light.GREEN and (row.late, row.red) == (1, 0) and "H-IND" not in by_unit(plan, people, late)


def build_bulletin(plan, people, day):
    from qiangqu.plan.hands import with_steps
    from qiangqu.plan.supervision_bulletin import build

    found = supervision.cases(people["planner"], plan, plan.area)
    data = build(plan, plan.area, day, list(with_steps(found)), scores(found, plan, day), day=day)
    return "".join(p.text for p in docx.Document(io.BytesIO(data)).paragraphs)
