"""The registers' JSON: scope, paging, filters, days, tokens."""

import pytest
from django.urls import path
from ninja import NinjaAPI
from ninja.security import django_auth

from qiangqu.base.errors import NotFoundError, QiangquError
from qiangqu.registry.api import router

from . import factories

api = NinjaAPI(urls_namespace="registry-tests", auth=django_auth)
api.add_router("", router)


@api.exception_handler(QiangquError)
def _explain(request, error):
    return api.create_response(request, {"detail": str(error)}, status=404 if isinstance(error, NotFoundError) else 422)


urlpatterns = [path("api/", api.urls)]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def firms(areas):
    return [
        factories.enterprise(areas["Z1" if n % 2 else "Z3"], n, scale="above" if n <= 4 else "small")
        for n in range(1, 11)
    ]


def test_strangers_get_nothing(client, firms):
    assert client.get("/api/organisations").status_code == 401
    assert client.get(f"/api/organisations/{firms[0].pk}").status_code == 401


def test_each_user_gets_his_own(signed_in, firms):
    for name, count in (("planner", 10), ("zone", 5), ("city", 5), ("neighbour", 5)):
        assert signed_in(name).get("/api/organisations").json()["count"] == count
    client = signed_in("neighbour")
    assert client.get(f"/api/organisations/{firms[0].pk}").status_code == 404
    assert client.get("/api/organisations?area=Z1").status_code == 404
    assert client.get(f"/api/organisations/{firms[1].pk}").json()["area"] == {
        "id": firms[1].area_id,
        "code": "Z3",
        "name": "西一开发区",
    }


def test_paging_filters_and_days(signed_in, firms, areas):
    client = signed_in("planner")
    page = client.get("/api/organisations?limit=3&offset=9").json()
    assert page["count"] == 10 and len(page["items"]) == 1
    assert client.get("/api/organisations?scale=above").json()["count"] == 4
    assert client.get("/api/organisations?area=Z1&scale=above").json()["count"] == 2
    assert client.get("/api/organisations?scale=nonsense").status_code == 422
    assert client.get("/api/organisations?limit=501").status_code == 422
    assert client.get("/api/organisations?as_of=2019-01-01").json()["count"] == 0
    one = firms[0]
    one.name = "改名后"
    one.save()
    old = client.get(f"/api/organisations/{one.pk}?as_of=2022-01-01").json()
    assert old["name"] == "试验企业1" and client.get(f"/api/organisations/{one.pk}").json()["name"] == "改名后"
    assert old["valid_from"] == "2020-01-01" and old["simulated"] is False


def test_roles_count_here_too(signed_in, people):
    assert signed_in("planner").get("/api/users").status_code == 403
    assert signed_in("zone").get("/api/audit").status_code == 403
    users = signed_in("admin").get("/api/users").json()
    assert users["count"] == 6 and "password" not in users["items"][0]


def test_the_session_choice_of_a_page_does_not_reach_the_api(signed_in, firms):
    client = signed_in("planner")
    session = client.session
    session["area"] = "Z1"
    session.save()
    assert client.get("/api/organisations").json()["count"] == 10


def test_every_register_is_in_the_schema():
    schema = api.get_openapi_schema()
    paths = {name.removeprefix("/api/") for name in schema["paths"]}
    assert {"areas", "organisations", "parcels", "projects", "recognitions", "industries", "users", "audit"} <= paths
