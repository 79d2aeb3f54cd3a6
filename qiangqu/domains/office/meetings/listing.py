"""Lists of meetings: ahead, those that one attends, those held, all."""

from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing, Tab

from ..documents.access import bodies_of
from ..models.meetings import Meeting
from .queries import listed
from .terms import MeetingKind, MeetingState

COLOURS = {MeetingState.PLANNED: "blue", MeetingState.HELD: "green"}


def _columns(asked: Asked) -> list[Column]:
    field = partial(lists.column, Meeting)
    return [
        field("title", role=lists.NAME, note=lambda row: row.get_kind_display(), width=40),
        field("kind", shown=False),
        field("start", label=_("时间"), role=lists.DATE, text=lambda row: row.when, width=18),
        field("end", shown=False, width=18),
        Column("where", _("地点"), lambda row: row.where, sort=("room__name", "place"), width=24),
        field("body__name", label=_("召集单位"), width=30),
        field("chair"),
        field("state", role=lists.STATE, badge=lambda row: COLOURS.get(row.state, "grey")),
    ]


MEETINGS = Listing(
    code="meetings",
    page="meetings",
    title=gettext_lazy("会议"),
    tabs=lambda asked: [
        Tab("ahead", _("将召开")),
        Tab("mine", _("我参加")),
        Tab("past", _("已召开")),
        Tab("all", _("全部")),
    ],
    rows=lambda asked: listed(asked.user, asked.tab, asked.below),
    columns=_columns,
    filters=lambda asked: (
        lists.choice("kind", _("会议类型"), MeetingKind.choices)
        | lists.choice("state", _("状态"), MeetingState.choices)
        | lists.days("start", _("时间"), moments=True)
    ),
    search=("title", "room__name", "place"),
    search_label=gettext_lazy("会议名称或地点"),
    order=lambda asked: ("start",) if asked.tab == "ahead" else ("-start",),
    related=("body", "room", "chair"),
    link=lambda row: reverse("meeting", args=[row.pk]),
    simulated=lambda row: row.simulated,
    empty=gettext_lazy("这里没有会议"),
    empty_icon="users-group",
    template="office/meetings/list.html",
    context=lambda request, asked: {"has_body": bodies_of(asked.user).exists()},
)
