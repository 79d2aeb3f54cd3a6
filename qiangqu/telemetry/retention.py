"""How long what devices said besides numbers is kept. Numbers have the lake's own rules (``qiangqu lake
vacuum``, the worker's job ``lake-tidy``).
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from qiangqu.lake.telemetry import days_setting
from qiangqu.registry import audit

from .models import CommandState, DeviceCommand, DeviceMessage, DeviceQuality, UnknownDevice

CHUNK = 2000


def _days(name: str, default: int) -> int:
    return days_setting(name, str(default)) or default


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that messages and finished commands, quality records and unknown devices not heard since are
    kept; and how many messages one device may have whatever their age (a device gone mad does not fill the
    disk)."""

    message_days: int = field(default_factory=lambda: _days("QIANGQU_DEVICE_MESSAGE_DAYS", 180))
    quality_days: int = field(default_factory=lambda: _days("QIANGQU_DEVICE_QUALITY_DAYS", 1096))
    unknown_days: int = field(default_factory=lambda: _days("QIANGQU_UNKNOWN_DEVICE_DAYS", 90))
    messages_of_device: int = 20_000


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows went."""

    messages: int
    commands: int
    quality: int
    unknown: int


def prune(retention: Retention | None = None, now: dt.datetime | None = None) -> Pruned:
    """Delete what is older than the rule says, in short transactions, so that a gateway goes on writing
    beside it.
    """
    rule, clock = retention or Retention(), now or timezone.now()
    before = clock - dt.timedelta(days=rule.message_days)
    messages = _delete(DeviceMessage.objects.filter(received__lt=before))
    crowded = (
        DeviceMessage.objects.order_by()
        .values_list("device")
        .annotate(count=Count("pk"))
        .filter(count__gt=rule.messages_of_device)
    )
    for device, _count in list(crowded):
        of_device = DeviceMessage.objects.filter(device=device)
        # the newest that may stay: everything not newer than its predecessor's place goes
        last = of_device.order_by("-received", "-pk").values_list("received", "pk")[rule.messages_of_device]
        messages += _delete(of_device.filter(received__lt=last[0]))
        messages += _delete(of_device.filter(received=last[0], pk__lte=last[1]))
    done = [CommandState.DONE, CommandState.FAILED, CommandState.SILENT]
    pruned = Pruned(
        messages,
        _delete(DeviceCommand.objects.filter(state__in=done, changed_at__lt=before)),
        _delete(DeviceQuality.objects.filter(day__lt=(clock - dt.timedelta(days=rule.quality_days)).date())),
        _delete(UnknownDevice.objects.filter(last_seen__lt=clock - dt.timedelta(days=rule.unknown_days))),
    )
    if any((pruned.messages, pruned.commands, pruned.quality, pruned.unknown)):
        audit.record(
            None,
            "device_records_pruned",
            object_type="device",
            object_id="",
            area_path="",
            detail={
                "messages": pruned.messages,
                "commands": pruned.commands,
                "quality": pruned.quality,
                "unknown": pruned.unknown,
            },
        )
    return pruned


def _delete(rows: "QuerySet[Any]") -> int:
    """Delete the rows, some thousands at a time."""
    total = 0
    while True:
        with transaction.atomic():
            ids = list(rows.order_by().values_list("pk", flat=True)[:CHUNK])
            if not ids:
                return total
            rows.model._default_manager.filter(pk__in=ids).delete()
            total += len(ids)
