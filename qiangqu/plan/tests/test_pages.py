"""Every page of the plan: who may open it, what it shows, what it does with hostile names and queries."""

import datetime as dt
import io
import json
import re

import docx
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base.periods import parse_period
from qiangqu.plan import documents
from qiangqu.plan.models import (
    Allocation,
    CompiledItem,
    Measure,
    Plan,
    PlanDocument,
    ProgressReport,
    Responsibility,
    Target,
)
from qiangqu.plan.pages.documents import segments
from qiangqu.plan.progress import report_progress
from qiangqu.plan.queries import filtered_targets
from qiangqu.plan.track import status
from qiangqu.records.models import Attachment
from qiangqu.registry.models import Area, AuditEntry, Organisation, Role, User
from qiangqu.ui.tests.opened import send

from .conftest import DAY
from .test_documents import TEXT
from .test_progress import PDF, sent, upload

pytestmark = [pytest.mark.django_db, pytest.mark.urls("qiangqu.plan.tests.urls")]
AS_OF = {"as_of": DAY.isoformat()}

# pages that everybody who may see the plan opens, and pages of those who edit it
SEEN = (
    "/cockpit",
    "/plan/targets",
    "/plan/targets?format=xlsx",
    "/plan/targets/A1",
    "/plan/targets/A5",
    "/plan/targets/C1",
    "/plan/targets/A5/contributors",
    "/plan/measures",
    "/plan/measures/1",
    "/plan/units",
    "/plan/briefing",
    "/plan/briefing.docx",
)
EDITED = ("/plan/targets/A1/edit", "/plan/targets/A1/divide")
REVIEWED = ("/plan/documents/{d}", "/plan/documents/{d}/items/{i}", "/plan/documents/{d}/add")
ACTED = (
    "/plan/documents/{d}/items/{i}",
    "/plan/documents/{d}/add",
    "/plan/documents/{d}/accept-sure",
    "/plan/documents/{d}/apply",
)


@pytest.fixture
def document(full: Plan, people: dict[str, User]) -> PlanDocument:
    return documents.import_bytes(TEXT.encode(), "意见.txt", area=full.area, user=people["planner"])


@pytest.fixture
def report(full: Plan, people: dict[str, User], settings, tmp_path) -> ProgressReport:
    settings.MEDIA_ROOT = tmp_path
    return report_progress(
        Measure.objects.get(no=1),
        Organisation.objects.get(code="H-G-E"),
        parse_period("2024Q2"),
        "船坞已封顶，机密细节若干。",
        40,
        user=people["east"],
        files=[sent("照片.pdf", PDF)],
    )


@pytest.fixture
def other_planner(full: Plan) -> User:
    """A planner of the other city: he may edit plans, but not this one, which is the whole province's."""
    return User.objects.create(
        username="other-planner", password="!", role=Role.PLANNER, area=Area.objects.get(code="990200")
    )


def enter(client, user: User, day: dt.date = DAY):
    client.force_login(user)
    client.get("/accounts/", {"as_of": day.isoformat()})
    return client


def addresses(document: PlanDocument, patterns: tuple[str, ...]) -> list[str]:
    first = document.items.filter(kind="target").first()
    assert first is not None
    return [pattern.format(d=document.pk, i=first.pk) for pattern in patterns]


def text_of(response) -> str:
    return response.content.decode()


# ---------------------------------------------------------------- who may


def test_strangers_are_sent_to_sign_in(client, document, report) -> None:
    evidence = f"/files/{Attachment.objects.get().uid}"
    pages = [*SEEN, *EDITED, "/plan/units/H-IND", "/plan/documents", evidence, *addresses(document, REVIEWED)]
    for page in pages:
        response = client.get(page)
        assert response.status_code == 302 and "/accounts/login/" in response.url, page
    for page in (*EDITED, "/plan/measures/1", "/plan/documents", *addresses(document, ACTED)):
        response = client.post(page, {"decision": "accepted"})
        assert response.status_code == 302 and "/accounts/login/" in response.url, page
    assert document.items.exclude(decision="pending").count() == 0


