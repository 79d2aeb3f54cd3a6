"""Every page: strangers are sent to sign in, neighbours find nothing, roles without the right are refused."""

import pytest
from django.urls import reverse

from qiangqu.registry.models import Organisation, OwnRole, Parcel, Project, Recognition, Role, User
from qiangqu.registry.registers import REGISTERS

from . import factories

pytestmark = pytest.mark.django_db
PLAIN = ["account", "password-change", "area-switch", "roles", "search"]
EDITS = [register.code for register in REGISTERS if register.form_fields]


@pytest.fixture
def records(areas, lists, people):
    """One record of each scoped register in zone Z1, and of each code list."""
    holder = factories.enterprise(areas["Z1"], 1)
    return {
        "areas": areas["Z1"],
        "organisations": holder,
        "parcels": Parcel.objects.create(
            code="P1",
            area=areas["Z1"],
            holder=holder,
            land_area=10,
            use="工业用地",
            status="built",
            valid_from=factories.BORN,
        ),
        "projects": Project.objects.create(
            code="X1",
            name="项目一",
            kind=lists["project"],
            area=areas["Z1"],
            owner=holder,
            stage="started",
            valid_from=factories.BORN,
        ),
        "recognitions": Recognition.objects.create(kind=lists["recognition"], holder=holder, valid_from=factories.BORN),
        "industries": lists["industry"],
        "recognition-kinds": lists["recognition"],
        "project-kinds": lists["project"],
        "users": people["zone"],
        "own-roles": OwnRole.objects.create(
            code="guide", name="向导", base=Role.LEADER, permissions=["view"], valid_from=factories.BORN
        ),
    }


def _addresses(code: str, pk: int) -> list[str]:
    found = [reverse(f"{code}-list"), reverse(f"{code}-detail", args=[pk]), reverse(f"{code}-export")]
    if code in EDITS:
        register = next(r for r in REGISTERS if r.code == code)
        found += [reverse(f"{code}-edit", args=[pk])]
        if register.creatable:
            found += [reverse(f"{code}-create")]
        if register.importable:
            found += [reverse(f"{code}-import"), reverse(f"{code}-template")]
    return found


@pytest.mark.parametrize("code", [r.code for r in REGISTERS])
def test_strangers_are_sent_to_sign_in(client, db, code):
    for address in _addresses(code, 1):
        response = client.get(address)
        assert response.status_code == 302 and response.url.startswith("/accounts/login/"), address


@pytest.mark.parametrize("name", PLAIN)
def test_strangers_are_sent_to_sign_in_from_plain_pages(client, db, name):
    assert client.get(reverse(name)).url.startswith("/accounts/login/")


def test_strangers_cannot_post(client, records):
    for code in EDITS:
        assert client.post(reverse(f"{code}-edit", args=[records[code].pk]), {}).status_code == 302
        assert client.post(reverse(f"{code}-list-view-save"), {"name": "x"}).status_code == 302


@pytest.mark.parametrize("code", ["areas", "organisations", "parcels", "projects", "recognitions"])
def test_neighbours_find_nothing(signed_in, records, code):
    client = signed_in("neighbour")
    pk = records[code].pk
    assert client.get(reverse(f"{code}-detail", args=[pk])).status_code == 404
    assert client.get(reverse(f"{code}-detail", args=[pk]), {"as_of": "2022-01-01"}).status_code == 404
    client.get("/accounts/?as_of=")
    edit = client.get(reverse(f"{code}-edit", args=[pk]))
    assert edit.status_code in (403, 404)
    listed = client.get(reverse(f"{code}-list")).content.decode()
    assert "试验企业1" not in listed and "东一开发区" not in listed
    assert client.get(reverse(f"{code}-list"), {"area": "Z1"}).status_code == 404


@pytest.mark.parametrize("code", ["areas", "organisations", "parcels", "projects", "recognitions"])
def test_owners_and_their_city_and_region_see_the_record(signed_in, records, code):
    for name in ("zone", "city", "planner", "leader"):
        assert signed_in(name).get(reverse(f"{code}-detail", args=[records[code].pk])).status_code == 200, name


def test_a_leader_reads_but_does_not_edit(signed_in, records):
    client = signed_in("leader")
    for code in EDITS:
        if code == "users":
            continue
        if code == "own-roles":
            assert client.get(reverse("roles-new", args=["leader"])).status_code == 403
            continue
        assert client.get(reverse(f"{code}-create")).status_code == 403
        assert client.post(reverse(f"{code}-edit", args=[records[code].pk]), {}).status_code == 403
        assert client.get(reverse(f"{code}-list")).status_code == 200


