"""Guessing is slowed down, nobody is locked out; who is behind a proxy counts for himself; one act ends all
that speaks for a user.
"""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qiangqu.registry import throttle, tokens
from qiangqu.registry.models import ApiToken, AuditEntry, KnownPlace, LoginFailure, Role, SignIn, User
from qiangqu.registry.tests import factories
from qiangqu.ui.peers import client_of
from qiangqu.ui.tests.opened import send

pytestmark = pytest.mark.django_db


@pytest.fixture
def areas(db):
    return factories.tree()


@pytest.fixture(autouse=True)
def _clock_stands(monkeypatch):
    """Waits are seconds: on a slow machine they would be over before they are looked at."""
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)


@pytest.fixture
def person(areas):
    made = factories.user(Role.LEADER, areas["R"], "zhang")
    made.set_password(factories.PASSWORD)
    made.save()
    return made


def sign_in(client, password=factories.PASSWORD, username="zhang", **more):
    return client.post(reverse("login"), {"username": username, "password": password}, **more)


def later(seconds: int) -> None:
    """As if all failures had been so long ago."""
    for row in LoginFailure.objects.all():
        LoginFailure.objects.filter(pk=row.pk).update(at=row.at - dt.timedelta(seconds=seconds))


def test_waits_double_up_to_the_longest() -> None:
    now = timezone.now()
    limit = throttle.Limit(2, 2, 30)
    waits = [limit.wait([now] * n, now) for n in range(9)]
    assert waits == [0, 0, 2, 4, 8, 16, 30, 30, 30]
    assert limit.wait([now - dt.timedelta(seconds=3)] * 3, now) == 1
    assert limit.wait([now + dt.timedelta(days=1)] * 3, now) == 30, "a clock set back"


def test_a_refused_attempt_costs_nothing_and_the_wait_ends(client, person):
    for _ in range(throttle.OF_ACCOUNT_AND_NETWORK.free):
        sign_in(client, "wrong")
    for _ in range(30):
        assert "失败次数过多" in sign_in(client).content.decode()
    assert LoginFailure.objects.count() == throttle.OF_ACCOUNT_AND_NETWORK.free
    later(throttle.OF_ACCOUNT_AND_NETWORK.first)
    assert sign_in(client).status_code == 302


def test_wrong_names_from_a_network_do_not_shut_out_who_is_known_there(client, person):
    assert sign_in(Client()).status_code == 302
    for n in range(throttle.OF_NETWORK.free + 20):
        sign_in(Client(), "wrong", f"nobody{n}")
        later(0)
    assert LoginFailure.objects.count() >= throttle.OF_NETWORK.free
    assert sign_in(Client()).status_code == 302, "the same network, another browser"


def test_who_is_not_known_waits_only_seconds_for_the_sins_of_his_network(client, person):
    LoginFailure.objects.bulk_create(
        LoginFailure(username=f"n{n}", address="127.0.0.1", network="127.0.0.1") for n in range(500)
    )
    assert "失败次数过多" in sign_in(client).content.decode()
    later(throttle.OF_NETWORK.longest)
    assert sign_in(client).status_code == 302


@pytest.mark.one_database  # every attempt asks what the tests after it ask
def test_an_attack_on_an_account_does_not_shut_its_owner_out(client, person):
    assert sign_in(client).status_code == 302
    client.post(reverse("logout"))
    for n in range(300):  # a thousand machines that know his name
        sign_in(Client(), "wrong", REMOTE_ADDR=f"203.0.113.{n % 250}")
    assert "失败次数过多" in sign_in(Client(), REMOTE_ADDR="203.0.113.251").content.decode()
    assert sign_in(Client()).status_code == 302, "from where he is known"
    for _ in range(20):
        sign_in(Client(), "wrong")  # and from his own network as well
    assert "失败次数过多" in sign_in(Client()).content.decode()
    assert sign_in(client).status_code == 302, "his own browser"


def test_a_known_browser_is_no_way_to_guess(client, person):
    assert sign_in(client).status_code == 302
    client.post(reverse("logout"))
    for _ in range(throttle.OF_DEVICE.free):
        sign_in(client, "wrong")
    assert "失败次数过多" in sign_in(client).content.decode()
    # nor is it one for another's account
    other = factories.user(Role.ADMIN, person.area, "li")
    other.set_password(factories.PASSWORD)
    other.save()
    for _ in range(throttle.OF_ACCOUNT_AND_NETWORK.free):
        sign_in(client, "wrong", "li")
    assert "失败次数过多" in sign_in(client, username="li").content.decode()


