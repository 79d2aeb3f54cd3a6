"""Meetings: rooms held once, answers, who came, what was decided, minutes; the calendar and its feed."""

import datetime as dt
import html
import io
import re
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from docx import Document as read_word
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.cases.models import Case
from qiangqu.domains.office.documents import paper
from qiangqu.domains.office.documents.tests.conftest import office, set_up  # noqa: F401 - fixture
from qiangqu.domains.office.meetings import agenda, calendar, calling, holding
from qiangqu.domains.office.meetings.terms import Answer, MeetingState
from qiangqu.domains.office.models.meetings import CalendarEvent, CalendarFeed, Invitation, Meeting, MeetingRoom
from qiangqu.messaging.models import Message
from qiangqu.plan.models import Measure, Plan, Responsibility
from qiangqu.registry.models import AuditEntry, Organisation
from qiangqu.registry.tests import factories
from qiangqu.ui.tests.opened import opened

ZONE = ZoneInfo("Asia/Shanghai")
BASE = dt.datetime(2026, 12, 1, 9, 0, tzinfo=ZONE)


def planned(office, start=BASE, hours=2, **more):  # noqa: F811
    first = {
        "body": office["bodies"]["Z1"],
        "kind": "dispatch",
        "title": "园区调度会",
        "chair": office["people"]["head"],
        "place": "一楼大厅",
        "start": start,
        "end": start + dt.timedelta(hours=hours),
    }
    return Meeting(**(first | more))


@pytest.fixture
def room(office):  # noqa: F811
    return MeetingRoom.objects.create(area=office["areas"]["Z1"], name="301", seats=20, valid_from=factories.BORN)


@pytest.fixture
def held(office):  # noqa: F811
    """A meeting of last week, with people and what was decided."""
    people = office["people"]
    one = calling.call(
        planned(office, timezone.now() - dt.timedelta(days=7)), agenda.read("听取汇报；发展局；20"), people["zone"]
    )
    calling.invite(one, people["zone"], ["zone2", "city"], "某企业李某")
    calling.invite(one, people["zone"], ["planner"], observers=True)
    rows = {row.person: row for row in one.invitations.all()}
    Invitation.objects.filter(pk=rows["city"].pk).update(answer=Answer.AWAY, reason="出差")
    holding.hold(one, people["zone"], [row.pk for name, row in rows.items() if name != "city"])
    one.refresh_from_db()
    return one


def test_a_room_is_held_once(office, room):  # noqa: F811
    zone = office["people"]["zone"]
    first = calling.call(planned(office, room=room), [], zone)
    with pytest.raises(ConflictError, match="已有会议：园区调度会"):
        calling.call(planned(office, BASE + dt.timedelta(hours=1), room=room, title="另一会"), [], zone)
    after = calling.call(planned(office, BASE + dt.timedelta(hours=2), room=room, title="随后的会"), [], zone)
    after.start = BASE + dt.timedelta(minutes=30)
    with pytest.raises(ConflictError):
        calling.change(after, zone, after, [], after.revision)
    calling.cancel(first, zone, "领导出差")
    calling.change(after, zone, after, [], 0)
    after.refresh_from_db()
    assert after.start == BASE + dt.timedelta(minutes=30)
    assert AuditEntry.objects.filter(action="meeting_changed").count() == 1


def test_what_a_meeting_must_say(office, room):  # noqa: F811
    zone, people = office["people"]["zone"], office["people"]
    for change, said in (
        ({"hours": 0}, "结束时间"),
        ({"hours": 100}, "会期不超过"),
        ({"place": " "}, "选会议室"),
        ({"body": office["bodies"]["Z3"]}, None),
    ):
        with pytest.raises(PermissionDenied if said is None else InputError, match=said):
            calling.call(planned(office, **change), [], zone)
    with pytest.raises(InputError, match="不是本单位的"):
        calling.call(planned(office, body=office["bodies"]["Z3"], room=room), [], people["neighbour"])


