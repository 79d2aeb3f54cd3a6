"""Desk, alarm, rules, channels and try-out: who may open them, what they show, what is done on them."""

import datetime as dt
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from qiangqu.registry.models import AuditEntry
from qiangqu.telemetry.alarms.models import Alarm, AlarmChannel, AlarmRule
from qiangqu.telemetry.models import Device
from qiangqu.ui.tests.opened import send


def text_of(response) -> str:
    return response.content.decode()


def enter(scene, name: str) -> Client:
    client = Client()
    client.force_login(scene.people[name])
    return client


@pytest.fixture
def alarmed(scene):
    """An alarm at D1 (Z1, of an enterprise) and at D3 (Z3), by rules of the region and of Z1."""
    scene.rule(code="wide", escalation="30:bureau")
    scene.rule(code="own", area=scene.areas["Z1"], condition="value > 70", enabled=False)
    scene.step(D1_a21026=40, D3_a21026=40)
    scene.step(D1_a21026=60, D3_a21026=90)
    return scene


@pytest.fixture
def one(alarmed) -> Alarm:
    return Alarm.objects.get(device__mn="D1")


def pages(one: Alarm) -> list[str]:
    return [
        "/alarms",
        "/alarms?shown=all",
        "/alarms/counter",
        "/alarms/export",
        f"/alarms/{one.pk}",
        f"/alarms/{one.pk}?point={one.point_id}",
    ]


def editors(scene) -> list[str]:
    own = AlarmRule.objects.get(code="own")
    return [
        "/alarm-rules/", f"/alarm-rules/{own.pk}/", f"/alarm-rules/{own.pk}/edit/", "/alarm-rules/new/", "/alarm-channels/",
        "/alarm-channels/new/", "/alarms/try", "/alarms/try?rule=own&days=3",
    ]  # fmt: skip


def test_strangers_are_sent_to_sign_in(alarmed, one) -> None:
    for page in (*pages(one), *editors(alarmed)):
        response = Client().get(page)
        assert response.status_code == 302 and "login" in response.url, page
    response = Client().post("/alarms/act", {"act": "acknowledge", "alarm": one.pk})
    assert response.status_code == 302 and "login" in response.url
    one.refresh_from_db()
    assert not one.acknowledged


@pytest.mark.parametrize("who", ["neighbour", "rival"])
def test_neighbours_find_nothing(alarmed, one, who) -> None:
    client = enter(alarmed, who)
    assert client.get(f"/alarms/{one.pk}").status_code == 404
    for page in ("/alarms", "/alarms?shown=all", "/alarms?shown=all&q=D1"):
        body = text_of(client.get(page))
        assert "D1号排口" not in body and "东一化工" not in body and f"/alarms/{one.pk}" not in body
    sheet = client.get("/alarms/export?shown=all")
    assert "D1" not in str(list(load_workbook(BytesIO(sheet.getvalue())).active.values))
    for act in ("acknowledge", "shelve", "unshelve", "close", "comment"):
        answer = client.post("/alarms/act", {"act": act, "alarm": one.pk, "text": "x", "hours": "8"})
        assert answer.status_code == (403 if who == "rival" else 404), act
    one.refresh_from_db()
    assert not one.acknowledged and one.shelved_until is None and one.events.count() == 1


def test_a_neighbour_sees_neither_the_rules_nor_the_channels_of_another_area(alarmed) -> None:
    own = AlarmRule.objects.get(code="own")
    channel = AlarmChannel.objects.create(
        name="东一群",
        area=alarmed.areas["Z1"],
        kind="wecom",
        url="https://qyapi.weixin.qq.com/x?key=verysecret",
        valid_from=own.valid_from,
    )
    client = enter(alarmed, "neighbour")
    for page in (
        f"/alarm-rules/{own.pk}/",
        f"/alarm-rules/{own.pk}/edit/",
        f"/alarm-channels/{channel.pk}/",
        "/alarms/try?rule=own",
    ):
        assert client.get(page).status_code == 404, page
    assert "value &gt; 70" not in text_of(client.get("/alarm-rules/")) and "东一群" not in text_of(
        client.get("/alarm-channels/")
    )
    zone = enter(alarmed, "zone")
    for page in (
        "/alarm-channels/",
        f"/alarm-channels/{channel.pk}/",
        f"/alarm-channels/{channel.pk}/edit/",
        "/alarm-channels/export/",
    ):
        answer = zone.get(page)
        body = b"".join(answer.streaming_content).decode("latin1") if answer.streaming else text_of(answer)
        assert answer.status_code == 200 and "verysecret" not in body, page


