"""Notices: to whom, by which way, with a real HTTP robot and a real SMTP server at the other end; retries and
their end.
"""

import datetime as dt
import json
import socketserver
import threading
from email import message_from_bytes
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.messaging.models import Delivery, Message, Preference
from qiangqu.messaging.sending import NotSentError, check_robot_url, deliver
from qiangqu.messaging.worker import run_due
from qiangqu.registry.models import AuditEntry
from qiangqu.registry.tests import factories
from qiangqu.telemetry.alarms.models import Alarm, AlarmChannel, AlarmNotice
from qiangqu.telemetry.alarms.notify import RETRY_MINUTES, send_due


class Robot(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server = self.server
        server.got.append((self.path, self.headers["Content-Type"], json.loads(body)))  # type: ignore[attr-defined]
        status, answer = server.answer  # type: ignore[attr-defined]
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def robot(settings):
    settings.ROBOT_HOSTS = ("127.0.0.1",)
    server = HTTPServer(("127.0.0.1", 0), Robot)
    server.got, server.answer = [], (200, b'{"errcode":0,"errmsg":"ok"}')  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def address(robot) -> str:
    return f"http://127.0.0.1:{robot.server_address[1]}/robot/send?access_token=t0k"


class Smtp(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a message needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = []
                while (text := self.rfile.readline()) != b".\r\n":
                    lines.append(text)
                self.server.got.append(b"".join(lines))  # type: ignore[attr-defined]
            if word == b"RCPT" and b"refused@" in line:
                self.wfile.write(b"550 no such user\r\n")
            else:
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def smtp(settings):
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Smtp)
    server.got = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
    settings.EMAIL_USE_SSL = settings.EMAIL_USE_TLS = False
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "text",
    ["\r\nBcc: evil@example.net", "\u2028Bcc: x", "\x85Bcc: x", "\x00x", "\r\n.\r\nMAIL FROM:<evil@x.y>"],
    ids=ascii,
)
def test_the_name_of_a_rule_is_no_header(smtp, text) -> None:
    assert deliver("email", "zone@example.com", f"报警{text}", f"正文{text}") == "SMTP 250"
    message = message_from_bytes(smtp.got.pop())
    assert not smtp.got and message["Bcc"] is None and message["To"] == "zone@example.com"
    assert str(make_header(decode_header(message["Subject"]))).isprintable()
    for wrong in (
        "a@example.com, evil@example.net",
        "a@example.com\r\nBcc: evil@example.net",
        "A <evil@example.net>",
        "",
    ):
        with pytest.raises(InputError):
            deliver("email", wrong, "a", "b")
    assert not smtp.got
    with pytest.raises(InputError):
        deliver("wecom", f"https://qyapi.weixin.qq.com/x{text}", "a", "b")


def test_robots_take_the_form_that_is_sent(robot) -> None:
    assert deliver("wecom", address(robot), "标题", "正文") == "errcode 0"
    path, kind, body = robot.got[0]
    assert path == "/robot/send?access_token=t0k" and kind.startswith("application/json")
    assert body == {"msgtype": "text", "text": {"content": "标题\n正文"}}
    deliver("dingtalk", address(robot), "标题", "正文" * 3000, secret="SECabc")
    path, _kind, body = robot.got[1]
    query = parse_qs(urlsplit(path).query)
    assert query["access_token"] == ["t0k"] and len(query["timestamp"][0]) == 13 and len(query["sign"][0]) == 44
    assert len(body["text"]["content"].encode()) <= 2048


def test_the_signature_is_the_documented_one(robot, monkeypatch) -> None:
    """HMAC-SHA256 over "timestamp\\nsecret" with the secret as key, computed by hand with openssl for this
    time and secret.
    """
    monkeypatch.setattr("qiangqu.messaging.sending.time.time_ns", lambda: 1_700_000_000_000 * 1_000_000)
    deliver("dingtalk", address(robot), "a", "b", secret="SECabc")
    assert parse_qs(urlsplit(robot.got[0][0]).query)["sign"] == ["jcUpW0QmtKduN03n4JqQ0PBosVjqnM8gU7fIIvsDmCM="]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((200, b'{"errcode":310000,"errmsg":"sign not match"}'), "sign not match"),
        ((200, b"<html>"), "不是 JSON"),
        ((200, b"[]"), "未接受"),
        ((500, b""), "HTTP 500"),
        ((302, b""), "HTTP 302"),
    ],
)
def test_what_a_robot_does_not_take_is_said(robot, answer, sentence) -> None:
    robot.answer = answer
    with pytest.raises(NotSentError, match=sentence):
        deliver("wecom", address(robot), "a", "b")


