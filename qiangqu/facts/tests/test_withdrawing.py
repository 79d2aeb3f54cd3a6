"""A batch is taken back whole: values are as if it had never come, days before still show it."""

import datetime as dt
import json
import random

import pytest
from click.testing import CliRunner
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.facts import sealing
from qiangqu.facts.browse import states
from qiangqu.facts.columns import snapshot
from qiangqu.facts.commands import facts_group
from qiangqu.facts.current import view_cell
from qiangqu.facts.models import BatchKind, Fact, FactBatch
from qiangqu.facts.reading import by_id, of_batch, rows
from qiangqu.facts.store import ingest
from qiangqu.facts.withdrawing import consequences, may_withdraw, withdraw
from qiangqu.lake.engine import connect
from qiangqu.lake.models import FACTS_PAST, FACTS_WITHDRAWN, Segment
from qiangqu.lake.segments import check
from qiangqu.registry.models import AuditEntry
from qiangqu.registry.subjects import ORGANISATION

from .conftest import fact_table
from .test_sealing import by_hand, counting

WHY = "导入了上月的文件"
M = 5202403


def put(table, key, user, **more):
    return ingest(table, key=key, kind=BatchKind.IMPORT, user=user, **more)


def cell(land, day=None):
    return view_cell(land.output.pk, ORGANISATION.number, land.a1.pk, M, day)


def value(land, day=None):
    current = cell(land, day).current
    return current.value if current else None


@pytest.mark.parametrize("sealed", [False, True])
def test_what_the_batch_had_corrected_counts_again(land, sealed, monkeypatch):
    monkeypatch.setattr(sealing, "LARGE", 1 if sealed else 100)
    first = put(fact_table((land.output, land.a1, M, 1.0), (land.energy, land.a1, M, 5.0)), "a", land.planner)
    wrong = put(fact_table((land.output, land.a1, M, 2.0), (land.output, land.b1, M, 9.0)), "b", land.planner)
    assert value(land) == 2.0 and wrong.corrections == 1
    told = consequences(wrong, land.planner)
    assert (told.facts, told.restored, told.corrected_since, told.periods) == (2, 1, 0, 1)
    done = withdraw(wrong, land.planner, f" {WHY} ")
    assert (done.kind, done.rows, done.note, done.withdraws) == (BatchKind.WITHDRAWAL, 0, WHY, wrong)
    assert value(land) == 1.0 and counting() == by_hand()
    assert [v for _id, v, _sim in counting()] == [1.0, 5.0]
    assert not Fact.objects.exists() and not check()
    # nothing is lost, and the batch says what it held
    assert sorted(f.value for f in rows(of_batch(wrong))) == [2.0, 9.0]
    assert set(states(rows(of_batch(wrong))).values()) == {"withdrawn"}
    assert states(rows(of_batch(first))) == {f.id: "current" for f in rows(of_batch(first))}
    entry = AuditEntry.objects.get(action="facts_withdrawn")
    assert entry.detail["reason"] == WHY and entry.detail["rows"] == 2


def test_what_was_put_apart_when_files_were_merged_comes_back(land):
    put(fact_table((land.output, land.a1, M, 1.0), (land.output, land.b1, M, 7.0)), "a", land.planner)
    wrong = put(fact_table((land.output, land.a1, M, 2.0), (land.output, land.b1, M, 8.0)), "b", land.planner)
    put(fact_table((land.output, land.b1, M, 9.0)), "c", land.planner)
    sealing.seal()
    sealing.merge()
    assert Segment.objects.live().get(dataset=FACTS_PAST).rows == 3
    withdraw(wrong, land.planner, WHY)
    assert [v for _id, v, _sim in counting()] == [1.0, 9.0] and counting() == by_hand()
    sealing.merge()
    assert counting() == by_hand() and not check()
    assert Segment.objects.live().get(dataset=FACTS_PAST).rows == 1


def test_days_before_still_show_it(land):
    put(fact_table((land.output, land.a1, M, 1.0)), "a", land.planner)
    wrong = put(fact_table((land.output, land.a1, M, 2.0)), "b", land.planner)
    today = timezone.localdate()
    done = withdraw(wrong, land.planner, WHY)
    week = dt.timedelta(days=7)
    FactBatch.objects.filter(withdrawal__isnull=False).update(created_at=timezone.now() - 2 * week)
    FactBatch.objects.filter(key="a").update(created_at=timezone.now() - 3 * week)
    assert value(land, today - week) == 2.0 and value(land, today) == 1.0
    held = rows(of_batch(wrong))
    assert states(held, today - week) == {held[0].id: "current"} and states(held, today) == {held[0].id: "withdrawn"}
    assert by_id([held[0].id])[held[0].id].batch.withdrawal == done
    assert value(land, today - dt.timedelta(days=18)) == 1.0 and value(land, today - 4 * week) is None


