"""What makes a record makes one, however often the same form or request is sent: cases, complaints,
documents, meetings, events, reports, the API.
"""

import html
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from qiangqu.cases.definition import read_folder
from qiangqu.cases.kinds import save_version
from qiangqu.cases.models import Case
from qiangqu.cases.tests.conftest import KINDS as SAMPLES
from qiangqu.cases.tests.test_pack_kinds import KINDS
from qiangqu.domains.office.documents.tests.conftest import office  # noqa: F401 - fixture
from qiangqu.domains.office.models.documents import Document
from qiangqu.domains.office.models.meetings import CalendarEvent, Meeting
from qiangqu.facts.models import CollectionForm, CollectionItem, Element, Report
from qiangqu.records.models import Attachment
from qiangqu.registry.models import AuditEntry, User
from qiangqu.registry.tests import factories
from qiangqu.ui.models import Submission
from qiangqu.ui.tests.opened import opened

from .test_once import hidden

PDF = b"%PDF-1.4 x"
COMPLAINT = {
    "title": "夜间噪声", "topic": "环境污染", "place": "Z1", "text": "每晚都有很大的噪声", "complainant": "张三", "mobile": "13912345678",
}  # fmt: skip
APPROVAL = {"title": "甲项目", "amount": "5"}


@pytest.fixture
def desk(office: dict[str, Any]) -> dict[str, Any]:  # noqa: F811
    for folder in (KINDS / "public_complaint", SAMPLES / "approval"):
        save_version(read_folder(folder), office["people"]["admin"], note="首版")
    return office


def thrice(client: Client, page: str, data: dict[str, Any], url: str = "", file: str = "") -> list[Any]:
    """The form of ``page`` sent three times with all that it carries hidden; files are sent each time, as a
    browser does.
    """
    fields = hidden(client.get(page).content.decode(), "_once")
    given = {name: html.unescape(value) for name, value in fields.items()} | data
    answers = []
    for _time in range(3):
        more = {file: SimpleUploadedFile("材料.pdf", PDF)} if file else {}
        answers.append(client.post(url or page, given | more))
    return answers


def landed(answers: list[Any], status: int = 302) -> None:
    assert [one.status_code for one in answers] == [status] * 3, answers[0].content.decode()[-3000:]
    assert len({one.headers.get("Location") for one in answers}) == 1
    assert ["X-Repeated" in one.headers for one in answers] == [False, True, True]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_case(desk: dict[str, Any]) -> None:
    client = signed_in(desk["people"]["zone"])
    page = reverse("cases-start-form", args=["approval"])
    landed(thrice(client, page, APPROVAL, file="_files"))
    case = Case.objects.get(kind__code="approval")
    assert Attachment.objects.count() == 1 and AuditEntry.objects.filter(action="case_opened").count() == 1
    # the same again on purpose, from a form of its own, is another case
    landed(thrice(client, page, APPROVAL))
    assert Case.objects.filter(kind__code="approval").exclude(pk=case.pk).count() == 1


def test_a_step_of_a_case(desk: dict[str, Any]) -> None:
    """What is done in a case is done once, and the repeat is no refusal."""
    client = signed_in(desk["people"]["zone"])
    client.post(reverse("cases-start-form", args=["approval"]), APPROVAL)
    case = Case.objects.get(kind__code="approval")
    page = reverse("cases-case", args=[case.number])
    note = thrice(client, page, {"text": "请补材料"}, url=reverse("cases-act", args=[case.number, "comment"]))
    assert len({one.status_code for one in note}) == 1
    assert AuditEntry.objects.filter(action="case_comment").count() <= 1


def test_a_complaint_of_the_public(desk: dict[str, Any]) -> None:
    """The number and the code are the same on each answer: the complainant may have read any of them."""
    client = Client()
    answers = thrice(client, reverse("public-open", args=["public_complaint"]), COMPLAINT, file="_files")
    landed(answers, 200)
    case = Case.objects.get(kind__code="public_complaint")
    assert (
        len({html.unescape(one.content.decode()) for one in answers}) == 1
        and case.number in answers[2].content.decode()
    )
    assert "13912345678" not in str(list(Submission.objects.values_list("answer", flat=True)))
    # another stranger with the same number of a form and other words is another act
    assert Client().post(reverse("public-open", args=["public_complaint"]), COMPLAINT).status_code == 200
    assert Case.objects.filter(kind__code="public_complaint").count() == 2


