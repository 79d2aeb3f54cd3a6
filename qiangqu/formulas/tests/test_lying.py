"""Values depend on what facts say, not on whether they wait or are sealed, nor on the files in which they lie."""

import random

import pytest

from qiangqu.facts import sealing
from qiangqu.facts.models import Fact, Source
from qiangqu.formulas.refresh import forget_computed, refresh

from .test_refresh import computed, random_rows, stored, world  # noqa: F401 - a fixture
from .world import TODAY, World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("large", [1, 50, 1000])
def test_values_do_not_depend_on_where_facts_lie(world: World, monkeypatch: pytest.MonkeyPatch, large: int) -> None:  # noqa: F811
    monkeypatch.setattr(sealing, "LARGE", large)
    chance = random.Random(12)
    published = Source.objects.create(title="年鉴", published_on="2024-05")
    for n in range(4):
        world.facts(random_rows(chance, 40 + 20 * (n % 2)), simulated=n == 1, source=published if n == 2 else None)
    refresh(today=TODAY)
    before = stored()
    assert before == computed()
    sealing.seal()
    assert not Fact.objects.exists() and refresh(today=TODAY).written == 0
    assert stored() == computed() == before
    sealing.merge()
    forget_computed()
    refresh(today=TODAY)
    assert stored() == computed() == before
    world.facts(random_rows(chance, 60))
    refresh(today=TODAY)
    assert stored() == computed() != before
