"""Who sees what of inspections, in plain Python, for the property test of visibility (``site/tests``)."""

import datetime as dt
from collections.abc import Callable
from typing import Any


def _roster(area: Callable[[Any, Any], Any]) -> Callable[[Any, Any], bool]:
    return lambda row, w: bool(w.looks_after(area(row, w), "inspections"))


def _sent_to(visit: Any, w: Any) -> bool:
    members = [one for one in w.rows["VisitMember"].values() if one["visit_id"] == visit]
    return any(w.get("Inspector", one["inspector_id"])["user_id"] == w.user for one in members)


def _draw(row: Any, w: Any) -> bool:
    sent = any(one["draw_id"] == row["id"] and _sent_to(one["id"], w) for one in w.rows["Visit"].values())
    return bool(w.may("inspections") and (sent or w.looks_after(row["area_id"], "inspections")))


def _visit(row: Any, w: Any) -> bool:
    draw = w.get("Draw", row["draw_id"])
    office = w.looks_after(draw["area_id"], "run_draws") or w.looks_after(draw["area_id"], "prepare_draws")
    published = draw["state"] == "published" and w.looks_after(draw["area_id"], "inspections")
    return bool(w.may("inspections") and (office or published or _sent_to(row["id"], w)))


def _hazard(row: Any, w: Any) -> bool:
    return _of(row["area_id"], row["organisation_id"], "hazards", w)


def _of(area: Any, organisation: Any, permission: str, w: Any) -> bool:
    return bool(w.may(permission) and (w.looks_after(area, permission) or w.owns(organisation)))


def _point(row: Any, w: Any) -> bool:
    area = w.get("Organisation", row["organisation_id"])["area_id"]
    return _of(area, row["organisation_id"], "hazards", w)


def _permit(row: Any, w: Any) -> bool:
    return _of(row["area_id"], row["organisation_id"], "work_permits", w)


def _detector(row: Any, w: Any) -> bool:
    device = w.get("Device", row["device_id"])
    return _of(device["area_id"], device["organisation_id"], "work_permits", w)


ORACLE: dict[str, Callable[[Any, Any], bool]] = {
    "InspectionSubject": _roster(lambda row, w: w.get("Organisation", row["organisation_id"])["area_id"]),
    "Inspector": _roster(lambda row, w: row["area_id"]),
    "InspectorConflict": _roster(lambda row, w: w.get("Inspector", row["inspector_id"])["area_id"]),
    "Draw": _draw,
    "Visit": _visit,
    "CheckList": lambda row, w: bool(w.posts),
    "CheckItem": lambda row, w: bool(w.posts),
    "CheckAnswer": lambda row, w: _visit(w.get("Visit", row["visit_id"]), w),
    "Hazard": _hazard,
    "RiskScheme": lambda row, w: bool(w.looks_after(row["area_id"], "hazards")),
    "RiskPoint": _point,
    "RiskCheck": lambda row, w: _point(w.get("RiskPoint", row["point_id"]), w),
    "Chemical": lambda row, w: bool(w.posts),
    "HazardUnit": _hazard,
    "Stock": lambda row, w: _hazard(w.get("HazardUnit", row["unit_id"]), w),
    "Duty": lambda row, w: bool(w.looks_after(row["area_id"], "hazards")),
    "WorkPermit": _permit,
    "PermitStep": lambda row, w: _permit(w.get("WorkPermit", row["permit_id"]), w),
    "GasReading": lambda row, w: _permit(w.get("WorkPermit", row["permit_id"]), w),
    "GasDetector": _detector,
    "VisitMember": lambda row, w: _visit(w.get("Visit", row["visit_id"]), w),
}
#: what cannot be told from the fields alone
SPECIAL: dict[str, Callable[[int], dict[str, Any]]] = {
    "safety.RiskScheme": lambda n: {"red_from": 3.0, "orange_from": 2.0, "yellow_from": 1.0},
    "safety.WorkPermit": lambda n: {
        "planned_from": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "planned_to": dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
        "kind": "hot_work",
        "level": "一级",
    },
    "safety.Draw": lambda n: {"state": ("prepared", "committed", "drawn", "opened", "published", "void")[n % 6]},
}
#: pages of one record: model, name of the address, its arguments, the permission that opens it
PAGES: tuple[tuple[str, str, Callable[[Any], list[Any]], str], ...] = (
    ("Draw", "draw", lambda row: [row["id"]], "inspections"),
    ("Hazard", "hazard", lambda row: [row["id"]], "hazards"),
    ("WorkPermit", "work-permit", lambda row: [row["id"]], "work_permits"),
    ("HazardUnit", "hazard-unit", lambda row: [row["id"]], "hazards"),
    ("RiskPoint", "risk-point", lambda row: [row["id"]], "hazards"),
    ("Visit", "visit", lambda row: [row["id"]], "inspections"),
)