def test_networks_of_ipv6_are_counted_whole(client, person):
    for n in range(throttle.OF_ACCOUNT_AND_NETWORK.free):
        sign_in(Client(), "wrong", REMOTE_ADDR=f"2001:db8:1:2::{n}")
    assert "失败次数过多" in sign_in(Client(), REMOTE_ADDR="2001:db8:1:2:ffff::1").content.decode()
    assert sign_in(Client(), REMOTE_ADDR="2001:db8:1:3::1").status_code == 302


def test_the_public_pages_have_counters_of_their_own(client, person):
    for _ in range(throttle.OF_PUBLIC[throttle.PUBLIC_QUERY].free):
        assert client.post(reverse("public-query"), {"_number": "X", "_code": "y"}).status_code == 404
    assert client.post(reverse("public-query"), {"_number": "X", "_code": "y"}).status_code == 429
    for _n in range(200):
        LoginFailure.objects.create(purpose=throttle.PUBLIC_OPEN, address="127.0.0.1", network="127.0.0.1", username="")
    assert sign_in(client).status_code == 302
    for _ in range(throttle.OF_ACCOUNT_AND_NETWORK.free):
        sign_in(Client(), "wrong")
    later(throttle.OF_PUBLIC[throttle.PUBLIC_QUERY].longest)
    assert client.post(reverse("public-query"), {"_number": "X", "_code": "y"}).status_code == 404


def test_addresses_behind_proxies(settings):
    from ipaddress import ip_network

    settings.QIANGQU_TRUSTED_PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
    assert client_of("10.0.0.1", "198.51.100.7") == "198.51.100.7"
    assert client_of("10.0.0.1", "1.1.1.1, 198.51.100.7, 10.0.0.2") == "198.51.100.7", "what is left of it is hearsay"
    assert client_of("10.0.0.1", "198.51.100.7:4711") == "198.51.100.7"
    assert client_of("::ffff:10.0.0.1", "[2001:db8::1]:443") == "2001:db8::1"
    assert client_of("fd00::1", "unknown") == "fd00::1"
    assert client_of("10.0.0.1", "") == "10.0.0.1"
    assert client_of("198.51.100.9", "1.1.1.1") == "198.51.100.9", "not a proxy of ours"


def test_forwarded_addresses_count_only_from_a_trusted_proxy(client, person, settings):
    from ipaddress import ip_network

    for n in range(throttle.OF_ACCOUNT_AND_NETWORK.free):
        sign_in(client, "wrong", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}")
    blocked = sign_in(client, HTTP_X_FORWARDED_FOR="198.51.100.99")
    assert "失败次数过多" in blocked.content.decode(), "he only says so"
    settings.QIANGQU_TRUSTED_PROXIES = [ip_network("127.0.0.1")]
    assert sign_in(Client(), HTTP_X_FORWARDED_FOR="198.51.100.1").status_code == 302
    assert SignIn.objects.get().address == "198.51.100.1"


def test_tls_is_believed_only_from_a_trusted_proxy(client, settings):
    from ipaddress import ip_network

    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 100
    assert "Strict-Transport-Security" not in client.get("/healthz", HTTP_X_FORWARDED_PROTO="https").headers
    settings.QIANGQU_TRUSTED_PROXIES = [ip_network("127.0.0.0/8")]
    answer = Client().get("/healthz", HTTP_X_FORWARDED_PROTO="https")
    assert answer.headers["Strict-Transport-Security"] == "max-age=100"


def _all_that_speaks(person):
    """Two browsers, a token, a calendar address."""
    from qiangqu.domains.office.meetings.calendar import make_feed

    browsers = [Client(), Client()]
    for one in browsers:
        assert sign_in(one).status_code == 302
    _token, text = tokens.make_token(User.objects.get(pk=person.pk), "x")
    return browsers, text, make_feed(User.objects.get(pk=person.pk))


