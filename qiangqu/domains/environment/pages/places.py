"""A station and an outlet: what they report now, a chart from an hour to years, and the way down to single readings."""

import datetime as dt
from typing import Any

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.lake.telemetry import DAY, HOUR
from qiangqu.registry.access import require
from qiangqu.telemetry import measured
from qiangqu.telemetry.measured import ZONE, day_start, moment, opened, readings

from .. import factors, tracing
from ..emissions import MASS_PER_UNIT, emission, flow_per_hour
from ..models import Channel, DailyResult, Exceedance, ExceedanceState, Outlet, Station, StationKind
from ..queries import channel_of, day_of, limit_of, outlet_of, readings_now, station_of
from ..reading import converted, hours_of
from ..results import air_days, current_air
from .asked import scoped, today_of

RANGES = {
    "1h": (1, gettext_lazy("1 小时")),
    "24h": (24, gettext_lazy("24 小时")),
    "7d": (7 * 24, gettext_lazy("7 天")),
    "30d": (30 * 24, gettext_lazy("30 天")),
    "1y": (366 * 24, gettext_lazy("1 年")),
    "3y": (3 * 366 * 24, gettext_lazy("3 年")),
}


def _chart(channel: Channel, span: str, until: dt.datetime) -> dict[str, Any]:
    """Line of means with least and greatest value over ``span`` before ``until``."""
    hours = RANGES[span][0]
    if hours > 60 * 24:
        return _years(channel, hours // 24, until.date())
    drawn = measured.chart(channel, hours, until)
    bound = limit_of(channel, until.date())
    if bound is not None and drawn["x"]:
        shown = float(converted(bound.high, bound.unit, channel.shown_unit))
        drawn["series"].append({"name": _("限值"), "values": [shown] * len(drawn["x"]), "dashed": True})
    return {**drawn, "unit": channel.shown_unit, "simulated": channel.place.simulated}


def _years(channel: Channel, days: int, last: dt.date) -> dict[str, Any]:
    """The daily results of years: means and greatest hours; days without a valid mean are gaps."""
    first = last - dt.timedelta(days=days)
    rows = {
        day: (mean, top)
        for day, mean, top in DailyResult.objects.filter(channel=channel, day__gte=first, day__lte=last).values_list(
            "day", "mean", "maximum"
        )
    }
    if not rows:
        return {"x": [], "series": [], "unit": channel.shown_unit}
    begin = min(rows)
    shown = [begin + dt.timedelta(days=n) for n in range((last - begin).days + 1)]
    series: list[dict[str, Any]] = [
        {"name": _("日均值"), "values": [rows.get(day, (None, None))[0] for day in shown]},
        {"name": _("最大小时值"), "values": [rows.get(day, (None, None))[1] for day in shown], "dashed": True},
    ]
    return {
        "x": [day.isoformat() for day in shown],
        "series": series,
        "unit": channel.shown_unit,
        "simulated": channel.place.simulated,
    }


def _page(request: HttpRequest, place: Station | Outlet) -> dict[str, Any]:
    """Context that stations and outlets share."""
    day = today_of(request)
    chosen = request.as_of  # type: ignore[attr-defined]
    until = timezone.now() if chosen is None else dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, ZONE)
    channels = list(place.channels.select_related("station", "outlet"))
    rows = readings_now(channels, day)
    wanted = request.GET.get("factor", "")
    bound = [c for c in channels if c.point_id is not None]
    channel = next((c for c in bound if c.factor == wanted), bound[0] if bound else None)
    span = request.GET.get("span", "24h")
    if span not in RANGES:
        raise InputError(_("没有这个时间范围"), where=span[:10])
    return {
        "place": place,
        "readings": rows,
        "channel": channel,
        "channel_name": factors.name_of(channel.factor) if channel else "",
        "span": span,
        "spans": [(key, words) for key, (_hours, words) in RANGES.items()],
        "chart": _chart(channel, span, until) if channel else None,
        "simulated": place.simulated,
        "exceedances": list(
            Exceedance.objects.filter(channel__in=channels)
            .exclude(state=ExceedanceState.WITHDRAWN)
            .select_related("channel")[:8]
        ),
        "day": day,
        "channels": channels,
    }