@pytest.mark.one_database  # visibility is asked of both by test_visibility_property
@pytest.mark.parametrize("who", ["owner", "inspector", "leader"])
def test_roles_that_may_only_look(alarmed, one, who) -> None:
    client = enter(alarmed, who)
    for page in pages(one):
        assert client.get(page).status_code == 200, page
    body = text_of(client.get("/alarms"))
    assert "D1号排口" in body and "alarm-act" not in body
    for page in editors(alarmed):
        assert client.get(page).status_code == 403, page
    assert client.post("/alarms/act", {"act": "acknowledge", "alarm": one.pk}).status_code == 403


@pytest.mark.one_database  # visibility is asked of both by test_visibility_property
@pytest.mark.parametrize("who", ["zone", "city", "planner", "admin"])
def test_those_in_charge(alarmed, one, who) -> None:
    client = enter(alarmed, who)
    for page in (*pages(one), *editors(alarmed)):
        assert client.get(page).status_code == 200, page


def test_the_owner_sees_his_own_only(alarmed) -> None:
    body = text_of(enter(alarmed, "owner").get("/alarms"))
    assert "D1号排口" in body and "D3号排口" not in body


def test_acting_on_the_desk(alarmed, one) -> None:
    client = enter(alarmed, "zone")
    act = lambda **more: client.post("/alarms/act", {"alarm": one.pk, "next": "/alarms?shown=new"} | more)  # noqa: E731
    assert act(act="shelve", hours="8", text="").url == "/alarms?shown=new"
    assert "请写明搁置原因" in text_of(client.get("/alarms"))
    assert act(act="shelve", text="检修").status_code == 302 and "搁置到什么时候" in text_of(client.get("/alarms"))
    act(act="shelve", hours="8", text="检修<b>")
    assert "D1号排口" not in text_of(client.get("/alarms")) and "D1号排口" in text_of(
        client.get("/alarms?shown=shelved")
    )
    assert "检修&lt;b&gt;" in text_of(client.get(f"/alarms/{one.pk}"))
    act(act="unshelve")
    act(act="close", text="好了")
    assert "条件仍然成立" in text_of(client.get("/alarms"))
    act(act="acknowledge", text="已派人")
    one.refresh_from_db()
    assert (one.acknowledged_by.username, one.comment) == ("zone", "已派人")
    assert "D1号排口" not in text_of(client.get("/alarms?shown=new"))
    act(act="comment", text="更换滤芯")
    alarmed.step(D1_a21026=10)
    one.refresh_from_db()
    assert one.state == "closed"
    act(act="acknowledge")
    assert "已经关闭" in text_of(client.get("/alarms"))
    body = text_of(client.get(f"/alarms/{one.pk}"))
    for word in ("已派人", "更换滤芯", "检修"):
        assert word in body
    assert set(AuditEntry.objects.filter(action__startswith="alarm_").values_list("action", flat=True)) == {
        "alarm_shelved", "alarm_unshelved", "alarm_acknowledged", "alarm_commented",
    }  # fmt: skip
    assert (
        act(act="nonsense").status_code == 302
        and act(act="close", text="x", next="https://evil.example/").url == "/alarms"
    )


def test_closing_what_has_cleared(alarmed, one) -> None:
    alarmed.step(D1_a21026=10)
    client = enter(alarmed, "zone")
    client.post("/alarms/act", {"act": "close", "alarm": one.pk, "text": ""})
    one.refresh_from_db()
    assert one.state == "cleared"
    client.post("/alarms/act", {"act": "close", "alarm": one.pk, "text": "误报"})
    one.refresh_from_db()
    assert (one.state, one.comment, one.acknowledged_by.username) == ("closed", "误报", "zone")