def _speaks(browsers, token, feed):
    answers = [one.get("/accounts/").status_code == 200 for one in browsers]
    answers.append(
        Client().get("/api/v1/registry/areas", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    )
    answers.append(Client().get(reverse("calendar-feed", args=[feed])).status_code == 200)
    return answers


def test_a_new_password_ends_all_but_the_session_that_set_it(person):
    browsers, token, feed = _all_that_speaks(person)
    assert _speaks(browsers, token, feed) == [True, True, True, True]
    new = {"new_password1": "another-long-one-1", "new_password2": "another-long-one-1"}
    assert browsers[0].post(reverse("password-change"), {"old_password": factories.PASSWORD, **new}).status_code == 302
    assert _speaks(browsers, token, feed) == [True, False, False, False]


@pytest.mark.parametrize("act", ["reset", "off", "command", "own"])
def test_each_act_ends_everything_and_nothing_revives(person, act, areas):
    browsers, token, feed = _all_that_speaks(person)
    admin = Client()
    admin.force_login(factories.user(Role.ADMIN, areas["R"], "admin2"))

    def change(**fields):
        page = admin.get(f"/users/{person.pk}/edit/")
        form = page.context["form"]
        data = {name: form.initial.get(name, "") or "" for name in form.fields if name != "opened"} | {
            "is_active": "on"
        }
        data |= fields
        answer = send(admin, f"/users/{person.pk}/edit/", {k: v for k, v in data.items() if v is not None})
        assert answer.status_code == 302, answer.content.decode()

    if act == "reset":
        change(new_password="another-long-one-1")
    elif act == "off":
        change(is_active=None)
        assert _speaks(browsers, token, feed) == [False] * 4
        change()
        assert User.objects.get(pk=person.pk).is_active
    elif act == "command":
        fresh = User.objects.get(pk=person.pk)
        fresh.set_password("another-long-one-1")  # as manage.py changepassword does
        fresh.save()
    else:
        assert browsers[0].post(reverse("access-end")).status_code == 302
    assert _speaks(browsers, token, feed) == [False] * 4
    assert not KnownPlace.objects.filter(user=person).exists() and not ApiToken.objects.exists()


def test_signing_in_with_an_older_hash_ends_nothing(person, settings):
    _browsers, token, feed = _all_that_speaks(person)
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    assert sign_in(Client()).status_code == 302
    assert User.objects.get(pk=person.pk).password.startswith("scrypt")
    assert _speaks([], token, feed) == [True, True]


def test_one_session_is_ended_from_another(person):
    here, there = Client(), Client()
    sign_in(here)
    sign_in(there)
    page = here.get("/accounts/").content.decode()
    assert page.count("本次会话") == 1
    row = SignIn.objects.order_by("id").last()
    stranger = Client()
    stranger.force_login(factories.user(Role.ADMIN, person.area, "other"))
    assert stranger.post(reverse("session-end", args=[row.pk])).status_code == 404
    assert here.post(reverse("session-end", args=[row.pk])).status_code == 302
    assert there.get("/accounts/").status_code == 302 and here.get("/accounts/").status_code == 200
    assert AuditEntry.objects.filter(action="session_ended").count() == 1


@pytest.mark.one_database  # every request asks the same
def test_sessions_end_by_themselves(client, person, monkeypatch, settings):
    import time as clock

    from qiangqu.registry import sessions

    sign_in(client)
    client.get("/accounts/")
    now = clock.time()
    moment = {"now": now}
    monkeypatch.setattr(sessions.time, "time", lambda: moment["now"])
    for _ in range(3):  # used now and then
        moment["now"] += settings.QIANGQU_SESSION_IDLE_MINUTES * 60 - 5
        assert client.get("/accounts/").status_code == 200
    moment["now"] += 100
    for _ in range(80):  # an open page that only asks for its counters
        moment["now"] += settings.QIANGQU_SESSION_IDLE_MINUTES * 60 / 80
        answer = client.get("/accounts/", headers={"X-Poll": "1"})
    assert answer.status_code == 302 and not SignIn.objects.exists()

    sign_in(client)
    client.get("/accounts/")
    moment["now"] = now
    for _ in range(settings.QIANGQU_SESSION_HOURS + 3):
        moment["now"] += 3600
        answer = client.get("/accounts/")
    assert answer.status_code == 302, "however much it was used"


def test_a_session_is_not_kept_under_the_key_that_the_browser_holds(client, person):
    from django.contrib.sessions.models import Session

    sign_in(client)
    assert not Session.objects.filter(session_key=client.cookies["sessionid"].value).exists()
    assert Session.objects.count() == 1


def test_ways_in_for_administrators(client, person):
    from click.testing import CliRunner

    from qiangqu.registry.commands import user_group

    for _ in range(10):
        sign_in(client, "wrong")
    assert "失败次数过多" in sign_in(client).content.decode()
    done = CliRunner().invoke(user_group, ["unlock", "zhang"])
    assert done.exit_code == 0, done.output
    assert sign_in(client).status_code == 302
    for _ in range(10):
        sign_in(Client(), "wrong")
    done = CliRunner().invoke(user_group, ["password", "zhang", "--password", "quite-another-1"])
    assert done.exit_code == 0, done.output
    assert sign_in(Client(), "quite-another-1").status_code == 302
    assert client.get("/accounts/").status_code == 302
