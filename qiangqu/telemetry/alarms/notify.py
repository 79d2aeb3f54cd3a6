"""Telling people: notices are written with the alarm, sent afterwards, each with its outcome, and sent again when that failed.

:func:`deliver` is the one function that sends; everything else decides what is sent to whom.
"""

import base64
import datetime as dt
import hashlib
import hmac
import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError, QiangquError
from qiangqu.messaging import mail
from qiangqu.messaging import notify as message
from qiangqu.registry.models import Role, User

from .models import Alarm, AlarmChannel, AlarmNotice, AlarmRule, ChannelKind, NoticeState

ROBOT_HOSTS = ("qyapi.weixin.qq.com", "oapi.dingtalk.com")
TIMEOUT = 8.0  # seconds
RETRY_MINUTES = (1, 5, 15, 60, 240)  # then it has failed
LISTED = 10  # alarms named in one message
MAX_ANSWER = 64 * 1024
MAX_TEXT = 1900  # bytes: a WeCom robot takes a text of 2048


class NotSentError(QiangquError):
    """A message was not taken; it may be tried again."""


def check_address(url: str) -> str:
    """The address of a robot when a message may be sent there. Raises InputError: the node calls no other machines at a user's wish."""
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError as error:
        raise InputError(_("机器人地址写得不对")) from error
    if not (url.isascii() and url.isprintable()) or " " in url:
        raise InputError(_("机器人地址写得不对"))  # urlsplit leaves out line ends, a request line does not
    allowed = (*ROBOT_HOSTS, *getattr(settings, "ROBOT_HOSTS", ()))
    host = parts.hostname or ""
    local = host in getattr(settings, "ROBOT_HOSTS", ()) and parts.scheme == "http"
    if not (parts.scheme == "https" or local) or host not in allowed or parts.username or len(url) > 500:
        raise InputError(
            _("机器人地址应以 https://%(hosts)s 开头；其他主机请由管理员在 QIANGQU_ROBOT_HOSTS 中允许")
            % {"hosts": " 或 https://".join(ROBOT_HOSTS)}
        )
    return url


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def deliver(kind: str, address: str, subject: str, body: str, secret: str = "") -> str:
    """Send one message: ``email`` to an address, ``wecom`` or ``dingtalk`` to a robot's. Gives the other side's answer in a few words.

    The robots' form: JSON ``{"msgtype": "text", "text": {"content": …}}`` by POST, answered ``{"errcode": 0}``; with a secret DingTalk wants the
    time and its HMAC-SHA256 in the address. Raises NotSentError when the message was not taken.
    """
    if kind == "email":
        return _mail(address, subject, body)
    if kind not in ChannelKind.values:
        raise InputError(f"没有通知方式“{kind[:20]}”")
    url = check_address(address)
    if kind == ChannelKind.DINGTALK and secret:
        stamp = str(time.time_ns() // 1_000_000)
        digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
        url += f"&timestamp={stamp}&sign={urllib.parse.quote_plus(base64.b64encode(digest))}"
    text = f"{subject}\n{body}".encode()[:MAX_TEXT].decode(errors="ignore")
    content = json.dumps({"msgtype": "text", "text": {"content": text}}, ensure_ascii=False).encode()
    request = urllib.request.Request(url, content, {"Content-Type": "application/json; charset=utf-8"})  # noqa: S310 - checked
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT) as response:
            answer = json.loads(response.read(MAX_ANSWER))
    except urllib.error.HTTPError as error:
        raise NotSentError(f"机器人答复 HTTP {error.code}") from error
    except (OSError, http.client.HTTPException) as error:
        # the reason only: the address is the robot's password
        raise NotSentError(f"连不上机器人：{getattr(error, 'reason', None) or type(error).__name__}"[:200]) from error
    except (ValueError, RecursionError) as error:
        raise NotSentError("机器人的答复不是 JSON") from error
    code = answer.get("errcode") if isinstance(answer, dict) else None
    if code != 0:
        raise NotSentError(f"机器人未接受：{str(answer)[:150]}")
    return "errcode 0"


def _mail(address: str, subject: str, body: str) -> str:
    if not mail.works():
        raise NotSentError("未配置邮件服务器（QIANGQU_SMTP_HOST）")
    try:
        sent = mail.send(address, subject, body)
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors; Django's bad headers ValueErrors
        raise NotSentError(f"邮件未发出：{str(error)[:200]}") from error
    if not sent:
        raise NotSentError("邮件未发出")
    return "SMTP 250"


def _text(alarm: Alarm) -> str:
    place = str(alarm.device or alarm.area)
    when = timezone.localtime(alarm.raised_at).strftime("%Y-%m-%d %H:%M:%S")
    value = "" if alarm.value is None else _("，值 %(value)s") % {"value": f"{alarm.value:g}"}
    bound = "" if alarm.limit is None else _("，限值 %(limit)s") % {"limit": f"{alarm.limit:g}"}
    mark = _("【模拟数据】") if alarm.simulated else ""
    more = _("（%(n)s 个测点）") % {"n": alarm.points_total} if alarm.points_total > 1 else ""
    return f"{mark}{alarm.get_severity_display()} {alarm.rule.name}：{place}{more} {when}{value}{bound}"