def test_a_later_correction_keeps_the_word(land):
    put(fact_table((land.output, land.a1, M, 1.0)), "a", land.planner)
    wrong = put(fact_table((land.output, land.a1, M, 2.0)), "b", land.planner)
    put(fact_table((land.output, land.a1, M, 3.0)), "c", land.planner)
    assert consequences(wrong, land.planner).corrected_since == 1
    withdraw(wrong, land.planner, WHY)
    assert value(land) == 3.0 and not cell(land).contradicting
    assert [v for _id, v, _sim in counting()] == [3.0]
    # who corrects now corrects the last word, and the first comes back with neither
    last = put(fact_table((land.output, land.a1, M, 4.0)), "d", land.planner)
    assert last.corrections == 1 and value(land) == 4.0 and counting() == by_hand()
    withdraw(FactBatch.of_key("c"), land.planner, WHY)
    withdraw(last, land.planner, WHY)
    assert value(land) == 1.0 and counting() == by_hand()


def test_a_withdrawn_file_may_come_in_again(land):
    table = fact_table((land.output, land.a1, M, 2.0))
    first = put(table, "import:abc", land.planner, sha256="abc")
    assert put(table, "import:abc", land.planner, sha256="abc") == first
    withdraw(first, land.planner, WHY)
    assert FactBatch.of_key("import:abc") is None and value(land) is None
    again = put(table, "import:abc", land.planner, sha256="abc")
    assert again != first and again.rows == 1 and value(land) == 2.0 and counting() == by_hand()
    assert put(table, "import:abc", land.planner, sha256="abc") == again
    withdraw(again, land.planner, WHY)
    third = put(table, "import:abc", land.planner, sha256="abc")
    assert third not in (first, again) and value(land) == 2.0


@pytest.mark.parametrize("seed", range(5))
def test_columns_and_facts_one_by_one_agree(land, monkeypatch, seed):
    """Random batches of several sources, waiting and sealed, some taken back in any order."""
    chance = random.Random(seed)
    monkeypatch.setattr(sealing, "LARGE", chance.choice([1, 6, 100]))
    subjects, sources = [land.a1, land.a2, land.b1, land.region], [None, land.old.pk, land.new.pk]
    tables = []
    for _n in range(8):
        cells = sorted({(chance.choice(subjects), 5202400 + chance.randint(1, 2)) for _ in range(6)}, key=str)
        tables.append(
            fact_table(
                *((land.output, subject, key, float(chance.randint(1, 5))) for subject, key in cells),
                source=[chance.choice(sources) for _ in cells],
            )
        )
    out = set(chance.sample(range(8), 3))
    for n, table in enumerate(tables):
        put(table, f"k{n}", land.planner)
        if n % 3 == 2:
            sealing.seal()
    for n in sorted(out, key=lambda _n: chance.random()):
        if FactBatch.of_key(f"k{n}").rows:
            withdraw(FactBatch.of_key(f"k{n}"), land.planner, WHY)
        sealing.merge()
        assert counting() == by_hand()
    assert not check()
    # a later batch of the same cells is read against what stands
    put(tables[0], "later", land.planner)
    assert counting() == by_hand()


def test_who_may_and_what(land):
    east = put(fact_table((land.output, land.a1, M, 1.0)), "a", land.bureau)
    assert may_withdraw(land.planner, east) and may_withdraw(land.bureau, east)
    assert not may_withdraw(land.staff_c, east) and not may_withdraw(land.leader, east)
    form = ingest(fact_table((land.output, land.a2, M, 1.0)), key="f", kind=BatchKind.FORM, user=land.firm_a1)
    system = ingest(fact_table((land.output, land.b1, M, 1.0)), key="s", kind=BatchKind.IMPORT)
    assert not may_withdraw(land.planner, form) and not may_withdraw(land.planner, system)
    with pytest.raises(InputError, match="原因"):
        withdraw(east, land.planner, " 错 ")
    done = withdraw(east, land.bureau, WHY)
    for again in (east, done):
        with pytest.raises(ConflictError, match="撤回"):
            withdraw(FactBatch.objects.get(pk=again.pk), land.planner, WHY)
    assert Segment.objects.live().get(dataset=FACTS_WITHDRAWN).rows == 1


