"""Ids of facts say nothing but where a fact lies in the table: facts of one batch may lie apart, and others
among them.
"""

import pytest
from django.core.management.color import no_style
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qiangqu.facts.browse import Wanted, find
from qiangqu.facts.models import BatchKind, Fact, FactBatch
from qiangqu.facts.store import ingest

from .conftest import fact_table

Y23, Y24 = 1202300, 1202400


@pytest.fixture
def scattered(land):
    """A simulated batch of four facts and a real one of three, with ids mixed and gaps between them."""
    subjects = (land.a1, land.a2, land.b1, land.c1)
    made = ingest(
        fact_table(*((land.output, one, Y24, 1.0) for one in subjects)),
        key="made", kind=BatchKind.SIMULATION, simulated=True,
    )  # fmt: skip
    real = ingest(
        fact_table(*((land.output, one, Y23, 2.0) for one in subjects[:3])), key="real", kind=BatchKind.IMPORT
    )
    places = {made: (110, 114, 120, 131), real: (112, 115, 140)}
    with connection.cursor() as cursor:
        for batch, ids in places.items():
            for fact, place in zip(Fact.objects.filter(batch=batch).order_by("number"), ids, strict=True):
                cursor.execute("UPDATE facts_fact SET id = %s WHERE id = %s", [place, fact.pk])
            FactBatch.objects.filter(pk=batch.pk).update(first_fact=ids[0], last_fact=ids[-1])
            batch.refresh_from_db()
        for sql in connection.ops.sequence_reset_sql(no_style(), [Fact]):
            cursor.execute(sql)
    return places


def walked(wanted, size=2):
    found, after = [], ""
    for _page in range(9):
        page = find(Fact.objects.all(), wanted, after, size)
        found += [fact.pk for fact in page.facts]
        after = page.after
        if not after:
            return found
    raise AssertionError(f"no end after {found}")


def test_every_fact_is_shown_once_in_the_order_of_entry(scattered):
    assert walked(Wanted()) == [140, 131, 120, 115, 114, 112, 110]


def test_a_batch_has_just_its_own_facts(scattered):
    for batch, ids in scattered.items():
        assert walked(Wanted(batch=batch)) == sorted(ids, reverse=True)
        assert set(batch.fact_range().values_list("id", flat=True)) == set(ids)
        assert list(batch.fact_range().order_by("id").values_list("number", flat=True)) == [*range(1, batch.rows + 1)]


@pytest.mark.parametrize("enough", [0, 50_000])
def test_real_facts_are_not_lost_among_simulated_ones(scattered, monkeypatch, land, enough):
    monkeypatch.setattr("qiangqu.facts.browse.FEW", enough)
    assert walked(Wanted(simulated=False)) == [140, 115, 112]
    assert sorted(walked(Wanted(simulated=False, element=land.output.pk))) == [112, 115, 140]


def passed_over(land):
    """How many ranges of ids the query for real facts leaves out."""
    with CaptureQueriesContext(connection) as asked:
        assert walked(Wanted(simulated=False, element=land.output.pk))
    return max(one["sql"].count("BETWEEN") for one in asked if "facts_fact" in one["sql"])


def test_a_batch_is_passed_over_by_its_ids_when_they_leave_no_gap(land, monkeypatch):
    monkeypatch.setattr("qiangqu.facts.browse.FEW", 0)
    ingest(
        fact_table((land.output, land.a1, Y24, 1.0), (land.output, land.a2, Y24, 1.0)),
        key="made", kind=BatchKind.SIMULATION, simulated=True,
    )  # fmt: skip
    ingest(fact_table((land.output, land.b1, Y24, 2.0)), key="real", kind=BatchKind.IMPORT)
    assert passed_over(land) == 1


def test_a_batch_with_gaps_is_not_passed_over(scattered, land, monkeypatch):
    monkeypatch.setattr("qiangqu.facts.browse.FEW", 0)
    assert passed_over(land) == 0


def test_new_facts_are_numbered_in_their_batch(scattered, land):
    again = ingest(
        fact_table((land.output, land.a1, Y23, 5.0), (land.output, land.c1, Y23, 6.0)),
        key="third",
        kind=BatchKind.IMPORT,
    )
    rows = list(again.fact_range().order_by("number").values_list("number", "value", "supersedes__number"))
    assert rows == [(1, 5.0, 1), (2, 6.0, None)]
    assert again.first_fact > 140
