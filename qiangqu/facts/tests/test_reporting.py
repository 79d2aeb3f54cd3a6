"""A month's form from the enterprise to the facts, and back when something is wrong."""

import datetime as dt
import html

import pytest
from django.test import Client
from django.utils import timezone

from qiangqu.base.periods import month
from qiangqu.facts import reporting
from qiangqu.facts.models import BatchKind, CollectionForm, CollectionItem, Fact, Report, ReportStatus
from qiangqu.facts.store import ingest
from qiangqu.registry.models import AuditEntry
from qiangqu.ui.tests.opened import opened

from .conftest import fact_table

pytestmark = [pytest.mark.django_db, pytest.mark.urls("qiangqu.facts.tests.urls")]


@pytest.fixture
def asked(land):
    """A monthly form for enterprises above scale; the last month's output of a1 was 1 亿元."""
    land.form = CollectionForm.objects.create(
        code="monthly", name="月报表", frequency=5, area=land.region, scale="above", first_period=5202401
    )
    CollectionItem.objects.create(
        form=land.form, element=land.output, unit="万元", minimum=0, maximum=1e6, max_change=50, position=1
    )
    CollectionItem.objects.create(form=land.form, element=land.energy, unit="吨标准煤", required=False, position=2)
    land.period = reporting.latest_period(land.form, timezone.localdate())
    ingest(fact_table((land.output, land.a1, land.period.previous().key, 1.0)), key="before", kind="form")
    land.fill = f"/reports/monthly/{land.period.code}/fill"
    return land


def _submit(land, value="12000", energy="", act="submit", explanation=""):
    data = {"v-gross_output": value, "e-gross_output": explanation, "v-energy_use": energy, "act": act}
    client = land.client(land.firm_a1)
    return client.post(land.fill, data | {"opened": opened(client.get(land.fill))})


def test_periods_and_reporters(asked):
    assert reporting.latest_period(asked.form, dt.date(2026, 1, 5)) == month(2025, 12)
    assert [p.code for p in reporting.periods_of(asked.form, dt.date(2024, 4, 2))] == ["2024-03", "2024-02", "2024-01"]
    assert reporting.due_on(asked.form, month(2026, 1)) == dt.date(2026, 2, 15)
    assert reporting.reporters(asked.form, asked.period).count() == 4
    asked.b1.scale = "small"
    asked.b1.save()
    asked.c1.valid_to = dt.date(2024, 1, 1)
    asked.c1.save()
    assert {one.code for one in reporting.reporters(asked.form, asked.period)} == {"ENT-A1", "ENT-A2"}


def test_from_the_form_to_facts(asked):
    assert _submit(asked).status_code == 302
    report = Report.objects.get()
    assert report.status == ReportStatus.SUBMITTED
    officer = asked.client(asked.staff_a)
    assert report.organisation.name in officer.get("/reports/").content.decode()
    assert "审核通过并入库" in officer.get(f"/reports/{report.pk}/").content.decode()
    assert officer.post(f"/reports/{report.pk}/", {"act": "approve", "round": "1"}).status_code == 302
    report.refresh_from_db()
    assert (report.status, report.batch.kind, report.batch.user) == (
        ReportStatus.APPROVED,
        BatchKind.FORM,
        asked.staff_a,
    )
    fact = Fact.objects.get(batch=report.batch)
    assert (fact.value, fact.subject_id, fact.period_key, fact.stated) == (
        1.2,
        asked.a1.pk,
        asked.period.key,
        "12000 万元",
    )
    acts = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert acts[-3:] == ["report_submitted", "facts_added", "report_approved"]
    # nothing is examined twice, and what is in cannot be edited
    assert officer.post(f"/reports/{report.pk}/", {"act": "approve", "round": "1"}).status_code == 409
    assert _submit(asked).status_code == 409
    assert Fact.objects.count() == 2


def test_a_correction_is_a_new_round_that_supersedes(asked):
    _submit(asked)
    report = Report.objects.get()
    reporting.approve(report, asked.staff_a, 1)
    firm = asked.client(asked.firm_a1)
    assert firm.post(f"/reports/monthly/{asked.period.code}/reopen").status_code == 302
    assert "第 2 轮" in firm.get(asked.fill).content.decode()
    _submit(asked, "13000")
    asked.client(asked.staff_a).post(f"/reports/{report.pk}/", {"act": "approve", "round": "2"})
    values = Fact.objects.filter(period_key=asked.period.key).order_by("id")
    assert [fact.value for fact in values] == [1.2, 1.3]
    assert values[1].supersedes_id == values[0].pk