def test_the_page_asks_once_more_and_says_what_changes(land):
    put(fact_table((land.output, land.a1, M, 1.0)), "a", land.planner)
    wrong = put(fact_table((land.output, land.a1, M, 2.0)), "b", land.planner, file_name="错.xlsx")
    client, page = land.client(land.planner), f"/facts/batches/{wrong.pk}/"
    assert "撤回这一批" in client.get(page).content.decode()
    asked = client.get(f"{page}withdraw").content.decode()
    assert "工业总产值" in asked and "恢复的原数" in asked and FactBatch.objects.count() == 2
    empty = client.post(f"{page}withdraw", {"reason": ""})
    assert empty.status_code == 400 and "请写明撤回的原因" in empty.content.decode() and value(land) == 2.0
    assert client.post(f"{page}withdraw", {"reason": WHY}).status_code == 302
    after = client.get(page).content.decode()
    assert WHY in after and "已撤回" in after and "撤回这一批" not in after and value(land) == 1.0
    listed = client.get("/facts/batches/").content.decode()
    assert "已撤回" in listed and "撤回" in listed
    fact = rows(of_batch(wrong))[0]
    assert "已撤回" in client.get(f"/facts/{fact.ref}/").content.decode()
    assert land.client(land.staff_c).get(f"{page}withdraw").status_code in (403, 404)
    assert land.client(land.leader).get(f"{page}withdraw").status_code == 403


def test_dirty_cells_of_a_withdrawal_are_those_it_took_back(land):
    batch = put(fact_table((land.output, land.a1, M, 2.0)), "a", land.planner)
    done = withdraw(batch, land.planner, WHY)
    assert snapshot().touched([done.pk]).cells == {land.output.pk: {M}}
    assert snapshot().touched([batch.pk]).cells == {}
    with connect(snapshot().tables) as duck:
        assert duck.execute(snapshot().facts_sql("f.id")).fetchall() == []


def test_programs_ask_what_would_change_and_take_back(land):
    put(fact_table((land.output, land.a1, M, 1.0)), "a", land.planner)
    wrong = put(fact_table((land.output, land.a1, M, 2.0)), "b", land.planner)
    client, address = land.client(land.planner), f"/api/v1/facts/batches/{wrong.pk}/withdrawal"
    told = client.get(address).json()
    assert (told["facts"], told["restored"], told["elements"]) == (1, 1, [land.output.code]) and value(land) == 2.0
    assert client.post(address, {"reason": ""}, content_type="application/json").status_code == 422
    done = client.post(address, {"reason": WHY}, content_type="application/json")
    assert done.status_code == 201 and done.json()["withdraws"] == wrong.pk and value(land) == 1.0
    assert client.get(f"/api/v1/facts/batches/{wrong.pk}").json()["withdrawn_by"] == done.json()["id"]
    assert client.get(address).status_code == 409
    assert client.post(address, {"reason": WHY}, content_type="application/json").status_code == 409
    assert land.client(land.leader).post(address, {"reason": WHY}, content_type="application/json").status_code == 403
    assert land.client(land.staff_c).get(address).status_code in (403, 404)


def test_the_command_takes_back_what_was_imported_at_the_shell(land):
    def call(*words):
        return CliRunner().invoke(facts_group, ["withdraw", *words], standalone_mode=False)

    put(fact_table((land.output, land.a1, M, 1.0)), "a", land.planner)
    wrong = put(fact_table((land.output, land.a1, M, 2.0)), "b", None, file_name="错.csv")
    assert not may_withdraw(land.planner, wrong)
    told = call(str(wrong.pk), "--dry-run")
    assert told.return_value == 0 and "将撤回" in told.output and "1 条" in told.output and value(land) == 2.0
    assert isinstance(call(str(wrong.pk)).exception, InputError) and value(land) == 2.0
    assert json.loads(call(str(wrong.pk), "--reason", WHY, "--format", "json").output)["facts"] == 1
    assert value(land) == 1.0 and AuditEntry.objects.get(action="facts_withdrawn").detail["reason"] == WHY
    assert isinstance(call(str(wrong.pk), "--reason", WHY).exception, ConflictError)
    assert isinstance(call("999999", "--reason", WHY).exception, NotFoundError)
