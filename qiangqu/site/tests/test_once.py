"""A form sent several times makes one record, in every part; what answers GET answers HEAD."""

import re
import threading
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from qiangqu.domains.office.models.meetings import CalendarEvent
from qiangqu.registry.models import ApiToken, Area, Role
from qiangqu.registry.tests import factories
from qiangqu.ui.models import Submission


def hidden(page: str, mark: str = "") -> dict[str, str]:
    """The hidden fields of the form of a page that holds ``mark``."""
    forms = [
        form
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", page, re.S)
        if mark in form and "setlang" not in form
    ]
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', forms[-1])
    return dict(fields)


@pytest.fixture
def admin(db: Any) -> Client:
    areas = factories.tree()
    client = Client()
    client.force_login(factories.user(Role.ADMIN, areas["R"], "admin"))
    return client


def test_every_form_carries_a_number_of_its_own(admin: Client) -> None:
    pages = [admin.get("/areas/new/").content.decode() for _ in range(2)]
    numbers = re.findall(r'name="_once" value="([0-9a-f]{32})"', "".join(pages))
    assert len(numbers) == len(set(numbers)) >= 4
    assert all(page.count("csrfmiddlewaretoken") == page.count('name="_once"') for page in pages)


def test_a_record_is_made_once_and_the_repeat_lands_on_it(admin: Client) -> None:
    form = hidden(admin.get("/areas/new/").content.decode(), "short_name")
    top = Area.objects.get(parent=None)
    form |= {
        "code": "R-9", "name": "新区", "short_name": "新区", "level": "zone", "parent": str(top.pk), "valid_from": "2024-01-01",
    }  # fmt: skip
    answers = [admin.post("/areas/new/", form) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [302] * 3, answers[0].content.decode()
    assert {answer.headers["Location"] for answer in answers} == {f"/areas/{Area.objects.get(code='R-9').pk}/"}
    other = admin.post("/areas/new/", form | {"name": "别的新区"})
    assert other.status_code == 422, "the same number with other content is another act"


def test_what_was_refused_can_be_mended_and_sent_again(admin: Client) -> None:
    form = hidden(admin.get("/office/calendar/events/new").content.decode(), 'name="title"')
    form |= {"title": "例会", "start": "2026-11-30T10:00", "end": "2026-11-30T09:00"}
    url = "/office/calendar/events/new"
    assert admin.post(url, form).status_code == 422
    assert admin.post(url, form).status_code == 422
    assert not Submission.objects.exists()
    good = form | {"end": "2026-11-30T11:00"}
    assert [admin.post(url, good).status_code for _ in range(3)] == [302] * 3
    assert CalendarEvent.objects.count() == 1


def test_another_user_with_the_same_number_is_another_act(admin: Client) -> None:
    form = hidden(admin.get("/office/calendar/events/new").content.decode(), 'name="title"')
    form |= {"title": "例会", "start": "2026-11-30T10:00", "end": "2026-11-30T11:00"}
    other = Client()
    other.force_login(factories.user(Role.PLANNER, Area.objects.get(code="R"), "p"))
    for client in (admin, other, admin, other):
        assert client.post("/office/calendar/events/new", form).status_code == 302
    assert CalendarEvent.objects.count() == 2


def test_a_token_is_made_once_and_shown_again(admin: Client) -> None:
    form = hidden(admin.get("/accounts/").content.decode(), 'name="days"') | {"name": "程序", "days": "90"}
    shown = [re.search(r"qq_[\w-]{20,}", admin.post("/accounts/", form).content.decode()) for _ in range(3)]
    assert ApiToken.objects.count() == 1 and len({found.group() for found in shown if found}) == 1
    assert shown[0] and shown[0].group() not in "".join(Submission.objects.values_list("answer", flat=True))


def _skip_in_memory() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("threads of one process share the tests' SQLite database in memory, which waits for no lock")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [3])
def test_many_at_once_make_one(number: int) -> None:
    _skip_in_memory()
    areas = factories.tree()
    user = factories.user(Role.ADMIN, areas["R"], "admin")
    first = Client()
    first.force_login(user)
    form = hidden(first.get("/office/calendar/events/new").content.decode(), 'name="title"')
    form |= {"title": "例会", "start": "2026-11-30T10:00", "end": "2026-11-30T11:00"}
    answers = []

    def send() -> None:
        client = Client()
        client.cookies = first.cookies
        answers.append(client.post("/office/calendar/events/new", form).status_code)
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302] * number and CalendarEvent.objects.count() == 1


