"""The JSON API of environment monitoring. Everyone sees what his pages show."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.visibility import seen
from qiangqu.registry.access import area_chosen
from qiangqu.registry.named import Named, named
from qiangqu.telemetry.measured import day_start, readings
from qiangqu.ui.registers import api_router

from . import factors
from .limits import limits
from .models import Channel, Exceedance, ExceedanceState
from .queries import channel_of, readings_now, station_of
from .registers import CHANNELS, OUTLETS, PERMIT_AMOUNTS, STATIONS
from .results import air_days, completeness, totals

router = Router()
for _register in (STATIONS, OUTLETS, CHANNELS, PERMIT_AMOUNTS):
    router.add_router("", api_router(_register))


class Live(Schema):
    """A channel's latest reading; ``limit`` in the reading's unit."""

    channel: int
    place: str
    factor: str
    name: str
    unit: str
    value: float | None
    at: dt.datetime | None
    invalid: bool
    stopped: bool = Field(description="设备已停用：这是停用前最后的读数")
    limit: float | None
    clause: str


class AirDay(Schema):
    """One day's air quality; ``aqi`` null with a ``reason`` when it is not published."""

    day: dt.date
    standard: str
    aqi: int | None
    level: int | None
    name: str
    colour: str
    primary: list[str]
    iaqi: dict[str, int]
    missing: list[str]
    reason: str


class ExceedanceOut(Named):
    id: int
    place: str
    factor: str
    average: str
    start: dt.datetime
    value: float
    limit: float
    unit: str
    citation: str
    state: str
    note: str


class TotalOut(Schema):
    """Tonnes of a year."""

    enterprise: str
    factor: str
    name: str
    year: int
    emitted: float | None
    substituted: float
    permitted: float | None
    share: float | None
    status: str
    simulated: bool


class CompletenessOut(Schema):
    rank: int
    place: str
    due: int
    received: int
    valid: int
    effective: float | None


class ReadingOut(Schema):
    at: dt.datetime
    value: float
    invalid: bool
    flag: int


class FactorOut(Schema):
    code: str
    code_2005: str
    name: str
    medium: str
    unit: str


class LimitOut(Schema):
    standard: str
    clause: str
    grade: str
    factor: str
    average: str
    low: float | None
    high: float
    unit: str
    since: dt.date
    until: dt.date | None
    looked_up: str


def _area(request: HttpRequest, code: str) -> Any:
    return area_chosen(request.user, code)  # type: ignore[arg-type]


@router.get("/factors", response=list[FactorOut])
def factor_list(request: HttpRequest) -> Any:
    """The factor dictionary (HJ 212-2017 codes)."""
    return list(factors.factors().values())


@router.get("/limits", response=list[LimitOut])
def limit_list(request: HttpRequest) -> Any:
    """Limits by standard with their clause and how far they were checked."""
    return list(limits())


@router.get("/live", response=list[Live])
def live(request: HttpRequest, area: str = "") -> Any:
    """Latest readings of all channels in the area."""
    channels = seen(Channel.objects.select_related("station", "outlet"), request.user, _area(request, area))[:2000]
    return [
        {
            "channel": r.channel.pk,
            "place": r.channel.place.code,
            "factor": r.channel.factor,
            "name": r.name,
            "unit": r.unit,
            "value": r.latest.value if r.latest else None,
            "at": r.latest.at if r.latest else None,
            "invalid": bool(r.latest and r.latest.invalid),
            "stopped": r.stopped,
            "limit": r.limit_shown,
            "clause": r.bound.citation if r.bound else "",
        }
        for r in readings_now(list(channels), timezone.localdate())
    ]


@router.get("/stations/{code}/air-quality", response=list[AirDay])
def station_air(request: HttpRequest, code: str, days: int = 30) -> Any:
    """Daily air quality (日报) of the last days of a station."""
    if not 1 <= days <= 400:
        raise InputError("天数应在 1—400 之间", where="days")
    today = timezone.localdate()
    found = air_days(station_of(request.user, code), today - dt.timedelta(days=days), today)
    return [
        {
            "day": day,
            "standard": air.standard,
            "aqi": air.aqi,
            "level": air.grade.level if air.grade else None,
            "name": air.grade.name if air.grade else "",
            "colour": air.grade.colour if air.grade else "",
            "primary": list(air.primary),
            "iaqi": dict(air.iaqi),
            "missing": list(air.missing),
            "reason": air.reason,
        }
        for day, air in found
    ]


@router.get("/exceedances", response=list[ExceedanceOut])
def exceedance_list(request: HttpRequest, area: str = "", state: str = "", limit: int = 200, offset: int = 0) -> Any:
    """Exceedances, newest first."""
    if not 1 <= limit <= 1000 or not 0 <= offset <= 1_000_000:
        raise InputError("limit 应在 1—1000 之间，offset 应在 0—1000000 之间", where="limit")
    found = seen(
        Exceedance.objects.select_related("channel__station", "channel__outlet", "origin"),
        request.user,
        _area(request, area),
    )
    if state:
        if state not in ExceedanceState.values:
            raise InputError(f"状态只能是 {'、'.join(ExceedanceState.values)}", where="state")
        found = found.filter(state=state)
    return [
        named(e)
        | {
            "id": e.pk,
            "place": e.channel.place.code,
            "factor": e.channel.factor,
            "average": e.average,
            "start": e.start,
            "value": e.value,
            "limit": e.limit,
            "unit": e.unit,
            "citation": e.citation,
            "state": e.state,
            "note": e.note,
        }
        for e in found[offset : offset + limit]
    ]


@router.get("/totals", response=list[TotalOut])
def total_list(request: HttpRequest, year: int, area: str = "") -> Any:
    """Emissions of a permit year against what is permitted."""
    if not 2000 <= year <= 2100:
        raise InputError("年度应在 2000—2100 之间", where="year")
    return [
        {
            "enterprise": t.enterprise.code,
            "factor": t.factor,
            "name": t.name,
            "year": t.year,
            "emitted": t.emitted,
            "substituted": t.substituted,
            "permitted": t.permitted,
            "share": t.share,
            "status": t.status,
            "simulated": t.simulated,
        }
        for t in totals(request.user, _area(request, area), year, timezone.localdate())
    ]


@router.get("/completeness", response=list[CompletenessOut])
def completeness_list(request: HttpRequest, first: dt.date, last: dt.date, area: str = "") -> Any:
    """Stations and outlets by the share of valid hours, worst first."""
    if first > last or (last - first).days > 400:
        raise InputError("起始日期应不晚于结束日期，且一次不超过 400 天", where="first")
    return [
        {
            "rank": row["rank"],
            "place": row["place"].code,
            "due": row["one"].due,
            "received": row["one"].received,
            "valid": row["one"].valid,
            "effective": row["one"].effective,
        }
        for row in completeness(request.user, _area(request, area), first, last)
    ]


@router.get("/channels/{pk}/readings", response=list[ReadingOut])
def reading_list(request: HttpRequest, pk: int, day: dt.date) -> Any:
    """Single readings of a day, at most 4000."""
    channel = channel_of(request.user, pk)
    if channel.point_id is None:
        raise NotFoundError("这个监测项目还没有绑定遥测测点", where=str(pk))
    begin = day_start(day)
    return readings(channel, begin, begin + 86_400_000)