def test_a_document(desk: dict[str, Any]) -> None:
    client = signed_in(desk["people"]["zone"])
    sent = {
        "body": desk["bodies"]["Z1"].pk, "kind": "notice", "title": "关于检查的通知", "urgency": "normal", "openness": "open",
        "addressees": "各企业", "text": "一、要求", "copies_to": "", "remark": "",
    }  # fmt: skip
    answers = thrice(client, reverse("document-new"), sent, file="files")
    landed(answers)
    one = Document.objects.get()
    assert answers[2].headers["Location"] == reverse("document", args=[one.pk])
    assert (one.files.count(), one.versions.count()) == (1, 1)
    gone = thrice(client, reverse("document", args=[one.pk]), {"reviewer": "zone2", "signer": "head"}, url=reverse("document-act", args=[one.pk, "submit"]))  # fmt: skip
    landed(gone)
    assert Case.objects.filter(kind__code="outgoing_document").count() == 1


def test_a_document_that_came_in(desk: dict[str, Any]) -> None:
    sent = {
        "body": desk["bodies"]["Z1"].pk, "sender": "省发改委", "number": "", "title": "关于报送材料的通知", "kind": "notice", "urgency": "normal",
        "dated": "2026-11-01", "received_on": "2026-11-03", "pages": "2", "answer_by": "",
    }  # fmt: skip
    answers = thrice(signed_in(desk["people"]["zone"]), reverse("document-receive"), sent, file="files")
    landed(answers)
    one = Document.objects.get()
    assert answers[2].headers["Location"] == reverse("document", args=[one.pk]) and one.files.count() == 1


def test_a_meeting(desk: dict[str, Any]) -> None:
    sent = {
        "body": desk["bodies"]["Z1"].pk, "kind": "office", "title": "例会", "chair": desk["people"]["head"].pk, "room": "", "place": "一楼",
        "start": "2026-12-01T09:00", "end": "2026-12-01T10:00", "agenda": "甲；乙；10", "note": "",
    }  # fmt: skip
    answers = thrice(signed_in(desk["people"]["zone"]), reverse("meeting-new"), sent, file="files")
    landed(answers)
    one = Meeting.objects.get()
    assert answers[2].headers["Location"] == reverse("meeting", args=[one.pk])
    assert (one.agenda.count(), one.files.count()) == (1, 1)


def test_an_event_of_ones_own(desk: dict[str, Any]) -> None:
    sent = {"title": "例会", "place": "", "start": "2026-11-30T10:00", "end": "2026-11-30T11:00"}
    landed(thrice(signed_in(desk["people"]["zone"]), reverse("calendar-event-new"), sent))
    assert CalendarEvent.objects.count() == 1


def test_a_report(desk: dict[str, Any]) -> None:
    area = desk["areas"]["Z1"]
    firm = factories.enterprise(area, 7, scale="above")
    user = factories.user("enterprise", area, "firm", organisation=firm)
    output = Element.objects.create(code="gross_output", name="工业总产值", unit="亿元", kind="flow", aggregation="sum")
    form = CollectionForm.objects.create(
        code="monthly", name="月报表", frequency=5, area=desk["areas"]["R"], scale="above", first_period=5202401
    )
    CollectionItem.objects.create(form=form, element=output, unit="万元", position=1)
    client, page = signed_in(user), reverse("facts-report-fill", args=["monthly", "2026-09"])
    sent = {"v-gross_output": "12000", "e-gross_output": "", "act": "submit", "opened": opened(client.get(page))}
    landed(thrice(client, page, sent))
    report = Report.objects.get()
    assert report.status == "submitted" and AuditEntry.objects.filter(action="report_submitted").count() == 1


@pytest.mark.parametrize(
    ("url", "sent", "made"),
    [
        ("/api/v1/cases/", {"kind": "approval", "data": {"title": "甲", "amount": 5}}, lambda: Case.objects.filter(kind__code="approval")),
        (
            "/api/v1/office/documents",
            {"sender": "省发改委", "title": "关于报送材料的通知", "kind": "notice", "received_on": "2026-11-03"},
            Document.objects.all,
        ),
    ],
    ids=["case", "document"],
)  # fmt: skip
def test_a_program_that_says_which_request_it_repeats(desk: dict[str, Any], url: str, sent: Any, made: Any) -> None:
    client = signed_in(desk["people"]["zone"])
    if "office" in url:
        sent = sent | {"body": desk["bodies"]["Z1"].name}
    else:
        sent = sent | {"area": "Z1"}
    answers = [
        client.post(url, sent, content_type="application/json", headers={"Idempotency-Key": "my-number-1"})
        for _time in range(3)
    ]
    landed(answers, 201)
    assert len({one.content for one in answers}) == 1 and made().count() == 1
    again = client.post(url, sent, content_type="application/json", headers={"Idempotency-Key": "my-number-2"})
    assert again.status_code in (201, 409) and "X-Repeated" not in again.headers
