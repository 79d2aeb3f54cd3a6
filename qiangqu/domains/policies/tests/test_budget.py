"""A budget is never over-committed: whatever is held and given back, by however many at once, on either database."""

import threading
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qiangqu.domains.policies import budget
from qiangqu.domains.policies.models import Benefit, BenefitState, Fund
from qiangqu.domains.policies.settling import arrange
from qiangqu.domains.policies.tests.conftest import DAY, published
from qiangqu.formulas.tests.world import World

STEPS = st.lists(
    st.tuples(st.sampled_from(["hold", "give"]), st.integers(1, 400), st.sampled_from([2026, 2027])), max_size=25
)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    total=st.none() | st.integers(0, 900),
    years=st.tuples(st.none() | st.integers(0, 500), st.none() | st.integers(0, 500)),
    steps=STEPS,
)
def test_what_is_held_is_what_was_promised_and_within_every_limit(total: Any, years: Any, steps: Any) -> None:
    with transaction.atomic():
        for year, limit in ((0, total), (2026, years[0]), (2027, years[1])):
            Fund.objects.create(code="x", year=year, limit=limit)
        held: list[tuple[int, int]] = []
        for what, fen, year in steps:
            if what == "hold":
                limits = [
                    (total, sum(one for one, _y in held)),
                    (years[year - 2026], sum(one for one, y in held if y == year)),
                ]
                fits = all(limit is None or sum_ + fen <= limit for limit, sum_ in limits)
                assert budget.hold("x", year, fen) == fits
                if fits:
                    held.append((fen, year))
            elif held:
                fen, year = held.pop()
                budget.release("x", year, fen)
            for fund in Fund.objects.filter(code="x"):
                assert fund.held == sum(one for one, y in held if fund.year in (0, y))
                assert fund.limit is None or fund.held <= fund.limit
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_who_hold_at_once_never_take_more_than_there_is() -> None:
    for year in (0, 2026):
        Fund.objects.create(code="x", year=year, limit=1000)
    won: list[int] = []
    ready = threading.Barrier(4)

    def work() -> None:
        ready.wait()
        try:
            for _n in range(10):
                try:
                    if budget.hold("x", 2026, 70):
                        won.append(70)
                except OperationalError:  # SQLite: another one writes; nothing was held
                    continue
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert {fund.held for fund in Fund.objects.filter(code="x")} == {sum(won)}
    assert sum(won) <= 1000
    with pytest.raises(IntegrityError), transaction.atomic():
        Fund.objects.filter(year=0).update(held=1001)


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.tuples(*[st.integers(1, 100_000_000)] * 3), limit=st.integers(0, 200_000_000), order=st.sampled_from(["first", "small", "score"])
)  # fmt: skip
def test_the_line_is_served_from_the_front_by_whole_amounts(world: World, amounts: Any, limit: int, order: str) -> None:
    with transaction.atomic():
        one = published(world, budget_year=limit, order=order)
        codes = ("A", "B", "E")
        for code, amount in zip(codes, amounts, strict=True):
            Benefit.objects.create(
                policy=one, code=one.code, organisation=world.organisations[code], period=DAY.year, year=DAY.year, state=BenefitState.QUEUED,
                amount=amount, score=amount % 7, found_on=DAY,
            )  # fmt: skip
        front, waiting = arrange(one, DAY)
        rows = sorted(zip(codes, amounts, strict=True), key=lambda pair: {
            "first": (pair[0],), "small": (pair[1], pair[0]), "score": (-(pair[1] % 7), pair[0]),
        }[order])  # fmt: skip
        served, total = [], 0
        for code, amount in rows:
            if total + amount > limit:
                break
            served.append(code)
            total += amount
        offered = Benefit.objects.filter(state=BenefitState.OFFERED).values_list("organisation__code", flat=True)
        assert set(offered) == set(served)
        assert (front, waiting) == (len(served), 3 - len(served))
        assert Fund.objects.get(code=one.code, year=DAY.year).held == total
        assert arrange(one, DAY) == (0, waiting)
        transaction.set_rollback(True)
