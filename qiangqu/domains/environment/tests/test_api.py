"""The API gives what the pages show, to those who may see it."""

import datetime as dt

import pytest
from django.test import Client

from qiangqu.domains.environment.rolling import roll

from .conftest import FIRST

pytestmark = pytest.mark.urls("qiangqu.domains.environment.tests.urls")
LAST = FIRST + dt.timedelta(days=2)
BASE = "/api/v1/environment"


@pytest.fixture
def rolled(measured):
    roll(FIRST, LAST)
    return measured


def enter(scene, name: str) -> Client:
    client = Client()
    client.force_login(scene["people"][name])
    return client


def addresses(scene) -> list[str]:
    channel = scene["channels"]["A.a21026"].pk
    return [
        f"{BASE}/live",
        f"{BASE}/exceedances",
        f"{BASE}/totals?year=2026",
        f"{BASE}/completeness?first={FIRST}&last={LAST}",
        f"{BASE}/stations/S1/air-quality",
        f"{BASE}/channels/{channel}/readings?day={FIRST}",
        f"{BASE}/outlets",
    ]


def test_strangers_get_nothing(rolled) -> None:
    for address in (*addresses(rolled), f"{BASE}/factors", f"{BASE}/limits"):
        assert Client().get(address).status_code == 401, address


@pytest.mark.parametrize("who", ["neighbour", "rival"])
def test_neighbours_get_nothing_of_it(rolled, who) -> None:
    client = enter(rolled, who)
    for address in addresses(rolled):
        response = client.get(address)
        assert response.status_code in (200, 404), address
        body = response.content.decode()
        assert "DA001" not in body and rolled["mine"].code not in body, address
    assert client.get(f"{BASE}/totals?year=2026&area=Z1").status_code == (404 if who == "neighbour" else 200)


def test_it_says_what_the_pages_say(rolled) -> None:
    client = enter(rolled, "zone")
    totals = client.get(f"{BASE}/totals?year=2026").json()
    so2 = next(t for t in totals if t["factor"] == "a21026")
    assert so2["emitted"] == pytest.approx(0.5832) and so2["permitted"] == 2.0 and so2["status"] == "on_track"
    live = client.get(f"{BASE}/live").json()
    assert next(v for v in live if v["place"] == "DA001" and v["factor"] == "a21026")["value"] == 20.0
    found = client.get(f"{BASE}/exceedances?state=open").json()
    assert {(e["place"], e["factor"]) for e in found} == {("DA001", "a21026"), ("DW001", "w01018"), ("S1", "a34004")}
    channel = rolled["channels"]["A.a21026"].pk
    assert len(client.get(f"{BASE}/channels/{channel}/readings?day={FIRST}").json()) == 144
    assert any(one["code"] == "w01018" for one in client.get(f"{BASE}/factors").json())
    assert all(one["clause"] for one in client.get(f"{BASE}/limits").json())


@pytest.mark.parametrize(
    "address",
    [
        "exceedances?limit=0",
        "exceedances?state=x",
        "totals?year=1",
        "completeness?first=2026-02-01&last=2026-01-01",
        "stations/S1/air-quality?days=0",
    ],
)
def test_nonsense_is_refused(scene, address) -> None:
    response = enter(scene, "zone").get(f"{BASE}/{address}")
    assert response.status_code == 422 and response.json()["detail"]
