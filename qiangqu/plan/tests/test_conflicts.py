"""Two planners at one target, one division, one compiled item: who saves second is shown both, and nothing is
written over unseen.
"""

import html

import pytest
from django.test import Client

from qiangqu.plan.models import Allocation, Target
from qiangqu.ui.tests.opened import opened

from .test_pages import enter
from .test_review_pages import HTMX, address, document, find  # noqa: F401 - fixture

pytestmark = [pytest.mark.django_db, pytest.mark.urls("qiangqu.plan.tests.urls")]
TARGET = {
    "name": "能耗下降", "indicator_code": "energy_drop", "comparator": ">=", "value": "", "unit": "%", "year": "2033", "kind": "change",
    "effort": "firm", "base_year": "2030", "path": "yearly",
}  # fmt: skip
FOUND = {
    "indicator": "船舶产值", "comparator": ">", "value": "160", "unit": "亿元", "year": "2033", "kind": "level", "effort": "firm",
    "measure": "0", "decision": "corrected",
}  # fmt: skip


def words(answer) -> str:
    return html.unescape(answer.content.decode())


@pytest.fixture
def two(people, full):
    """The same planner at two desks."""
    return enter(Client(), people["planner"]), enter(Client(), people["planner"])


def test_a_target(two) -> None:
    a, b = two
    url = "/plan/targets/A5/edit"
    of_a, of_b = opened(a.get(url)), opened(b.get(url))
    first = TARGET | {"value": "14", "assigned_document": "甲文〔2031〕1号", "milestone_lines": "2032: 9"}
    assert a.post(url, first | {"opened": of_a}).status_code == 302
    second = TARGET | {"value": "15", "assigned_document": "乙文〔2031〕2号", "milestone_lines": "2032: 10"}
    answer = b.post(url, second | {"opened": of_b})
    text = words(answer)
    assert answer.status_code == 422 and "已修改过" in text
    for now, given in (("14", "15"), ("甲文〔2031〕1号", "乙文〔2031〕2号"), ("2032: 9", "2032: 10")):
        assert f"现在是“{now}" in text and f"您填的是“{given}”" in text
    target = Target.objects.get(code="A5")
    assert (target.value, target.milestones.get().value) == (14.0, 9.0)
    assert b.post(url, second | {"opened": opened(answer)}).status_code == 302
    target.refresh_from_db()
    assert (target.value, target.milestones.get().value) == (15.0, 10.0)


def test_a_target_by_a_form_that_does_not_say_what_it_saw(two) -> None:
    answer = two[0].post("/plan/targets/A5/edit", TARGET | {"name": "盲写"})
    assert answer.status_code == 422 and "没有带上打开时的值" in words(answer) and "您填的是“盲写”" in words(answer)
    assert Target.objects.get(code="A5").name != "盲写"


def test_a_division(two) -> None:
    a, b = two
    url = "/plan/targets/A1/divide"
    of_a, of_b = opened(a.get(f"{url}?year=2033")), opened(b.get(f"{url}?year=2033"))
    east = {"year": "2033", "part-990100": "80", "part-990200": "53.1"}
    assert a.post(url, east | {"opened": of_a}).status_code == 302
    answer = b.post(url, {"year": "2033", "part-990100": "70", "part-990200": "63.1", "opened": of_b})
    assert answer.status_code == 422 and "现在是“80”，您填的是“70”" in words(answer)
    blind = b.post(url, {"year": "2033", "part-990100": "70", "part-990200": "63.1"})
    assert blind.status_code == 422 and "没有带上打开时的值" in words(blind)
    assert sorted(Allocation.objects.values_list("value", flat=True)) == [53.1, 80.0]
    # what is opened for one year says nothing about another
    other = b.post(url, {"year": "2033", "part-990100": "70", "part-990200": "63.1", "opened": opened(b.get(f"{url}?year=2032"))})  # fmt: skip
    assert other.status_code == 422 and Allocation.objects.filter(value=80.0).exists()
    again = {"year": "2033", "part-990100": "70", "part-990200": "63.1", "opened": opened(answer)}
    assert b.post(url, again).status_code == 302
    assert sorted(Allocation.objects.values_list("value", flat=True)) == [63.1, 70.0]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "card"])
def test_a_compiled_item(two, document, headers) -> None:  # noqa: F811
    a, b = two
    ship = find(document, "船舶产值")
    of_a, of_b = (opened(one.get(f"{address(ship)}?edit=1")) for one in two)
    mine = FOUND | {"target": str(ship.target_id)}
    assert a.post(address(ship), mine | {"opened": of_a}, headers=headers).status_code in (200, 302)
    answer = b.post(address(ship), mine | {"value": "170", "opened": of_b}, headers=headers)
    assert answer.status_code == 422 and "160" in words(answer) and "170" in words(answer)
    refused = b.post(address(ship), {"decision": "rejected", "opened": of_b}, headers=headers)
    assert refused.status_code == 422 and "您填的是" in words(refused)
    blind = b.post(address(ship), {"decision": "rejected"}, headers=headers)
    assert blind.status_code == 422 and "没有带上打开时的值" in words(blind)
    ship.refresh_from_db()
    assert (ship.decision, ship.corrected["value"]) == ("corrected", 160.0)
    # the card that was shown stands on the newest state
    done = b.post(address(ship), mine | {"value": "170", "opened": opened(answer)}, headers=headers)
    ship.refresh_from_db()
    assert done.status_code in (200, 302) and ship.corrected["value"] == 170.0


def test_the_target_that_an_item_means(two, document) -> None:  # noqa: F811
    """A chose another target for the item; B's older form had the first one selected and changed only the
    value.
    """
    a, b = two
    ship = find(document, "船舶产值")
    first, second = ship.target_id, Target.objects.exclude(pk=ship.target_id).first()
    assert second is not None
    kept = FOUND | {"target": str(first)}
    assert a.post(address(ship), kept | {"opened": opened(a.get(f"{address(ship)}?edit=1"))}).status_code == 302
    of_b = opened(b.get(f"{address(ship)}?edit=1"))
    moved = kept | {"target": str(second.pk), "opened": opened(a.get(f"{address(ship)}?edit=1"))}
    assert a.post(address(ship), moved).status_code == 302
    answer = b.post(address(ship), kept | {"value": "170", "opened": of_b})
    assert answer.status_code == 422 and f"现在是“{second.code}”" in words(answer)
    ship.refresh_from_db()
    assert ship.target_id == second.pk