@pytest.mark.one_database  # visibility is asked of both by test_visibility_property
@pytest.mark.parametrize("name", ["planner", "leader", "east", "zone", "neighbour"])
def test_who_sees_the_plan_sees_his_own_area_and_no_other(client, people, full, name) -> None:
    client = enter(client, people[name])
    for page in SEEN:
        assert client.get(page).status_code == 200, page
    outside = {"neighbour": ("990100", "HL-Z-1", "990000"), "zone": ("990100", "990200"), "east": ("990200", "990000")}
    for area in outside.get(name, ()):
        for page in (p for p in SEEN if "?" not in p):
            assert client.get(page, {"area": area}).status_code == 404, (page, area)


def test_a_neighbours_page_holds_no_number_of_the_other_city(client, people, full) -> None:
    client = enter(client, people["neighbour"])
    page = text_of(client.get("/plan/targets/A1"))
    assert "42" in page and "目标没有分解到西岭" in page
    for number in (">70.0<", ">112.0<", ">30.0<"):
        assert number not in page
    wall = text_of(client.get("/cockpit"))
    assert "东湾船舶园" not in wall


def test_only_planners_of_the_plans_own_area_edit_it(client, people, document, other_planner) -> None:
    every = [*EDITED, "/plan/documents", *addresses(document, REVIEWED)]
    for name in ("leader", "east", "zone", "neighbour", "enterprise"):
        client.force_login(people[name])
        for page in every:
            assert client.get(page).status_code == 403, (name, page)
        for page in (*EDITED, *addresses(document, ACTED)):
            assert client.post(page, {"decision": "accepted"}).status_code == 403, (name, page)
    client.force_login(other_planner)
    for page in EDITED:
        assert client.get(page).status_code == 403 and client.post(page, {"value": "1"}).status_code == 403
    for page in addresses(document, REVIEWED):
        assert client.get(page).status_code == 404, page
    for page in addresses(document, ACTED):
        assert client.post(page, {"decision": "accepted"}).status_code == 404, page
    assert "意见.txt" not in text_of(client.get("/plan/documents"))
    assert Target.objects.get(code="A1").value == 133.1
    assert document.items.exclude(decision="pending").count() == 0


def test_the_plan_is_not_an_enterprises_matter(client, people, full) -> None:
    client.force_login(people["enterprise"])
    for page in SEEN:
        assert client.get(page).status_code == 403, page


def test_units_reports_and_evidence_stay_in_their_area(client, people, report) -> None:
    evidence = f"/files/{Attachment.objects.get().uid}"
    for name, allowed in (("planner", True), ("east", True), ("neighbour", False), ("zone", False)):
        client.force_login(people[name])
        assert (client.get("/plan/units/H-G-E").status_code == 200) is allowed
        answer = client.get(evidence)
        assert (answer.status_code == 200) is allowed, name
        assert ("机密细节" in text_of(client.get("/plan/measures/1"))) is allowed
        assert ("东湾市人民政府" in text_of(client.get("/plan/units"))) is allowed
        if allowed:
            assert answer.headers["Content-Type"] == "application/pdf" and answer.content == PDF
            assert answer.headers["Content-Disposition"].startswith("attachment")


def test_without_a_plan_the_cockpit_says_what_to_do(client, people) -> None:
    Responsibility.objects.all().delete()
    Target.objects.all().delete()
    Measure.objects.all().delete()
    Plan.objects.all().delete()
    client.force_login(people["planner"])
    assert "这里还没有计划" in text_of(client.get("/cockpit"))
    for page in ("/plan/targets", "/plan/measures", "/plan/briefing", "/plan/units"):
        response = client.get(page)
        assert response.status_code == 404 and "还没有计划" in text_of(response)


# ---------------------------------------------------------------- what they show


def test_every_number_opens(client, people, full) -> None:
    client = enter(client, people["planner"])
    target = text_of(client.get("/plan/targets/A1"))
    assert "/indicators/ship_output/explain?area=990000&amp;period=2032" in target
    assert "/indicators/ship_output/explain?area=990100&amp;period=2032" in target
    assert "/indicators/ship_output/explain?area=990000&amp;period=2032" in text_of(client.get("/plan/targets"))
    wall = text_of(client.get("/cockpit"))
    for state in ("done", "on_track", "at_risk", "off_track", "no_data"):
        assert f"/plan/targets?status={state}" in wall
    assert "/plan/targets/A1" in wall and "/plan/measures/1" in wall
    assert "area=HL-Z-1" in wall, "a zone on the map opens"


