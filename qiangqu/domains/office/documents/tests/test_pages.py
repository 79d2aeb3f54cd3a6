"""The pages and the API: what they show, to whom, and that strangers and neighbours are refused; the Word
files.
"""

import html
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from docx import Document as read_word
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.cases.models import Case
from qiangqu.domains.office.documents import circulation, drafting, incoming, paper
from qiangqu.domains.office.documents.rules import paragraphs
from qiangqu.domains.office.models.documents import Document, IssuingBody
from qiangqu.plan.models import Measure, Plan, Responsibility
from qiangqu.registry.models import Organisation
from qiangqu.registry.tests import factories
from qiangqu.ui.tests.opened import opened

from .conftest import draft, receipt
from .test_outgoing import sign, step


@pytest.fixture
def both(office):
    """A document that went out of zone Z1 and one that came in."""
    people, body = office["people"], office["bodies"]["Z1"]
    out = drafting.create_draft(draft(body, copies_to="甲局，乙局", urgency="most_urgent"), people["zone"])
    step(sign(office, out), "register", people["zone"], checked="passed")
    out.refresh_from_db()
    came = incoming.register(receipt(body), people["zone"])
    return out, came


def pages_of(*documents):
    found = [reverse(name) for name in ("documents", "documents-xlsx", "documents-inbox", "documents-archive")]
    found += [reverse("document-new"), reverse("document-receive"), reverse("documents-catalogue", args=[2026])]
    for one in documents:
        found += [reverse("document", args=[one.pk]), reverse("document-official", args=[one.pk])]
    return found


@pytest.mark.one_database  # visibility is asked of both by test_visibility_property
def test_pages_open_for_the_office_and_nothing_of_it_for_others(client, office, both):
    out, came = both
    client.force_login(office["people"]["zone"])
    for url in [
        *pages_of(out, came),
        reverse("document-sheet", args=[came.pk]),
        reverse("document-version", args=[out.pk, 1]),
    ]:
        assert client.get(url).status_code == 200, url
    assert out.number in client.get(reverse("documents"), {"list": "out"}).content.decode()
    private = [reverse("document", args=[one.pk]) for one in both]
    private += [reverse("document-official", args=[out.pk]), reverse("document-sheet", args=[came.pk])]
    private += [reverse("document-version", args=[out.pk, 1]), reverse("plan-supervise", args=[f"document:{out.pk}"])]
    acts = [
        reverse("document-act", args=[one.pk, name])
        for one in both
        for name in ("read", "circulate", "deliver", "archive")
    ]
    client.force_login(office["people"]["neighbour"])
    assert [client.get(url).status_code for url in private] == [404] * 5 + [403]
    assert [client.post(url).status_code for url in acts] == [404] * 8
    assert out.number not in client.get(reverse("documents"), {"list": "out"}).content.decode()
    enterprise = office["people"]["neighbour"]
    enterprise.posts.update(role="enterprise")
    client.force_login(enterprise)
    assert {client.get(url).status_code for url in pages_of(out, came)} == {403}
    client.logout()
    assert {client.get(url).status_code for url in pages_of(out, came)} == {302}


def test_an_office_above_reads_but_does_not_write(client, office, both):
    out, came = both
    client.force_login(office["people"]["planner"])
    assert client.get(reverse("document", args=[out.pk])).status_code == 200
    assert client.post(reverse("document-act", args=[came.pk, "put-on-file"])).status_code == 403
    assert client.post(reverse("document-act", args=[out.pk, "deliver"]), {"outside": "某单位"}).status_code == 403
    assert client.get(reverse("document-edit", args=[out.pk])).status_code == 403


