"""Who may open the pages and the API, what they show, what is done on them."""

import datetime as dt
import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from qiangqu.domains.environment import telling
from qiangqu.domains.environment.models import Exceedance, Station, WasteEntry
from qiangqu.domains.environment.rolling import roll
from qiangqu.lake import messages
from qiangqu.lake.segments import publish
from qiangqu.messaging.models import Message
from qiangqu.registry.models import AuditEntry
from qiangqu.ui.tests.opened import send

from .conftest import FIRST

SECOND, LAST = FIRST + dt.timedelta(days=1), FIRST + dt.timedelta(days=2)


@pytest.fixture
def rolled(measured):
    roll(FIRST, LAST)
    return measured


def text_of(response) -> str:
    return response.content.decode()


def enter(scene, name: str) -> Client:
    client = Client()
    client.force_login(scene["people"][name])
    return client


def addresses(scene) -> list[str]:
    channel = scene["channels"]["A.a21026"].pk
    exceedance = Exceedance.objects.get(channel=channel).pk
    return [
        "/environment/stations/S1",
        "/environment/stations/S1?span=1y&factor=a34004",
        f"/environment/stations/S1/trace?at={LAST}T10",
        "/environment/outlets/DA001?factor=a21026&span=30d",
        "/environment/outlets/DW001",
        f"/environment/channels/{channel}/day/{SECOND}",
        f"/environment/channels/{channel}/readings/{SECOND}/14",
        f"/environment/exceedances/{exceedance}",
        f"/environment/totals/{scene['mine'].code}/a21026/2026?month=11",
    ]


LISTS = [
    "/environment",
    "/environment/exceedances",
    f"/environment/completeness?from={FIRST}&to={LAST}",
    "/environment/totals?year=2026",
    "/environment/waste?year=2026",
]


def test_strangers_are_sent_to_sign_in(rolled) -> None:
    for page in (*LISTS, *addresses(rolled)):
        response = Client().get(page)
        assert response.status_code == 302 and "login" in response.url, page
    assert Client().post("/environment/waste/1/void", {"reason": "x"}).status_code == 302


@pytest.mark.parametrize("who", ["neighbour", "rival"])
def test_neighbours_find_nothing(rolled, who) -> None:
    client = enter(rolled, who)
    for page in addresses(rolled):
        assert client.get(page).status_code == 404, page
    for page in LISTS:
        body = text_of(client.get(page))
        assert "东一化工" not in body and "锅炉排口" not in body and "DA001" not in body, page


@pytest.mark.one_database  # visibility is asked of both by test_visibility_property
@pytest.mark.parametrize("who", ["planner", "zone", "city", "leader"])
def test_those_above_see_it(rolled, who) -> None:
    client = enter(rolled, who)
    for page in (*LISTS, *addresses(rolled)):
        assert client.get(page).status_code == 200, page


def test_an_enterprise_sees_its_own_outlets_only(rolled) -> None:
    client = enter(rolled, "owner")
    overview = text_of(client.get("/environment"))
    assert "锅炉排口" in overview and "邻区排口" not in overview and "空气站" not in overview
    assert client.get("/environment/outlets/DA001").status_code == 200
    assert client.get("/environment/outlets/DA900").status_code == 404
    assert client.get("/environment/stations/S1").status_code == 404


