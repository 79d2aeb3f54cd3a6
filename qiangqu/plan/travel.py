"""What of the plan goes to other nodes."""

from qiangqu.base.travels import Travels

PROGRESS = Travels(
    "plan.ProgressReport",
    "acts",
    ("measure", "unit", "period_key", "text", "percentage", "difficulty", "reported_at"),
)
