"""The JSON of policies: what there is, what enterprises may have and have got, and what is done about it. Amounts are yuan as text,
so that no amount passes through binary fractions.
"""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from qiangqu.records.asking import add_acts
from qiangqu.records.recordapi import add_records
from qiangqu.ui.shapes import Many, shape

from .firms import organisation_seen, standings
from .handling import BENEFITS
from .handling import FOUND as BENEFITS_FOUND
from .listing import BENEFIT_LIST, POLICY_LIST
from .models import Benefit, Payment, Policy
from .previewing import preview
from .publishing import FOUND, POLICIES

router = Router()
PolicyLine = shape(
    "PolicyLine", Policy, "id", "uid", "code", "edition", "title", "mode", "per", "state", "starts_on", "ends_on", "yuan_total", "yuan_year",
    "published_on", "simulated", area="area.code", body="body.code?",
)  # fmt: skip
PolicyDetail = shape(
    "PolicyDetail", Policy, "document", "source", "scheme", "criteria", "benefit", "rounding", "order", "asked", "excludes", "gaps", "note",
    "ended_on", "ended_why", base=PolicyLine,
)  # fmt: skip
PaymentOut = shape("PolicyPayment", Payment, "uid", "kind", "number", "day", "yuan", "why", "simulated")
BenefitLine = shape(
    "PolicyBenefitLine", Benefit, "id", "uid", "code", "period", "year", "state", "yuan", "found_on", "simulated",
    organisation="organisation.code", policy="policy.title",
)  # fmt: skip
BenefitDetail = shape(
    "PolicyBenefitDetail", Benefit, "score", "basis", "applied_on", "examined", "said", "told_at", base=BenefitLine,
    payments=Many(PaymentOut, "payments"),
)  # fmt: skip


class StandingOut(Schema):
    """An enterprise in one policy."""

    policy: str
    title: str
    state: str
    yuan: Decimal | None
    basis: str
    still: int
    open: int
    excluded_by: str
    simulated: bool


@router.get(
    "/of/{code}", response=list[StandingOut], summary="一家企业的惠企政策", operation_id="policies_of_enterprise"
)
def of(request: HttpRequest, code: str) -> Any:
    """可享受的在前，再是接近的；金额为元。"""
    one = organisation_seen(request.user, code)
    return [
        StandingOut(
            policy=row.policy.code, title=str.__str__(row.policy.title), state=row.state, yuan=None if row.amount.fen is None else Decimal(row.amount.fen) / 100,
            basis=row.amount.basis or row.amount.why, still=row.still, open=row.open, excluded_by=row.other, simulated=row.simulated,
        )
        for row in standings(one, timezone.localdate())
    ]  # fmt: skip


class PreviewOut(Schema):
    """Whom a policy reaches among the enterprises that the user sees. ``fits``: for how many the budget is enough."""

    fault: str = ""
    inside: int = 0
    qualify: int = 0
    paid: int = 0
    taken: int = 0
    yuan: Decimal | None = None
    fits: int | None = None
    simulated: bool = False


@router.get("/{int:pk}/preview", response=PreviewOut, summary="政策惠及谁、要花多少钱", operation_id="policy_preview")
def previewed(request: HttpRequest, pk: int) -> Any:
    """按今天的数据；草稿也可以。"""
    found = preview(FOUND.one(request.user, pk), request.user)
    return PreviewOut(**{name: found[name] for name in PreviewOut.model_fields if name in found})


add_records(
    router, "/benefits", BENEFITS_FOUND, BENEFIT_LIST, BenefitLine, BenefitDetail, ("惠企兑现列表", "一项惠企兑现"), asks={"state": (str, "")},
    beside=("payments",),
)  # fmt: skip
add_acts(router, "/benefits", BENEFITS, BENEFITS_FOUND.one, BenefitLine)
add_records(
    router, "", FOUND, POLICY_LIST, PolicyLine, PolicyDetail, ("惠企政策列表", "一项惠企政策"), asks={"mode": (str, "")}
)
add_acts(router, "", POLICIES, FOUND.one, PolicyLine)
