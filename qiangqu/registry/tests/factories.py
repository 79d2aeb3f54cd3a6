"""A small region for tests of all parts: R ( C1 ( Z1, Z2 ), C2 ( Z3 ) ), users with roles and scopes,
enterprises with right codes.
"""

import datetime as dt
from typing import Any

from qiangqu.base.codes import uscc_check_digit
from qiangqu.registry.models import (
    Area,
    Industry,
    Organisation,
    OrganisationKind,
    ProjectKind,
    RecognitionKind,
    Role,
    User,
)

BORN = dt.date(2020, 1, 1)
PASSWORD = "a-long-test-password"


def tree() -> dict[str, Area]:
    """Areas by code: R, C1, C2, Z1, Z2 (in C1), Z3 (in C2)."""
    areas: dict[str, Area] = {}
    for code, parent, level, name in (
        ("R", "", "region", "试验自治区"),
        ("C1", "R", "city", "东城市"),
        ("C2", "R", "city", "西城市"),
        ("Z1", "C1", "zone", "东一开发区"),
        ("Z2", "C1", "zone", "东二开发区"),
        ("Z3", "C2", "zone", "西一开发区"),
    ):
        areas[code] = Area.objects.create(
            code=code,
            parent=areas.get(parent),
            level=level,
            name=name,
            short_name=name[:3],
            lon=106.0,
            lat=38.0,
            valid_from=BORN,
        )
    return areas


def user(role: str, area: Area | None, username: str = "", **more: Any) -> User:
    """A user with :data:`PASSWORD` (most tests use ``client.force_login``)."""
    made = User(username=username or f"{role}-{area.code if area else 'none'}", **{"role": role, "area": area, **more})
    made.set_unusable_password()
    made.save()
    return made


def users(areas: dict[str, Area]) -> dict[str, User]:
    """planner (R), city (C1), zone (Z1), neighbour (Z3), leader (R), admin (R)."""
    return {
        "planner": user(Role.PLANNER, areas["R"], "planner"),
        "city": user(Role.BUREAU, areas["C1"], "city"),
        "zone": user(Role.ZONE, areas["Z1"], "zone"),
        "neighbour": user(Role.ZONE, areas["Z3"], "neighbour"),
        "leader": user(Role.LEADER, areas["R"], "leader"),
        "admin": user(Role.ADMIN, areas["R"], "admin"),
    }


def uscc(number: int) -> str:
    """A unified social credit code of an enterprise in Yinchuan with a right check character."""
    first = f"91640100MA{number:07d}"
    return first + uscc_check_digit(first)


def enterprise(area: Area, number: int, name: str = "", **more: Any) -> Organisation:
    code = uscc(number)
    return Organisation.objects.create(
        code=code,
        uscc=code,
        name=name or f"试验企业{number}",
        kind=OrganisationKind.ENTERPRISE,
        area=area,
        **({"valid_from": BORN} | more),
    )


def code_lists() -> dict[str, Any]:
    """One industry with a chain, one kind of recognition, one kind of project."""
    industry = Industry.objects.create(code="new_materials", name="新型材料")
    return {
        "industry": industry,
        "chain": Industry.objects.create(code="photovoltaic", name="光伏材料", parent=industry),
        "recognition": RecognitionKind.objects.create(code="green_factory", name="绿色工厂"),
        "project": ProjectKind.objects.create(code="renovation", name="技术改造"),
    }
