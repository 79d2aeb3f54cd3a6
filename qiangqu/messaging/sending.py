"""Sending one message out of the site: by mail, or to a robot of a 企业微信 or 钉钉 group. Who is told what,
and trying again, is the callers'.
"""

import base64
import hashlib
import hmac
import http.client
import json
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote_plus, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError, QiangquError

from . import mail
from .models import Robot

MAIL = "email"
HOSTS = ("qyapi.weixin.qq.com", "oapi.dingtalk.com")
TIMEOUT = 8.0  # seconds
MAX_ANSWER = 64 * 1024
MAX_TEXT = 1900  # bytes: a robot of 企业微信 takes a text of 2048
MAX_ADDRESS = 500


class NotSentError(QiangquError):
    """A message was not taken; it may be tried again."""


def allowed_hosts() -> tuple[str, ...]:
    """Where robots may stand: the two services, and what the installation adds."""
    return (*HOSTS, *settings.ROBOT_HOSTS)


def check_robot_url(url: str) -> str:
    """The address when a robot may stand there: one of the two services by https, or a host that the
    installation adds (``QIANGQU_ROBOT_HOSTS``). Raises InputError: it is a door through which the server
    could be made to call inner machines."""
    text = url.strip()
    try:
        parts = urlsplit(text)
        port = parts.port
        if not (text.isascii() and text.isprintable()) or " " in text or len(text) > MAX_ADDRESS:
            raise ValueError("unprintable")  # urlsplit leaves out line ends, a request line does not
    except ValueError as error:
        raise InputError(_("机器人地址写得不对"), where=_("机器人地址")) from error
    known = parts.scheme == "https" and parts.hostname in HOSTS and port in (None, 443)
    added = parts.scheme in ("https", "http") and parts.hostname in settings.ROBOT_HOSTS
    if not (known or added) or parts.username:
        raise InputError(
            _("机器人地址应以 https://%(hosts)s 开头；其他主机请由管理员在 QIANGQU_ROBOT_HOSTS 中允许")
            % {"hosts": " 或 https://".join(HOSTS)},
            where=_("机器人地址"),
        )
    return text


def deliver(kind: str, address: str, subject: str, text: str, secret: str = "") -> str:
    """Send one message: ``email`` to an address, a kind of :class:`~.models.Robot` to a robot's. Gives the
    other side's answer in a few words.

    Raises NotSentError when it was not taken, InputError for an address to which nothing may be sent.
    """
    if kind == MAIL:
        return _mail(address, subject, text)
    if kind not in Robot.values:
        raise InputError(_("没有通知方式“%(kind)s”") % {"kind": kind[:20]})
    return _robot(kind, address, f"{subject}\n{text}", secret)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _robot(kind: str, address: str, text: str, secret: str) -> str:
    """Both services take JSON ``{"msgtype": "text", "text": {"content": …}}`` by POST and answer
    ``{"errcode": 0}``; with a secret 钉钉 wants the time and its HMAC-SHA256 in the address."""
    url = check_robot_url(address)
    if kind == Robot.DINGTALK and secret:
        stamp = str(time.time_ns() // 1_000_000)
        signed = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
        url += f"&timestamp={stamp}&sign={quote_plus(base64.b64encode(signed))}"
    content = text.strip().encode()[:MAX_TEXT].decode(errors="ignore")
    payload = json.dumps({"msgtype": "text", "text": {"content": content}}, ensure_ascii=False).encode()
    request = urllib.request.Request(url, payload, {"Content-Type": "application/json; charset=utf-8"})  # noqa: S310 - checked
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT) as response:
            answer = json.loads(response.read(MAX_ANSWER))
    except urllib.error.HTTPError as error:
        raise NotSentError(f"机器人答复 HTTP {error.code}") from error
    except (OSError, http.client.HTTPException) as error:
        # the kind of fault or its reason only, without the address: it holds the robot's key
        reason = str(getattr(error, "reason", None) or type(error).__name__).replace(address, "…")
        raise NotSentError(f"连不上机器人：{reason}"[:200]) from error
    except (ValueError, RecursionError) as error:
        raise NotSentError("机器人的答复不是 JSON") from error
    if not isinstance(answer, dict) or answer.get("errcode") != 0:
        raise NotSentError(f"机器人未接受：{str(answer)[:150]}")
    return "errcode 0"


def _mail(address: str, subject: str, text: str) -> str:
    if not mail.works():
        raise NotSentError("未配置邮件服务器（QIANGQU_SMTP_HOST）")
    try:
        sent = mail.send(address, subject, text)
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors; Django's bad headers ValueErrors
        raise NotSentError(f"邮件未发出：{str(error)[:200]}") from error
    if not sent:
        raise NotSentError("邮件服务器没有接收")
    return "SMTP 250"
