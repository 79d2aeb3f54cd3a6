"""Cards of the work desk: rounds under way for who holds them, drafts to be answered for a zone, what is to follow."""

import datetime as dt

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.visibility import covers, seen
from qiangqu.registry.roles import Action
from qiangqu.ui.desk import LINES, Card, Figure, Line, Look
from qiangqu.ui.lists.columns import shown

from .listing import COLOURS, UNDER_WAY
from .models import FollowUp, ObjectionState, Round, RoundState, ZoneResult
from .rounds import not_yet


def under_way(look: Look) -> Card | None:
    """Rounds that are not over, each with what it waits for. None where there is none."""
    rows = seen(Round.objects.filter(state__in=UNDER_WAY), look.user, look.within).select_related("area")
    held = [
        one
        for one in rows.order_by("objection_until", "pk")[: LINES * 2]
        if covers(look.user, one.area.path, Action.RUN_ASSESSMENT)
    ]
    if not held:
        return None
    waits = {RoundState.OPEN: _("待冻结数据"), RoundState.FROZEN: _("待送初评")}
    lines = [
        Line(
            one.title, reverse("assessment-round", args=[one.pk]), str(not_yet(one)) or _("可以公布") if one.state == RoundState.OBJECTION else waits[RoundState(one.state)],
            one.get_state_display(), COLOURS[RoundState(one.state)], shown(one.objection_until) if one.objection_until else "", one.simulated,
        )
        for one in held[:LINES]
    ]  # fmt: skip
    page = reverse("assessment-rounds")
    return Card(
        _("园区评价轮次"), f"{page}?list=open", lines, [Figure(_("进行中"), str(len(held)), page)], icon="medal"
    )


def to_answer(look: Look) -> Card | None:
    """Drafts that a zone may still object to. None where there is none."""
    today = look.day or timezone.localdate(look.now)
    rows = seen(
        ZoneResult.objects.filter(round__state=RoundState.OBJECTION, round__objection_until__gte=today, accepted_at=None), look.user, look.within
    ).select_related("area", "round__area")  # fmt: skip
    rows = rows.annotate(waiting=Count("objections", filter=Q(objections__state=ObjectionState.OPEN)))
    mine = [
        one for one in rows.order_by("round__objection_until", "pk")[: LINES * 4]
        if covers(look.user, one.area.path, Action.OBJECT_ASSESSMENT)
    ]  # fmt: skip
    if not mine:
        return None
    soon = today + dt.timedelta(days=3)
    lines = [
        Line(
            f"{one.area} · {one.round}", reverse("assessment-zone", args=[one.pk]), _("确认或提异议"),
            _("异议待裁定") if one.waiting else _("待答复"), "blue" if one.waiting else "red" if (one.round.objection_until or soon) <= soon else "amber",
            shown(one.round.objection_until), one.simulated,
        )
        for one in mine[:LINES]
    ]  # fmt: skip
    return Card(_("评价初评待答复"), reverse("assessment-rounds"), lines, icon="medal")


def to_follow(look: Look) -> Card | None:
    """What is to follow from published results and is not done, by date. None where there is nothing."""
    today = look.day or timezone.localdate(look.now)
    rows = seen(FollowUp.objects.filter(done_on=None), look.user, look.within).select_related("result__area", "unit")
    count = rows.count()
    if not count:
        return None
    lines = [
        Line(
            f"{one.result.area} {one.get_kind_display()}", reverse("assessment-zone", args=[one.result_id]), f"{one.text[:60]} · {one.unit}",
            _("已过期限") if one.due_on < today else _("办理中"), "red" if one.due_on < today else "amber", shown(one.due_on), one.simulated,
        )
        for one in rows.order_by("due_on", "pk")[:LINES]
    ]  # fmt: skip
    return Card(
        _("评价结果运用"), reverse("assessment-rounds"), lines, [Figure(_("未完成"), f"{count:,}")], icon="medal"
    )
