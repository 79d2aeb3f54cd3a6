"""From draft to number: rules, review, signing, registration, versions."""

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.tests.homes import migrated
from qiangqu.base.tests.patience import PATIENCE
from qiangqu.base.tests.programs import Program
from qiangqu.base.visibility import visible
from qiangqu.cases import acts
from qiangqu.domains.office.documents import drafting, numbering
from qiangqu.domains.office.documents.rules import faults_of
from qiangqu.domains.office.documents.terms import DocumentState
from qiangqu.domains.office.models.documents import Document
from qiangqu.records.models import NumberSeries
from qiangqu.registry.models import AuditEntry

from .conftest import draft


def step(case, node, user, **answers):
    row = case.steps.get(node=node, status="open")
    return acts.finish_step(case, row.pk, answers, user)


def sign(office, document):
    """Send to review and sign; gives the case."""
    people = office["people"]
    case = drafting.submit(document, people["zone"], "zone2", "head")
    step(case, "review", people["zone2"], reviewed_as="approve")
    step(case, "sign", people["head"], signing="approve", sign_text="请抓紧")
    document.refresh_from_db()
    return case


def test_a_document_is_reviewed_revised_signed_and_numbered(office):
    people, body = office["people"], office["bodies"]["Z1"]
    document = drafting.create_draft(draft(body), people["zone"])
    case = drafting.submit(document, people["zone"], "zone2", "head")
    document.refresh_from_db()
    assert (document.state, document.case) == (DocumentState.IN_REVIEW, case)
    with pytest.raises(ConflictError, match="不能再改"):
        drafting.save_draft(document, people["zone"], document, document.revision)
    step(case, "review", people["zone2"], reviewed_as="return", review_text="写明期限")
    document.refresh_from_db()
    assert document.state == DocumentState.TO_REVISE
    document.text += "\n请于月底前完成。"
    drafting.save_draft(document, people["zone"], document, document.revision)
    step(case, "revise", people["zone"], revised="已写明")
    step(case, "review", people["zone2"], reviewed_as="approve")
    step(case, "sign", people["head"], signing="approve")
    document.refresh_from_db()
    assert document.state == DocumentState.SIGNED
    assert document.signer == people["head"] and document.dated is not None and document.number == ""
    step(case, "register", people["zone"], checked="passed", copies=30)
    document.refresh_from_db()
    year = document.dated.year
    assert (document.state, document.number, document.copies) == (DocumentState.ISSUED, f"东一管发〔{year}〕1号", 30)
    assert document.versions.count() == 2
    assert "月底" not in document.versions.get(number=1).content["text"]
    assert {"document_drafted", "document_changed", "document_submitted", "document_issued"} <= set(
        AuditEntry.objects.filter(object_type="document", object_id=str(document.pk)).values_list("action", flat=True)
    )


def test_numbers_have_no_gap_when_a_registration_fails(office):
    document = drafting.create_draft(draft(office["bodies"]["Z1"]), office["people"]["zone"])
    case = sign(office, document)
    Document.objects.filter(pk=document.pk).update(
        text="别的内容"
    )  # past the program: what goes out is not what was signed
    with pytest.raises(InputError, match="与签发时不一致"):
        step(case, "register", office["people"]["zone"], checked="passed")
    document.refresh_from_db()
    assert document.number == "" and case.steps.filter(node="register", status="open").exists()
    assert not NumberSeries.objects.filter(series__startswith="document:", last__gt=0).exists()
    other = drafting.create_draft(draft(office["bodies"]["Z1"], title="关于另一事的通知"), office["people"]["zone"])
    step(sign(office, other), "register", office["people"]["zone"], checked="passed")
    other.refresh_from_db()
    assert other.number.endswith("〕1号")


def test_substantive_changes_after_signing_need_a_new_signature(office):
    document = drafting.create_draft(draft(office["bodies"]["Z1"]), office["people"]["zone"])
    case = sign(office, document)
    step(case, "register", office["people"]["zone"], checked="changed", check_text="范围写错")
    document.refresh_from_db()
    assert (document.state, document.signer, document.text_sha256) == (DocumentState.TO_REVISE, None, "")
    # what must be mended is mended before it goes on
    document.addressees = ""
    drafting.save_draft(document, office["people"]["zone"], document, document.revision)
    with pytest.raises(InputError, match="缺主送机关"):
        step(case, "revise", office["people"]["zone"], revised="改了")


