"""What both pages and the API ask of draws and visits."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from qiangqu.base import draw as qd1
from qiangqu.base.errors import ConflictError
from qiangqu.base.visibility import path_of, visible
from qiangqu.registry import audit

from . import rosters
from .models.inspections import Draw, Visit
from .terms import DrawState

LONG = ("subjects_file", "inspectors_file", "conflicts_file", "nonce")


def draws_of(user: Any) -> "QuerySet[Draw]":
    """The draws that the user sees, without their long fields."""
    return visible(Draw.objects.defer(*LONG), user)


def results_of(user: Any) -> "QuerySet[Visit]":
    """Visits that took place, of those that the user sees: whose names need no secrecy any more."""
    return visible(Visit.objects.exclude(outcome=""), user)


def visits_of(draw: Draw, user: Any) -> list[Visit]:
    """The visits of a draw that the user sees, with their teams."""
    found = visible(Visit.objects.filter(draw=draw), user).select_related("organisation", "entered_by")
    return list(found.prefetch_related("members__inspector").order_by("place"))


def mine(user: Any) -> "QuerySet[Draw]":
    """Draws under way that send the user somewhere where no result is entered yet."""
    sent = Visit.objects.filter(
        members__inspector__user=user.pk, members__left_because="", outcome="", replaced_because=""
    )
    return Draw.objects.defer(*LONG).filter(state=DrawState.OPENED, pk__in=sent.values("draw"))


def looked(user: Any, draw: Draw, visit: Visit | None = None) -> None:
    """Put into the audit trail that somebody has opened names that are not published yet."""
    if draw.state != DrawState.OPENED:
        return
    about: Any = draw if visit is None else visit
    audit.record(
        user, "visit_seen", object_type="draw" if visit is None else "visit", object_id=about.pk,
        area_path=path_of(about), detail={"draw": draw.number, "whole_list": visit is None},
    )  # fmt: skip


def public_draws() -> "QuerySet[Draw]":
    """What everybody may know: whatever was committed to, also what became void."""
    return Draw.objects.exclude(commit="").defer("nonce").select_related("area").order_by("-committed_at", "-pk")


def is_open_to_all(draw: Draw) -> bool:
    """Whether nonce and lists are public: with the results, and when a draw was given up after it was drawn."""
    return draw.state == DrawState.PUBLISHED or (draw.state == DrawState.VOID and draw.drawn_at is not None)


def document_of(draw: Draw) -> dict[str, Any]:
    """The file by which a draw is checked: its inputs, what follows from them, and beside it what was done by
    hand. Raises ConflictError when what is stored makes no draw."""
    inputs = rosters.inputs_of(draw)
    try:
        outputs = qd1.result(inputs)
    except qd1.DrawError as error:
        raise ConflictError(_("封存的名单不能使用：%(why)s") % {"why": error}, where=draw.number) from None
    visits = Visit.objects.filter(draw=draw).select_related("organisation").prefetch_related("members__inspector")
    by_hand: list[dict[str, str]] = []
    for visit in visits.order_by("place"):
        code = visit.organisation.code
        if visit.replaced_because:
            by_hand.append({"subject": code, "replaced_because": visit.replaced_because})
        for one in visit.members.all():
            if one.by_hand:
                by_hand.append({"subject": code, "inspector": one.inspector.code, "because": one.by_hand})
            if one.left_because:
                by_hand.append({"subject": code, "left": one.inspector.code, "because": one.left_because})
    return {
        "algorithm": "QD-1",
        "title": draw.title,
        "area": draw.area.code,
        "state": draw.state,
        "void_reason": draw.void_reason,
        "committed_at": draw.committed_at,
        "inputs": inputs,
        "outputs": outputs,
        "signature": draw.signature,
        "evidence": draw.evidence,
        "by_fallback": draw.by_fallback,
        "by_hand": by_hand,
        "simulated": draw.simulated,
    }
