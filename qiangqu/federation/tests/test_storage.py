"""The core on tables: an act and its entry stand or fall together; what came in is stored, then applied, once."""

import itertools
import random
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.federation import client, outbox, server, standing, storage
from qiangqu.federation.core import exchange, store, wire
from qiangqu.federation.core.shapes import Log
from qiangqu.federation.models import Batch, Known, Outgoing, Peer, Said, Standing, Tip

from .far import Far, body, report, scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> dict[str, Any]:
    return scene()


def reports() -> Any:
    return apps.get_model("plan", "ProgressReport").objects


def everything() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Batch, Tip, Outgoing, Said, Known)]


def test_an_act_and_its_entry_stand_or_fall_together(here: dict[str, Any]) -> None:
    with pytest.raises(ConflictError), transaction.atomic():
        report(here)
        assert Outgoing.objects.count() == 1
        raise ConflictError("no")
    assert not Outgoing.objects.exists() and not Said.objects.exists() and not Known.objects.exists()
    row = report(here)
    line = bytes(Outgoing.objects.get().line)
    entry = wire.read_entry("R", line)
    assert entry.record == f"R/{row.uid}" and entry.body is not None
    assert entry.body["measure"] == [["P"], 3] and entry.body["unit"] == [here["unit"].code]
    assert "reported_by" not in entry.body and "id" not in entry.body


def test_a_node_that_works_alone_fills_no_outbox(here: dict[str, Any]) -> None:
    Standing.objects.all().delete()
    report(here)
    assert not Outgoing.objects.exists()


def test_what_was_there_before_the_node_met_others_is_said(here: dict[str, Any]) -> None:
    Standing.objects.all().delete()
    Peer.objects.all().delete()
    for n in range(3):
        report(here, f"第 {n} 份")
    standing.begin()
    assert Outgoing.objects.count() == 3 and outbox.fill() == 0


def test_what_is_not_yet_sealed_is_sealed_in_whatever_order_it_became_visible(here: dict[str, Any]) -> None:
    """kamu-cli #1398: a row with a lesser number that appears later is not passed over."""
    for n in range(3):
        report(here, str(n))
    late = Outgoing.objects.order_by("pk").first()
    assert late is not None
    number, lane, line = late.pk, late.lane, bytes(late.line)
    late.delete()
    assert storage.seal_waiting() == 1
    Outgoing.objects.create(pk=number, lane=lane, line=line)
    assert storage.seal_waiting() == 1 and storage.seal_waiting() == 0
    log = Log("R", "acts", Standing.objects.get().epoch)
    first, second = storage.Shelf().after(log, 0)
    assert (first.seq, second.seq) == (1, 2) and storage.Shelf().tips(log) == {second}
    assert wire.read_header(bytes(Batch.objects.get(hash=second.hash).signed)).prevs == (first.hash,)
    total = sum(wire.read_header(bytes(one)).size for one in Batch.objects.values_list("signed", flat=True))
    assert total == 3


def test_what_came_in_is_stored_then_applied_once(here: dict[str, Any]) -> None:
    zone = Far("Z1")
    one = zone.batch(zone.entry(body("一")), zone.entry(body("二")))
    assert [v.what for v in storage.receive([one, one])] == ["stored", "repeat"]
    assert reports().count() == 0, "stored is not applied"
    assert storage.apply_stored() == 1 and storage.apply_stored() == 0
    assert sorted(reports().values_list("text", flat=True)) == ["一", "二"]
    row = reports().get(text="一")
    assert row.origin.code == "Z1" and row.reported_at.isoformat() == "2026-11-02T08:00:00+00:00"
    before = everything()
    Batch.objects.update(applied=False)
    storage.apply_stored()
    assert everything() == before and reports().count() == 2, "applied again, nothing changes"
    assert not Outgoing.objects.exists(), "what others say is not said again"


def test_one_bad_entry_is_parked_with_its_reason_and_the_rest_goes_on(here: dict[str, Any]) -> None:
    """thingsboard #7491, morango #306: neither the batch nor the acknowledgement falls with it."""
    zone = Far("Z1")
    bad = {
        "nowhere": zone.entry(body(unit=["nobody"]), "u-nowhere"),
        "percent": zone.entry(body(percentage=900), "u-percent"),
        "type": zone.entry(body(period_key="x"), "u-type"),
        "null": zone.entry(body(text=None), "u-null"),
        "long": zone.entry(body("长" * 5000), "u-long"),
        "kind": zone.entry(body(), "u-kind", kind="nobody-knows"),
    }
    uids = {name: str(entry.uid) for name, entry in bad.items()}
    good = [zone.entry(body(f"好 {n}")) for n in range(3)]
    assert storage.receive([zone.batch(good[0], *bad.values(), *good[1:])])[0].what == "stored"
    assert storage.apply_stored() == 1
    assert reports().count() == 3
    parked = dict(Said.objects.exclude(waits="").values_list("uid", "reason"))
    assert set(parked) == set(uids.values())
    assert parked["u-nowhere"] == "ref" and parked["u-kind"] == "kind" and parked["u-percent"] == "failed"


