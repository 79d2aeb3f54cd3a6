"""The whole office under a pack that brings no kinds of cases: documents out and in, a meeting, supervised
tasks out of all three.
"""

import datetime as dt
import io
from pathlib import Path
from typing import Any

import docx
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qiangqu.base.packs import Pack
from qiangqu.cases import acts, contracts
from qiangqu.cases.models import Case, CaseKind
from qiangqu.domains.office.documents import circulation
from qiangqu.domains.office.documents.terms import DocumentState
from qiangqu.domains.office.meetings import agenda, calling, holding
from qiangqu.domains.office.models.documents import Delivery, Document, IssuingBody
from qiangqu.domains.office.models.meetings import Meeting
from qiangqu.plan import supervision
from qiangqu.plan import tests as plan_tests
from qiangqu.plan.models import Plan
from qiangqu.plan.scoreboard import scores
from qiangqu.registry.models import Area, Organisation, Role
from qiangqu.registry.tests import factories
from qiangqu.site.packs import load_pack

TINY = Path(plan_tests.__file__).with_name("tiny_pack")
Office = dict[str, Any]


@pytest.fixture
def office(db: None) -> Office:
    load_pack(Pack(TINY), lambda text: None)
    zone, region = Area.objects.get(code="HL-Z-1"), Area.objects.get(code="990000")
    people = {
        "clerk": factories.user(Role.ZONE, zone, "clerk"),
        "reviewer": factories.user(Role.ZONE, zone, "reviewer"),
        "head": factories.user(Role.LEADER, zone, "head"),
        "planner": factories.user(Role.PLANNER, region, "planner", organisation=Organisation.objects.get(code="H-SCI")),
        "leader": factories.user(Role.LEADER, region, "leader"),
        "unit": factories.user(Role.PLANNER, region, "unit", organisation=Organisation.objects.get(code="H-IND")),
    }
    bodies = {
        area.code: IssuingBody.objects.create(
            area=area, name=name, mark=f"{name}文件", code_word=word, fonds=word, valid_from=factories.BORN
        )
        for area, name, word in ((zone, "船舶园管委会", "船管发"), (region, "海澜省工业厅", "海工发"))
    }
    return {"people": people, "bodies": bodies, "zone": zone, "region": region}


