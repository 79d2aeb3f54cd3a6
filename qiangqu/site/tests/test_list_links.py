"""No link of a list leads its viewer into nothing: of every declared list, after things have moved."""

import random
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from qiangqu.registry.models import Area, Organisation, Parcel, User
from qiangqu.site import urls as _addresses  # noqa: F401 - lists are declared with their addresses
from qiangqu.telemetry.models import Device
from qiangqu.ui.lists import declared
from qiangqu.ui.lists.links import Open

from . import rich_scene

pytestmark = pytest.mark.django_db
MOVES = 12
OPENED = 25  # links of a list that are followed for one viewer
LISTS = {one.code: one for one in declared()}
ROWS = re.compile(r"<tbody>(.*?)</tbody>", re.DOTALL)
LINK = re.compile(r'(?:data-)?href="(/[^"]*)"')
#: parameters under which a list has rows in the scene
WHERE = {
    "cases": {"list": "all"},
    "documents": {"list": "out"},
    "meetings": {"list": "all"},
    "alarms": {"shown": "all"},
    "environment-completeness": {"from": "2026-10-20", "to": "2026-11-20"},
    "telemetry-health": {"from": "2026-10-20", "to": "2026-11-20"},
}


@pytest.fixture
def scene(db: None) -> dict[type[Any], list[Any]]:
    """Everything, and much of it moved."""
    rows, rng = rich_scene.everything(5), random.Random(8)
    for _ in range(MOVES):
        next(rich_scene.moves(rng, rows[Area], rows))
    return rows


def links_of(text: str) -> list[str]:
    """Addresses of this site in the rows of a page."""
    body = "".join(ROWS.findall(text))
    return [link.replace("&amp;", "&") for link in dict.fromkeys(LINK.findall(body))]


@pytest.mark.one_database  # what the lists ask is asked of both by test_lists
def test_no_link_of_any_list_leads_into_nothing(scene: dict[type[Any], list[Any]]) -> None:
    wrong, followed = [], 0
    for name in ("user-Z1", "user-Z3", "user-C1"):
        client = Client()
        client.force_login(User.objects.get(username=name))
        answers: dict[str, int] = {}  # many lists lead to the same records
        for code, listing in LISTS.items():
            page = client.get(reverse(listing.page), WHERE.get(code, {}))
            if page.status_code != 200:
                continue
            columns = [one for one, _label, _on in page.context["columns"]]
            page = client.get(reverse(listing.page), {**WHERE.get(code, {}), "columns": columns})
            for link in links_of(page.content.decode())[:OPENED]:
                followed += 1
                if link not in answers:
                    answers[link] = client.get(link).status_code
                if answers[link] in (403, 404):
                    wrong.append((name, code, link, answers[link]))
    assert followed > 200
    assert not wrong


def test_who_does_not_see_the_record_reads_its_name_without_a_link(
    scene: dict[type[Any], list[Any]], django_assert_num_queries: Any
) -> None:
    here, there = Area.objects.get(code="Z1"), Area.objects.get(code="Z3")
    gone, stays = scene[Organisation][:2]
    Organisation.objects.filter(pk=gone.pk).update(area=there, name="迁出的企业", short_name="")
    Organisation.objects.filter(pk=stays.pk).update(area=here, name="留下的企业", short_name="")
    Parcel.objects.update(area=here, holder=gone)
    Parcel.objects.filter(pk=scene[Parcel][0].pk).update(holder=stays)
    client = Client()
    client.force_login(User.objects.get(username="user-Z1"))
    page = client.get("/parcels/", {"ended": "1", "size": "100"})
    text = page.content.decode()
    assert len(page.context["rows"]) == len(scene[Parcel])
    assert "迁出的企业" in text and f'href="/organisations/{gone.pk}/"' not in text
    assert f'href="/organisations/{stays.pk}/"' in text
    zone, devices = User.objects.get(username="user-Z1"), list(Device.objects.all())
    Open(zone, [gone])  # his posts are known
    with django_assert_num_queries(2):  # one for each model, however many records
        found = Open(zone, [*devices, gone, stays, None])
    assert stays in found and gone not in found and None not in found
