"""Letters: they exist when their step has issued them, and not before, for anybody, by any address."""

import datetime as dt
import hashlib
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from docx import Document

from qiangqu.cases import acts, check
from qiangqu.cases.definition import read_folder
from qiangqu.cases.kinds import kind_of, save_version
from qiangqu.cases.models import Letter
from qiangqu.registry import audit

from .test_pack_kinds import CODES, COMPLAINT, KINDS, do, packed, step  # noqa: F401  (packed is a fixture)

PROMISE = {
    "title": "厂房施工许可", "main_documents": "申请书", "missing": "消防意见",
    "promise": "本单位承诺按期补齐，逾期愿承担撤销等后果", "contact": "0951-1234567",
}  # fmt: skip


def deferral(packed, who="enterprise"):  # noqa: F811
    data = PROMISE | {"promised_on": (timezone.localdate() + dt.timedelta(days=10)).isoformat()}
    return acts.open_case("deferred_documents", data, area=packed["areas"]["Z1"], user=packed["people"][who]).case


def address(case, name):
    return reverse("cases-letter", args=[case.number, name])


def titles(case):
    return [(one.name, one.voided_at is None) for one in case.letters.order_by("id")]


def test_nothing_can_be_downloaded_before_it_is_issued(packed, client):  # noqa: F811
    case = deferral(packed)
    for who in ("enterprise", "zone", "planner", "city", "leader"):
        client.force_login(packed["people"][who])
        for name in ("notice", "revocation", f"{case.number}-02", "none", "1"):
            assert client.get(address(case, name)).status_code == 404, (who, name)
        page = client.get(reverse("cases-case", args=[case.number]))
        if page.status_code == 200:
            text = page.content.decode()
            assert "现准予容缺受理" not in text and address(case, "notice") not in text
    # his own promise he has given with the application
    assert titles(case) == [("promise", True)]


def test_an_issued_letter_has_number_date_and_hash_and_never_changes(packed, client):  # noqa: F811
    people = packed["people"]
    case = deferral(packed)
    do(case, "accept", {"acceptance": "准予容缺受理"}, people["zone"])
    one = case.letters.get(name="notice")
    assert one.number == f"{case.number}-02" and one.issued_by == people["zone"]
    client.force_login(people["enterprise"])
    first = client.get(address(case, "notice"))
    assert first.status_code == 200 and hashlib.sha256(first.content).hexdigest() == one.sha256
    text = "\n".join(p.text for p in Document(BytesIO(first.content)).paragraphs)
    assert one.number in text and case.number in text and "现准予容缺受理" in text and "{{" not in text
    today = timezone.localdate()
    assert f"{today.year}年{today.month}月{today.day}日" in text
    entry = audit.AuditEntry.objects.filter(object_id=case.number, action="case_step_done").last()
    assert entry.detail["letters"] == [{"title": "容缺受理通知书", "number": one.number, "sha256": one.sha256}]
    page = client.get(reverse("cases-case", args=[case.number])).content.decode()
    assert one.number in page and one.sha256[:16] in page and address(case, one.number) in page
    # what is changed later does not change what was sent
    do(case, "approve", {"approval": "批准"}, people["city"])
    case.title = "改了名字"
    case.save(update_fields=["title"])
    assert client.get(address(case, one.number)).content == first.content
    client.force_login(people["rival"])
    assert client.get(address(case, one.number)).status_code == 404
    other = deferral(packed, "zone")
    client.force_login(people["zone"])
    assert client.get(address(other, one.number)).status_code == 404


def test_a_refusal_issues_no_permission(packed, client):  # noqa: F811
    case = deferral(packed)
    do(case, "accept", {"acceptance": "不予容缺受理"}, packed["people"]["zone"])
    assert titles(case) == [("promise", True)]


def test_a_letter_of_a_step_that_is_sent_back_is_void(packed, client):  # noqa: F811
    people = packed["people"]
    case = deferral(packed)
    do(case, "accept", {"acceptance": "准予容缺受理"}, people["zone"])
    acts.send_back(case, step(case, "approve").pk, "材料不对", people["city"])
    assert titles(case) == [("promise", True), ("notice", False)]
    client.force_login(people["enterprise"])
    void = case.letters.get(name="notice")
    assert client.get(address(case, "notice")).status_code == client.get(address(case, void.number)).status_code == 404
    assert "已作废" in client.get(reverse("cases-case", args=[case.number])).content.decode()
    do(case, "accept", {"acceptance": "准予容缺受理"}, people["zone"])
    again = case.letters.get(name="notice", voided_at=None)
    assert again.number == f"{case.number}-03" and client.get(address(case, "notice")).status_code == 200
    acts.take_back(case, case.steps.filter(node="accept", status="done").last().pk, people["zone"])
    assert titles(case)[-1] == ("notice", False)


def test_a_letter_that_was_changed_on_disk_is_not_given_out(packed, client):  # noqa: F811
    from qiangqu.records.store import path_of

    case = deferral(packed)
    path = path_of(case.letters.get().sha256)
    path.write_bytes(b"PK\x03\x04other")
    client.force_login(packed["people"]["enterprise"])
    assert client.get(address(case, "promise")).status_code == 422


