"""What a device's page shows besides its register record, and what can be asked of it there."""

import datetime as dt
import re
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qiangqu.base.errors import InputError
from qiangqu.base.terms import clauses
from qiangqu.base.visibility import visible
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action, may
from qiangqu.ui.registers import Panel

from ..alarms.models import Alarm, Severity
from ..alarms.present import COLOURS
from ..completeness import HOURS, ZONE, hour_gaps
from ..health import REQUIRED, STATE_WORDS, in_service, scores, state_of, total
from ..models import Device, DeviceCommand, DeviceDay, DeviceHealth, DeviceMessage, DeviceQuality, Point
from ..mqtt.accounts import account_problem
from ..reading import device_of, latest_of
from ..register import ask
from ..words import ASKABLE, COMMANDS, NEEDED, QUALITY
from .points import duration

DAYS = 30
LISTED = 20
LISTED_POINTS = 100
LISTED_ALARMS = 10
LISTED_QUALITY = 50
SKEWED_MS = 60_000  # a clock that is off by more is pointed out


def _today(request: Any) -> dt.date:
    return request.as_of or timezone.localdate()


def state_panel(request: Any, device: Device) -> Panel:
    """State, counters since the device was first heard, and its points with their latest values."""
    now = timezone.now()
    health = DeviceHealth.objects.filter(pk=device.pk).first()
    points = list(Point.objects.filter(device=device).select_related("factor").order_by("pk")[: LISTED_POINTS + 1])
    latest = latest_of(points, now)
    serves = in_service(device, timezone.localdate(now))
    state = state_of(serves, health.last_seen if health else None, health.period if health else None, now)
    return Panel(
        _("状态与最新值"),
        "telemetry/device_state.html",
        {
            "device": device,
            "health": health,
            "account": account_problem(device),
            "state": state,
            "state_word": STATE_WORDS[state],
            "skew": skew_words(health.clock_skew_ms) if health else "",
            "skewed": bool(health and abs(health.clock_skew_ms or 0) > SKEWED_MS),
            "step": duration(health.period) if health and health.period else "",
            "points": [(point, latest.get(point.pk)) for point in points[:LISTED_POINTS]],
            "more": len(points) > LISTED_POINTS,
        },
    )


def skew_words(milliseconds: int | None) -> str:
    """How far a device's clock is off, in words."""
    if milliseconds is None:
        return ""
    words = duration(round(abs(milliseconds) / 1000, 1))
    if abs(milliseconds) < 1000:
        return _("不到 1 秒")
    return _("设备慢 %(time)s") % {"time": words} if milliseconds > 0 else _("设备快 %(time)s") % {"time": words}


def completeness_panel(request: Any, device: Device) -> Panel:
    """Thirty days hour by hour: what came, and the gaps."""
    last = _today(request)
    first = last - dt.timedelta(days=DAYS - 1)
    rows = {row.day: row for row in DeviceDay.objects.filter(device=device, day__gte=first, day__lte=last)}
    strip = []
    for n in range(DAYS):
        day = first + dt.timedelta(days=n)
        row = rows.get(day)
        due, mask = (row.due_mask, row.mask) if row else (0, 0)
        cells = ["on" if mask >> h & 1 else "off" if due >> h & 1 else "none" for h in range(HOURS)]
        strip.append({"x": n * 20, "day": day, "cells": [(h * 6, cell) for h, cell in enumerate(cells)]})
    found = scores(DeviceDay.objects.filter(device=device, day__gte=first, day__lte=last), "device")
    gaps = hour_gaps({day: (row.due_mask, row.mask) for day, row in rows.items()})
    return Panel(
        _("近 30 天在线与完整率"),
        "telemetry/device_days.html",
        {
            "score": total(found.values()) if found else None,
            "strip": strip,
            "first": first,
            "last": last,
            "required": REQUIRED,
            "gaps": [(gap.start, gap.end, duration(gap.hours * 3600)) for gap in reversed(gaps[-10:])],
            "gap_count": len(gaps),
        },
    )


