"""Batches of facts as they travel: whole or not at all, each fact with its number, corrections and withdrawals too."""

import uuid
from typing import Any

import pyarrow as pa
import pytest
from django.apps import apps

from qiangqu.facts import ids, reading, store
from qiangqu.facts.models import BatchKind, Element, FactBatch, Source
from qiangqu.facts.withdrawing import take_back
from qiangqu.federation import condition, facts, outbox, standings, storage
from qiangqu.federation.core import wire
from qiangqu.federation.core.shapes import Entry
from qiangqu.federation.models import Outgoing, Peer, Said, Standing
from qiangqu.registry.models import Organisation

from .far import Far, scene

pytestmark = pytest.mark.django_db
NUMBER = 7


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    made = scene()
    Element.objects.create(code="power", name="用电量", unit="kWh", subjects=["organisation"])
    monkeypatch.setattr(facts, "ROWS", 4)
    Outgoing.objects.all().delete()
    return made


def batch(
    here: dict[str, Any], key: str, values: list[float], source: Source | None = None, first: int = 5202401
) -> FactBatch:
    from qiangqu.facts import subjects

    element, count = Element.objects.get(code="power").pk, len(values)
    columns: dict[str, Any] = {
        "element": [element] * count, "subject_kind": [subjects.by_code("organisation").number] * count,
        "subject_id": [here["unit"].pk] * count, "period_key": [first + n for n in range(count)], "value": values,
        "row": list(range(2, count + 2)), "note": [f"注 {n}" for n in range(count)],
    }  # fmt: skip
    if source is not None:
        columns["source"] = [source.pk] * count
    return store.ingest(pa.table(columns), key=key, kind=BatchKind.IMPORT, file_name="a.csv")


def as_of(zone: Far, *batches: FactBatch) -> list[Entry]:
    """What lies in the outbox, as if another node had said it of batches of its own."""
    lines = [bytes(one).decode() for one in Outgoing.objects.order_by("pk").values_list("line", flat=True)]
    for one in batches:
        new = uuid.uuid4()
        lines = [line.replace(f"R/{one.uid}", f"{zone.code}/{new}") for line in lines]
    Outgoing.objects.all().delete()
    found = [wire.read_entry(zone.code, line.encode()) for line in lines]
    return [one._replace(uid=f"{one.uid}-{zone.code}") for one in found]


def told(batch: FactBatch) -> list[tuple[Any, ...]]:
    rows = reading.rows(reading.of_batch(batch), reading.CELL)
    return [
        (one.element.code, one.subject_id, one.period_key, one.value, one.id & 0xFFFFFFFF, one.row, one.note,
         one.source and one.source.title, one.supersedes_id and one.supersedes_id & 0xFFFFFFFF)
        for one in rows
    ]  # fmt: skip


def test_a_batch_arrives_whole_with_its_numbers_and_corrections(here: dict[str, Any]) -> None:
    source = Source.objects.create(title="公报", url="", published_on="2026")
    first = batch(here, "one", [float(n) for n in range(10)], source)
    facts.say(first)
    facts.say(first)
    assert [line.lane for line in Outgoing.objects.all()] == ["facts"] * 3, "parts of four rows, once"
    second = batch(here, "two", [0.0, 99.5], source)
    facts.say(second)
    assert second.corrections == 1
    zone = Far("Z1")
    entries = as_of(zone, first, second)
    # the correction comes first, the parts of the first batch late and apart
    late, rest = entries[0], entries[1:]
    storage.receive([zone.batch(*reversed(rest), lane="facts")])
    storage.apply_stored()
    assert FactBatch.objects.filter(origin__code="Z1").count() == 0, "not before all is there"
    assert Said.objects.exclude(waits="").exists()
    storage.receive([zone.batch(late, lane="facts")])
    storage.apply_stored()
    assert not Said.objects.exclude(waits="").exists()
    one, two = FactBatch.objects.filter(origin__code="Z1").order_by("rows").reverse()
    assert told(one) == told(first) and told(two) == told(second)
    assert (one.file_name, one.kind, two.corrections) == ("a.csv", "import", 1)
    standing = [row.supersedes_id for row in reading.rows(reading.of_batch(two)) if row.supersedes_id]
    assert [ids.batch_of(row) for row in standing] == [one.pk]
    assert Outgoing.objects.count() == 0, "what others say is not said again"


def test_a_batch_waits_for_what_it_is_about(here: dict[str, Any]) -> None:
    made = batch(here, "one", [1.0, 2.0])
    facts.say(made)
    zone = Far("Z1")
    entries = as_of(zone, made)
    code = here["unit"].code
    Organisation.objects.filter(pk=here["unit"].pk).update(code=f"{code}x")
    storage.receive([zone.batch(*entries, lane="facts")])
    storage.apply_stored()
    assert dict(Said.objects.exclude(waits="").values_list("reason", "waits")).keys() == {"ref"}
    assert standings.reasons({"ref": 1}) == [("所指的记录还没有到", 1)]
    Organisation.objects.filter(pk=here["unit"].pk).update(code=code)
    assert storage.retry_parked() == 0
    assert FactBatch.objects.get(origin__code="Z1").rows == 2


