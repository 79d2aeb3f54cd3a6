"""Where facts lie: in the table while they wait, in segments for good; every reader finds each of them once."""

import random

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from qiangqu.base.errors import ConflictError
from qiangqu.facts import columns, reading, sealing
from qiangqu.facts.browse import Wanted, find
from qiangqu.facts.columns import snapshot
from qiangqu.facts.current import current_facts
from qiangqu.facts.models import BatchKind, Fact, FactBatch
from qiangqu.facts.reading import EVERYTHING, by_id, count, of_batch, rows
from qiangqu.facts.scope import old_fact
from qiangqu.facts.store import ingest
from qiangqu.lake.engine import connect
from qiangqu.lake.models import AREA_FACTS, FACTS, FACTS_OUT, FACTS_PAST, Segment
from qiangqu.lake.segments import check

from .conftest import all_facts, fact_table

Y23, Y24 = 1202300, 1202400


def put(table, key, **more):
    return ingest(table, key=key, kind=BatchKind.IMPORT, **more)


def fill(land, chance, batches=12):
    """Batches of random facts: real and simulated, corrections, several sources, some sealed at once."""
    subjects = [land.a1, land.a2, land.b1, land.c1, land.region, land.east]
    for n in range(batches):
        cells = {
            (chance.choice([land.output, land.energy]), chance.choice(subjects), 5202400 + chance.randint(1, 3))
            for _ in range(9)
        }
        table = fact_table(
            *((*cell, float(chance.randint(1, 5))) for cell in sorted(cells, key=str)),
            source=[chance.choice([None, land.old.pk, land.new.pk]) for _ in cells],
            precedence=[chance.choice([0, 0, 1]) for _ in cells],
            row=list(range(2, len(cells) + 2)),
            note=[chance.choice(["", "估"]) for _ in cells],
        )
        put(table, f"k{n}", simulated=chance.random() < 0.3)


def seen():
    return [
        (f.ref, f.cell, f.value, f.source, f.row, f.supersedes, f.precedence, f.stated, f.note, f.batch.pk)
        for f in all_facts()
    ]


def counting():
    """What counts of the facts that are not about areas, by the columns."""
    facts = snapshot()
    with connect(facts.tables) as duck:
        return sorted(duck.execute(facts.facts_sql("f.id, f.value, f.sim")).fetchall())


def by_hand():
    """The same from the facts one by one, real and simulated ones apart."""
    facts = [fact for fact in all_facts() if fact.subject_kind != 1]
    apart = [current_facts(f for f in facts if f.batch.simulated is made_up) for made_up in (False, True)]
    return sorted((f.id, f.value, int(f.batch.simulated)) for found in apart for f in found.values())


@pytest.mark.parametrize("seed", range(6))
def test_sealing_and_merging_change_nothing_that_is_read(land, monkeypatch, seed):
    chance = random.Random(seed)
    monkeypatch.setattr(sealing, "LARGE", chance.choice([1, 9, 100]))
    fill(land, chance)
    before, counted = seen(), counting()
    assert counted == by_hand()
    waiting = Fact.objects.count()
    assert sealing.seal() == waiting
    assert (seen(), counting()) == (before, counted)
    assert not Fact.objects.exists() and count() == len(before)
    assert not FactBatch.objects.filter(rows__gt=0, sealed=False).exists()
    sealing.merge()
    assert (seen(), counting()) == (before, counted)
    live = Segment.objects.live()
    assert {one.dataset for one in live} <= {FACTS, FACTS_PAST, AREA_FACTS, FACTS_OUT} and live.count() <= 4
    fill_again = put(fact_table((land.output, land.a1, 5202401, 99.0)), "later")
    assert [f.value for f in rows(of_batch(fill_again))] == [99.0]
    assert counting() == by_hand()
    assert not check()


def walked(wanted, size=2):
    found, after = [], ""
    for _page in range(30):
        page = find(EVERYTHING, wanted, after, size)
        found += [fact.ref for fact in page.facts]
        after = page.after
        if not after:
            return found
    raise AssertionError(f"no end after {found}")


@pytest.mark.parametrize("large", [1, 3, 100])
@pytest.mark.parametrize("chunk", [1, 2, 100_000])
def test_every_fact_is_shown_once_in_the_order_of_entry(land, monkeypatch, large, chunk):
    monkeypatch.setattr(sealing, "LARGE", large)
    monkeypatch.setattr("qiangqu.facts.browse.CHUNK", chunk)
    monkeypatch.setattr("qiangqu.facts.browse.FEW", 0)
    subjects = (land.a1, land.a2, land.b1, land.c1)
    made = put(fact_table(*((land.output, one, Y24, 1.0) for one in subjects)), "made", simulated=True)
    real = put(fact_table(*((land.output, one, Y23, 2.0) for one in subjects[:3])), "real")
    later = put(fact_table((land.energy, land.a1, Y23, 2.0)), "later")
    first = [f"{made.pk}-{n}" for n in (4, 3, 2, 1)]
    second = [f"{later.pk}-1", *(f"{real.pk}-{n}" for n in (3, 2, 1))]
    assert walked(Wanted()) == second + first
    assert walked(Wanted(batch=made)) == first and walked(Wanted(batch=real)) == second[1:]
    assert walked(Wanted(simulated=False)) == second
    assert sorted(walked(Wanted(simulated=False, element=land.output.pk))) == sorted(second[1:])