def as_user(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def do(case: Case, node: str, user: Any, **answers: str) -> None:
    """A step through the page of its case, as its person does it."""
    step = case.steps.get(node=node, status="open")
    page = reverse("cases-case", args=[case.number])
    shown = as_user(user).get(page)
    assert shown.status_code == 200, (node, shown.status_code)
    answer = as_user(user).post(
        reverse("cases-act", args=[case.number, "finish"]),
        {"_step": step.pk, "_revision": step.revision} | answers,
    )
    assert answer.status_code == 302, answer.content.decode()[:3000]


def draft(office: Office, title: str) -> Document:
    sent = {
        "body": office["bodies"]["HL-Z-1"].pk, "kind": "notice", "title": title, "urgency": "normal", "openness": "open",
        "addressees": "各企业", "text": "一、要求\n请办理。", "copies_to": "", "remark": "",
    }  # fmt: skip
    assert as_user(office["people"]["clerk"]).post(reverse("document-new"), sent).status_code == 302
    return Document.objects.get(title=title)


def submit(office: Office, document: Document) -> Case:
    url = reverse("document-act", args=[document.pk, "submit"])
    answer = as_user(office["people"]["clerk"]).post(url, {"reviewer": "reviewer", "signer": "head"})
    assert answer.status_code == 302
    case = Document.objects.get(pk=document.pk).case
    assert case is not None
    return case


def state(document: Document) -> str:
    return str(Document.objects.get(pk=document.pk).state)


def issued(office: Office, title: str = "关于安全检查的通知") -> Document:
    people, document = office["people"], draft(office, title)
    case = submit(office, document)
    do(case, "review", people["reviewer"], reviewed_as="approve")
    do(case, "sign", people["head"], signing="approve")
    do(case, "register", people["clerk"], checked="passed", copies="20")
    document.refresh_from_db()
    return document


def test_the_kinds_are_there_without_the_pack(office: Office) -> None:
    assert not (TINY / "cases").exists()
    brought = {one.code for one in contracts.declared()}
    assert set(CaseKind.objects.values_list("code", flat=True)) == brought
    assert brought >= {"outgoing_document", "incoming_document", "supervision"}


def test_a_document_goes_out_after_a_second_try_and_another_is_refused(office: Office) -> None:
    people, document = office["people"], draft(office, "关于安全检查的通知")
    case = submit(office, document)
    assert state(document) == DocumentState.IN_REVIEW
    page = as_user(people["reviewer"]).get(reverse("cases-case", args=[case.number])).content.decode()
    assert 'value="return"' in page and "退回修改" in page, "a code to send, words to read"
    do(case, "review", people["reviewer"], reviewed_as="return")
    assert state(document) == DocumentState.TO_REVISE
    do(case, "revise", people["clerk"], revised="已改")
    do(case, "review", people["reviewer"], reviewed_as="approve")
    do(case, "sign", people["head"], signing="approve")
    document.refresh_from_db()
    assert (document.state, document.signer) == (DocumentState.SIGNED, people["head"])
    do(case, "register", people["clerk"], checked="passed", copies="20")
    document.refresh_from_db()
    assert document.state == DocumentState.ISSUED and document.number and document.copies == 20
    done = as_user(people["clerk"]).get(reverse("cases-case", args=[case.number])).content.decode()
    assert "同意签发" in done and "复核无误" in done and ">approve<" not in done
    second = draft(office, "关于另一件事的通知")
    case = submit(office, second)
    do(case, "review", people["reviewer"], reviewed_as="approve")
    do(case, "sign", people["head"], signing="refuse")
    assert state(second) == DocumentState.REFUSED


def test_a_document_that_came_in_is_handled_and_another_goes_back(office: Office) -> None:
    people, bodies = office["people"], office["bodies"]
    out = issued(office)
    circulation.deliver(out, people["clerk"], [bodies["990000"].pk])
    row = Delivery.objects.get(to=bodies["990000"])
    url = reverse("documents-answer", args=[row.pk, "sign"])
    assert as_user(people["planner"]).post(url).status_code == 302
    came = Document.objects.get(direction="in")
    begin = reverse("document-act", args=[came.pk, "handle"])
    assert as_user(people["planner"]).post(begin, {"answer_by": "2099-01-04"}).status_code == 302
    case = Document.objects.get(pk=came.pk).case
    assert case is not None and case.due_on == dt.date(2099, 1, 4)
    step = case.steps.get()
    bare = {"_step": step.pk, "route": "submit", "proposal": "请批示"}
    answer = as_user(people["planner"]).post(reverse("cases-act", args=[case.number, "finish"]), bare)
    assert answer.status_code == 422 and "呈批须选择批示的领导" in answer.content.decode()
    do(case, "propose", people["planner"], route="submit", proposal="请批示", leader="leader")
    do(case, "instruct", people["leader"], instruction="assign", handler="unit")
    assert state(came) == DocumentState.HANDLING
    do(case, "handle", people["unit"], result_text="已办", answered="answered")
    assert state(came) == DocumentState.DONE
    again = issued(office, "关于不该由厅里办的事的通知")
    circulation.deliver(again, people["clerk"], [bodies["990000"].pk])
    row = Delivery.objects.get(document=again)
    as_user(people["planner"]).post(reverse("documents-answer", args=[row.pk, "sign"]))
    came = Document.objects.get(direction="in", title=again.title)
    as_user(people["planner"]).post(reverse("document-act", args=[came.pk, "handle"]), {})
    came.refresh_from_db()
    assert came.case is not None
    do(came.case, "propose", people["planner"], route="return", proposal="应由园区办理")
    row.refresh_from_db()
    assert state(came) == DocumentState.SENT_BACK and (row.state, row.reason) == ("returned", "应由园区办理")


def supervised(office: Office, url: str, subject: str) -> Case:
    answer = as_user(office["people"]["leader"]).post(url, {"unit": "H-IND"})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return Case.objects.get(subject=subject, kind__code="supervision")


def test_what_a_document_a_meeting_and_the_plan_ask_is_supervised_to_its_end(office: Office) -> None:
    people, today = office["people"], timezone.localdate()
    bodies, plan = office["bodies"], Plan.objects.get()
    out = issued(office)
    circulation.deliver(out, people["clerk"], [bodies["990000"].pk])
    as_user(people["planner"]).post(reverse("documents-answer", args=[Delivery.objects.get().pk, "sign"]))
    came = Document.objects.get(direction="in")
    of_document = supervised(office, reverse("plan-supervise", args=[f"document:{came.pk}"]), f"document:{came.pk}")
    meeting = calling.call(
        Meeting(
            body=bodies["990000"], kind="dispatch", title="调度会", chair=people["leader"], place="一楼",
            start=timezone.now() - dt.timedelta(days=2), end=timezone.now() - dt.timedelta(days=2, hours=-1),
        ),
        agenda.read("听取汇报；工业厅；20"), people["planner"],
    )  # fmt: skip
    calling.invite(meeting, people["planner"], ["unit"])
    holding.hold(meeting, people["planner"], [row.pk for row in meeting.invitations.all()])
    decided = holding.resolve(meeting, people["planner"], "抓紧联网", "H-IND", today + dt.timedelta(days=20))
    of_meeting = supervised(office, reverse("plan-supervise", args=[decided.subject]), decided.subject)
    minutes = holding.draft_minutes(meeting, people["planner"])
    assert "抓紧联网" in minutes.text
    of_target = supervised(office, reverse("plan-target-supervise", args=["A1"]), "target:A1")
    assert of_target.data["target_state"] in ("no_data", "off_track", "at_risk", "on_track", "done", "stale")
    for case in (of_document, of_meeting, of_target):
        do(case, "report", people["unit"], report_text="进展", progress="50")
        do(case, "judge", people["leader"], verdict="return")
        do(case, "report", people["unit"], report_text="已完成", progress="100")
        do(case, "judge", people["leader"], verdict="close")
        case.refresh_from_db()
        assert case.status == "closed"
        page = as_user(people["leader"]).get(reverse("cases-case", args=[case.number])).content.decode()
        assert "办结销号" in page and "退回重报" in page
    (row,) = scores(supervision.cases(people["planner"], plan, office["region"]), plan)
    assert (row.code, row.closed, row.returned, row.on_time) == ("H-IND", 3, 3, 3)
    assert supervision.keep_moving() == ""
    bulletin = as_user(people["planner"]).get(reverse("plan-bulletin"))
    assert bulletin.status_code == 200
    words = "\n".join(p.text for p in docx.Document(io.BytesIO(bulletin.content)).paragraphs)
    assert "办结3件" in words
    for name in ("plan-supervision", "plan-scoreboard", "documents", "meetings", "cases-work", "cases-kinds"):
        assert as_user(people["planner"]).get(reverse(name)).status_code == 200, name


def test_an_old_client_that_sends_the_words_is_understood(office: Office) -> None:
    people, document = office["people"], draft(office, "关于安全检查的通知")
    case = submit(office, document)
    step = case.steps.get(status="open")
    acts.finish_step(case, step.pk, {"reviewed_as": "同意"}, people["reviewer"])
    case.refresh_from_db()
    assert case.data["reviewed_as"] == "approve" and case.steps.get(status="open").node == "sign"
