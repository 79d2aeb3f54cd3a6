"""The plan's JSON: the same scope as the pages, paging, shapes."""

import io

import docx
import pytest

from qiangqu.base.periods import parse_period
from qiangqu.plan import documents
from qiangqu.plan.allocations import allocate
from qiangqu.plan.models import Measure, Plan, PlanDocument, Target
from qiangqu.plan.progress import report_progress
from qiangqu.plan.track import status
from qiangqu.registry.models import Area, Organisation, Role, User

from .conftest import DAY
from .test_documents import TEXT
from .test_progress import PDF, sent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("qiangqu.plan.tests.urls")]
DAYS = f"as_of={DAY}"
SEEN = (
    "/api/status",
    "/api/targets",
    "/api/targets/A1",
    "/api/targets/A1/contributors",
    "/api/measures",
    "/api/measures/1",
    "/api/units",
    "/api/allocations?target=A1",
    "/api/cockpit",
    "/api/briefing",
)
REVIEWED = ("/api/documents/{d}", "/api/documents/{d}/text", "/api/documents/{d}/items")


@pytest.fixture
def document(full: Plan, people: dict[str, User]) -> PlanDocument:
    return documents.import_bytes(TEXT.encode(), "意见.txt", area=full.area, user=people["planner"])


@pytest.fixture
def planner(client, people, full):
    client.force_login(people["planner"])
    return client


def test_strangers_get_nothing(client, document) -> None:
    for address in (*SEEN, "/api/units/H-IND", "/api/documents", *(one.format(d=document.pk) for one in REVIEWED)):
        assert client.get(address).status_code == 401, address


def test_neighbours_enterprises_and_roles(client, people, document) -> None:
    reviewed = ["/api/documents", *(one.format(d=document.pk) for one in REVIEWED)]
    for name in ("east", "neighbour", "zone", "leader"):
        client.force_login(people[name])
        for address in reviewed:
            assert client.get(address).status_code == 403, (name, address)
    client.force_login(people["enterprise"])
    for address in (*SEEN, "/api/units/H-IND", *reviewed):
        assert client.get(address).status_code == 403, address
    client.force_login(people["neighbour"])
    for address in SEEN:
        if "contributors" not in address:  # tested apart: it opens the lake
            assert client.get(address).status_code == 200, address
        joint = "&" if "?" in address else "?"
        for area in ("990100", "990000", "HL-Z-1", "NOWHERE"):
            response = client.get(f"{address}{joint}area={area}")
            assert response.status_code == 404 and "管辖范围" in response.json()["detail"], (address, area)
    assert client.get("/api/units/H-G-E").status_code == 404
    assert [row["unit"]["code"] for row in client.get("/api/units").json()["items"]] == ["H-G-W"]
    other = User.objects.create(username="op", password="!", role=Role.PLANNER, area=Area.objects.get(code="990200"))
    client.force_login(other)
    assert client.get("/api/documents").json() == {"count": 0, "items": []}
    for address in reviewed[1:]:
        assert client.get(address).status_code == 404, address


def test_status_is_the_fixed_shape_of_the_command(planner) -> None:
    data = planner.get(f"/api/status?{DAYS}").json()
    assert data["as_of"] == "2032-12-31" and data["plan"]["code"] == "hailan" and data["area"]["code"] == "990000"
    assert data["targets"] == [one.as_contract() for one in status(DAY)]
    assert sum(data["counts"].values()) == len(data["targets"]) == 10


def test_targets_are_paged_filtered_and_ordered(planner) -> None:
    first = planner.get(f"/api/targets?{DAYS}&limit=4").json()
    second = planner.get(f"/api/targets?{DAYS}&limit=4&offset=4").json()
    assert first["count"] == second["count"] == 10
    assert [x["code"] for x in first["items"] + second["items"]] == ["A1", "A2", "A3", "A4", "A5", "B1", "B2", "B3"]
    a1 = first["items"][0]
    assert (a1["value"], a1["value_period"], a1["target"], a1["unit"]) == (112, "2032", 133.1, "亿元")
    assert a1["explain_url"] == "/indicators/ship_output/explain?area=990000&period=2032"
    assert a1["gap"] == pytest.approx(21.1) and a1["low"] < a1["forecast"] < a1["high"]
    assert [x["code"] for x in planner.get(f"/api/targets?{DAYS}&status=done").json()["items"]] == ["C1"]
    assert planner.get("/api/targets?limit=0").status_code == 422
    assert planner.get("/api/targets?limit=100000").status_code == 422
    assert planner.get("/api/targets?as_of=yesterday").status_code == 422


