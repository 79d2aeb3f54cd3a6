"""A station and an outlet: what they report now, a chart from an hour to years, and the way down to single
readings.
"""

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.lake.telemetry import HOUR
from qiangqu.registry.showing import page
from qiangqu.telemetry.alarms.models import Alarm, AlarmState
from qiangqu.telemetry.measured import ZONE, day_start, opened, readings
from qiangqu.ui.lists import Asked

from .. import course, factors, tracing, upwind
from ..models import Channel, DailyResult, Exceedance, ExceedanceState, Outlet, Station, StationKind
from ..queries import channel_of, day_of, outlet_of, readings_now, recent_exceedances, station_of
from ..results import air_days, current_air
from ..standing import Place
from .overview import drawn


def _page(asked: Asked, place: Station | Outlet) -> dict[str, Any]:
    """Context that stations and outlets share."""
    day = asked.today
    until = timezone.now() if asked.day is None else dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, ZONE)
    channels = list(place.channels.select_related("station", "outlet"))
    bound = [c for c in channels if c.point_id is not None]
    wanted = asked.params.get("factor", "")
    channel = next((c for c in bound if c.factor == wanted), bound[0] if bound else None)
    span = asked.params.get("span", "24h")
    return {
        "place": place,
        "day": day,
        "readings": readings_now(channels, day),
        "channel": channel,
        "span": span,
        "spans": [(key, words) for key, (_hours, words) in course.RANGES.items()],
        "chart": course.course(channel, span, until) if channel else None,
        "simulated": place.simulated,
        "exceedances": recent_exceedances(channels),
        "channels": channels,
    }


def _drawn(user: Any, shown: dict[str, Any]) -> list[dict[str, Any]]:
    """The place on the map."""
    channels = shown["channels"]
    unsettled = Exceedance.objects.filter(channel__in=channels, state=ExceedanceState.OPEN).count()
    points = [channel.point_id for channel in channels if channel.point_id is not None]
    raised = visible(Alarm.objects.filter(point__in=points).exclude(state=AlarmState.CLOSED), user).count()
    return drawn([Place(shown["place"], shown["readings"], shown.get("air"), None, unsettled, raised)])


@page("environment/station.html")
def station(asked: Asked, code: str) -> dict[str, Any]:
    """One station."""
    place = station_of(asked.user, code)
    context = _page(asked, place)
    if place.kind == StationKind.AMBIENT:
        days = air_days(place, asked.today - dt.timedelta(days=30), asked.today)
        context["air_hour"], context["air"] = current_air(context["channels"], timezone.now()).get(
            place.pk, (None, None)
        )
        context["air_days"] = list(reversed(days))[:10]
        context["air_chart"] = days and {
            "x": [day.strftime("%m-%d") for day, _air in days],
            "series": [{"name": "AQI", "values": [air.aqi for _day, air in days]}],
            "unit": "",
            "decimals": 0,
            "simulated": place.simulated,
            "source": "HJ 633-2026",
        }
    return context | {"drawn": _drawn(asked.user, context)}


@page("environment/outlet.html")
def outlet(asked: Asked, code: str) -> dict[str, Any]:
    """One outlet, with the emissions of the last 30 days of the factor shown."""
    context = _page(asked, outlet_of(asked.user, code))
    days = DailyResult.objects.filter(channel=context["channel"], day__gt=asked.today - dt.timedelta(days=30))
    context["days"] = list(days.order_by("-day"))
    return context | {
        "emits": any(row.kilograms is not None for row in context["days"]),
        "drawn": _drawn(asked.user, context),
    }


@page("environment/trace.html")
def trace_peak(asked: Asked, code: str) -> dict[str, Any]:
    """Which outlets lay upwind before the hour ``at`` (default: the greatest of the last day) and were high
    then.
    """
    place = station_of(asked.user, code)
    factor, emitted = asked.params.get("factor", "a34004"), asked.params.get("outlet_factor", "a34013")
    found = upwind.trace_peak(asked.user, place, factor, emitted, asked.params.get("at", ""))
    return {
        "place": place,
        "found": found,
        "factor": factor,
        "outlet_factor": emitted,
        "outlet_factor_name": factors.name_of(emitted),
        "outlet_unit": factors.unit_of(emitted),
        "choices": [(code, factors.name_of(code)) for code in found.traceable],
        "outlet_choices": [(code, factors.name_of(code)) for code in upwind.EMITTED],
        "sector": tracing.HALF_ANGLE,
        "simulated": place.simulated,
    }


def _behind(channel: Channel, **more: Any) -> dict[str, Any]:
    """Context of the pages that lead down from a channel's day."""
    return {"channel": channel, "place": channel.place, "simulated": channel.place.simulated, **more}


@page("environment/day.html")
def hours_of_day(asked: Asked, pk: int, day: str) -> dict[str, Any]:
    """The 24 hours behind a day's result."""
    channel, date = channel_of(asked.user, pk), day_of(day)
    result = DailyResult.objects.filter(channel=channel, day=date).first()
    shown = course.hours_of_day(channel, date)
    return _behind(channel, day=date, shown=shown, result=result, expected=3600 / channel.interval)


@page("environment/readings.html")
def readings_of_hour(asked: Asked, pk: int, day: str, hour: int) -> dict[str, Any]:
    """The readings behind an hour, as the device sent them."""
    channel, date = channel_of(asked.user, pk), day_of(day)
    if hour > 23:
        raise InputError(_("小时应在 0—23 之间"), where=str(hour)[:6])
    begin = day_start(date) + hour * HOUR
    return _behind(channel, day=date, hour=hour, rows=readings(channel, begin, begin + HOUR))


@page("environment/message.html")
def message(asked: Asked, pk: int, at: int) -> dict[str, Any]:
    """What the device reported at one moment: the message behind a reading."""
    channel = channel_of(asked.user, pk)
    behind = opened(channel, at) if 0 < at < 2**52 else None
    if behind is None:
        raise NotFoundError(_("没有这一时刻的报文"), where=str(at)[:20])
    local = timezone.localtime(behind.at)
    rows = [(factors.name_of(row["factor"]), row) for row in behind.rows]
    return _behind(channel, behind=behind, day=local.date(), hour=local.hour, rows=rows)