@pytest.mark.parametrize(
    ("value", "sentence"),
    [("", "必填"), ("abc", "不是数字"), ("-5", "不能小于"), ("1e9", "不能大于"), ("5吨", "不是同一类")],
)
def test_a_wrong_value_is_said_at_its_field_and_kept(asked, value, sentence):
    response = _submit(asked, value)
    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page
    assert f'value="{value}"' in page
    assert Report.objects.get().status == ReportStatus.DRAFT


def test_a_large_change_must_be_explained(asked):
    response = _submit(asked, "30000")
    assert response.status_code == 422
    assert "+200.0%" in response.content.decode()
    assert _submit(asked, "30000", explanation="新产线投产").status_code == 302
    report = Report.objects.get()
    assert report.status == ReportStatus.SUBMITTED
    reporting.approve(report, asked.staff_a, 1)
    assert Fact.objects.latest("id").note == "新产线投产"


def test_html_in_an_explanation_is_text(asked):
    _submit(asked, "30000", explanation="<img src=x onerror=alert(1)>")
    page = asked.client(asked.staff_a).get(f"/reports/{Report.objects.get().pk}/").content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_a_draft_is_the_enterprises_own(asked):
    assert _submit(asked, "abc", act="save").status_code == 302
    report = Report.objects.get()
    assert report.status == ReportStatus.DRAFT
    assert asked.client(asked.staff_a).get(f"/reports/{report.pk}/").status_code == 404
    assert not AuditEntry.objects.filter(action="report_submitted").exists()


def test_two_of_one_enterprise_fill_in_one_form(asked):
    a, b = asked.client(asked.firm_a1), asked.client(asked.firm_a1)
    of_a, of_b = opened(a.get(asked.fill)), opened(b.get(asked.fill))
    mine = {"v-gross_output": "12000", "e-gross_output": "", "v-energy_use": "", "act": "save"}
    assert a.post(asked.fill, mine | {"opened": of_a}).status_code == 302
    for act in ("save", "submit"):
        answer = b.post(asked.fill, mine | {"v-gross_output": "13000", "act": act, "opened": of_b})
        text = html.unescape(answer.content.decode())
        assert answer.status_code == 409 and "工业总产值：现在是“12000”，您填的是“13000”" in text
        assert 'value="13000"' in text, "what was written is kept"
    blind = b.post(asked.fill, mine | {"v-gross_output": "14000"})
    assert blind.status_code == 409 and "没有带上打开时的值" in blind.content.decode()
    report = Report.objects.get()
    assert (report.status, report.values["gross_output"]["text"]) == (ReportStatus.DRAFT, "12000")
    # another figure is nobody's business, and the page that was shown stands on the newest state
    more = mine | {"v-gross_output": "13000", "v-energy_use": "5", "act": "submit", "opened": opened(answer)}
    assert b.post(asked.fill, more).status_code == 302
    report.refresh_from_db()
    assert (report.status, report.values["gross_output"]["text"]) == (ReportStatus.SUBMITTED, "13000")


def test_returning_needs_a_reason(asked):
    _submit(asked)
    report = Report.objects.get()
    officer = asked.client(asked.staff_a)
    assert officer.post(f"/reports/{report.pk}/", {"act": "return", "round": "1"}).status_code == 422
    officer.post(f"/reports/{report.pk}/", {"act": "return", "round": "1", "reason": "单位似为元，请核对"})
    report.refresh_from_db()
    assert report.status == ReportStatus.RETURNED
    assert "单位似为元" in asked.client(asked.firm_a1).get(asked.fill).content.decode()
    assert _submit(asked).status_code == 302
    assert not Fact.objects.filter(period_key=asked.period.key).exists()