def test_a_parked_entry_is_taken_up_when_what_it_waits_for_is_there(here: dict[str, Any]) -> None:
    from qiangqu.registry.tests import factories

    zone = Far("Z1")
    storage.receive([zone.batch(zone.entry(body(unit=[factories.uscc(9)])))])
    storage.apply_stored()
    assert reports().count() == 0 and storage.retry_parked() == 1
    factories.enterprise(here["areas"]["Z1"], 9)
    assert storage.retry_parked() == 0 and reports().get().unit.code == factories.uscc(9)


def test_batches_in_any_order_give_the_same(here: dict[str, Any]) -> None:
    zone = Far("Z1")
    first = zone.entry(body("0"))
    uid, record, said = first.uid, first.record, [first]
    for n in range(1, 4):
        said.append(zone.entry(body(str(n)), f"{uid}-{n}", record=record, revision=n + 1, base=said[-1].uid))
    lanes = [zone.batch(one, lane=lane) for one, lane in zip(said, itertools.cycle(("acts", "facts")), strict=False)]
    order = list(lanes)
    random.Random(4).shuffle(order)
    waiting = order
    while waiting:
        found = storage.receive(waiting)
        waiting = [one for one, verdict in zip(waiting, found, strict=True) if verdict.what == "lacks"]
        storage.apply_stored()
    known = Known.objects.get(record=record)
    assert (known.revision, known.head, known.box) == (4, f"{uid}-3", [])
    assert reports().get().text == "3"


def test_strangers_siblings_and_the_revoked_are_refused_and_history_stays(here: dict[str, Any]) -> None:
    zone, stranger = Far("Z1"), Far("Z2")
    Peer.objects.filter(code="Z2").delete()
    assert storage.receive([stranger.batch(stranger.entry(body()))])[0].what in ("refused", "unknown")
    first = zone.batch(zone.entry(body("一")))
    forged = first._replace(signature=stranger.key.sign(first.signed))
    assert storage.receive([forged])[0] == store.Verdict("refused", "signature")
    storage.receive([first])
    standing.revoke("Z1")
    assert storage.receive([zone.batch(zone.entry(body("二")))])[0] == store.Verdict("refused", "revoked")
    assert storage.apply_stored() == 1 and reports().get().text == "一"
    with pytest.raises(ConflictError):
        standing.revoke("Z1")


def test_a_change_here_of_what_another_node_keeps_is_a_proposal(here: dict[str, Any]) -> None:
    zone = Far("Z1")
    storage.receive([zone.batch(zone.entry(body("区里写的")))])
    storage.apply_stored()
    row = reports().get()
    row.text = "这里改的"
    row.save()
    known = Known.objects.get()
    assert known.home == "Z1" and known.boxed == 1 and known.box[0][0] == "R"
    assert reports().get().text == "区里写的", "it is shown to people and changes nothing"


def test_cards_are_believed_along_the_chain_only(here: dict[str, Any]) -> None:
    city = Far("C1")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    card = standing.make_card("Z1", "C1", key.public_key().public_bytes_raw())[0]
    good = [card, city.key.sign(card.encode()).hex()]
    bad = [card, key.sign(card.encode()).hex()]
    root = standing.make_card("X", "", key.public_key().public_bytes_raw())[0]
    assert standing.believe([bad, [root, key.sign(root.encode()).hex()], ["x"], 5, None]) == 0
    assert standing.believe("x") == 0 and standing.believe([good]) == 1 and standing.believe([good]) == 0
    assert storage.tree().up("Z1") == ("C1", "R")


def test_a_restored_store_is_seen_by_what_others_hold(here: dict[str, Any]) -> None:
    report(here)
    storage.seal_waiting()
    shelf = storage.Shelf()
    tips = store.tips_of(shelf, lambda *_: True)
    me = standing.me()
    assert not exchange.forgotten(shelf, "R", me.epoch, tips)
    Batch.objects.all().delete()
    Tip.objects.all().delete()
    assert exchange.forgotten(shelf, "R", me.epoch, tips) and exchange.restored(shelf, tips)


def test_of_two_copies_one_goes_on(here: dict[str, Any]) -> None:
    before = standing.me()
    word = standing.go_on()
    after = standing.me()
    assert after.instance == word == after.lease and after.instance != before.instance and after.epoch != before.epoch
    report(here)
    storage.seal_waiting()
    assert {log.epoch for log in storage.Shelf().logs()} == {after.epoch}
    Far("Z1")
    Peer.objects.filter(code="Z1").update(instance="old", lease="7")
    for wrong in ("no such word!", ""):
        with pytest.raises(InputError):
            standing.accept("Z1", wrong)
    with pytest.raises(ConflictError):
        standing.accept("NO", "w1")
    standing.accept("Z1", "w1")
    seat = server._seat(Peer.objects.get(code="Z1"))
    assert exchange.knock(seat, "old", "", "") == "superseded" and exchange.knock(seat, "w1", "", "") == "same"
    assert exchange.lease(seat, "w1", "w1", "next")[0] == "ok"
    standing.stop()
    assert standing.me().stopped and client.Caller().call() == "alone"
    Standing.objects.update(parent="X", url="https://127.0.0.1:1")
    assert client.Caller().call() == "stopped"
