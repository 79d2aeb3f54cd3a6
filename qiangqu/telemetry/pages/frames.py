"""The messages of a device as they came in, an hour at a time."""

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qiangqu.base.errors import InputError
from qiangqu.registry.access import require

from ..frames import frames
from ..models import DeviceHealth
from ..reading import device_of

HOUR = dt.timedelta(hours=1)
LISTED = 100


@require_GET
@require()
def device_frames(request: Any, pk: int) -> HttpResponse:
    """``?at=2026-11-24T08:00``: the messages with readings in that hour; without it in the last hour that the
    device was heard.
    """
    device = device_of(request.user, pk)
    begin = _begin(request.GET.get("at", ""), pk).replace(minute=0, second=0, microsecond=0)
    first = int(begin.timestamp() * 1000)
    rows = frames(device, first, first + 3_600_000 - 1, LISTED + 1, newest=True)
    context = {
        "device": device,
        "begin": begin,
        "end": begin + HOUR,
        "before": begin - HOUR,
        "after": begin + HOUR,
        "rows": rows[:LISTED],
        "more": len(rows) > LISTED,
        "listed": LISTED,
        "simulated": device.simulated,
    }
    return render(request, "telemetry/frames.html", context)


def _begin(text: str, pk: int) -> dt.datetime:
    if not text:
        health = DeviceHealth.objects.filter(pk=pk).first()
        return timezone.localtime(health.last_seen if health and health.last_seen else None)
    try:
        begin = dt.datetime.fromisoformat(text[:16]).replace(tzinfo=timezone.get_current_timezone())
    except ValueError:
        raise InputError(_("请选择时间"), where="at") from None
    if not 2000 <= begin.year <= 2100:  # a year near 1 or 9999 has no counterpart in another time zone
        raise InputError(_("请选择时间"), where="at")
    return begin