def test_a_total_opens_down_to_the_readings(rolled) -> None:
    client = enter(rolled, "zone")
    code = rolled["mine"].code
    channel = rolled["channels"]["A.a21026"].pk
    listed = text_of(client.get("/environment/totals?year=2026"))
    assert f"/environment/totals/{code}/a21026/2026" in listed and "0.58" in listed
    total = text_of(client.get(f"/environment/totals/{code}/a21026/2026?month=11"))
    assert f"/environment/channels/{channel}/day/{SECOND}" in total and "237.60" in total and "57.60" in total
    hours = text_of(client.get(f"/environment/channels/{channel}/day/{SECOND}"))
    assert f"/environment/channels/{channel}/readings/{SECOND}/10" in hours and "28.800" in hours
    sent = text_of(client.get(f"/environment/channels/{channel}/readings/{SECOND}/10"))
    assert sent.count("80") >= 6 and "10:50:00" in sent
    address = re.findall(rf"/environment/channels/{channel}/messages/\d+", sent)[0]
    message = text_of(client.get(address))
    code_of_point = rolled["channels"]["A.a21026"].point.factor_code
    assert f"{code_of_point}-" in message and f"DataTime={SECOND:%Y%m%d}10" in message
    incoming, at = messages.Incoming(), int(address.rsplit("/", 1)[1])
    incoming.add(rolled["channels"]["A.a21026"].point.device_id, at, "", b"##0100QN=1;PW=geheim;MN=X;CP=&&a&&0000")
    publish([messages.write(incoming)])
    kept = text_of(client.get(address))
    assert "##0100QN=1;PW=******;MN=X" in kept and "DataTime=" not in kept
    assert client.get(address.rsplit("/", 1)[0] + "/1").status_code == 404
    assert enter(rolled, "neighbour").get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_an_exceedance_is_answered(rolled) -> None:
    one = Exceedance.objects.get(channel=rolled["channels"]["A.a21026"])
    page = f"/environment/exceedances/{one.pk}"
    client = enter(rolled, "zone")
    refused = send(client, page, {"state": "explained", "note": " "})
    assert refused.status_code == 422 and "须写明说明" in text_of(refused)
    assert send(client, page, {"state": "withdrawn"}).status_code == 422
    assert send(client, page, {"state": "explained", "note": "校准<b>气</b>"}).status_code == 302
    one.refresh_from_db()
    assert (one.state, one.handled_by.username) == ("explained", "zone")
    assert AuditEntry.objects.get(action="exceedance_handled").detail["state"] == "explained"
    assert "校准&lt;b&gt;气" in text_of(client.get(page))
    told = Message.objects.filter(subject__startswith="超标核实")
    assert {row.user.username for row in told} == {"owner"} and told[0].text == "校准<b>气</b>" and told[0].url == page
    for who, status in (("leader", 403), ("owner", 403), ("neighbour", 404)):
        assert enter(rolled, who).post(page, {"state": "confirmed"}).status_code == status
    one.refresh_from_db()
    assert one.state == "explained"


def test_new_exceedances_reach_the_zone_and_the_enterprise(rolled) -> None:
    one = Exceedance.objects.get(channel=rolled["channels"]["A.a21026"])
    Message.objects.all().delete()
    one.start = timezone.now()
    telling.found([one])
    telling.found([one])
    assert sorted(row.user.username for row in Message.objects.all()) == ["owner", "zone"]
    assert Message.objects.first().url == f"/environment/exceedances/{one.pk}"
    Message.objects.all().delete()
    one.start -= telling.FRESH * 2
    telling.found([one])
    assert not Message.objects.exists(), "what old data give is no news"


def entry(**more) -> dict:
    today = timezone.localdate().isoformat()
    return {
        "day": today,
        "waste_class": "general",
        "waste_code": "SW02",
        "waste_name": "粉煤灰",
        "act": "generated",
        "tonnes": "100",
    } | more


def test_the_ledger_takes_entries_that_balance(scene) -> None:
    client = enter(scene, "zone")
    mine = scene["mine"]
    assert client.post("/environment/waste", entry(enterprise_code=mine.code)).status_code == 302
    too_much = client.post("/environment/waste", entry(enterprise_code=mine.name, act="used", tonnes="150"))
    assert too_much.status_code == 422 and "多 50" in text_of(too_much) and 'value="150"' in text_of(too_much)
    assert (
        client.post("/environment/waste", entry(enterprise_code=mine.name, act="used", tonnes="54")).status_code == 302
    )
    page = text_of(client.get("/environment/waste"))
    assert "54.0" in page and "46.0" in page
    assert WasteEntry.objects.count() == 2 and AuditEntry.objects.filter(action="waste_entered").count() == 2
    used = WasteEntry.objects.get(act="used")
    assert client.post(f"/environment/waste/{used.pk}/void", {"reason": ""}).status_code in (400, 422)
    assert enter(scene, "neighbour").post(f"/environment/waste/{used.pk}/void", {"reason": "x"}).status_code == 404
    assert client.post(f"/environment/waste/{used.pk}/void", {"reason": "重复登记"}).status_code == 302
    assert "重复登记" in text_of(client.get("/environment/waste"))
    assert client.post(f"/environment/waste/{used.pk}/void", {"reason": "再来"}).status_code in (400, 409)


