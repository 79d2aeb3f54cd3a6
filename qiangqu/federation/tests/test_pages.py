"""What people see of the tree: who is off and since when, what waits and why, both versions of a conflict."""

import datetime as dt
from typing import Any

import pytest
from django.apps import apps
from django.template import Context, Template
from django.test import Client
from django.utils import timezone

from qiangqu.federation import condition, conflicts, outbox, standings, storage
from qiangqu.federation.models import Known, Outgoing, Peer, Standing
from qiangqu.registry.models import AuditEntry
from qiangqu.registry.tests import factories

from .far import Far, body, report, scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> dict[str, Any]:
    made = scene()
    return made | {"people": factories.users(made["areas"])}


def as_(here: dict[str, Any], role: str) -> Client:
    client = Client()
    client.force_login(next(one for name, one in here["people"].items() if str(name) == role))
    return client


def called(code: str, ago: float) -> None:
    Peer.objects.filter(code=code).update(contact_at=timezone.now() - dt.timedelta(seconds=ago))


def test_the_tree_says_who_is_off_and_since_when(here: dict[str, Any]) -> None:
    Far("C1")
    Far("Z1", "C1")
    called("C1", 5)
    city = Peer.objects.get(code="C1")
    said = {
        "parked": {"ref": 2},
        "conflicts": 1,
        "free": 5 * 2**30,
        "total": 10 * 2**30,
        "batches": 3,
        "entries": 1,
        "oldest": 600,
    }
    condition.believe(
        city,
        [
            said | {"code": "C1", "version": "0.2"},
            said | {"code": "Z1", "age": 4000},
            said | {"code": "R"},
            "x",
            {"code": 5},
        ],
    )
    rows = {one["code"]: one for one in standings.overview()["nodes"]}
    assert (rows["R"]["state"], rows["C1"]["state"], rows["Z1"]["state"]) == ("here", "on", "off")
    assert rows["Z1"]["off"] == "Z1" and rows["C1"]["parked"] == {"ref": 2} and rows["C1"]["oldest_minutes"] == 10
    assert [one.code for one in condition.missing("/R/")] == ["Z1"]
    called("C1", 5000)
    rows = {one["code"]: one for one in standings.overview()["nodes"]}
    assert rows["Z1"]["off"] == "C1" == rows["C1"]["off"], "behind a city that is off nobody knows of its zones"
    Peer.objects.filter(code="C1").update(area=here["areas"]["C1"].code)
    found = Template("{% load shell %}{% off_line area %}").render(Context({"area": here["areas"]["R"]}))
    assert here["areas"]["C1"].name in found and "断网" in found
    assert not Template("{% load shell %}{% off_line area %}").render(Context({"area": here["areas"]["Z3"]}))


def test_hostile_states_are_bounded(here: dict[str, Any]) -> None:
    Far("C1")
    city = Peer.objects.get(code="C1")
    for said in (
        5,
        [[]],
        [{"code": "C1", "parked": {"a" * 99: 1e400, "b": "x"}, "free": float("nan"), "name": "<b>" * 99}],
    ):
        condition.believe(city, said)
    kept = Peer.objects.get(code="C1").condition
    assert len(kept["name"]) <= 80 and kept["free"] == 0 and set(kept["parked"]) == {"a" * 20, "b"}
    assert as_(here, "planner").get("/federation/").status_code == 200


def test_pages_are_for_planners(here: dict[str, Any]) -> None:
    zone = Far("Z1")
    storage.receive([zone.batch(zone.entry(body()), zone.entry(body(unit=["nobody"])))])
    storage.apply_stored()
    planner = as_(here, "planner")
    page = planner.get("/federation/nodes/Z1/").content.decode()
    assert "所指的记录还没有到" in page and "本节点存有的这个节点的批" in page
    assert planner.get("/federation/nodes/NO/").status_code == 404
    assert "Z1" in planner.get("/federation/log/?node=Z1").content.decode()
    answer = planner.get("/api/v1/nodes").json()
    assert [one["code"] for one in answer["nodes"]] == ["R", "Z1"]
    for address in ("/federation/", "/federation/log/", "/federation/conflicts/", "/api/v1/nodes"):
        assert as_(here, "zone").get(address).status_code == 403


def test_people_see_both_versions_and_choose(here: dict[str, Any]) -> None:
    zone = Far("Z1")
    row = report(here, "这里写的")
    known = Known.objects.get()
    rival = zone.entry(body("区里改的"), record=known.record, revision=2, base=known.head)
    storage.receive([zone.batch(rival)])
    storage.apply_stored()
    known = Known.objects.get()
    assert known.boxed == 1
    planner = as_(here, "planner")
    page = planner.get(f"/federation/conflicts/{known.pk}/").content.decode()
    seen = f"{known.head} {rival.uid}"
    assert seen in page and "这里写的" in page and "区里改的" in page
    refused = planner.post(f"/federation/conflicts/{known.pk}/", {"uid": rival.uid, "why": " ", "seen": seen})
    assert refused.status_code == 422 and Known.objects.get().boxed == 1
    assert (
        planner.post(
            f"/federation/conflicts/{known.pk}/", {"uid": rival.uid, "why": "区里更清楚", "seen": seen}
        ).status_code
        == 302
    )
    row.refresh_from_db()
    assert row.text == "区里改的" and Known.objects.get().boxed == 0
    entry = AuditEntry.objects.get(action="conflict_settled")
    assert entry.detail["why"] == "区里更清楚" and entry.object_id == str(row.pk)
    assert planner.get(f"/federation/conflicts/{known.pk}/").status_code == 404


def test_a_proposal_reaches_the_home_below(here: dict[str, Any]) -> None:
    zone = Far("Z1")
    storage.receive([zone.batch(zone.entry(body("区里写的")))])
    storage.apply_stored()
    row: Any = apps.get_model("plan", "ProgressReport").objects.get()
    row.text = "这里提的"
    row.save()
    assert sorted(Outgoing.objects.values_list("lane", flat=True)) == ["acts", "to/Z1"]
    known = Known.objects.get()
    assert not conflicts.may_settle(next(iter(here["people"].values())), known)


def test_what_waits_for_the_line(here: dict[str, Any]) -> None:
    Far("Z1")
    Standing.objects.update(parent="R0")
    Peer.objects.filter(code="R").update(parent="R0")
    Peer.objects.create(code="R0", key="", card="{}", card_signature="")
    report(here)
    assert condition.waiting_up().entries == 1
    storage.seal_waiting()
    up = condition.waiting_up()
    assert (up.batches, up.entries) == (1, 0) and up.oldest is not None
    Standing.objects.update(agreed=storage.last_batch())
    assert condition.waiting_up().batches == 0
    assert outbox.fill() == 0