def test_nobody_handles_part_of_a_list_with_foreign_alarms(alarmed, one) -> None:
    foreign = Alarm.objects.get(device__mn="D3")
    answer = enter(alarmed, "zone").post("/alarms/act", {"act": "acknowledge", "alarm": [one.pk, foreign.pk]})
    assert answer.status_code == 404
    assert not Alarm.objects.filter(acknowledged_at__isnull=False).exists()


@pytest.mark.parametrize(
    "page",
    [
        "/alarms?shown=x&severity=9&rule=%00&q=%00&from=x&to=9999-99-99&page=zz&alarm=x",
        "/alarms?alarm=" + "9" * 30,
        "/alarms/99999999",
        "/alarms/try?condition=value%20%3E%20(select%201)&days=7",
        "/alarms/try?condition=&days=7",
        "/alarms/try?condition=value%3E1&days=99999999999",
        "/alarms/try?rule=%00",
        "/alarms/try?condition=value%3E1&days=1&limit=nan&factors=%27;drop",
    ],
)
def test_nonsense_is_answered_in_a_sentence(alarmed, page) -> None:
    response = enter(alarmed, "zone").get(page)
    assert response.status_code in (200, 400, 404, 422) and "Traceback" not in text_of(response)


def test_filters_rows_alone_and_ticks_kept(alarmed, one) -> None:
    client = enter(alarmed, "planner")
    assert "D3号排口" in text_of(client.get("/alarms")) and "D3号排口" not in text_of(client.get("/alarms?q=D1"))
    assert "D1号排口" not in text_of(client.get("/alarms?severity=1"))
    rows = client.get(f"/alarms?alarm={one.pk}", headers={"HX-Request": "true", "HX-Target": "alarm-rows"})
    assert "<html" not in text_of(rows) and f'value="{one.pk}" form="alarm-act" checked' in text_of(rows)
    assert "2</span>" in text_of(client.get("/alarms/counter"))
    rows_of = list(load_workbook(BytesIO(client.get("/alarms/export").getvalue())).active.values)
    assert len(rows_of) == 3 and rows_of[0][0] == "级别"


def test_the_counter_is_asked_for_on_every_page(alarmed) -> None:
    assert 'hx-get="/alarms/counter"' in text_of(enter(alarmed, "zone").get("/account/"))


def test_a_stopped_evaluator_is_said(alarmed) -> None:
    assert "没有在运行" in text_of(enter(alarmed, "zone").get("/alarms"))


def test_simulated_alarms_are_marked(alarmed) -> None:
    client = enter(alarmed, "zone")
    assert 'class="qq-ribbon"' not in text_of(client.get("/alarms"))
    alarmed.step(D2_a21026=99)
    simulated = Alarm.objects.get(device__mn="D2")
    assert 'class="qq-ribbon"' in text_of(client.get("/alarms")) and "qq-ribbon" in text_of(
        client.get(f"/alarms/{simulated.pk}")
    )


def test_a_rule_is_made_changed_and_kept_in_history(alarmed) -> None:
    client = enter(alarmed, "zone")
    given = {
        "code": "new-rule", "name": "新规则", "area": alarmed.areas["Z1"].pk, "condition": "value > limit", "clear_condition": "",
        "limit": "10", "factors": "a*", "intervals": "", "statistics": "", "devices": "", "severity": "2", "delay_on": "60",
        "delay_off": "0", "grouping": "device", "notify": "zone", "escalation": "30:bureau", "valid_from": "2026-01-01",
    }  # fmt: skip
    for wrong in (
        {"condition": "value > (SELECT 1)"}, {"condition": "value >"}, {"escalation": "soon:bureau"}, {"notify": "everybody"},
        {"factors": "a*;DROP"}, {"delay_on": "99999999"}, {"area": alarmed.areas["Z3"].pk}, {"code": "a b"},
    ):  # fmt: skip
        assert client.post("/alarm-rules/new/", given | wrong).status_code == 422, wrong
    assert client.post("/alarm-rules/new/", given).status_code == 302
    rule = AlarmRule.objects.get(code="new-rule")
    assert not rule.enabled and rule.history.count() == 1
    version = rule.history.first().history_id
    edit = given | {
        "limit": "20",
        "enabled": "on",
        "effective_from": timezone.localdate().isoformat(),
        "version": version,
    }
    assert send(client, f"/alarm-rules/{rule.pk}/edit/", edit).status_code == 302
    rule.refresh_from_db()
    assert rule.enabled and rule.limit == 20 and rule.history.count() == 2
    body = text_of(client.get(f"/alarm-rules/{rule.pk}/"))
    assert "/alarms/try?rule=new-rule" in body