def test_a_program_says_which_request_is_a_repeat(admin: Client) -> None:
    text = {"event": "x"}
    for _ in range(2):  # refused alike, and nothing is kept of it
        answer = admin.post(
            "/api/v1/cases/cases",
            text,
            content_type="application/json",
            headers={"Idempotency-Key": "a-number-of-mine"},
        )
        assert 400 <= answer.status_code < 500
    assert not Submission.objects.exists()


GETS = ["/accounts/", "/areas/", "/areas/export/", "/areas/new/", "/search/?q=x", "/healthz", "/service/", "/api/v1/registry/areas",
        "/api/v1/registry/areas?limit=x", "/api/openapi.json", "/nowhere/", "/static/ui/ui.js", "/areas/999999/", "/", "/plan/targets"]  # fmt: skip


@pytest.mark.parametrize("url", GETS)
def test_head_is_get_without_a_body(admin: Client, url: str) -> None:
    got, head = admin.get(url), admin.head(url)
    assert head.status_code == got.status_code and head.content == b""
    kept = ("Content-Type", "Location", "Content-Disposition")
    assert [head.headers.get(name) for name in kept] == [got.headers.get(name) for name in kept]
    if not got.streaming and "x-poll" not in url:
        assert abs(int(head.headers["Content-Length"]) - len(got.content)) < 200  # masked tokens differ


def test_head_of_a_calendar_feed_and_of_what_must_be_posted(admin: Client) -> None:
    from qiangqu.domains.office.meetings.calendar import make_feed
    from qiangqu.registry.models import User

    url = reverse("calendar-feed", args=[make_feed(User.objects.get(username="admin"))])
    head = Client().head(url)
    assert (head.status_code, head.content, head.headers["Content-Type"]) == (200, b"", "text/calendar; charset=utf-8")
    assert admin.head(reverse("messages-read-all")).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_twenty_creations_of_one_code_at_once() -> None:
    """Twenty people register the same code in the same moment, each from a form of his own: one wins,
    nineteen get a sentence and keep what they wrote.
    """
    _skip_in_memory()
    areas = factories.tree()
    users = [factories.user(Role.ADMIN, areas["R"], f"admin{n}") for n in range(20)]
    clients = []
    for user in users:
        client = Client(raise_request_exception=False)
        client.force_login(user)
        clients.append((client, hidden(client.get("/areas/new/").content.decode(), "short_name")))
    together = threading.Barrier(len(clients))
    answers: list[Any] = []

    def send(number: int) -> None:
        client, form = clients[number]
        sent = form | {
            "code": "R-9", "name": f"新区{number}", "short_name": "新区", "level": "zone", "parent": str(areas["R"].pk), "valid_from": "2024-01-01",
        }  # fmt: skip
        together.wait()
        answers.append(client.post("/areas/new/", sent))
        connections.close_all()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [one.content.decode() for one in answers if one.status_code == 422]
    assert sorted(one.status_code for one in answers) == [302] + [422] * 19
    assert all(
        "R-9" in page and ("刚刚被别人登记" in page or "已被使用" in page or "已存在" in page or "已经存在" in page)
        for page in refused
    )
    assert Area.objects.filter(code="R-9").count() == 1 and Area.history.filter(code="R-9").count() == 1