def test_people_are_told_answer_and_send_others(office):  # noqa: F811
    people = office["people"]
    one = calling.call(planned(office), [], people["zone"])
    assert calling.invite(one, people["zone"], ["city", "zone2", "head"], "某企业李某") == 4
    assert calling.invite(one, people["zone"], ["city"], "某企业李某") == 0
    assert Message.objects.filter(user=people["city"], subject__startswith="会议通知").count() == 1
    with pytest.raises(InputError, match="请假须写明原因"):
        holding.answer(one, people["city"], "away")
    with pytest.raises(InputError, match="委派对象"):
        holding.answer(one, people["city"], "delegates", delegate="city")
    with pytest.raises(PermissionDenied):
        holding.answer(one, people["planner"], "comes")
    holding.answer(one, people["city"], "delegates", delegate="planner")
    assert Message.objects.filter(user=people["planner"], subject__startswith="请代为参会").exists()
    assert {user.username for user in calling.expected(one)} == {"head", "planner", "zone2"}
    other = calling.call(planned(office, BASE + dt.timedelta(hours=1), title="另一会"), [], people["zone"])
    calling.invite(other, people["zone"], ["planner"])
    assert [row.user.username for row in calling.double_booked(one)] == ["planner", "head"][:1]
    one.refresh_from_db()
    one.start, one.end = BASE + dt.timedelta(days=1), BASE + dt.timedelta(days=1, hours=1)
    calling.change(one, people["zone"], one, [], 0)
    assert Message.objects.filter(subject__startswith="会议改期").count() == 3
    calling.cancel(one, people["zone"], "改为书面")
    with pytest.raises(ConflictError):
        holding.answer(one, people["zone2"], "comes")


def test_minutes_say_what_was_decided_and_who_came(office, held):  # noqa: F811
    zone = office["people"]["zone"]
    unit = Organisation.objects.create(
        code="JXJ", name="经信局", kind="agency", area=office["areas"]["Z1"], valid_from=factories.BORN
    )
    holding.resolve(held, zone, "抓紧完成监测设备联网", "JXJ", dt.date(2027, 1, 31))
    with pytest.raises(InputError, match="没有这个责任单位"):
        holding.resolve(held, zone, "另一事项", "NOBODY", None)
    document = holding.draft_minutes(held, zone)
    assert holding.draft_minutes(held, zone) == document
    assert (document.kind, document.title) == ("minutes", "园区调度会纪要")
    for expected in (
        "（一）听取汇报。",
        f"（一）抓紧完成监测设备联网。责任单位：{unit.name}。完成时间：2027年1月31日。",
        "出席：zone2、某企业李某",
        "请假：city",
        "列席：planner",
    ):
        assert expected in document.text, expected
    with pytest.raises(ConflictError, match="到会情况不再改"):
        held.refresh_from_db()
        holding.hold(held, zone)
    text = [p.text for p in read_word(io.BytesIO(paper.word(document))).paragraphs]
    assert "东一开发区管委会纪要" in text and "出席：zone2、某企业李某" in text
    assert not any(line.strip() == document.body.name for line in text[:-1])  # no signature


def test_what_was_decided_becomes_a_supervised_task_once(client, office, held):  # noqa: F811
    people, region = office["people"], office["areas"]["R"]
    plan = Plan.objects.create(
        code="P", name="试验计划", area=region, base_year=2025, start_year=2026, target_year=2030
    )
    unit = Organisation.objects.create(code="GXT", name="工信厅", kind="agency", area=region, valid_from=factories.BORN)
    measure = Measure.objects.create(plan=plan, no=1, title="举措")
    Responsibility.objects.create(measure=measure, organisation=unit, role="lead")
    one = holding.resolve(
        held, people["zone"], "抓紧完成监测设备联网", "GXT", timezone.localdate() + dt.timedelta(days=20)
    )
    url = reverse("plan-supervise", args=[one.subject])
    client.force_login(people["zone"])
    assert client.get(url).status_code == 403
    assert "由规划人员或领导" in client.get(reverse("meeting", args=[held.pk])).content.decode()
    client.force_login(people["leader"])
    assert client.get(url).status_code == 200
    for _n in range(2):
        assert client.post(url, {"unit": "GXT"}).status_code == 302
    case = Case.objects.get(subject=one.subject)
    assert case.number in client.get(reverse("meeting", args=[held.pk])).content.decode()
    assert reverse("meeting", args=[held.pk]) in client.get(reverse("cases-case", args=[case.number])).content.decode()


