"""The work desk's card of policies: for an enterprise what it may have, for an office what waits to be handled."""

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.base.visibility import is_own_only, seen
from qiangqu.registry.roles import may
from qiangqu.ui.desk import LINES, Card, Figure, Line, Look

from .models import Benefit, BenefitState
from .words import money

S = BenefitState
TONES = {
    S.FOUND: "blue", S.QUEUED: "amber", S.OFFERED: "amber", S.APPLIED: "amber", S.RETURNED: "red", S.APPROVED: "blue", S.PAID: "green",
    S.REFUSED: "grey", S.DECLINED: "grey", S.LAPSED: "grey", S.REVERSED: "red",
}  # fmt: skip


def card(look: Look) -> Card | None:
    """What waits: at an enterprise to be applied for, confirmed or mended; at an office to be examined, then to be paid.
    None where there are no policies for the user."""
    own = is_own_only(look.user)
    rows = seen(Benefit.objects.all(), look.user, look.within)
    waiting = (S.OFFERED, S.RETURNED, S.FOUND) if own else (S.APPLIED, S.APPROVED)
    if not own and not may(look.user, "handle_policies"):
        return None
    counts = rows.aggregate(
        any=Count("pk"), first=Count("pk", filter=Q(state=waiting[0])), second=Count("pk", filter=Q(state=waiting[1])),
        money=Sum("amount", filter=Q(state__in=waiting)),
    )  # fmt: skip
    if not counts["any"]:
        return None
    page = reverse("policies-of-firm") if own else reverse("policy-benefits")
    found = rows.filter(state__in=waiting).select_related("policy", "organisation").order_by("-amount", "pk")[:LINES]
    lines = [
        Line(
            str(one.policy if own else one.organisation), reverse("policy-benefit", args=[one.pk]), "" if own else str(one.policy),
            str(one.get_state_display()), TONES[S(one.state)], money(one.amount), one.simulated,
        )
        for one in found
    ]  # fmt: skip
    figures = [
        Figure(str(state.label), f"{counts[name]:,}", f"{reverse('policy-benefits')}?state={state}", "amber" if counts[name] else "")
        for state, name in ((waiting[0], "first"), (waiting[1], "second"))
    ]  # fmt: skip
    return Card(_("惠企政策"), page, lines, figures, empty=_("没有要办的惠企事项。"), icon="gift")
