"""What people do with alarms: acknowledge, shelve, comment, close. Each act is an event of the alarm and an
entry of the audit trail.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.records.acts import Act, Acts
from qiangqu.registry.roles import Action, may

from .models import Alarm, AlarmEvent, AlarmState, EventKind

LONGEST_TEXT = 500
LONGEST_SHELVING = dt.timedelta(days=30)
MOST_AT_ONCE = 200


OPEN = (AlarmState.ACTIVE, AlarmState.CLEARED)
CLOSED_ALREADY = gettext_lazy("这条报警已经关闭")


def _handles(user: Any, alarm: Alarm) -> bool:
    return visible(Alarm.objects.filter(pk=alarm.pk), user, Action.HANDLE_ALARMS).exists()


ALARMS = Acts(
    Alarm, "alarm", may=_handles, related=("area", "device__area", "rule"), title="rule",
    lies_in=lambda alarm: alarm.place.path,
)  # fmt: skip


def _event(act: Act[Alarm], kind: EventKind, text: str) -> dt.datetime:
    """The act as an event of the alarm, and what the audit trail says of it; gives its moment."""
    now = timezone.now()
    AlarmEvent.objects.create(alarm=act.record, at=now, kind=kind, user=act.user, text=text)
    act.detail |= {"rule": act.record.rule.code, "text": text}
    return now


@ALARMS.declare(EventKind.ACKNOWLEDGED, gettext_lazy("确认报警"), states=OPEN, refusal=CLOSED_ALREADY)
def _acknowledge(act: Act[Alarm], comment: str) -> bool:
    alarm = act.record
    if alarm.acknowledged:
        act.nothing = True
        return False
    now = _event(act, EventKind.ACKNOWLEDGED, comment)
    alarm.acknowledged_at, alarm.acknowledged_by, alarm.comment = now, act.user, comment
    alarm.escalate_at = None
    if alarm.state == AlarmState.CLEARED and not alarm.shelved(now):
        alarm.state, alarm.closed_at = AlarmState.CLOSED, now
        AlarmEvent.objects.create(alarm=alarm, at=now, kind=EventKind.CLOSED)
    alarm.save()
    return True


@ALARMS.declare(EventKind.SHELVED, gettext_lazy("搁置报警"), states=OPEN, refusal=CLOSED_ALREADY)
def _shelve(act: Act[Alarm], until: dt.datetime, why: str) -> bool:
    alarm = act.record
    alarm.shelved_until, alarm.shelved_why, alarm.shelved_by = until, why, act.user
    local = timezone.localtime(until).strftime("%Y-%m-%d %H:%M")
    _event(act, EventKind.SHELVED, f"{_('至')} {local}：{why}"[:LONGEST_TEXT])
    alarm.save()
    return True


@ALARMS.declare(EventKind.UNSHELVED, gettext_lazy("取消搁置报警"))
def _unshelve(act: Act[Alarm]) -> bool:
    if not act.record.shelved(timezone.now()):
        act.nothing = True
        return False
    act.record.shelved_until = None
    _event(act, EventKind.UNSHELVED, "")
    act.record.save()
    return True


@ALARMS.declare(EventKind.COMMENTED, gettext_lazy("报警说明"))
def _comment(act: Act[Alarm], text: str) -> bool:
    _event(act, EventKind.COMMENTED, text)
    return True


@ALARMS.declare(
    EventKind.CLOSED, gettext_lazy("关闭报警"), states=(AlarmState.CLEARED, AlarmState.CLOSED),
    refusal=gettext_lazy("条件仍然成立，不能关闭；可以确认或搁置"),
)  # fmt: skip
def _close(act: Act[Alarm], comment: str) -> bool:
    alarm = act.record
    if alarm.state == AlarmState.CLOSED:
        act.nothing = True
        return False
    now = _event(act, EventKind.CLOSED, comment)
    if not alarm.acknowledged:
        alarm.acknowledged_at, alarm.acknowledged_by, alarm.comment = now, act.user, comment
    alarm.state, alarm.closed_at, alarm.shelved_until = AlarmState.CLOSED, now, None
    alarm.save()
    return True


def _each(user: Any, wanted: Iterable[int], act: Callable[..., bool], *given: Any) -> int:
    """Do the act on all of the alarms or on none; gives on how many there was something to do. PermissionDenied
    for a role that may not; NotFoundError when one is not the user's to see.
    """
    if not may(user, Action.HANDLE_ALARMS):
        raise PermissionDenied
    keys = sorted(set(wanted))
    if not keys:
        raise InputError(_("请先选择报警"))
    if len(keys) > MOST_AT_ONCE:
        raise InputError(_("一次最多处理 %(n)s 条报警") % {"n": MOST_AT_ONCE})
    found = list(visible(Alarm.objects.all(), user, Action.HANDLE_ALARMS).filter(pk__in=keys).order_by("pk"))
    if len(found) < len(keys):
        raise NotFoundError(_("没有这条报警，或它不在您的管辖范围内"), where=str(keys[0]))
    with transaction.atomic():
        return sum(act(alarm, user, *given) for alarm in found)


def acknowledge(user: Any, alarms: Iterable[int], comment: str = "") -> int:
    """Acknowledge alarms; gives how many were not yet. An alarm that has cleared is closed by it.
    ConflictError when it is closed already.
    """
    return _each(user, alarms, _acknowledge, _checked(comment))


def shelve(user: Any, alarms: Iterable[int], until: dt.datetime, why: str) -> int:
    """Keep alarms off the desk and out of escalation until a moment, with a reason. Raises InputError for a
    past or too late moment.
    """
    now = timezone.now()
    if not now < until <= now + LONGEST_SHELVING:
        raise InputError(_("搁置时间应在将来，且不超过 30 天"), where="until")
    return _each(user, alarms, _shelve, until, _checked(why, _("请写明搁置原因"), "why"))


def unshelve(user: Any, alarms: Iterable[int]) -> int:
    """Bring shelved alarms back; gives how many were shelved."""
    return _each(user, alarms, _unshelve)


def comment_on(user: Any, alarm: int, text: str) -> None:
    """Add a remark to an alarm, also to a closed one."""
    _each(user, [alarm], _comment, _checked(text, _("请填写说明")))


def close(user: Any, alarms: Iterable[int], comment: str) -> int:
    """Close alarms that have cleared, with what was found. ConflictError while the condition still holds: it
    would be raised again at once.
    """
    return _each(user, alarms, _close, _checked(comment, _("请写明处理结果")))


def _checked(text: str, missing: str = "", where: str = "text") -> str:
    """A text that is not too long, and where there is a sentence for ``missing``, not empty."""
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        raise InputError(_("说明不超过 500 个字"), where="text")
    if missing and not text:
        raise InputError(missing, where=where)
    return text
