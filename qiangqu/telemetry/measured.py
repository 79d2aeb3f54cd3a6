"""Measured places: what is measured at a place (an outlet, a meter, a tank) and comes in on a point of a
device. Hours, the newest value, a chart, and the way from a value down to the message that brought it.

A part has channels of its own, each a factor at a place of its own kind; here they are anything with a point
and the interval of its readings (:class:`Measured`). What makes an hour valid, limits and judgement are the
part's. Hours are those of China Standard Time.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from qiangqu.base.errors import InputError
from qiangqu.lake import telemetry_read
from qiangqu.lake.telemetry import DAY, HOUR, INVALID
from qiangqu.lake.telemetry_latest import standing_at

from .frames import Shown, frames
from .health import serving_on
from .models import Point

Array = NDArray[np.float64]
ZONE = dt.timezone(dt.timedelta(hours=8), "CST")
LIVE_MINUTES = 120  # a latest value older than this is shown as out of date
BUCKETS = 240  # of a chart
MAX_FRAMES = 20  # of one moment: the message and its repeats, parts, corrections


class Measured(Protocol):
    """What is measured at a place: ``interval`` is the seconds between its readings, ``point`` where they
    come in (None: nowhere yet).
    """

    @property
    def pk(self) -> int: ...

    @property
    def point(self) -> Point | None: ...

    @property
    def point_id(self) -> int | None: ...

    @property
    def interval(self) -> int: ...


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """A channel's hours from ``start`` (milliseconds UTC): means of the readings that count (NaN without
    any), readings received and valid.
    """

    start: int
    mean: Array
    received: NDArray[np.int64]
    valid: NDArray[np.int64]

    @property
    def usable(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.mean)


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest reading of a channel."""

    at: dt.datetime
    value: float
    invalid: bool

    @property
    def stale(self) -> bool:
        return dt.datetime.now(dt.UTC) - self.at > dt.timedelta(minutes=LIVE_MINUTES)


def day_start(day: dt.date) -> int:
    """Milliseconds UTC of midnight."""
    return telemetry_read.milliseconds(dt.datetime.combine(day, dt.time.min, ZONE))


def moment(ms: int) -> dt.datetime:
    """Milliseconds UTC as local time."""
    return dt.datetime.fromtimestamp(ms / 1000, ZONE)


def hours_of(channels: Sequence[Measured], start: int, end: int) -> dict[int, Hours]:
    """Hours of each channel by its id, for whole hours from ``start`` to before ``end``. Channels without a
    point have none. Raises InputError for times that are no such hours."""
    if start % HOUR or end % HOUR or end <= start:
        raise InputError("起止时间应为整点，且起点早于终点")
    count = (end - start) // HOUR
    bound = [channel for channel in channels if channel.point_id is not None]
    by_point = {channel.point_id: at for at, channel in enumerate(bound)}
    mean = np.full((len(bound), count), np.nan)
    received, valid = np.zeros((len(bound), count), np.int64), np.zeros((len(bound), count), np.int64)
    if bound:
        table = telemetry_read.hourly(start, end, [point for point in by_point if point is not None])
        rows = np.array([by_point[point] for point in table["point"].to_pylist()], int)
        hours = (table["time"].to_numpy() - start) // HOUR
        mean[rows, hours] = table["mean"].to_numpy(zero_copy_only=False)
        received[rows, hours] = table["count"].to_numpy()
        valid[rows, hours] = table["valid"].to_numpy()
    return {channel.pk: Hours(start, mean[at], received[at], valid[at]) for at, channel in enumerate(bound)}


def latest_of(channels: Iterable[Measured]) -> dict[int, Latest]:
    """The newest reading of each channel by its id."""
    points = {channel.point_id: channel.pk for channel in channels if channel.point_id is not None}
    return {points[p]: Latest(moment(t), v, bool(f & INVALID)) for p, t, v, f, _received in standing_at(points)}


def stopped_of(channels: Iterable[Measured]) -> set[int]:
    """The channels, by id, whose device is not in service today (:func:`.health.in_service`)."""
    points = {channel.point_id: channel.pk for channel in channels if channel.point_id is not None}
    serving = Point.objects.filter(serving_on(timezone.localdate(), "device__"), pk__in=list(points))
    return set(points.values()) - {points[pk] for pk in serving.values_list("pk", flat=True)}


def readings(channel: Measured, start: int, end: int, most: int = 4000) -> list[dict[str, Any]]:
    """Single readings ``at, ms, value, invalid, flag`` of at most a day: what the device sent.

    Raises InputError for a longer time or a channel without a point.
    """
    if channel.point_id is None:
        raise InputError("这个监测项目还没有绑定遥测测点", where=str(channel))
    if not 0 < end - start <= DAY:
        raise InputError("原始数据一次最多查看一天")
    rows = telemetry_read.rows(start, end, [channel.point_id]).slice(0, most).to_pylist()
    return [
        {
            "at": moment(r["time"]),
            "ms": r["time"],
            "value": r["value"],
            "invalid": bool(r["flag"] & INVALID),
            "flag": r["flag"] & 0x7F,
        }
        for r in rows
    ]


