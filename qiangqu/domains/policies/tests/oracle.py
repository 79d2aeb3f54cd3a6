"""Who sees what of policies, in plain Python, for the property test of visibility (``site/tests``)."""

from collections.abc import Callable
from typing import Any


def _benefit(row: Any, w: Any) -> bool:
    whose = row["organisation_id"]
    own = any(one["role"] == "enterprise" and one["organisation_id"] == whose for one in w.held("view_policies"))
    return bool(own or w.looks_after(w.get("Organisation", whose)["area_id"], "view_policies"))


ORACLE: dict[str, Callable[[Any, Any], bool]] = {
    "Policy": lambda row, w: bool(
        w.showing() and (row["state"] != "draft" or w.looks_after(row["area_id"], "edit_policies"))
    ),
    "Benefit": _benefit,
    "Payment": lambda row, w: _benefit(w.get("Benefit", row["benefit_id"]), w),
}
#: what cannot be told from the fields alone
SPECIAL: dict[str, Callable[[int], dict[str, Any]]] = {
    "policies.Fund": lambda n: {"limit": 1000, "held": n},
    "policies.Payment": lambda n: {"kind": "pay"},
}
