"""Records are found and opened by whoever sees them, and nobody else."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from qiangqu.base.errors import NotFoundError
from qiangqu.records.acts import Act, Acts
from qiangqu.records.finding import Findable
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action
from qiangqu.registry.tests import factories

FOUND = Findable(
    model=Area,
    page="areas-detail",
    related=("parent",),
    search=("name", "code"),
    detail=lambda area: f"在{area.parent}",
    beside=("parent",),
    unread=("note",),
    order="code",
)
AREAS = Acts(Area, "area", may=lambda user, area: user.username == "zone", state="level", title="name")
OPENED: list[str] = []
PAGE = RecordPage(
    of=FOUND,
    acts=AREAS,
    action=Action.EDIT_REGISTERS,
    template="ui/search.html",
    context=lambda area, user, may: {"q": f"{area.name} {sorted(may.items())}", "hits": []},
    opened=lambda area, user: OPENED.append(area.code),
)


@AREAS.declare("marked", "标记", states=("zone",))
def mark(act: Act[Area]) -> None:
    act.record.note = "marked"


@pytest.fixture
def scene(db):
    areas = factories.tree()
    return areas, factories.users(areas)


def test_one_is_found_by_those_who_see_it(scene) -> None:
    areas, people = scene
    zone = areas["Z1"]
    assert FOUND.one(people["zone"], zone.pk) == zone
    for user, pk in ((people["neighbour"], zone.pk), (people["zone"], 10**6)):
        with pytest.raises(NotFoundError, match="没有这个区域，或您无权查看"):
            FOUND.one(user, pk)


def test_a_subject_leads_to_the_page(scene) -> None:
    areas, people = scene
    zone = areas["Z1"]
    expected = (str(zone), f"/areas/{zone.pk}/")
    assert FOUND.link(people["zone"], str(zone.pk)) == FOUND.link(people["zone"], f"{zone.pk}:7") == expected
    for rest in ("", "x", "-1", "0", "9" * 30, "1e3", "٣", "\0"):
        assert FOUND.link(people["zone"], rest) is None, rest
    assert FOUND.link(people["neighbour"], str(zone.pk)) is None


def test_a_text_is_looked_for_in_every_field(scene) -> None:
    areas, people = scene
    for text in (areas["Z1"].name, "Z1"):
        (hit,) = FOUND.find(text, people["zone"], 5)
        assert (hit.kind, hit.title, hit.url) == ("区域", str(areas["Z1"]), f"/areas/{areas['Z1'].pk}/")
        assert hit.detail == f"在{areas['Z1'].parent}"
    assert not list(FOUND.find("Z1", people["neighbour"], 5))
    every = [hit.title for hit in FOUND.find("", people["planner"], 100)]
    assert len(every) > 3 and [hit.title for hit in FOUND.find("", people["planner"], 2)] == every[:2]


def test_the_page_says_what_is_open_and_is_for_those_with_the_permission(scene) -> None:
    areas, people = scene

    def get(user: Any) -> Any:
        client = Client()
        client.force_login(user)
        return PAGE.urls("x/")[0].callback(client.get("/").wsgi_request, pk=areas["Z1"].pk)

    OPENED.clear()
    shown = get(people["zone"])
    assert shown.status_code == 200 and "True" in shown.content.decode() and OPENED == ["Z1"]
    with pytest.raises(NotFoundError):
        get(people["neighbour"])
    with pytest.raises(PermissionDenied):
        get(people["leader"])
    assert OPENED == ["Z1"]
    assert [one.name for one in PAGE.urls("x/")] == ["areas-detail", "areas-detail-act"]