def test_the_target_page_has_path_forecast_and_contributions(client, people, full) -> None:
    page = text_of(enter(client, people["planner"]).get("/plan/targets/A1"))
    data = json.loads(re.search(r'<script id="chart-[^"]*" type="application/json">(.*?)</script>', page).group(1))
    assert data["x"] == ["2030", "2031", "2032", "2033"]
    assert data["observed"] == [100, 105, 112, None]
    assert data["required"] == pytest.approx([100, 110, 121, 133.1])
    assert data["low"][-1] < data["forecast"][-1] < data["high"][-1]
    assert data["unit"] == "亿元" and data["target"] == 133.1 and "预测" in data["source"]
    assert "62.5%" in page and "37.5%" in page, "shares of the two cities"
    assert 'hx-get="/plan/targets/A1/contributors"' in page


def test_simulated_values_are_marked_wherever_they_are_shown(client, people, full) -> None:
    client = enter(client, people["planner"])
    assert "模拟数据" in text_of(client.get("/plan/targets/B1"))
    assert "模拟数据" in text_of(client.get("/plan/targets"))
    assert "含模拟数据" in text_of(client.get("/cockpit"))
    assert 'class="qq-ribbon"' not in text_of(client.get("/plan/targets/A4"))


def test_a_page_as_of_a_day_knows_nothing_later(client, people, full) -> None:
    page = text_of(enter(client, people["planner"], dt.date(2032, 6, 30)).get("/plan/targets/A1"))
    assert "105.0" in page and "112.0" not in page


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("status=done", {"C1"}),
        ("measure=2", {"C1"}),
        ("effort=strive", {"A4"}),
        ("kind=yearly", {"B2"}),
        ("q=风电", {"B1"}),
        ("unit=海澜省科技厅&kind=count", {"C1"}),
        ("status=nonsense", set()),
    ],
)
def test_filters_of_the_target_list(client, people, full, query, codes) -> None:
    page = text_of(enter(client, people["planner"]).get(f"/plan/targets?{query}"))
    assert set(re.findall(r'data-href="/plan/targets/(\w+)"', page)) == codes


@given(
    st.dictionaries(st.sampled_from(["status", "measure", "unit", "effort", "kind", "q", "sort"]), st.text(max_size=40))
)
def test_any_query_is_answered(query: dict[str, str]) -> None:
    assert filtered_targets([], query) == []


def test_orders_put_the_worst_first(client, people, full) -> None:
    client = enter(client, people["planner"])
    page = text_of(client.get("/plan/targets?sort=status"))
    codes = re.findall(r'data-href="/plan/targets/(\w+)"', page)
    states = {one.code: one.state for one in status(DAY)}
    assert states[codes[0]] == "off_track" and states[codes[-1]] == "no_data"
    assert (
        re.findall(r'data-href="/plan/targets/(\w+)"', text_of(client.get("/plan/targets?sort=-status")))[0] != codes[0]
    )


