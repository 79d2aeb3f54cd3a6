"""Lists, forms, saved views, record pages and search of the registers."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from qiangqu.registry.models import Area, AuditEntry, Organisation, Parcel, Project, Recognition
from qiangqu.ui.models import SavedView

from . import factories

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert('x')</script>\"'>&{{ 7*7 }}{% now %}"


@pytest.fixture
def many(areas, lists):
    return [
        factories.enterprise(
            areas["Z1" if n % 2 else "Z3"],
            n,
            name=f"企业{n:03d}",
            scale="above" if n % 3 else "small",
            sector=lists["industry"],
        )
        for n in range(1, 61)
    ]


def _page(client, address, **query):
    response = client.get(address, query)
    assert response.status_code == 200, response.content.decode()[-3000:]
    return response.content.decode()


def test_a_list_is_paged_filtered_sorted_and_searched(signed_in, many):
    client = signed_in("planner")
    assert "共 60 条，当前 1—25" in _page(client, "/organisations/")
    assert "共 20 条" in _page(client, "/organisations/", scale="small")
    assert "共 30 条" in _page(client, "/organisations/", area="Z1")
    client.get("/organisations/?area=R")
    text = _page(client, "/organisations/", sort="-name", size="50")
    assert text.index("企业060") < text.index("企业059") and "企业001" not in text
    assert "共 1 条" in _page(client, "/organisations/", q="企业 017")
    assert "当前 51—60" in _page(client, "/organisations/", page="3")


def test_wrong_parameters_do_not_break_a_list(signed_in, many):
    client = signed_in("planner")
    for query in (
        {"page": "x"},
        {"page": "99999"},
        {"size": "1000000"},
        {"sort": "password"},
        {"columns": ["nope", "' OR 1=1"]},
        {"q": "%" * 500},
    ):
        _page(client, "/organisations/", **query)
    assert "没有符合条件的记录" in _page(client, "/organisations/", kind="no-such-kind")
    assert "没有符合条件的记录" in _page(client, "/organisations/", sector="99999")


def test_only_living_records_are_listed_unless_asked(signed_in, areas):
    factories.enterprise(areas["Z1"], 1, name="已关闭", valid_to=dt.date(2023, 1, 1))
    client = signed_in("planner")
    assert "已关闭" not in _page(client, "/organisations/")
    assert "已关闭" in _page(client, "/organisations/", ended="1")
    assert "已关闭" in _page(client, "/organisations/", as_of="2022-06-01")
    assert "已关闭" not in _page(client, "/organisations/", as_of="2023-06-01")


def test_a_list_as_of_a_day_shows_the_names_of_that_day(signed_in, areas):
    one = factories.enterprise(areas["Z1"], 1, name="旧名公司")
    one.name, one.effective_from = "新名公司", dt.date(2023, 1, 1)
    one.save()
    client = signed_in("planner")
    old = _page(client, "/organisations/", as_of="2022-06-01", q="公司")
    assert "旧名公司" in old and "新名公司" not in old and "正在按 2022-06-01 的状态显示" in old
    detail = _page(client, reverse("organisations-detail", args=[one.pk]))
    assert "旧名公司" in detail and "修改</a>" not in detail, "the past is not edited"
    assert client.get(reverse("organisations-detail", args=[one.pk]), {"as_of": "2019-01-01"}).status_code == 422


def test_htmx_gets_the_rows_alone(signed_in, many):
    response = signed_in("planner").get("/organisations/", headers={"HX-Request": "true", "HX-Target": "register-rows"})
    text = response.content.decode()
    assert "<html" not in text and "企业001" in text


def test_columns_and_saved_views(signed_in, many, people):
    client = signed_in("planner")
    text = _page(client, "/organisations/", columns=["name", "uscc"])
    assert many[0].uscc in text and "<th" in text and "重点产业</a>" not in text
    response = client.post(
        "/organisations/views/", {"name": "规上", "query": "scale=above&sort=-name&columns=name&columns=scale&evil=1"}
    )
    view = SavedView.objects.get()
    assert view.query == "scale=above&sort=-name&columns=name&columns=scale"
    assert response.url == f"/organisations/?{view.query}"
    assert "规上" in _page(client, "/organisations/")
    client.post("/organisations/views/", {"name": "规上", "query": "scale=small"})
    assert SavedView.objects.get().query == "scale=small"
    other = signed_in("zone")
    assert "规上</a>" not in _page(other, "/organisations/")
    assert other.post(f"/organisations/views/{view.pk}/delete/").status_code == 404
    assert signed_in("planner").post(f"/organisations/views/{view.pk}/delete/").status_code == 302
    assert not SavedView.objects.exists()


def _parcel_form(area, **changes):
    return {
        "code": "P1",
        "area": area.pk,
        "holder": "",
        "land_area": "12.5",
        "use": "工业用地",
        "status": "built",
        "valid_from": "2022-01-01",
        "note": "",
    } | changes


def test_create_edit_and_history(signed_in, areas, people):
    holder = factories.enterprise(areas["Z1"], 1, name="持有企业")
    client = signed_in("zone")
    client.post("/parcels/new/", _parcel_form(areas["Z1"], holder=f"持有企业（{holder.code}）"))
    parcel = Parcel.objects.get()
    assert parcel.holder == holder and parcel.land_area == 12.5
    edit = reverse("parcels-edit", args=[parcel.pk])
    version = parcel.history.first().history_id
    form = _parcel_form(areas["Z1"], holder="持有企业", status="idle", effective_from="2024-02-01", version=version)
    assert client.post(edit, form).status_code == 302
    text = _page(client, reverse("parcels-detail", args=[parcel.pk]))
    assert "自 2024-02-01 起" in text and "已建成" in text and "闲置" in text and str(people["zone"]) in text
    entries = list(AuditEntry.objects.order_by("id").values_list("action", "object_type", "area_path"))
    assert entries == [("create", "parcel", "/R/C1/Z1/"), ("update", "parcel", "/R/C1/Z1/")]
    assert AuditEntry.objects.order_by("id").last().detail == {"status": ["built", "idle"]}
    assert "持有企业" in _page(client, reverse("organisations-detail", args=[holder.pk]))
    assert reverse("parcels-detail", args=[parcel.pk]) in _page(
        client, reverse("organisations-detail", args=[holder.pk])
    )


def test_wrong_input_is_answered_at_the_field_and_kept(signed_in, areas):
    client = signed_in("zone")
    response = client.post(
        "/parcels/new/",
        _parcel_form(areas["Z1"], land_area="十二", holder="没有的企业", valid_to="2021-01-01", use=HOSTILE),
    )
    text = response.content.decode()
    assert response.status_code == 422 and not Parcel.objects.exists()
    assert 'value="十二"' in text and 'value="没有的企业"' in text
    assert "没有找到“没有的企业”" in text and "终止日期早于起始日期" in text
    assert HOSTILE not in text and "&lt;script&gt;" in text


def test_a_credit_code_with_a_wrong_check_digit_is_refused(signed_in, areas):
    good = factories.uscc(7)
    bad = good[:-1] + ("0" if good[-1] != "0" else "1")
    form = {
        "code": bad,
        "uscc": bad,
        "name": "某企业",
        "kind": "enterprise",
        "area": areas["Z1"].pk,
        "valid_from": "2022-01-01",
    }
    client = signed_in("zone")
    assert "校验位不符" in client.post("/organisations/new/", form).content.decode()
    assert client.post("/organisations/new/", form | {"uscc": good}).status_code == 302
    again = client.post("/organisations/new/", form | {"uscc": good, "code": "OTHER"})
    assert again.status_code == 422


def test_effective_days_in_the_future_or_before_the_last_change_are_refused(signed_in, areas):
    one = factories.enterprise(areas["Z1"], 1)
    one.name, one.effective_from = "第二版", dt.date(2023, 1, 1)
    one.save()
    client = signed_in("zone")
    form = {
        "code": one.code,
        "uscc": one.uscc,
        "name": "第三版",
        "kind": "enterprise",
        "area": areas["Z1"].pk,
        "valid_from": "2020-01-01",
    }
    form["version"] = one.history.order_by("-history_id").first().history_id
    edit = reverse("organisations-edit", args=[one.pk])
    tomorrow = (timezone.localdate() + dt.timedelta(days=1)).isoformat()
    assert "不能晚于今天" in client.post(edit, form | {"effective_from": tomorrow}).content.decode()
    assert "生效日期不能更早" in client.post(edit, form | {"effective_from": "2022-12-31"}).content.decode()
    assert client.post(edit, form | {"effective_from": "2023-01-01"}).status_code == 302


def test_two_editors_do_not_overwrite_one_another_silently(signed_in, areas):
    one = factories.enterprise(areas["Z1"], 1)
    stale = one.history.first().history_id
    one.name = "他人已改"
    one.save()
    client = signed_in("zone")
    form = {
        "code": one.code,
        "uscc": one.uscc,
        "name": "我要改",
        "kind": "enterprise",
        "area": areas["Z1"].pk,
        "valid_from": "2020-01-01",
    }
    form |= {"effective_from": timezone.localdate().isoformat(), "version": stale}
    response = client.post(reverse("organisations-edit", args=[one.pk]), form)
    assert response.status_code == 422 and "已修改过这条记录" in response.content.decode()
    assert Organisation.objects.get(pk=one.pk).name == "他人已改"
    form["version"] = response.context["form"]["version"].value()
    assert client.post(reverse("organisations-edit", args=[one.pk]), form).status_code == 302


def test_saving_without_a_change_makes_no_version(signed_in, areas):
    one = factories.enterprise(areas["Z1"], 1)
    form = {
        "code": one.code,
        "uscc": one.uscc,
        "name": one.name,
        "kind": "enterprise",
        "area": areas["Z1"].pk,
        "valid_from": "2020-01-01",
    }
    form |= {"effective_from": timezone.localdate().isoformat(), "version": one.history.first().history_id}
    assert signed_in("zone").post(reverse("organisations-edit", args=[one.pk]), form).status_code == 302
    assert one.history.count() == 1 and not AuditEntry.objects.exists()


def test_a_record_cannot_be_moved_out_of_the_own_scope(signed_in, areas):
    one = factories.enterprise(areas["Z1"], 1)
    form = {
        "code": one.code,
        "uscc": one.uscc,
        "name": one.name,
        "kind": "enterprise",
        "area": areas["Z3"].pk,
        "valid_from": "2020-01-01",
    }
    form |= {"effective_from": timezone.localdate().isoformat(), "version": one.history.first().history_id}
    assert signed_in("zone").post(reverse("organisations-edit", args=[one.pk]), form).status_code == 422
    assert Organisation.objects.get(pk=one.pk).area.code == "Z1"


def test_a_planner_below_the_top_cannot_make_a_second_top(client, areas):
    planner = factories.user("planner", areas["C1"], "city-planner")
    client.force_login(planner)
    form = {
        "code": "NEW",
        "name": "新区",
        "short_name": "新区",
        "level": "zone",
        "parent": "",
        "valid_from": "2024-01-01",
    }
    response = client.post("/areas/new/", form)
    assert response.status_code == 422 and "管辖范围" in response.content.decode()
    assert not Area.objects.filter(code="NEW").exists() and not AuditEntry.objects.exists()
    assert client.post("/areas/new/", form | {"parent": areas["C1"].pk}).status_code == 302
    assert Area.objects.get(code="NEW").path == "/R/C1/NEW/"


@pytest.mark.parametrize("address", ["/organisations/", "/parcels/", "/projects/", "/recognitions/", "/areas/"])
def test_markup_in_every_field_is_shown_as_text(signed_in, areas, lists, address):
    short = "<b>x</b>"
    holder = factories.enterprise(
        areas["Z1"], 1, name=HOSTILE, short_name=HOSTILE[:60], aliases=HOSTILE, note=HOSTILE, ownership=short
    )
    Area.objects.filter(pk=areas["Z1"].pk).update(name=HOSTILE[:80], short_name=short, kind=short, note=HOSTILE)
    parcel = Parcel.objects.create(
        code="<i>P</i>",
        area=areas["Z1"],
        holder=holder,
        land_area=1,
        use=short,
        status="built",
        note=HOSTILE,
        valid_from=factories.BORN,
    )
    project = Project.objects.create(
        code="<u>",
        name=HOSTILE,
        kind=lists["project"],
        area=areas["Z1"],
        owner=holder,
        stage="started",
        valid_from=factories.BORN,
    )
    title = Recognition.objects.create(
        kind=lists["recognition"], holder=holder, subject_name=HOSTILE, certificate=short, valid_from=factories.BORN
    )
    client = signed_in("planner")
    pk = {
        "/organisations/": holder,
        "/parcels/": parcel,
        "/projects/": project,
        "/recognitions/": title,
        "/areas/": areas["Z1"],
    }[address].pk
    for text in (
        _page(client, address),
        _page(client, f"{address}{pk}/"),
        _page(client, f"{address}{pk}/edit/"),
        _page(client, "/search/", q="<b>"),
    ):
        body = text.split("<body")[1]
        for raw in ("<script>alert", "<b>x</b>", "<i>P</i>", "<u>"):
            assert raw not in body


def test_suggestions_of_a_reference_field(signed_in, areas):
    factories.enterprise(areas["Z1"], 1, name="近处企业")
    factories.enterprise(areas["Z3"], 2, name="远处企业")
    client = signed_in("zone")
    text = _page(client, reverse("parcels-pick", args=["holder"]), q="企业")
    assert "近处企业（" in text and "远处企业" not in text
    assert client.get(reverse("parcels-pick", args=["status"])).status_code == 404


def test_the_site_search_finds_codes_and_document_numbers(signed_in, areas, lists):
    holder = factories.enterprise(areas["Z1"], 1, name="文号企业")
    title = Recognition.objects.create(
        kind=lists["recognition"], holder=holder, document_number="宁工信发〔2023〕7号", valid_from=factories.BORN
    )
    client = signed_in("planner")
    assert reverse("recognitions-detail", args=[title.pk]) in _page(client, "/search/", q="宁工信发〔2023〕7号")
    assert reverse("organisations-detail", args=[holder.pk]) in _page(client, "/search/", q=holder.code)
    assert "没有找到" in _page(client, "/search/", q="不存在的东西")
    drop = client.get("/search/", {"q": "文号"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in drop and "文号企业" in drop


def test_simulated_records_are_marked(signed_in, areas):
    one = factories.enterprise(areas["Z1"], 1, name="模拟的", simulated=True)
    client = signed_in("planner")
    for address in ("/organisations/", reverse("organisations-detail", args=[one.pk])):
        text = _page(client, address)
        assert "qq-ribbon" in text and text.count("模拟数据") >= 2
    Organisation.objects.update(simulated=False)
    assert "qq-ribbon" not in _page(client, "/organisations/")


def test_the_audit_page_speaks_chinese(signed_in, areas):
    client = signed_in("planner")
    client.post("/parcels/new/", _parcel_form(areas["Z1"]))
    text = _page(client, "/audit/")
    assert "新建" in text and "宗地" in text and ">parcel<" not in text
    assert "共 1 条" in _page(client, "/audit/", at_from=timezone.localdate().isoformat())


def test_a_neighbour_is_not_shown_the_audit_entries_of_others(client, areas):
    planner = factories.user("planner", areas["C2"], "west-planner")
    actor = factories.user("zone", areas["Z1"], "actor")
    client.force_login(actor)
    client.post("/parcels/new/", _parcel_form(areas["Z1"]))
    client.force_login(planner)
    assert "没有符合条件的记录" in client.get("/audit/").content.decode()
