"""Values depend on what facts say, not on where they lie in the table: the facts of batches may lie mixed,
with gaps between.
"""

import random

import pytest
from django.core.management.color import no_style
from django.db import connection
from django.db.models import Max, Min

from qiangqu.facts.models import Fact, FactBatch
from qiangqu.formulas import mirror
from qiangqu.formulas.refresh import refresh

from .test_refresh import computed, random_rows, stored, world  # noqa: F401 - a fixture
from .world import TODAY, World

pytestmark = pytest.mark.django_db


def scatter() -> None:
    """Give the facts ids by their number in the batch first: those of all batches lie among one another."""
    place = "1000000 + {f}number * 1000 + {f}batch_id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE facts_fact SET supersedes_id = (SELECT {place.format(f='o.')} FROM facts_fact o "
            "WHERE o.id = facts_fact.supersedes_id) WHERE supersedes_id IS NOT NULL"
        )
        cursor.execute(f"UPDATE facts_fact SET id = {place.format(f='')}")
        for sql in connection.ops.sequence_reset_sql(no_style(), [Fact]):
            cursor.execute(sql)
    for batch in FactBatch.objects.filter(rows__gt=0):
        ends = Fact.objects.filter(batch=batch).aggregate(first=Min("id"), last=Max("id"))
        FactBatch.objects.filter(pk=batch.pk).update(first_fact=ends["first"], last_fact=ends["last"])


def test_values_do_not_depend_on_where_facts_lie(world: World) -> None:  # noqa: F811
    chance = random.Random(12)
    for n in range(4):
        world.facts(random_rows(chance, 60), simulated=n == 1)
    refresh(today=TODAY)
    before, facts = stored(), Fact.objects.count()
    assert before and Fact.objects.exclude(supersedes=None).exists()
    scatter()
    spans = list(FactBatch.objects.exclude(first_fact=None).values_list("first_fact", "last_fact"))
    assert any(first < other < last for first, last in spans for other, _ in spans), "batches lie among one another"
    assert mirror.rebuild().rows == facts
    refresh(today=TODAY)
    assert stored() == computed() == before
    world.facts(random_rows(chance, 60))
    refresh(today=TODAY)
    assert stored() == computed() != before
