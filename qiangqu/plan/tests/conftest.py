"""A tiny invented region: a province, two cities, one zone; a plan 2031–2033 with one target of each kind."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from qiangqu.base.packs import Pack
from qiangqu.base.periods import parse_period
from qiangqu.facts.models import Element
from qiangqu.formulas.models import Indicator, IndicatorValue
from qiangqu.plan import pack as plan_pack
from qiangqu.plan.models import Plan
from qiangqu.registry import pack as registry_pack
from qiangqu.registry.models import Area, Organisation, Role, User

TINY = Path(__file__).with_name("tiny_pack")
DAY = dt.date(2032, 12, 31)


@pytest.fixture
def tiny(db: None) -> Plan:
    """The tiny pack's registers, indicators and plan; no values yet."""
    pack = Pack(TINY)
    registry_pack.load(pack, lambda text: None)
    elements = {}
    for entry in sorted(pack.yaml("elements.yaml"), key=lambda e: "growth_of" in e):
        entry["growth_of"] = elements.get(entry.get("growth_of"))
        elements[entry["code"]] = Element.objects.create(**entry)
    for order, entry in enumerate(pack.yaml("indicators.yaml")):
        fields = {name: entry[name] for name in ("code", "name", "unit", "decimals", "direction", "formula", "source")}
        Indicator.objects.create(order=order, **fields)
    plan_pack.load(pack, lambda text: None)
    return Plan.objects.get()


@pytest.fixture
def put(tiny: Plan) -> Callable[..., None]:
    """``put("labs", {"2031": 3}, area="990000", simulated=False)`` stores values as the formulas would."""

    def store(code: str, values: dict[str, float | None], area: str = "990000", simulated: bool = False) -> None:
        indicator, place = Indicator.objects.get(code=code), Area.objects.get(code=area)
        for period, value in values.items():
            IndicatorValue.objects.update_or_create(
                indicator=indicator,
                area=place,
                period_key=parse_period(period).key,
                defaults={"value": value, "simulated": simulated, "reason": "" if value is not None else "分母为零"},
            )

    return store


@pytest.fixture
def people(tiny: Plan) -> dict[str, User]:
    """One user of each standing; ``neighbour`` belongs to the other city."""
    wanted = {
        "planner": (Role.PLANNER, "990000", "H-IND"),
        "leader": (Role.LEADER, "990000", None),
        "east": (Role.BUREAU, "990100", "H-G-E"),
        "neighbour": (Role.BUREAU, "990200", "H-G-W"),
        "zone": (Role.ZONE, "HL-Z-1", None),
        "enterprise": (Role.ENTERPRISE, "990100", None),
    }
    return {
        name: User.objects.create(
            username=name,
            password="!",  # signed in by force_login: hashing six passwords for each test takes seconds
            role=role,
            area=Area.objects.get(code=area),
            organisation=Organisation.objects.get(code=unit) if unit else None,
        )
        for name, (role, area, unit) in wanted.items()
    }


@pytest.fixture
def full(put: Callable[..., None], people: dict[str, User]) -> Plan:
    """The plan with values of several years and months in all areas, some simulated, some targets without
    any.
    """
    put("ship_output", {"2030": 100, "2031": 105, "2032": 112})
    put("ship_output", {"2030": 60, "2031": 64, "2032": 70}, area="990100")
    put("ship_output", {"2030": 40, "2031": 41, "2032": 42}, area="990200")
    put("ship_output", {"2032": 30}, area="HL-Z-1", simulated=True)
    put("ship_output", {f"2032-{m:02d}": 8 + m / 10 for m in range(1, 13)})
    put("blue_share", {"2031": 33, "2032": 36})
    put("labs", {"2031": 3, "2032": 6})
    put("labs", {"2032": 4}, area="990100", simulated=True)
    put("wind_capacity", {"2031": 360, "2032": 380}, simulated=True)
    put("projects_yearly", {"2031": 130, "2032": 90})
    put("projects_since", {"2031": 130, "2032": 220})
    put("rd_growth", {"2032": None})
    return Plan.objects.get()
