"""The JSON of schemes shows each user what the pages show him."""

import pytest

from qiangqu.formulas.tests.world import World
from qiangqu.registry.models import Role
from qiangqu.schemes.tests.test_pages import answer, signed_in, states, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db
API = "/api/v1/schemes"


def test_results_a_standing_and_a_try_out(world: World) -> None:
    answer(world, "A", 1)
    answer(world, "B", 1)
    planner = signed_in(Role.PLANNER, area=world.areas["R"])
    assert [one["code"] for one in planner.get(API).json()] == ["firm"]
    found = planner.get(f"{API}/firm/results").json()
    assert found["states"]["yes"] == 1 and found["results"][0]["code"] == "A"
    assert planner.get(f"{API}/firm/results?state=two").json()["count"] == found["states"]["two"]
    standing = planner.get(f"{API}/firm/of/B").json()
    assert standing["state"] == "two" and standing["lines"][0]["figure"]["number"] == 15000
    assert standing["ways"][0][0]["value"] == "output"
    before = states(world)
    tried = planner.post(f"{API}/firm/of/B/try", {"figures": {"output": 29000}}, content_type="application/json").json()
    assert tried["state"] == "yes" and tried["tried"] == {"output": 29000}
    assert states(world) == before
    for figures in ({"nothing": 1}, {"output": 1e400}):
        sent = planner.post(f"{API}/firm/of/B/try", {"figures": figures}, content_type="application/json")
        assert sent.status_code in (400, 422)


def test_whose_marks_are_seen(world: World) -> None:
    firm = signed_in(Role.ENTERPRISE, organisation=world.organisations["A"])
    assert [one["code"] for one in firm.get(f"{API}/firm/results").json()["results"]] == ["A"]
    assert firm.get(f"{API}/firm/of/A").status_code == 200
    assert firm.get(f"{API}/firm/of/B").status_code == 404
    assert firm.post(f"{API}/firm/of/B/try", {"figures": {}}, content_type="application/json").status_code == 404
    assert signed_in(Role.INSPECTOR, area=world.areas["R"]).get(f"{API}/firm/results").status_code == 403
    assert firm.get("/api/v1/enterprises/ladders/B").status_code == 404
    zone = signed_in(Role.ZONE, area=world.areas["Z3"])
    codes = {one["code"] for one in zone.get(f"{API}/firm/results").json()["results"]}
    assert "B" in codes and not codes & {"A", "D"}
    assert zone.get(f"{API}/firm/results?state=nonsense").status_code in (400, 422)
    assert zone.get("/api/v1/enterprises/ladders").json() == []
    assert zone.get("/api/v1/enterprises/nominations").json() == []
