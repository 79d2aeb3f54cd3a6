"""Messages: on the site, by mail, to robots, as a digest; nobody reads another's; jobs run once and one's
failure is not another's.
"""

import datetime as dt
import json
import urllib.error
from io import BytesIO

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base import jobs
from qiangqu.base.errors import InputError
from qiangqu.messaging import delivery, sending, worker
from qiangqu.messaging.models import Delivery, JobRun, Message, Preference
from qiangqu.messaging.notify import KNOWN_TOPICS, notify, notify_all
from qiangqu.registry.audit import AuditEntry
from qiangqu.ui.tests.opened import send

WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc-secret"


def test_a_message_comes_once_by_its_key(people):
    for _n in range(3):
        notify(people["zone"], "到期", key="alarm:1")
    assert Message.objects.count() == 1
    assert notify_all([people["zone"], people["city"]], "到期", key="alarm:1") == 1


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_a_message_never_leads_off_the_site(people, url, client):
    notify(people["zone"], "x", url=url)
    client.force_login(people["zone"])
    answer = client.post(reverse("messages-read", args=[Message.objects.get().pk]))
    assert answer.headers["Location"] == reverse("messages")


def test_mail_at_once_and_what_fails_is_tried_again_and_given_up(people, monkeypatch):
    zone = people["zone"]
    zone.email = "a@example.com"
    zone.save()
    Preference.objects.create(user=zone, mail="at_once", muted=["noise"])
    notify(zone, "待办\r\nBcc: x@example.com", "请办理", "/cases/", topic="cases", simulated=True)
    notify(zone, "吵", topic="noise")
    now = timezone.now()
    assert "外发 1 条" in delivery.send_due(now)
    assert len(mail.outbox) == 1 and mail.outbox[0].subject == "【模拟数据】待办 Bcc: x@example.com"
    assert delivery.send_due(now) == ""

    def broken(*_args):
        raise OSError("no route")

    monkeypatch.setattr("qiangqu.messaging.mail.send", broken)
    notify(zone, "再来")
    for _try in range(delivery.TRIES):
        now += dt.timedelta(hours=2)
        assert "未能发出 1 条" in delivery.send_due(now)
    last = Delivery.objects.latest("id")
    assert last.next_at is None and last.failure == "邮件未发出：no route" and last.tries == delivery.TRIES
    assert delivery.send_due(now + dt.timedelta(days=1)) == ""


class _Answer(BytesIO):
    pass


def test_a_robot_is_called_as_it_wants_and_its_key_stays_out_of_the_log(people, monkeypatch, caplog):
    wish = Preference.objects.create(
        user=people["zone"], robot="at_once", robot_url="https://oapi.dingtalk.com/robot/send?access_token=key-of-robot", robot_kind="dingtalk",
        robot_secret="SECabc",
    )  # fmt: skip
    sent = []

    class Opener:
        def open(self, request, timeout):
            sent.append(request)
            if len(sent) == 2:
                raise urllib.error.URLError(f"failed for {wish.robot_url}")
            return _Answer(
                json.dumps({"errcode": 0 if len(sent) == 1 else 310000, "errmsg": "sign not match"}).encode()
            )

    monkeypatch.setattr(sending.urllib.request, "build_opener", lambda *_handlers: Opener())
    notify(people["zone"], "超期", "长" * 1500)
    now = timezone.now()
    assert "外发 1 条" in delivery.send_due(now)
    body = json.loads(sent[0].data)
    assert body["msgtype"] == "text" and body["text"]["content"].startswith("超期")
    assert len(body["text"]["content"].encode()) <= 2048
    assert "&timestamp=" in sent[0].full_url and "&sign=" in sent[0].full_url
    notify(people["zone"], "再来")
    delivery.send_due(now + dt.timedelta(hours=1))
    delivery.send_due(now + dt.timedelta(hours=2))
    assert "310000" in Delivery.objects.latest("id").failure
    assert "key-of-robot" not in caplog.text + str(list(Delivery.objects.values_list("failure")))


@pytest.mark.parametrize(
    "url",
    ["http://qyapi.weixin.qq.com/x", "https://127.0.0.1/", "https://qyapi.weixin.qq.com@10.0.0.1/", "https://qyapi.weixin.qq.com.evil.cn/",
     "https://qyapi.weixin.qq.com:8080/", "file:///etc/passwd", "https://[::1]/", "https://[bad/", "https://oapi.dingtalk.com:99999/"],
)  # fmt: skip
def test_robots_stand_only_where_they_may(url):
    with pytest.raises(InputError):
        sending.check_robot_url(url)


@given(st.text(max_size=80))
def test_any_text_as_address_is_refused_in_words(text):
    with pytest.raises(InputError):
        sending.check_robot_url(text)


def test_a_digest_once_a_day_of_what_is_unread(people):
    zone = people["zone"]
    zone.email = "a@example.com"
    zone.save()
    Preference.objects.create(user=zone, mail="daily")
    for n in range(3):
        notify(zone, f"消息{n}")
    Message.objects.filter(subject="消息1").update(read_at=timezone.now())
    now = timezone.now() + dt.timedelta(minutes=1)
    assert delivery.digest(now) == "汇总 1 份" and delivery.digest(now + dt.timedelta(hours=1)) == ""
    delivery.send_due(now)
    assert "消息0" in mail.outbox[0].body and "消息1" not in mail.outbox[0].body


