"""What the demonstration shows: everything marked 模拟数据 and made once; an event under way, one closed, a siting at its
optimum, a place that no road leads to."""

from typing import Any

import pytest

from qiangqu.domains.emergency.models import (
    EmergencyDrill,
    EmergencyEvent,
    EmergencyPlace,
    EmergencyPlan,
    ProtectedPoint,
    RescueTeam,
    ResourceRequest,
    RoadNetwork,
    Scenario,
    StockMovement,
    SupplyBatch,
)
from qiangqu.registry.tests import factories
from qiangqu_demo import emergency


@pytest.mark.django_db
def test_the_demonstration_is_marked_and_made_once() -> None:
    areas = factories.tree()
    factories.users(areas)
    unit = factories.enterprise(areas["Z1"], 90, "应急局")
    type(unit).objects.filter(pk=unit.pk).update(kind="department")
    for n in range(6):
        firm = factories.enterprise(areas["Z1"], n + 1)
        type(firm).objects.filter(pk=firm.pk).update(simulated=True)
    said: list[Any] = []
    for _ in range(2):
        emergency.enact(areas["Z1"], said.append)
    assert said == ["模拟应急场所 16 处，物资 12 批，突发事件 2 起"]
    for model in (
        EmergencyDrill, EmergencyEvent, EmergencyPlace, EmergencyPlan, ProtectedPoint, RescueTeam, ResourceRequest, RoadNetwork, Scenario,
        StockMovement, SupplyBatch,
    ):  # fmt: skip
        assert model._default_manager.exists() and not model._default_manager.filter(simulated=False).exists(), model
    assert sorted(EmergencyEvent.objects.values_list("state", flat=True)) == ["open", "reviewed"]
    for one in Scenario.objects.all():
        assert one.result["proven"] and one.result["unreached"] == ["（模拟）孤立泵站"]