def test_trying_a_rule_before_it_is_switched_on(alarmed) -> None:
    client = enter(alarmed, "zone")
    body = text_of(client.get("/alarms/try?rule=own&days=2"))
    assert "这段时间不会报警" in body
    body = text_of(client.get("/alarms/try?condition=value+%3E+50&days=2&grouping=point"))
    assert "D1号排口" in body and "D3号排口" not in body and "data-chart" in body
    assert Alarm.objects.count() == 2


def test_a_channels_address_is_checked(alarmed) -> None:
    client = enter(alarmed, "zone")
    given = {
        "name": "群",
        "kind": "wecom",
        "area": alarmed.areas["Z1"].pk,
        "severity": "2",
        "enabled": "on",
        "valid_from": "2026-01-01",
    }
    for wrong in (
        "",
        "http://qyapi.weixin.qq.com/x",
        "https://127.0.0.1/x",
        "https://evil.example/",
        "https://a@qyapi.weixin.qq.com/",
        "file:///etc/passwd",
    ):
        answer = client.post("/alarm-channels/new/", given | {"new_url": wrong})
        assert answer.status_code == 422, wrong
    good = "https://oapi.dingtalk.com/robot/send?access_token=abc"
    assert client.post("/alarm-channels/new/", given | {"new_url": good, "new_secret": "SEC1"}).status_code == 302
    channel = AlarmChannel.objects.get()
    assert (channel.url, channel.secret) == (good, "SEC1")
    assert "abc" not in str(AuditEntry.objects.filter(object_type="alarmchannel").values_list("detail", flat=True))
    edit = given | {
        "new_url": "",
        "new_secret": "",
        "name": "群二",
        "effective_from": timezone.localdate().isoformat(),
        "version": channel.history.first().history_id,
    }
    assert send(client, f"/alarm-channels/{channel.pk}/edit/", edit).status_code == 302
    channel.refresh_from_db()
    assert (channel.name, channel.url) == ("群二", good)


@pytest.mark.one_database  # it shows what others ask for
def test_names_with_markup_are_shown_as_text(alarmed, one) -> None:
    evil = "<script>alert(1)</script>"
    Device.objects.update(name=evil)
    AlarmRule.objects.update(name=evil)
    client = enter(alarmed, "zone")
    for page in (*pages(one), "/alarms/try?condition=value+%3E+50&days=2"):
        if "export" not in page:
            assert "<script>alert" not in text_of(client.get(page)), page


def test_pages_ask_the_database_a_bounded_number_of_times(alarmed, one, django_assert_max_num_queries) -> None:
    client = enter(alarmed, "zone")
    for page in (*pages(one), *editors(alarmed)):
        client.get(page)
        with django_assert_max_num_queries(32):
            client.get(page)


def test_the_wall_screen_shows_alarms(alarmed) -> None:
    from qiangqu.ui.attention import alerts

    zone = alarmed.people["zone"]
    found = alerts(zone, zone.area)
    assert [one.text for one in found if "D1" in one.text] and not [one for one in found if "D3" in one.text]
    assert not [one for one in alerts(zone, zone.area, timezone.localdate() - dt.timedelta(days=1)) if "D1" in one.text]


def test_a_device_s_page_lists_its_alarms(alarmed, one) -> None:
    page = text_of(enter(alarmed, "zone").get(f"/devices/{one.device_id}/"))
    other = Alarm.objects.get(device__mn="D3")
    assert f"/alarms/{one.pk}" in page and f"/alarms/{other.pk}" not in page
    quiet = alarmed.devices["D2"]
    assert "没有报警" in text_of(enter(alarmed, "zone").get(f"/devices/{quiet.pk}/"))
