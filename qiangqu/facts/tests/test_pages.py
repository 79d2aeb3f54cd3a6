"""What people see of facts, and what strangers and neighbours do not."""

import datetime as dt

import pytest
from django.test import Client

from qiangqu.facts import reading
from qiangqu.facts.browse import Wanted, find, states
from qiangqu.facts.reading import Where, rows
from qiangqu.facts.scope import facts_in
from qiangqu.facts.store import ingest

from .conftest import all_facts, fact_table

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("qiangqu.facts.tests.urls"),
    pytest.mark.usefixtures("lying"),
]
YEAR, MONTH = 1202400, 5202406


@pytest.fixture
def held(land):
    """Official figures of the region (two sources, one corrected) and what enterprises of two zones
    reported.
    """
    table = fact_table(
        (land.output, land.region, YEAR, 100.0), (land.output, land.zone_a, YEAR, 10.0), source=[land.old.pk] * 2
    )
    land.first = ingest(table, key="first", kind="pack")
    land.second = ingest(
        fact_table((land.output, land.region, YEAR, 101.0), source=[land.new.pk]), key="second", kind="pack"
    )
    land.third = ingest(
        fact_table((land.output, land.region, YEAR, 100.5), source=[land.old.pk]),
        key="third",
        kind="import",
        user=land.planner,
    )
    reports = [
        (land.output, land.a1, MONTH, 1.0),
        (land.output, land.a2, MONTH, 2.0),
        (land.output, land.c1, MONTH, 4.0),
    ]
    land.reported = ingest(fact_table(*reports), key="reported", kind="simulation", simulated=True)
    land.mine = ingest(fact_table((land.energy, land.a1, MONTH, 7.0)), key="mine", kind="form", user=land.staff_a)
    land.facts = {(f.subject_kind, f.subject_id, f.value): f for f in all_facts()}
    return land


def _fact(land, subject, value):
    kind = 1 if hasattr(subject, "parent_id") else 2
    return land.facts[(kind, subject.pk, value)]


def test_the_subtree_decides_which_facts_are_seen(held):
    def values(user):
        return sorted(fact.value for fact in rows(Where(scope=facts_in(user))))

    assert len(values(held.planner)) == reading.count()
    assert values(held.staff_a) == [1.0, 2.0, 7.0, 10.0]
    assert values(held.staff_c) == [4.0]
    assert values(held.bureau) == [1.0, 2.0, 7.0, 10.0]
    assert values(held.firm_a1) == [1.0, 7.0]
    assert values(held.firm_c1) == [4.0]


def test_an_inactive_user_and_one_without_area_see_nothing(held):
    held.planner.is_active = False
    held.leader.posts.update(area=None)
    assert not rows(Where(scope=facts_in(held.planner)))
    assert not rows(Where(scope=facts_in(held.leader)))


@pytest.mark.parametrize(
    "wanted",
    [Wanted(), Wanted(simulated=False), Wanted(simulated=True), Wanted(period=YEAR), Wanted(kind=2)],
    ids=str,
)
def test_paging_gives_every_fact_once(held, wanted):
    everything = [
        fact
        for fact in all_facts()
        if wanted.simulated in (None, fact.batch.simulated)
        and wanted.period in (None, fact.period_key)
        and wanted.kind in (None, fact.subject_kind)
    ]
    seen, after = [], ""
    for _round in range(20):
        page = find(facts_in(held.planner), wanted, after, 2)
        seen += [fact.pk for fact in page.facts]
        after = page.after
        if not after:
            break
    assert sorted(seen) == sorted(fact.pk for fact in everything)


def test_filters_hold_in_either_order_of_walking(held, monkeypatch):
    real = facts_in(held.planner)
    wanted = [
        Wanted(element=held.output.pk, simulated=False),
        Wanted(element=held.energy.pk, simulated=False),
        Wanted(period=MONTH, simulated=False),
    ]
    by_entry = [sorted(fact.pk for fact in find(real, one).facts) for one in wanted]
    monkeypatch.setattr("qiangqu.facts.browse.FEW", -1)
    by_cell = [sorted(fact.pk for fact in find(real, one).facts) for one in wanted]
    assert by_entry == by_cell
    assert [len(found) for found in by_cell] == [4, 1, 1]
    of_source = find(real, Wanted(element=held.output.pk, source=held.old.pk)).facts
    assert sorted(fact.value for fact in of_source) == [10.0, 100.0, 100.5]


