"""Every GET address of the site and of the API with hostile values in its path and its query: a page or a
sentence, never an error of the program.
"""

import json
import os
from itertools import cycle, islice

import pytest
from django.test import Client

from qiangqu.registry.models import Role, User
from qiangqu.registry.tests import factories
from qiangqu.site.packs import find_pack
from qiangqu_demo.prepare import prepare

from .crawling import crawl, of_test_client
from .sweeping import PARTS, VALUES, Sweep, addresses, routes

# QIANGQU_SWEEP=some: each parameter gets the next few of the values, so that all are tried over the whole
# (minutes); =all: all with each (hours)
SWEEP = os.environ.get("QIANGQU_SWEEP", "")
EACH = len(VALUES) if SWEEP == "all" else 5


@pytest.mark.skipif(not SWEEP, reason="takes long: QIANGQU_SWEEP=some or =all")
@pytest.mark.demonstration
@pytest.mark.django_db(transaction=True)
def test_no_address_breaks() -> None:
    prepare(find_pack("ningxia"), lambda _text: None, enterprises=60, months=26)
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(username="admin"))
    seen = list(crawl(of_test_client(client), per_kind=1, limit=130).statuses)
    found = addresses(client, seen, json.loads(client.get("/api/openapi.json").content))
    assert {one.route for one in found} == set(routes()) and len(found) > 300
    sweep, values, parts = Sweep(client), cycle(VALUES), cycle(PARTS)
    for address in found:
        # the library's own, the same for every query
        if not address.route.startswith(("api/openapi", "api/docs")):
            sweep.hostile(address, lambda: islice(values, EACH), lambda: islice(parts, EACH))
    assert sweep.faults == {}
    assert sweep.asked > 1000


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "lists=x",
        "items=1&lists=2",
        "per_page=-1",
        "per_page=0",
        "per_page=1000000",
        "page=0",
        "page=-1",
        "page=last",
        f"page={10**400}",
    ],
)
def test_names_that_the_page_itself_uses(client: Client, query: str) -> None:
    """A template reads ``request.GET.lists`` as the parameter "lists" first."""
    client.force_login(factories.user(Role.ADMIN, factories.tree()["R"], "admin"))
    for page in ("/areas/", "/accounts/", "/roles/", "/search/"):
        assert client.get(f"{page}?{query}").status_code == 200
    assert len(client.get(f"/areas/?{query}").context["rows"]) == 6
