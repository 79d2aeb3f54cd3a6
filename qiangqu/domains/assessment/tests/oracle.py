"""Who sees what of assessments, in plain Python, for the property test of visibility (``site/tests``)."""

from collections.abc import Callable
from typing import Any

SEE = "view_assessment"
SENT = ("objection", "published")


def _round(row: Any, w: Any) -> bool:
    own = any(
        one["round_id"] == row["id"] and w.looks_after(one["area_id"], SEE) for one in w.rows["ZoneResult"].values()
    )
    return bool(w.looks_after(row["area_id"], SEE) or (row["state"] in SENT and own))


def _zone(row: Any, w: Any) -> bool:
    of = w.get("Round", row["round_id"])
    own = of["state"] in SENT and w.looks_after(row["area_id"], SEE)
    return bool(w.looks_after(of["area_id"], SEE) or own or (of["state"] == "published" and _round(of, w)))


def _within(row: Any, w: Any) -> bool:
    zone = w.get("ZoneResult", row["result_id"])
    of = w.get("Round", zone["round_id"])
    own = of["state"] in SENT and w.looks_after(zone["area_id"], SEE)
    return bool(w.looks_after(of["area_id"], SEE) or own)


ORACLE: dict[str, Callable[[Any, Any], bool]] = {
    "Round": _round,
    "ZoneResult": _zone,
    "FrozenValue": _within,
    "assessment.ExpertMark": _within,
    "assessment.Objection": _within,
    "FollowUp": _within,
    "ZonePosition": lambda row, w: w.looks_after(row["area_id"], SEE),
}
#: what cannot be told from the fields alone
SPECIAL: dict[str, Callable[[int], dict[str, Any]]] = {
    "assessment.Round": lambda n: {
        "state": ("open", "frozen", "objection", "published", "void")[n % 5],
        "scheme": None,
    },
}
