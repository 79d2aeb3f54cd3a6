"""A user holds several posts: each gives its permissions in its own areas, from its first day to its last."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from qiangqu.base.visibility import reach, visible
from qiangqu.registry.access import area_in_scope
from qiangqu.registry.models import AuditEntry, Organisation, Parcel, Post, Role, User
from qiangqu.registry.roles import Action, may
from qiangqu.ui.tests.opened import opened

from . import factories

TODAY = timezone.localdate
DAY = dt.timedelta(days=1)


@pytest.fixture
def firms(areas: Any) -> dict[str, Organisation]:
    return {
        code: factories.enterprise(areas[code], at, f"{code}的企业") for at, code in enumerate(("Z1", "Z2", "Z3"), 1)
    }


@pytest.fixture
def both(areas: Any, firms: Any) -> User:
    """Clerk in Z1, inspector in Z3."""
    user = factories.user(Role.ZONE, areas["Z1"], "both")
    Post.objects.create(user=user, role=Role.INSPECTOR, area=areas["Z3"])
    return user


def names(client: Any, address: str = "/organisations/") -> set[str]:
    page = client.get(address).content.decode()
    return {code for code in ("Z1", "Z2", "Z3") if f"{code}的企业" in page}


def test_he_sees_what_any_of_his_posts_shows(client: Any, both: User, areas: Any, firms: Any) -> None:
    assert reach(both) == ("/R/C1/Z1/", "/R/C2/Z3/")
    client.force_login(both)
    assert names(client) == {"Z1", "Z3"}
    for code, status in (("Z1", 200), ("Z3", 200), ("Z2", 404)):
        assert client.get(reverse("organisations-detail", args=[firms[code].pk])).status_code == status


def test_a_permission_holds_where_the_post_lies_that_gives_it(client: Any, both: User, areas: Any, firms: Any) -> None:
    assert may(both, Action.EDIT_REGISTERS) and may(both, Action.EDIT_REGISTERS, areas["Z1"].path)
    assert not may(both, Action.EDIT_REGISTERS, areas["Z3"].path)
    client.force_login(both)
    for code, status in (("Z1", 200), ("Z3", 404)):
        assert client.get(reverse("organisations-edit", args=[firms[code].pk])).status_code == status
    page = client.get(reverse("organisations-detail", args=[firms["Z3"].pk])).content.decode()
    assert reverse("organisations-edit", args=[firms["Z3"].pk]) not in page
    form = {
        "code": "P9",
        "area": areas["Z3"].pk,
        "land_area": "5",
        "use": "工业用地",
        "status": "idle",
        "valid_from": "2024-01-01",
        "effective_from": "2024-01-01",
    }
    assert client.post("/parcels/new/", form).status_code == 422 and not Parcel.objects.exists()
    assert client.post("/parcels/new/", form | {"area": areas["Z1"].pk}).status_code == 302


def test_posts_begin_and_end_by_the_day_and_without_signing_in_again(
    client: Any, both: User, areas: Any, firms: Any
) -> None:
    client.force_login(both)
    there = both.posts.get(role=Role.INSPECTOR)
    assert names(client) == {"Z1", "Z3"}
    Post.objects.filter(pk=there.pk).update(valid_from=TODAY() - 9 * DAY, valid_to=TODAY() - DAY)
    assert names(client) == {"Z1"}
    assert client.get(reverse("organisations-detail", args=[firms["Z3"].pk])).status_code == 404
    Post.objects.filter(pk=there.pk).update(valid_to=TODAY())
    assert names(client) == {"Z1", "Z3"}, "the last day counts"
    Post.objects.filter(pk=there.pk).update(valid_from=TODAY() + DAY, valid_to=None)
    assert names(client) == {"Z1"}, "not begun yet"
    both.posts.update(valid_from=TODAY() - 9 * DAY, valid_to=TODAY() - DAY)
    assert client.get("/organisations/").status_code == 403
    assert "还没有分配角色" in client.get("/accounts/").content.decode()


def test_a_long_lived_object_notices_the_end_of_a_post(both: User, monkeypatch: pytest.MonkeyPatch) -> None:
    both.posts.filter(role=Role.ZONE).update(valid_to=TODAY())
    both.refresh_from_db()
    assert len(both.held) == 2
    tomorrow = TODAY() + DAY
    monkeypatch.setattr(timezone, "localdate", lambda *_args: tomorrow)
    assert [one.role for one in both.held] == [Role.INSPECTOR]


def test_a_chosen_area_narrows_and_all_areas_come_back(client: Any, both: User, areas: Any, firms: Any) -> None:
    client.force_login(both)
    assert names(client, "/organisations/?area=Z3") == {"Z3"} and names(client) == {"Z3"}
    assert names(client, "/organisations/?area=Z1") == {"Z1"} and names(client) == {"Z1"}
    assert names(client, "/organisations/?area=") == {"Z1", "Z3"}
    assert client.get("/organisations/?area=Z2").status_code == 404
    switch = client.get("/area-switch/").content.decode()
    assert "area=Z1" in switch and "area=Z3" in switch and "我的全部区域" in switch and "area=Z2" not in switch
    client.get("/organisations/?area=Z3")
    both.posts.filter(role=Role.INSPECTOR).delete()
    assert names(client) == {"Z1"}, "a kept choice of an ended post falls back"


def test_where_he_stands_without_choosing_is_where_he_may(both: User, areas: Any) -> None:
    both.posts.filter(role=Role.ZONE).update(role=Role.INSPECTOR)
    both.posts.filter(area=areas["Z3"]).update(role=Role.ZONE)
    both.refresh_from_db()
    assert area_in_scope(both).code == "Z1" and area_in_scope(both, "", Action.EDIT_REGISTERS).code == "Z3"


def test_who_speaks_for_an_enterprise_and_looks_after_a_zone_sees_both(client: Any, areas: Any, firms: Any) -> None:
    user = factories.user(Role.ENTERPRISE, areas["Z1"], "mixed", organisation=firms["Z1"])
    beside = factories.enterprise(areas["Z1"], 8, "旁边的企业")
    assert set(visible(Organisation.objects.all(), user)) == {firms["Z1"]}
    Post.objects.create(user=user, role=Role.ZONE, area=areas["Z3"])
    assert set(visible(Organisation.objects.all(), user)) == {firms["Z1"], firms["Z3"]}
    assert beside not in visible(Organisation.objects.all(), user)
    firm = firms["Z1"]
    firm.area = areas["Z2"]
    firm.save()
    user.refresh_from_db()
    assert firm in visible(Organisation.objects.all(), user), "its own user follows an enterprise wherever it moves"


def _rows(*posts: dict[str, Any], kept: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {"posts-TOTAL_FORMS": len(posts), "posts-INITIAL_FORMS": kept}
    for at, one in enumerate(posts):
        found |= {f"posts-{at}-{name}": value for name, value in one.items()}
    return found


def _sent(client: Any, user: User, data: dict[str, Any]) -> Any:
    page = client.get(f"/users/{user.pk}/edit/")
    base = {"username": user.username, "display_name": user.display_name, "is_active": "on"}
    more = {"opened": opened(page), "posts_opened": page.context["form"].posts_opened}
    return client.post(f"/users/{user.pk}/edit/", base | more | data)


def test_an_administrator_gives_and_ends_posts(client: Any, both: User, areas: Any, people: Any) -> None:
    client.force_login(people["admin"])
    first, second = both.posts.order_by("pk")
    rows = _rows(
        {"id": first.pk, "role": first.role, "area": first.area_id, "valid_from": first.valid_from},
        {
            "id": second.pk,
            "role": second.role,
            "area": second.area_id,
            "valid_from": second.valid_from,
            "valid_to": TODAY(),
        },
        {"role": "bureau", "area": areas["C1"].pk, "valid_from": "2026-01-01"},
        kept=2,
    )
    assert _sent(client, both, rows).status_code == 302
    assert both.posts.count() == 3 and both.posts.get(pk=second.pk).valid_to == TODAY()
    entry = AuditEntry.objects.get(action="update", object_type="user")
    assert len(entry.detail["posts"]) == 2 and any("东城市" in pair[1] for pair in entry.detail["posts"].values())
    listed = client.get("/users/?role=bureau").content.decode()
    assert "both" in listed and "东城市" in listed
    roles = client.get("/roles/").content.decode()
    assert "东城市" in roles and "both" in roles


@pytest.mark.parametrize(
    ("post", "said"),
    [
        ({"role": "zone", "valid_from": "2026-01-01"}, "请选这个岗位管辖的区域"),
        ({"role": "enterprise", "valid_from": "2026-01-01"}, "企业用户必须指明所属单位"),
        ({"role": "zone", "area": "Z1", "valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "终止日期早于起始日期"),
        ({"role": "emperor", "area": "Z1", "valid_from": "2026-02-01"}, "emperor"),
    ],
)
def test_a_wrong_post_is_refused_in_its_row(
    client: Any, people: Any, areas: Any, post: dict[str, Any], said: str
) -> None:
    client.force_login(people["admin"])
    post = post | ({"area": areas[post["area"]].pk} if "area" in post else {})
    data = {"username": "li", "is_active": "on", "new_password": "a-long-enough-1"} | _rows(post)
    answer = client.post("/users/new/", data)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not User.objects.filter(username="li").exists()


def test_a_new_user_needs_a_post(client: Any, people: Any) -> None:
    client.force_login(people["admin"])
    data = {"username": "li", "is_active": "on", "new_password": "a-long-enough-1"}
    assert "请至少填一个岗位" in client.post("/users/new/", data | _rows({})).content.decode()
    assert "请至少填一个岗位" in client.post("/users/new/", data).content.decode()


def test_a_zone_administrator_changes_posts_of_his_zone_and_not_the_account_of_others(
    client: Any, both: User, areas: Any
) -> None:
    admin = factories.user(Role.ADMIN, areas["C2"], "west")
    client.force_login(admin)
    first, second = both.posts.order_by("pk")
    page = client.get(f"/users/{both.pk}/edit/").content.decode()
    assert "以上岗位不在您的管辖范围内" in page and "东一开" in page
    # the foreign post is in no form, so it cannot be changed by naming it either
    rows = _rows({"id": first.pk, "role": "admin", "area": areas["Z3"].pk, "valid_from": "2026-01-01"}, kept=1)
    answer = _sent(client, both, rows | {"new_password": "taken-over-by-me-1"})
    first.refresh_from_db()
    assert (first.role, first.area_id) == (Role.ZONE, areas["Z1"].pk), answer.status_code
    rows = _rows({"id": second.pk, "role": "zone", "area": areas["Z3"].pk, "valid_from": "2026-01-01"}, kept=1)
    assert _sent(client, both, rows | {"new_password": "taken-over-by-me-1", "is_active": ""}).status_code == 302
    both.refresh_from_db()
    assert both.is_active and not both.check_password("taken-over-by-me-1")
    assert both.posts.get(pk=second.pk).role == Role.ZONE
    rows = _rows({"role": "zone", "area": areas["Z1"].pk, "valid_from": "2026-01-01"})
    assert _sent(client, both, rows).status_code == 422, "nor can he give one outside"


def test_nobody_changes_his_own_posts(client: Any, people: Any, areas: Any) -> None:
    admin = people["admin"]
    client.force_login(admin)
    rows = _rows({"role": "leader", "area": areas["R"].pk, "valid_from": "2026-01-01"})
    _sent(client, admin, rows)
    assert [one.role for one in admin.posts.all()] == [Role.ADMIN]


def test_two_administrators_do_not_overwrite_each_other(client: Any, both: User, areas: Any, people: Any) -> None:
    client.force_login(people["admin"])
    page = client.get(f"/users/{both.pk}/edit/")
    said = {"opened": opened(page), "posts_opened": page.context["form"].posts_opened}
    both.posts.filter(role=Role.INSPECTOR).update(valid_to=TODAY())
    first, second = both.posts.order_by("pk")
    rows = _rows(
        {"id": first.pk, "role": "leader", "area": first.area_id, "valid_from": first.valid_from},
        {"id": second.pk, "role": second.role, "area": second.area_id, "valid_from": second.valid_from},
        kept=2,
    )
    answer = client.post(f"/users/{both.pk}/edit/", {"username": "both", "is_active": "on"} | said | rows)
    assert answer.status_code == 422 and "岗位已被别人修改" in answer.content.decode()
    assert both.posts.get(pk=second.pk).valid_to == TODAY()


def test_the_account_page_lists_all_posts_with_their_days(client: Any, both: User) -> None:
    both.posts.filter(role=Role.INSPECTOR).update(valid_to=TODAY() - DAY, valid_from=TODAY() - 9 * DAY)
    client.force_login(both)
    page = client.get("/accounts/").content.decode()
    assert "园区人员" in page and "检查人员" in page and "今天不在任" in page and (TODAY() - DAY).isoformat() in page


def test_a_row_that_was_entered_by_mistake_is_deleted(client: Any, both: User, people: Any) -> None:
    client.force_login(people["admin"])
    first, second = both.posts.order_by("pk")
    rows = _rows(
        {"id": first.pk, "role": first.role, "area": first.area_id, "valid_from": first.valid_from},
        {"id": second.pk, "role": second.role, "area": second.area_id, "valid_from": second.valid_from, "DELETE": "on"},
        kept=2,
    )
    assert _sent(client, both, rows).status_code == 302
    assert list(both.posts.all()) == [first]
    assert next(iter(AuditEntry.objects.get(action="update").detail["posts"].values()))[1] == ""
