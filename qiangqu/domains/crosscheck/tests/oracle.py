"""Who sees what of the cross-check, in plain Python, for the property test of visibility (``site/tests``)."""

from collections.abc import Callable
from typing import Any


def _doubt(row: Any, w: Any) -> bool:
    area = w.get("Organisation", row["organisation_id"])["area_id"]
    return bool(w.looks_after(area, "crosscheck") or (row["asked_on"] and w.owns(row["organisation_id"])))


ORACLE: dict[str, Callable[[Any, Any], bool]] = {"Doubt": _doubt}
SPECIAL: dict[str, Callable[[int], dict[str, Any]]] = {}
