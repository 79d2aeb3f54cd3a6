"""The JSON API of devices and points. Everyone sees what his pages show."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from ninja.errors import HttpError

from qiangqu.base.errors import InputError
from qiangqu.base.terms import clauses
from qiangqu.base.visibility import seen, visible
from qiangqu.registry.access import area_chosen
from qiangqu.registry.roles import Action, may
from qiangqu.ui.registers import api_router

from .completeness import Due, by_day, day_start, row_gaps, usual_steps
from .forms import password_of
from .frames import frames
from .health import BY, FIELDS, MAX_DAYS, State, scores
from .models import DeviceDay, Point, UnknownDevice
from .reading import counted, device_of, devices_of, latest_of, live, point_of, search, states
from .register import adopt, ask
from .registers import DEVICES, POINTS
from .series import series

router = Router()
MAX_LIMIT = 500
DAY_MS = 86_400_000


class StateOut(Schema):
    """A device's state now. ``skew_ms``: the node's time minus the device's."""

    id: int
    mn: str
    name: str
    area: str
    state: str = Field(description="online、late、silent、never 或 disabled")
    last_seen: dt.datetime | None
    step_seconds: int | None
    skew_ms: int | None
    simulated: bool


class StatePage(Schema):
    count: int
    states: dict[str, int]
    items: list[StateOut]


class ReadingOut(Schema):
    """A point's latest value."""

    point: int
    device: str
    factor: str
    name: str
    interval: str
    statistic: str
    unit: str
    value: float
    at: dt.datetime
    invalid: bool
    simulated: bool


class ReadingPage(Schema):
    count: int = Field(description="共有多少个测点，包括还没有值的")
    items: list[ReadingOut]


class SeriesOut(Schema):
    """Aligned lists; ``times`` in milliseconds UTC, ``resolution`` raw, minute, hour or day."""

    point: int
    unit: str
    resolution: str
    times: list[int]
    mean: list[float | None]
    low: list[float | None]
    high: list[float | None]
    count: list[int]
    valid: list[int]


class PointDayOut(Schema):
    """What came of a point on a day: hours (of 24) and rows."""

    day: dt.date
    received: float
    valid: float
    rows: int


class GapOut(Schema):
    start: dt.datetime
    end: dt.datetime


class PointHealthOut(Schema):
    step_seconds: int | None
    days: list[PointDayOut]
    gaps: list[GapOut]


class UnknownOut(Schema):
    """An MN that reports and is in no register. Its password is never told."""

    id: int
    mn: str
    protocol: str
    system: str
    first_seen: dt.datetime
    last_seen: dt.datetime
    frames: int
    peer: str
    sample: str
    contested: bool = Field(description="这个 MN 下收到过不同的访问密码")
    rivals: int = Field(description="密码与首次收到的不同的报文数")
    rival_peer: str


class UnknownPage(Schema):
    count: int
    items: list[UnknownOut]


class AdoptIn(Schema):
    mn: str = Field(max_length=40)
    area: str = Field(max_length=24)
    name: str = Field(min_length=1, max_length=80)
    organisation: str = Field("", max_length=60)
    password: str = Field("", max_length=40, description="留空则用首次收到的")


class AdoptOut(Schema):
    id: int
    mn: str


class AskIn(Schema):
    """``begin`` and ``end`` as YYYYMMDDhhmmss of China Standard Time."""

    cn: str = Field(max_length=4)
    interval: str = Field("", max_length=5)
    begin: str = Field("", max_length=14)
    end: str = Field("", max_length=14)


class AskOut(Schema):
    id: int
    cn: str
    region: str
    state: str


class HealthOut(Schema):
    """Shares from 0 to 1, null where nothing was due; ``id`` null for devices without an enterprise."""

    id: int | None
    devices: int
    reporting: int
    due: float
    received: float
    valid: float
    hours_due: int
    hours_online: int
    completeness: float | None
    effective: float | None
    online: float | None
    on_cloud: float | None


def _area(request: HttpRequest, code: str) -> Any:
    return area_chosen(request.user, code)  # type: ignore[arg-type]


def _viewer(request: HttpRequest) -> Any:
    if not may(request.user, Action.VIEW):
        raise HttpError(403, "您的角色不能查看设备")
    return request.user


def _editor(request: HttpRequest) -> Any:
    if not may(request.user, Action.EDIT_REGISTERS):
        raise HttpError(403, "您的角色不能管理设备")
    return request.user