def test_a_clerk_drafts_edits_attaches_and_sends_to_review(client, office):
    client.force_login(office["people"]["zone"])
    body = office["bodies"]["Z1"]
    sent = {
        "body": body.pk, "kind": "notice", "title": "关于<b>检查</b>的通知", "urgency": "normal", "openness": "open",
        "addressees": "各企业", "text": "一、要求\n请办理。", "copies_to": "", "remark": "",
        "files": SimpleUploadedFile("任务.pdf", b"%PDF-1.4 x"),
    }  # fmt: skip
    made = client.post(reverse("document-new"), sent)
    one = Document.objects.get()
    assert made.status_code == 302 and one.files.count() == 1
    page = client.get(reverse("document", args=[one.pk])).content.decode()
    assert "关于&lt;b&gt;检查&lt;/b&gt;的通知" in page and "<b>检查" not in page
    sent["files"] = SimpleUploadedFile("程序.pdf", b"MZ not a pdf")
    refused = client.post(reverse("document-edit", args=[one.pk]), sent | {"revision": one.revision})
    assert refused.status_code == 422 and "程序.pdf" in refused.content.decode()
    del sent["files"]
    assert (
        client.post(
            reverse("document-edit", args=[one.pk]), sent | {"revision": one.revision, "title": "关于检查的通知"}
        ).status_code
        == 302
    )
    file = one.files.get()
    got = client.get(reverse("attachment", args=[file.uid]))
    assert got.content == b"%PDF-1.4 x" and "attachment" in got.headers["Content-Disposition"]
    client.post(reverse("document-act", args=[one.pk, "remove-file"]), {"file": file.pk})
    assert one.files.filter(removed_at=None).count() == 0
    wrong = client.post(reverse("document-act", args=[one.pk, "submit"]), {"reviewer": "zone2", "signer": "zone"})
    assert wrong.status_code == 422 and "签发人不能是拟稿人" in wrong.content.decode()
    client.post(reverse("document-act", args=[one.pk, "submit"]), {"reviewer": "zone2", "signer": "head"})
    one.refresh_from_db()
    assert one.state == "in_review" and one.title == "关于检查的通知"
    # the case leads back to the document
    client.force_login(office["people"]["zone2"])
    page = client.get(reverse("cases-case", args=[one.case.number])).content.decode()
    assert reverse("document", args=[one.pk]) in page


def test_two_at_one_draft(client, office):
    one = drafting.create_draft(draft(office["bodies"]["Z1"]), office["people"]["zone"])
    other = Client()
    client.force_login(office["people"]["zone"])
    other.force_login(office["people"]["zone2"])
    url = reverse("document-edit", args=[one.pk])
    sent = {
        "kind": "notice", "title": one.title, "urgency": "normal", "openness": "open", "addressees": "各企业", "text": one.text,
        "copies_to": "", "remark": "",
    }  # fmt: skip
    of_a, of_b = opened(client.get(url)), opened(other.get(url))
    saved = client.post(url, sent | {"text": "甲写的正文", "opened": of_a, "revision": 0})
    assert saved.status_code == 302, saved.content.decode()
    answer = other.post(url, sent | {"text": "乙写的正文", "opened": of_b, "revision": 0})
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 422 and "“甲写的正文”" in text and "“乙写的正文”" in text
    for without in ({}, {"revision": ""}, {"revision": 0}, {"revision": 7}):
        blind = other.post(url, sent | {"text": "乙写的正文"} | without)
        assert blind.status_code == 422 and "乙写的正文" in blind.content.decode(), "what was written is kept"
    one.refresh_from_db()
    assert one.text == "甲写的正文" and one.revision == 1
    # what B did not touch takes A's value, and the page that was shown stands on the newest state
    titled = other.post(url, sent | {"title": "关于乙的通知", "opened": of_b, "revision": 0})
    assert titled.status_code == 422 and "已改为“甲写的正文”" in html.unescape(titled.content.decode())
    again = {"title": "关于乙的通知", "text": "甲写的正文", "opened": opened(titled), "revision": 1}
    assert other.post(url, sent | again).status_code == 302
    one.refresh_from_db()
    assert (one.title, one.text, one.revision) == ("关于乙的通知", "甲写的正文", 2)
    # a revision that changed none of the fields stands in nobody's way
    of_a = opened(client.get(url))
    Document.objects.filter(pk=one.pk).update(revision=5)
    last = sent | {"title": "关于乙的通知", "text": "甲再写的正文", "opened": of_a, "revision": 2}
    assert client.post(url, last).status_code == 302
    one.refresh_from_db()
    assert (one.text, one.revision) == ("甲再写的正文", 6)


