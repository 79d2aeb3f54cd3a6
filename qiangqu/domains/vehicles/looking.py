"""What people see of vehicles: where they are, the fences, a way over a day, and who has looked at it.

Where somebody drove is his own affair too: whoever looks at a way is written into the audit trail before he sees it, and
shown to all who may look.
"""

import datetime as dt
import time
from typing import Any

import shapely
from django.utils import timezone

from qiangqu.base.visibility import in_subtree, visible
from qiangqu.registry import audit
from qiangqu.registry.models import AuditEntry
from qiangqu.registry.models.history import alive_on
from qiangqu.registry.roles import Action
from qiangqu.telemetry.jt808.codes import alarm_names
from qiangqu.telemetry.models import Alarm

from .following import day_of, drawn
from .models import Fence, Passage, Vehicle
from .papers import missing, papers_of
from .positions import latest
from .shapes import shape_of

SILENT = 15 * 60_000  # ms without a position: grey on the map
LISTED = 20
TRACK_SEEN = "vehicle_track_seen"


def where(user: Any, area: Any = None) -> list[dict[str, Any]]:
    """The vehicles that a user sees, with their latest positions (None without one), open alarms and missing papers;
    those with alarms first."""
    now = timezone.now()
    clock = time.time_ns() // 1_000_000
    rows = alive_on(visible(Vehicle.objects.all(), user, Action.VEHICLES), timezone.localdate(now))
    if area is not None:
        rows = in_subtree(rows, area.path)
    vehicles = list(rows.select_related("area", "organisation"))
    places = latest([one.device_id for one in vehicles if one.device_id is not None])
    devices = {one.device_id for one in vehicles if one.device_id is not None}
    alarmed: dict[int | None, list[str]] = {}
    open_alarms = visible(Alarm.objects.filter(device__in=devices, state="active"), user).select_related("rule")
    for alarm in open_alarms.order_by("severity", "-raised_at"):
        alarmed.setdefault(alarm.device_id, []).append(str(alarm.rule.name))
    papers = papers_of(vehicles, now)
    found = []
    for one in vehicles:
        place = places.get(one.device_id) if one.device_id is not None else None
        alarms = alarmed.get(one.device_id, []) if one.device_id is not None else []
        silent = place is None or clock - place.at > SILENT
        found.append(
            {
                "id": one.pk,
                "plate": one.plate,
                "goods": one.goods,
                "firm": str(one.organisation or ""),
                "simulated": one.simulated,
                "state": "alarm" if alarms else "silent" if silent else "fine",
                "alarms": alarms,
                "terminal": alarm_names(place.alarm) if place is not None else [],
                "missing": missing(one, papers, now),
                "lon": place.lon if place is not None else None,
                "lat": place.lat if place is not None else None,
                "speed": place.speed if place is not None else None,
                "course": place.course if place is not None else None,
                "at": _told(place.at) if place is not None else "",
            }
        )
    order = {"alarm": 0, "fine": 1, "silent": 2}
    return sorted(found, key=lambda one: (order[one["state"]], one["plate"]))


def _told(ms: int) -> str:
    return timezone.localtime(dt.datetime.fromtimestamp(ms / 1000, dt.UTC)).strftime("%m-%d %H:%M:%S")


def fences_drawn(user: Any) -> dict[str, Any]:
    """The fences that a user sees, as GeoJSON."""
    rows = alive_on(visible(Fence.objects.all(), user, Action.VEHICLES), timezone.localdate())
    features = [
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(shape_of(one.outline, line=one.kind == Fence.Kind.ROUTE)),
            "properties": {"name": one.name, "kind": one.kind, "word": str(one.get_kind_display())},
        }
        for one in rows
    ]
    return {"type": "FeatureCollection", "features": features}


def looked_at(user: Any, vehicle: Vehicle, day: dt.date) -> dict[str, Any]:
    """A vehicle's way over a day, with its crossings of fences, for somebody whose look is recorded."""
    audit.record(
        user, TRACK_SEEN, object_type="vehicle", object_id=vehicle.pk, area_path=vehicle.area.path,
        detail={"plate": vehicle.plate, "day": day.isoformat()},
    )  # fmt: skip
    found = drawn(day_of(vehicle, day))
    begin = int(timezone.make_aware(dt.datetime.combine(day, dt.time.min)).timestamp()) * 1000
    crossed = Passage.objects.filter(vehicle=vehicle, withdrawn_at=None, at__gte=begin, at__lt=begin + 86_400_000)
    for one in crossed.select_related("fence").order_by("at"):
        found["features"].append(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [one.lon, one.lat]},
                "properties": {"fence": one.fence.name, "entered": one.entered, "at": _told(one.at)},
            }
        )
    return found


def looks(user: Any, vehicle: Vehicle) -> list[AuditEntry]:
    """Who has looked at a vehicle's way, the latest first; for those who may look themselves."""
    entries = AuditEntry.objects.filter(action=TRACK_SEEN, object_type="vehicle", object_id=str(vehicle.pk))
    return list(entries.select_related("user").order_by("-at")[:LISTED])
