"""The JSON API of environment monitoring. Everyone sees what his pages show."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.visibility import seen
from qiangqu.lake.telemetry import DAY
from qiangqu.registry.access import area_chosen
from qiangqu.telemetry.measured import day_start, readings
from qiangqu.ui.registers import api_router
from qiangqu.ui.shapes import listed, shape

from . import factors
from .limits import Limit, limits
from .models import Channel, Exceedance, ExceedanceState
from .queries import Reading, channel_of, exceedances, readings_now, span_of, station_of
from .registers import REGISTERS
from .results import AirDay, Ranked, air_days, completeness
from .totals import Total, totals

router = Router()
for _register in REGISTERS:
    router.add_router("", api_router(_register))

FactorOut = shape("FactorOut", factors.Factor, "code", "code_2005", "name", "medium", "unit")
LimitOut = shape(
    "LimitOut", Limit,
    "standard", "clause", "grade", "factor", "average", "low", "high", "unit", "since", "until", "looked_up",
)  # fmt: skip
Live = shape(
    "Live", Reading, "name", "unit", "stopped",
    channel="channel.pk", place="channel.place.code", factor="channel.factor", value="latest.value", at="latest.at",
    invalid="latest.invalid", limit="limit_shown", clause="bound.citation",
)  # fmt: skip
AirDayOut = shape(
    "AirDay", AirDay, "day",
    standard="air.standard", aqi="air.aqi", level="air.grade.level", name="air.grade.name", colour="air.grade.colour",
    primary="air.primary", iaqi="air.iaqi", missing="air.missing", reason="air.reason",
)  # fmt: skip
ExceedanceOut = shape(
    "ExceedanceOut", Exceedance, "uid", "average", "start", "value", "limit", "unit", "citation", "state", "note",
    id="pk", origin="origin.code", place="channel.place.code", factor="channel.factor",
)  # fmt: skip
TotalOut = shape(
    "TotalOut", Total, "factor", "name", "year", "emitted", "substituted", "permitted", "share", "status", "simulated",
    enterprise="enterprise.code",
)  # fmt: skip
CompletenessOut = shape(
    "CompletenessOut", Ranked, "rank",
    place="place.code", due="one.due", received="one.received", valid="one.valid", effective="one.effective",
)  # fmt: skip


class ReadingOut(Schema):
    at: dt.datetime
    value: float
    invalid: bool
    flag: int


def _area(request: HttpRequest, code: str) -> Any:
    return area_chosen(request.user, code)  # type: ignore[arg-type]


@router.get("/factors", response=listed(FactorOut))
def factor_list(request: HttpRequest) -> Any:
    """The factor dictionary (HJ 212-2017 codes)."""
    return list(factors.factors().values())


@router.get("/limits", response=listed(LimitOut))
def limit_list(request: HttpRequest) -> Any:
    """Limits by standard with their clause and how far they were checked."""
    return list(limits())


@router.get("/live", response=listed(Live))
def live(request: HttpRequest, area: str = "") -> Any:
    """Latest readings of all channels in the area; ``limit`` in the reading's unit. Of a device that was
    stopped (``stopped``) the last before that.
    """
    channels = seen(Channel.objects.select_related("station", "outlet"), request.user, _area(request, area))[:2000]
    return readings_now(list(channels), timezone.localdate())


@router.get("/stations/{code}/air-quality", response=listed(AirDayOut))
def station_air(request: HttpRequest, code: str, days: int = 30) -> Any:
    """Daily air quality (日报) of the last days of a station."""
    if not 1 <= days <= 400:
        raise InputError("天数应在 1—400 之间", where="days")
    today = timezone.localdate()
    return air_days(station_of(request.user, code), today - dt.timedelta(days=days), today)


@router.get("/exceedances", response=listed(ExceedanceOut))
def exceedance_list(
    request: HttpRequest,
    area: str = "",
    state: str = "",
    limit: int = Query(200, ge=1, le=1000),
    offset: int = Query(0, ge=0, le=1_000_000),
) -> Any:
    """Exceedances, newest first."""
    if state and state not in ExceedanceState.values:
        raise InputError(f"状态只能是 {'、'.join(ExceedanceState.values)}", where="state")
    found = exceedances(request.user, _area(request, area)).select_related(
        "channel__station", "channel__outlet", "origin"
    )
    return (found.filter(state=state) if state else found)[offset : offset + limit]


@router.get("/totals", response=listed(TotalOut))
def total_list(request: HttpRequest, year: int = Query(ge=2000, le=2100), area: str = "") -> Any:
    """Emissions of a permit year against what is permitted, in tonnes."""
    return totals(request.user, _area(request, area), year, timezone.localdate())


@router.get("/completeness", response=listed(CompletenessOut))
def completeness_list(request: HttpRequest, first: dt.date, last: dt.date, area: str = "") -> Any:
    """Stations and outlets by the share of valid hours, worst first."""
    return completeness(request.user, _area(request, area), *span_of(first, last))


@router.get("/channels/{pk}/readings", response=list[ReadingOut])
def reading_list(request: HttpRequest, pk: int, day: dt.date) -> Any:
    """Single readings of a day, at most 4000."""
    channel = channel_of(request.user, pk)
    if channel.point_id is None:
        raise NotFoundError("这个监测项目还没有绑定遥测测点", where=str(pk))
    return readings(channel, day_start(day), day_start(day) + DAY)
