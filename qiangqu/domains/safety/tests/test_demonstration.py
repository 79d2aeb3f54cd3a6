"""What the demonstration shows: everything marked 模拟数据, made once, and a published draw that holds."""

from typing import Any

import pytest

from qiangqu.base import draw as qd1
from qiangqu.domains.safety.models.chemicals import HazardUnit, Stock
from qiangqu.domains.safety.models.duties import Duty
from qiangqu.domains.safety.models.hazards import CheckItem, CheckList, Hazard
from qiangqu.domains.safety.models.inspections import Draw, InspectionSubject, Inspector, Visit
from qiangqu.domains.safety.models.permits import WorkPermit
from qiangqu.domains.safety.models.risks import RiskPoint, RiskScheme
from qiangqu.domains.safety.queries import document_of
from qiangqu.registry.tests import factories
from qiangqu_demo import safety


@pytest.mark.django_db
def test_the_demonstration_is_marked_and_made_once() -> None:
    areas = factories.tree()
    factories.users(areas)
    factories.user("planner", areas["R"], "second")
    for n in range(12):
        firm = factories.enterprise(areas["Z1"], n + 1)
        type(firm).objects.filter(pk=firm.pk).update(simulated=True)
    factories.user("enterprise", areas["Z1"], "spoken", organisation=type(firm).objects.order_by("code").first())
    factories.user("inspector", areas["R"], "goes")
    unit = factories.enterprise(areas["R"], 50, name="应急局")
    type(unit).objects.filter(pk=unit.pk).update(kind="department")
    said: list[Any] = []
    for _ in range(2):
        safety.enact(areas["Z1"], said.append)
    assert said == ["模拟隐患 17 条，风险点 30 个，作业票 4 张", "模拟抽查 5 次，检查对象 12 家"]
    assert sorted(Draw.objects.values_list("state", flat=True)) == [
        "committed",
        "opened",
        "prepared",
        "published",
        "void",
    ]
    everything = (
        Draw,
        Visit,
        InspectionSubject,
        Inspector,
        CheckList,
        CheckItem,
        Hazard,
        RiskPoint,
        RiskScheme,
        HazardUnit,
        Stock,
        Duty,
        WorkPermit,
    )
    for model in everything:
        assert model._default_manager.exists() and not model._default_manager.filter(simulated=False).exists()
    published = Draw.objects.get(state="published")
    assert qd1.differences(document_of(published), published.commit) == []
    assert sorted(WorkPermit.objects.values_list("state", flat=True)) == [
        "applied",
        "cancelled",
        "suspended",
        "working",
    ]
    assert set(Hazard.objects.values_list("state", flat=True)) == {"open", "rectified", "closed"}
    assert Visit.objects.filter(draw__state="opened", members__inspector__user__username="goes").exists()
