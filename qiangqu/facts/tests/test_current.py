import datetime as dt

import pytest

from qiangqu.facts.browse import states
from qiangqu.facts.current import believed_on, current_facts, standing, view_cell
from qiangqu.facts.models import BatchKind, FactBatch, Source
from qiangqu.facts.store import ingest

from .conftest import all_facts, fact_table

Y24 = 1202400

pytestmark = pytest.mark.usefixtures("lying")


def put(land, value, key, source=None, **more):
    precedence = more.pop("precedence", 0)
    table = fact_table((land.output, land.region, Y24, value), source=[source.pk if source else None], precedence=[precedence])  # fmt: skip
    return ingest(table, key=key, kind=BatchKind.IMPORT, **more)


def counts(land, day=None):
    fact = view_cell(land.output.pk, 1, land.region.pk, Y24, day).current
    return fact.value if fact else None


def test_nothing_counts_in_an_empty_cell(land):
    assert counts(land) is None
    assert view_cell(land.output.pk, 1, land.region.pk, Y24).current is None


def test_the_source_published_last_counts_whatever_came_in_last(land):
    put(land, 2.0, "k1", land.new)
    put(land, 1.0, "k2", land.old)
    put(land, 9.0, "k3")  # no source: no date
    assert counts(land) == 2.0
    cell = view_cell(land.output.pk, 1, land.region.pk, Y24)
    assert {f.value for f in cell.contradicting} == {1.0, 9.0}
    assert not cell.confirming


def test_of_sources_of_one_day_the_one_entered_last_counts(land):
    other = Source.objects.create(title="另一公报", published_on="2024-10")
    put(land, 1.0, "k1", land.new)
    put(land, 2.0, "k2", other)
    assert counts(land) == 2.0


def test_what_was_settled_counts_before_dates(land):
    put(land, 1.0, "k1", land.old, precedence=1)
    put(land, 2.0, "k2", land.new, precedence=-1)
    put(land, 3.0, "k3")
    assert counts(land) == 1.0


def test_real_counts_before_simulated(land):
    put(land, 1.0, "k1", land.old)
    put(land, 2.0, "k2", simulated=True)
    cell = view_cell(land.output.pk, 1, land.region.pk, Y24)
    assert (cell.current.value, [f.value for f in cell.simulated], cell.contradicting) == (1.0, [2.0], [])


def test_equal_values_confirm(land):
    put(land, 1.0, "k1", land.old)
    put(land, 1.0, "k2", land.new)
    cell = view_cell(land.output.pk, 1, land.region.pk, Y24)
    assert (len(cell.confirming), cell.contradicting) == (1, [])


def test_what_was_believed_on_a_day(land):
    first = put(land, 1.0, "k1", land.old)
    second = put(land, 2.0, "k2", land.old)
    third = put(land, 3.0, "k3", land.new)
    for batch, day in ((first, 1), (second, 10), (third, 20)):
        FactBatch.objects.filter(pk=batch.pk).update(created_at=dt.datetime(2025, 3, day, 12, tzinfo=dt.UTC))
    days = [dt.date(2025, 2, 28), dt.date(2025, 3, 1), dt.date(2025, 3, 9), dt.date(2025, 3, 10), dt.date(2025, 3, 25)]
    assert [counts(land, day) for day in days] == [None, 1.0, 1.0, 2.0, 3.0]
    before = view_cell(land.output.pk, 1, land.region.pk, Y24, dt.date(2025, 3, 15))
    assert (before.current.value, [f.value for f in before.superseded]) == (2.0, [1.0])
    assert len(believed_on(all_facts(), dt.date(2025, 3, 9))) == 1
    assert len(standing(all_facts())) == 2


def test_states_of_many(land):
    put(land, 1.0, "k1", land.old)
    put(land, 2.0, "k2", land.old)
    put(land, 3.0, "k3", land.new)
    facts = all_facts()
    assert [states(facts)[f.pk] for f in facts] == ["superseded", "beside", "current"]
    assert states([]) == {}
    assert [f.value for f in current_facts(all_facts()).values()] == [3.0]
