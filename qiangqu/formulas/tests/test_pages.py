"""Pages and JSON of the indicators: who sees what, what is opened, what a formula may be."""

import datetime as dt
from urllib.parse import quote

import pytest
from django.test import Client

from qiangqu.formulas.language import parse
from qiangqu.formulas.models import Indicator
from qiangqu.formulas.refresh import refresh
from qiangqu.registry.models import AuditEntry, User
from qiangqu.ui.tests.opened import send

from .test_engine import monthly
from .world import TODAY, World, build

pytestmark = pytest.mark.django_db
PAGES = ("/indicators", "/indicators/out", "/indicators/out/explain?area=Z1&period=2024")
JSON = (
    "/api/v1/indicators/",
    "/api/v1/indicators/out",
    "/api/v1/indicators/out/values",
    "/api/v1/indicators/out/explain?area=Z1&period=2024",
)


@pytest.fixture
def world() -> World:
    made = build()
    made.facts(monthly("output", "E1", 2024, [1.0] * 12) + monthly("output", "E4", 2024, [3.0] * 12))
    made.catalog(out=("total(output)", "亿元"), half=("indicator(out) / 2", "亿元"))
    refresh(today=TODAY)
    return made


@pytest.fixture
def signed_in(world: World):
    def sign(role: str, area: str) -> Client:
        organisation = world.organisations["E1"] if role == "enterprise" else None
        user = User(username=f"{role}-{area}", role=role, area=world.areas[area], organisation=organisation)
        user.set_unusable_password()
        user.save()
        client = Client()
        client.force_login(user)
        return client

    return sign


def test_strangers_are_refused(world: World, client: Client) -> None:
    for page in (*PAGES, "/indicators/new", "/indicators/out/edit"):
        response = client.get(page)
        assert response.status_code == 302 and "login" in response.headers["Location"], page
    for page in JSON:
        assert client.get(page).status_code == 401, page


def test_a_neighbour_opens_nothing_of_another_zone(signed_in) -> None:
    neighbour = signed_in("zone", "Z3")
    assert neighbour.get("/indicators").status_code == 200
    for page in (PAGES[2], JSON[3], "/indicators/out?area=Z1"):
        assert neighbour.get(page).status_code == 404, page
    values = neighbour.get(JSON[2]).json()
    assert {item["area"] for item in values["items"]} == {"Z3"}
    own = neighbour.get("/indicators/out/explain?area=Z3&period=2024")
    # as the text of a cell: random tokens of the page hold any two letters
    assert ">E4<" in own.content.decode() and ">E1<" not in own.content.decode()


def test_an_enterprise_sees_no_indicators(signed_in) -> None:
    firm = signed_in("enterprise", "Z1")
    for page in (*PAGES, *JSON):
        assert firm.get(page).status_code == 403, page


def test_a_value_opens_down_to_an_enterprises_month(signed_in) -> None:
    planner = signed_in("planner", "R")
    page = planner.get("/indicators/out/explain?area=R&period=2024").content.decode()
    assert "48" in page and "/indicators/out/explain?area=C1&amp;period=2024" in page
    data = planner.get("/api/v1/indicators/out/explain?area=Z1&period=2024").json()
    node, row = data["rows_node"], data["rows"]["rows"][0]
    assert (row["kind"], row["facts"], data["value"]) == ("subject", 12, 12)
    address = f"/indicators/out/explain?area=Z1&period=2024&node={node}&at=Z1&when=2024&subject={row['subject_kind']}-{row['id']}"
    months = planner.get(address).content.decode()
    assert months.count("/facts/") >= 12
    # the sum of twelve months leads to them by its name, its number and its count, and says where they come
    # from
    subject = f"subject={row['subject_kind']}-{row['id']}#rows"
    yearly = planner.get("/indicators/out/explain?area=Z1&period=2024").content.decode()
    assert yearly.count(subject) == 3 and "测试.csv" in yearly
    address = f"/api/v1/indicators/out/explain?area=Z1&period=2024&node={node}&subject={row['subject']}"
    facts = planner.get(address).json()["rows"]
    assert [fact["period"] for fact in facts] == [f"2024-{month:02d}" for month in range(1, 13)]
    assert planner.get(address + "x").status_code == 422


def test_rows_of_registers_lead_to_their_records(world: World, signed_in) -> None:
    world.catalog(firms=("organisations()", "家"))
    planner = signed_in("planner", "R")
    page = planner.get("/indicators/firms/explain?area=Z1&period=2024").content.decode()
    assert f"/organisations/{world.organisations['E1'].pk}" in page


def test_what_has_moved_away_since_is_counted_and_not_named(world: World, signed_in) -> None:
    one = world.organisations["E1"]
    one.area, one.effective_from = world.areas["Z3"], dt.date(2026, 7, 1)
    one.save()
    clerk = signed_in("zone", "Z1")
    page = clerk.get("/indicators/out/explain?area=Z1&period=2024-05").content.decode()
    rows = page.split('id="rows"')[1]
    assert "（已划出您的管辖范围）" in rows and ">E1<" not in page and "/facts/" not in rows
    assert ">E1<" in signed_in("planner", "R").get("/indicators/out/explain?area=Z1&period=2024-05").content.decode()