def test_only_those_who_manage_users_see_users_and_roles(signed_in, records):
    for name, status in (("planner", 403), ("zone", 403), ("admin", 200)):
        client = signed_in(name)
        assert client.get(reverse("users-list")).status_code == status
        assert client.get(reverse("roles")).status_code == status


def test_only_those_who_read_the_audit_trail_see_it(signed_in, records):
    for name, status in (("planner", 200), ("zone", 403), ("leader", 403)):
        assert signed_in(name).get(reverse("audit-list")).status_code == status


def test_an_enterprise_sees_its_own_records_only(client, areas, records):
    other = factories.enterprise(areas["Z1"], 2, name="别家企业")
    own = factories.user(Role.ENTERPRISE, areas["Z1"], "firm", organisation=records["organisations"])
    client.force_login(own)
    assert client.get(reverse("organisations-detail", args=[own.organisation_id])).status_code == 200
    assert client.get(reverse("organisations-detail", args=[other.pk])).status_code == 404
    assert "别家企业" not in client.get(reverse("organisations-list")).content.decode()
    assert client.get(reverse("parcels-detail", args=[records["parcels"].pk])).status_code == 200
    assert client.get(reverse("areas-detail", args=[areas["Z1"].pk])).status_code == 404
    assert client.get(reverse("organisations-create")).status_code == 403


def test_search_finds_only_what_one_may_see(signed_in, records):
    url = reverse("organisations-detail", args=[records["organisations"].pk])
    assert url in signed_in("zone").get(reverse("search"), {"q": "试验企业"}).content.decode()
    assert url not in signed_in("neighbour").get(reverse("search"), {"q": "试验企业"}).content.decode()


def test_the_area_switch_offers_the_own_subtree_only(signed_in):
    text = signed_in("city").get(reverse("area-switch"), {"back": "/organisations/?page=3&kind=group"}).content.decode()
    assert "东一开发区" in text and "西一开发区" not in text and "试验自治区" not in text
    assert "/organisations/?kind=group&amp;area=Z1" in text
    assert "evil" not in signed_in("city").get(reverse("area-switch"), {"back": "//evil.example/x"}).content.decode()


def test_the_chosen_area_is_kept_and_obeyed(signed_in, areas, records):
    factories.enterprise(areas["Z2"], 2, name="东二的企业")
    client = signed_in("city")
    assert "东二的企业" in client.get("/organisations/").content.decode()
    assert "东二的企业" not in client.get("/organisations/?area=Z1").content.decode()
    assert "东二的企业" not in client.get("/organisations/").content.decode(), "kept in the session"
    assert "东二的企业" in client.get("/organisations/?area=C1").content.decode()


def test_a_kept_area_outside_a_changed_scope_falls_back(signed_in, areas, people):
    client = signed_in("city")
    client.get("/organisations/?area=Z1")
    people["city"].posts.update(area=areas["C2"])
    response = client.get("/organisations/")
    assert response.status_code == 200 and response.context["area"].code == "C2"


@pytest.mark.parametrize("day", ["2024-13-01", "yesterday", "0001-01-01", "9999-01-01", "<script>"])
def test_a_wrong_day_is_answered_in_a_sentence(signed_in, day):
    response = signed_in("planner").get("/organisations/", {"as_of": day})
    assert response.status_code == 422
    assert "<script>" not in response.content.decode().split("</head>")[1]


def test_a_day_is_kept_until_it_is_cleared(signed_in):
    client = signed_in("planner")
    assert "2021-05-01" in client.get("/organisations/?as_of=2021-05-01").content.decode()
    assert client.get("/organisations/").context["as_of"].isoformat() == "2021-05-01"
    assert client.get("/organisations/?as_of=").context["as_of"] is None


def test_an_inactive_user_is_a_stranger(signed_in, people):
    client = signed_in("planner")
    User.objects.filter(pk=people["planner"].pk).update(is_active=False)
    assert client.get("/organisations/").status_code == 302


def test_pages_carry_the_security_headers(signed_in):
    response = signed_in("planner").get("/organisations/")
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe-eval" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "no-store" in response.headers["Cache-Control"]
    body = response.content.decode()
    assert "onclick=" not in body and "javascript:" not in body


def test_organisations_stay_what_they_are_after_a_refused_post(signed_in, records):
    before = Organisation.objects.get(pk=records["organisations"].pk).name
    signed_in("neighbour").post(reverse("organisations-edit", args=[records["organisations"].pk]), {"name": "抢注"})
    assert Organisation.objects.get(pk=records["organisations"].pk).name == before