@router.get("/devices/states", response=StatePage, summary="设备状态", operation_id="device_states")
def device_states(
    request: HttpRequest,
    area: str = "",
    q: str = "",
    state: str = "",
    limit: int = Query(100, ge=1, le=MAX_LIMIT),
    offset: int = Query(0, ge=0, le=10**9),
) -> Any:
    """Devices with their state now; ``states`` counts all of them."""
    if state and state not in State.__members__.values():
        raise InputError(f"状态只能是 {'、'.join(State)}", where="state")
    devices = search(devices_of(_viewer(request), _area(request, area)), q)
    by_id = states(devices)
    ids = [pk for pk, one in by_id.items() if not state or one == state]
    chosen = devices.filter(pk__in=ids).select_related("area", "organisation").order_by("mn")[offset : offset + limit]
    return {
        "count": len(ids),
        "states": {str(key): count for key, count in counted(by_id.values()).items()},
        "items": [
            {
                "id": one.device.pk,
                "mn": one.device.mn,
                "name": one.device.name,
                "area": one.device.area.code,
                "state": str(one.state),
                "last_seen": one.health.last_seen if one.health else None,
                "step_seconds": one.health.period if one.health else None,
                "skew_ms": one.health.clock_skew_ms if one.health else None,
                "simulated": one.device.simulated,
            }
            for one in live(list(chosen))
        ],
    }


@router.get("/latest", response=ReadingPage, summary="最新值", operation_id="telemetry_latest")
def latest(
    request: HttpRequest,
    area: str = "",
    device: int | None = None,
    factor: str = "",
    limit: int = Query(200, ge=1, le=2000),
    offset: int = Query(0, ge=0, le=10**9),
) -> Any:
    """Latest values of points, of an area or a device, by point."""
    points = seen(Point.objects.all(), _viewer(request), _area(request, area))
    if device is not None:
        points = points.filter(device=device_of(request.user, device).pk)
    if factor:
        points = points.filter(factor_code=factor[:20])
    page = list(points.order_by("pk")[offset : offset + limit])
    found = latest_of(page)
    return {
        "count": points.count(),
        "items": [
            {
                "point": p.pk,
                "device": p.device.mn,
                "factor": p.factor_code,
                "name": str(p.factor or p.factor_code),
                "interval": p.interval,
                "statistic": p.statistic,
                "unit": p.unit,
                "value": found[p.pk].value,
                "at": found[p.pk].at,
                "invalid": found[p.pk].invalid,
                "simulated": p.simulated,
            }
            for p in page
            if p.pk in found
        ],
    }


@router.get("/points/{point_id}/series", response=SeriesOut, summary="测点曲线", operation_id="point_series")
def point_series(request: HttpRequest, point_id: int, start: int = Query(ge=0), end: int = Query(ge=0)) -> Any:
    """The course between two moments (milliseconds UTC); the resolution follows from the time asked for."""
    point = point_of(_viewer(request), point_id)
    found = series(point.pk, start, end)
    return {
        "point": point.pk,
        "unit": point.unit,
        "resolution": str(found.resolution),
        "times": found.times,
        "mean": found.mean,
        "low": found.low,
        "high": found.high,
        "count": found.count,
        "valid": found.valid,
    }


@router.get(
    "/points/{point_id}/health", response=PointHealthOut, summary="测点完整率与断数", operation_id="point_health"
)
def point_health(request: HttpRequest, point_id: int, first: dt.date, last: dt.date) -> Any:
    """Day by day what came of a point, and its longest gaps; at most 31 days."""
    point = point_of(_viewer(request), point_id)
    if first > last or (last - first).days > 30 or not 2000 <= first.year <= 2100:
        raise InputError("起始日期应不晚于结束日期，且一次不超过 31 天", where="first")
    begin, end = day_start(first), day_start(last) + DAY_MS
    step = point.period or usual_steps([point.pk], begin, end).get(point.pk)
    judged = step or 3600
    now = int(timezone.now().timestamp() * 1000)
    until = min(end, now)
    gaps = row_gaps(point.pk, judged, begin, until) if begin < until else []
    return {
        "step_seconds": step,
        "days": [
            {"day": day, "received": one.received, "valid": one.valid, "rows": one.rows}
            for (_key, day), one in by_day([Due(point.pk, point.pk, judged)], begin, end, now).items()
        ],
        "gaps": [{"start": _moment(gap.start), "end": _moment(gap.end)} for gap in gaps],
    }


