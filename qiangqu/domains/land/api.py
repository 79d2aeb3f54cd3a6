"""The JSON of land: outlines of parcels by day, and files of outlines."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from qiangqu.base.visibility import seen
from qiangqu.records.asking import add_acts
from qiangqu.registry.access import area_chosen
from qiangqu.ui.registers import api_router
from qiangqu.ui.shapes import listed, shape

from .handling import CLUES
from .handling import FOUND as CLUES_FOUND
from .importing import IMPORTS
from .lookups import IMPORTS_FOUND
from .models import Boundary, BoundaryImport, Clue
from .outlines import on_day, shapes_of
from .parcels import FOUND, PARCELS, collection
from .registers import CONTRACTS

router = Router()
router.add_router("", api_router(CONTRACTS))
BoundaryOut = shape(
    "BoundaryOut", Boundary, "uid", "valid_from", "valid_to", "plane_area", "geodesic_area", "system", "reason",
    parcel="parcel.code",
)  # fmt: skip
ImportOut = shape(
    "BoundaryImportOut", BoundaryImport, "file_name", "kind", "state", "day", "features", "rejected", "stored", "found",
    id="pk", area="area.code",
)  # fmt: skip
ClueOut = shape(
    "ClueOut", Clue, "uid", "rule", "state", "found_on", "evidence", "days", "cause", "due_on", "objection", "decision", "decided_on", "fee",
    id="pk", parcel="parcel.code",
)  # fmt: skip


@router.get("/clues", response=listed(ClueOut), summary="闲置低效用地线索")
def clues(
    request: HttpRequest,
    area: str = "",
    limit: int = Query(50, ge=1, le=500),
    offset: int = Query(0, ge=0, le=1_000_000),
) -> Any:
    """Clues of idle and little-used land with their evidence, the newest first."""
    chosen = area_chosen(request.user, area)  # type: ignore[arg-type]
    return list(seen(Clue.objects.select_related("parcel"), request.user, chosen)[offset : offset + limit])


@router.get("/outlines", summary="宗地界址（GeoJSON）")
def outlines(
    request: HttpRequest, area: str = "", day: dt.date | None = None,
    limit: int = Query(200, ge=1, le=2000), offset: int = Query(0, ge=0, le=1_000_000),
) -> Any:  # fmt: skip
    """Outlines of parcels on a day (default today), in degrees of CGCS2000, as a FeatureCollection."""
    chosen = area_chosen(request.user, area)  # type: ignore[arg-type]
    rows = on_day(
        seen(Boundary.objects.filter(parcel__isnull=False), request.user, chosen), day or timezone.localdate()
    )
    found = list(
        rows.order_by("parcel__code", "pk").values_list("parcel_id", "parcel__code", "plane_area", "shape")[
            offset : offset + limit
        ]
    )
    told = [(row[0], {"code": row[1], "plane_area": row[2]}) for row in found]
    return collection(told, shapes_of([row[3] for row in found]) if found else [])


@router.get("/parcels/{pk}/outlines", response=listed(BoundaryOut), summary="一宗地的界址沿革")
def outlines_of_parcel(request: HttpRequest, pk: int) -> Any:
    """All outlines of a parcel, the newest first; areas in square metres."""
    return list(FOUND.one(request.user, pk).boundaries.defer("shape").select_related("parcel"))


@router.get("/imports", response=listed(ImportOut), summary="界址文件")
def imports(
    request: HttpRequest, limit: int = Query(50, ge=1, le=500), offset: int = Query(0, ge=0, le=1_000_000)
) -> Any:
    """Files of outlines with what was found in them, the newest first."""
    rows = seen(BoundaryImport.objects.defer("staged"), request.user, None).select_related("area")
    return list(rows[offset : offset + limit])


add_acts(router, "/imports", IMPORTS, IMPORTS_FOUND.one, ImportOut)
add_acts(router, "/parcels", PARCELS, FOUND.one, dict[str, Any], tell=lambda one, made: {"uid": str(made.uid)})
add_acts(router, "/clues", CLUES, CLUES_FOUND.one, ClueOut)
