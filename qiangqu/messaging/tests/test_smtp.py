"""Mail by a real SMTP server: what arrives, and what is kept for later while the server is away or
refuses.
"""

import datetime as dt
import socketserver
import threading
from email import message_from_bytes
from email.header import decode_header, make_header

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.messaging import delivery, sending
from qiangqu.messaging.models import Delivery, Preference
from qiangqu.messaging.notify import notify


class Post:
    """Keeps what comes; refuses the mailbox full@example.com."""

    def __init__(self) -> None:
        self.got = []

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address.startswith("full@"):
            return "552 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        self.got.append(message_from_bytes(envelope.content))
        return "250 OK"


@pytest.fixture
def office(settings, unused_port):
    post = Post()
    controller = Controller(post, hostname="127.0.0.1", port=unused_port)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield post, controller
    if controller.loop.is_running():
        controller.stop()


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_mail_waits_for_its_server_and_arrives_whole(people, office):
    post, controller = office
    zone = people["zone"]
    zone.email = "zone@example.com"
    zone.save()
    Preference.objects.create(user=zone, mail="at_once")
    notify(zone, "待办：批示（关于检查的通知）", "请办理\n第二行", "/cases/", topic="cases", simulated=True)
    now = timezone.now()
    assert "未能发出 1 条" in delivery.send_due(now)  # nobody listens yet
    assert Delivery.objects.get().failure
    controller.start()
    assert "外发 1 条" in delivery.send_due(now + dt.timedelta(hours=1))
    message = post.got[0]
    assert str(make_header(decode_header(message["Subject"]))) == "【模拟数据】待办：批示（关于检查的通知）"
    text = message.get_payload(decode=True).decode()
    assert "请办理" in text and "第二行" in text and message["To"] == "zone@example.com"
    assert delivery.send_due(now + dt.timedelta(days=1)) == "" and len(post.got) == 1
    zone.email = "full@example.com"
    zone.save()
    notify(zone, "再来")
    assert "未能发出 1 条" in delivery.send_due(timezone.now())
    assert "552" in Delivery.objects.latest("id").failure and len(post.got) == 1


HOSTILE = (
    "\r\nBcc: evil@example.net", "\nBcc: evil@example.net\n\nbody", "\rBcc: evil@example.net", "\u2028Bcc: evil@example.net", "\u2029Bcc: x",
    "\x85Bcc: evil@example.net", "\x0bBcc: x", "\x0cBcc: x", "\x1cBcc: x", "\x00Bcc: x", "\r\n.\r\nMAIL FROM:<evil@example.net>\r\n", "\n.\n", "\r.\r",
    "\u202egnp.exe", "=?utf-8?B?DQpCY2M6IGV2aWxAZXhhbXBsZS5uZXQ=?=", "\r\n\r\n--x\r\nContent-Type: text/html", "x" * 5000, "公文" * 2000,
)  # fmt: skip
HEADERS = {"Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Subject", "From", "To", "Date", "Message-ID"}


def one_mail(post, to):
    """The only mail that came: to one recipient, with the headers that a mail has and no others."""
    assert len(post.got) == 1 and post.rcpt == [to]
    message = post.got.pop()
    post.rcpt.clear()
    assert set(message.keys()) == HEADERS and len(message.keys()) == len(HEADERS)
    assert message["To"] == to and not message.is_multipart() and message.get_content_type() == "text/plain"
    return message


