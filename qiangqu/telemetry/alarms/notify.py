"""Telling people: notices are written with the alarm, sent afterwards, each with its outcome, and sent again
when that failed.

Sending itself is :mod:`qiangqu.messaging.sending`'s; here is decided what is sent to whom.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import QiangquError
from qiangqu.base.visibility import Holding
from qiangqu.messaging import notify as message
from qiangqu.messaging.sending import deliver
from qiangqu.registry.models import User

from .models import Alarm, AlarmChannel, AlarmNotice, AlarmRule, NoticeState

RETRY_MINUTES = (1, 5, 15, 60, 240)  # then it has failed
LISTED = 10  # alarms named in one message


def _text(alarm: Alarm) -> str:
    place = str(alarm.device or alarm.area)
    when = timezone.localtime(alarm.raised_at).strftime("%Y-%m-%d %H:%M:%S")
    value = "" if alarm.value is None else _("，值 %(value)s") % {"value": f"{alarm.value:g}"}
    bound = "" if alarm.limit is None else _("，限值 %(limit)s") % {"limit": f"{alarm.limit:g}"}
    mark = _("【模拟数据】") if alarm.simulated else ""
    more = _("（%(n)s 个测点）") % {"n": alarm.points_total} if alarm.points_total > 1 else ""
    return f"{mark}{alarm.get_severity_display()} {alarm.rule.name}：{place}{more} {when}{value}{bound}"


def announce(rule: AlarmRule, alarms: Sequence[Alarm], at: dt.datetime, escalated_to: str = "") -> int:
    """Write the notices about alarms that one pass raised (or escalated): one message to each person and
    robot, however many alarms there are.

    To be called in the transaction that stores the alarms. Gives the number of notices.
    """
    if not alarms:
        return 0
    told = list(
        Alarm.objects.filter(pk__in=[alarm.pk for alarm in alarms]).select_related("rule", "area", "device__area")
    )
    told.sort(key=lambda alarm: (alarm.severity, alarm.pk))
    roles = [escalated_to] if escalated_to else [role.strip() for role in rule.notify.split(",") if role.strip()]
    to_users: dict[User, list[Alarm]] = defaultdict(list)
    for user in User.objects.posted(role__in=roles).select_related("preference").with_posts():
        posts = [one for one in user.holdings() if one.role in roles]
        for alarm in told:
            if any(_concerns(one, alarm) for one in posts):
                to_users[user].append(alarm)
    to_channels: dict[AlarmChannel, list[Alarm]] = defaultdict(list)
    for channel in AlarmChannel.objects.filter(enabled=True).select_related("area"):
        for alarm in told:
            if alarm.severity <= channel.severity and alarm.place.path.startswith(channel.area.path):
                to_channels[channel].append(alarm)
    notices = [_tell(user, listed, at, escalated_to) for user, listed in to_users.items()]
    notices += [_notice(c.kind, listed, at, escalated_to, channel=c) for c, listed in to_channels.items()]
    return len(notices)


def _concerns(post: Holding, alarm: Alarm) -> bool:
    """Whether an alarm is of what a post looks after."""
    if post.own:
        owner = alarm.device.organisation_id if alarm.device is not None else None
        return owner is not None and owner == post.organisation_id
    return bool(post.path) and alarm.place.path.startswith(post.path)


def _tell(user: User, alarms: list[Alarm], at: dt.datetime, escalated_to: str) -> AlarmNotice:
    """A message on the site, and by mail: as the user chose, or, when he never chose, to the address that he
    has.
    """
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

    A notice is claimed before it is sent, so that two processes do not both send it; one whose sender dies is
    due again after two minutes.
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
