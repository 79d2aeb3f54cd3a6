"""Getting messages out: by SMTP, and to robots of 企业微信 and 钉钉 groups; digests; and clearing away what is old."""

import base64
import datetime as dt
import hashlib
import hmac
import http.client
import json
import logging
import urllib.request
from smtplib import SMTPException
from typing import Any
from urllib.parse import quote_plus, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

from . import mail
from .models import Delivery, Message, Preference, Robot, Way, When
from .notify import body

log = logging.getLogger(__name__)
TRIES = 6
FIRST_GAP = dt.timedelta(minutes=1)
TIMEOUT = 10
KEPT = dt.timedelta(days=180)
LONGEST = 1900  # bytes of a text: 企业微信 takes 2048
HOSTS = ("qyapi.weixin.qq.com", "oapi.dingtalk.com")
IN_A_DIGEST = 100


def allowed_hosts() -> tuple[str, ...]:
    """Where robots may stand: the two services, and what the installation adds (``QIANGQU_ROBOT_HOSTS``)."""
    return (*HOSTS, *settings.ROBOT_HOSTS)


def check_robot_url(url: str) -> str:
    """The address when a robot may stand there. Raises InputError: it is a door through which the server could be made to call inner machines."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        if not (url.strip().isascii() and url.strip().isprintable()) or " " in url.strip():
            raise ValueError("unprintable")  # urlsplit leaves out line ends, a request line does not
    except ValueError as error:
        raise InputError(_("机器人地址写得不对"), where=_("机器人地址")) from error
    if parts.scheme != "https" or parts.hostname not in allowed_hosts() or parts.username or port not in (None, 443):
        raise InputError(
            _("机器人地址应以 https:// 开头，主机是 %(hosts)s") % {"hosts": "、".join(allowed_hosts())},
            where=_("机器人地址"),
        )
    return url.strip()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def robot_request(wish: Preference, subject: str, text: str, now: dt.datetime) -> urllib.request.Request:
    """The HTTP request for a robot (both services take the same text message; 钉钉 may want it signed). Raises InputError for the address."""
    url = check_robot_url(wish.robot_url)
    if wish.robot_kind == Robot.DINGTALK and wish.robot_secret:
        stamp = str(round(now.timestamp() * 1000))
        digest = hmac.new(wish.robot_secret.encode(), f"{stamp}\n{wish.robot_secret}".encode(), hashlib.sha256).digest()
        url += f"&timestamp={stamp}&sign={quote_plus(base64.b64encode(digest))}"
    content = f"{subject}\n{text}".strip().encode()[:LONGEST].decode(errors="ignore")
    payload = json.dumps({"msgtype": "text", "text": {"content": content}}, ensure_ascii=False).encode()
    # https to a host of the list only: check_robot_url
    return urllib.request.Request(url, payload, {"Content-Type": "application/json; charset=utf-8"})  # noqa: S310


class _Refused(Exception):
    """The other side did not take it."""


def _to_robot(wish: Preference, subject: str, text: str, now: dt.datetime) -> None:
    opener = urllib.request.build_opener(_NoRedirect)
    with opener.open(robot_request(wish, subject, text, now), timeout=TIMEOUT) as answer:
        said = json.loads(answer.read(10_000) or b"{}")
    if not isinstance(said, dict) or said.get("errcode", 0) != 0:
        raise _Refused(str(said)[:200])


def _to_mail(delivery: Delivery) -> None:
    if not mail.works():
        raise _Refused(_("本系统没有配置邮件服务器"))
    if not delivery.user.email:
        raise _Refused(_("账号没有填电子邮件地址"))
    if not mail.send(delivery.user.email, delivery.subject, delivery.text):
        raise _Refused(_("邮件服务器没有接收"))


def send_due(now: dt.datetime, limit: int = 200) -> str:
    """Send what is due; what fails is tried again after 1, 2, 4 … minutes and given up after :data:`TRIES` times."""
    sent = failed = 0
    for delivery in Delivery.objects.filter(next_at__lte=now).select_related("user").order_by("next_at")[:limit]:
        # taken by one worker only
        later = now + FIRST_GAP * 2**delivery.tries
        if not Delivery.objects.filter(pk=delivery.pk, next_at=delivery.next_at).update(
            next_at=later, tries=delivery.tries + 1
        ):
            continue
        try:
            if delivery.way == Way.MAIL:
                _to_mail(delivery)
            else:
                _to_robot(Preference.objects.get(user=delivery.user), delivery.subject, delivery.text, now)
        except (
            OSError,
            SMTPException,
            http.client.HTTPException,
            ValueError,
            RecursionError,
            InputError,
            _Refused,
            Preference.DoesNotExist,
        ) as error:
            # the address of a robot holds its key: never into a log
            said = str(error).replace(
                getattr(getattr(delivery.user, "preference", None), "robot_url", "") or "\0", "…"
            )[:300]
            log.warning("delivery %s by %s: %s", delivery.pk, delivery.way, said)
            given_up = delivery.tries + 1 >= TRIES
            Delivery.objects.filter(pk=delivery.pk).update(
                failure=said or type(error).__name__, **({"next_at": None} if given_up else {})
            )
            failed += 1
        else:
            Delivery.objects.filter(pk=delivery.pk).update(sent_at=now, next_at=None, failure="")
            sent += 1
    return f"外发 {sent} 条，未能发出 {failed} 条" if sent or failed else ""


def digest(now: dt.datetime) -> str:
    """One summary for each user who wants one, with the messages since the last."""
    made = 0
    for wish in (
        Preference.objects.filter(user__is_active=True)
        .exclude(mail=When.NEVER, robot=When.NEVER)
        .select_related("user")
    ):
        ways = [way for way in (Way.MAIL, Way.ROBOT) if getattr(wish, way.value) == When.DAILY]
        since = wish.digested_at or now - dt.timedelta(days=1)
        found = [
            one
            for one in Message.objects.filter(user=wish.user, at__gt=since, at__lte=now, read_at=None)[:IN_A_DIGEST]
            if one.topic not in wish.muted
        ]
        if ways and found:
            lines = [f"{n}. {'【模拟数据】' if one.simulated else ''}{one.subject}" for n, one in enumerate(found, 1)]
            subject = _("强区：%(count)s 条未读消息") % {"count": len(found)}
            text = body("\n".join(lines), "/messages/")
            Delivery.objects.bulk_create(
                [Delivery(user=wish.user, way=way, subject=subject, text=text, next_at=now) for way in ways]
            )
            made += 1
        Preference.objects.filter(pk=wish.pk).update(digested_at=now)
    return f"汇总 {made} 份" if made else ""


def clear_old(now: dt.datetime) -> str:
    """Messages and deliveries older than :data:`KEPT` go."""
    gone, _by_model = Message.objects.filter(at__lt=now - KEPT).delete()
    sent, _by_model = Delivery.objects.filter(next_at=None, sent_at__lt=now - KEPT).delete()
    return f"清理 {gone + sent} 条" if gone + sent else ""