@pytest.fixture
def listening(office):
    post, controller = office
    post.rcpt = []
    inner = post.handle_RCPT

    async def heard(server, session, envelope, address, options):
        post.rcpt.append(address)
        return await inner(server, session, envelope, address, options)

    post.handle_RCPT = heard
    controller.start()
    return post


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_no_text_becomes_a_header_or_another_mail(people, listening, text):
    zone = people["zone"]
    zone.email = "zone@example.com"
    zone.save()
    Preference.objects.create(user=zone, mail="at_once")
    # what is stored, and what an earlier release or another way may have stored
    notify(zone, f"通知{text}", f"正文{text}尾", "/cases/")
    older = text.replace("\0", "")  # PostgreSQL stores none
    Delivery.objects.create(
        user=zone, way="mail", subject=f"通知{older}"[:200], text=f"正文{older}尾", next_at=timezone.now()
    )
    for _stored in range(2):
        assert "外发 1 条" in delivery.send_due(timezone.now(), limit=1)
        message = one_mail(listening, "zone@example.com")
        subject = str(make_header(decode_header(message["Subject"])))
        assert subject.startswith("通知") and subject.isprintable() and len(subject) <= 250
        body = message.get_payload(decode=True).decode()
        assert "正文" in body and "\0" not in body
    assert not Delivery.objects.exclude(next_at=None).exists()


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com, evil@example.net", "a@example.com\r\nBcc: evil@example.net", "a@example.com\n", "Zone <evil@example.net>", "<evil@example.net>",
        "a@example.com evil@example.net", "a@example.com;evil@example.net", "a@example.com\0", "a@example.com\u2028", "evil", "a@b@example.net",
        "a@example.com> SIZE=1 <evil@example.net",
    ],
    ids=ascii,
)  # fmt: skip
def test_what_is_not_one_address_gets_no_mail(people, listening, address):
    zone, city = people["zone"], people["city"]
    city.email = "city@example.com"
    city.save()
    for user in (zone, city):
        Preference.objects.create(user=user, mail="at_once")
        notify(user, "通知")
    # no form lets it in; it may have been stored otherwise. PostgreSQL stores no NUL at all
    due = Delivery.objects.select_related("user").get(user=zone)
    due.user.email = address
    with pytest.raises(InputError, match="不是一个电子邮件地址"):
        delivery._send(due)
    if "\0" not in address:
        type(zone).objects.filter(pk=zone.pk).update(email=address)
    assert delivery.send_due(timezone.now()) == "外发 1 条，未能发出 1 条", "one bad address keeps no other mail back"
    one_mail(listening, "city@example.com")


@pytest.mark.parametrize(
    "url", ["\r\nX: y", "\nHost: evil", "\x00", " HTTP/1.1", "\u2028", "é", "\t", "\x7f"], ids=ascii
)
def test_a_robots_address_is_one_line(url):
    with pytest.raises(InputError):
        sending.check_robot_url(f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a{url}b")


@pytest.mark.parametrize(
    "answer",
    [b"not http at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{", b"HTTP/1.1 200 OK\r\n\r\n[]", b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 9000,
     b"HTTP/1.1 200 OK\r\n\r\n\xff", b"HTTP/1.1 200 OK\r\n\r\nnull", b""],
    ids=["garbage", "cut", "list", "deep", "bytes", "null", "nothing"],
)  # fmt: skip
def test_whatever_a_robot_answers_the_others_get_theirs(people, listening, monkeypatch, answer):
    """A robot that answers nonsense counts as one that did not take it; what is due after it goes out."""

    class Robot(socketserver.StreamRequestHandler):
        def handle(self):
            length = 0
            while (line := self.rfile.readline()).strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            self.rfile.read(length)
            self.wfile.write(answer)

    zone, city = people["zone"], people["city"]
    city.email = "city@example.com"
    city.save()
    Preference.objects.create(user=zone, robot="at_once", robot_kind="wecom", robot_url="https://qyapi.weixin.qq.com/x")
    Preference.objects.create(user=city, mail="at_once")
    notify(zone, "甲")
    notify(city, "乙")
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Robot) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # only the encryption is left out: the request is the real one
        monkeypatch.setattr(sending, "check_robot_url", lambda _url: f"http://127.0.0.1:{server.server_address[1]}/x")
        assert delivery.send_due(timezone.now()) == "外发 1 条，未能发出 1 条"
        server.shutdown()
    one_mail(listening, "city@example.com")
    assert Delivery.objects.get(user=zone).failure and Delivery.objects.get(user=city).sent_at
