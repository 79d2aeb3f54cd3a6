"""A small region of its own: two cities, three zones, a handful of enterprises, elements and users of every
role.
"""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from django.test import Client

from qiangqu.facts import sealing
from qiangqu.facts.models import Element, Source
from qiangqu.facts.reading import FactRow, Where, rows
from qiangqu.registry.models import Area, Organisation, User
from qiangqu.registry.subjects import AREA, ORGANISATION


def _area(code: str, name: str, level: str, parent: Area | None = None) -> Area:
    return Area.objects.create(
        code=code, name=name, short_name=name[:6], level=level, parent=parent, valid_from=dt.date(2000, 1, 1)
    )


def _enterprise(code: str, name: str, area: Area) -> Organisation:
    return Organisation.objects.create(
        code=code, name=name, kind="enterprise", area=area, scale="above", valid_from=dt.date(2010, 1, 1)
    )


@pytest.fixture
def land(db: Any) -> SimpleNamespace:
    """Areas region > east, west > zone_a, zone_b (east), zone_c (west); enterprises a1, a2, b1, c1; elements;
    sources; users.
    """
    w = SimpleNamespace()
    w.region = _area("R", "测试自治区", "region")
    w.east, w.west = _area("E", "东市", "city", w.region), _area("W", "西市", "city", w.region)
    w.zone_a, w.zone_b = _area("Z-A", "甲园区", "zone", w.east), _area("Z-B", "乙园区", "zone", w.east)
    w.zone_c = _area("Z-C", "丙园区", "zone", w.west)
    w.a1, w.a2 = _enterprise("ENT-A1", "甲一公司", w.zone_a), _enterprise("ENT-A2", "甲二公司", w.zone_a)
    w.b1, w.c1 = _enterprise("ENT-B1", "乙一公司", w.zone_b), _enterprise("ENT-C1", "丙一公司", w.zone_c)
    w.output = Element.objects.create(
        code="gross_output", name="工业总产值", unit="亿元", kind="flow", aggregation="sum", decimals=4
    )
    w.energy = Element.objects.create(
        code="energy_use", name="综合能源消费量", unit="万吨标准煤", kind="flow", aggregation="sum"
    )
    w.growth = Element.objects.create(
        code="gross_output_growth", name="工业总产值增速", unit="%", kind="rate", aggregation="none", growth_of=w.output,
        subjects="area",
    )  # fmt: skip
    w.old = Source.objects.create(title="统计公报初步核算", url="https://example.cn/1", published_on="2024-02-01")
    w.new = Source.objects.create(title="统计年鉴", url="https://example.cn/2", published_on="2024-10")

    def user(name: str, role: str, area: Area | None, organisation: Organisation | None = None) -> User:
        made = User(username=name, role=role, area=area, organisation=organisation)
        made.set_unusable_password()
        made.save()
        return made

    w.planner = user("planner", "planner", w.region)
    w.leader = user("leader", "leader", w.region)
    w.bureau = user("bureau", "bureau", w.east)
    w.staff_a = user("staff_a", "zone", w.zone_a)
    w.staff_c = user("staff_c", "zone", w.zone_c)
    w.firm_a1 = user("firm_a1", "enterprise", w.zone_a, w.a1)
    w.firm_c1 = user("firm_c1", "enterprise", w.zone_c, w.c1)

    def client(of: User) -> Client:
        made = Client()
        made.force_login(of)
        return made

    w.client = client
    return w


def fact_table(*rows: tuple[Any, ...], **extra: list[Any]) -> pa.Table:
    """``(element, subject, period key, value)`` each; the subject is an Area or an Organisation."""
    kinds = [AREA.number if isinstance(row[1], Area) else ORGANISATION.number for row in rows]
    columns: dict[str, Any] = {
        "element": pa.array([row[0].pk for row in rows], pa.int32()),
        "subject_kind": pa.array([int(kind) for kind in kinds], pa.int8()),
        "subject_id": pa.array([row[1].pk for row in rows], pa.int32()),
        "period_key": pa.array([row[2] for row in rows], pa.int32()),
        "value": pa.array([row[3] for row in rows], pa.float64()),
    }
    types = {"source": pa.int32(), "row": pa.int32(), "precedence": pa.int8()}
    columns |= {name: pa.array(values, types.get(name, pa.string())) for name, values in extra.items()}
    return pa.table(columns)


def all_facts() -> list[FactRow]:
    """All facts in the order of entry, wherever they lie."""
    return sorted(rows(Where()), key=lambda fact: fact.id)


@pytest.fixture(params=["waiting", "sealed"])
def lying(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether every batch waits in the table or is sealed at once: answers are the same."""
    if request.param == "sealed":
        monkeypatch.setattr(sealing, "LARGE", 1)
    return str(request.param)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other work beside the tests must not end a walk through facts early."""
    monkeypatch.setattr("qiangqu.facts.browse.BUDGET", 30.0)
