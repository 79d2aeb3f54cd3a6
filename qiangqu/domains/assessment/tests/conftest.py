"""Three zones of a region with figures, a scheme over them with an expert's mark, and those who take part."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from qiangqu.domains.assessment import rounds
from qiangqu.domains.assessment.models import Round, ZoneResult
from qiangqu.formulas.models import Indicator
from qiangqu.formulas.refresh import refresh
from qiangqu.formulas.tests.world import World, build
from qiangqu.records.checking import checked
from qiangqu.registry.models import Area, Role, User
from qiangqu.registry.nodes import this_node
from qiangqu.registry.tests.factories import user
from qiangqu.schemes.models import Edition, Reply
from qiangqu.schemes.pack import save
from qiangqu.schemes.reading import of_data

DAY = timezone.localdate()
LAST = str(DAY.year - 1)


def data(**more: Any) -> dict[str, Any]:
    return {
        "code": "zone_test", "edition": "1", "title": "园区试评", "subject": "zone", "kind": "score", "max_points": 100,
        "document": {"title": "办法", "effective": "2020-01-01"},
        "values": {
            "output": {"title": "工业产值", "indicator": "z_output", "unit": "亿元"},
            "per": {"title": "人均产值", "indicator": "z_per", "unit": "万元/人"},
            "accident": {"title": "事故起数", "ask": "number", "unit": "起", "question": "z_accident"},
            "service": {"title": "营商环境", "mark": [0, 20], "unit": "分"},
        },
        "criteria": [
            {"code": "size", "title": "规模", "points": 40, "value": "output", "linear": {"zero": 0, "full": 8}},
            {"code": "people", "title": "人均", "points": 40, "value": "per", "peers": {"by": "rank", "bands": [{"max": 2, "points": 40}, {"min": 2, "points": 10}]}},
            {"code": "expert", "title": "营商环境", "points": 20, "value": "service", "given": True},
            {"code": "d_accident", "title": "事故", "points": 10, "deduction": True, "value": "accident", "each": {"per": 1, "points": 2}},
        ],
        "levels": [
            {"code": "a", "title": "优秀", "when": {"score": "total", "op": ">=", "than": 60}},
            {"code": "b", "title": "合格", "when": {"score": "total", "op": ">=", "than": 30}},
        ],
    } | more  # fmt: skip


def scheme(**more: Any) -> Edition:
    made, faults = of_data(data(**more))
    assert made is not None and not faults, faults
    save(made, 1)
    return Edition.objects.get(code=made.code, edition=made.edition)


@pytest.fixture
def world(db: None) -> World:
    world = build()
    node = this_node()
    if not node.code:
        node.code = "T"
        node.save()
    for code, formula, unit in (
        ("z_output", "total(output)", "亿元"),
        ("z_per", "total(output) / total(jobs)", "万元/人"),
    ):
        Indicator.objects.create(code=code, name=f"指标{code}", unit=unit, formula=formula)
    for code, zone in (("A", "Z1"), ("B", "Z2"), ("D", "Z3")):
        world.organisation(f"F{code}", zone)
    world.facts([
        ("output", "FA", LAST, 8.0), ("jobs", "FA", LAST, 1000), ("output", "FB", LAST, 4.0), ("jobs", "FB", LAST, 1000),
        ("output", "FD", LAST, 2.0),
    ])  # fmt: skip
    refresh()
    for code in ("Z1", "Z2", "Z3"):
        Reply.objects.create(
            area=world.areas[code], question="z_accident", value=0, day=dt.date(2024, 1, 1), reason="年报"
        )
    scheme()
    return world


@pytest.fixture
def people(world: World) -> dict[str, User]:
    areas = world.areas
    return {
        "planner": user(Role.PLANNER, areas["R"], "planner"), "expert": user(Role.BUREAU, areas["R"], "expert"),
        "z1": user(Role.ZONE, areas["Z1"], "z1"), "z2": user(Role.ZONE, areas["Z2"], "z2"), "z3": user(Role.ZONE, areas["Z3"], "z3"),
        "city": user(Role.BUREAU, areas["C1"], "city"), "leader": user(Role.LEADER, areas["R"], "leader"),
    }  # fmt: skip


def zones(world: World) -> list[Area]:
    return [world.areas[code] for code in ("Z1", "Z2", "Z3")]


def opened(world: World, people: dict[str, User], **more: Any) -> Round:
    first = {
        "title": "年度评价",
        "area": world.areas["R"],
        "edition": Edition.objects.get(code="zone_test"),
        "day": DAY,
        "objection_days": 10,
    }
    return rounds.open_round(Round(**(first | more)), zones(world), people["planner"])  # fmt: skip


def frozen(world: World, people: dict[str, User], **more: Any) -> Round:
    one = opened(world, people, **more)
    rounds.freeze(one, people["planner"])
    one.refresh_from_db()
    return one


def sent(world: World, people: dict[str, User], **more: Any) -> Round:
    one = frozen(world, people, **more)
    rounds.send_drafts(one, people["planner"])
    one.refresh_from_db()
    return one


def of(one: Round, code: str) -> ZoneResult:
    return ZoneResult.objects.select_related("area", "round__area").get(round=one, area__code=code)


def paper() -> Any:
    return [checked("证明.pdf", b"%PDF-1.4\n1 0 obj<<>>endobj\n")]
