"""Who sees what of emergencies, in plain Python, for the property test of visibility (``site/tests``)."""

from collections.abc import Callable
from typing import Any


def _located(row: Any, w: Any) -> bool:
    owner = row.get("organisation_id")
    return bool(w.looks_after(row["area_id"], "emergency") or (w.may("emergency") and owner and w.owns(owner)))


def _at_place(row: Any, w: Any) -> bool:
    return _located(w.get("EmergencyPlace", row["place_id"]), w)


def _event(row: Any, w: Any) -> bool:
    called = any(one["event_id"] == row["id"] and one["user_id"] == w.user for one in w.rows["EventCall"].values())
    return bool(w.may("emergency") and (called or w.looks_after(row["area_id"], "emergency")))


def _thing_area(row: Any, w: Any) -> Any:
    for kind, model in (("team", "RescueTeam"), ("equipment", "EmergencyEquipment"), ("batch", "SupplyBatch")):
        if row[f"{kind}_id"] is not None:
            return w.get("EmergencyPlace", w.get(model, row[f"{kind}_id"])["place_id"])["area_id"]
    raise AssertionError("a request for nothing")


def _request(row: Any, w: Any) -> bool:
    kept = w.looks_after(_thing_area(row, w), "keep_emergency")
    return bool(w.may("emergency") and (kept or _event(w.get("EmergencyEvent", row["event_id"]), w)))


def _finding(row: Any, w: Any) -> bool:
    owner = (
        w.get("EmergencyDrill", row["drill_id"])
        if row["drill_id"] is not None
        else w.get("EmergencyEvent", row["event_id"])
    )
    return bool(w.looks_after(owner["area_id"], "emergency"))


def _of_plan(row: Any, w: Any) -> bool:
    return _located(w.get("EmergencyPlan", row["plan_id"]), w)


def _of_event(row: Any, w: Any) -> bool:
    return _event(w.get("EmergencyEvent", row["event_id"]), w)


def _of_area(row: Any, w: Any) -> bool:
    return bool(w.looks_after(row["area_id"], "emergency"))


ORACLE: dict[str, Callable[[Any, Any], bool]] = {
    "EmergencyPlan": _located,
    "PlanCall": _of_plan,
    "PlanStep": _of_plan,
    "EmergencyPlace": _located,
    "ProtectedPoint": _located,
    "RescueTeam": _at_place,
    "EmergencyEquipment": _at_place,
    "SupplyItem": lambda row, w: bool(w.may("emergency")),
    "SupplyBatch": _at_place,
    "StockMovement": lambda row, w: _at_place(w.get("SupplyBatch", row["batch_id"]), w),
    "EmergencyEvent": _event,
    "EventCall": _of_event,
    "EventEntry": _of_event,
    "ResourceRequest": _request,
    "EmergencyDrill": _of_area,
    "EmergencyFinding": _finding,
    "RoadNetwork": lambda row, w: bool(w.may("emergency")),
    "Scenario": _of_area,
}
_KINDS = ("team", "equipment", "batch")
#: what cannot be told from the fields alone
SPECIAL: dict[str, Callable[[int], dict[str, Any]]] = {
    "emergency.ResourceRequest": lambda n: (
        {"kind": ("team", "equipment", "supply")[n % 3]} | {one: None for one in _KINDS if one != _KINDS[n % 3]}
    ),
    "emergency.EmergencyFinding": lambda n: {"drill" if n % 2 else "event": None},
}
#: pages of one record: model, name of the address, its arguments, the permission that opens it
PAGES: tuple[tuple[str, str, Callable[[Any], list[Any]], str], ...] = (
    ("EmergencyEvent", "emergency-event", lambda row: [row["id"]], "emergency"),
    ("ResourceRequest", "resource-request", lambda row: [row["id"]], "emergency"),
    ("EmergencyDrill", "emergency-drill", lambda row: [row["id"]], "emergency"),
    ("SupplyBatch", "supply-batch", lambda row: [row["id"]], "emergency"),
    ("Scenario", "siting", lambda row: [row["id"]], "emergency"),
)
