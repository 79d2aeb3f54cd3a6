"""A citizen reports a hazard without signing in: sealed, verified, a hazard of the zone, followed by the query code."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.cases import acts
from qiangqu.cases.models import Case
from qiangqu.cases.people import colleagues
from qiangqu.domains.safety import hazards
from qiangqu.domains.safety.models.hazards import Hazard
from qiangqu.domains.safety.terms import Found, HazardState
from qiangqu.messaging.models import Message
from qiangqu.registry.tests import factories

from .test_hazards import picture
from .test_pages import signed_in

DUE = timezone.localdate() + dt.timedelta(days=7)
REPORT = {
    "title": "氨气味很大，管道在漏", "place": "Z1", "spot": "甲厂东墙外", "text": "夜里从东墙走过，每天都闻到氨味，管道法兰在滴",
    "reporter": "张三", "mobile": "13912345678",
}  # fmt: skip
TRUE = {
    "finding": "confirmed", "organisation": "", "hazard": "东侧氨管道法兰泄漏", "spot_found": "氨罐区东侧", "grade": "major",
    "grade_basis": "重大隐患判定标准", "due_on": DUE.isoformat(), "reply": "已核实，责令限期整改",
}  # fmt: skip


@pytest.fixture
def sent(db: None) -> dict[str, Any]:
    """A report with a photograph, as a stranger sends it."""
    areas = factories.tree()
    people = factories.users(areas)
    firm = factories.enterprise(areas["Z1"], 1)
    people["owner"] = factories.user("enterprise", areas["Z1"], "owner1", organisation=firm)
    client = Client()
    photo = SimpleUploadedFile("漏点.jpg", picture().data, "image/jpeg")
    done = client.post(reverse("public-open", args=["hazard_report"]), REPORT | {"_files": photo})
    case = Case.objects.get(kind__code="hazard_report")
    return {
        "areas": areas,
        "people": people,
        "firm": firm,
        "case": case,
        "code": done.context["code"],
        "client": client,
    }


def do(sent: dict[str, Any], node: str, answers: dict[str, Any]) -> None:
    step = sent["case"].steps.get(node=node, status="open")
    acts.finish_step(sent["case"], step.pk, answers, sent["people"]["zone"])
    sent["case"].refresh_from_db()


def query(sent: dict[str, Any], **more: Any) -> str:
    return (
        sent["client"]
        .post(reverse("public-query"), {"_number": sent["case"].number, "_code": sent["code"]} | more)
        .content.decode()
    )


def test_a_report_becomes_a_hazard_and_the_reporter_stays_unknown(sent: dict[str, Any]) -> None:
    case, people = sent["case"], sent["people"]
    assert case.area == sent["areas"]["Z1"] and "张三" not in str(case.data) + str(case.state)
    assert case.attachments.count() == 1 and "现场核实" in query(sent)
    assert people["zone"] in colleagues(case.steps.get()) and people["neighbour"] not in colleagues(case.steps.get())
    do(sent, "verify", TRUE | {"organisation": sent["firm"].code})
    one = Hazard.objects.get()
    assert (one.found, one.reference, one.organisation, one.due_on) == (Found.CITIZEN, case.number, sent["firm"], DUE)
    assert one.title == TRUE["hazard"] and one.grade == "major" and not one.files.exists(), "nothing of the reporter's"
    shown = signed_in(people["owner"]).get(reverse("hazard", args=[one.pk])).content.decode()
    assert TRUE["hazard"] in shown and "张三" not in shown and REPORT["title"] not in shown
    assert reverse("cases-case", args=[case.number]) not in shown
    leads = signed_in(people["zone"]).get(reverse("hazard", args=[one.pk])).content.decode()
    assert reverse("cases-case", args=[case.number]) in leads
    back = signed_in(people["zone"]).get(reverse("cases-case", args=[case.number])).content.decode()
    assert reverse("hazard", args=[one.pk]) in back


def test_the_answer_waits_for_the_hazard_and_is_read_with_the_code(sent: dict[str, Any]) -> None:
    people = sent["people"]
    do(sent, "verify", TRUE | {"organisation": sent["firm"].code})
    assert "跟踪整改" in query(sent) and TRUE["reply"] not in query(sent)
    with pytest.raises(InputError, match="销号"):
        do(sent, "follow", {"outcome": "已整改"})
    one = Hazard.objects.get()
    Hazard.objects.filter(pk=one.pk).update(state=HazardState.RECTIFIED, worked_by=people["owner"])
    hazards.recheck(one, people["zone"], accepted=True, opinion="法兰已更换")
    assert Message.objects.filter(user=people["zone"], subject__contains=sent["case"].number, topic="hazards").exists()
    do(sent, "follow", {"outcome": "法兰已更换，检测合格"})
    read = query(sent)
    assert TRUE["reply"] in read and "法兰已更换，检测合格" in read
    query(sent, _step=str(sent["case"].steps.get(node="rate").pk), satisfaction="satisfied")
    sent["case"].refresh_from_db()
    assert sent["case"].status == "closed"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"organisation": "", "grade": None, "due_on": None}, "责任单位、等级、整改期限"),
        ({"organisation": "elsewhere"}, "不在举报所在的区域"),
        ({"due_on": "2020-01-01"}, "不能早于今天"),
    ],
)
def test_what_is_true_needs_a_firm_of_the_place_a_grade_and_a_date(
    sent: dict[str, Any], changed: dict[str, Any], said: str
) -> None:
    answers = TRUE | {"organisation": sent["firm"].code} | changed
    if answers["organisation"] == "elsewhere":
        answers["organisation"] = factories.enterprise(sent["areas"]["Z2"], 2).code
    with pytest.raises(InputError, match=said):
        do(sent, "verify", {name: value for name, value in answers.items() if value})
    assert not Hazard.objects.exists()


def test_what_is_not_true_ends_with_the_reply(sent: dict[str, Any]) -> None:
    do(sent, "verify", {"finding": "unfounded", "reply": "现场检测氨浓度正常"})
    assert "现场检测氨浓度正常" in query(sent) and not Hazard.objects.exists()


def test_a_node_that_has_not_loaded_its_pack_again_offers_it(db: None) -> None:
    assert reverse("public-open", args=["hazard_report"]) in Client().get(reverse("public-service")).content.decode()


def test_the_form_is_bounded(sent: dict[str, Any]) -> None:
    client, address = Client(), reverse("public-open", args=["hazard_report"])
    wrong = client.post(address, REPORT | {"text": "漏"})
    assert wrong.status_code == 422 and REPORT["spot"] in wrong.content.decode()
    assert client.post(address, REPORT | {"_files": SimpleUploadedFile("x.exe", b"MZ" + bytes(64))}).status_code == 422
    answers = [client.post(address, REPORT).status_code for _n in range(6)]
    assert answers[-1] == 429 and Case.objects.count() == 5
