"""Who is told of what in reporting and importing, and where overdue reports are shown."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from qiangqu.base.periods import month
from qiangqu.facts import jobs, owed, reporting, telling
from qiangqu.facts.models import ImportJob
from qiangqu.messaging.models import Message
from qiangqu.registry.models import User
from qiangqu.ui import attention

from .test_reporting import asked  # noqa: F401 - fixture

pytestmark = [pytest.mark.django_db, pytest.mark.urls("qiangqu.facts.tests.urls")]


@pytest.fixture
def scene(asked):  # noqa: F811
    """The form, with the user of a1 and one of c1."""
    land = asked
    land.clerk = User.objects.posted(organisation=land.a1, role="enterprise").first() or User.objects.create(
        username="a1", password="!", role="enterprise", area=land.zone_a, organisation=land.a1
    )
    land.other = User.objects.create(
        username="c1x", password="!", role="enterprise", area=land.zone_c, organisation=land.c1
    )
    return land


def told():
    """(who, subject) of every message, and none left."""
    found = sorted((one.user.username, one.subject) for one in Message.objects.select_related("user"))
    Message.objects.all().delete()
    return found


def handed_in(land):
    report = reporting.report_of(land.form, land.a1, land.period)
    reporting.fill(report, {"gross_output": {"text": "11000"}}, land.clerk, submit=True)
    return reporting.report_of(land.form, land.a1, land.period)


def test_every_change_of_a_report_reaches_who_waits_for_it(scene):
    label = scene.period.label
    report = handed_in(scene)
    assert told() == [("staff_a", f"待审核：月报表 {label}（甲一公司）")], (
        "the zone's own people, and nobody above or beside"
    )
    reporting.send_back(report, scene.staff_a, "单位不对", report.round)
    sent = Message.objects.get()
    assert sent.text == "单位不对" and sent.url.endswith("/fill")
    assert told() == [(scene.clerk.username, f"填报被退回：月报表 {label}")]
    report = handed_in(scene)
    told()
    reporting.approve(report, scene.staff_a, report.round)
    assert told() == [(scene.clerk.username, f"填报已通过：月报表 {label}")]
    reporting.reopen(report, scene.clerk)
    assert told() == [("staff_a", f"企业更正填报：月报表 {label}（甲一公司）")]


def test_a_draft_and_a_faulty_report_tell_nobody(scene):
    report = reporting.report_of(scene.form, scene.a1, scene.period)
    reporting.fill(report, {"gross_output": {"text": "11000"}}, scene.clerk, submit=False)
    reporting.fill(report, {"gross_output": {"text": "很多"}}, scene.clerk, submit=True)
    assert told() == []


def test_where_a_zone_has_nobody_the_area_above_examines(scene):
    scene.staff_a.is_active = False
    scene.staff_a.save()
    assert {one.username for one in telling.examiners(scene.zone_a)} == {"bureau"}
    User.objects.filter(username="bureau").delete()
    assert "planner" in {one.username for one in telling.examiners(scene.zone_a)}


def moment(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(8, 30)))


def test_what_is_owed_is_asked_for_at_the_start_near_the_end_and_when_it_is_over(scene):
    period = month(2026, 5)
    last = reporting.due_on(scene.form, period)
    for day, words in (
        (period.end + dt.timedelta(days=1), "请填报"),
        (last, "快到期"),
        (last + dt.timedelta(days=1), "已逾期"),
    ):
        owed.ask_for_reports(moment(day))
        owed.ask_for_reports(moment(day))
        found = [
            (one.user.username, one.subject)
            for one in Message.objects.filter(user__posts__role="enterprise").select_related("user")
        ]
        assert {name for name, _subject in found} >= {scene.clerk.username, "c1x"}
        assert len(found) == len(set(found)) and all(
            f"{words}：月报表 2026年5月" in subject for _name, subject in found
        ), day
        late = Message.objects.filter(user=scene.staff_a)
        assert [one.subject for one in late] == (
            [f"2 家未按时填报：月报表 2026年5月（截止 {last}）"] if words == "已逾期" else []
        )
        Message.objects.all().delete()


def test_who_has_handed_in_is_not_asked(scene):
    handed_in(scene)
    told()
    owed.ask_for_reports(moment(reporting.due_on(scene.form, scene.period)))
    assert scene.clerk.username not in {name for name, _subject in told()}


def test_overdue_reports_are_on_the_landing_page_and_in_the_page_head(scene):
    day = dt.date(2026, 12, 31)
    own = owed.overdue(scene.clerk, None, day)
    assert [one.count for one in own] == [1, 1, 1] and own[0].url.endswith("/fill")
    zone = owed.overdue(scene.staff_a, scene.zone_a, day)
    assert [one.count for one in zone] == [2, 2, 2]
    assert [one.count for one in owed.overdue(scene.planner, scene.zone_c, day)] == [1, 1, 1]
    inspector = User.objects.create(username="insp", password="!", role="inspector", area=scene.region)
    assert owed.overdue(inspector, scene.region, day) == []
    shown = [one for one in attention.alerts(scene.staff_a, scene.zone_a, day) if one.word == "逾期"]
    assert len(shown) == 3 and "2 家逾期未报" in shown[0].text and shown[0].url.startswith("/reports/monthly/")
    page = scene.client(scene.clerk).get("/reports/counter")
    total = sum(one.count for one in owed.overdue(scene.clerk))
    assert page.status_code == 200 and (not total or f">{total}<" in page.content.decode())


@pytest.mark.parametrize(
    ("content", "subject"),
    [
        ("要素,区域,时期,数值,单位\n工业总产值,甲园区,2024,12,亿元\n", "已检查，请确认导入：表.csv"),
        ("要素,区域,时期,数值,单位\n工业总产值,甲园区,2024,很多,亿元\n", "文件有误，未导入：表.csv"),
    ],
)
def test_the_end_of_an_import_reaches_its_sender(land, content, subject):
    client = land.client(land.staff_a)
    client.post("/facts/imports/", {"file": SimpleUploadedFile("表.csv", content.encode())})
    job = ImportJob.objects.get()
    jobs.run(job.pk)
    assert told() == [("staff_a", subject)]
    job.refresh_from_db()
    if job.status == "ready":
        jobs.confirm(job, job.sha256)
        jobs.run(job.pk)
        assert told() == [("staff_a", "导入完成：表.csv")]
