"""The kinds that come with the Ningxia pack, walked through as their people would."""

import datetime as dt
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from qiangqu.base.errors import InputError
from qiangqu.cases import acts, check, timers
from qiangqu.cases.definition import read_folder
from qiangqu.cases.forms import FormErrors, read_form
from qiangqu.cases.formview import answers_of
from qiangqu.cases.kinds import save_version
from qiangqu.cases.models import Case
from qiangqu.cases.references import check_answers, offered
from qiangqu.registry import audit

KINDS = Path(__file__).resolve().parents[2] / "packs" / "ningxia" / "cases"
CODES = sorted(path.name for path in KINDS.iterdir() if path.is_dir())


@pytest.mark.parametrize("code", CODES)
def test_kinds_of_the_pack_have_no_faults(code):
    definition, faults = check.check_files(read_folder(KINDS / code))
    assert definition is not None and definition.code == code and list(faults) == []


@pytest.fixture
def packed(scene):
    for code in CODES:
        save_version(read_folder(KINDS / code), None)
    return scene


def step(case, node):
    return case.steps.get(node=node, status="open")


def do(case, node, data, person, **more):
    return acts.finish_step(case, step(case, node).pk, data, person, **more)


def test_a_deferral_runs_out_of_its_promise_and_is_dealt_with(packed):
    people, today = packed["people"], timezone.localdate()
    promise = today + dt.timedelta(days=10)
    data = {
        "title": "厂房施工许可", "main_documents": "申请书", "missing": "消防意见", "promised_on": promise.isoformat(),
        "promise": "本单位承诺按期补齐，逾期愿承担撤销等后果", "contact": "0951-1234567",
    }  # fmt: skip
    case = acts.open_case("deferred_documents", data, area=packed["areas"]["Z1"], user=people["enterprise"]).case
    do(case, "accept", {"acceptance": "准予容缺受理"}, people["zone"])
    do(case, "approve", {"approval": "批准"}, people["city"])
    assert step(case, "supply").assignee == people["enterprise"]
    at = timezone.now() + dt.timedelta(days=11)
    assert timers.work_off_due_timers(at).done >= 1
    assert not case.steps.filter(node="supply", status="open").exists()
    assert step(case, "dispose").assignee == people["zone"]
    later = (today + dt.timedelta(days=30)).isoformat()
    do(case, "dispose", {"disposal": "同意延期", "disposal_why": "消防已排期"}, people["zone"], now=at)
    do(case, "promise_again", {"promised_on": later}, people["enterprise"], now=at)
    do(case, "supply", {"supplied": "消防意见"}, people["enterprise"], now=at)
    do(case, "verify", {"verification": "已齐全"}, people["zone"], now=at)
    case.refresh_from_db()
    assert case.status == "closed" and audit.verify()[1] is None


def test_assessments_run_side_by_side_into_one_report(packed):
    people = packed["people"]
    data = {
        "title": "硅材料项目",
        "summary": "年产一万吨",
        "investment": 5000,
        "site": "东一",
        "contact": "0951-1234567",
    }
    case = acts.open_case("combined_assessment", data, area=packed["areas"]["Z1"], user=people["enterprise"]).case
    needs = {"need_energy": True, "need_environment": True, "need_soil": False, "need_safety": True}
    do(case, "accept", needs, people["zone"])
    assert set(case.steps.filter(status="open").values_list("node", flat=True)) == {"energy", "environment", "safety"}
    for node, person in (("safety", "inspector"), ("energy", "city"), ("environment", "city")):
        assert not case.steps.filter(node="report").exists()
        do(case, node, {f"{node}_result": "可行", f"{node}_text": "可行"}, people[person])
    do(case, "report", {"report_text": "合并"}, people["zone"])
    do(case, "review", {"review_result": "修改后再审", "review_text": "补数据"}, people["city"])
    do(case, "report", {"report_text": "合并二稿"}, people["zone"])
    do(case, "review", {"review_result": "通过", "review_text": "通过"}, people["city"])
    case.refresh_from_db()
    assert case.status == "closed" and case.data["report_text"] == "合并二稿"


