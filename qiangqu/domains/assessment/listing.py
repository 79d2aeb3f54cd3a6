"""Lists: the rounds, and the zones of all rounds with what they reached."""

from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.terms import said
from qiangqu.base.visibility import seen
from qiangqu.registry.roles import Action, may
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing, Tab

from .models import Round, RoundState

COLOURS = {
    RoundState.OPEN: "grey", RoundState.FROZEN: "blue", RoundState.OBJECTION: "amber", RoundState.PUBLISHED: "green",
    RoundState.VOID: "red",
}  # fmt: skip
UNDER_WAY = (RoundState.OPEN, RoundState.FROZEN, RoundState.OBJECTION)


def _columns(asked: Asked) -> list[Column]:
    field = partial(lists.column, Round)
    return [
        field("title", role=lists.NAME, note=lambda row: row.number, width=40),
        field("number", shown=False, width=22),
        Column(
            "edition", _("评价方案"), lambda row: f"{said(row.edition.title)} {row.edition.edition}", sort=("edition__title",),
            verbatim=True, width=36,
        ),
        field("area__name", label=_("组织区域"), width=24),
        field("state", role=lists.STATE, badge=lambda row: COLOURS[row.state]),
        field("day", role=lists.DATE),
        field("objection_until"),
        field("published_at", shown=False, width=18),
        field("document", shown=False, width=24),
    ]  # fmt: skip


ROUNDS_LIST = Listing(
    code="assessment-rounds",
    page="assessment-rounds",
    title=gettext_lazy("园区评价"),
    tabs=lambda asked: [Tab("all", _("全部")), Tab("open", _("进行中")), Tab("published", _("已公布"))],
    rows=lambda asked: _tab(seen(Round.objects.all(), asked.user, asked.area), asked.tab),
    columns=_columns,
    filters=lambda asked: lists.choice("state", _("状态"), RoundState.choices) | lists.days("day", _("数据截至日")),
    search=("title", "number", "document"),
    search_label=gettext_lazy("名称、编号或文号"),
    order=("-day", "-pk"),
    related=("area", "edition"),
    link=lambda row: reverse("assessment-round", args=[row.pk]),
    simulated=lambda row: row.simulated,
    intro=gettext_lazy("一轮评价：立项、冻结数据、计算得分、送初评、受理异议、公布、结果运用。冻结后的数和来源都留存。"),
    empty=gettext_lazy("还没有评价轮次"),
    empty_icon="medal",
    template="assessment/rounds.html",
    context=lambda request, asked: {"may_open": may(asked.user, Action.RUN_ASSESSMENT)},
)  # fmt: skip


def _tab(rows, tab):  # type: ignore[no-untyped-def]
    if tab == "open":
        return rows.filter(state__in=UNDER_WAY)
    return rows.filter(state=RoundState.PUBLISHED) if tab == "published" else rows
