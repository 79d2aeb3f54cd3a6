"""Pages of cases: what each shows, what it does, and that strangers and neighbours are refused."""

import uuid
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from openpyxl import load_workbook

from qiangqu.cases import acts
from qiangqu.cases.models import Case, Step
from qiangqu.records.attachments import attach
from qiangqu.records.checking import checked
from qiangqu.records.models import Attachment
from qiangqu.registry import audit

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\n"


def opened(scene, **more):
    data = {"title": "光伏组件扩产", "amount": 2000} | more
    return acts.open_case("approval", data, area=scene["areas"]["Z1"], user=scene["people"]["zone"]).case


def at(name, *args):
    return reverse(name, args=args)


def post(client, case, act, **data):
    return client.post(at("cases-act", case.number, act), data)


def step_of(case, node):
    return case.steps.get(node=node, status="open")


@pytest.mark.parametrize("which", ["todo", "doing", "done", "mine", "all"])
def test_lists_show_what_is_mine(scene, client, which):
    case = opened(scene)
    person = scene["people"]["zone"]
    client.force_login(person)
    if which in ("doing", "done"):
        acts.claim(case, step_of(case, "accept").pk, person)
    if which == "done":
        acts.finish_step(case, step_of(case, "accept").pk, {"accepted": "受理"}, person)
    page = client.get(at("cases-work"), {"list": which})
    assert page.status_code == 200 and case.number in page.content.decode()
    empty = client.get(at("cases-work"), {"list": which, "q": "没有这样的标题"})
    assert case.number not in empty.content.decode()


def test_the_neighbour_sees_nothing_in_any_list(scene, client):
    case = opened(scene)
    client.force_login(scene["people"]["neighbour"])
    for which in ("todo", "doing", "done", "mine", "all"):
        assert case.number not in client.get(at("cases-work"), {"list": which}).content.decode()
    # 督办 is for supervisors only
    assert client.get(at("cases-work"), {"list": "watch"}).status_code == 422


def test_the_list_as_excel(scene, client):
    case = opened(scene, title="=HYPERLINK(1)")
    client.force_login(scene["people"]["planner"])
    answer = client.get(at("cases-work-xlsx"), {"list": "all"})
    rows = list(load_workbook(BytesIO(answer.getvalue())).active.iter_rows(values_only=True))
    assert rows[1][0] == case.number and rows[1][1] == "=HYPERLINK(1)"
    client.force_login(scene["people"]["neighbour"])
    rows = list(
        load_workbook(BytesIO(client.get(at("cases-work-xlsx"), {"list": "all"}).getvalue())).active.iter_rows()
    )
    assert len(rows) == 1


@pytest.mark.parametrize("query", [{"list": "x"}, {"status": "x"}, {"light": "x"}, {"sort": "x"}])
def test_a_list_by_a_word_that_means_nothing_is_refused(scene, client, query):
    client.force_login(scene["people"]["zone"])
    assert client.get(at("cases-work"), query).status_code == 422


@pytest.mark.parametrize("who", ["neighbour", "city2", "rival", "enterprise", None])
def test_a_case_is_nobody_elses(scene, client, who):
    case = opened(scene)
    with transaction.atomic():
        (file,) = attach(case, [checked("a.pdf", PDF)], scene["people"]["zone"])
    before = audit.AuditEntry.objects.count()
    if who:
        client.force_login(scene["people"][who])
    expected = 404 if who else 302
    assert client.get(at("cases-case", case.number)).status_code == expected
    assert client.get(at("cases-letter", case.number, "notice")).status_code == expected
    assert client.get(at("attachment", file.uid)).status_code == expected
    assert client.post(at("cases-identity", case.number)).status_code == expected
    from qiangqu.cases.pages.case import ACTS

    for name in ACTS:
        answer = post(client, case, name, _step=step_of(case, "accept").pk, accepted="受理")
        assert answer.status_code == expected
    assert audit.AuditEntry.objects.count() == before and step_of(case, "accept").assignee is None


