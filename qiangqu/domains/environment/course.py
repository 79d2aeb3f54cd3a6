"""How a channel ran: its course over an hour to years, and the hours of one day with what was emitted in
them.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.lake.telemetry import DAY
from qiangqu.telemetry import measured
from qiangqu.telemetry.measured import Array, day_start

from . import factors
from .emissions import MASS_PER_UNIT, emission, flow_per_hour
from .models import Channel, DailyResult
from .queries import limit_of
from .reading import converted, hours_of

RANGES = {
    "1h": (1, gettext_lazy("1 小时")),
    "24h": (24, gettext_lazy("24 小时")),
    "7d": (7 * 24, gettext_lazy("7 天")),
    "30d": (30 * 24, gettext_lazy("30 天")),
    "1y": (366 * 24, gettext_lazy("1 年")),
    "3y": (3 * 366 * 24, gettext_lazy("3 年")),
}
LONGEST = 60 * 24  # hours that are drawn from readings; beyond, from daily results


def course(channel: Channel, span: str, until: dt.datetime) -> dict[str, Any]:
    """A line of means with the least and the greatest value over ``span`` (of :data:`RANGES`) before
    ``until``, and the limit, as charts take it. Raises InputError for a span that there is not."""
    if span not in RANGES:
        raise InputError(_("没有这个时间范围"), where=span[:10])
    hours, last = RANGES[span][0], until.date()
    if hours > LONGEST:
        drawn = _years(channel, last - dt.timedelta(days=hours // 24), last)
    else:
        drawn = measured.chart(channel, hours, until)
        bound = limit_of(channel, last)
        if bound is not None and drawn["x"]:
            shown = float(converted(bound.high, bound.unit, channel.shown_unit))
            drawn["series"].append({"name": _("限值"), "values": [shown] * len(drawn["x"]), "dashed": True})
    return {**drawn, "unit": channel.shown_unit, "simulated": channel.place.simulated}


def _years(channel: Channel, first: dt.date, last: dt.date) -> dict[str, Any]:
    """The daily results of years: means and greatest hours; days without a valid mean are gaps."""
    found = DailyResult.objects.filter(channel=channel, day__gte=first, day__lte=last)
    rows = {day: (mean, top) for day, mean, top in found.values_list("day", "mean", "maximum")}
    begin = min(rows, default=last + dt.timedelta(days=1))
    days = [begin + dt.timedelta(days=n) for n in range((last - begin).days + 1)]
    lines = [[rows.get(day, (None, None))[at] for day in days] for at in (0, 1)]
    series: list[dict[str, Any]] = [
        {"name": _("日均值"), "values": lines[0]},
        {"name": _("最大小时值"), "values": lines[1], "dashed": True},
    ]
    return {"x": [day.isoformat() for day in days], "series": series if days else []}


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a channel; ``kg`` is what was emitted in it, None where there is no flow beside the
    concentration.
    """

    hour: int
    mean: float | None
    received: int
    valid: int
    flow: float | None
    oxygen: float | None
    kg: float | None


@dataclass(frozen=True, slots=True)
class Day:
    """The 24 hours of a channel's day, with the channels of the same place that its emissions are worked out
    from.
    """

    hours: list[Hour]
    flow: Channel | None
    oxygen: Channel | None
    emits: bool


def hours_of_day(channel: Channel, day: dt.date) -> Day:
    """The hours behind a day's result."""
    begin = day_start(day)
    beside = {c.factor: c for c in channel.place.channels.exclude(point=None) if c.pk != channel.pk}
    flow = beside.get(factors.WATER_FLOW) or beside.get(factors.AIR_FLOW)
    oxygen = beside.get(factors.OXYGEN)
    found = hours_of([c for c in (channel, flow, oxygen) if c is not None], begin, begin + DAY)
    own = found.get(channel.pk)
    flows, oxygens = (found[c.pk].mean if c is not None else None for c in (flow, oxygen))
    mass = None
    if own is not None and flow is not None and flows is not None and channel.shown_unit in MASS_PER_UNIT:
        mass = emission(own.mean, flow_per_hour(flows, flow.shown_unit), channel.shown_unit)
    hours = [
        Hour(
            at,
            _at(own.mean if own else None, at),
            int(own.received[at]) if own else 0,
            int(own.valid[at]) if own else 0,
            _at(flows, at),
            _at(oxygens, at),
            _at(mass, at),
        )
        for at in range(24)
    ]
    return Day(hours, flow, oxygen, mass is not None)


def _at(values: Array | None, at: int) -> float | None:
    return None if values is None or np.isnan(values[at]) else float(values[at])
