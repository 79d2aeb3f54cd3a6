"""Mail by a real SMTP server: what arrives, and what is kept for later while the server is away or refuses."""

import datetime as dt
from email import message_from_bytes
from email.header import decode_header, make_header

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone

from qiangqu.messaging import delivery
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
