"""Where a peak at a station came from: the stored winds and outlets that :mod:`.tracing` judges."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.lake.telemetry import DAY, HOUR
from qiangqu.telemetry.measured import ZONE, moment

from . import factors, tracing
from .models import Channel, Outlet, Station
from .reading import hours_of

TRACED = ("a34004", "a34002", "a21026", "a21004", "a05024")  # factors of stations whose peaks are traced
EMITTED = ("a34013", "a21026", "a21002")  # factors of outlets that are held against them
WINDS = 6  # hours that are shown


@dataclass(frozen=True, slots=True)
class Wind:
    """One hour's wind: m/s, and the degrees that it came from."""

    at: dt.datetime
    speed: float
    direction: float


@dataclass(frozen=True, slots=True)
class Traced:
    """A peak, the winds before it (the latest first), and the outlets that stood upwind."""

    channel: Channel
    peak: dt.datetime
    value: float
    winds: list[Wind]
    suspects: list[tuple[Outlet, tracing.Suspect]]
    traceable: list[str]


def trace_peak(user: object, station: Station, factor: str, emitted: str, at: str) -> Traced:
    """The outlets of the station's area that the user sees and that lay upwind before the hour ``at``
    (``2026-11-23T14``; "": the greatest of the last day) with more than usual of ``emitted``. Raises
    NotFoundError without wind or values, InputError for an hour that is none."""
    own = {c.factor: c for c in station.channels.exclude(point=None)}
    speed, direction, channel = (own.get(code) for code in (factors.WIND_SPEED, factors.WIND_DIRECTION, factor))
    if channel is None or speed is None or direction is None:
        raise NotFoundError(_("这个站没有该因子或没有风速风向，不能溯源"), where=factor[:10])
    peak = _hour_of(at) if at else _greatest(channel)
    outlets = visible(Outlet.objects.all(), user).filter(enterprise__area=station.area, medium="air")
    sources = {
        str(c.pk): (c, c.outlet)
        for c in Channel.objects.filter(outlet__in=outlets, factor=emitted)
        .exclude(point=None)
        .select_related("outlet__enterprise")
        if c.outlet is not None
    }
    hours = hours_of([speed, direction, channel, *(c for c, _outlet in sources.values())], peak - 7 * DAY, peak + HOUR)
    speeds, directions = hours[speed.pk].mean, hours[direction.pk].mean
    suspects = tracing.trace(
        station.lon,
        station.lat,
        speeds,
        directions,
        [tracing.UpwindSource(key, o.lon, o.lat, hours[c.pk].mean) for key, (c, o) in sources.items()],
    )
    return Traced(
        channel,
        moment(peak),
        float(hours[channel.pk].mean[-1]),
        [Wind(moment(peak - i * HOUR), float(speeds[-1 - i]), float(directions[-1 - i])) for i in range(WINDS)],
        [(sources[one.key][1], one) for one in suspects],
        [code for code in own if code in TRACED],
    )


def _this_hour() -> int:
    return int(timezone.now().timestamp() * 1000) // HOUR * HOUR


def _greatest(channel: Channel) -> int:
    """Milliseconds of the greatest valid hour of the last day."""
    end = _this_hour()
    recent = hours_of([channel], end - DAY, end)[channel.pk]
    if not recent.usable.any():
        raise NotFoundError(_("最近 24 小时没有有效小时值"), where=str(channel))
    return end - DAY + int(np.nanargmax(recent.mean)) * HOUR


def _hour_of(text: str) -> int:
    """Milliseconds of the hour named ``2026-11-23T14``."""
    try:
        at = dt.datetime.strptime(text[:13], "%Y-%m-%dT%H").replace(tzinfo=ZONE)
    except ValueError:
        raise InputError(_("时间应写成 2026-11-23T14 的样子"), where=text[:20]) from None
    ms, end = int(at.timestamp() * 1000), _this_hour()
    if not end - 3 * 366 * DAY <= ms < end:
        raise InputError(_("时间应在过去三年之内"), where=text[:20])
    return ms
