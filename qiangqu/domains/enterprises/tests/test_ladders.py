"""Ladders: which rung is next, numbers of enterprises, who sees whose."""

import datetime as dt

import pytest

from qiangqu.domains.enterprises.models import Ladder
from qiangqu.formulas.tests.world import World
from qiangqu.registry.models import Recognition, RecognitionKind, Role
from qiangqu.schemes.pack import save
from qiangqu.schemes.tests.test_pages import made, signed_in, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db


def test_the_lowest_rung_above_a_title_is_next(world: World) -> None:
    save(made(code="higher", grants=None), 2)
    Ladder.objects.create(code="l", title="梯度", rungs=["firm", "higher", "gone"])
    kind = RecognitionKind.objects.get(code="good")
    Recognition.objects.create(kind=kind, holder=world.organisations["A"], valid_from=dt.date(2023, 1, 1))
    planner = signed_in(Role.PLANNER, area=world.areas["R"])
    page = planner.get("/ladders/A").text
    assert "已认定" in page
    assert page.index("下一级") > page.index("/schemes/higher/of/A")
    overview = planner.get("/ladders").text
    assert "holds=yes" in overview


def test_an_enterprise_is_led_to_its_own_ladders_and_sees_no_others(world: World) -> None:
    save(made(), 1)
    Ladder.objects.create(code="l", title="梯度", rungs=["firm"])
    firm = signed_in(Role.ENTERPRISE, organisation=world.organisations["A"])
    assert firm.get("/ladders").headers["Location"] == "/ladders/A"
    assert firm.get("/ladders/A").status_code == 200
    for other in ("B", "nothing", "%00"):
        assert firm.get(f"/ladders/{other}").status_code == 404
    zone = signed_in(Role.ZONE, area=world.areas["Z1"])
    assert zone.get("/ladders/A").status_code == 200
    assert zone.get("/ladders/B").status_code == 404
    panel = zone.get(f"/organisations/{world.organisations['A'].pk}/").text
    assert "/schemes/firm/of/A" in panel