def test_the_list_as_excel_holds_no_formulas(client, people, full) -> None:
    Target.objects.filter(code="A4").update(name="=HYPERLINK(1)")
    response = enter(client, people["planner"]).get("/plan/targets?format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 11 and rows[1][0] == "A1" and rows[1][4] == 133.1
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_units_show_what_they_owe(client, people, full) -> None:
    client = enter(client, people["planner"])
    page = text_of(client.get("/plan/units/H-IND"))
    assert "应办事项" in page and "船舶产值" in page and "2032-12-31" in page and "121.0" in page
    assert "牵头" in page and "配合" in page
    assert client.get("/plan/units/NOBODY").status_code == 404


def test_measures_have_lights(client, people, full) -> None:
    client = enter(client, people["planner"])
    page = text_of(client.get("/plan/measures"))
    assert "红灯" in page and "壮大船舶工业" in page
    assert "建设创新平台" not in text_of(client.get("/plan/measures?status=off_track"))
    assert client.get("/plan/measures/99").status_code == 404


def test_the_briefing_page_leads_to_the_file(client, people, full) -> None:
    client = enter(client, people["leader"])
    page = text_of(client.get("/plan/briefing"))
    assert "/plan/briefing.docx" in page and "船舶产值" in page
    response = client.get("/plan/briefing.docx", {"issuer": "海澜省<b>督查室</b>", "number": "海督〔2032〕9号"})
    paper = docx.Document(io.BytesIO(response.content))
    text = "\n".join(p.text for p in paper.paragraphs)
    assert "海澜省<b>督查室</b>" in text and "海督〔2032〕9号" in text and "滞后" in text
    assert response.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.one_database  # it shows what others ask for
def test_names_with_markup_are_shown_as_text(client, people, document, report) -> None:
    evil = "<script>alert(1)</script>"
    Target.objects.update(name=evil, note=evil, text=evil)
    Measure.objects.update(title=evil, section=evil)
    Organisation.objects.update(name=evil, short_name=evil)
    PlanDocument.objects.update(title=evil, file_name=evil, text=evil * 30)
    ProgressReport.objects.update(text=evil, difficulty=evil)
    Plan.objects.update(name=evil)
    for one in CompiledItem.objects.all():
        one.found = one.found | {"indicator": evil, "title": evil, "units": [evil], "unit": evil}
        one.reason = evil
        one.save()
    client = enter(client, people["planner"])
    pages = [p for p in SEEN if "xlsx" not in p and "docx" not in p]
    for page in [*pages, *EDITED, "/plan/units/H-IND", "/plan/documents", *addresses(document, REVIEWED)]:
        response = client.get(page)
        assert response.status_code == 200, page
        assert "<script>alert" not in text_of(response), page
    edit = f"{addresses(document, REVIEWED)[1]}?edit=1"
    assert "<script>alert" not in text_of(client.get(edit)) and "&lt;script&gt;" in text_of(client.get(edit))


@pytest.mark.parametrize(
    ("page", "most"),
    [
        ("/cockpit", 40),
        ("/plan/targets", 20),
        ("/plan/targets/A1", 34),
        ("/plan/measures", 22),
        ("/plan/units", 22),
        ("/plan/units/H-IND", 28),
    ],
)
def test_pages_ask_the_database_a_bounded_number_of_times(
    client, people, full, django_assert_max_num_queries, page, most
) -> None:
    client = enter(client, people["planner"])
    client.get(page)
    with django_assert_max_num_queries(most):
        client.get(page)


# ---------------------------------------------------------------- what is done on them


def test_a_target_is_edited_with_its_document_number(client, people, full) -> None:
    client = enter(client, people["planner"])
    given_ = {
        "name": "能耗下降",
        "indicator_code": "energy_drop",
        "comparator": ">=",
        "value": "14",
        "unit": "%",
        "year": "2033",
    }
    given_ |= {"kind": "change", "effort": "firm", "base_year": "2030", "path": "yearly"}
    refused = send(client, "/plan/targets/A5/edit", given_)
    assert (
        refused.status_code == 422 and "下达的目标值须附文号" in text_of(refused) and 'value="14"' in text_of(refused)
    )
    assert Target.objects.get(code="A5").value is None
    saved = send(client, "/plan/targets/A5/edit", given_ | {"assigned_document": "海政办发〔2031〕7号"})
    assert saved.status_code == 302
    target = Target.objects.get(code="A5")
    assert (target.value, target.assigned_document) == (14.0, "海政办发〔2031〕7号")
    assert AuditEntry.objects.get(action="target_changed").detail["changes"]["value"] == [None, 14.0]
    assert "海政办发〔2031〕7号" in text_of(client.get("/plan/targets/A5"))


@pytest.mark.one_database  # refused before anything is asked
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("indicator_code", "no_such", "没有这个指标代码"),
        ("unit", "斤斤", "不认识的单位"),
        ("value", "abc", "value"),
        ("milestone_lines", "去年 3", "应写作"),
        ("year", "2029", "year"),
    ],
)
def test_a_wrong_field_is_answered_at_its_place_and_kept(client, people, full, field, value, sentence) -> None:
    given_ = {
        "name": "风电装机",
        "indicator_code": "wind_capacity",
        "comparator": ">",
        "value": "600",
        "unit": "万千瓦",
    }
    given_ |= {
        "year": "2033",
        "kind": "level",
        "effort": "firm",
        "base_year": "2030",
        "base": "300",
        "path": "milestones",
    }
    given_ |= {"milestone_lines": "2031: 350", field: value}
    response = send(enter(client, people["planner"]), "/plan/targets/B1/edit", given_)
    page = text_of(response)
    assert response.status_code == 422 and sentence in page and value in page and "invalid-feedback" in page
    assert Target.objects.get(code="B1").history.count() == 1


