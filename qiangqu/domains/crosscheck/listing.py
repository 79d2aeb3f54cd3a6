"""The list of doubts."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.visibility import seen
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing, Tab

from .models import OPEN, Doubt, DoubtState, Run, What
from .words import percent, precision_words

COLOURS = {
    DoubtState.NEW: "amber", DoubtState.TAKEN: "blue", DoubtState.ASKED: "blue", DoubtState.TRUE: "red", DoubtState.FALSE: "green",
}  # fmt: skip


def _gap(row: Doubt) -> str:
    if row.gap is None:
        return "—"
    return f"{100 * row.gap:.0f} %" if row.what == What.SHIFT else percent(row.gap)


def _columns(asked: Asked) -> list[Column]:
    return [
        lists.column(Doubt, "organisation__name", label=_("企业"), role=lists.NAME, verbatim=True, width=34),
        lists.column(Doubt, "what", width=16),
        Column("months", _("月份"), lambda row: row.months, sort=("first",), width=20),
        Column("gap", _("高出"), _gap, sort=("gap",), role=lists.VALUE, width=12),
        Column("kinds", _("佐证仪表"), lambda row: sum(k != "partners" for k in row.agree) or "—", width=12),
        lists.column(Doubt, "state", role=lists.STATE, badge=lambda row: COLOURS[row.state]),
        Column("owner", _("承办人"), lambda row: row.owner.get_full_name() if row.owner else "—", width=16),
        lists.column(Doubt, "due_on", role=lists.DATE),
        lists.column(Doubt, "found_on", shown=False),
        lists.column(Doubt, "organisation__area__name", label=_("园区"), shown=False, width=30),
    ]


def _rows(asked: Asked) -> Any:
    rows = seen(Doubt.objects.defer("course"), asked.user, asked.area)
    return rows.filter(state__in=OPEN) if asked.tab != "all" else rows


def _intro(asked: Asked) -> str:
    last = Run.objects.first()
    words = _("上报的产值、增加值与供电、供气、供水、货运、社保的计量和同行对照，由模型提出疑点，结论由人作出。")
    if last is not None:
        about = {"until": last.until, "n": f"{last.enterprises:,}", "metered": f"{last.metered:,}"}
        words += _("最近一次核查截至 %(until)s：%(n)s 家企业，其中 %(metered)s 家有计量数据。") % about
    return words + precision_words(seen(Doubt.objects.all(), asked.user, asked.area))


DOUBT_LIST = Listing(
    code="crosscheck-doubts",
    page="crosscheck-doubts",
    title=gettext_lazy("数据核查"),
    tabs=lambda asked: [Tab("open", _("待核查")), Tab("all", _("全部"))],
    rows=_rows,
    columns=_columns,
    filters=lambda asked: (
        lists.choice("what", _("疑点"), What.choices) | lists.choice("state", _("状态"), DoubtState.choices)
    ),
    search=("organisation__name", "organisation__code"),
    order=("-found_on", "-score", "pk"),
    related=("organisation__area", "owner"),
    link=lambda row: reverse("crosscheck-doubt", args=[row.pk]),
    simulated=lambda row: row.simulated,
    intro=_intro,
    empty=gettext_lazy("没有数据疑点"),
    empty_icon="scale",
)
