"""What pages and API show of devices: which ones, in what state, with what latest values. All bounded, none
with a query for each device.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import seen, visible
from qiangqu.lake.telemetry import INVALID
from qiangqu.lake.telemetry_latest import standing_at
from qiangqu.lake.telemetry_read import milliseconds
from qiangqu.registry.models import Area

from .completeness import moment
from .health import DEFAULT_STEPS, UNKNOWN_STEP, State, alive_today, in_service, serving_on, state_of
from .models import Device, DeviceHealth, Point
from .words import SHOWN_STATISTICS

MAX_POINTS_SHOWN = 60  # of one device in a list of devices


def devices_of(user: Any, area: Area | None) -> "QuerySet[Device]":
    """Devices of today's register that the user sees in the area."""
    return seen(Device.objects.filter(alive_today()), user, area)


def device_of(user: Any, pk: int) -> Device:
    """Raises NotFoundError for one that does not exist or that the user may not see."""
    found = visible(Device.objects.select_related("area", "organisation"), user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError("没有这个设备，或它不在您的管辖范围内", where=str(pk))
    return found


def point_of(user: Any, pk: int) -> Point:
    """Like :func:`device_of`."""
    found = visible(Point.objects.select_related("device__area", "factor"), user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError("没有这个测点，或它不在您的管辖范围内", where=str(pk))
    return found


@dataclass(frozen=True, slots=True)
class Reading:
    """The latest value of a point. ``fresh``: "now" within three steps, "late" within ten, else "old"."""

    point: Point
    at: dt.datetime
    value: float
    invalid: bool
    fresh: str

    @property
    def beyond(self) -> bool:
        """Outside the measuring range that the register states."""
        low, high = self.point.lower, self.point.upper
        return (low is not None and self.value < low) or (high is not None and self.value > high)


def freshness(age_seconds: float, step: int | None) -> str:
    """How old a value is, measured by its step.

    >>> freshness(100, 60), freshness(500, 60), freshness(5000, 60), freshness(5000, 3600)
    ('now', 'late', 'old', 'now')
    """
    every = step or UNKNOWN_STEP
    if age_seconds <= 3 * every:
        return "now"
    return "late" if age_seconds <= 10 * every else "old"


def latest_of(points: Iterable[Point], now: dt.datetime | None = None) -> dict[int, Reading]:
    """The latest value of each point that has one, by its id."""
    clock = now or timezone.now()
    by_id = {point.pk: point for point in points}
    found = {}
    for number, time, value, flag, _received in standing_at(by_id, milliseconds(clock)):
        point, when = by_id[number], moment(time)
        age = (clock - when).total_seconds()
        step = point.period or DEFAULT_STEPS.get(point.interval)
        if point.interval in ("minute", "hour", "day"):
            age -= step or 0  # an hour's value carries the time of its beginning
        found[number] = Reading(point, when, value, flag >= INVALID, freshness(age, step))
    return found


def newest_of_factors(readings: Iterable[Reading]) -> list[Reading]:
    """One reading of each factor: the newest, of equal age the one by the first of ``SHOWN_STATISTICS``; in
    the order given.
    """
    best: dict[str, Reading] = {}
    for one in readings:
        if one.point.statistic not in SHOWN_STATISTICS:
            continue
        before = best.get(one.point.factor_code)
        if before is None or _rank(one) > _rank(before):
            best[one.point.factor_code] = one
    return list(best.values())


def _rank(reading: Reading) -> tuple[dt.datetime, int]:
    return reading.at, -SHOWN_STATISTICS.index(reading.point.statistic)


@dataclass(frozen=True, slots=True)
class Live:
    """A device with its state and what it measured last."""

    device: Device
    health: DeviceHealth | None
    state: State
    readings: list[Reading]


def points_of(devices: Sequence[Device], most: int = MAX_POINTS_SHOWN) -> list[Point]:
    """The first ``most`` points of each device whose values are shown, with their factors, in one query."""
    numbered = (
        Point.objects.filter(device__in=[device.pk for device in devices], statistic__in=SHOWN_STATISTICS)
        .annotate(place=Window(RowNumber(), partition_by=F("device"), order_by=F("id").asc()))
        .filter(place__lte=most)
    )
    return list(numbered.select_related("factor").order_by("device", "pk"))


def live(devices: Sequence[Device], now: dt.datetime | None = None) -> list[Live]:
    """State and latest values of devices; three queries however many they are."""
    clock = now or timezone.now()
    health = DeviceHealth.objects.in_bulk([device.pk for device in devices])
    latest = latest_of(points_of(devices), clock)
    of_device: dict[int, list[Reading]] = {}
    for reading in latest.values():
        of_device.setdefault(reading.point.device_id, []).append(reading)
    found = []
    for device in devices:
        one = health.get(device.pk)
        serves = in_service(device, timezone.localdate(clock))
        state = state_of(serves, one.last_seen if one else None, one.period if one else None, clock)
        readings = sorted(of_device.get(device.pk, []), key=lambda r: r.point.pk)
        found.append(Live(device, one, state, newest_of_factors(readings)))
    return found


def states(devices: "QuerySet[Device]", now: dt.datetime | None = None) -> dict[int, State]:
    """The state of every device of the query by its id; two queries."""
    clock = now or timezone.now()
    serving = set(devices.order_by().filter(serving_on(timezone.localdate(clock))).values_list("pk", flat=True))
    rows = devices.order_by().values_list("pk", "health__last_seen", "health__period")
    return {pk: state_of(pk in serving, last, period, clock) for pk, last, period in rows}


def counted(found: Iterable[State]) -> dict[State, int]:
    """How many in each state, all states named."""
    counts = Counter(found)
    return {state: counts[state] for state in State}


def search(devices: "QuerySet[Device]", text: str) -> "QuerySet[Device]":
    """Devices whose name, MN or owner contains each word."""
    for word in text[:80].split():
        devices = devices.filter(
            Q(name__icontains=word) | Q(mn__icontains=word) | Q(organisation__name__icontains=word)
        )
    return devices