@pytest.mark.one_database  # refused before anything is asked
@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"tonnes": "-1"}, "大于 0"),
        ({"tonnes": "nan"}, "invalid-feedback"),
        ({"day": "2999-01-01"}, "今天或以前"),
        ({"waste_class": "hazardous", "act": "transferred"}, "联单编号"),
        ({"from_stock": "on"}, "取自往年贮存"),
        ({"enterprise_code": "没有的企业"}, "没有这家企业"),
    ],
)
def test_a_wrong_field_is_answered_at_its_place(scene, more, sentence) -> None:
    response = enter(scene, "zone").post("/environment/waste", {"enterprise_code": scene["mine"].code} | entry(**more))
    assert response.status_code == 422 and sentence in text_of(response) and "invalid-feedback" in text_of(response)
    assert WasteEntry.objects.count() == 0


def test_who_may_enter_waste(scene) -> None:
    mine, other = scene["mine"], scene["other"]
    assert enter(scene, "owner").post("/environment/waste", entry(enterprise_code=mine.code)).status_code == 302
    assert enter(scene, "owner").post("/environment/waste", entry(enterprise_code=other.code)).status_code == 422
    assert enter(scene, "zone").post("/environment/waste", entry(enterprise_code=other.code)).status_code == 422
    assert enter(scene, "leader").post("/environment/waste", entry(enterprise_code=mine.code)).status_code == 403
    assert WasteEntry.objects.count() == 1


@pytest.mark.parametrize(
    "page",
    [
        "/environment/totals?year=abc",
        "/environment/totals?year=99999999999",
        "/environment/completeness?from=x",
        "/environment/completeness?from=2026-01-01&to=2020-01-01",
        "/environment/stations/S1?span=9z",
        "/environment/stations/S1/trace?at=yesterday",
        "/environment/stations/S1/trace?factor=zzz",
        "/environment/outlets/%3Cscript%3E",
    ],
)
def test_nonsense_is_answered_in_a_sentence(measured, page) -> None:
    response = enter(measured, "zone").get(page)
    assert response.status_code in (400, 404, 422) and "Traceback" not in text_of(response)


@pytest.mark.one_database  # it shows what others ask for
def test_names_with_markup_are_shown_as_text(rolled) -> None:
    evil = "<script>alert(1)</script>"
    Station.objects.update(name=evil)
    rolled["stack"].name = evil
    rolled["stack"].save()
    client = enter(rolled, "zone")
    for page in (*LISTS, *addresses(rolled)):
        assert "<script>alert" not in text_of(client.get(page)), page


def test_simulated_places_are_marked(rolled) -> None:
    client = enter(rolled, "zone")
    assert 'class="qq-ribbon"' not in text_of(client.get("/environment"))
    Station.objects.update(simulated=True)
    assert 'class="qq-ribbon"' in text_of(client.get("/environment"))
    assert 'class="qq-ribbon"' in text_of(client.get("/environment/stations/S1"))


def test_pages_ask_the_database_a_bounded_number_of_times(rolled, django_assert_max_num_queries) -> None:
    client = enter(rolled, "zone")
    for page in (*LISTS, *addresses(rolled)):
        client.get(page)
        with django_assert_max_num_queries(32):
            client.get(page)


def test_english_pages_have_no_chinese_words_of_the_program(rolled) -> None:
    if not (settings.LOCALE_PATHS[0] / "en/LC_MESSAGES/django.mo").exists():
        pytest.skip("catalogues are not compiled (tools/build_messages.py)")
    client = enter(rolled, "zone")
    client.cookies["django_language"] = "en"
    body = text_of(client.get("/environment"))
    assert "Environment" in body and "最新值" not in body


def test_the_map_draws_what_the_user_sees_and_what_is_open_there(rolled) -> None:
    def drawn(who: str, page: str = "/environment") -> dict:
        return {one["url"]: one for one in enter(rolled, who).get(page).context["drawn"]}

    outlet = "/environment/outlets/DA001"
    shown = drawn("zone")
    assert shown[outlet]["ring"] == "exceeded" and shown[outlet]["what"] == "air"
    assert any("待核实超标" in line for line in shown[outlet]["lines"])
    assert shown["/environment/stations/S1"]["at"] == [
        Station.objects.get(code="S1").lon,
        Station.objects.get(code="S1").lat,
    ]
    assert drawn("zone", outlet)[outlet]["ring"] == "exceeded" and outlet not in drawn("neighbour")
    Exceedance.objects.update(state="confirmed")
    assert drawn("zone")[outlet]["ring"] == ""