def quality_panel(request: Any, device: Device) -> Panel:
    """What departed from the standard and was taken, and what was refused, over thirty days."""
    last = _today(request)
    first = last - dt.timedelta(days=DAYS - 1)
    rows: dict[tuple[str, bool, str], dict[str, Any]] = {}
    for one in DeviceQuality.objects.filter(device=device, day__gte=first, day__lte=last).order_by("day"):
        row = rows.setdefault((one.what, one.refused, one.item), {"count": 0, "days": 0, "last": one.day})
        row["count"] += one.count
        row["days"] += 1
        row["last"] = one.day
    listed = [
        {"word": QUALITY.get(what, what), "refused": refused, "item": item, **row}
        for (what, refused, item), row in sorted(rows.items(), key=lambda one: (-int(one[0][1]), -one[1]["count"]))
    ]
    shown, more = listed[:LISTED_QUALITY], max(0, len(listed) - LISTED_QUALITY)
    return Panel(_("质量记录（近 30 天）"), "telemetry/device_quality.html", {"rows": shown, "more": more})


def message_panel(request: Any, device: Device) -> Panel:
    """The last messages that are no rows of numbers, or were not taken whole."""
    rows = list(DeviceMessage.objects.filter(device=device).order_by("-received")[: LISTED + 1])
    listed = [
        (row, COMMANDS.get(row.cn, row.cn), clauses(str(QUALITY.get(w, w)) for w in row.reason.split("，") if w))
        for row in rows[:LISTED]
    ]
    return Panel(
        _("设备消息"), "telemetry/device_messages.html", {"device": device, "rows": listed, "more": len(rows) > LISTED}
    )


def alarm_panel(request: Any, device: Device) -> Panel:
    """The last alarms of the device's points."""
    rows = visible(Alarm.objects.filter(Q(device=device) | Q(point__device=device)), request.user)
    listed = list(rows.select_related("rule", "point__factor").order_by("-raised_at")[:LISTED_ALARMS])
    return Panel(
        _("报警"), "telemetry/device_alarms.html", {"rows": [(one, COLOURS[Severity(one.severity)]) for one in listed]}
    )


def command_panel(request: Any, device: Device) -> Panel:
    """What was asked of the device, and a form to ask."""
    rows = [
        (row, COMMANDS.get(row.cn, row.cn)) for row in DeviceCommand.objects.filter(device=device)[:LISTED]
    ]  # newest first
    day = timezone.localtime().replace(minute=0, second=0, microsecond=0)
    asks = ASKABLE.get(device.protocol, ())
    return Panel(
        _("下发命令"),
        "telemetry/device_commands.html",
        {
            "device": device,
            "rows": rows,
            "may_ask": may(request.user, Action.EDIT_REGISTERS, device.area.path) and bool(asks),
            "asks": [(cn, COMMANDS[cn]) for cn in asks],
            "begin": (day - dt.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
            "end": day.strftime("%Y-%m-%dT%H:%M"),
        },
    )


@require_POST
@require(Action.EDIT_REGISTERS)
def ask_device(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a request to a device on the list that the gateway sends from."""
    device = device_of(request.user, pk)
    cn = request.POST.get("cn", "")[:4]
    parameters: dict[str, str] = {}
    if cn == "1062":
        parameters["interval"] = request.POST.get("interval", "").strip()[:10]
    elif device.protocol in ("jt808", "fire"):
        parameters = {name: request.POST.get(name, "").strip()[:900] for name in NEEDED.get(cn, ())}
    elif cn in ("2051", "2061", "2031"):
        parameters = {name: _moment(request.POST.get(name, ""), name) for name in ("begin", "end")}
    command = ask(request.user, device.mn, cn, **parameters)
    messages.success(
        request, _("命令“%(name)s”已列入；设备连着网关时立即发送") % {"name": COMMANDS.get(command.cn, command.cn)}
    )
    return redirect("devices-detail", pk=pk)


def _moment(text: str, name: str) -> str:
    """``2026-11-23T14:00`` as YYYYMMDDhhmmss. Raises InputError for anything else."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", text, re.ASCII):
        raise InputError(_("请选择起止时间"), where=name)
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).strftime("%Y%m%d%H%M%S")
    except ValueError:
        raise InputError(_("请选择起止时间"), where=name) from None