def _moment(ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)


@router.get("/quarantine", response=UnknownPage, summary="未登记设备", operation_id="quarantine_list")
def quarantine(
    request: HttpRequest,
    q: str = "",
    limit: int = Query(100, ge=1, le=MAX_LIMIT),
    offset: int = Query(0, ge=0, le=10**9),
) -> Any:
    """MN that report and are in no register, last heard first."""
    _editor(request)
    rows = visible(UnknownDevice.objects.all(), request.user)
    if q:
        rows = rows.filter(mn__icontains=q[:40])
    return {"count": rows.count(), "items": list(rows[offset : offset + limit])}


@router.post("/quarantine/adopt", response=AdoptOut, summary="认领设备", operation_id="quarantine_adopt")
def quarantine_adopt(request: HttpRequest, given: AdoptIn) -> Any:
    """Register an unknown MN as a device of an area of the user's."""
    user = _editor(request)
    try:
        password = password_of(given.password)
        device = adopt(
            user, given.mn, area=given.area, name=given.name, organisation=given.organisation, password=password
        )
    except ValidationError as error:
        raise InputError(clauses(error.messages), where=given.mn) from None
    return {"id": device.pk, "mn": device.mn}


class FrameOut(Schema):
    """A message as it came; passwords are hidden. ``clear``: what an encrypted one says."""

    values_from: dt.datetime
    values_to: dt.datetime
    received: dt.datetime
    about: str = Field(description="主题、寄存器地址等；HJ 212 为空")
    text: str
    clear: str
    size: int


@router.get("/devices/{device_id}/frames", response=list[FrameOut], summary="原始报文", operation_id="device_frames")
def device_frames(
    request: HttpRequest,
    device_id: int,
    start: int = Query(ge=0, le=2**53),
    end: int = Query(ge=0, le=2**53),
    limit: int = Query(default=100, ge=1, le=MAX_LIMIT),
) -> Any:
    """Messages with readings between two moments (milliseconds UTC, both included), in order of time."""
    return frames(device_of(_viewer(request), device_id), start, end, limit)


@router.post("/devices/{device_id}/ask", response=AskOut, summary="下发命令", operation_id="device_ask")
def device_ask(request: HttpRequest, device_id: int, given: AskIn) -> Any:
    """Ask something of a device (1011, 1012, 1061, 1062, 2011, 2012, 2031, 2051, 2061)."""
    user = _editor(request)
    device = device_of(user, device_id)
    words = {"interval": given.interval, "begin": given.begin, "end": given.end}
    command = ask(user, device.mn, given.cn, **{name: text for name, text in words.items() if text})
    return {"id": command.pk, "cn": command.cn, "region": command.region, "state": command.state}


@router.get("/health", response=list[HealthOut], summary="设备健康", operation_id="telemetry_health")
def health(request: HttpRequest, first: dt.date, last: dt.date, by: str = "device", area: str = "") -> Any:
    """Completeness, time online and share of devices that report, by device, area or organisation; at most
    5000, worst first.
    """
    if by not in BY:
        raise InputError(f"只能按 {'、'.join(BY)} 汇总", where="by")
    if first > last or (last - first).days > MAX_DAYS:
        raise InputError(f"起始日期应不晚于结束日期，且一次不超过 {MAX_DAYS} 天", where="first")
    days = seen(DeviceDay.objects.filter(day__gte=first, day__lte=last), _viewer(request), _area(request, area))
    found = sorted(
        scores(days, FIELDS[by]).items(),
        key=lambda item: (item[1].completeness is None, item[1].completeness or 0.0, str(item[0])),
    )
    return [
        {
            "id": key,
            "devices": one.devices,
            "reporting": one.reporting,
            "due": one.due,
            "received": one.received,
            "valid": one.valid,
            "hours_due": one.hours_due,
            "hours_online": one.hours_online,
            "completeness": one.completeness,
            "effective": one.effective,
            "online": one.online,
            "on_cloud": one.on_cloud,
        }
        for key, one in found[:5000]
    ]


# after the fixed addresses: /devices/{id} would take "states" for an id
for _register in (DEVICES, POINTS):
    router.add_router("", api_router(_register))
