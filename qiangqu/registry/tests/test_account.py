"""Signing in, passwords, tokens, users and the audit trail."""

import datetime as dt

import pytest
from click.testing import CliRunner
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qiangqu.registry import audit, throttle, tokens
from qiangqu.registry.commands import audit_group, user_group
from qiangqu.registry.models import ApiToken, AuditEntry, LoginFailure, Role, User
from qiangqu.ui.tests.opened import send

from . import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(areas):
    made = factories.user(Role.PLANNER, areas["R"], "zhang")
    made.set_password(factories.PASSWORD)
    made.save()
    return made


def _sign_in(client, password, username="zhang", **more):
    return client.post(reverse("login"), {"username": username, "password": password, **more})


def test_signing_in_and_out(client, person):
    response = _sign_in(client, factories.PASSWORD, next="/organisations/?area=R")
    assert response.status_code == 302 and response.url == "/organisations/?area=R"
    assert AuditEntry.objects.get().action == "login"
    assert client.get("/accounts/").status_code == 200
    assert client.get(reverse("logout")).status_code == 405, "a link cannot sign one out"
    client.post(reverse("logout"))
    assert client.get("/accounts/").status_code == 302


def test_a_foreign_address_is_not_followed(client, person):
    assert _sign_in(client, factories.PASSWORD, next="https://evil.example/").url == "/"


def test_wrong_passwords_are_answered_alike_and_slowed_down(client, person, monkeypatch):
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)
    unknown = _sign_in(client, "x", username="nobody").content.decode()
    for _ in range(throttle.OF_ACCOUNT_AND_NETWORK.free):
        wrong = _sign_in(client, "wrong").content.decode()
    assert "用户名或密码不对" in unknown and "用户名或密码不对" in wrong
    blocked = _sign_in(client, factories.PASSWORD)
    assert blocked.status_code == 200 and "失败次数过多" in blocked.content.decode()
    assert AuditEntry.objects.filter(action="login_blocked").count() == 1
    LoginFailure.objects.update(at=timezone.now() - dt.timedelta(seconds=throttle.OF_ACCOUNT_AND_NETWORK.first))
    assert _sign_in(client, factories.PASSWORD).status_code == 302
    assert not LoginFailure.objects.filter(username="zhang").exists()


def test_old_failures_are_swept(client, person):
    LoginFailure.objects.create(username="x", address="1.1.1.1")
    LoginFailure.objects.update(at=timezone.now() - throttle.KEPT - dt.timedelta(hours=1))
    _sign_in(client, "wrong", username="y")
    assert list(LoginFailure.objects.values_list("username", flat=True)) == ["y"]


def test_changing_the_password(client, person):
    client.force_login(person)
    form = {"old_password": factories.PASSWORD, "new_password1": "short", "new_password2": "short"}
    assert "至少" in client.post(reverse("password-change"), form).content.decode()
    form |= {"new_password1": "another-long-one-1", "new_password2": "another-long-one-1"}
    assert client.post(reverse("password-change"), form).status_code == 302
    assert client.get("/accounts/").status_code == 200, "this session goes on"
    person.refresh_from_db()
    assert person.check_password("another-long-one-1")
    assert AuditEntry.objects.get().action == "password_changed"


def test_a_token_is_shown_once_and_only_its_hash_is_kept(client, person):
    client.force_login(person)
    text = client.post("/accounts/", {"name": "报表程序", "days": "90"}).content.decode()
    token = ApiToken.objects.get()
    shown = next(part for part in text.replace("<", " ").replace(">", " ").split() if part.startswith(tokens.PREFIX))
    assert tokens.user_of_token(shown) == person and shown not in token.digest
    assert shown not in client.get("/accounts/").content.decode()
    token.refresh_from_db()
    assert token.last_used_on == timezone.localdate()
    stranger = factories.user(Role.PLANNER, person.area, "other")
    client.force_login(stranger)
    assert client.post(reverse("token-delete", args=[token.pk])).status_code == 404
    client.force_login(person)
    assert client.post(reverse("token-delete", args=[token.pk])).status_code == 302
    assert tokens.user_of_token(shown) is None
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "token_created",
        "token_deleted",
    ]


def test_expired_tokens_and_those_of_inactive_users_open_nothing(person):
    token, text = tokens.make_token(person, "x", days=1)
    ApiToken.objects.update(expires_on=timezone.localdate() - dt.timedelta(days=1))
    assert tokens.user_of_token(text) is None
    ApiToken.objects.update(expires_on=timezone.localdate())
    assert tokens.user_of_token(text) == person
    User.objects.update(is_active=False)
    assert tokens.user_of_token(text) is None
    assert tokens.user_of_token(token.digest) is None


@given(st.text(max_size=200))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_text_is_a_token_by_chance(db, text):
    assert tokens.user_of_token(tokens.PREFIX + text.replace("\x00", "")) is None


def test_too_many_tokens_are_refused(client, person):
    for n in range(tokens.MAX_TOKENS):
        tokens.make_token(person, str(n))
    client.force_login(person)
    assert "最多 20 个" in client.post("/accounts/", {"name": "one more", "days": "90"}).content.decode()


