"""Whether devices are there: state now, and day by day what was due and what came (:mod:`.completeness` on
the register's devices).

``roll(first, last)`` computes :class:`DeviceDay` rows; it may be run again for any day and replaces what was
there.
"""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qiangqu.base.errors import InputError
from qiangqu.lake.telemetry import DAY, HOUR

from .completeness import Due, Gap, by_day, day_start, due_mask, hour_gaps, ones, share, usual_steps
from .models import Device, DeviceDay, DeviceHealth, Point

MAX_DAYS = 400
# what reliability is summed up by
BY = {"device": _("设备"), "area": _("园区"), "organisation": _("企业")}
FIELDS = {"device": "device", "area": "device__area", "organisation": "device__organisation"}
WINDOW_DAYS = 7  # of data from which a point's usual step is read
CHUNK = 20_000  # points asked for at once
# what a point of an interval is taken to report when nothing is known of it (HJ 212-2017 leaves the settings
# to the site)
DEFAULT_STEPS = {"realtime": 60, "rtd": 60, "minute": 600, "hour": 3600, "day": 86_400}
NOT_DATA = ("Ala", "UpValue", "LowValue")  # alarms and limits that a device sends, not measurements
UNKNOWN_STEP = 300
LATE_STEPS, LEAST_LATE = 3, 300  # late after three steps, never before five minutes
SILENT_STEPS, LEAST_SILENT = 10, 86_400
REQUIRED = 0.9  # share of what was due that the transmission of monitoring data is usually assessed by


class State(StrEnum):
    """State of a device now."""

    ONLINE = "online"
    LATE = "late"
    SILENT = "silent"
    NEVER = "never"
    DISABLED = "disabled"


STATE_WORDS = {
    State.ONLINE: _("在线"),
    State.LATE: _("迟报"),
    State.SILENT: _("离线"),
    State.NEVER: _("从未上报"),
    State.DISABLED: _("已停用"),
}


def state_of(enabled: bool, last_seen: dt.datetime | None, step: int | None, now: dt.datetime) -> State:
    """State by the age of the last message and the device's usual step (seconds).

    A time that has not come yet (the node's clock was set back since) does not say how long ago a device was
    heard: it is late until it is heard again.

    >>> now = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    >>> [str(state_of(True, now - dt.timedelta(minutes=m), 60, now)) for m in (4, 6, 1500, -60)]
    ['online', 'late', 'silent', 'late']
    """
    if not enabled:
        return State.DISABLED
    if last_seen is None:
        return State.NEVER
    age, every = (now - last_seen).total_seconds(), step or UNKNOWN_STEP
    if -LEAST_LATE <= age <= max(LATE_STEPS * every, LEAST_LATE):
        return State.ONLINE
    return State.LATE if age <= max(SILENT_STEPS * every, LEAST_SILENT) else State.SILENT


@dataclass(frozen=True, slots=True)
class Rolled:
    """What :func:`roll` wrote."""

    devices: int
    days: int


def roll(first: dt.date, last: dt.date, *, devices: Iterable[int] | None = None, now: int | None = None) -> Rolled:
    """Compute the days ``first`` … ``last`` of all enabled devices (or of these), and their usual steps.
    ``now``: milliseconds UTC.

    A point is due from the hour in which it was registered; earlier data (back-filled) counts as due as far
    as it came. Raises InputError for a wrong range.
    """
    if last < first or (last - first).days >= MAX_DAYS:
        raise InputError(f"起始日期应不晚于结束日期，且一次不超过 {MAX_DAYS} 天")
    clock = time.time_ns() // 1_000_000 if now is None else now
    chosen = Device.objects.filter(enabled=True, valid_from__lte=last).exclude(valid_to__lt=first)
    if devices is not None:
        chosen = chosen.filter(pk__in=list(devices))
    alive = {pk: (begin, end) for pk, begin, end in chosen.values_list("pk", "valid_from", "valid_to")}
    points = _points(list(alive))
    end = day_start(last) + DAY
    steps = _steps(points, end, clock)
    rows: list[DeviceDay] = []
    chunk: list[int] = []
    size = 0
    for pk in alive:  # all points of a device in one chunk
        chunk.append(pk)
        size += len(points[pk])
        if size >= CHUNK:
            rows += _days(chunk, alive, points, steps, first, last, clock)
            chunk, size = [], 0
    if chunk:
        rows += _days(chunk, alive, points, steps, first, last, clock)
    shortest = {pk: min((steps[p.pk] for p in points[pk] if p.pk in steps), default=None) for pk in alive}
    # days long past say nothing of how a device reports now
    _store(rows, shortest if end + DAY > clock else {})
    return Rolled(len(alive), len(rows))