def test_no_other_host_is_called(settings) -> None:
    for url in (
        "http://169.254.169.254/",
        "https://qyapi.weixin.qq.com.evil.example/",
        "https://x:y@qyapi.weixin.qq.com/",
        "ftp://a/",
        "",
    ):
        with pytest.raises(InputError):
            check_robot_url(url)
    with pytest.raises(InputError):
        deliver("pigeon", "x", "a", "b")
    settings.ROBOT_HOSTS = ("127.0.0.1",)
    with pytest.raises(NotSentError, match="连不上") as error:
        deliver("wecom", "http://127.0.0.1:9/send?key=verysecret", "a", "b")
    assert "verysecret" not in str(error.value)


def test_mail_goes_out_by_smtp(smtp) -> None:
    assert deliver("email", "zone@example.cn", "报警\r\nBcc: x@example.cn", "正文") == "SMTP 250"
    assert b"To: zone@example.cn" in smtp.got[0] and b"\nBcc:" not in smtp.got[0]
    with pytest.raises(NotSentError, match="邮件未发出"):
        deliver("email", "refused@example.cn", "a", "b")


def test_without_a_mail_server_that_is_the_outcome(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = ""
    with pytest.raises(NotSentError, match="QIANGQU_SMTP_HOST"):
        deliver("email", "a@example.cn", "a", "b")


@pytest.fixture
def told(scene, robot):
    for name in ("zone", "neighbour", "city", "owner", "rival"):
        user = scene.people[name]
        user.email = f"{name}@example.cn"
        user.save()
    for name, area, severity in (("东一群", "Z1", 3), ("只收紧急", "Z1", 1), ("西城群", "C2", 4)):
        AlarmChannel.objects.create(
            name=name,
            area=scene.areas[area],
            kind="wecom",
            severity=severity,
            url=address(robot),
            valid_from=factories.BORN,
        )
    return scene


def test_who_is_told(told) -> None:
    told.rule(notify="zone,enterprise", escalation="10:bureau")
    told.step(D1_a21026=60, D2_a21026=70)
    assert {(n.user and n.user.username, n.channel and n.channel.name) for n in AlarmNotice.objects.all()} == {
        ("zone", None), ("owner", None), (None, "东一群"),
    }  # fmt: skip
    zone = AlarmNotice.objects.get(user__username="zone")
    owner = AlarmNotice.objects.get(user__username="owner")
    assert zone.alarms.count() == 2 and owner.alarms.count() == 1
    assert (
        "D2号排口" in zone.body
        and "D2号排口" not in owner.body
        and "【模拟数据】" in zone.body
        and "限值 50" in owner.body
    )
    told.step(600)
    city = AlarmNotice.objects.get(user__username="city")
    assert "升级" in city.subject and "规定时间" in city.body


def test_people_are_told_on_the_site_and_as_they_chose(told) -> None:
    told.people["zone"].email = ""
    told.people["zone"].save()
    Preference.objects.create(user=told.people["owner"], mail="at_once")
    told.rule(notify="zone,enterprise,bureau")
    told.step(D1_a21026=60)
    assert {(one.user.username, one.topic) for one in Message.objects.all()} == {
        ("zone", "alarms"), ("owner", "alarms"), ("city", "alarms"),
    }  # fmt: skip
    assert Message.objects.get(user=told.people["zone"]).url == f"/alarms/{Alarm.objects.get().pk}"
    kinds = dict(AlarmNotice.objects.exclude(user=None).values_list("user__username", "kind"))
    assert kinds == {"zone": "site", "owner": "site", "city": "email"}
    assert list(Delivery.objects.values_list("user__username", "way")) == [
        ("owner", "mail")
    ]  # as he chose, and only once


def test_the_worker_judges_and_sends(told, robot) -> None:
    told.rule(notify="")
    told.now = int(timezone.now().timestamp() * 1000)
    told.report({"D1.a21026": 60.0})
    said = {name: text for name, text, well in run_due(everything=True) if name.startswith("alarms") and well}
    assert "新报警 1" in said["alarms-judge"] and "发出 1 份" in said["alarms-send"] and len(robot.got) == 1


def test_a_storm_is_one_message_to_each(told) -> None:
    told.rule(grouping="point", factors="")
    told.step(**{f"D{n}_{factor}": 60.0 for n in (1, 2, 3) for factor in ("a21026", "a21002", "w01018")})
    assert AlarmNotice.objects.filter(user__username="zone").count() == 1
    assert AlarmNotice.objects.get(user__username="zone").alarms.count() == 6
    told.step(**{f"D{n}_{factor}": 61.0 for n in (1, 2, 3) for factor in ("a21026", "a21002", "w01018")})
    assert AlarmNotice.objects.filter(user__username="zone").count() == 1


def test_notices_are_sent_once_and_their_outcome_kept(told, robot) -> None:
    told.rule()
    told.step(D1_a21026=60)
    assert send_due() == (2, 0)
    assert send_due() == (0, 0)
    assert len(robot.got) == 1 and len(mail.outbox) == 1 and mail.outbox[0].to == ["zone@example.cn"]
    assert set(AlarmNotice.objects.values_list("state", "outcome", "attempts")) == {
        ("sent", "errcode 0", 1),
        ("sent", "SMTP 250", 1),
    }


def test_what_was_not_taken_is_tried_again_until_it_has_failed(told, robot) -> None:
    told.rule(notify="")
    told.step(D1_a21026=60)
    robot.answer = (200, b'{"errcode":45009,"errmsg":"too often"}')
    now = timezone.now()
    assert send_due(now) == (0, 1)
    notice = AlarmNotice.objects.get()
    assert (notice.state, notice.attempts) == ("waiting", 1) and "too often" in notice.outcome
    assert send_due(now) == (0, 0)
    for minutes in RETRY_MINUTES:
        now += dt.timedelta(minutes=minutes)
        assert send_due(now) == (0, 1)
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == ("failed", len(RETRY_MINUTES) + 1)
    assert send_due(now + dt.timedelta(days=9)) == (0, 0)


def test_a_sender_that_died_is_followed_by_another(told, robot, monkeypatch) -> None:
    told.rule(notify="")
    told.step(D1_a21026=60)
    now = timezone.now()

    def dies(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("qiangqu.telemetry.alarms.notify.deliver", dies)
        send_due(now)
    assert send_due(now) == (0, 0)
    assert send_due(now + dt.timedelta(minutes=2)) == (1, 0)


def test_a_channel_is_tried_with_a_message(told, robot) -> None:
    channel = AlarmChannel.objects.get(name="东一群")
    page, test = f"/alarm-channels/{channel.pk}/", f"/alarm-channels/{channel.pk}/test/"
    for who, status in (("neighbour", 404), ("owner", 403), ("inspector", 403)):
        client = Client()
        client.force_login(told.people[who])
        assert client.post(test).status_code == status, who
    assert Client().post(test).status_code == 302 and not robot.got
    client = Client()
    client.force_login(told.people["zone"])
    assert client.get(test).status_code == 405
    assert client.post(test).url == page
    assert "测试消息" in robot.got[0][2]["text"]["content"] and "errcode 0" in client.get(page).content.decode()
    robot.answer = (200, b'{"errcode":93000,"errmsg":"invalid webhook url"}')
    client.post(test)
    assert "invalid webhook url" in client.get(page).content.decode()
    assert AuditEntry.objects.filter(action="alarm_channel_tested").count() == 2
    robot.answer = (200, b'{"errcode":0}')
    told.rule()
    told.step(D1_a21026=60)
    send_due()
    assert "浓度过高" in client.get(page).content.decode()
