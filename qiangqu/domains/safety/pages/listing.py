"""Lists: the draws, and the results of visits."""

from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.visibility import in_subtree
from qiangqu.registry.roles import Action, may
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing

from ..models.inspections import Draw, Visit
from ..queries import draws_of, results_of
from ..terms import DrawState, Grade, Outcome

DRAW_COLOURS = {
    DrawState.PREPARED: "grey", DrawState.COMMITTED: "blue", DrawState.DRAWN: "blue", DrawState.OPENED: "amber",
    DrawState.PUBLISHED: "green", DrawState.VOID: "red",
}  # fmt: skip
OUTCOME_COLOURS = {Outcome.NONE: "green", Outcome.FIXED: "green", Outcome.RECTIFY: "amber"}


def _draw_columns(asked: Asked) -> list[Column]:
    field = partial(lists.column, Draw)
    return [
        field("title", role=lists.NAME, note=lambda row: row.number, width=40),
        field("number", shown=False, width=20),
        field("area__name", label=_("区域"), width=24),
        field("starts_at", role=lists.DATE, width=18),
        field("value_due", shown=False, width=18),
        field("commit", shown=False, width=66),
        field("state", role=lists.STATE, badge=lambda row: DRAW_COLOURS.get(row.state, "grey")),
    ]


def _visit_columns(asked: Asked) -> list[Column]:
    field = partial(lists.column, Visit)
    return [
        field("organisation__name", label=_("检查对象"), role=lists.NAME, note=lambda row: row.draw.number, width=40),
        field("draw__number", label=_("抽查"), shown=False, width=20),
        field("draw__title", label=_("抽查事项"), width=30),
        field("stratum", width=14),
        field("visited_on", role=lists.DATE),
        field("findings", shown=False, width=50),
        field("outcome", role=lists.STATE, badge=lambda row: OUTCOME_COLOURS.get(row.outcome, "red")),
    ]


DRAWS = Listing(
    code="draws",
    page="draws",
    title=gettext_lazy("抽查"),
    rows=lambda asked: in_subtree(draws_of(asked.user), asked.below) if asked.below else draws_of(asked.user),
    columns=_draw_columns,
    filters=lambda asked: (
        lists.choice("state", _("状态"), DrawState.choices) | lists.days("starts_at", _("检查开始"), moments=True)
    ),
    search=("number", "title"),
    search_label=gettext_lazy("编号或事项"),
    order=lambda asked: ("-prepared_at", "-pk"),
    related=("area",),
    link=lambda row: reverse("draw", args=[row.pk]),
    simulated=lambda row: row.simulated,
    intro=gettext_lazy(
        "先承诺、后抽取：先封存名单、规则和随机串，再用任何人都不能左右的公开值抽取，结果人人可以重算。"
    ),
    empty=gettext_lazy("还没有抽查"),
    empty_icon="dice-5",
    template="safety/draws.html",
    context=lambda request, asked: {"may_prepare": may(asked.user, Action.PREPARE_DRAWS)},
)
VISITS = Listing(
    code="visits",
    page="visits",
    title=gettext_lazy("检查结果"),
    rows=lambda asked: in_subtree(results_of(asked.user), asked.below) if asked.below else results_of(asked.user),
    columns=_visit_columns,
    filters=lambda asked: (
        lists.choice("outcome", _("检查结果"), Outcome.choices)
        | lists.choice("stratum", _("层"), Grade.choices)
        | lists.days("visited_on", _("检查日期"))
    ),
    search=("organisation__name", "organisation__code", "draw__number"),
    search_label=gettext_lazy("单位或抽查编号"),
    order=lambda asked: ("-visited_on", "-pk"),
    related=("organisation", "draw"),
    link=lambda row: reverse("visit", args=[row.pk]),
    simulated=lambda row: row.simulated,
    intro=gettext_lazy("这里列出已检查的。未检查的名单只在抽查页面上向检查组和抽查办公室公开，每次查看都有记录。"),
    empty=gettext_lazy("还没有检查结果"),
    empty_icon="clipboard-check",
)