def test_a_document_kind_is_not_opened_by_hand(client, office):
    client.force_login(office["people"]["zone"])
    assert "发文办理" not in client.get(reverse("cases-start")).content.decode()
    assert client.get(reverse("cases-start-form", args=["outgoing_document"])).status_code == 404
    body = {"kind": "outgoing_document", "data": {}, "area": "Z1"}
    assert client.post("/api/v1/cases/", body, content_type="application/json").status_code == 404


def test_a_reply_is_drafted_from_the_document_it_answers(client, office, both):
    _out, came = both
    client.force_login(office["people"]["zone"])
    page = client.get(reverse("document-new"), {"answers": came.pk}).content.decode()
    assert "省发改委" in page and "复函" in page
    client.force_login(office["people"]["neighbour"])
    assert client.get(reverse("document-new"), {"answers": came.pk}).status_code == 404


def test_receiving_and_answering_by_the_pages(client, office, both):
    out, _came = both
    people = office["people"]
    circulation.deliver(out, people["zone"], [office["bodies"]["Z3"].pk])
    row = out.deliveries.get()
    client.force_login(people["neighbour"])
    assert out.title in client.get(reverse("documents-inbox")).content.decode()
    assert client.post(reverse("documents-answer", args=[row.pk, "sign"])).status_code == 302
    made = Document.objects.get(body=office["bodies"]["Z3"])
    client.post(reverse("document-act", args=[made.pk, "circulate"]), {"readers": ["neighbour"]})
    client.post(reverse("document-act", args=[made.pk, "read"]), {"opinion": "<i>阅</i>"})
    page = client.get(reverse("document", args=[made.pk])).content.decode()
    assert "&lt;i&gt;阅" in page
    client.force_login(people["zone"])
    assert client.post(reverse("documents-answer", args=[row.pk, "sign"])).status_code == 404


def test_a_document_becomes_a_supervised_task_once(client, office, both):
    region = office["areas"]["R"]
    plan = Plan.objects.create(
        code="P", name="试验计划", area=region, base_year=2025, start_year=2026, target_year=2030
    )
    unit = Organisation.objects.create(code="GXT", name="工信厅", kind="agency", area=region, valid_from=factories.BORN)
    measure = Measure.objects.create(plan=plan, no=1, title="举措")
    Responsibility.objects.create(measure=measure, organisation=unit, role="lead")
    out, _came = both
    client.force_login(office["people"]["leader"])
    url = reverse("plan-supervise", args=[f"document:{out.pk}"])
    assert out.title in client.get(url).content.decode()
    assert client.post(url, {"unit": "nobody"}).status_code == 422
    for _n in range(2):
        assert client.post(url, {"unit": "GXT"}).status_code == 302
    case = Case.objects.get(subject=f"document:{out.pk}", kind__code="supervision")
    assert out.title in case.title
    assert case.number in client.get(reverse("document", args=[out.pk])).content.decode()


def test_the_official_word_file(office, both):
    out, came = both
    out.upward, out.remark = True, "联系人：张某"
    text = "\n".join(p.text for p in read_word(io.BytesIO(paper.word(out))).paragraphs)
    for expected in (
        "特急",
        "东一开发区管委会文件",
        out.number,
        "签发人：",
        out.title,
        "各企业：",
        "抄送：甲局，乙局。",
        "（联系人：张某）",
        "印发",
    ):
        assert expected in text, expected
    table = read_word(io.BytesIO(paper.sheet(came))).tables[0]
    assert any("省发改委" in cell.text for row in table.rows for cell in row.cells)


@given(st.text(max_size=400))
def test_any_text_is_laid_out_without_loss(text):
    body = IssuingBody(name="某委", mark="某委文件")
    one = Document(
        body=body, direction="out", title="关于某事的通知", kind="notice", text=text, urgency="normal", state="draft"
    )
    laid = "".join(p.head + p.rest for p in paragraphs(text))
    assert laid == "".join(line.strip() for line in text.splitlines())
    assert one.is_out