def test_what_is_taken_back_there_is_taken_back_here(here: dict[str, Any]) -> None:
    made = batch(here, "one", [1.0, 2.0])
    facts.say(made)
    withdrawal = take_back(made, "重复导入")
    facts.say(withdrawal)
    zone = Far("Z1")
    storage.receive([zone.batch(*as_of(zone, made, withdrawal), lane="facts")])
    storage.apply_stored()
    assert not Said.objects.exclude(waits="").exists()
    one = FactBatch.objects.get(origin__code="Z1", withdraws=None)
    assert one.withdrawal.note == "重复导入" and one.withdrawn_by(None)


def test_what_was_there_before_is_told_and_nothing_twice(here: dict[str, Any]) -> None:
    Standing.objects.update(stopped=False)
    batch(here, "one", [1.0])
    assert facts.fill() == 1 and facts.fill() == 0
    assert apps.get_model("facts", "FactBatch").objects.count() == 1 and outbox.fill() == 0


def test_hostile_batches_are_parked(here: dict[str, Any]) -> None:
    zone = Far("Z1")
    good = {"e": ["power"], "s": [], "ei": [5], "si": [0], "p": [1], "v": [1.0], "n": [1]}
    for n, last in enumerate((good, good | {"v": ["x"]}, {}, 5, good | {"x": [1]}, good | {"e": "power"})):
        body = {"key": "k", "kind": "import", "rows": 1, "last": last}
        entry = zone.entry(body, f"u{n}", kind="facts", record=f"Z1/{uuid.uuid4()}")
        storage.receive([zone.batch(entry, lane="facts")])
        storage.apply_stored()
    assert Said.objects.exclude(waits="").count() == 6 and not FactBatch.objects.exists()


def test_a_node_speaks_of_its_own_area_only(here: dict[str, Any]) -> None:
    """A child that was broken into cannot write into a neighbour's figures; what has moved away since was its own."""
    made = batch(here, "one", [1.0, 2.0])
    facts.say(made)
    stranger = Far("Z3")
    storage.receive([stranger.batch(*as_of(stranger, made), lane="facts")])
    storage.apply_stored()
    assert not FactBatch.objects.filter(origin__code="Z3").exists()
    assert "不在它的区域内" in Said.objects.get(waits__startswith="work:").waits
    firm = Organisation.objects.get(pk=here["unit"].pk)
    firm.area = here["areas"]["Z3"]
    firm.save()
    assert storage.retry_parked() == 0, "it lies there now"
    for number, (code, known) in enumerate((("Z1", True), ("Z9", False))):
        batch(here, f"more-{code}", [3.0], first=5202501 + number)
        facts.say(FactBatch.objects.get(key=f"more-{code}"))
        node = Far(code)
        storage.receive([node.batch(*as_of(node, FactBatch.objects.get(key=f"more-{code}")), lane="facts")])
        storage.apply_stored()
        assert FactBatch.objects.filter(origin__code=code).exists() is known, "it lay in Z1; nobody knows where Z9 is"
    assert "不知道节点 Z9" in Said.objects.get(waits__startswith="work:").waits


def test_a_node_touches_no_batch_of_another(here: dict[str, Any]) -> None:
    made = batch(here, "one", [1.0, 2.0])
    zone = Far("Z1")
    bodies: list[tuple[str, dict[str, Any]]] = [("facts-withdrawn", {"batch": f"R/{made.uid}", "reason": "不好"})]
    last = {
        "e": ["power"], "s": [[2, here["unit"].code]], "ei": [0], "si": [0], "p": [5202401], "v": [9.0], "n": [1],
        "x": [[f"R/{made.uid}", 1]],
    }  # fmt: skip
    bodies.append(("facts", {"key": "k", "kind": "import", "rows": 1, "last": last}))
    for kind, body in bodies:
        entry = zone.entry(body, kind=kind, record=f"Z1/{uuid.uuid4()}")
        storage.receive([zone.batch(entry, lane="facts")])
        storage.apply_stored()
    found = list(Said.objects.values_list("waits", flat=True))
    assert ["节点 Z1 不能更正或撤回节点 R" in one for one in found] == [True, True], found
    assert list(FactBatch.objects.all()) == [made] and not made.withdrawn_by(None)


def test_a_city_does_not_widen_what_its_zone_may_say(here: dict[str, Any]) -> None:
    Far("C2")
    zone = Far("Z9", parent="C2")
    Peer.objects.filter(code="Z9").update(area="Z1")  # as the city said
    paths = condition.bounds("Z9")
    assert len(paths) == 2
    made = batch(here, "one", [1.0])
    facts.say(made)
    storage.receive([zone.batch(*as_of(zone, made), lane="facts")])
    storage.apply_stored()
    assert not FactBatch.objects.filter(origin__code="Z9").exists()
