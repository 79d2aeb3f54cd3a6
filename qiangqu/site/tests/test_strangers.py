"""Every address of the site, as a stranger: nothing but the signing-in page and the few public ones is
answered.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

PUBLIC = {
    "login": 200,
    "logout": 302,
    "healthz": 200,
    "metrics": 200,
    "set_language": 302,
    "robots": 200,
    "public-service": 200,
    "public-query": 200,
    "public-open": 404,
    "public-draws": 200,
    "public-draw-verify": 200,
    "public-draw-script": 200,
}
PUBLIC_ROUTES = ("static/", "api/docs", "api/openapi.json")
SAMPLE = {"int": "1", "str": "x", "slug": "x", "path": "x", "uuid": "00000000-0000-4000-8000-000000000000"}


def _sample(converter: Any) -> str:
    name = type(converter).__name__.removesuffix("Converter").lower()
    return SAMPLE.get({"string": "str"}.get(name, name), "x")


def every_address(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(address with sample arguments, route name) of every pattern that is written as a route."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = str(pattern.pattern)
        if isinstance(pattern.pattern, RoutePattern):
            for converter in pattern.pattern.converters.values():
                route = re.sub(r"<[^>]*>", _sample(converter), route, count=1)
        if isinstance(pattern, URLResolver):
            yield from every_address(pattern.url_patterns, prefix + route)
        elif isinstance(pattern, URLPattern):
            yield "/" + (prefix + route).lstrip("^").rstrip("$"), pattern.name or ""


@pytest.mark.django_db
def test_a_stranger_is_sent_to_sign_in_or_refused(client):
    answered = {}
    count = 0
    for address, name in every_address():
        if address.lstrip("/").startswith(PUBLIC_ROUTES):
            continue
        count += 1
        for method in ("get", "post"):
            response = getattr(client, method)(address)
            expected = {PUBLIC.get(name), 302, 401, 403, 404, 405}
            to_login = response.status_code != 302 or "login" in response.headers["Location"] or name in PUBLIC
            if name not in PUBLIC and (response.status_code not in expected or not to_login):
                answered[f"{method} {address}"] = response.status_code
    assert count > 20
    assert answered == {}