def test_a_walk_that_runs_out_of_time_says_where_to_go_on(held, monkeypatch):
    monkeypatch.setattr("qiangqu.facts.browse.BUDGET", -1.0)
    seen, after, stops = [], "", 0
    for _round in range(40):
        page = find(facts_in(held.planner), Wanted(kind=2), after)
        seen += [fact.value for fact in page.facts]
        after, stops = page.after, stops + page.stopped
        if not after:
            break
    assert sorted(seen) == [1.0, 2.0, 4.0, 7.0]
    assert stops


def test_paging_one_element_and_one_subject(held):
    for wanted, count in ((Wanted(element=held.output.pk), 7), (Wanted(kind=2, subject=held.a1.pk), 2)):
        seen, after = [], ""
        while True:
            page = find(facts_in(held.planner), wanted, after, 1)
            seen += [fact.pk for fact in page.facts]
            after = page.after
            if not after:
                break
        assert len(seen) == len(set(seen)) == count


def test_states_of_a_page(held):
    listed = [_fact(held, held.region, value) for value in (100.0, 100.5, 101.0)]
    assert [states(listed)[fact.pk] for fact in listed] == ["superseded", "beside", "current"]


@pytest.mark.parametrize("place", ["x", "1.2", "9" * 30, "-1", "1.2.3.4.5", "²"])
def test_a_wrong_place_is_answered(held, place):
    response = held.client(held.planner).get("/facts/", {"after": place, "element": "gross_output"})
    assert response.status_code == 422
    assert "alert-danger" in response.content.decode()


def test_the_browser_filters_and_links(held):
    client = held.client(held.planner)
    page = client.get("/facts/", {"element": "gross_output", "period": "2024"}).content.decode()
    fact = _fact(held, held.region, 100.5)
    assert f"/facts/{fact.ref}/" in page
    assert "100.5000" in page
    assert "模拟数据" in client.get("/facts/", {"simulated": "1"}).content.decode()
    for query in (
        {"element": "无此要素"},
        {"period": "x"},
        {"source": "x"},
        {"simulated": "2"},
        {"kind": "x"},
        {"subject": "x"},
    ):
        assert client.get("/facts/", query).status_code == 422


def test_a_fact_shows_where_it_came_from_and_what_contradicts_it(held):
    client = held.client(held.planner)
    corrected, newer = _fact(held, held.region, 100.5), _fact(held, held.region, 101.0)
    page = client.get(f"/facts/{corrected.ref}/").content.decode()
    assert held.old.title in page
    assert held.old.url in page
    assert f"/facts/batches/{held.third.pk}/" in page
    assert "更正了此前的数" in page
    assert "其他来源的数不同" in page
    assert f"/facts/{newer.ref}/" in page
    old = client.get(f"/facts/{corrected.supersedes}/").content.decode()
    assert "已被更正为" in old


def test_the_element_page_sums_what_was_reported(held):
    client = held.client(held.planner)
    year = client.get("/elements/gross_output/").content.decode()
    assert "101.0000" in year
    month = client.get("/elements/gross_output/", {"by": "month"})
    sums = {one.area.code: (one.count, one.total) for one in month.context["sums"]}
    assert sums == {"E": (2, 3.0), "W": (1, 4.0)}
    assert "模拟数据" in month.content.decode()
    zone = held.client(held.staff_a).get("/elements/gross_output/", {"by": "month"})
    assert {one.area.code: one.total for one in zone.context["sums"]} == {"Z-A": 3.0}


def test_an_enterprise_that_moved_since_stays_in_the_sums_of_where_it_was(held):
    firm, zone = held.a2, held.zone_a
    firm.area, firm.effective_from = held.c1.area, dt.date(2024, 7, 1)
    firm.save()
    month = held.client(held.planner).get("/elements/gross_output/", {"by": "month"})
    assert {one.area.code: (one.count, one.total) for one in month.context["sums"]} == {"E": (2, 3.0), "W": (1, 4.0)}
    of_zone = held.client(held.staff_a).get("/elements/gross_output/", {"by": "month"})
    assert {one.area.code: one.total for one in of_zone.context["sums"]} == {"Z-A": 3.0}
    zone.parent, zone.effective_from = held.c1.area.parent, dt.date(2024, 7, 1)
    zone.save()
    month = held.client(held.planner).get("/elements/gross_output/", {"by": "month"})
    assert {one.area.code: one.total for one in month.context["sums"]} == {"E": 3.0, "W": 4.0}
    ingest(fact_table((held.output, firm, 5202407, 8.0)), key="later", kind="form", user=held.planner)
    month = held.client(held.planner).get("/elements/gross_output/", {"by": "month"})
    assert {one.area.code: one.total for one in month.context["sums"]} == {"W": 8.0}