def test_every_page_answers(signed_in) -> None:
    planner = signed_in("planner", "R")
    for page in (*PAGES, *JSON, "/indicators/half", "/indicators/new", "/indicators/out/edit", "/indicators?q=指标"):
        assert planner.get(page).status_code == 200, page
    for page in (
        "/indicators/none", "/indicators/none/explain?area=R&period=2024", "/indicators/out/explain?area=X&period=2024",
        "/indicators/out/explain?area=R&period=x", "/indicators/out/explain?area=R&period=2024&node=99999&at=R",
        f"/indicators/{quote('<script>')}",
    ):  # fmt: skip
        assert planner.get(page).status_code in (400, 404, 422), page


FORM = {
    "code": "new_one",
    "name": "<b>新</b>",
    "unit": "亿元",
    "decimals": "1",
    "direction": "up",
    "formula": "total(output) * 2",
}


def test_a_formula_is_tried_saved_and_computed(signed_in) -> None:
    planner = signed_in("planner", "R")
    tried = planner.post("/indicators/new", FORM | {"try": "1"})
    assert tried.status_code == 200 and "96" in tried.content.decode()
    assert not Indicator.objects.filter(code="new_one").exists()
    assert planner.post("/indicators/new", FORM).status_code == 302
    page = planner.get("/indicators/new_one").content.decode()
    assert "&lt;b&gt;新" in page and "<b>新" not in page
    assert planner.get("/api/v1/indicators/new_one/values?area=R&period=2024").json()["items"][0]["value"] == 96
    assert AuditEntry.objects.filter(action="indicator_created").count() == 1
    changed = FORM | {"formula": "total(output) * 3"}
    assert send(planner, "/indicators/new_one/edit", changed).status_code == 302
    assert AuditEntry.objects.filter(action="indicator_changed").count() == 1
    page = planner.get("/indicators/new_one").content.decode()
    assert "方向</span>" in page and "越高越好" in page and "direction</span>" not in page
    assert planner.get("/api/v1/indicators/new_one/values?area=R&period=2024").json()["items"][0]["value"] == 144


@pytest.mark.one_database  # refused before anything is asked
@pytest.mark.parametrize(
    "formula, sentence",
    [
        ("total(nothing)", "nothing"),
        ("read_csv('/etc/passwd')", "read_csv"),
        ("total(jobs)", "不能换算"),
        ("indicator(new_one)", "new_one"),
        ("(" * 60 + "1" + ")" * 60, "嵌套"),
        ("SELECT 1", "不能"),
    ],
)
def test_a_wrong_formula_is_answered_at_its_field(signed_in, formula: str, sentence: str) -> None:
    planner = signed_in("planner", "R")
    answer = planner.post("/indicators/new", FORM | {"formula": formula})
    assert answer.status_code == 422 and sentence in answer.content.decode()
    checked = planner.post("/api/v1/indicators/check", FORM | {"formula": formula}, content_type="application/json")
    assert checked.status_code == 422


def test_division_by_zero_is_a_dash_with_its_reason(signed_in) -> None:
    planner = signed_in("planner", "R")
    planner.post("/indicators/new", FORM | {"formula": "total(output) / (total(output) - total(output))", "unit": "比"})
    page = planner.get("/indicators/new_one/explain?area=R&period=2024").content.decode()
    assert "除数为零" in page


def test_only_who_answers_for_the_whole_defines(signed_in) -> None:
    for role, area in (("zone", "Z1"), ("leader", "R"), ("planner", "C1")):
        client = signed_in(role, area)
        assert client.get("/indicators/new").status_code == 403
        assert client.post("/indicators/out/edit", FORM).status_code == 403


def test_the_form_offers_elements_indicators_and_examples_that_are_right(signed_in) -> None:
    client = signed_in("planner", "R")
    page = client.get("/indicators/new")
    shown = page.content.decode()
    assert 'data-bare="output"' in shown and 'data-insert="indicator(out)"' in shown
    examples = page.context["examples"]
    assert len(examples) >= 6
    for text, meaning in examples:
        parse(text)
        assert meaning and text.replace("'", "&#x27;") in shown
    own = client.get("/indicators/out/edit").content.decode()
    assert 'data-insert="indicator(out)"' not in own, "not of itself"


def test_a_formula_may_be_typed_with_the_signs_of_a_chinese_keyboard(signed_in) -> None:
    client = signed_in("planner", "R")
    data = {"code": "wide", "name": "全角", "unit": "亿元", "decimals": "1", "direction": "up", "subject": "area"}
    answer = client.post("/indicators/new", data | {"formula": "（total（output）＋1）×2"})
    assert answer.status_code == 302, answer.context["form"].errors
    assert Indicator.objects.get(code="wide").formula == "（total（output）＋1）×2"
    wrong = client.post("/indicators/new", data | {"code": "w2", "formula": "total（output）≥1 AND nope（output）"})
    assert wrong.status_code == 422 and "nope" in wrong.content.decode()
