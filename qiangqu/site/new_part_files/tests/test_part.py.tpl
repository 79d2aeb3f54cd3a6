"""The register, its page, its JSON and its command say the same, and only of areas that the user may see."""

import datetime as dt
import json

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse

from qiangqu.domains.$name.commands import ${name}_group
from qiangqu.domains.$name.models import $model
from qiangqu.registry.tests import factories

pytestmark = pytest.mark.django_db
BORN = dt.date(2024, 1, 1)


@pytest.fixture
def people():
    areas = factories.tree()
    for code, area in (("a", "Z1"), ("b", "Z1"), ("c", "Z3")):
        $model.objects.create(code=code, name=f"记录{code}", area=areas[area], valid_from=BORN)
    $model.objects.create(code="d", name="已结束", area=areas["Z1"], valid_from=BORN, valid_to=dt.date(2024, 6, 30))
    return factories.users(areas)


def enter(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_page_api_and_command_count_the_same(people) -> None:
    counts = [{"code": "Z1", "name": "东一开发区", "count": 2}, {"code": "Z3", "name": "西一开发区", "count": 1}]
    client = enter(people["planner"])
    assert client.get("/api/v1/$code/distribution").json() == counts
    done = CliRunner().invoke(${name}_group, ["count", "--format", "json"], catch_exceptions=False)
    assert json.loads(done.stdout) == counts
    page = client.get(reverse("$code-distribution"))
    assert [one.count for one in page.context["counts"]] == [2, 1]
    assert "东一开发区" in page.content.decode()


def test_neighbours_see_their_own(people) -> None:
    client = enter(people["neighbour"])
    assert [one["code"] for one in client.get("/api/v1/$code/distribution").json()] == ["Z3"]
    assert client.get("/api/v1/$code/distribution?area=Z1").status_code == 404
    assert [one["code"] for one in client.get("/api/v1/$code/$code").json()["items"]] == ["c"]
    shown = client.get(reverse("$code-list")).content.decode()
    assert "记录c" in shown and "记录a" not in shown


def test_who_may_edit_is_declared(people) -> None:
    for name, status in (("zone", 200), ("leader", 403)):
        assert enter(people[name]).get(reverse("$code-create")).status_code == status, name


def test_strangers_are_sent_away(people) -> None:
    assert Client().get("/api/v1/$code/distribution").status_code == 401
    assert Client().get(reverse("$code-distribution")).status_code == 302
