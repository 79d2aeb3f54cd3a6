"""Outlines of parcels and zones as they were on a day, and how a new one takes the place of the old."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from django.db.models import Q, QuerySet
from django.utils import timezone

from qiangqu.registry.models import Area, Parcel

from .geometry.measures import geodesic_area, plane_areas
from .models import Boundary

DAY = dt.timedelta(days=1)


def on_day(rows: "QuerySet[Boundary]", day: dt.date) -> "QuerySet[Boundary]":
    """Of ``rows`` those that hold on a day."""
    return rows.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day, withdrawn_at=None)


def shapes_of(blobs: Sequence[Any]) -> Any:
    """Stored outlines (well-known binary) as shapes."""
    return shapely.from_wkb(np.array([bytes(one) for one in blobs], dtype=object))


def zone_outline(area: Area, day: dt.date) -> Any:
    """The outline of a zone on a day; None where none is known."""
    found = on_day(Boundary.objects.filter(area=area), day).first()
    return shapely.from_wkb(bytes(found.shape)) if found is not None else None


def made(
    subject: Parcel | Area,
    shape: Any,
    day: dt.date,
    user: Any,
    *,
    system: str = "",
    reason: str = "",
    file_name: str = "",
    plane_area: float | None = None,
) -> Boundary:
    """A new outline (degrees), not saved yet."""
    west, south, east, north = (float(one) for one in shapely.bounds(shape))
    return Boundary(
        parcel=subject if isinstance(subject, Parcel) else None,
        area=subject if isinstance(subject, Area) else None,
        shape=shapely.to_wkb(shape),
        west=west, south=south, east=east, north=north,
        plane_area=float(plane_areas([shape])[0]) if plane_area is None else plane_area,
        geodesic_area=geodesic_area(shape),
        valid_from=day, entered_by=user, system=system, reason=reason, file_name=file_name,
        simulated=bool(getattr(subject, "simulated", False)),
    )  # fmt: skip


def put(found: Sequence[Boundary]) -> None:
    """Store outlines, each from its day on: the one that held until then ends the day before (or is withdrawn, when
    it began on the same day), and a later one that is known limits the new.
    """
    if not found:
        return
    parcels = [one.parcel_id for one in found if one.parcel_id]
    areas = [one.area_id for one in found if one.area_id]
    known: dict[tuple[Any, Any], list[Boundary]] = {}
    rows = Boundary.objects.filter(Q(parcel__in=parcels) | Q(area__in=areas), withdrawn_at=None)
    for one in rows.defer("shape"):
        known.setdefault((one.parcel_id, one.area_id), []).append(one)
    changed = []
    for new in found:
        for old in known.get((new.parcel_id, new.area_id), ()):
            if old.valid_from == new.valid_from:
                old.withdrawn_at = timezone.now()
                changed.append(old)
            elif old.valid_from > new.valid_from:
                end = old.valid_from - DAY
                new.valid_to = min(new.valid_to or end, end)
            elif old.valid_to is None or old.valid_to >= new.valid_from:
                old.valid_to = new.valid_from - DAY
                changed.append(old)
    Boundary.objects.bulk_update(changed, ["valid_to", "withdrawn_at"], batch_size=500)
    Boundary.objects.bulk_create(list(found), batch_size=500)


def end(parcel: Parcel, day: dt.date) -> None:
    """A parcel that is no more from ``day`` on (split or merged): it and its outline end the day before."""
    last = day - DAY
    parcel.valid_to = last
    parcel.effective_from = day
    parcel.save()
    on_day(Boundary.objects.filter(parcel=parcel), day).update(valid_to=last)