def test_a_target_is_divided_and_the_sum_is_checked(client, people, full) -> None:
    client = enter(client, people["planner"])
    short = send(client, "/plan/targets/A1/divide", {"year": "2033", "part-990100": "80", "part-990200": "1"})
    assert short.status_code == 422 and "请补足" in text_of(short) and 'value="80"' in text_of(short)
    assert Allocation.objects.count() == 0
    wrong = send(client, "/plan/targets/A1/divide", {"year": "2033", "part-990100": "八十"})
    assert wrong.status_code == 422 and "不是数字" in text_of(wrong)
    done = send(client, "/plan/targets/A1/divide", {"year": "2033", "part-990100": "80", "part-990200": "53.1"})
    assert done.status_code == 302 and Allocation.objects.count() == 2
    assert "53.1" in text_of(client.get("/plan/targets/A1"))
    assert client.get("/plan/targets/A4/divide").status_code == 200
    assert "不能分解" in text_of(send(client, "/plan/targets/A4/divide", {"year": "2033", "part-990100": "1"}))


def test_progress_is_reported_with_evidence(client, people, full, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = enter(client, people["east"])
    unit = Organisation.objects.get(code="H-G-E")
    given_ = {"unit": unit.pk, "period": "2024Q2", "percentage": "35", "text": "已开工"}
    wrong = client.post("/plan/measures/1", given_ | {"files": upload("程序.exe", b"MZ")})
    assert wrong.status_code == 422 and "程序.exe" in text_of(wrong) and "已开工" in text_of(wrong)
    fake = client.post("/plan/measures/1", given_ | {"files": upload("假.pdf", b"hello")})
    assert fake.status_code == 422 and "内容与扩展名" in text_of(fake)
    late = client.post("/plan/measures/1", given_ | {"period": "明年"})
    assert late.status_code == 422 and ProgressReport.objects.count() == 0
    done = client.post("/plan/measures/1", given_ | {"files": [upload("a.pdf", PDF), upload("b.pdf", PDF + b"2")]})
    assert done.status_code == 302 and Attachment.objects.count() == 2
    page = text_of(client.get("/plan/measures/1"))
    assert "已开工" in page and "a.pdf" in page and "35%" in page
    client.force_login(people["leader"])
    assert client.post("/plan/measures/1", given_).status_code == 404
    client.force_login(people["neighbour"])
    assert client.post("/plan/measures/1", given_).status_code == 422, "not his unit"
    assert ProgressReport.objects.count() == 1


# ---------------------------------------------------------------- the text in pieces


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 70), st.integers(0, 70)), max_size=8))
def test_pieces_put_together_are_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    items = [CompiledItem(kind="target", start=min(span), end=max(span)) for span in spans]
    pieces = segments(text, items)
    assert "".join(piece["text"] for piece in pieces) == text
    assert all(text[p["start"] :].startswith(p["text"]) for p in pieces)


def test_control_characters_in_a_name_do_not_break_the_briefing(client, people, full) -> None:
    Target.objects.filter(code="A1").update(name="船舶\x01产\u000b值\n增长")
    response = enter(client, people["planner"]).get("/plan/briefing.docx", {"number": "海\x02督"})
    paper = docx.Document(io.BytesIO(response.content))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    assert response.status_code == 200 and "船舶产值 增长" in cells


def test_a_zones_wall_shows_the_zone_itself(client, people, full) -> None:
    page = text_of(enter(client, people["zone"]).get("/cockpit"))
    data = json.loads(re.search(r'<script id="chart-[^"]*" type="application/json">(.*?)</script>', page).group(1))
    assert [(point["name"], point["value"]) for point in data["points"]] == [("东湾船舶园", 30)]
    assert data["areas"] == [] and "西岭" not in page


@pytest.mark.parametrize(
    "address",
    [
        "/cockpit?indicator=%00", "/plan/targets?q=%00&sort=%00", "/plan/targets/%00", "/plan/targets/%00/edit", "/plan/measures?q=%00",
        "/plan/units?q=%00", "/plan/units/%00", "/plan/targets/%F0%9F%98%80", "/plan/units/" + "x" * 3000,
        "/plan/targets/A1/divide?year=99999", "/plan/targets/A1/divide?year=%D9%A2%D9%A0%D9%A3%D9%A3",
        "/plan/documents?page=%00", "/plan/documents/99999999999999999999",
    ],
)  # fmt: skip
def test_hostile_addresses_are_answered(client, people, full, address) -> None:
    assert enter(client, people["planner"]).get(address).status_code in (200, 404, 422)
