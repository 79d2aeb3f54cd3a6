"""Who sees what of nominations, in plain Python, for the property test of visibility (``site/tests``)."""

from collections.abc import Callable
from typing import Any


def _firm(row: Any, w: Any) -> Any:
    return w.get("Organisation", row["organisation_id"])


def _drawn(nomination: Any, w: Any) -> bool:
    marks = [one for one in w.rows["enterprises.ExpertMark"].values() if one["nomination_id"] == nomination]
    return any(_is_expert(one, w) for one in marks)


def _is_expert(mark: Any, w: Any) -> bool:
    return bool(w.posts and w.get("Expert", mark["expert_id"])["user_id"] == w.user)


def _nomination(row: Any, w: Any) -> bool:
    office = w.looks_after(_firm(row, w)["area_id"], "view_schemes")
    own = w.owns(row["organisation_id"]) and w.may("view_schemes")
    return bool(office or own or _drawn(row["id"], w))


def _office(row: Any, w: Any) -> bool:
    nomination = w.get("Nomination", row["nomination_id"])
    return bool(w.looks_after(_firm(nomination, w)["area_id"], "keep_recognitions"))


ORACLE: dict[str, Callable[[Any, Any], bool]] = {
    "Expert": lambda row, w: bool(w.looks_after(row["area_id"], "keep_recognitions")),
    "Nomination": _nomination,
    "enterprises.ExpertMark": lambda row, w: _office(row, w) or _is_expert(row, w),
    "enterprises.Objection": lambda row, w: _office(row, w) or bool(w.posts and row["by_id"] == w.user),
}
#: what cannot be told from the fields alone
SPECIAL: dict[str, Callable[[int], dict[str, Any]]] = {}
#: pages of one record: model, name of the address, its arguments, the permission that opens it
PAGES: tuple[tuple[str, str, Callable[[Any], list[Any]], str], ...] = (
    ("Nomination", "nomination", lambda row: [row["id"]], "see_nominations"),
)
