"""A node's own roles: permissions ticked from what the parts declare, on top of a built-in role."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from qiangqu.base.visibility import visible
from qiangqu.registry.models import AuditEntry, Organisation, OwnRole, Post, Role, User
from qiangqu.registry.nearest import staff_in
from qiangqu.registry.roles import ALLOWED, Action, choosable, may
from qiangqu.ui.tests.opened import opened

from . import factories
from .test_posts import _rows, _sent

TODAY = timezone.localdate
DAY = dt.timedelta(days=1)


@pytest.fixture
def admin(client: Any, people: Any) -> Client:
    client.force_login(people["admin"])
    found: Client = client
    return found


def new(client: Client, base: str = "zone", **said: Any) -> Any:
    data = {"code": "eco", "name": "环保专员", "name_en": "Ecologist", "valid_from": "2026-01-01"}
    return client.post(reverse("roles-new", args=[base]), data | said)


@pytest.fixture
def role(admin: Client) -> OwnRole:
    assert new(admin, permissions=["view", "handle_alarms", "office"]).status_code == 302
    return OwnRole.objects.get()


@pytest.fixture
def holder(role: OwnRole, areas: Any) -> User:
    user = User.objects.create_user("eco", password="x")
    Post.objects.create(user=user, own_role=role, area=areas["Z1"])
    return user


def test_a_role_begins_with_what_its_base_gives(admin: Client) -> None:
    page = admin.get(reverse("roles-new", args=["zone"]))
    ticked = {one.code for _title, rows in page.context["form"].rows for one, yes in rows if yes}
    assert ticked == ALLOWED["zone"] and "维护名录" in page.content.decode()
    assert admin.get(reverse("roles-new", args=["emperor"])).status_code == 404


def test_its_holder_may_what_is_ticked_and_nothing_else(holder: User, areas: Any) -> None:
    firm = factories.enterprise(areas["Z1"], 1)
    factories.enterprise(areas["Z3"], 2)
    assert holder.posts.get().role == Role.ZONE
    assert may(holder, Action.HANDLE_ALARMS, areas["Z1"].path) and not may(holder, Action.EDIT_REGISTERS)
    assert set(visible(Organisation.objects.all(), holder)) == {firm}
    for action, found in ((Action.HANDLE_ALARMS, {"eco", "zone"}), (Action.EDIT_REGISTERS, {"zone"})):
        assert {one.username for one in staff_in(areas["Z1"], action)} == found
    assert "环保专员" in holder.posts_told
    with translation.override("en"):
        assert "Ecologist" in holder.posts_told


def test_a_change_holds_at_once_and_is_kept(admin: Client, role: OwnRole, holder: User) -> None:
    address = reverse("own-roles-edit", args=[role.pk])
    page = admin.get(address)
    said = {"code": "eco", "name": "环保专员", "valid_from": "2026-01-01", "permissions": ["view", "edit_registers"]}
    said |= {"opened": opened(page), "version": page.context["form"]["version"].value()}
    assert admin.post(address, said).status_code == 302
    fresh = User.objects.get(pk=holder.pk)
    assert may(fresh, Action.EDIT_REGISTERS) and not may(fresh, Action.HANDLE_ALARMS)
    detail = admin.get(reverse("own-roles-detail", args=[role.pk])).content.decode()
    assert "维护名录" in detail and "处理报警" in detail and "edit_registers" not in detail and "eco" in detail
    entry = AuditEntry.objects.get(object_type="ownrole", action="update")
    assert "edit_registers" in entry.detail["permissions"][1]


@pytest.mark.parametrize(
    ("base", "refused"),
    [
        ("zone", "grant_posts"), ("planner", "watch_node"), ("enterprise", "edit_registers"),
        ("security", "manage_accounts"), ("auditor", "view"), ("system", "read_audit"),
    ],
)  # fmt: skip
def test_what_does_not_go_with_the_base_cannot_be_ticked(admin: Client, base: str, refused: str) -> None:
    assert refused not in choosable(base)
    assert new(admin, base, permissions=[refused]).status_code == 422 and not OwnRole.objects.exists()


def test_what_a_base_loses_its_roles_lose(role: OwnRole, holder: User) -> None:
    OwnRole.objects.update(permissions=["view", "grant_posts", "never_declared"])
    fresh = User.objects.get(pk=holder.pk)
    assert may(fresh, Action.VIEW) and not may(fresh, Action.GRANT_POSTS)


def test_a_role_in_use_says_by_whom_and_ends_when_nobody_has_it(admin: Client, role: OwnRole, holder: User) -> None:
    address = reverse("own-roles-edit", args=[role.pk])

    def end(day: Any) -> Any:
        page = admin.get(address)
        said = {"code": "eco", "name": "环保专员", "valid_from": "2026-01-01", "permissions": ["view"], "valid_to": day}
        return admin.post(address, said | {"opened": opened(page), "version": page.context["form"]["version"].value()})

    answer = end(TODAY() - DAY)
    assert answer.status_code == 422 and "还有人在用这个角色：eco" in answer.content.decode()
    Post.objects.filter(own_role=role).update(valid_from=TODAY() - 9 * DAY, valid_to=TODAY() - DAY)
    assert end(TODAY() - DAY).status_code == 302
    Post.objects.filter(own_role=role).update(valid_to=None)
    assert not may(User.objects.get(pk=holder.pk), Action.VIEW), "an ended role gives nothing"
    assert "环保专员" not in admin.get("/roles/").content.decode().split("今天在任的岗位")[0]


def test_it_is_given_in_the_form_of_a_user_and_stands_on_the_page_of_roles(
    admin: Client, role: OwnRole, people: Any, areas: Any
) -> None:
    clerk = people["zone"]
    post = clerk.posts.get()
    row = {"id": post.pk, "role": f"own-{role.pk}", "area": areas["Z1"].pk, "valid_from": post.valid_from}
    assert _sent(admin, clerk, _rows(row, kept=1)).status_code == 302
    post.refresh_from_db()
    assert (post.own_role, post.role) == (role, Role.ZONE)
    assert f'value="own-{role.pk}" selected' in admin.get(f"/users/{clerk.pk}/edit/").content.decode()
    assert "环保专员" in admin.get("/roles/").content.decode()
    assert _sent(admin, clerk, _rows(row | {"role": "bureau"}, kept=1)).status_code == 302
    post.refresh_from_db()
    assert (post.own_role, post.role) == (None, Role.BUREAU)


def test_roles_are_kept_by_who_keeps_the_whole_node_and_not_by_their_holders(
    client: Any, areas: Any, role: OwnRole, people: Any
) -> None:
    address = reverse("own-roles-edit", args=[role.pk])
    said = {"code": "eco", "name": "环保专员", "valid_from": "2026-01-01", "permissions": ["view", "manage_roles"]}
    client.force_login(factories.user(Role.ADMIN, areas["Z1"], "local"))
    assert client.get(reverse("roles-new", args=["zone"])).status_code == 403
    answer = client.post(address, said | {"opened": opened(client.get(address))})
    assert answer.status_code == 422 and OwnRole.objects.get().permissions == role.permissions
    chief = OwnRole.objects.create(
        code="chief", name="主管", base=Role.SECURITY, permissions=["manage_users", "manage_roles"], valid_from=TODAY()
    )
    user = User.objects.create_user("chief", password="x")
    Post.objects.create(user=user, own_role=chief, area=areas["R"])
    client.force_login(user)
    address = reverse("own-roles-edit", args=[chief.pk])
    page = client.get(address)
    said |= {"code": "chief", "name": "主管", "permissions": ["manage_users", "manage_roles", "grant_posts"]}
    answer = client.post(address, said | {"opened": opened(page)})
    assert answer.status_code == 422 and "自己岗位的角色" in answer.content.decode()
