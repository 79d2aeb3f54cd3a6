"""A zone with two depots, two teams, supplies and a plan that calls three people; a network of a few streets."""

import datetime as dt
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from qiangqu.domains.emergency.handling import open_event
from qiangqu.domains.emergency.models import (
    EmergencyEquipment,
    EmergencyEvent,
    EmergencyPlace,
    EmergencyPlan,
    PlanCall,
    PlanStep,
    ProtectedPoint,
    RescueTeam,
    StockMovement,
    SupplyBatch,
    SupplyItem,
)
from qiangqu.domains.emergency.roads.graph import Graph, Line, built
from qiangqu.domains.emergency.roads.keeping import kept
from qiangqu.domains.emergency.roads.reading import Network
from qiangqu.domains.emergency.roads.travel import graph_of
from qiangqu.domains.emergency.siting.moving import _held
from qiangqu.registry.tests import factories

BORN = factories.BORN
HERE = (106.0, 38.0)
COMMON: dict[str, Any] = {"valid_from": BORN}


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def set_up() -> dict[str, Any]:
    areas = factories.tree()
    people = factories.users(areas)
    people["called"] = factories.user("inspector", areas["Z1"], "called")
    people["far"] = factories.user("inspector", areas["Z3"], "far")
    firm = factories.enterprise(areas["Z1"], 1, "甲化工")
    unit = factories.enterprise(areas["Z1"], 90, "应急局")
    type(unit).objects.filter(pk=unit.pk).update(kind="department")
    plan = EmergencyPlan.objects.create(
        code="YA-1", name="东一开发区火灾专项预案", kind="special", hazard="fire", area=areas["Z1"], edition="2026 年第 1 版",
        issued_on=dt.date(2026, 1, 1), review_due=dt.date(2029, 1, 1), **COMMON,
    )  # fmt: skip
    whole = EmergencyPlan.objects.create(
        code="YA-0",
        name="综合预案",
        kind="whole",
        area=areas["R"],
        edition="1",
        issued_on=dt.date(2026, 1, 1),
        **COMMON,
    )
    for number, (duty, person, user, grade) in enumerate(
        (
            ("总指挥", "甲", people["zone"], "4"),
            ("现场指挥", "乙", people["called"], "4"),
            ("医疗救护组", "丙", None, "4"),
            ("区指挥部", "丁", people["far"], "2"),
        ),
        start=1,
    ):
        PlanCall.objects.create(
            plan=plan,
            number=number,
            duty=duty,
            person=person,
            phone=f"1380000000{number}",
            user=user,
            from_grade=grade,
            **COMMON,
        )
    for number, minutes in ((1, 5), (2, 30)):
        PlanStep.objects.create(
            plan=plan, number=number, duty="现场指挥", act=f"步骤{number}", minutes=minutes, **COMMON
        )
    places = {
        code: EmergencyPlace.objects.create(
            code=code, name=name, kind=kind, area=areas[area], lon=lon, lat=38.0, room=room, phone="0951-1", **COMMON
        )
        for code, name, kind, area, lon, room in (
            ("P1", "近库", "depot", "Z1", 106.02, None),
            ("P2", "远库", "depot", "Z1", 106.2, None),
            ("P3", "避难场所", "shelter", "Z1", 106.03, 500),
            ("P9", "邻区库", "depot", "Z3", 106.01, None),
        )
    }
    item = SupplyItem.objects.create(code="W1", name="泡沫液", unit="吨", least=10, **COMMON)
    today = timezone.localdate()
    batches = {
        code: SupplyBatch.objects.create(code=code, item=item, place=places[place], expires_on=expires, **COMMON)
        for code, place, expires in (
            ("B1", "P1", today + dt.timedelta(days=200)),
            ("B2", "P2", None),
            ("B3", "P1", today - dt.timedelta(days=1)),
            ("B9", "P9", None),
        )
    }
    for one in batches.values():
        StockMovement.objects.create(batch=one, kind="in", amount=20, at=timezone.now(), by=people["zone"])
    teams = {
        code: RescueTeam.objects.create(
            code=code,
            name=name,
            kind="fire",
            place=places[place],
            people=12,
            leader="队长",
            phone="119",
            turnout=turnout,
            **COMMON,
        )
        for code, name, place, turnout in (("T1", "近队", "P1", 5), ("T2", "远队", "P2", 1))
    }
    machine = EmergencyEquipment.objects.create(
        code="E1", name="泡沫车", place=places["P1"], team=teams["T1"], **COMMON
    )
    points = [
        ProtectedPoint.objects.create(
            code=f"F{n}",
            name=f"目标{n}",
            kind="homes",
            area=areas["Z1"],
            lon=106.0 + n * 0.01,
            lat=38.0,
            people=100 * (n + 1),
            **COMMON,
        )
        for n in range(6)
    ]
    return {
        "areas": areas, "people": people, "firm": firm, "unit": unit, "plan": plan, "whole": whole, "places": places, "item": item,
        "batches": batches, "teams": teams, "machine": machine, "points": points,
    }  # fmt: skip


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    graph_of.cache_clear()
    _held.cache_clear()
    return set_up()


def opened(world: dict[str, Any], **more: Any) -> EmergencyEvent:
    """An event that the zone's people opened."""
    first = {
        "title": "甲化工罐区火灾", "area": world["areas"]["Z1"], "hazard": "fire", "grade": "4", "place": "甲化工罐区",
        "lon": HERE[0], "lat": HERE[1], "happened_at": timezone.now() - dt.timedelta(minutes=10), "report": "值班员报告罐区起火",
        "organisation": world["firm"], "radius": 1500,
    }  # fmt: skip
    return open_event(EmergencyEvent(**(first | more)), world["people"]["zone"])


def line(*points: tuple[float, float], speed: float = 60.0, way: int = 0) -> Line:
    return Line(np.array(points), speed, way)


def network(*lines: Line) -> Any:
    """A loaded network of such lines."""
    graph: Graph = built(lines)
    return kept(Network(graph, 1.0, len(lines)), "试验路网", "x.csv")