def test_one_target_has_what_its_page_shows(planner, people, full) -> None:
    allocate(Target.objects.get(code="A1"), full.area, 2033, {"990100": 80, "990200": 54}, user=people["planner"])
    data = planner.get(f"/api/targets/A1?{DAYS}").json()
    assert data["path"]["years"] == ["2030", "2031", "2032", "2033"] and data["path"]["observed"][2] == 112
    assert [(x["area"]["code"], x["value"], x["share"]) for x in data["contributions"]["items"]] == [
        ("990100", 70, 62.5),
        ("990200", 42, 37.5),
    ]
    assert data["contributions"]["rest"] == pytest.approx(0)
    assert [(x["area"]["code"], x["value"]) for x in data["allocations"]] == [("990100", 80), ("990200", 54)]
    assert data["sums"][-1]["fits"] is True and data["base_source"] == "测试公报" and data["history"][-1]["created"]
    assert planner.get("/api/allocations?target=A1").json() == data["allocations"]
    east = planner.get(f"/api/targets/A1?{DAYS}&area=990100").json()
    assert (east["value"], east["target"]) == (70, 80) and east["contributions"]["items"][0]["simulated"]
    missing = planner.get("/api/targets/Z9")
    assert missing.status_code == 404 and "Z9" in missing.json()["detail"]


def test_a_neighbour_sees_no_allocation_of_another_city(client, people, full) -> None:
    allocate(Target.objects.get(code="A1"), full.area, 2033, {"990100": 80, "990200": 54}, user=people["planner"])
    client.force_login(people["neighbour"])
    assert client.get("/api/allocations?target=A1").json() == []
    data = client.get(f"/api/targets/A1?{DAYS}").json()
    assert (data["value"], data["target"], data["allocations"]) == (42, 54, [])


def test_measures_units_and_reports(planner, people, full, settings, tmp_path, client) -> None:
    settings.MEDIA_ROOT = tmp_path
    east = Organisation.objects.get(code="H-G-E")
    file = sent("a.pdf", PDF)
    period = parse_period("2024Q2")
    report_progress(Measure.objects.get(no=1), east, period, "已开工", 35, user=people["east"], files=[file])
    rows = planner.get(f"/api/measures?{DAYS}").json()
    assert rows["count"] == 2 and rows["items"][0]["light"] == "off_track"
    assert [unit["code"] for unit in rows["items"][0]["leads"]] == ["H-IND"] and "A1" not in rows["items"][0]["targets"]
    one = planner.get("/api/measures/1").json()
    assert one["reports"][0]["text"] == "已开工" and one["reports"][0]["evidence"][0]["name"] == "a.pdf"
    owed = planner.get(f"/api/units/H-IND?{DAYS}").json()
    assert {x["target"] for x in owed["owed"]} >= {"A1", "B1"} and owed["measures"] == {"1": "lead", "2": "support"}
    assert planner.get("/api/units/H-G-E").json()["reports"][0]["percentage"] == 35
    assert planner.get("/api/units?q=科技").json()["count"] == 1
    assert planner.get("/api/measures/77").status_code == 404
    client.force_login(people["neighbour"])
    assert client.get("/api/measures/1").json()["reports"] == []


def test_cockpit(planner) -> None:
    data = planner.get(f"/api/cockpit?{DAYS}&indicator=ship_output").json()
    assert data["map"]["indicator"]["code"] == "ship_output" and data["simulated"]
    assert {one["name"]: one["value"] for one in data["map"]["areas"]} == {"东湾市": 70, "西岭市": 42}
    assert data["map"]["points"][0] | {"explain_url": ""} == {
        "name": "东湾船舶园",
        "value": 30,
        "explain_url": "",
        "lon": 121.5,
        "lat": 36.2,
    }
    assert data["trends"][0]["name"] == "船舶产值" and len(data["trends"][0]["values"]) == 12
    assert data["lights"]["1"] == "off_track" and any("亮红灯" in alarm["text"] for alarm in data["alarms"])


def test_documents_and_items(planner, document) -> None:
    rows = planner.get("/api/documents").json()
    assert rows["count"] == 1 and rows["items"][0]["number"] == "海政发〔2031〕2号" and rows["items"][0]["pending"] > 0
    place = f"/api/documents/{document.pk}"
    assert planner.get(place).json() == rows["items"][0]
    assert planner.get(f"{place}/text?start=0&length=7").json() == "海澜省人民政府"
    items = planner.get(f"{place}/items?kind=target&limit=2").json()
    assert items["count"] >= 4 and len(items["items"]) == 2
    ship = items["items"][0]
    start, end = ship["span"]
    assert ship["found"]["value"] == 150 and document.text[start:end].strip() == ship["text"] and ship["target"] == "A1"
    assert planner.get(f"{place}/items?decision=accepted").json()["count"] == 0
    assert planner.get("/api/documents/999").status_code == 404


def test_the_briefing_is_a_word_file(planner) -> None:
    response = planner.get(f"/api/briefing?{DAYS}&number=海督〔2032〕9号")
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(response.content)).paragraphs)
    assert "海督〔2032〕9号" in text


def test_nothing_can_be_written(planner, document) -> None:
    for address in ("/api/targets/A1", f"/api/documents/{document.pk}/items"):
        for method in ("post", "put", "patch", "delete"):
            assert getattr(planner, method)(address).status_code == 405
