"""What is suspected to break the law becomes a case: once, by whom it may be done, linked both ways, followed."""

import datetime as dt
import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.cases import acts
from qiangqu.cases.models import Case, CaseStatus
from qiangqu.cases.people import colleagues
from qiangqu.cases.subjects import subject_link
from qiangqu.domains.safety import breaches, desk, hazards, visiting
from qiangqu.domains.safety.models.hazards import Hazard
from qiangqu.domains.safety.models.inspections import Visit, VisitMember
from qiangqu.domains.safety.terms import Found, HazardGrade, Outcome
from qiangqu.registry.models import AuditEntry
from qiangqu.registry.tests import factories
from qiangqu.ui.desk import Look

from .conftest import opened
from .test_pages import signed_in

TODAY = timezone.localdate()
STEPS: dict[str, dict[str, Any]] = {
    "filing": {"filing": "filed", "handlers": "王五、赵六", "filing_why": "证据确凿"},
    "inquiry": {"facts_found": "未经许可储存", "clause": "某法第 1 条"},
    "informing": {"informed_on": TODAY.isoformat(), "reply": "none"},
    "decision": {
        "decision": "penalty", "decision_number": "罚1号", "decision_on": TODAY.isoformat(), "fine": 5, "decision_why": "罚款",
    },
    "execution": {"executed": "done", "executed_on": TODAY.isoformat()},
}  # fmt: skip


@pytest.fixture
def found(world: dict[str, Any]) -> dict[str, Any]:
    """A visit of which the result is a suspected breach."""
    visit = opened(world).visits.order_by("place").first()
    assert visit is not None
    visiting.enter(visit, world["people"]["planner"], Outcome.BREACH, TODAY, "无证储存危险化学品")
    visit.refresh_from_db()
    return world | {"visit": visit}


def do(case: Case, node: str, **changed: Any) -> None:
    step = case.steps.get(node=node, status="open")
    person = colleagues(step).order_by("pk").first()
    sent = {key: value for key, value in (STEPS[node] | changed).items() if value not in ("", None)}
    acts.finish_step(case, step.pk, sent, person)
    case.refresh_from_db()


def test_a_suspected_breach_becomes_one_case_that_leads_back(found: dict[str, Any]) -> None:
    visit, planner = found["visit"], found["people"]["planner"]
    client, page = signed_in(planner), reverse("visit", args=[found["visit"].pk])
    assert "移送立案" in client.get(page).content.decode()
    assert client.post(reverse("visit-act", args=[visit.pk, "open-case"])).status_code == 302
    case = Case.objects.get()
    assert (case.subject, case.area, case.opened_by) == (f"visit:{visit.pk}", visit.organisation.area, planner)
    assert case.data["organisation"] == visit.organisation.code and "无证储存" in case.data["facts"]
    assert client.post(reverse("visit-act", args=[visit.pk, "open-case"])).status_code == 409
    assert Case.objects.count() == 1
    shown = client.get(page).content.decode()
    assert case.number in shown and "open-case" not in shown
    phone = client.get(reverse("visit-check", args=[visit.pk])).content.decode()
    assert reverse("cases-case", args=[case.number]) in phone
    assert page in client.get(reverse("cases-case", args=[case.number])).content.decode()
    entry = AuditEntry.objects.get(action="visit_prosecuted")
    assert entry.detail["case"] == case.number and str(entry.object_id) == str(visit.pk)


def test_by_the_api_as_by_the_page(found: dict[str, Any]) -> None:
    visit = found["visit"]
    client = signed_in(found["people"]["planner"])
    address = f"/api/v1/safety/visits/{visit.pk}/open-case"
    answer = client.post(address, json.dumps({}), content_type="application/json")
    assert answer.status_code == 200 and answer.json()["id"] == visit.pk
    assert client.post(address, json.dumps({}), content_type="application/json").status_code == 409


def test_only_who_has_to_do_with_the_visit_and_only_for_a_breach(found: dict[str, Any]) -> None:
    visit, people = found["visit"], found["people"]
    for stranger in ("neighbour", "other"):
        if not VisitMember.objects.filter(visit=visit, inspector__user=people[stranger].pk).exists():
            with pytest.raises(PermissionDenied):
                visiting.open_case(visit, people[stranger])
    refused = signed_in(people["neighbour"]).post(reverse("visit-act", args=[visit.pk, "open-case"]))
    assert refused.status_code == 404
    other = visit.draw.visits.exclude(pk=visit.pk).first()
    visiting.enter(other, people["planner"], Outcome.NONE, TODAY)
    with pytest.raises(ConflictError, match="不是涉嫌违法"):
        visiting.open_case(other, people["planner"])
    assert not Case.objects.exists()


