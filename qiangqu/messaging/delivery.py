"""Getting messages out: what is due by mail and to robots (:mod:`.sending`), digests; and clearing away what
is old.
"""

import datetime as dt
import logging

from django.utils.translation import gettext as _

from qiangqu.base.errors import QiangquError

from .models import Delivery, Message, Preference, Way, When
from .notify import body
from .sending import MAIL, NotSentError, deliver

log = logging.getLogger(__name__)
TRIES = 6
FIRST_GAP = dt.timedelta(minutes=1)
KEPT = dt.timedelta(days=180)
IN_A_DIGEST = 100


def _send(delivery: Delivery) -> None:
    """Raises QiangquError when it was not taken."""
    user = delivery.user
    if delivery.way == Way.MAIL:
        if not user.email:
            raise NotSentError(_("账号没有填电子邮件地址"))
        deliver(MAIL, user.email, delivery.subject, delivery.text)
        return
    wish = Preference.objects.filter(user=user).first()
    if wish is None or not wish.robot_url:
        raise NotSentError(_("没有填机器人地址"))
    deliver(wish.robot_kind, wish.robot_url, delivery.subject, delivery.text, wish.robot_secret)


def send_due(now: dt.datetime, limit: int = 200) -> str:
    """Send what is due; what fails is tried again after 1, 2, 4 … minutes and given up after :data:`TRIES`
    times.
    """
    sent = failed = 0
    for delivery in Delivery.objects.filter(next_at__lte=now).select_related("user").order_by("next_at")[:limit]:
        # taken by one worker only
        later = now + FIRST_GAP * 2**delivery.tries
        if not Delivery.objects.filter(pk=delivery.pk, next_at=delivery.next_at).update(
            next_at=later, tries=delivery.tries + 1
        ):
            continue
        try:
            _send(delivery)
        except QiangquError as error:
            said = str(error)[:300]
            log.warning("delivery %s by %s: %s", delivery.pk, delivery.way, said)
            given_up = delivery.tries + 1 >= TRIES
            Delivery.objects.filter(pk=delivery.pk).update(failure=said, **({"next_at": None} if given_up else {}))
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
