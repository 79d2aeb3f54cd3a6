"""Pages of hazards: the list, the form that registers one, the page of one with its acts."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.visibility import seen, visible
from qiangqu.records.actforms import ActForm, Field, only_one, open_forms
from qiangqu.records.formpages import RecordForms
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.roles import Action, may
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing, Tab
from qiangqu.ui.recordform import RecordForm

from ..breaches import case_for
from ..forms import firm_field, firms_of
from ..hazards import HAZARD_FOUND, HAZARDS, OPEN, days_over, needs_authority, overdue, report
from ..models.hazards import Hazard
from ..reports import report_of
from ..terms import Found, HazardGrade, HazardState

COLOURS = {
    HazardState.OPEN: "amber", HazardState.RECTIFIED: "blue", HazardState.CLOSED: "green", HazardState.VOID: "grey",
}  # fmt: skip


def _state(row: Hazard) -> str:
    over = days_over(row, timezone.localdate())
    word = str(row.get_state_display())
    return _("%(state)s · 超期 %(days)s 天") % {"state": word, "days": over} if over else word


def _columns(asked: Asked) -> list[Column]:
    today = timezone.localdate()
    return [
        lists.column(Hazard, "title", role=lists.NAME, note=lambda row: f"{row.number} · {row.organisation}", width=44),
        lists.column(Hazard, "organisation__name", label=_("责任单位"), shown=False, width=30),
        lists.column(Hazard, "number", shown=False, width=22),
        lists.column(Hazard, "place", shown=False, width=24),
        lists.column(Hazard, "grade", badge=lambda row: "red" if row.grade == HazardGrade.MAJOR else "grey"),
        lists.column(Hazard, "found"),
        Column("repeated", _("重复"), lambda row: _("重复") if row.repeat_of_id else "", width=8),
        lists.column(Hazard, "found_at", role=lists.DATE, width=18),
        lists.column(Hazard, "due_on"),
        lists.column(Hazard, "responsible", shown=False),
        lists.column(Hazard, "money", shown=False, unit=_("万元"), decimals=2),
        lists.column(Hazard, "round", shown=False),
        Column(
            "state", _("状态"), _state, role=lists.STATE, sort=("state",),
            badge=lambda row: "red" if days_over(row, today) else COLOURS[HazardState(row.state)],
        ),
    ]  # fmt: skip


def _rows(asked: Asked) -> Any:
    rows = seen(Hazard.objects.all(), asked.user, asked.area)
    if asked.tab == "late":
        return overdue(rows, timezone.localdate())
    if asked.tab == "repeated":
        return rows.filter(repeat_of__isnull=False).exclude(state=HazardState.VOID)
    return rows if asked.tab == "all" else rows.filter(state__in=OPEN)


HAZARD_LIST = Listing(
    code="hazards",
    page="hazards",
    title=gettext_lazy("隐患"),
    tabs=lambda asked: [
        Tab("open", _("未销号")), Tab("late", _("超期")), Tab("repeated", _("重复")), Tab("all", _("全部")),
    ],
    rows=_rows,
    columns=_columns,
    filters=lambda asked: (
        lists.choice("grade", _("等级"), HazardGrade.choices)
        | lists.choice("found", _("发现途径"), Found.choices)
        | lists.choice("state", _("状态"), HazardState.choices)
        | lists.days("found_at", _("发现时间"), moments=True)
        | lists.days("due_on", _("整改期限"))
    ),
    search=("title", "number", "organisation__name"),
    search_label=gettext_lazy("隐患、编号或单位"),
    order=("due_on", "-found_at", "-pk"),
    related=("organisation",),
    link=lambda row: reverse("hazard", args=[row.pk]),
    simulated=lambda row: row.simulated,
    intro=gettext_lazy("整改由责任单位提交，由另一人复查；重大隐患和检查、举报发现的隐患由监管人员复查。整改期限按整改指令或方案确定，国家没有统一规定天数。"),
    empty=gettext_lazy("没有隐患"),
    empty_icon="alert-triangle",
    template="safety/hazards.html",
    context=lambda request, asked: {"may_report": may(asked.user, Action.REPORT_HAZARDS)},
)  # fmt: skip


def forms_of(one: Hazard) -> list[ActForm]:
    """The acts on a hazard as forms."""
    due = one.due_on.isoformat() if one.due_on else ""
    return [
        ActForm("rectify", _("提交整改"), [Field("result", _("整改情况"), "textarea")], _("整改后的照片（必须有）")),
        ActForm(
            "recheck", _("复查"),
            [
                Field("accepted", _("结论"), "select", choices=[("1", _("合格，销号")), ("0", _("不合格，退回重新整改"))]),
                Field("opinion", _("复查意见"), "textarea"),
            ],
            _("复查照片"),
        ),
        ActForm(
            "plan", _("整改方案（五落实）"),
            [
                Field("responsible", _("整改责任人"), value=one.responsible, longest=60),
                Field("due", _("整改期限"), "date", value=due),
                Field("money", _("整改资金（万元）"), "number", False, "" if one.money is None else one.money),
                Field("measures", _("整改措施"), "textarea", value=one.measures),
                Field("acceptance", _("验收标准及验收人"), "textarea", value=one.acceptance, longest=200),
            ],
        ),
        ActForm(
            "regrade", _("调整等级"),
            [Field("grade", _("等级"), "select", choices=HazardGrade.choices), Field("basis", _("定级依据"), longest=200)],
        ),
        ActForm("void", _("撤销"), [Field("reason", _("撤销原因"), longest=200)], danger=True),
    ]  # fmt: skip


def about(one: Hazard, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a hazard shows."""
    files = list(one.files.filter(removed_at=None).select_related("by"))
    return {
        "over": days_over(one, timezone.localdate()),
        "authority": needs_authority(one),
        "case": case_for(user, one),
        "report": report_of(one, user) if one.found == Found.CITIZEN else None,
        "found_files": [file for file in files if file.about == "found"],
        "work_files": [file for file in files if file.about != "found"],
        "repeats": list(
            visible(Hazard.objects.filter(organisation=one.organisation, item=one.item).exclude(pk=one.pk), user)[:10]
        )
        if one.item_id
        else [],
        "acts": open_forms(forms_of(one), may),
        "own_work": one.worked_by_id == user.pk and one.state == HazardState.RECTIFIED,
    }


HAZARD = RecordPage(of=HAZARD_FOUND, acts=HAZARDS, action=Action.HAZARDS, template="safety/hazard.html", context=about)


class HazardForm(RecordForm):
    """A hazard as somebody found it."""

    organisation = firm_field(gettext_lazy("责任单位"))

    class Meta:
        model = Hazard
        fields = ("organisation", "title", "place", "found", "grade", "grade_basis", "item", "due_on", "reference")


def _offered(request: HttpRequest) -> dict[str, Any]:
    return {"organisation": firms_of(request, Action.REPORT_HAZARDS)}


def _first(request: HttpRequest) -> dict[str, Any]:
    return {"found": Found.SELF_CHECK, "grade": HazardGrade.GENERAL} | only_one(_offered(request), "organisation")


FORMS = RecordForms(
    of=HAZARD_FOUND, form=HazardForm, list_page="hazards", files_label=gettext_lazy("现场照片"), offered=_offered
)
new = FORMS.making(gettext_lazy("登记隐患"), report, Action.REPORT_HAZARDS, initial=_first)
