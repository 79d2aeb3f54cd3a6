"""Who sees what of vehicles, in plain Python, for the property test of visibility (``site/tests``)."""

import datetime as dt
from collections.abc import Callable
from typing import Any


def _vehicle(row: Any, w: Any) -> bool:
    return bool(w.looks_after(row["area_id"]) or w.owns(row["organisation_id"]))


def _of_vehicle(row: Any, w: Any) -> bool:
    return _vehicle(w.get("Vehicle", row["vehicle_id"]), w)


ORACLE: dict[str, Callable[[Any, Any], bool]] = {
    "Vehicle": _vehicle,
    "CrewMember": _vehicle,
    "Fence": lambda row, w: bool(w.looks_after(row["area_id"])),
    "Permit": _of_vehicle,
    "Trip": _of_vehicle,
    "Passage": _of_vehicle,
}
_BEGIN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SPECIAL: dict[str, Callable[[int], dict[str, Any]]] = {
    "vehicles.Trip": lambda n: {"starts_at": _BEGIN, "ends_at": _BEGIN + dt.timedelta(hours=1 + n)},
}
