"""What of land goes to other nodes."""

from qiangqu.base.travels import Travels

CLUE = Travels(
    "land.Clue",
    "acts",
    (
        "parcel", "contract", "rule", "state", "found_on", "evidence", "days", "cause", "due_on", "objection", "decision",
        "decided_on", "fee", "simulated",
    ),
)  # fmt: skip
