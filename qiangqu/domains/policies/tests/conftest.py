"""Four enterprises with output and jobs of the last year, an office, and a policy that pays by output."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from qiangqu.domains.policies.models import Mode, Order, Per, Policy, PolicyState
from qiangqu.domains.policies.publishing import publish
from qiangqu.formulas.models import Indicator
from qiangqu.formulas.refresh import refresh
from qiangqu.formulas.tests.world import World, build
from qiangqu.registry.models import Organisation, RecognitionKind, Role, User

DAY = timezone.localdate()
LAST = str(DAY.year - 1)


@pytest.fixture
def world(db: None) -> World:
    """A 3 亿元, B 1.5 亿元, D (no output), E 2 亿元; A, D and E in zone Z1, B in Z3."""
    made = build()
    for code, formula, unit in (
        ("ent_output", "total(output)", "亿元"),
        ("ent_per", "total(output) / total(jobs)", "万元/人"),
        ("ent_jobs", "total(jobs)", "人"),
    ):
        Indicator.objects.create(
            code=code, name=code, unit=unit, formula=formula, subject="organisation", periods="year"
        )
    Indicator.objects.create(code="area_output", name="区域产值", unit="亿元", formula="total(output)")
    for code, area in (("A", "Z1"), ("B", "Z3"), ("D", "Z1"), ("E", "Z1")):
        made.organisation(code, area)
    made.facts([
        ("output", "A", LAST, 3.0), ("jobs", "A", LAST, 100), ("output", "B", LAST, 1.5), ("jobs", "B", LAST, 400),
        ("jobs", "D", LAST, 50), ("output", "E", LAST, 2.0), ("jobs", "E", LAST, 0),
    ])  # fmt: skip
    refresh()
    RecognitionKind.objects.create(code="good", name="好企业")
    Organisation.objects.create(
        code="U-1", name="厅", kind="department", area=made.areas["R"], valid_from=dt.date(2020, 1, 1)
    )
    return made


def policy(world: World, code: str = "p", **more: Any) -> Policy:
    """A draft: output of at least 1 亿元, a fixed 100,000 yuan, 1,000,000 a year."""
    given: dict[str, Any] = {
        "title": f"政策{code}", "area": world.areas["R"], "body": Organisation.objects.get(code="U-1"), "mode": Mode.DIRECT, "per": Per.YEAR,
        "starts_on": dt.date(DAY.year, 1, 1), "criteria": [{"source": "indicator:ent_output", "op": ">=", "than": 1, "title": "产值一亿"}],
        "benefit": {"way": "fixed", "amount": "100000"}, "budget_year": 100_000_000, "order": Order.FIRST,
    }  # fmt: skip
    return Policy.objects.create(code=code, **(given | more))


def published(world: World, code: str = "p", **more: Any) -> Policy:
    one = policy(world, code, **more)
    office = User.objects.filter(username="office").first() or user(Role.PLANNER, "office", area=world.areas["R"])
    publish(one, office)
    one.refresh_from_db()
    assert one.state == PolicyState.PUBLISHED
    return one


def user(role: str, name: str, **post: Any) -> User:
    found: User = User.objects.create_user(name, password="x", role=role, **post)
    return found


def signed_in(one: User) -> Client:
    client = Client()
    client.force_login(one)
    return client


@pytest.fixture
def firm(world: World) -> User:
    return user(Role.ENTERPRISE, "firm", organisation=world.organisations["A"])
