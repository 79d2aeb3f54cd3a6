"""Who sees what of land, in plain Python, for the property test of visibility (``site/tests``)."""

from collections.abc import Callable
from typing import Any


def _parcel(row: Any, w: Any) -> bool:
    return bool(w.looks_after(row["area_id"]) or w.owns(row["holder_id"]))


def _boundary(row: Any, w: Any) -> bool:
    if row["parcel_id"] is not None:
        return _parcel(w.get("Parcel", row["parcel_id"]), w)
    return bool(w.looks_after(row["area_id"]))


ORACLE: dict[str, Callable[[Any, Any], bool]] = {
    "Boundary": _boundary,
    "Descent": lambda row, w: _parcel(w.get("Parcel", row["child_id"]), w),
    "LandContract": lambda row, w: _parcel(w.get("Parcel", row["parcel_id"]), w),
    "Obligation": lambda row, w: _parcel(w.get("Parcel", w.get("LandContract", row["contract_id"])["parcel_id"]), w),
    "ClockStop": lambda row, w: _parcel(w.get("Parcel", w.get("LandContract", row["contract_id"])["parcel_id"]), w),
    "InfrastructureProject": lambda row, w: w.looks_after(row["area_id"]),
    "ZoneAgreement": lambda row, w: w.looks_after(row["area_id"]),
    "AgreementShare": lambda row, w: (
        w.looks_after(row["area_id"]) or w.looks_after(w.get("ZoneAgreement", row["agreement_id"])["area_id"])
    ),
    "Evidence": lambda row, w: _parcel(w.get("Parcel", row["parcel_id"]), w),
    "Clue": lambda row, w: _parcel(w.get("Parcel", row["parcel_id"]), w),
    "BoundaryImport": lambda row, w: w.looks_after(row["area_id"], "edit_land"),
}
#: what cannot be told from the fields alone
SPECIAL: dict[str, Callable[[int], dict[str, Any]]] = {
    "land.Boundary": lambda n: {"area" if n % 2 else "parcel": None, "withdrawn_at": None},
}
