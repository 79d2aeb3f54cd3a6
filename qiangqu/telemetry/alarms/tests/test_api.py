"""The JSON API: the same scope and the same rights as the pages."""

import datetime as dt

import pytest
from django.test import Client

from qiangqu.telemetry.alarms.models import Alarm

BASE = "/api/v1/telemetry"


def enter(scene, name: str) -> Client:
    client = Client()
    client.force_login(scene.people[name])
    return client


@pytest.fixture
def alarmed(scene):
    scene.rule(code="wide")
    scene.rule(code="own", area=scene.areas["Z1"], enabled=False)
    scene.step(D1_a21026=60, D3_a21026=90)
    return scene


@pytest.fixture
def one(alarmed) -> Alarm:
    return Alarm.objects.get(device__mn="D1")


def post(client: Client, act: str, one: Alarm, **more):
    return client.post(f"{BASE}/alarms/act/{act}", {"alarms": [one.pk]} | more, content_type="application/json")


def test_strangers_are_refused(alarmed, one) -> None:
    for page in ("/alarms", f"/alarms/{one.pk}", "/alarm-rules", "/alarm-rules/own/try"):
        assert Client().get(BASE + page).status_code == 401, page
    assert post(Client(), "acknowledge", one).status_code == 401


def test_neighbours_find_nothing(alarmed, one) -> None:
    for who in ("neighbour", "rival"):
        client = enter(alarmed, who)
        assert "D1" not in client.get(f"{BASE}/alarms?shown=all").content.decode()
        assert client.get(f"{BASE}/alarms?area=Z3").status_code == (200 if who == "neighbour" else 404)
        assert client.get(f"{BASE}/alarms/{one.pk}").status_code == 404
        for act in ("acknowledge", "shelve", "unshelve", "close", "comment"):
            answer = post(
                client, act, one, text="x", until=(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).isoformat()
            )
            assert answer.status_code == (404 if who == "neighbour" else 403), (who, act)
    assert enter(alarmed, "neighbour").get(f"{BASE}/alarms?area=Z1").status_code == 404
    assert enter(alarmed, "neighbour").get(f"{BASE}/alarm-rules/own/try").status_code == 404
    assert enter(alarmed, "inspector").get(f"{BASE}/alarm-rules/own/try").status_code == 403
    assert enter(alarmed, "inspector").get(f"{BASE}/alarm-rules").status_code == 403
    one.refresh_from_db()
    assert not one.acknowledged and one.events.count() == 1


def test_reading_and_acting(alarmed, one) -> None:
    client = enter(alarmed, "zone")
    listed = client.get(f"{BASE}/alarms").json()
    assert listed["count"] == 1 and listed["items"][0]["device"] == "D1" and listed["items"][0]["value"] == 60
    assert client.get(f"{BASE}/alarms?shown=closed").json()["count"] == 0
    assert post(client, "shelve", one, text="检修").status_code == 422
    later = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).isoformat()
    assert post(client, "shelve", one, text="检修", until=later).json() == {"done": 1}
    assert post(client, "unshelve", one).json() == {"done": 1}
    assert post(client, "close", one, text="x").status_code == 409
    assert post(client, "acknowledge", one, text="已派人").json() == {"done": 1}
    assert post(client, "acknowledge", one).json() == {"done": 0}
    assert post(client, "comment", one, text="备注").json() == {"done": 1}
    assert post(client, "explode", one).status_code == 404
    whole = client.get(f"{BASE}/alarms/{one.pk}").json()
    assert [event["kind"] for event in whole["events"]] == [
        "raised",
        "shelved",
        "unshelved",
        "acknowledged",
        "commented",
    ]
    assert whole["acknowledged_by"] == "zone"


def test_trying_a_rule(alarmed) -> None:
    told = enter(alarmed, "zone").get(f"{BASE}/alarm-rules/own/try?days=2").json()
    assert (told["alarms"], told["points"], len(told["fired"])) == (1, 4, 1)
    assert enter(alarmed, "zone").get(f"{BASE}/alarm-rules/own/try?days=999").status_code == 422