def test_pages_open_for_the_office_and_refuse_others(client, office, held):  # noqa: F811
    people = office["people"]
    ahead = calling.call(planned(office, timezone.now() + dt.timedelta(days=3)), [], people["zone"])
    general = [reverse(name) for name in ("meetings", "meeting-new", "calendar", "calendar-event-new")]
    own = [
        reverse("meeting", args=[held.pk]),
        reverse("meeting", args=[ahead.pk]),
        reverse("meeting-edit", args=[ahead.pk]),
    ]
    client.force_login(people["zone"])
    assert {client.get(url).status_code for url in [*general, *own]} == {200}
    acts = [reverse("meeting-act", args=[ahead.pk, name]) for name in ("invite", "answer", "cancel", "hold")]
    client.force_login(people["neighbour"])
    assert {client.get(url).status_code for url in own} == {404}
    assert {client.post(url).status_code for url in acts} == {404}
    assert held.title not in client.get(reverse("meetings"), {"list": "all"}).content.decode()
    # invited from elsewhere: sees it, answers, does not write
    calling.invite(ahead, people["zone"], ["neighbour"])
    assert client.get(own[1]).status_code == 200 and client.get(own[2]).status_code == 403
    assert client.post(acts[1], {"answer": "comes"}).status_code == 302
    assert client.post(acts[2], {"reason": "不想开"}).status_code == 403
    # the office above reads
    client.force_login(people["leader"])
    assert client.get(own[0]).status_code == 200 and client.post(acts[0], {"people": ["city"]}).status_code == 403
    client.logout()
    assert {client.get(url).status_code for url in [*general, *own]} == {302}


def test_a_clerk_calls_a_meeting_by_the_page(client, office, room):  # noqa: F811
    client.force_login(office["people"]["zone"])
    sent = {
        "body": office["bodies"]["Z1"].pk, "kind": "office", "title": "<i>例会</i>", "chair": office["people"]["head"].pk,
        "room": room.pk, "start": "2026-12-01T09:00", "end": "2026-12-01T10:00", "agenda": "甲；乙；x", "note": "",
    }  # fmt: skip
    wrong = client.post(reverse("meeting-new"), sent)
    assert wrong.status_code == 422 and "议程第 1 行" in wrong.content.decode()
    assert client.post(reverse("meeting-new"), sent | {"agenda": "甲；乙；10\n丙"}).status_code == 302
    one = Meeting.objects.get()
    assert timezone.localtime(one.start).hour == 9 and one.agenda.count() == 2
    page = client.get(reverse("meeting", args=[one.pk])).content.decode()
    assert "&lt;i&gt;例会" in page and "<i>例会" not in page
    clash = client.post(reverse("meeting-new"), sent | {"agenda": "", "title": "另一会"})
    assert clash.status_code == 422 and "已有会议" in clash.content.decode()
    change = client.post(
        reverse("meeting-edit", args=[one.pk]), sent | {"agenda": "甲", "revision": 0, "title": "例会"}
    )
    one.refresh_from_db()
    assert change.status_code == 302 and one.title == "例会" and one.revision == 1