@pytest.mark.parametrize(
    "name", ["cases-work", "cases-work-xlsx", "cases-start", "cases-statistics", "cases-statistics-xlsx"]
)
def test_strangers_are_sent_to_sign_in(scene, client, name):
    answer = client.get(at(name))
    assert answer.status_code == 302 and "login" in answer.headers["Location"]


def test_statistics_are_not_for_enterprises_and_count_only_ones_area(scene, client):
    opened(scene)
    client.force_login(scene["people"]["enterprise"])
    assert client.get(at("cases-statistics")).status_code == 403
    client.force_login(scene["people"]["neighbour"])
    assert client.get(at("cases-statistics")).context["totals"]["opened"] == 0
    client.force_login(scene["people"]["planner"])
    page = client.get(at("cases-statistics"))
    assert page.context["totals"]["opened"] == 1 and "受理" in page.content.decode()
    rows = list(
        load_workbook(BytesIO(client.get(at("cases-statistics-xlsx")).content)).active.iter_rows(values_only=True)
    )
    assert rows[1][:3] == ("试验审批", 1, 1)


def test_opening_from_the_page(scene, client):
    client.force_login(scene["people"]["zone"])
    assert "试验审批" in client.get(at("cases-start")).content.decode()
    page = client.get(at("cases-start-form", "approval"))
    assert page.status_code == 200 and 'name="amount"' in page.content.decode()
    wrong = client.post(at("cases-start-form", "approval"), {"title": "甲", "amount": "很多"})
    assert wrong.status_code == 422 and 'value="甲"' in wrong.content.decode() and Case.objects.count() == 0
    beyond = client.post(at("cases-start-form", "approval"), {"title": "甲", "amount": "5", "status": "closed"})
    assert beyond.status_code == 422 and Case.objects.count() == 0
    file = SimpleUploadedFile("../../申请.pdf", PDF)
    done = client.post(at("cases-start-form", "approval"), {"title": "甲", "amount": "5", "_files": file})
    case = Case.objects.get()
    assert done.status_code == 302 and case.area == scene["areas"]["Z1"] and case.data["amount"] == 5
    assert Attachment.objects.get().name == "申请.pdf"
    client.force_login(scene["people"]["leader"])
    assert client.get(at("cases-start-form", "approval")).status_code == 404


def test_a_step_is_done_on_the_page(scene, client):
    case = opened(scene)
    client.force_login(scene["people"]["zone"])
    step = step_of(case, "accept")
    page = client.get(at("cases-case", case.number)).content.decode()
    assert 'name="accepted"' in page and "当前步骤" in page and f'data-node="{step.node}"' in page
    wrong = post(client, case, "finish", _step=step.pk, _revision=step.revision, accepted="随便", _opinion="我的意见")
    assert wrong.status_code == 422 and "我的意见" in wrong.content.decode()
    done = post(client, case, "finish", _step=step.pk, _revision=step.revision, accepted="受理", _opinion="同意受理")
    assert done.status_code == 302
    page = client.get(at("cases-case", case.number)).content.decode()
    assert "同意受理" in page and "用地审查" in page
    again = post(client, case, "finish", _step=step.pk, _revision=step.revision, accepted="受理")
    assert again.status_code == 409 and "您的操作没有执行" in again.content.decode()