def test_what_was_known_on_a_day(held):
    client = held.client(held.planner)
    assert client.get("/facts/", {"as_of": "2020-01-01"}).context["rows"] == []


PAGES = (
    "/elements/", "/elements/gross_output/", "/facts/", "/facts/{fact}/", "/facts/batches/", "/facts/batches/{batch}/", "/facts/sources/",
    "/facts/sources/{source}/", "/facts/imports/", "/facts/imports/template.xlsx", "/facts/imports/elements.xlsx", "/reports/",
)  # fmt: skip
NO_NEIGHBOURS = ("/facts/{fact}/", "/facts/batches/{batch}/")


def _addresses(held, paths):
    places = {"fact": _fact(held, held.a1, 7.0).ref, "batch": held.mine.pk, "source": held.old.pk}
    return [path.format(**places) for path in paths]


def test_every_page_opens_for_those_who_may(held):
    for client in (held.client(held.planner), held.client(held.staff_a)):
        for address in _addresses(held, PAGES):
            assert client.get(address).status_code == 200, address


def test_strangers_are_sent_to_sign_in(held):
    for address in _addresses(held, PAGES):
        response = Client().get(address)
        assert (response.status_code, response.url.split("?")[0]) == (302, "/accounts/login/"), address


def test_neighbours_find_nothing(held):
    for user in (held.staff_c, held.firm_c1):
        client = held.client(user)
        for address in _addresses(held, NO_NEIGHBOURS):
            assert client.get(address).status_code == 404, address
        shown = {row.fact.value for row in client.get("/facts/").context["rows"]}
        assert shown == {4.0}
        assert client.get("/facts/", {"kind": "organisation", "subject": "ENT-A1"}).status_code == 422
        assert not client.get(f"/facts/sources/{held.old.pk}/").context["rows"]
    assert held.client(held.staff_c).get("/facts/?area=Z-A").status_code == 404
    assert held.client(held.firm_a1).get("/facts/imports/").status_code == 403
    assert held.client(held.leader).get("/facts/imports/").status_code == 403


API = ("elements", "elements/gross_output", "facts", "facts/{fact}", "batches", "batches/{batch}", "batches/{batch}/facts", "sources", "sources/{source}", "imports", "forms", "reports")  # fmt: skip


def test_the_api_gives_what_the_pages_show(held):
    client = held.client(held.planner)
    for address in _addresses(held, [f"/api/{path}" for path in API]):
        assert client.get(address).status_code == 200, address
        assert Client().get(address).status_code == 401, address
    page = client.get("/api/facts", {"element": "gross_output", "limit": 3}).json()
    assert len(page["items"]) == 3
    rest = client.get("/api/facts", {"element": "gross_output", "after": page["next"]}).json()
    assert len(rest["items"]) == 4
    one = client.get(_addresses(held, ["/api/facts/{fact}"])[0]).json()
    assert (one["value"], one["unit"], one["subject"], one["state"]) == (7.0, "万吨标准煤", "ENT-A1", "current")
    batch = client.get(f"/api/batches/{one['batch']}").json()
    assert (one["batch_uid"], one["origin"]) == (batch["uid"], batch["origin"]) and 1 <= one["number"] <= batch["rows"]
    assert client.get("/api/facts", {"element": "x"}).status_code == 422


def test_the_api_gives_neighbours_nothing(held):
    for user in (held.staff_c, held.firm_c1):
        client = held.client(user)
        for address in _addresses(held, ["/api/facts/{fact}", "/api/batches/{batch}", "/api/batches/{batch}/facts"]):
            assert client.get(address).status_code == 404, address
        assert {item["value"] for item in client.get("/api/facts").json()["items"]} == {4.0}
    assert held.client(held.staff_c).get("/api/facts?area=Z-A").status_code == 404
    assert held.client(held.firm_a1).get("/api/imports").status_code == 403