def test_who_does_not_see_the_visit_gets_no_link_to_it(found: dict[str, Any]) -> None:
    case = visiting.open_case(found["visit"], found["people"]["planner"])
    assert subject_link(found["people"]["planner"], case.subject) is not None
    assert subject_link(found["people"]["neighbour"], case.subject) is None
    assert breaches.case_for(found["people"]["neighbour"], found["visit"]) is None


def test_the_result_stays_when_a_case_rests_on_it(found: dict[str, Any]) -> None:
    visit, planner = found["visit"], found["people"]["planner"]
    visiting.open_case(visit, planner)
    with pytest.raises(InputError, match="已移送立案"):
        visiting.enter(visit, planner, Outcome.NONE, TODAY)
    visiting.enter(visit, planner, Outcome.BREACH, TODAY, "无证储存，另有一处")
    visit.refresh_from_db()
    assert visit.findings == "无证储存，另有一处"


def test_the_desk_reminds_until_there_is_a_case(found: dict[str, Any]) -> None:
    planner = found["people"]["planner"]
    look = Look(planner, None, None, timezone.now())
    before = desk.inspections(look)
    assert before is not None and [one.word for one in before.lines].count("待移送立案") == 1
    visiting.open_case(found["visit"], planner)
    after = desk.inspections(look)
    assert after is None or "待移送立案" not in [one.word for one in after.lines]
    assert not breaches.without_case(Visit.objects.all()).exists()


def test_the_case_goes_to_its_end_as_the_law_asks(found: dict[str, Any]) -> None:
    case = visiting.open_case(found["visit"], found["people"]["planner"])
    with pytest.raises(InputError, match="两名以上"):
        do(case, "filing", handlers="王五，王五")
    do(case, "filing")
    do(case, "inquiry")
    tomorrow = (TODAY + dt.timedelta(days=1)).isoformat()
    with pytest.raises(InputError, match="晚于今天"):
        do(case, "informing", informed_on=tomorrow)
    do(case, "informing")
    with pytest.raises(InputError, match="文书编号"):
        do(case, "decision", decision_number="")
    with pytest.raises(InputError, match="早于告知"):
        do(case, "decision", decision_on=(TODAY - dt.timedelta(days=1)).isoformat())
    case.steps.filter(node="filing").update(done_at=timezone.now() - dt.timedelta(days=91))
    with pytest.raises(InputError, match="九十日"):
        do(case, "decision")
    do(case, "decision", extended_why="案情复杂，经负责人批准延长")
    do(case, "execution")
    assert case.status == CaseStatus.CLOSED


def test_what_is_not_filed_ends(found: dict[str, Any]) -> None:
    case = visiting.open_case(found["visit"], found["people"]["planner"])
    do(case, "filing", filing="refused", handlers="")
    assert case.status == CaseStatus.CLOSED and not case.steps.filter(status="open").exists()


def hazard(world: dict[str, Any], **more: Any) -> Hazard:
    first = {
        "organisation": world["firms"][0],
        "title": "安全阀未校验",
        "found": Found.INSPECTION,
        "grade": HazardGrade.MAJOR,
    }
    one = hazards.report(Hazard(**(first | more)), world["people"]["planner"])
    Hazard.objects.filter(pk=one.pk).update(due_on=TODAY - dt.timedelta(days=3))
    one.refresh_from_db()
    return one


def test_a_major_hazard_that_is_late_becomes_one_case(world: dict[str, Any]) -> None:
    planner = world["people"]["planner"]
    one, minor = hazard(world), hazard(world, title="灭火器过期", grade=HazardGrade.GENERAL)
    with pytest.raises(ConflictError, match="重大隐患"):
        hazards.open_case(minor, planner)
    speaks = factories.user("enterprise", world["areas"]["Z1"], "speaks", organisation=world["firms"][0])
    with pytest.raises(PermissionDenied):
        hazards.open_case(one, speaks)
    client = signed_in(planner)
    assert "open-case" in client.get(reverse("hazard", args=[one.pk])).content.decode()
    case = hazards.open_case(one, planner)
    assert case.subject == f"hazard:{one.pk}" and "超期 3 天" in case.data["facts"]
    with pytest.raises(ConflictError, match="已移送立案"):
        hazards.open_case(one, planner)
    shown = client.get(reverse("hazard", args=[one.pk])).content.decode()
    assert case.number in shown and "open-case" not in shown
    assert reverse("hazard", args=[one.pk]) in client.get(reverse("cases-case", args=[case.number])).content.decode()


def test_what_the_opening_said_reads_in_english(found: dict[str, Any]) -> None:
    case = visiting.open_case(found["visit"], found["people"]["planner"])
    client = signed_in(found["people"]["planner"])
    client.cookies["django_language"] = "en"
    shown = client.get(reverse("cases-case", args=[case.number])).content.decode()
    assert "Suspected breach" in shown and "<dt>Came of</dt>" in shown and "Found at an inspection" in shown
    assert "违法线索" not in shown.partition("<svg")[0] and "线索来源" not in shown
