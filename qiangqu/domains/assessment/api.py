"""The JSON API of assessments."""

from ninja import Router

from qiangqu.records.asking import add_acts
from qiangqu.records.recordapi import add_records
from qiangqu.ui.shapes import shape

from .access import ROUND_FOUND, ZONE_FOUND
from .listing import ROUNDS_LIST
from .models import Round, ZoneResult
from .outcomes import ZONES
from .rounds import ROUNDS

router = Router()
RoundLine = shape(
    "AssessmentRoundLine", Round, "id", "uid", "number", "title", "state", "day", "objection_until", "published_at", "document",
    "simulated", area="area.code", scheme="edition.code", edition="edition.edition",
)  # fmt: skip
ZoneOut = shape(
    "AssessmentZoneOut", ZoneResult, "id", "uid", "low", "high", "rank", "rank_worst", "level", "standing", "missing", "draft_low",
    "draft_high", "draft_rank", "accepted_at", "simulated", area="area.code", round="round.number",
)  # fmt: skip

add_records(
    router, "/rounds", ROUND_FOUND, ROUNDS_LIST, RoundLine, RoundLine, ("评价轮次列表", "一个评价轮次"),
    asks={"state": (str, "")},
)  # fmt: skip
add_acts(router, "/rounds", ROUNDS, ROUND_FOUND.one, RoundLine)
add_acts(router, "/zones", ZONES, ZONE_FOUND.one, ZoneOut)
