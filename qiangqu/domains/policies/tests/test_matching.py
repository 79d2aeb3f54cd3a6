"""The matched comparison finds an effect that is there, none where there is none, and says how sure it is."""

from typing import Any

import numpy as np
import pytest
from django.test import Client

from qiangqu.domains.policies.matching import LEAST, effect_of
from qiangqu.domains.policies.tests.conftest import published, signed_in
from qiangqu.formulas.tests.world import World
from qiangqu.registry.models import User


def firms(seed: int, effect: float, many: int = 3000) -> tuple[Any, ...]:
    """Larger and faster enterprises get the policy more often, and grow more without it."""
    random = np.random.default_rng(seed)
    level, growth = random.normal(8, 1, many), random.normal(5, 8, many)
    treated = random.random(many) < 0.12 / (1 + np.exp(-(level - 8) - growth / 8))
    change = 2 + 3 * (level - 8) + 0.3 * growth + random.normal(0, 6, many) + effect * treated
    return treated, [level, growth], change


def test_an_effect_is_found_where_a_plain_comparison_misleads() -> None:
    treated, figures, change = firms(1, 0.0)
    plain = change[treated].mean() - change[~treated].mean()
    found = effect_of(treated, figures, change)
    assert found is not None
    assert plain > 2
    assert abs(found.effect) < 1.5
    assert all(after < before for before, after in found.balance)


def test_the_range_holds_the_truth_about_as_often_as_it_says() -> None:
    inside, errors, effects = 0, [], []
    for seed in range(60):
        found = effect_of(*firms(seed, 4.0, 1200))
        assert found is not None
        inside += found.low <= 4.0 <= found.high
        errors.append(found.error)
        effects.append(found.effect)
    # binomial: 95 % of 60 is 57; bias of matching of a few tenths of a point takes some
    assert inside >= 51
    assert 0.7 < np.mean(errors) / np.std(effects) < 1.4


def test_too_few_or_nobody_alike_is_said() -> None:
    treated, figures, change = firms(3, 1.0, 200)
    assert treated.sum() < LEAST or effect_of(treated, figures, change) is not None
    few = treated & (np.cumsum(treated) <= 5)
    assert effect_of(few, figures, change) is None
    far = [np.where(treated, one + 100, one) for one in figures]
    assert effect_of(treated, far, change) is None
    assert effect_of(treated, figures, np.full(change.size, np.nan)) is None


@pytest.mark.django_db
def test_the_page_says_why_there_is_none_yet(world: World, firm: User) -> None:
    one = published(world)
    office: Client = signed_in(User.objects.get(username="office"))
    assert "还没有拨付" in office.get(f"/policies/{one.pk}/effect").text
    assert signed_in(firm).get(f"/policies/{one.pk}/effect").status_code == 404