def message_of(channel: Measured, at: int) -> list[dict[str, Any]]:
    """Everything that the channel's device reported for the very moment ``at`` (ms UTC) in the same interval:
    what one message (several, where a device splits them) carried. ``factor, statistic, value, unit, mark,
    invalid``, the channel's own first. Raises InputError for a channel without a point."""
    point = channel.point
    if point is None:
        raise InputError("这个监测项目还没有绑定遥测测点", where=str(channel))
    points = {
        one.pk: one
        for one in Point.objects.filter(device=point.device_id, interval=point.interval).order_by(
            "factor_code", "statistic"
        )
    }
    found = {row["point"]: row for row in telemetry_read.rows(at, at + 1, list(points)).to_pylist()}
    return [
        {
            "factor": one.factor_code,
            "statistic": one.statistic,
            "value": found[pk]["value"],
            "unit": one.unit,
            "mark": chr(found[pk]["flag"] & 0x7F) if found[pk]["flag"] & 0x7F else "",
            "invalid": bool(found[pk]["flag"] & INVALID),
            "own": pk == channel.point_id,
        }
        for pk, one in sorted(points.items(), key=lambda item: item[0] != channel.point_id)
        if pk in found
    ]


@dataclass(frozen=True, slots=True)
class Opened:
    """A value opened: everything that its device reported for that moment (:func:`message_of`), the same as a
    data region, and the messages themselves, as long as they are kept."""

    at: dt.datetime
    rows: list[dict[str, Any]]
    region: str
    frames: list[Shown]


def opened(channel: Measured, at: int) -> Opened | None:
    """What stands behind a channel's value at the moment ``at`` (ms UTC); None when there is no value. Raises
    InputError for a channel without a point.
    """
    rows = message_of(channel, at)
    if not rows or channel.point is None:
        return None
    when = moment(at)
    return Opened(when, rows, region_of(when, rows), frames(channel.point.device, at, at, MAX_FRAMES))


def region_of(at: dt.datetime, rows: list[dict[str, Any]]) -> str:
    """The data region 数据区 of HJ 212 as the rows say it; put together from what is stored, for readings
    whose message is not kept.

    >>> moment_ = dt.datetime(2026, 11, 24, 8, 0, tzinfo=ZONE)
    >>> region_of(moment_, [{"factor": "a21026", "statistic": "Rtd", "value": 12.5, "mark": "N"}])
    'DataTime=20261124080000;a21026-Rtd=12.5,a21026-Flag=N'
    """
    items = [f"DataTime={at.astimezone(ZONE):%Y%m%d%H%M%S}"]
    for row in rows:
        mark = f",{row['factor']}-Flag={row['mark']}" if row["mark"] else ""
        items.append(f"{row['factor']}-{row['statistic']}={row['value']:.15g}{mark}")
    return ";".join(items)


def chart(channel: Measured, hours: int, until: dt.datetime) -> dict[str, Any]:
    """Lines of the mean, and of the least and the greatest value where a step of the chart holds several
    readings, over ``hours`` before ``until``, as ``qiangqu.ui`` draws them: ``x``, ``series``. Up to two
    months: beyond, a part has results of days."""
    end = int(until.timestamp() * 1000)
    end = -(-end // HOUR) * HOUR if hours > 24 else end
    table, width = telemetry_read.chart(end - hours * HOUR, end, [channel.point_id or 0], BUCKETS)
    form = "%H:%M:%S" if width < 60_000 else "%m-%d %H:%M" if width < DAY else "%Y-%m-%d"
    x: list[str] = []
    lines: Mapping[str, list[float | None]] = {"mean": [], "min": [], "max": []}
    last: int | None = None
    for row in table.select(["time", *lines]).to_pylist():
        # a hole of more than two widths (or of the interval between readings) is drawn as a gap
        if last is not None and row["time"] - last > max(2 * width, 2500 * channel.interval):
            x.append(moment(last + width).strftime(form))
            for values in lines.values():
                values.append(None)
        last = row["time"]
        x.append(moment(row["time"]).strftime(form))
        for name, values in lines.items():
            values.append(row[name])
    series: list[dict[str, Any]] = [{"name": _("均值"), "values": lines["mean"]}]
    if width > 1000 * channel.interval:
        series += [
            {"name": _("最小"), "values": lines["min"], "dashed": True},
            {"name": _("最大"), "values": lines["max"], "dashed": True},
        ]
    return {"x": x, "series": series}