COMPLAINT = {
    "title": "夜间噪声",
    "topic": "环境污染",
    "place": "Z1",
    "text": "每晚都有很大的噪声",
    "complainant": "张三",
    "mobile": "13912345678",
}


def test_a_complaint_from_the_phone_to_the_published_answer(packed, client):
    people = packed["people"]
    form = client.get(reverse("public-open", args=["public_complaint"]))
    assert form.status_code == 200 and "东一开发区" in form.content.decode()
    done = client.post(reverse("public-open", args=["public_complaint"]), COMPLAINT)
    case = Case.objects.get(kind__code="public_complaint")
    number, code = done.context["number"], done.context["code"]
    assert number == case.number and code in done.content.decode() and code not in case.secret
    assert case.area == packed["areas"]["Z1"] and "张三" not in str(case.data) + str(case.state)

    def query(**more):
        return client.post(reverse("public-query"), {"_number": number, "_code": code} | more)

    assert client.post(reverse("public-query"), {"_number": number, "_code": "x"}).status_code == 404
    read = query().content.decode()
    assert "登记受理" in read and "东一开发区" in read and "Z1" not in strip_tags(read)
    # read out by telephone: capitals and blanks make no other code
    assert (
        client.post(
            reverse("public-query"), {"_number": number, "_code": f" {code[:8].upper()} {code[8:]}"}
        ).status_code
        == 200
    )
    # the identity: not for the one who only may see the case, only for who has signed for it, and recorded
    client.force_login(people["planner"])
    page = client.get(reverse("cases-case", args=[number])).content.decode()
    assert "张三" not in page and "13912345678" not in page
    assert client.post(reverse("cases-identity", args=[number]), {"_reason": "好奇"}).status_code == 403
    acts.claim(case, step(case, "register").pk, people["zone"])
    client.force_login(people["zone"])
    looks = audit.AuditEntry.objects.filter(action="case_identity_seen")
    assert client.post(reverse("cases-identity", args=[number]), {"_reason": ""}).status_code == 422
    assert looks.count() == 0
    assert "张三" in client.post(reverse("cases-identity", args=[number]), {"_reason": "核实"}).content.decode()
    assert looks.count() == 1 and "张三" not in str(looks.get().detail)
    do(case, "register", {"admission": "受理", "topic": "环境污染"}, people["zone"])
    do(case, "handle_inspector", {"finding": "属实", "answer": "已责令整改"}, people["inspector"])
    client.logout()
    assert "已责令整改" not in query().content.decode()  # not before it was approved
    do(case, "review", {"agreement": "同意答复"}, people["city"])
    assert "已责令整改" in query().content.decode()
    rate = step(case, "rate")
    assert query(_step=rate.pk, satisfaction="随便").status_code == 422
    again = query(_step=rate.pk, satisfaction="不满意", reopen="要求再办一次")
    assert again.status_code == 200 and step(case, "handle_inspector")
    do(case, "handle_inspector", {"finding": "属实", "answer": "已停产整改"}, people["inspector"])
    do(case, "review", {"agreement": "同意答复"}, people["city"])
    assert query(_step=step(case, "rate").pk, satisfaction="满意").status_code == 200
    do(case, "publish", {"published": True, "published_text": "某企业夜间噪声已整改"}, people["zone"])
    page = client.get(reverse("public-service")).content.decode()
    assert "某企业夜间噪声已整改" in page and "张三" not in page and number not in page
    assert audit.verify()[1] is None


def test_guessing_codes_is_slowed_down(packed, client):
    client.post(reverse("public-open", args=["public_complaint"]), COMPLAINT)
    number = Case.objects.get(kind__code="public_complaint").number
    answers = [client.post(reverse("public-query"), {"_number": number, "_code": f"{n}"}).status_code for n in range(8)]
    assert answers[0] == 404 and answers[-1] == 429


