"""The JSON API of cases: the same as the pages, refused to the same people."""

import json

import pytest

from qiangqu.cases import acts
from qiangqu.cases.models import Case
from qiangqu.registry.audit import AuditEntry
from qiangqu.registry.nodes import node_code

START = "/api/v1/cases/"


def post(client, path, body):
    return client.post(path, json.dumps(body), content_type="application/json")


def opened(scene):
    data = {"title": "甲", "amount": 5}
    return acts.open_case("approval", data, area=scene["areas"]["Z1"], user=scene["people"]["zone"]).case


def test_a_case_is_opened_read_and_worked_on(scene, client):
    client.force_login(scene["people"]["zone"])
    (kind,) = client.get(START + "kinds").json()
    assert kind["may_open"] and "amount" in kind["form"]["properties"]
    answer = post(client, START, {"kind": "approval", "data": {"title": "甲", "amount": 5}})
    assert answer.status_code == 201
    number, (step,) = answer.json()["number"], answer.json()["steps"]
    listed = client.get(START, {"list": "todo"}).json()["items"][0]
    assert listed["number"] == number and f"-{node_code()}-" in number, "the node's code is in the number"
    assert (listed["uid"], listed["origin"]) == (str(Case.objects.get(number=number).uid), node_code())
    act = {
        "act": "finish",
        "step": step["id"],
        "revision": step["revision"],
        "data": {"accepted": "受理"},
        "text": "同意",
    }
    done = post(client, f"{START}{number}/acts", act)
    assert done.status_code == 200 and done.json()["opinions"][0]["text"] == "同意"
    assert {s["node"] for s in done.json()["steps"] if s["status"] == "open"} == {"land", "safety"}
    assert post(client, f"{START}{number}/acts", act).status_code == 409
    assert client.get(START, {"list": "done"}).json()["count"] == 1
    assert client.get(START + "statistics").json()["kinds"][0]["running"] == 1


@pytest.mark.parametrize("who", ["neighbour", "rival", "city2"])
def test_a_neighbour_gets_nothing(scene, client, who):
    case = opened(scene)
    client.force_login(scene["people"][who])
    before = AuditEntry.objects.count()
    assert client.get(START + case.number).status_code == 404
    for act in ("claim", "finish", "assign", "return", "urge", "opine", "suspend", "resume", "withdraw", "put-back"):
        assert post(client, f"{START}{case.number}/acts", {"act": act, "text": "x", "to": who}).status_code == 404
    assert client.get(START, {"list": "all"}).json()["count"] == 0
    assert AuditEntry.objects.count() == before
    assert client.get(START, {"list": "all", "area": "Z1"}).status_code in (404, 200)
    assert post(
        client, START, {"kind": "approval", "data": {"title": "甲", "amount": 5}, "area": "Z1"}
    ).status_code in (201, 404)
    assert not Case.objects.filter(opened_by__username="neighbour", area__code="Z1").exists()


@pytest.mark.parametrize(
    "body",
    [
        {"act": "finish", "data": {"accepted": "受理", "status": "closed"}},
        {"act": "finish", "data": {"accepted": ["受理"]}},
        {"act": "claim", "data": {"x": 1}},
        {"act": "claim", "step": -1},
        {"act": "claim", "step": 2**70},
        {"act": "assign", "to": "nobody"},
        {"act": "assign", "to": "neighbour"},
        {"act": "return", "text": "理由"},
        {"act": "explode"},
        {"act": "opine", "text": "长" * 3000},
        {},
    ],
)
def test_bad_bodies_are_answered_in_words_and_change_nothing(scene, client, body):
    case = opened(scene)
    client.force_login(scene["people"]["zone"])
    answer = post(client, f"{START}{case.number}/acts", body)
    assert answer.status_code in (404, 409, 422) and answer.json()["detail"]
    case.refresh_from_db()
    assert case.revision == 1 and not case.opinions.exists()


def test_statistics_are_not_for_enterprises(scene, client):
    client.force_login(scene["people"]["enterprise"])
    assert client.get(START + "statistics").status_code == 403