def _points(devices: list[int]) -> dict[int, list[Point]]:
    found: dict[int, list[Point]] = defaultdict(list)
    for at in range(0, len(devices), 5000):
        rows = Point.objects.filter(device__in=devices[at : at + 5000], interval__in=DEFAULT_STEPS)
        for point in rows.exclude(statistic__in=NOT_DATA).order_by("pk"):
            found[point.device_id].append(point)
    return found


def _steps(points: dict[int, list[Point]], end: int, clock: int) -> dict[int, int]:
    """The step of each point in seconds: declared, else as its last days show; points of which nothing is
    known are left out.
    """
    found = {p.pk: p.period for of_device in points.values() for p in of_device if p.period}
    asked = [p.pk for of_device in points.values() for p in of_device if not p.period]
    until = min(end, clock - clock % HOUR)
    for at in range(0, len(asked), CHUNK):
        found |= usual_steps(asked[at : at + CHUNK], until - WINDOW_DAYS * DAY, until)
    return found


def _days(
    devices: list[int],
    alive: dict[int, tuple[dt.date, dt.date | None]],
    points: dict[int, list[Point]],
    steps: dict[int, int],
    first: dt.date,
    last: dt.date,
    clock: int,
) -> list[DeviceDay]:
    dues = [Due(p.pk, pk, steps.get(p.pk) or DEFAULT_STEPS[p.interval]) for pk in devices for p in points[pk]]
    came = by_day(dues, day_start(first), day_start(last) + DAY, clock) if dues else {}
    made = []
    for pk in devices:
        begin, end = alive[pk]
        since = [int(p.created_at.timestamp() * 1000) // HOUR * HOUR for p in points[pk]]
        for n in range((last - first).days + 1):
            day = first + dt.timedelta(days=n)
            if day < begin or (end is not None and day > end) or day_start(day) >= clock:
                continue
            one = came.get((pk, day))
            if one is None and since and day_start(day) + DAY <= min(since):
                continue  # its first point came later
            due = float(sum(ones([due_mask(day, at, clock)]) for at in since))
            mask = one.mask if one else 0
            whole = due_mask(day, min(since, default=0), clock) | mask
            received = one.received if one else 0.0
            made.append(
                DeviceDay(
                    device_id=pk,
                    day=day,
                    points=len(since),
                    due=max(due, received),
                    received=received,
                    valid=one.valid if one else 0.0,
                    rows=one.rows if one else 0,
                    due_mask=whole,
                    mask=mask,
                    hours_due=ones([whole]),
                    hours_online=ones([mask]),
                )
            )
    return made


def _store(rows: list[DeviceDay], periods: dict[int, int | None]) -> None:
    with transaction.atomic():
        DeviceDay.objects.bulk_create(
            rows,
            batch_size=2000,
            update_conflicts=True,
            unique_fields=["device", "day"],
            update_fields=[
                "points",
                "due",
                "received",
                "valid",
                "rows",
                "due_mask",
                "mask",
                "hours_due",
                "hours_online",
            ],
        )
        known = dict(DeviceHealth.objects.filter(device__in=list(periods)).values_list("device", "period"))
        for step in {p for p in periods.values() if p}:
            changed = [pk for pk, p in periods.items() if p == step and pk in known and known[pk] != step]
            for at in range(0, len(changed), 5000):
                DeviceHealth.objects.filter(device__in=changed[at : at + 5000]).update(period=step)


@dataclass(frozen=True, slots=True)
class Score:
    """Of a device, zone, enterprise or day: point-hours, hours online of those due, devices, and how many of
    them reported at all.
    """

    due: float
    received: float
    valid: float
    hours_due: int
    hours_online: int
    rows: int
    devices: int
    reporting: int

    @property
    def completeness(self) -> float | None:
        """完整率: share of what was due that came (0–1)."""
        return share(self.received, self.due)

    @property
    def effective(self) -> float | None:
        """传输有效率: share of what was due that came and is valid."""
        return share(self.valid, self.due)

    @property
    def online(self) -> float | None:
        """在线率: share of the due hours in which anything came."""
        return share(self.hours_online, self.hours_due)

    @property
    def hours_missing(self) -> int:
        """断数小时: due hours without anything."""
        return self.hours_due - self.hours_online

    @property
    def on_cloud(self) -> float | None:
        """设备上云率: share of the registered devices that reported at all."""
        return share(self.reporting, self.devices)


def scores(days: QuerySet[DeviceDay], by: str) -> dict[Any, Score]:
    """Scores of device days grouped by a field (``device``, ``device__area``, ``device__organisation``,
    ``day`` …); in one query.
    """
    came = Q(rows__gt=0)
    devices: Any
    reporting: Any
    if by == "device":  # counting distinct devices of thousands of groups takes longer than all else
        devices, reporting = Least(Count("pk"), 1), Least(Count("pk", filter=came), 1)
    else:
        once = by == "day"  # a device has one row a day
        devices = Count("device", distinct=not once)
        reporting = Count("device", distinct=not once, filter=came)
    rows = (
        days.order_by()
        .values_list(by)
        .annotate(
            Sum("due"), Sum("received"), Sum("valid"), Sum("hours_due"), Sum("hours_online"), Sum("rows"),
            devices=devices, reporting=reporting,
        )
    )  # fmt: skip
    return {row[0]: Score(*row[1:]) for row in rows}


def total(found: Iterable[Score]) -> Score:
    """Scores of groups without common devices together."""
    listed = [(s.due, s.received, s.valid, s.hours_due, s.hours_online, s.rows, s.devices, s.reporting) for s in found]
    sums = [sum(column) for column in zip(*listed, strict=True)] or [0.0, 0.0, 0.0, 0, 0, 0, 0, 0]
    return Score(*sums[:3], *(int(n) for n in sums[3:]))


def gaps_of(device: int, first: dt.date, last: dt.date) -> list[Gap]:
    """Hours without data of a device between two days, as rolled."""
    rows = DeviceDay.objects.filter(device=device, day__gte=first, day__lte=last)
    return hour_gaps({day: (due, mask) for day, due, mask in rows.values_list("day", "due_mask", "mask")})


def alive_today() -> Q:
    """Devices of the register that exist today."""
    return alive_on(timezone.localdate())


def alive_on(day: dt.date, prefix: str = "") -> Q:
    """Devices of the register that exist on a day; ``prefix``: the way to the device (``device__``)."""
    return Q(**{f"{prefix}valid_from__lte": day}) & (
        Q(**{f"{prefix}valid_to": None}) | Q(**{f"{prefix}valid_to__gte": day})
    )


def serving_on(day: dt.date, prefix: str = "") -> Q:
    """As :func:`in_service`, for queries."""
    return alive_on(day, prefix) & Q(**{f"{prefix}enabled": True})


def in_service(device: Device, day: dt.date) -> bool:
    """Whether a device serves on a day: the one rule for all desks. One that was switched off, is not in
    service yet or any more (valid_from, valid_to) is stopped: the gateway takes nothing from it, it is 已停用
    wherever it is shown, its last values are not what is measured now, and raise no alarms."""
    return device.enabled and device.valid_from <= day and (device.valid_to is None or day <= device.valid_to)