@given(st.lists(st.sampled_from(["一、甲。乙", "（一）丙", "丁\x00\x0b戊", "𠀀<w:t>", ""]), max_size=8))
def test_word_files_open_whatever_the_text(lines):
    from qiangqu.plan.official_paper import OfficialPaper

    made = OfficialPaper("题")
    made.head("某委文件", "某发〔2026〕1号", urgency="特急", signers="张某")
    for one in paragraphs("\n".join(lines)):
        (made.level_1 if one.level == 1 else made.level_2)(one.head, one.rest)
    made.imprint("甲，乙", "某委", "2026年1月2日")
    assert read_word(io.BytesIO(made.data())).paragraphs


def test_the_api_lists_registers_and_signs(client, office, both):
    out, came = both
    client.force_login(office["people"]["zone"])
    listed = client.get("/api/v1/office/documents", {"list": "out"}).json()
    assert listed["count"] == 1 and listed["rows"][0]["number"] == out.number
    assert client.get(f"/api/v1/office/documents/{came.pk}").json()["sender"] == "省发改委"
    sent = {
        "body": "东一开发区管委会",
        "sender": "省工信厅",
        "title": "关于某事的函",
        "kind": "letter",
        "number": "工信函〔2026〕1号",
    }
    made = client.post("/api/v1/office/documents", sent, content_type="application/json")
    assert made.status_code == 201 and made.json()["receipt"].endswith("2号")
    again = client.post("/api/v1/office/documents", sent, content_type="application/json")
    assert again.status_code == 409
    circulation.deliver(out, office["people"]["zone"], [office["bodies"]["Z3"].pk])
    client.force_login(office["people"]["neighbour"])
    assert client.get(f"/api/v1/office/documents/{came.pk}").status_code == 404
    waiting = client.get("/api/v1/office/document-inbox").json()
    assert [one["title"] for one in waiting] == [out.title]
    assert client.post(f"/api/v1/office/document-inbox/{waiting[0]['id']}").json()["sender"] == out.body.name
    client.logout()
    assert client.get("/api/v1/office/documents").status_code == 401


def test_whoever_has_a_draft_back_from_the_review_changes_it_on_the_page(client, office):
    people = office["people"]
    one = drafting.create_draft(draft(office["bodies"]["Z1"]), people["zone"])
    case = drafting.submit(one, people["zone"], "zone2", "head")
    step(case, "review", people["zone2"], reviewed_as="return", review_text="写明期限")
    case.steps.filter(node="revise", status="open").update(assignee=people["head"])
    edit = reverse("document-edit", args=[one.pk])
    for name, status in (("head", 200), ("leader", 404), ("neighbour", 404)):
        client.force_login(people[name])
        assert client.get(edit).status_code == status, name
    client.force_login(people["head"])
    assert edit in client.get(reverse("document", args=[one.pk])).content.decode()


def test_acts_on_a_document_are_done_by_the_api_as_on_the_page(client, office, both):
    out, came = both
    people = office["people"]

    def post(one, name, **sent):
        return client.post(f"/api/v1/office/documents/{one.pk}/{name}", sent, content_type="application/json")

    client.force_login(people["zone"])
    assert post(came, "circulate", readers=["head"]).status_code == 200 and came.circulations.count() == 1
    assert post(came, "put-on-file").status_code == 409, "somebody has still to read it"
    assert post(came, "circulate", readers=["neighbour"]).status_code == 422
    assert post(came, "deliver", main=[office["bodies"]["Z3"].pk]).status_code == 409
    assert post(out, "deliver", main=[office["bodies"]["Z3"].pk, 10**30]).status_code in (200, 422)
    client.force_login(people["head"])
    assert post(came, "read", opinion="阅").status_code == 200 and post(came, "put-on-file").status_code == 403
    client.force_login(people["zone"])
    assert post(came, "put-on-file").json()["state"] == "done"
    assert post(came, "archive").status_code == post(came, "archive", retention="D99").status_code == 422
    assert post(came, "archive", retention="D30").json()["archive_code"].startswith("Z101-WS·")
    client.force_login(people["neighbour"])
    assert post(came, "circulate", readers=["head"]).status_code == 404
    assert {"公文送审", "送阅公文", "公文归档"} <= {
        item["post"]["summary"] for item in client.get("/api/openapi.json").json()["paths"].values() if "post" in item
    }