def test_two_at_one_meeting(client, office):  # noqa: F811
    people = office["people"]
    one = calling.call(planned(office), agenda.read("甲；乙；10"), people["zone"])
    other = Client()
    client.force_login(people["zone"])
    other.force_login(people["zone2"])
    url = reverse("meeting-edit", args=[one.pk])
    of_a, of_b = opened(client.get(url)), opened(other.get(url))
    start, end = (timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M") for moment in (one.start, one.end))
    sent = {
        "kind": one.kind, "title": one.title, "chair": one.chair_id or "", "room": "", "place": one.place, "start": start, "end": end,
        "agenda": "甲；乙；10", "note": one.note, "revision": 0,
    }  # fmt: skip
    assert client.post(url, sent | {"place": "一号楼", "agenda": "甲；乙；20", "opened": of_a}).status_code == 302
    answer = other.post(url, sent | {"place": "二号楼", "agenda": "甲；乙；30", "opened": of_b})
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 422 and "现在是“一号楼”，您填的是“二号楼”" in text
    assert "现在是“甲；乙；20”，您填的是“甲；乙；30”" in text
    for without in ({"revision": ""}, {"revision": 0}, {"revision": 9}):
        blind = other.post(url, sent | {"place": "二号楼"} | without)
        assert blind.status_code == 422 and 'value="二号楼"' in blind.content.decode()
    one.refresh_from_db()
    assert (one.place, one.agenda.get().minutes) == ("一号楼", 20)
    again = sent | {"place": "二号楼", "agenda": "甲；乙；30", "revision": 1, "opened": opened(answer)}
    assert other.post(url, again).status_code == 302
    one.refresh_from_db()
    assert (one.place, one.agenda.get().minutes, one.revision) == ("二号楼", 30, 2)


def test_the_calendar_holds_what_is_ones_own(client, office):  # noqa: F811
    people = office["people"]
    one = calling.call(planned(office), [], people["zone"])
    calling.invite(one, people["zone"], ["city", "zone2"])
    holding.answer(one, people["zone2"], "away", reason="出差")
    client.force_login(people["city"])
    sent = {"title": "看牙", "start": "2026-12-02T08:00", "end": "2026-12-02T09:00"}
    assert client.post(reverse("calendar-event-new"), sent).status_code == 302
    wrong = client.post(reverse("calendar-event-new"), sent | {"end": "2026-12-01T09:00"})
    assert wrong.status_code == 422 and "结束时间" in wrong.content.decode()
    page = client.get(reverse("calendar"), {"month": "2026-12"}).content.decode()
    assert "看牙" in page and "园区调度会" in page
    assert client.get(reverse("calendar"), {"month": "x" * 9}).status_code == 200
    event = CalendarEvent.objects.get()
    for other in ("zone2", "head", "admin"):
        client.force_login(people[other])
        assert client.get(reverse("calendar-event", args=[event.pk])).status_code == 404
        assert client.post(reverse("calendar-event", args=[event.pk]), {"act": "delete"}).status_code == 404
    client.force_login(people["zone2"])
    page = client.get(reverse("calendar"), {"month": "2026-12"}).content.decode()
    assert "看牙" not in page and "园区调度会" not in page  # he is away
    client.force_login(people["city"])
    assert client.post(reverse("calendar-event", args=[event.pk]), {"act": "delete"}).status_code == 302
    assert not CalendarEvent.objects.exists()
    listed = client.get("/api/v1/office/calendar", {"first": "2026-12-01", "last": "2026-12-31"}).json()
    assert [row["title"] for row in listed] == ["园区调度会"]
    assert client.get("/api/v1/office/calendar", {"first": "2026-12-01", "last": "2036-12-31"}).status_code == 422


def test_the_feed_needs_its_secret_and_says_what_the_calendar_says(client, office):  # noqa: F811
    people = office["people"]
    soon = timezone.now().replace(microsecond=0) + dt.timedelta(days=5)
    one = calling.call(planned(office, soon), [], people["zone"])
    calling.invite(one, people["zone"], ["city"])
    calling.cancel(one, people["zone"], "改期再定")
    client.force_login(people["city"])
    page = client.post(reverse("calendar-subscription"), follow=True).content.decode()
    token = re.findall(r"/office/calendar/([\w-]{40,})\.ics", page)[0]
    assert not CalendarFeed.objects.filter(digest=token).exists()
    assert token not in client.get(reverse("calendar")).content.decode()  # shown once
    client.logout()
    got = client.get(reverse("calendar-feed", args=[token]))
    assert got.status_code == 200 and got.headers["Content-Type"].startswith("text/calendar")
    events = list(icalendar.Calendar.from_ical(got.content).walk("VEVENT"))
    assert [str(event["summary"]) for event in events] == ["园区调度会"]
    assert events[0].decoded("dtstart") == soon and str(events[0]["status"]) == "CANCELLED"
    assert str(events[0]["uid"]) == f"meeting-{one.pk}@qiangqu"
    for wrong in (token[:-1], token + "x", "x"):
        assert client.get(reverse("calendar-feed", args=[wrong])).status_code == 404
    renewed = calendar.make_feed(people["city"])
    assert client.get(reverse("calendar-feed", args=[token])).status_code == 404
    people["city"].is_active = False
    people["city"].save()
    assert client.get(reverse("calendar-feed", args=[renewed])).status_code == 404


def test_tomorrows_meetings_are_called_to_mind_once(office):  # noqa: F811
    people = office["people"]
    one = calling.call(planned(office), [], people["zone"])
    calling.invite(one, people["zone"], ["city"])
    before = BASE - dt.timedelta(hours=17)
    assert calendar.remind_tomorrow(before) == "提醒 2 人"
    assert calendar.remind_tomorrow(before) == ""
    assert Message.objects.filter(subject__startswith="明天开会").count() == 2


def test_the_api_lists_and_answers(client, office):  # noqa: F811
    people = office["people"]
    one = calling.call(planned(office), agenda.read("甲；乙；5"), people["zone"])
    calling.invite(one, people["zone"], ["city"])
    client.force_login(people["city"])
    assert client.get("/api/v1/office/meetings").json()["count"] == 1
    assert client.get(f"/api/v1/office/meetings/{one.pk}").json()["agenda"][0]["subject"] == "甲"
    sent = client.post(f"/api/v1/office/meetings/{one.pk}/answer", {"answer": "comes"}, content_type="application/json")
    assert sent.status_code == 200 and one.invitations.get().answer == "comes"
    client.force_login(people["neighbour"])
    assert client.get(f"/api/v1/office/meetings/{one.pk}").status_code == 404
    assert client.get("/api/v1/office/meetings").json()["count"] == 0
    client.logout()
    assert client.get("/api/v1/office/meetings").status_code == 401


def test_a_meeting_ahead_is_not_held_and_one_unseen_is_not_found(office):  # noqa: F811
    from qiangqu.domains.office.meetings.access import meeting_for

    people = office["people"]
    one = calling.call(planned(office, timezone.now() + dt.timedelta(days=2)), [], people["zone"])
    with pytest.raises(ConflictError, match="还没有开始"):
        holding.hold(one, people["zone"])
    with pytest.raises(ConflictError):
        holding.draft_minutes(one, people["zone"])
    with pytest.raises(NotFoundError):
        meeting_for(people["neighbour"], one.pk)
    assert one.state == MeetingState.PLANNED


@given(
    st.lists(
        st.builds(
            agenda.Item,
            st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="；;"), min_size=1, max_size=30),
            st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="；;"), max_size=20),
            st.none() | st.integers(1, 600),
        ),
        max_size=10,
    )
)
def test_an_agenda_written_is_read_the_same(items):
    assert agenda.read(agenda.written(items)) == items


@given(st.text(max_size=300))
def test_any_agenda_is_read_or_refused_with_a_sentence(text):
    try:
        assert all(item.subject for item in agenda.read(text))
    except InputError as error:
        assert error.where