def test_rows_are_found_once_while_they_are_being_sealed(land, monkeypatch):
    put(fact_table((land.output, land.a1, Y24, 1.0), (land.output, land.region, Y24, 5.0)), "k")
    look = reading.segments_now

    def sealed_in_between(*datasets):
        sealing.seal()
        return look(*datasets)

    monkeypatch.setattr(reading, "segments_now", sealed_in_between)
    assert sorted(f.value for f in all_facts()) == [1.0, 5.0]
    put(fact_table((land.output, land.a1, Y23, 2.0)), "k2")
    monkeypatch.setattr(columns, "segments_now", sealed_in_between)
    assert snapshot().rows == 2 and snapshot().hot.num_rows == 0


def test_too_many_waiting_rows_are_sealed_by_the_worker_and_read_meanwhile(land, monkeypatch):
    monkeypatch.setattr(sealing, "HOT_LIMIT", 2)
    put(fact_table(*((land.output, one, Y24, 1.0) for one in (land.a1, land.a2))), "k")
    assert sealing.seal_many() == 0 and snapshot().hot.num_rows == 2
    put(fact_table((land.output, land.b1, Y24, 1.0)), "k2")
    assert snapshot().hot.num_rows == 3
    assert sealing.seal_many() == 3
    assert snapshot().hot.num_rows == 0 and snapshot().rows == 3 and not Fact.objects.exists()


def test_waiting_rows_are_remembered_only_while_they_wait(land):
    put(fact_table((land.output, land.a1, Y24, 1.0)), "k")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        put(fact_table((land.output, land.a2, Y24, 7.0)), "undone")
        assert snapshot().hot["value"].to_pylist() == [1.0, 7.0]
        1 / 0  # noqa: B018
    assert snapshot().hot["value"].to_pylist() == [1.0]
    put(fact_table((land.output, land.a2, Y24, 8.0)), "k2")
    assert snapshot().hot["value"].to_pylist() == [1.0, 8.0]
    sealing.seal()
    assert snapshot().hot.num_rows == 0 and len(counting()) == 2


@pytest.mark.parametrize("large", [1, 100])
def test_what_was_superseded_is_put_apart_by_merging(land, monkeypatch, large):
    monkeypatch.setattr(sealing, "LARGE", large)
    for n in range(4):
        put(fact_table((land.output, land.a1, Y24, float(n)), (land.energy, land.a1, Y23 + 100 * n, 1.0)), f"k{n}")
    before, counted = seen(), counting()
    sealing.seal()
    sealing.merge()
    assert (seen(), counting()) == (before, counted) and counted == by_hand()
    live = Segment.objects.live()
    assert sum(one.rows for one in live.filter(dataset=FACTS_PAST)) == 3
    assert not live.filter(dataset=FACTS_OUT).exists() and snapshot().out.num_rows == 0
    # a correction of what lies in a large file moves its former value out of it, once
    monkeypatch.setattr(sealing, "CHUNK", 4)
    put(fact_table((land.output, land.a1, Y24, 9.0)), "last")
    sealing.seal()
    counted = counting()
    sealing.merge()
    sealing.merge()
    assert counting() == counted == by_hand() and snapshot().out.num_rows == 0
    assert sum(one.rows for one in live.filter(dataset=FACTS_PAST)) == 4
    again = put(fact_table((land.output, land.a1, Y24, 9.0)), "repeat")
    assert again.repeats == 1 and again.rows == 0
    assert not check()


def test_sealing_goes_on_where_it_stopped(land, monkeypatch):
    monkeypatch.setattr(sealing, "CHUNK", 2)
    for n in range(3):
        put(fact_table((land.output, land.a1, Y23 + 100 * n, 1.0), (land.energy, land.a1, Y23, 2.0 + n)), f"k{n}")
    before, heard = seen(), []

    def stopped(text):
        heard.append(text)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sealing.seal(stopped)
    assert seen() == before and 0 < Fact.objects.count() < len(before)
    sealing.seal()
    assert seen() == before and not Fact.objects.exists()


def test_a_batch_that_lost_rows_is_not_sealed(land):
    batch = put(fact_table((land.output, land.a1, Y24, 1.0)), "k")
    FactBatch.objects.filter(pk=batch.pk).update(rows=2)
    with pytest.raises(ConflictError, match="应有 2 条事实，只读到 1 条"):
        sealing.seal()
    assert Fact.objects.count() == 1 and not Segment.objects.exists()


def test_a_sealed_batch_is_all_or_nothing(land, monkeypatch):
    monkeypatch.setattr(sealing, "LARGE", 1)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        put(fact_table((land.output, land.a1, Y24, 1.0)), "k")
        1 / 0  # noqa: B018
    assert count() == 0 and not FactBatch.objects.exists() and not Segment.objects.exists()


def test_numbers_of_the_first_release_lead_on(land):
    batch = put(fact_table((land.output, land.a1, Y24, 1.0), (land.output, land.a2, Y24, 2.0)), "k")
    FactBatch.objects.filter(pk=batch.pk).update(first_fact=501, last_fact=502)
    assert old_fact(land.planner, 502).ref == f"{batch.pk}-2"
    assert by_id([501]) == {}


def test_facts_do_not_change(land):
    put(fact_table((land.output, land.a1, Y24, 1.0)), "k")
    fact = Fact.objects.get()
    fact.value = 2.0
    for act in (
        fact.save,
        fact.delete,
        Fact.objects.all().delete,
        lambda: Fact.objects.update(value=2.0),
        lambda: Fact.objects.bulk_update([fact], ["value"]),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert Fact.objects.get().value == 1.0


def test_two_corrections_of_one_fact_cannot_both_be_stored(land):
    batch = put(fact_table((land.output, land.a1, Y24, 1.0)), "k")
    first = Fact.objects.get()

    def correct(value):
        return Fact(batch=batch, element=land.output, subject_kind=2, subject_id=land.a1.pk, period_key=Y24, value=value, supersedes=first, number=9)  # fmt: skip

    correct(2.0).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        correct(3.0).save()