def test_nobody_sees_or_reads_anothers_messages(people, client):
    notify(people["zone"], "只给园区", "<script>alert(1)</script>", "/cases/")
    pk = Message.objects.get().pk
    client.force_login(people["neighbour"])
    assert "只给园区" not in client.get(reverse("messages")).content.decode()
    assert client.post(reverse("messages-read", args=[pk])).status_code == 404
    client.post(reverse("messages-read-all"))
    assert Message.objects.get().read_at is None
    client.force_login(people["zone"])
    page = client.get(reverse("messages")).content.decode()
    assert "只给园区" in page and "<script>alert" not in page and "1 条未读" in page
    assert client.post(reverse("messages-read", args=[pk])).headers["Location"] == "/cases/"
    assert Message.objects.get().read_at is not None


@pytest.mark.parametrize("name", ["messages", "messages-settings"])
def test_strangers_are_sent_to_sign_in(db, client, name):
    assert "login" in client.get(reverse(name)).headers["Location"]


def test_each_chooses_and_the_key_is_never_shown_again(people, client):
    client.force_login(people["zone"])
    good = {"mail": "at_once", "email": "a@example.com", "robot": "daily", "robot_kind": "wecom", "robot_url": WECOM}
    address = reverse("messages-settings")
    assert send(client, address, good).status_code == 302
    wish = Preference.objects.get()
    assert (wish.mail, wish.robot, wish.robot_url, wish.muted) == ("at_once", "daily", WECOM, list(KNOWN_TOPICS))
    assert "abc-secret" not in client.get(address).content.decode()
    assert "abc-secret" not in str(AuditEntry.objects.get(action="messages_preference").detail)
    for wrong in ({"mail": "x"}, {"email": "no"}, {"robot_url": "https://10.0.0.1/"}, {"email": ""}):
        assert send(client, address, good | wrong).status_code == 422
    assert send(client, address, good | {"robot": "never", "robot_url": "", "forget": "1"}).status_code == 302
    assert Preference.objects.get().robot_url == ""


def test_jobs_run_when_due_and_one_failure_is_not_anothers(db, monkeypatch):
    ran = []

    def broken(_now):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(jobs, "_jobs", {})
    jobs.register("a-broken", dt.timedelta(minutes=1), broken)
    jobs.register("b-good", dt.timedelta(minutes=1), lambda now: ran.append(now) or "did it")
    jobs.register("c-daily", dt.timedelta(days=1), lambda now: ran.append("daily") or "", at=dt.time(8, 0))
    now = timezone.make_aware(dt.datetime(2026, 11, 23, 7, 0))
    assert [(name, well) for name, _said, well in worker.run_due(now)] == [("a-broken", False), ("b-good", True)]
    assert list(worker.run_due(now + dt.timedelta(seconds=30))) == []
    assert JobRun.objects.get(name="a-broken").failure == "ZeroDivisionError: oops"
    assert "daily" not in ran
    list(worker.run_due(now + dt.timedelta(hours=2)))
    list(worker.run_due(now + dt.timedelta(hours=3)))
    assert ran.count("daily") == 1
    # a clock that was set far ahead and back does not stop a job for long
    JobRun.objects.filter(name="b-good").update(next_at=now + dt.timedelta(days=400))
    list(worker.run_due(now + dt.timedelta(hours=4)))
    assert "b-good" in [name for name, _s, _w in worker.run_due(now + dt.timedelta(hours=4, minutes=2))]


def test_two_workers_do_a_job_once(db, monkeypatch):
    ran = []
    monkeypatch.setattr(jobs, "_jobs", {})

    def work(now):
        # the other worker comes by while this one is at it
        if len(ran) < 3:
            ran.append(now)
            list(worker.run_due(now))
        return ""

    jobs.register("one", dt.timedelta(minutes=1), work)
    list(worker.run_due(timezone.now()))
    assert len(ran) == 1


@pytest.mark.parametrize("added", ["robots.example.cn", "10.0.0.9"])
def test_a_host_that_the_installation_adds_takes_messages_of_users_and_of_alarms(settings, added):
    """One rule for all who send: by http too, at any port; the two services by https only."""
    for url in (f"http://{added}/x", f"https://{added}:8443/x"):
        with pytest.raises(InputError):
            sending.check_robot_url(url)
        settings.ROBOT_HOSTS = (added,)
        assert sending.check_robot_url(f" {url} ") == url
        settings.ROBOT_HOSTS = ()
    settings.ROBOT_HOSTS = (added,)
    for url in (
        f"ftp://{added}/x",
        f"http://u:p@{added}/x",
        "http://qyapi.weixin.qq.com/x",
        f"http://{added}/{'x' * 500}",
    ):
        with pytest.raises(InputError):
            sending.check_robot_url(url)