def test_who_has_not_reported(asked):
    _submit(asked)
    address = f"/reports/monthly/{asked.period.code}/"
    page = asked.client(asked.staff_a).get(address, follow=True)
    assert [one.code for one in page.context["rows"]] == ["ENT-A2"]
    assert page.context["counts"].asked == 2
    whole = asked.client(asked.planner).get(address, follow=True)
    assert {one.code for one in whole.context["rows"]} == {"ENT-A2", "ENT-B1", "ENT-C1"}
    handed = asked.client(asked.planner).get(address, {"state": "submitted"}, follow=True)
    assert [one.organisation for one in handed.context["rows"]] == [asked.a1]
    assert asked.client(asked.planner).get("/reports/returns/").context["period"] == asked.period
    wrong = asked.client(asked.planner).get("/reports/returns/", {"form": "nothing"})
    assert not wrong.context["rows"] and wrong.context["faults"]
    assert asked.client(asked.firm_a1).get("/reports/returns/").status_code == 403
    assert asked.client(asked.firm_a1).get("/reports/returns/export/").status_code == 403


def test_strangers_neighbours_and_other_roles_are_refused(asked):
    _submit(asked)
    report = Report.objects.get()
    pages = ["/reports/", f"/reports/{report.pk}/", f"/reports/monthly/{asked.period.code}/", asked.fill]
    for page in pages:
        assert Client().get(page).status_code == 302, page
    for user in (asked.staff_c, asked.firm_c1):
        assert asked.client(user).get(f"/reports/{report.pk}/").status_code == 404
        assert asked.client(user).post(f"/reports/{report.pk}/", {"act": "approve", "round": "1"}).status_code == 404
    # an enterprise does not examine its own report, a leader examines none, an officer fills in none
    for user in (asked.firm_a1, asked.leader):
        assert asked.client(user).post(f"/reports/{report.pk}/", {"act": "approve", "round": "1"}).status_code == 404
    assert asked.client(asked.staff_a).post(asked.fill, {"act": "submit"}).status_code == 403
    assert asked.client(asked.firm_a1).get(f"/reports/monthly/{asked.period.code}/").status_code == 403
    assert asked.client(asked.firm_c1).get(asked.fill).context["report"].organisation == asked.c1
    report.refresh_from_db()
    assert report.status == ReportStatus.SUBMITTED


@pytest.mark.parametrize("period", ["2023-01", "2199-01", "2024", "2024Q1", "2024-13"])
def test_periods_that_are_not_asked_for(asked, period):
    response = asked.client(asked.firm_a1).get(f"/reports/monthly/{period}/fill")
    assert response.status_code in (404, 422)


def test_reporting_by_api(asked):
    firm, officer, neighbour = (asked.client(u) for u in (asked.firm_a1, asked.staff_a, asked.staff_c))
    address = f"/api/forms/monthly/report?period={asked.period.code}"
    body = {"values": {"gross_output": {"text": "30000"}}, "submit": True}
    first = firm.put(address, body, content_type="application/json").json()
    assert first["status"] == "draft"
    assert first["lines"][0]["warning"]
    body["values"]["gross_output"]["explanation"] = "新产线"
    report = firm.put(address, body, content_type="application/json").json()
    assert report["status"] == "submitted"
    verdict = {"act": "approve", "round": 1}
    review = f"/api/reports/{report['id']}/review"
    assert Client().post(review, verdict, content_type="application/json").status_code == 401
    assert neighbour.get(f"/api/reports/{report['id']}").status_code == 404
    assert neighbour.post(review, verdict, content_type="application/json").status_code == 404
    assert firm.post(review, verdict, content_type="application/json").status_code == 403
    assert officer.put(address, body, content_type="application/json").status_code == 403
    assert officer.post(review, verdict, content_type="application/json").json()["status"] == "approved"
    returns = officer.get(f"/api/forms/monthly/returns?period={asked.period.code}").json()
    assert (returns["asked"], returns["approved"], [one["code"] for one in returns["missing_list"]]) == (
        2,
        1,
        ["ENT-A2"],
    )
    assert firm.get(f"/api/forms/monthly/returns?period={asked.period.code}").status_code == 403
    assert officer.get("/api/reports").json()["count"] == 1
    assert neighbour.get("/api/reports").json()["count"] == 0
    assert firm.get("/api/forms").json()[0]["items"][0]["unit"] == "万元"