@require_GET
@require()
def station(request: HttpRequest, code: str) -> HttpResponse:
    """One station."""
    place = station_of(request.user, code)
    context = _page(request, place)
    if place.kind == StationKind.AMBIENT:
        day = context["day"]
        days = air_days(place, day - dt.timedelta(days=30), day)
        now = current_air(context["channels"], timezone.now()).get(place.pk)
        context |= {
            "air": now[1] if now else None,
            "air_hour": now[0] if now else None,
            "air_days": list(reversed(days))[:10],
            "air_chart": {
                "x": [d.strftime("%m-%d") for d, _air in days],
                "series": [{"name": "AQI", "values": [air.aqi for _d, air in days]}],
                "unit": "",
                "decimals": 0,
                "simulated": place.simulated,
                "source": "HJ 633-2026",
            }
            if days
            else None,
        }
    return render(request, "environment/station.html", context)


@require_GET
@require()
def outlet(request: HttpRequest, code: str) -> HttpResponse:
    """One outlet, with the emissions of the last 30 days of the factor shown."""
    place = outlet_of(request.user, code)
    context = _page(request, place)
    channel: Channel | None = context["channel"]
    if channel is not None:
        rows = list(
            DailyResult.objects.filter(channel=channel, day__gt=context["day"] - dt.timedelta(days=30)).order_by("-day")
        )
        context |= {"days": rows, "emits": any(row.kilograms is not None for row in rows)}
    return render(request, "environment/outlet.html", context)


@require_GET
@require()
def trace_peak(request: HttpRequest, code: str) -> HttpResponse:
    """Which outlets lay upwind before the hour ``at`` (default: the greatest of the last day) and were high then."""
    user, _area = scoped(request)
    place = station_of(user, code)
    channels = {c.factor: c for c in place.channels.exclude(point=None)}
    factor = request.GET.get("factor", "a34004")
    speed, direction, measured = (
        channels.get(factors.WIND_SPEED),
        channels.get(factors.WIND_DIRECTION),
        channels.get(factor),
    )
    if measured is None or speed is None or direction is None:
        raise NotFoundError(_("这个站没有该因子或没有风速风向，不能溯源"), where=factor[:10])
    end = int(timezone.now().timestamp() * 1000) // HOUR * HOUR
    peak = _hour_of(request.GET.get("at", ""), end)
    if peak is None:
        recent = hours_of([measured], end - 24 * HOUR, end)[measured.pk]
        if not recent.usable.any():
            raise NotFoundError(_("最近 24 小时没有有效小时值"), where=str(measured))
        peak = end - 24 * HOUR + int(np.nanargmax(recent.mean)) * HOUR
    outlets = list(
        visible(Outlet.objects.select_related("enterprise"), user).filter(enterprise__area=place.area, medium="air")
    )
    wanted = request.GET.get("outlet_factor", "a34013")
    found = list(Channel.objects.filter(outlet__in=outlets, factor=wanted).exclude(point=None).select_related("outlet"))
    begin = peak - 7 * DAY
    hours = hours_of([speed, direction, measured, *found], begin, peak + HOUR)
    sources = [
        tracing.UpwindSource(str(c.pk), c.outlet.lon, c.outlet.lat, hours[c.pk].mean)
        for c in found
        if c.outlet is not None
    ]
    suspects = tracing.trace(place.lon, place.lat, hours[speed.pk].mean, hours[direction.pk].mean, sources)
    by_key = {str(c.pk): c for c in found}
    winds = [
        {
            "at": moment(peak - i * HOUR),
            "speed": float(hours[speed.pk].mean[-1 - i]),
            "from": float(hours[direction.pk].mean[-1 - i]),
        }
        for i in range(6)
    ]
    context = {
        "place": place,
        "factor": factor,
        "factor_name": factors.name_of(factor),
        "outlet_factor_name": factors.name_of(wanted),
        "outlet_factor": wanted,
        "choices": [
            (c, factors.name_of(c)) for c in channels if c in ("a34004", "a34002", "a21026", "a21004", "a05024")
        ],
        "outlet_choices": [(c, factors.name_of(c)) for c in ("a34013", "a21026", "a21002")],
        "peak": moment(peak),
        "value": float(hours[measured.pk].mean[-1]),
        "unit": measured.shown_unit,
        "suspects": [(by_key[s.key].outlet, s) for s in suspects],
        "winds": winds,
        "simulated": place.simulated,
        "sector": tracing.HALF_ANGLE,
        "outlet_unit": factors.unit_of(wanted),
    }
    return render(request, "environment/trace.html", context)