def test_a_refused_draft_can_be_sent_again_and_a_withdrawn_one_is_a_draft(office):
    people = office["people"]
    document = drafting.create_draft(draft(office["bodies"]["Z1"]), people["zone"])
    case = drafting.submit(document, people["zone"], "zone2", "head")
    step(case, "review", people["zone2"], reviewed_as="approve")
    step(case, "sign", people["head"], signing="refuse")
    document.refresh_from_db()
    assert document.state == DocumentState.REFUSED
    again = drafting.submit(document, people["zone"], "zone2", "head")
    assert again.number != case.number
    acts.withdraw(again, people["zone"], "还要商量")
    document.refresh_from_db()
    assert document.state == DocumentState.DRAFT and document.editable


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": " "}, "正文是空的"),
        ({"text": "机密★10年\n内容"}, "涉密公文"),
        ({"addressees": ""}, "缺主送机关"),
        ({"kind": "request", "addressees": "甲厅，乙厅", "upward": True}, "只主送一个"),
        ({"kind": "report", "text": "情况如上，妥否，请批示。", "upward": True}, "不得夹带请示"),
    ],
)
def test_what_must_be_mended_before_review(office, change, said):
    document = drafting.create_draft(draft(office["bodies"]["Z1"], **change), office["people"]["zone"])
    assert any(said in fault.text and fault.must for fault in faults_of(document))
    with pytest.raises(InputError, match=said):
        drafting.submit(document, office["people"]["zone"], "zone2", "head")
    document.refresh_from_db()
    assert document.case is None


def test_a_draft_that_holds_the_rules_has_no_fault_and_nobody_signs_his_own(office):
    document = drafting.create_draft(draft(office["bodies"]["Z1"]), office["people"]["zone"])
    assert faults_of(document) == []
    with pytest.raises(InputError, match="签发人不能是拟稿人"):
        drafting.submit(document, office["people"]["zone"], "zone2", "zone")
    with pytest.raises(InputError):
        drafting.submit(document, office["people"]["zone"], "zone2", "neighbour")


def test_two_writers_do_not_overwrite_each_other(office):
    people = office["people"]
    document = drafting.create_draft(draft(office["bodies"]["Z1"]), people["zone"])
    other = Document.objects.get(pk=document.pk)
    document.title = "关于第一次修改的通知"
    drafting.save_draft(document, people["zone"], document, 0)
    other.title = "关于第二次修改的通知"
    with pytest.raises(ConflictError, match="别人改过"):
        drafting.save_draft(other, people["zone2"], other, 0)


def test_only_the_office_itself_writes(office):
    people = office["people"]
    for stranger in ("neighbour", "planner", "leader", "head"):
        with pytest.raises(PermissionDenied):
            drafting.create_draft(draft(office["bodies"]["Z1"]), people[stranger])


def test_who_sees_a_draft_an_issued_and_a_restricted_one(office):
    people = office["people"]
    document = drafting.create_draft(draft(office["bodies"]["Z1"]), people["zone"])

    def seen():
        return {
            name
            for name, user in people.items()
            if visible(Document.objects.all(), user).filter(pk=document.pk).exists()
        }

    assert seen() == {"zone", "zone2", "head"}
    case = drafting.submit(document, people["zone"], "zone2", "head")
    case.steps.filter(node="review").update(assignee=people["city"])  # as a supervisor hands it over
    step(case, "review", people["city"], reviewed_as="approve")
    case.steps.filter(node="sign").update(assignee=people["leader"])
    assert seen() == {"zone", "zone2", "head", "city", "leader"}  # those whom the review asks
    step(case, "sign", people["leader"], signing="approve")
    step(case, "register", people["zone"], checked="passed")
    assert seen() == {"zone", "zone2", "head", "city", "leader", "planner", "admin"}
    Document.objects.filter(pk=document.pk).update(restricted=True)
    assert seen() == {"zone", "zone2", "city", "leader"}


TAKE = """
import sys, django
django.setup()
from django.db import transaction
from qiangqu.domains.office.documents import numbering
from qiangqu.domains.office.models.documents import IssuingBody
body = IssuingBody(pk=1, code_word="东一管发")
for _n in range(15):
    with transaction.atomic():
        print(numbering.document_number(body, 2026))
"""


def test_numbers_taken_at_once_are_all_different_and_have_no_gap(tmp_path):
    migrated(tmp_path)
    (tmp_path / "take.py").write_text(TAKE, encoding="utf-8")
    running = [Program(tmp_path / "take.py", home=tmp_path) for _n in range(2)]
    ended = [one.finish(PATIENCE) for one in running]
    assert [(code, complaints) for code, _said, complaints in ended] == [(0, "")] * 2
    taken = [line for _code, said, _complaints in ended for line in said.split()]
    assert sorted(taken, key=lambda text: int(text[10:-1])) == [f"东一管发〔2026〕{n}号" for n in range(1, 31)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="threads share SQLite's memory database badly; processes above"
)
def test_numbers_taken_at_once_by_threads(open_office):
    body, taken = open_office["bodies"]["Z1"], []

    def work():
        try:
            for _n in range(5):
                with transaction.atomic():
                    taken.append(numbering.document_number(body, 2026))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(taken, key=lambda text: int(text[10:-1])) == [f"东一管发〔2026〕{n}号" for n in range(1, 21)]