def announce(rule: AlarmRule, alarms: Sequence[Alarm], at: dt.datetime, escalated_to: str = "") -> int:
    """Write the notices about alarms that one pass raised (or escalated): one message to each person and robot, however many alarms there are.

    To be called in the transaction that stores the alarms. Gives the number of notices.
    """
    if not alarms:
        return 0
    told = list(Alarm.objects.filter(pk__in=[alarm.pk for alarm in alarms]).select_related("rule", "area", "device"))
    told.sort(key=lambda alarm: (alarm.severity, alarm.pk))
    roles = [escalated_to] if escalated_to else [role.strip() for role in rule.notify.split(",") if role.strip()]
    to_users: dict[User, list[Alarm]] = defaultdict(list)
    for user in User.objects.filter(is_active=True, role__in=roles).select_related("area", "preference"):
        for alarm in told:
            if _concerns(user, alarm):
                to_users[user].append(alarm)
    to_channels: dict[AlarmChannel, list[Alarm]] = defaultdict(list)
    for channel in AlarmChannel.objects.filter(enabled=True).select_related("area"):
        for alarm in told:
            if alarm.severity <= channel.severity and alarm.area.path.startswith(channel.area.path):
                to_channels[channel].append(alarm)
    notices = [_tell(user, listed, at, escalated_to) for user, listed in to_users.items()]
    notices += [_notice(c.kind, listed, at, escalated_to, channel=c) for c, listed in to_channels.items()]
    return len(notices)


def _concerns(user: User, alarm: Alarm) -> bool:
    if user.role == Role.ENTERPRISE:
        return user.organisation_id is not None and user.organisation_id == alarm.organisation_id
    return bool(user.scope_path) and alarm.area.path.startswith(user.scope_path)


def _tell(user: User, alarms: list[Alarm], at: dt.datetime, escalated_to: str) -> AlarmNotice:
    """A message on the site, and by mail: as the user chose, or, when he never chose, to the address that he has."""
    chose = hasattr(user, "preference")
    notice = _notice("email" if user.email and not chose else "site", alarms, at, escalated_to, user=user)
    if notice.kind == "site":
        notice.state, notice.sent_at, notice.outcome = NoticeState.SENT, at, _("站内消息")
        notice.save(update_fields=["state", "sent_at", "outcome"])
    url = reverse("alarm-page", args=[alarms[0].pk]) if len(alarms) == 1 else reverse("alarms")
    simulated = any(alarm.simulated for alarm in alarms)
    message.notify(user, notice.subject, notice.body, url, topic="alarms", simulated=simulated)
    return notice


def _notice(kind: str, alarms: list[Alarm], at: dt.datetime, escalated_to: str, **to: Any) -> AlarmNotice:
    first = alarms[0]
    what = _("报警升级") if escalated_to else _("报警")
    subject = f"[{_('强区')}] {what} {first.get_severity_display()} {first.rule.name}"
    if len(alarms) > 1:
        subject += _(" 等 %(n)s 条") % {"n": len(alarms)}
    lines = [_text(alarm) for alarm in alarms[:LISTED]]
    if len(alarms) > LISTED:
        lines.append(_("……共 %(n)s 条，请到报警台查看") % {"n": len(alarms)})
    if escalated_to:
        lines.insert(0, _("以下报警未在规定时间内确认："))
    site = settings.CSRF_TRUSTED_ORIGINS[0] if settings.CSRF_TRUSTED_ORIGINS else ""
    if site:
        lines.append(site + reverse("alarms"))
    notice = AlarmNotice.objects.create(kind=kind, subject=subject[:200], body="\n".join(lines), next_at=at, **to)
    notice.alarms.set(alarms)
    return notice


def send_due(now: dt.datetime | None = None, most: int = 50) -> tuple[int, int]:
    """Send the notices whose time has come; how many were taken and how many were not.

    A notice is claimed before it is sent, so that two processes do not both send it; one whose sender dies is due again after two minutes.
    """
    now = now or timezone.now()
    sent = failed = 0
    due = AlarmNotice.objects.filter(state=NoticeState.WAITING, next_at__lte=now).select_related("user", "channel")
    for notice in due.order_by("id")[:most]:
        claim = now + dt.timedelta(minutes=2)
        mine = AlarmNotice.objects.filter(pk=notice.pk, state=NoticeState.WAITING, next_at=notice.next_at)
        if not mine.update(next_at=claim):
            continue
        address, secret = (
            (notice.channel.url, notice.channel.secret) if notice.channel else (getattr(notice.user, "email", ""), "")
        )
        try:
            outcome = deliver(notice.kind, address, notice.subject, notice.body, secret)
        except QiangquError as error:
            failed += 1
            _failed(notice, str(error), now)
            continue
        sent += 1
        with transaction.atomic():
            notice.state, notice.attempts, notice.outcome, notice.sent_at = (
                NoticeState.SENT,
                notice.attempts + 1,
                outcome,
                timezone.now(),
            )
            notice.save(update_fields=["state", "attempts", "outcome", "sent_at"])
    return sent, failed


def _failed(notice: AlarmNotice, reason: str, now: dt.datetime) -> None:
    notice.attempts += 1
    notice.outcome = reason[:300]
    if notice.attempts > len(RETRY_MINUTES):
        notice.state = NoticeState.FAILED
    else:
        notice.next_at = now + dt.timedelta(minutes=RETRY_MINUTES[notice.attempts - 1])
    notice.save(update_fields=["attempts", "outcome", "state", "next_at"])