def test_flooding_with_complaints_is_slowed_down(packed, client):
    answers = [client.post(reverse("public-open", args=["public_complaint"]), COMPLAINT).status_code for _n in range(8)]
    assert answers[0] == 200 and answers[-1] == 429 and Case.objects.filter(kind__code="public_complaint").count() == 5


def test_only_public_kinds_are_open_to_the_public(packed, client):
    assert client.get(reverse("public-open", args=["approval"])).status_code == 404
    assert client.post(reverse("public-open", args=["deferred_documents"]), {}).status_code == 404


def opened(packed, code, person, **data):
    return acts.open_case(code, data, area=packed["areas"]["Z1"], user=packed["people"][person]).case


def test_a_zones_assessment_is_used_again_while_it_is_valid(packed, client):
    people, today = packed["people"], timezone.localdate()
    case = opened(packed, "area_assessment", "zone", title="东一环评", topic="环境影响评价", scope="全区")
    do(case, "compile", {"compiler": "院", "report_text": "可行"}, people["zone"])
    do(case, "review", {"conclusion": "修改后再审", "review_text": "补"}, people["city"])
    do(case, "compile", {"compiler": "院", "report_text": "可行二稿"}, people["zone"])
    do(case, "review", {"conclusion": "通过", "review_text": "好"}, people["city"])
    project = {"title": "甲", "summary": "甲", "investment": 1, "site": "东一", "contact": "0951-1234567"}
    needs = {"need_energy": True, "need_environment": False, "need_soil": False, "need_safety": False}
    used = needs | {"zone_environment": case.number}
    waiting = opened(packed, "combined_assessment", "enterprise", **project)
    with pytest.raises(FormErrors, match="没有可以沿用"):  # not published yet
        do(waiting, "accept", used, people["zone"])
    do(
        case,
        "publish",
        {"result_no": "宁环函1", "valid_to": (today + dt.timedelta(days=30)).isoformat()},
        people["zone"],
    )
    client.force_login(people["zone"])
    page = client.get(reverse("cases-case", args=[waiting.number])).content.decode()
    assert page.count(f'value="{case.number}"') == 1  # offered for its own topic only
    with pytest.raises(FormErrors, match="没有可以沿用"):
        do(waiting, "accept", needs | {"zone_energy": case.number}, people["zone"])
    with pytest.raises(FormErrors, match="有效期已过"):
        do(waiting, "accept", used, people["zone"], now=timezone.now() + dt.timedelta(days=31))
    elsewhere = acts.open_case(
        "combined_assessment", project, area=packed["areas"]["C2"], user=people["enterprise"]
    ).case
    with pytest.raises(FormErrors, match="没有可以沿用"):
        do(elsewhere, "accept", used, people["city2"])
    do(waiting, "accept", used, people["zone"])
    waiting.refresh_from_db()
    assert waiting.data["zone_environment"] == case.number


def test_a_promise_of_time_that_is_broken_goes_up_and_shows(packed):
    people, now = packed["people"], timezone.now()
    case = opened(
        packed,
        "timed_promise",
        "enterprise",
        title="用水许可",
        request="取水",
        statutory_days=20,
        contact="0951-1234567",
    )
    do(case, "promise", {"acceptance": "受理", "promised_days": 5}, people["zone"])
    assert timers.work_off_due_timers(now + dt.timedelta(days=2)) and step(case, "handle").assignee == people["zone"]
    late = now + dt.timedelta(days=40)
    timers.work_off_due_timers(late)
    do(case, "explain", {"broken": "承诺未兑现", "broken_why": "人手不足"}, people["zone"], now=late)
    do(case, "judge", {"promised_days": 3, "judge_text": "三日内办结"}, people["city"], now=late)
    do(case, "handle", {"result": "准予", "result_text": "准"}, people["zone"], now=late)
    do(case, "rate", {"rating": "基本满意"}, people["enterprise"], now=late)
    case.refresh_from_db()
    assert case.status == "closed" and case.data["broken"] == "承诺未兑现" and audit.verify()[1] is None


