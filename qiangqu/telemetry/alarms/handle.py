"""What people do with alarms: acknowledge, shelve, comment, close. Each act is an event of the alarm and an
entry of the audit trail.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.registry import audit
from qiangqu.registry.roles import Action, may

from .models import Alarm, AlarmEvent, AlarmState, EventKind

LONGEST_TEXT = 500
LONGEST_SHELVING = dt.timedelta(days=30)
MOST_AT_ONCE = 200


def acknowledge(user: Any, alarms: Iterable[int], comment: str = "") -> int:
    """Acknowledge alarms; gives how many were not yet. An alarm that has cleared is closed by it.
    ConflictError when it is closed already.
    """
    done = 0
    with transaction.atomic():
        for alarm in _alarms(user, alarms):
            if alarm.state == AlarmState.CLOSED:
                raise ConflictError(_("这条报警已经关闭"), where=str(alarm.pk))
            if alarm.acknowledged:
                continue
            now = timezone.now()
            alarm.acknowledged_at, alarm.acknowledged_by, alarm.comment = now, user, _checked(comment)
            alarm.escalate_at = None
            _record(user, alarm, EventKind.ACKNOWLEDGED, now, comment)
            if alarm.state == AlarmState.CLEARED and not alarm.shelved(now):
                alarm.state, alarm.closed_at = AlarmState.CLOSED, now
                AlarmEvent.objects.create(alarm=alarm, at=now, kind=EventKind.CLOSED)
            alarm.save()
            done += 1
    return done


def shelve(user: Any, alarms: Iterable[int], until: dt.datetime, why: str) -> int:
    """Keep alarms off the desk and out of escalation until a moment, with a reason. Raises InputError for a
    past or too late moment.
    """
    now = timezone.now()
    if not now < until <= now + LONGEST_SHELVING:
        raise InputError(_("搁置时间应在将来，且不超过 30 天"), where="until")
    reason = _checked(why)
    if not reason:
        raise InputError(_("请写明搁置原因"), where="why")
    done = 0
    with transaction.atomic():
        for alarm in _alarms(user, alarms):
            if alarm.state == AlarmState.CLOSED:
                raise ConflictError(_("这条报警已经关闭"), where=str(alarm.pk))
            alarm.shelved_until, alarm.shelved_why, alarm.shelved_by = until, reason, user
            local = timezone.localtime(until).strftime("%Y-%m-%d %H:%M")
            _record(user, alarm, EventKind.SHELVED, now, f"{_('至')} {local}：{reason}"[:LONGEST_TEXT])
            alarm.save()
            done += 1
    return done


def unshelve(user: Any, alarms: Iterable[int]) -> int:
    """Bring shelved alarms back; gives how many were shelved."""
    done = 0
    with transaction.atomic():
        for alarm in _alarms(user, alarms):
            now = timezone.now()
            if not alarm.shelved(now):
                continue
            alarm.shelved_until = None
            _record(user, alarm, EventKind.UNSHELVED, now, "")
            alarm.save()
            done += 1
    return done


def comment_on(user: Any, alarm: int, text: str) -> None:
    """Add a remark to an alarm, also to a closed one."""
    words = _checked(text)
    if not words:
        raise InputError(_("请填写说明"), where="text")
    with transaction.atomic():
        for one in _alarms(user, [alarm]):
            _record(user, one, EventKind.COMMENTED, timezone.now(), words)


def close(user: Any, alarms: Iterable[int], comment: str) -> int:
    """Close alarms that have cleared, with what was found. ConflictError while the condition still holds: it
    would be raised again at once.
    """
    words = _checked(comment)
    if not words:
        raise InputError(_("请写明处理结果"), where="text")
    done = 0
    with transaction.atomic():
        for alarm in _alarms(user, alarms):
            if alarm.state == AlarmState.ACTIVE:
                raise ConflictError(_("条件仍然成立，不能关闭；可以确认或搁置"), where=str(alarm.pk))
            if alarm.state == AlarmState.CLOSED:
                continue
            now = timezone.now()
            if not alarm.acknowledged:
                alarm.acknowledged_at, alarm.acknowledged_by, alarm.comment = now, user, words
            alarm.state, alarm.closed_at, alarm.shelved_until = AlarmState.CLOSED, now, None
            _record(user, alarm, EventKind.CLOSED, now, words)
            alarm.save()
            done += 1
    return done


def _checked(text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        raise InputError(_("说明不超过 500 个字"), where="text")
    return text


def _alarms(user: Any, wanted: Iterable[int]) -> list[Alarm]:
    """The alarms, locked, in order. PermissionDenied for a role that may not; NotFoundError when one is not
    the user's to see.
    """
    if not may(user, Action.HANDLE_ALARMS):
        raise PermissionDenied
    keys = sorted(set(wanted))
    if not keys:
        raise InputError(_("请先选择报警"))
    if len(keys) > MOST_AT_ONCE:
        raise InputError(_("一次最多处理 %(n)s 条报警") % {"n": MOST_AT_ONCE})
    found = list(
        visible(
            Alarm.objects.select_for_update(of=("self",)).select_related("area", "device__area", "rule"),
            user,
            Action.HANDLE_ALARMS,
        )
        .filter(pk__in=keys)
        .order_by("pk")
    )
    if len(found) < len(keys):
        raise NotFoundError(_("没有这条报警，或它不在您的管辖范围内"), where=str(keys[0]))
    return found


def _record(user: Any, alarm: Alarm, kind: EventKind, at: dt.datetime, text: str) -> None:
    AlarmEvent.objects.create(alarm=alarm, at=at, kind=kind, user=user, text=text)
    audit.record(
        user,
        f"alarm_{kind.value}",
        object_type="alarm",
        object_id=alarm.pk,
        area_path=alarm.place.path,
        detail={"rule": alarm.rule.code, "text": text},
    )
