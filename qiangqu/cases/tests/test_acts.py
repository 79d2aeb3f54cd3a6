"""Acts on cases: whatever their order, no token is lost and the chain of records holds; clocks, holidays, and
a clock that is set back.
"""

import contextlib
import datetime as dt

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qiangqu.base.errors import ConflictError, InputError, QiangquError
from qiangqu.cases import acts, engine, kinds, timers
from qiangqu.cases.forms import FormErrors
from qiangqu.cases.models import Case, Step
from qiangqu.registry import audit

FORMS = {
    "accept": [{"accepted": "受理"}, {"accepted": "补正"}],
    "land": [{"land_ok": True}],
    "safety": [{"safety_ok": False}],
    "decide": [{"decision": "同意"}, {"decision": "重审"}],
    "supplement": [{"supplement": "已补"}],
}
NAMES = ["zone", "zone2", "city", "inspector", "enterprise", "planner", "neighbour"]
MOVES = [
    "finish",
    "claim",
    "put_back",
    "assign",
    "return",
    "take_back",
    "suspend",
    "resume",
    "ask",
    "sign",
    "urge",
    "opine",
    "clock",
    "withdraw",
]


def opened(scene, amount=2000, by="enterprise"):
    data = {"title": "甲", "amount": amount}
    return acts.open_case("approval", data, area=scene["areas"]["Z1"], user=scene["people"][by]).case


def step(case, node):
    return case.steps.get(node=node, status="open")


def holds(case):
    """What must be true of a case after any act."""
    case.refresh_from_db()
    ready = kinds.ready(case.version)
    workflow = engine.load(ready.built, case.state, engine.Clock(case.last_at))
    waiting = {one.task_id for one in engine.ready(workflow)}
    rows = set(case.steps.filter(status="open").values_list("task_id", flat=True))
    if case.status in ("open", "suspended"):
        assert rows == waiting and engine.tokens(workflow) > 0
        clocks = {one.task_id for one in engine.waiting(workflow)}
        assert set(case.timers.filter(kind="process", worked_at=None).values_list("task_id", flat=True)) == clocks
    else:
        assert rows == set() and not case.timers.filter(worked_at=None).exists()
    assert audit.AuditEntry.objects.filter(object_id=case.number).count() == case.revision


def move(case, people, what, who, number, now):
    person = people[who]
    steps = list(case.steps.filter(status="open").order_by("id"))
    one = steps[number % len(steps)] if steps else None
    match what:
        case "finish" if one:
            acts.finish_step(case, one.pk, FORMS[one.node][number % len(FORMS[one.node])], person, now=now)
        case "claim" if one:
            acts.claim(case, one.pk, person)
        case "put_back" if one:
            acts.put_back(case, one.pk, person)
        case "assign" if one:
            acts.assign(case, one.pk, NAMES[number % len(NAMES)], person)
        case "return" if one:
            acts.send_back(case, one.pk, "理由", person)
        case "take_back":
            done = case.steps.filter(done_by=person).order_by("-id").first()
            if done:
                acts.take_back(case, done.pk, person)
        case "suspend":
            acts.suspend(case, "等", person)
        case "resume":
            acts.resume(case, person)
        case "ask" if one:
            acts.ask_countersign(case, one.pk, [NAMES[number % len(NAMES)]], person)
        case "sign":
            owed = case.opinions.filter(kind="countersign", answered_at=None, user=person).first()
            if owed:
                acts.countersign(case, owed.pk, True, "", person)
        case "urge":
            acts.urge(case, "", person)
        case "opine":
            acts.opine(case, "意见", person)
        case "clock":
            timers.work_off_due_timers(now)
        case "withdraw" if number % 6 == 0:
            acts.withdraw(case, person, "理由")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(MOVES), st.sampled_from(NAMES), st.integers(0, 11), st.integers(0, 6)),
        min_size=5,
        max_size=25,
    )
)
def test_whatever_the_order_of_acts_no_token_is_lost(scene, moves):
    case, now = opened(scene), timezone.now()
    for what, who, number, days in moves:
        now += dt.timedelta(days=days)
        # a refusal in words may have changed nothing, which is checked like the rest
        with contextlib.suppress(QiangquError):
            move(case, scene["people"], what, who, number, now)
        holds(case)
    assert audit.verify()[1] is None