def test_acts_on_the_page(scene, client):
    case = opened(scene)
    people = scene["people"]
    client.force_login(people["zone"])
    step = step_of(case, "accept")
    assert post(client, case, "claim", _step=step.pk).status_code == 302
    assert post(client, case, "put-back", _step=step.pk).status_code == 302
    assert post(client, case, "assign", _step=step.pk, _to="zone2", _reason="出差").status_code == 302
    step.refresh_from_db()
    assert step.assignee == people["zone2"]
    client.force_login(people["zone2"])
    assert post(client, case, "ask", _step=step.pk, _to=["city"]).status_code == 302
    # countersignature is owed
    assert post(client, case, "finish", _step=step.pk, accepted="受理").status_code == 409
    client.force_login(people["city"])
    assert "请您会签" in client.get(at("cases-work")).content.decode()
    owed = case.opinions.get(kind="countersign")
    assert post(client, case, "countersign", _opinion_pk=owed.pk, _agrees="x").status_code == 422
    assert post(client, case, "countersign", _opinion_pk=owed.pk, _agrees="1").status_code == 302
    client.force_login(people["zone2"])
    assert post(client, case, "finish", _step=step.pk, accepted="受理").status_code == 302
    assert post(client, case, "take-back", _step=step.pk).status_code == 302
    step = step_of(case, "accept")
    assert step.assignee == people["zone2"] and case.steps.filter(status="open").count() == 1
    assert post(client, case, "finish", _step=step.pk, accepted="受理").status_code == 302
    acts.finish_step(case, step_of(case, "land").pk, {"land_ok": True}, people["zone"])
    # one of the two that follow is done
    assert post(client, case, "take-back", _step=step.pk).status_code == 409
    client.force_login(people["planner"])
    assert post(client, case, "urge", _text="请抓紧").status_code == 302
    assert post(client, case, "suspend", _reason="等补件").status_code == 302
    assert post(client, case, "resume").status_code == 302
    assert post(client, case, "opine", _text="已阅").status_code == 302
    assert post(client, case, "withdraw", _reason="").status_code == 422
    assert post(client, case, "withdraw", _reason="不再申请").status_code == 302
    case.refresh_from_db()
    assert case.status == "withdrawn" and not Step.objects.filter(case=case, status="open").exists()
    assert audit.verify()[1] is None


@pytest.mark.parametrize("act", ["finish", "claim", "assign", "return", "nothing"])
@pytest.mark.parametrize("step", ["", "abc", "-1", "9" * 30, "١"])
def test_broken_step_numbers_are_answered_in_words(scene, client, act, step):
    case = opened(scene)
    client.force_login(scene["people"]["zone"])
    assert post(client, case, act, _step=step).status_code == 404


EVIL = "<script>alert(1)</script>"


def test_html_in_every_text_field_is_only_text(scene, client):
    case = opened(scene, title=EVIL, note=EVIL)
    people = scene["people"]
    step = step_of(case, "accept")
    acts.opine(case, EVIL, people["planner"])
    acts.claim(case, step.pk, people["zone"])
    acts.finish_step(case, step.pk, {"accepted": "补正"}, people["zone"], opinion=EVIL)
    step = step_of(case, "supplement")
    acts.send_back(case, step.pk, EVIL, people["zone"])
    acts.urge(case, EVIL, people["planner"])
    client.force_login(people["planner"])
    for address in (at("cases-case", case.number), at("cases-work") + "?list=all", at("search") + "?q=script"):
        page = client.get(address).content.decode()
        assert EVIL not in page and "alert(1)" in page


def test_an_executable_named_pdf_is_refused_and_nothing_is_done(scene, client):
    case = opened(scene)
    client.force_login(scene["people"]["zone"])
    step = step_of(case, "accept")
    evil = SimpleUploadedFile("报告.pdf", b"MZ\x90\x00\x03")
    answer = post(client, case, "finish", _step=step.pk, accepted="受理", _files=evil)
    assert answer.status_code == 422 and "内容与扩展名" in answer.content.decode()
    assert Attachment.objects.count() == 0 and step_of(case, "accept").pk == step.pk


def test_files_come_back_as_downloads_only(scene, client):
    case = opened(scene)
    client.force_login(scene["people"]["zone"])
    post(client, case, "opine", _text="", _files=SimpleUploadedFile("a.pdf", PDF))
    file = Attachment.objects.get()
    answer = client.get(at("attachment", file.uid))
    assert answer.content == PDF and answer.headers["Content-Disposition"].startswith("attachment")
    assert (
        answer.headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer.headers["Content-Security-Policy"]
    )
    assert client.get(at("attachment", uuid.uuid4())).status_code == 404
