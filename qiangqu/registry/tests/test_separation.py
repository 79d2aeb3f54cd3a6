"""三员分立: three offices in three people, who read no data by them, and posts that one proposes and another confirms."""

import datetime as dt
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.visibility import reach, visible
from qiangqu.registry import doctor, separation
from qiangqu.registry.commands import separation_group
from qiangqu.registry.models import (
    OFFICES,
    Area,
    AuditEntry,
    Node,
    Organisation,
    Post,
    Role,
    Standing,
    User,
)
from qiangqu.registry.roles import Action, may

from . import factories
from .test_posts import _rows, _sent

TODAY = timezone.localdate
DAY = dt.timedelta(days=1)


@pytest.fixture
def three(areas: Any) -> dict[str, User]:
    return {str(role): factories.user(role, areas["R"], f"the-{role}") for role in OFFICES}


@pytest.fixture
def on(three: Any) -> None:
    Node.objects.update(separation=True)


def at(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("first", [Role.ADMIN, *OFFICES])
@pytest.mark.parametrize("second", [Role.ADMIN, *OFFICES])
def test_no_two_offices_in_one_person(areas: Any, first: str, second: str) -> None:
    user = factories.user(first, areas["R"], "one")
    if first == second:
        Post.objects.create(user=user, role=second, area=areas["Z1"])
        return
    with pytest.raises(InputError, match="同一个人不能既是"):
        Post.objects.create(user=user, role=second, area=areas["Z1"])
    user.posts.update(valid_from=TODAY() - 9 * DAY, valid_to=TODAY() - DAY)
    Post.objects.create(user=user, role=second, area=areas["Z1"], valid_from=TODAY())
    with pytest.raises(InputError, match="三员互相制约"):
        one = user.posts.get(role=first)
        one.valid_to = None
        one.save()


def test_the_form_says_that_two_offices_do_not_go_together(areas: Any, people: Any) -> None:
    data = {"username": "li", "is_active": "on", "new_password": "a-long-enough-1"}
    rows = _rows(*({"role": role, "area": areas["R"].pk, "valid_from": TODAY()} for role in ("system", "auditor")))
    answer = at(people["admin"]).post("/users/new/", data | rows)
    assert answer.status_code == 422 and "同一个人不能既是系统管理员又是审计管理员" in answer.content.decode()
    # one after the other is two people's work of one person
    rows |= {"posts-0-valid_to": TODAY(), "posts-1-valid_from": TODAY() + DAY}
    assert at(people["admin"]).post("/users/new/", data | rows).status_code == 302


def test_no_office_reads_data_by_itself(three: dict[str, User], areas: Any) -> None:
    factories.enterprise(areas["Z1"], 1)
    for role, user in three.items():
        assert not may(user, Action.VIEW) and reach(user) == (), role
        assert not visible(Organisation.objects.all(), user).exists()
        assert not visible(Area.objects.all(), user).exists()
        client = at(user)
        for name in ("organisations-list", "areas-list", "parcels-list", "projects-list"):
            assert client.get(reverse(name)).status_code == 403, (role, name)
        assert client.get("/").status_code == 200
        assert "试验企业1" not in client.get("/search/", {"q": "试验企业"}).content.decode()
    opened = {"users-list": {"system", "security"}, "roles": {"system", "security"}, "posts-waiting": {"security"},
              "audit-list": {"auditor"}, "audit-verify": {"auditor"}, "node-doctor": {"system"}}  # fmt: skip
    for name, roles in opened.items():
        for role, user in three.items():
            assert at(user).get(reverse(name)).status_code == (200 if role in roles else 403), (name, role)


def test_beside_an_office_a_post_shows_what_it_always_did(three: dict[str, User], areas: Any) -> None:
    firm, other = factories.enterprise(areas["Z1"], 1), factories.enterprise(areas["Z3"], 2)
    Post.objects.create(user=three["auditor"], role=Role.ZONE, area=areas["Z1"])
    assert set(visible(Organisation.objects.all(), three["auditor"])) == {firm} != {other}


def test_who_keeps_accounts_proposes_and_who_grants_confirms(three: dict[str, User], areas: Any) -> None:
    system, security = at(three["system"]), at(three["security"])
    data = {"username": "li", "display_name": "李", "is_active": "on", "new_password": "a-long-enough-1"}
    rows = _rows({"role": "zone", "area": areas["Z1"].pk, "valid_from": TODAY() - 30 * DAY})
    assert system.post("/users/new/", data | rows).status_code == 302
    li = User.objects.get(username="li")
    post = li.posts.get()
    assert (post.standing, post.given_by) == (Standing.WAITING, three["system"])
    assert not may(li, Action.VIEW) and not User.objects.posted(role=Role.ZONE).exists()
    assert "待确认" in at(li).get("/accounts/").content.decode()
    confirm = reverse("posts-confirm", args=[post.pk])
    assert system.post(confirm).status_code == 403
    assert "李" in security.get("/posts/waiting/").content.decode() and "李" in security.get("/").content.decode()
    assert security.post(confirm).status_code == 302
    post.refresh_from_db()
    assert (post.standing, post.decided_by, post.valid_from) == (Standing.GIVEN, three["security"], TODAY())
    assert may(User.objects.get(pk=li.pk), Action.EDIT_REGISTERS, areas["Z1"].path)
    entry = AuditEntry.objects.get(action="post_confirmed")
    assert entry.user == three["security"] and "园区人员" in entry.detail["post"]
    assert security.post(confirm).status_code == 422, "once"


def test_a_refusal_says_why_and_stays_on_the_page(three: dict[str, User], areas: Any) -> None:
    clerk = factories.user(Role.ZONE, areas["Z1"], "clerk")
    post = Post.objects.create(
        user=clerk, role=Role.PLANNER, area=areas["R"], standing=Standing.WAITING, given_by=three["system"]
    )
    security, refuse = at(three["security"]), reverse("posts-refuse", args=[post.pk])
    assert security.post(refuse, {"reason": " "}).status_code == 422
    assert security.post(refuse, {"reason": "编制不符"}).status_code == 302
    assert "编制不符" in at(three["system"]).get(f"/users/{clerk.pk}/edit/").content.decode()
    assert not may(clerk, Action.EDIT_PLAN)
    assert AuditEntry.objects.get(action="post_refused").detail["reason"] == "编制不符"


def test_nobody_confirms_what_is_his_own(three: dict[str, User], areas: Any) -> None:
    security = three["security"]
    other = factories.user(Role.SECURITY, areas["R"], "second")
    own = Post.objects.create(user=security, role=Role.ZONE, area=areas["R"], standing=Standing.WAITING)
    proposed = Post.objects.create(
        user=three["system"], role=Role.ZONE, area=areas["R"], standing=Standing.WAITING, given_by=security
    )
    for post in (own, proposed):
        assert at(security).post(reverse("posts-confirm", args=[post.pk])).status_code == 422
        assert at(other).post(reverse("posts-confirm", args=[post.pk])).status_code == 302


def test_each_keeper_touches_his_own_half_of_a_user(three: dict[str, User], areas: Any) -> None:
    clerk = factories.user(Role.ZONE, areas["Z1"], "clerk")
    post = clerk.posts.get()
    row = {"id": post.pk, "role": "zone", "area": areas["Z1"].pk, "valid_from": post.valid_from}
    security = at(three["security"])
    refused = security.get("/users/new/")
    assert refused.status_code == 403 and "新账号由系统管理员建立" in refused.content.decode()
    assert "/users/new/" not in security.get("/users/").content.decode()
    said = {"new_password": "taken-over-by-me-1", "is_active": ""}
    assert _sent(security, clerk, said | _rows(row | {"role": "bureau"}, kept=1)).status_code == 302
    clerk.refresh_from_db()
    assert clerk.is_active and not clerk.check_password("taken-over-by-me-1")
    assert clerk.posts.get().role == Role.BUREAU
    system, row = at(three["system"]), row | {"role": "bureau"}
    _sent(system, clerk, _rows(row | {"role": "planner", "area": areas["R"].pk}, kept=1))
    assert (clerk.posts.get().role, clerk.posts.get().area) == (Role.BUREAU, areas["Z1"]), "granted: only ended"
    gone = _sent(system, clerk, _rows(row | {"DELETE": "on"}, kept=1))
    assert gone.status_code == 422 and "不能删除" in gone.content.decode()
    assert _sent(system, clerk, _rows(row | {"valid_to": TODAY()}, kept=1)).status_code == 302
    longer = _sent(system, clerk, _rows(row | {"valid_to": TODAY() + 9 * DAY}, kept=1))
    assert longer.status_code == 422 and "不能延长" in longer.content.decode()


def test_turning_it_on_says_what_is_missing(areas: Any, people: Any) -> None:
    with pytest.raises(ConflictError, match="还没有系统管理员"):
        separation.turn_on(None)
    for role in OFFICES:
        factories.user(role, areas["R"], f"the-{role}")
    with pytest.raises(ConflictError, match="还有全权管理员在任：admin"):
        separation.turn_on(None)
    assert [str(one) for one in doctor.separation_kept(timezone.now())] and not separation.is_on()
    security = at(User.objects.get(username="the-security"))
    assert security.post(reverse("roles-separate")).status_code == 409
    admin = people["admin"].posts.get()
    row = {"id": admin.pk, "role": "admin", "area": areas["R"].pk, "valid_from": TODAY() - DAY}
    ended = _rows(row | {"valid_to": TODAY() - DAY}, kept=1)
    assert _sent(security, people["admin"], ended).status_code == 302
    assert security.post(reverse("roles-separate")).status_code == 302 and separation.is_on()
    assert AuditEntry.objects.filter(action="separation_on", user__username="the-security").count() == 1
    assert list(doctor.separation_kept(timezone.now())) == list(doctor.beginnings(timezone.now())) == []


def test_while_it_is_on_nobody_has_everything(on: None, three: dict[str, User], areas: Any) -> None:
    with pytest.raises(InputError, match="不再有全权管理员"):
        factories.user(Role.ADMIN, areas["R"], "emperor")
    clerk = factories.user(Role.ZONE, areas["Z1"], "clerk")
    security = at(three["security"])
    assert 'value="admin"' not in security.get(f"/users/{clerk.pk}/edit/").content.decode()
    rows = _rows({"role": "admin", "area": areas["R"].pk, "valid_from": TODAY()})
    assert _sent(security, clerk, rows).status_code == 422
    assert security.get(reverse("roles-new", args=["admin"])).status_code == 422
    Post.objects.filter(user=clerk).update(role=Role.ADMIN)
    assert any("还有全权管理员的岗位：clerk" in str(one) for one in doctor.separation_kept(timezone.now()))


def test_an_office_is_not_left_empty_nor_taken_over(on: None, three: dict[str, User], areas: Any) -> None:
    system, auditor = at(three["system"]), three["auditor"]
    post = auditor.posts.get()
    row = {"id": post.pk, "role": "auditor", "area": areas["R"].pk, "valid_from": post.valid_from}
    for more, rows in (({"is_active": ""}, row), ({}, row | {"valid_to": TODAY() - DAY, "valid_from": TODAY() - DAY})):
        answer = _sent(at(three["security"]) if not more else system, auditor, more | _rows(rows, kept=1))
        assert answer.status_code == 422 and "审计管理员只有这一位" in answer.content.decode(), more
    answer = _sent(system, auditor, {"new_password": "taken-over-by-me-1"} | _rows(row, kept=1))
    assert answer.status_code == 422 and "三员的密码由本人修改" in answer.content.decode()
    factories.user(Role.AUDITOR, areas["R"], "second")
    assert _sent(system, auditor, {"is_active": ""} | _rows(row, kept=1)).status_code == 302
    User.objects.filter(username="second").update(is_active=False)
    assert any("没有在任的审计管理员" in str(one) for one in doctor.separation_kept(timezone.now()))


def test_the_server_can_turn_it_on_and_off(three: Any) -> None:
    run = CliRunner()
    assert "未开启" in run.invoke(separation_group, ["show"]).output
    assert run.invoke(separation_group, ["on"]).exit_code == 0 and separation.is_on()
    assert "the-system" in run.invoke(separation_group, ["show"]).output
    assert run.invoke(separation_group, ["off"]).exit_code == 0 and not separation.is_on()
    assert AuditEntry.objects.filter(action__startswith="separation_").count() == 2


def test_the_auditor_checks_the_chain_and_takes_it_along(three: dict[str, User], people: Any) -> None:
    client = at(three["auditor"])
    at(people["zone"]).post(reverse("access-end"))
    answer = client.post(reverse("audit-verify")).content.decode()
    assert "逐条衔接" in answer and AuditEntry.objects.filter(action="audit_verified").exists()
    assert client.get(reverse("audit-export")).status_code == 200
    AuditEntry.objects.filter(action="access_ended").update(detail={"x": 1})
    assert "该条被改动" in client.post(reverse("audit-verify")).content.decode()
    assert "该条被改动" in client.get(reverse("audit-verify")).content.decode(), "the last check is told"


def test_a_permission_asked_again_and_again_costs_one_query(
    three: dict[str, User], areas: Any, django_assert_num_queries: Any
) -> None:
    user = User.objects.get(pk=three["security"].pk)
    with django_assert_num_queries(1):
        for _ in range(50):
            assert may(user, Action.GRANT_POSTS, areas["Z1"].path) and not may(user, Action.VIEW)