@pytest.mark.parametrize("verdict", ["合格", "限期整改", "不合格"])
def test_built_first_and_verified_after(packed, verdict):
    people, now, today = packed["people"], timezone.now(), timezone.localdate()
    days = [(today + dt.timedelta(days=n)).isoformat() for n in (100, 200, 300)]
    project = {"title": "甲", "summary": "甲", "investment": 1, "site": "东一", "contact": "0951-1234567"}
    case = opened(packed, "build_first", "enterprise", **project)
    do(case, "standard", {"suitable": "适用", "standards": "绿地率"}, people["zone"])
    promise = "本单位承诺按告知的标准建设，验收不合格愿承担整改和撤销备案的后果"
    do(case, "sign", {"promise": promise, "begin_on": today.isoformat(), "complete_by": days[0]}, people["enterprise"])
    at = now + dt.timedelta(days=101)
    timers.work_off_due_timers(at)
    do(case, "late", {"late_decision": "同意延期", "complete_by": days[1], "late_why": "冬季"}, people["zone"], now=at)
    do(case, "build", {"completed_on": days[1], "self_check": "符合"}, people["enterprise"], now=at)
    do(case, "verify", {"verdict": verdict, "verdict_text": "看过", "rectify_by": days[2]}, people["city"], now=at)
    if verdict == "限期整改":
        timers.work_off_due_timers(now + dt.timedelta(days=301))
    if verdict != "合格":
        do(case, "dispose", {"disposal": "撤销承诺备案", "disposal_why": "未改"}, people["zone"])
    case.refresh_from_db()
    assert case.status == "closed"


def test_units_and_people_named_in_forms_exist(packed):
    people, areas = packed["people"], packed["areas"]
    form = read_form(
        '{"schema": {"properties": {"unit": {"type": "string", "format": "organisation"}, "who": {"type": "string", "format": "user"},'
        ' "where": {"type": "string", "format": "area"}}}}',
        "x",
    )
    day = timezone.localdate()
    unit = people["enterprise"].organisation.code
    check_answers(form, {"unit": unit, "who": "zone", "where": "Z1"}, areas["Z1"], day)
    for wrong in ({"unit": "nobody"}, {"who": "enterprise"}, {"who": "city2"}, {"where": "nowhere"}):
        with pytest.raises(FormErrors):
            check_answers(form, wrong, areas["Z1"], day)
    offers = offered(form, areas["Z1"], day)
    assert "zone" in dict(offers["who"]) and "city2" not in dict(offers["who"]) and unit not in dict(offers["unit"])


def test_answers_that_name_records_are_read_as_names(packed):
    people = packed["people"]
    form = read_form(
        '{"schema": {"properties": {"unit": {"type": "string", "title": "单位", "format": "organisation"}, "who": {"type": "string",'
        ' "title": "人员", "format": "user"}, "where": {"type": "string", "title": "地方", "format": "area"}, "note": {"type": "string",'
        ' "title": "说明"}}}}',
        "x",
    )
    unit = people["enterprise"].organisation
    given = {"unit": unit.code, "who": "zone", "where": "Z1", "note": "Z1"}
    assert answers_of(form, given) == [
        ("单位", unit.name), ("人员", str(people["zone"])), ("地方", packed["areas"]["Z1"].name), ("说明", "Z1"),
    ]  # fmt: skip
    # a record that is gone: what was written stays readable
    assert answers_of(form, {"who": "nobody"}) == [("人员", "nobody")]


@pytest.mark.parametrize(
    "rule",
    ['"format": "case"', '"case": {"kind": "a"}', '"format": "case", "case": {"kind": "A B"}',
     '"format": "case", "case": {"kind": "a", "where": {"data__x": 1}}', '"format": "case", "case": {"kind": "a", "where": {"a__contains": "x"}}'],
)  # fmt: skip
def test_a_field_for_a_case_says_which(rule):
    with pytest.raises(InputError):
        read_form('{"schema": {"properties": {"x": {"type": "string", RULE}}}}'.replace("RULE", rule), "x")