def test_a_refused_act_leaves_nothing(scene):
    case, people = opened(scene), scene["people"]
    before, entries = Case.objects.values().get(pk=case.pk), audit.AuditEntry.objects.count()
    first = step(case, "accept")
    with pytest.raises(FormErrors):
        # beyond the schema
        acts.finish_step(case, first.pk, {"accepted": "受理", "grade": "大"}, people["zone"])
    with pytest.raises(acts.NotYours):
        acts.finish_step(case, first.pk, {"accepted": "受理"}, people["neighbour"])
    with pytest.raises(ConflictError):
        acts.claim(case, first.pk, people["zone"], revision=99)
    assert Case.objects.values().get(pk=case.pk) == before and audit.AuditEntry.objects.count() == entries


def test_a_deadline_moves_with_the_holidays_and_back(scene):
    now = timezone.make_aware(dt.datetime(2027, 6, 7, 10))  # a Monday
    data = {"title": "甲", "amount": 5}
    case = acts.open_case("approval", data, area=scene["areas"]["Z1"], user=scene["people"]["zone"], now=now).case
    first = step(case, "accept")
    due = first.due_on
    day = dt.date(2027, 6, 8)
    assert acts.set_calendar([(day, False, "放假", "国办发明电〔2027〕1号")], scene["people"]["admin"]) == 1
    first.refresh_from_db()
    timer = case.timers.get(kind="overdue", worked_at=None)
    assert first.due_on > due and timezone.localtime(timer.due_at).date() == first.due_on + dt.timedelta(days=1)
    assert acts.set_calendar([(day, None, "", "")], scene["people"]["admin"]) == 1
    first.refresh_from_db()
    assert first.due_on == due and audit.verify()[1] is None


def test_the_clock_of_a_suspended_case_stands_still(scene):
    people = scene["people"]
    case = opened(scene)
    due = step(case, "accept").due_on
    acts.suspend(case, "等补件", people["planner"])
    assert timers.work_off_due_timers(timezone.now() + dt.timedelta(days=60)).done == 0
    with pytest.raises(ConflictError):
        acts.finish_step(case, step(case, "accept").pk, {"accepted": "受理"}, people["zone"])
    case.refresh_from_db()
    # as if the pause had begun five days ago
    case.pauses = [[(dt.date.fromisoformat(case.pauses[0][0]) - dt.timedelta(days=5)).isoformat(), None]]
    case.save(update_fields=["pauses"])
    Step.objects.filter(case=case, status="open").update(since=dt.date.fromisoformat(case.pauses[0][0]))
    acts.resume(case, people["planner"])
    assert step(case, "accept").due_on >= due - dt.timedelta(days=1)
    holds(case)


def test_a_clock_that_is_set_back_reorders_nothing(scene):
    case, people = opened(scene), scene["people"]
    later = timezone.now() + dt.timedelta(days=2)
    acts.finish_step(case, step(case, "accept").pk, {"accepted": "受理"}, people["zone"], now=later)
    acts.finish_step(case, step(case, "land").pk, {"land_ok": True}, people["zone"])  # two days "earlier"
    case.refresh_from_db()
    moments = list(case.steps.exclude(done_at=None).order_by("id").values_list("done_at", flat=True))
    assert moments == sorted(moments) and case.last_at >= later
    assert timers.work_off_due_timers(timezone.now() - dt.timedelta(days=30)).done == 0
    holds(case)


def test_timers_are_worked_off_once_and_escalate(scene):
    case, people = opened(scene), scene["people"]
    at = timezone.now() + dt.timedelta(days=15)
    assert timers.work_off_due_timers(at).done == 2  # reminder and overdue
    assert timers.work_off_due_timers(at).done == 0
    late = step(case, "accept")
    assert late.escalated_role == "bureau" and case.opinions.filter(kind="urge", user=None).count() == 2
    case.refresh_from_db()
    assert case.light == "red"
    assert Case.objects.filter(pk=case.pk).filter(steps__escalated_area=people["city"].area).exists()


def test_not_supplementing_in_time_ends_the_case(scene):
    case, people = opened(scene), scene["people"]
    acts.finish_step(case, step(case, "accept").pk, {"accepted": "补正"}, people["zone"])
    assert step(case, "supplement").assignee == people["enterprise"]
    timers.work_off_due_timers(timezone.now() + dt.timedelta(days=20))
    case.refresh_from_db()
    assert case.status == "closed" and case.steps.get(node="supplement").status == "cancelled"
    with pytest.raises((ConflictError, InputError)):
        acts.finish_step(case, case.steps.get(node="supplement").pk, {"supplement": "迟了"}, people["enterprise"])
    holds(case)