@pytest.mark.parametrize("code", CODES)
def test_each_letter_of_the_pack_says_who_issues_it(code):
    definition, _faults = check.check_files(read_folder(KINDS / code))
    for name, rule in definition.letter_rules.items():
        assert rule.steps or rule.opening, name


def test_a_supervised_unit_has_its_notice_from_the_opening_on(packed):  # noqa: F811
    definition, _faults = check.check_files(read_folder(KINDS.parents[2] / "plan" / "kinds" / "supervision"))
    assert definition.letter_rules["notice"].opening and not definition.letter_rules["notice"].steps


def test_a_case_under_an_older_version_follows_the_present_rule(scene):
    """Versions of the first release issue without a condition; the present one says that a refusal issues
    nothing.
    """
    files = read_folder(KINDS / "deferred_documents")
    old = files["kind.yaml"]
    start = old.index("shared:")
    legacy = old[:start].replace("form: accept, limit_days: 2", "form: accept, limit_days: 2, letter: notice")
    legacy += "letters: {notice: 容缺受理通知书, promise: 补齐材料承诺书, revocation: 撤销容缺受理决定书}\n"
    save_version(files | {"kind.yaml": legacy}, None)
    refused, granted = deferral(scene), deferral(scene)
    save_version(files, None)
    do(refused, "accept", {"acceptance": "不予容缺受理"}, scene["people"]["zone"])
    do(granted, "accept", {"acceptance": "准予容缺受理"}, scene["people"]["zone"])
    assert titles(refused) == [] and titles(granted) == [("notice", True)]


def test_a_letter_that_no_step_issues_is_told_and_a_wrong_rule_refused():
    files = read_folder(KINDS / "deferred_documents")
    files["letters/extra.txt"] = "甲\n{{ number }}"
    _definition, faults = check.check_files(files)
    assert [fault.severity for fault in faults] == ["warning"] and "不会发出" in str(faults[0])
    extra = "letters:\n  extra: {title: 甲, steps: [nowhere], when: nothing == 1}\n"
    files["kind.yaml"] = files["kind.yaml"].replace("letters:\n", extra)
    _definition, faults = check.check_files(files)
    shown = [str(fault) for fault in faults.errors]
    assert any("nowhere" in one for one in shown) and any("nothing" in one for one in shown)


# ---------------------------------------------------------------- W3: what the citizen reads


def test_every_answer_stays_under_its_own_title(packed, client):  # noqa: F811
    people = packed["people"]
    done = client.post(reverse("public-open", args=["public_complaint"]), COMPLAINT)
    number, code = done.context["number"], done.context["code"]
    case = kind_of("public_complaint").cases.get()

    def answers(**more):
        page = client.post(reverse("public-query"), {"_number": number, "_code": code} | more)
        return [(title, text) for title, text, _at in page.context["answers"]]

    do(case, "register", {"admission": "受理", "topic": "环境污染"}, people["zone"])
    do(case, "handle_inspector", {"finding": "属实", "answer": "初稿"}, people["inspector"])
    do(case, "review", {"agreement": "退回重办"}, people["city"])
    do(case, "handle_inspector", {"finding": "属实", "answer": "第一次答复"}, people["inspector"])
    assert answers() == [] and not case.letters.exists()
    do(case, "review", {"agreement": "同意答复"}, people["city"])
    assert answers() == [("给投诉人的答复", "第一次答复")] and titles(case) == [("answer", True)]
    one = step(case, "rate")
    said = answers(_step=one.pk, satisfaction="不满意", reopen="要求再办一次")
    assert said == [("给投诉人的答复", "第一次答复")]
    do(case, "handle_inspector", {"finding": "属实", "answer": "第二次答复"}, people["inspector"])
    assert answers() == said
    do(case, "review", {"agreement": "同意答复"}, people["city"])
    assert answers() == [("给投诉人的答复", "第一次答复"), ("给投诉人的答复", "第二次答复")]
    assert titles(case) == [("answer", True), ("answer", True)]


def test_a_refused_complaint_reads_the_reason_as_a_reason(packed, client):  # noqa: F811
    done = client.post(reverse("public-open", args=["public_complaint"]), COMPLAINT)
    case = kind_of("public_complaint").cases.get()
    do(case, "register", {"admission": "不予受理", "topic": "其他", "refusal": "不属本区"}, packed["people"]["zone"])
    page = client.post(reverse("public-query"), {"_number": done.context["number"], "_code": done.context["code"]})
    assert [one[:2] for one in page.context["answers"]] == [("不予受理的理由（告知投诉人）", "不属本区")]
    assert titles(case) == [("refusal", True)] and Letter.objects.count() == 1


def test_a_withdrawn_complaint_shows_no_draft_of_an_answer(packed, client):  # noqa: F811
    people = packed["people"]
    done = client.post(reverse("public-open", args=["public_complaint"]), COMPLAINT)
    case = kind_of("public_complaint").cases.get()
    do(case, "register", {"admission": "受理", "topic": "环境污染"}, people["zone"])
    do(case, "handle_inspector", {"finding": "属实", "answer": "没有审核过"}, people["inspector"])
    acts.withdraw(case, people["planner"], "投诉人撤回")
    page = client.post(reverse("public-query"), {"_number": done.context["number"], "_code": done.context["code"]})
    assert page.context["answers"] == []