def _hour_of(text: str, end: int) -> int | None:
    """Milliseconds of the hour named ``2026-11-23T14``; None when nothing is asked for."""
    if not text:
        return None
    try:
        at = dt.datetime.strptime(text[:13], "%Y-%m-%dT%H").replace(tzinfo=ZONE)
    except ValueError:
        raise InputError(_("时间应写成 2026-11-23T14 的样子"), where=text[:20]) from None
    ms = int(at.timestamp() * 1000)
    if not end - 3 * 366 * DAY <= ms < end:
        raise InputError(_("时间应在过去三年之内"), where=text[:20])
    return ms


@require_GET
@require()
def hours_of_day(request: HttpRequest, pk: int, day: str) -> HttpResponse:
    """The 24 hours behind a day's result."""
    channel = channel_of(request.user, pk)
    date = day_of(day)
    begin = day_start(date)
    siblings = {c.factor: c for c in channel.place.channels.exclude(point=None)}
    flow = siblings.get(factors.WATER_FLOW) or siblings.get(factors.AIR_FLOW)
    oxygen = siblings.get(factors.OXYGEN)
    wanted = [c for c in (channel, flow, oxygen) if c is not None]
    hours = hours_of(wanted, begin, begin + DAY)
    own = hours.get(channel.pk)
    mass = None
    if own is not None and flow is not None and flow.pk != channel.pk and channel.shown_unit in MASS_PER_UNIT:
        mass = emission(own.mean, flow_per_hour(hours[flow.pk].mean, flow.shown_unit), channel.shown_unit)
    rows = []
    for h in range(24):
        rows.append(
            {
                "hour": h,
                "mean": _number(own.mean[h]) if own else None,
                "received": int(own.received[h]) if own else 0,
                "valid": int(own.valid[h]) if own else 0,
                "flow": _number(hours[flow.pk].mean[h]) if flow is not None and flow.pk in hours else None,
                "oxygen": _number(hours[oxygen.pk].mean[h]) if oxygen is not None and oxygen.pk in hours else None,
                "kg": _number(mass[h]) if mass is not None else None,
            }
        )
    context = {
        "channel": channel,
        "place": channel.place,
        "name": factors.name_of(channel.factor),
        "unit": channel.shown_unit,
        "flow_unit": flow.shown_unit if flow else "",
        "has_flow": mass is not None,
        "has_oxygen": oxygen is not None and oxygen.pk != channel.pk,
        "day": date,
        "rows": rows,
        "result": DailyResult.objects.filter(channel=channel, day=date).first(),
        "expected": 3600 / channel.interval,
        "simulated": channel.place.simulated,
    }
    return render(request, "environment/day.html", context)


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


@require_GET
@require()
def readings_of_hour(request: HttpRequest, pk: int, day: str, hour: int) -> HttpResponse:
    """The readings behind an hour, as the device sent them."""
    channel = channel_of(request.user, pk)
    date = day_of(day)
    if hour > 23:
        raise InputError(_("小时应在 0—23 之间"), where=str(hour)[:6])
    begin = day_start(date) + hour * HOUR
    context = {
        "channel": channel,
        "place": channel.place,
        "name": factors.name_of(channel.factor),
        "unit": channel.shown_unit,
        "day": date,
        "hour": hour,
        "rows": readings(channel, begin, begin + HOUR),
        "simulated": channel.place.simulated,
    }
    return render(request, "environment/readings.html", context)


@require_GET
@require()
def message(request: HttpRequest, pk: int, at: int) -> HttpResponse:
    """What the device reported at one moment: the message behind a reading."""
    channel = channel_of(request.user, pk)
    if not 0 < at < 2**52:
        raise NotFoundError(_("没有这一时刻的报文"), where=str(at)[:20])
    behind = opened(channel, at)
    if behind is None:
        raise NotFoundError(_("没有这一时刻的报文"), where=str(at)[:20])
    context = {
        "channel": channel,
        "place": channel.place,
        "name": factors.name_of(channel.factor),
        "device": channel.point.device if channel.point else None,
        "at": behind.at,
        "day": timezone.localtime(behind.at).date(),
        "hour": timezone.localtime(behind.at).hour,
        "rows": [(factors.name_of(row["factor"]), row) for row in behind.rows],
        "region": behind.region,
        "frames": behind.frames,
        "simulated": channel.place.simulated,
    }
    return render(request, "environment/message.html", context)
