"""The API as a whole: its description is valid, nobody unknown gets anything, tokens and sessions open the
same, hostile values get an answer.
"""

import json
import re
from functools import cache
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from qiangqu.registry.models import User
from qiangqu.registry.tokens import make_token
from qiangqu.site.api import api

pytestmark = pytest.mark.django_db
METHODS = ("get", "post", "put", "patch", "delete")


@cache
def paths() -> dict[str, Any]:
    """The described paths; describing them all takes seconds."""
    found: dict[str, Any] = api.get_openapi_schema()["paths"]
    return found


def operations() -> list[tuple[str, str]]:
    return sorted((path, method) for path, item in paths().items() for method in item if method in METHODS)


@pytest.mark.one_database  # it describes
def test_the_description_is_valid_openapi_and_every_operation_says_what_it_is(client: Client) -> None:
    client.force_login(User.objects.create_user("reader", password="x", role="admin"))
    document = client.get("/api/openapi.json").json()
    validate(document)
    assert len(operations()) > 40
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert operation.get("summary"), (method, path)


def test_a_stranger_gets_nothing(client: Client) -> None:
    opened = []
    for path, method in operations():
        address = re.sub(r"\{\w+\}", "1", path)
        for headers in ({}, {"Authorization": "Bearer nonsense"}):
            answer = client.generic(method.upper(), address, "{}", content_type="application/json", headers=headers)
            opened += [(path, method, headers, answer.status_code)] if answer.status_code != 401 else []
    assert opened == []


def test_a_token_opens_what_the_session_opens_and_can_be_taken_away(client: Client) -> None:
    user = User.objects.create_user("reader", password="x", role="admin")
    token, secret = make_token(user, "测试")
    by_token = Client().get("/api/v1/registry/areas", HTTP_AUTHORIZATION=f"Bearer {secret}")
    client.force_login(user)
    assert by_token.status_code == 200
    assert by_token.json() == client.get("/api/v1/registry/areas").json()
    token.delete()
    assert Client().get("/api/v1/registry/areas", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 401


def reads() -> list[tuple[str, list[str]]]:
    """Paths that only read, with the names of their query parameters."""
    return sorted(
        (path, [p["name"] for p in item["get"].get("parameters", []) if p["in"] == "query"])
        for path, item in paths().items()
        if "get" in item
    )


HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "-1",
            "0",
            "99999999999999999999",
            "1e308",
            "nan",
            "../..",
            "'; DROP TABLE x;--",
            "<script>",
            "\x00",
            "2026-13",
            "%",
        ]
    ),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_hostile_values_get_an_answer(client: Client, data: st.DataObject) -> None:
    user = User.objects.filter(username="reader").first() or User.objects.create_user(
        "reader", password="x", role="admin"
    )
    client.force_login(user)
    path, names = data.draw(st.sampled_from(reads()))
    filled = re.sub(
        r"\{\w+\}", lambda _m: data.draw(st.sampled_from(["1", "0", "abc", "999999999999", "a b", "规模"])), path
    )
    query = {name: data.draw(HOSTILE) for name in names if data.draw(st.booleans())}
    answer = client.get(filled, query)
    assert answer.status_code in (200, 400, 403, 404, 409, 422), (filled, query)
    if answer.headers["Content-Type"].startswith("application/json"):
        json.loads(answer.content)
