"""The page of a parcel's land: its outline by date, where it comes from, and drawing or correcting its outline."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import covers, visible
from qiangqu.records.acts import Act, Acts
from qiangqu.records.finding import Findable
from qiangqu.registry.models import Parcel
from qiangqu.registry.roles import Action

from .geometry.checking import ERROR
from .geometry.measures import SQUARE_METRES_OF_MU
from .geometry.reading import geojson_feature
from .judging import Outline, Question, judge
from .models import Boundary, Descent
from .outlines import made, on_day, put, shapes_of

MOST_TEXT = 2_000_000  # characters of a drawn outline
MOST_AROUND = 300  # neighbours that a drawn outline can be snapped to
NEAR = 0.003  # degrees

FOUND = Findable(
    model=Parcel,
    page="land-parcel",
    related=("area", "holder"),
    search=("code", "holder__name"),
    detail=lambda one: f"{one.land_area:g} 亩",
    order="code",
)
PARCELS = Acts(
    Parcel,
    "parcel_outline",
    may=lambda user, one: covers(user, one.area.path, Action.EDIT_LAND),
    related=("area",),
    title="code",
)


def _alive(one: Parcel) -> str:
    return "" if one.valid_to is None or one.valid_to >= timezone.localdate() else _("宗地已终止，不能再改界址")


@PARCELS.declare("drawn", gettext_lazy("绘制宗地界址"), stands=_alive, said=gettext_lazy("界址已保存"))
def draw(
    act: Act[Parcel], geometry: str, reason: str, day: dt.date | None = None, accept_area: bool = False
) -> Boundary:
    """A drawn outline (geometry of GeoJSON in degrees) takes the place of the old one from ``day`` (today). Raises
    InputError that says all that is wrong with it.
    """
    parcel, reason = act.record, " ".join(reason.split())[:200]
    if not reason:
        raise InputError(_("请写明依据（如勘测定界报告文号）"), where=_("依据"))
    try:
        drawn = geojson_feature(1, {}, json.loads(geometry[:MOST_TEXT]))
    except (ValueError, RecursionError):
        raise InputError(_("还没有画界址，请先在地图上画"), where=_("界址")) from None
    from_day = day or timezone.localdate()
    outline = Outline(1, parcel.code, drawn.shape, drawn.fault)
    judged = judge([outline], Question(act.user, parcel.area, from_day, accept_area=accept_area))
    wrong = [one.sentence for one in judged.faults if one.level == ERROR]
    if wrong:
        raise InputError("；".join(wrong), where=parcel.code)
    new = made(
        parcel, outline.shape, from_day, act.user, system=_("在地图上画"), reason=reason, plane_area=outline.plane_area
    )
    put([new])
    act.detail |= {"from": str(from_day), "square_metres": round(outline.plane_area, 1), "reason": reason}
    return new


def about(one: Parcel, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a parcel shows."""
    rows = list(one.boundaries.defer("shape").select_related("entered_by"))
    now = next((row for row in rows if row.withdrawn_at is None and row.valid_to is None), None)
    return {
        "outlines": rows,
        "now": now,
        "plane_mu": now.plane_area / SQUARE_METRES_OF_MU if now else None,
        "geodesic_mu": now.geodesic_area / SQUARE_METRES_OF_MU if now else None,
        "parents": list(visible(Descent.objects.filter(child=one), user).select_related("parent")),
        "children": list(visible(Descent.objects.filter(parent=one), user).select_related("child")),
        "bounds": bounds_around(one),
        "today": timezone.localdate(),
    }


def bounds_around(one: Parcel) -> list[float] | None:
    """West, south, east, north of what the map of a parcel shows first: its newest outline, else where its zone
    lies; None when neither is known.
    """
    found = one.boundaries.filter(withdrawn_at=None).defer("shape").first()
    if found is not None:
        return [found.west, found.south, found.east, found.north]
    if one.area.lon is None or one.area.lat is None:
        return None
    return [one.area.lon - NEAR, one.area.lat - NEAR, one.area.lon + NEAR, one.area.lat + NEAR]


def around(user: Any, one: Parcel, day: dt.date) -> dict[str, Any]:
    """The outline of a parcel and those of its neighbours on a day, as GeoJSON, exact to the point: what is drawn
    beside them snaps to them."""
    box = bounds_around(one)
    rows: list[Any] = []
    if box is not None:
        near = on_day(visible(Boundary.objects.filter(parcel__isnull=False), user), day).filter(
            west__lte=box[2] + NEAR, east__gte=box[0] - NEAR, south__lte=box[3] + NEAR, north__gte=box[1] - NEAR
        )
        rows = list(near.order_by().values_list("parcel_id", "parcel__code", "shape")[:MOST_AROUND])
    return collection(
        [(row[0], {"code": row[1], "own": row[0] == one.pk}) for row in rows], shapes_of([row[2] for row in rows])
    )


def collection(told: list[tuple[int, dict[str, Any]]], shapes: Any) -> dict[str, Any]:
    """A FeatureCollection of GeoJSON."""
    texts = shapely.to_geojson(np.asarray(shapes, dtype=object)) if len(told) else []
    features = [
        {"type": "Feature", "id": number, "properties": known, "geometry": json.loads(text)}
        for (number, known), text in zip(told, texts, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}