def _user_form(area, role="zone", **changes):
    return {
        "username": "li",
        "display_name": "李",
        "is_active": "on",
        "new_password": "a-long-enough-1",
        "posts-TOTAL_FORMS": "1",
        "posts-INITIAL_FORMS": "0",
        "posts-0-role": role,
        "posts-0-area": area.pk,
        "posts-0-valid_from": "2026-01-01",
    } | changes


def _kept(person, **changes):
    """The form of somebody who holds one post, which is left as it is."""
    post = person.posts.get()
    return _user_form(post.area, post.role, username=person.username, new_password="") | {
        "posts-INITIAL_FORMS": "1",
        "posts-0-id": post.pk,
        "posts-0-valid_from": post.valid_from.isoformat(),
        **changes,
    }


def test_an_administrator_makes_and_stops_users(client, people, areas):
    client.force_login(people["admin"])
    assert "请为新用户设置密码" in client.post("/users/new/", _user_form(areas["Z1"], new_password="")).content.decode()
    assert (
        "企业用户必须指明所属单位"
        in client.post("/users/new/", _user_form(areas["Z1"], role="enterprise")).content.decode()
    )
    assert client.post("/users/new/", _user_form(areas["Z1"])).status_code == 302
    made = User.objects.get(username="li")
    assert made.check_password("a-long-enough-1") and made.posts.get().role == "zone"
    entry = AuditEntry.objects.get(action="create")
    assert (
        entry.detail["password"] == "set"
        and "a-long-enough-1" not in str(entry.detail)
        and made.password not in str(entry.detail)
    )
    edit = reverse("users-edit", args=[made.pk])
    assert send(client, edit, _kept(made, is_active="")).status_code == 302
    made.refresh_from_db()
    assert not made.is_active and made.check_password("a-long-enough-1")
    assert made.password not in client.get(reverse("users-detail", args=[made.pk])).content.decode()


def test_only_the_password_changed_is_a_change(client, people, areas):
    client.force_login(people["admin"])
    client.post("/users/new/", _user_form(areas["Z1"]))
    made = User.objects.get(username="li")
    send(client, reverse("users-edit", args=[made.pk]), _kept(made, new_password="quite-another-one"))
    made.refresh_from_db()
    assert made.check_password("quite-another-one")


def test_an_administrator_cannot_stop_himself_or_reach_beyond_his_scope(client, people, areas):
    west = factories.user(Role.ADMIN, areas["C2"], "west-admin")
    client.force_login(west)
    assert client.get(reverse("users-detail", args=[people["zone"].pk])).status_code == 404
    assert client.post("/users/new/", _user_form(areas["Z1"])).status_code == 422
    assert not User.objects.filter(username="li").exists()
    form = _user_form(areas["C2"], "admin", username="west-admin", is_active="", new_password="")
    assert "不能停用自己" in send(client, reverse("users-edit", args=[west.pk]), form).content.decode()


def test_the_audit_chain_holds_and_shows_tampering(people):
    for n in range(4):
        audit.record(people["zone"], "update", object_type="parcel", object_id=n, detail={"n": n})
    assert audit.verify() == (4, None)
    result = CliRunner().invoke(audit_group, ["verify"], standalone_mode=False)
    assert result.return_value == 0 and "4 条" in result.output
    third = AuditEntry.objects.order_by("id")[2]
    AuditEntry.objects.filter(pk=third.pk).update(detail={"n": 99})
    assert audit.verify()[1] is not None and str(third.pk) in audit.verify()[1]
    AuditEntry.objects.filter(pk=third.pk).update(detail={"n": 2})
    AuditEntry.objects.filter(pk=AuditEntry.objects.order_by("id")[1].pk).delete()
    result = CliRunner().invoke(audit_group, ["verify", "--format", "json"], standalone_mode=False)
    assert result.return_value == 1 and "不衔接" in result.output


def test_an_act_without_an_area_is_filed_under_the_top(people):
    assert audit.record(None, "pack_loaded").area_path == "/R/"
    assert audit.verify() == (1, None)


def test_making_the_first_user_on_the_command_line(areas):
    run = CliRunner()
    arguments = ["create", "boss", "--role", "admin", "--area", "R", "--password", "a-long-enough-1"]
    result = run.invoke(user_group, arguments, standalone_mode=False)
    assert result.exception is None and User.objects.get(username="boss").posts.get().role == "admin"
    assert AuditEntry.objects.get().action == "user_created"
    for wrong, word in (
        (arguments, "已被使用"),
        (["create", "b2", *arguments[2:5], "NOPE", *arguments[6:]], "没有这个区域"),
        ([*arguments[:-1], "short"], ""),
    ):
        outcome = run.invoke(
            user_group, [w if w != "boss" or wrong is arguments else "b3" for w in wrong], standalone_mode=False
        )
        assert outcome.exception is not None and word in str(outcome.exception)
