"""Who sees what of schemes, in plain Python, for the property test of visibility (``site/tests``)."""

from collections.abc import Callable
from typing import Any


def _reply(row: Any, w: Any) -> bool:
    if row["area_id"] is not None:
        return bool(w.looks_after(row["area_id"]))
    firm = w.get("Organisation", row["organisation_id"])
    return bool(w.looks_after(firm["area_id"]) or w.owns(row["organisation_id"]))


ORACLE: dict[str, Callable[[Any, Any], bool]] = {"Edition": lambda row, w: True, "Reply": _reply}
#: what cannot be told from the fields alone
SPECIAL: dict[str, Callable[[int], dict[str, Any]]] = {
    "schemes.Reply": lambda n: {"organisation": None} if n % 3 == 0 else {"area": None},
}
#: pages of one record: model, name of the address, its arguments, the permission that opens it
PAGES: tuple[tuple[str, str, Callable[[Any], list[Any]], str], ...] = ()
