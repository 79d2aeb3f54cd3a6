"""Pages of work permits: the list, the application, the page of one with its steps, analyses, conflicts and acts."""

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
from qiangqu.registry.models import User
from qiangqu.registry.roles import Action, may
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing, Tab
from qiangqu.ui.recordform import RecordForm

from .. import gases
from ..conflicts import conflicts_of
from ..forms import firm_field, firms_of
from ..models.permits import WorkPermit
from ..permits import OPEN, PERMIT_FOUND, PERMITS, UNDER_WAY, apply_for, kind_rules
from ..rules import rules
from ..terms import PermitKind, PermitState, StepKind

COLOURS = {
    PermitState.APPLIED: "blue", PermitState.APPROVED: "blue", PermitState.WORKING: "green", PermitState.SUSPENDED: "red",
    PermitState.EXPIRED: "red", PermitState.CLOSED: "grey", PermitState.CANCELLED: "grey",
}  # fmt: skip


def _columns(asked: Asked) -> list[Column]:
    field = lists.column
    return [
        field(WorkPermit, "work", role=lists.NAME, note=lambda row: f"{row.number} · {row.organisation}", width=40),
        field(WorkPermit, "number", shown=False, width=22),
        field(WorkPermit, "organisation__name", label=_("单位"), shown=False, width=30),
        field(WorkPermit, "kind"),
        field(WorkPermit, "level"),
        field(WorkPermit, "place", width=24),
        field(WorkPermit, "vessel", shown=False),
        field(WorkPermit, "guardian", label=_("监护人")),
        field(WorkPermit, "planned_from", role=lists.DATE, width=18),
        field(WorkPermit, "valid_to", width=18),
        field(WorkPermit, "state", role=lists.STATE, badge=lambda row: COLOURS[row.state]),
    ]


def _rows(asked: Asked) -> Any:
    rows = seen(WorkPermit.objects.all(), asked.user, asked.area)
    if asked.tab == "all":
        return rows
    return rows.filter(state__in=OPEN)


PERMIT_LIST = Listing(
    code="work-permits",
    page="work-permits",
    title=gettext_lazy("特殊作业"),
    tabs=lambda asked: [Tab("open", _("在办")), Tab("all", _("全部"))],
    rows=_rows,
    columns=_columns,
    filters=lambda asked: (
        lists.choice("kind", _("作业"), PermitKind.choices)
        | lists.choice("state", _("状态"), PermitState.choices)
        | lists.days("planned_from", _("计划开始"), moments=True)
    ),
    search=("number", "work", "place", "vessel", "organisation__name"),
    order=("-applied_at", "-pk"),
    related=("organisation", "guardian"),
    link=lambda row: reverse("work-permit", args=[row.pk]),
    simulated=lambda row: row.simulated,
    intro=gettext_lazy("八类特殊作业。探测器报警时，半径内的作业票自动暂停并通知监护人。GB 30871 对化工企业以外的单位只作参考。"),
    empty=gettext_lazy("没有在办的作业票"),
    empty_icon="flame",
    template="safety/work_permits.html",
    context=lambda request, asked: {"may_apply": may(asked.user, Action.HANDLE_PERMITS)},
)  # fmt: skip


def _forms(one: WorkPermit, steps: list[Any]) -> list[ActForm]:
    unticked = [(step.pk, f"{step.get_kind_display()}：{step.text}") for step in steps if step.kind != StepKind.SIGN and step.at is None]  # fmt: skip
    following = next((step for step in steps if step.kind == StepKind.SIGN and step.at is None), None)
    units = list(dict.fromkeys(unit for gas in rules()["gases"].values() for unit in gas["units"]))
    found = [
        ActForm("start", _("开始作业"), note=_("开始前核对：气体分析在时限内、证书有效、没有冲突。")),
        ActForm(
            "analyse", _("登记气体分析"),
            [
                Field("gas", _("气体"), "select", choices=gases.choices()),
                Field("value", _("值"), "number"),
                Field("unit", _("单位"), "select", choices=[(one, one) for one in units]),
                Field("lel", _("爆炸下限（%）"), "number", False, note=_("可燃气体填写")),
                Field("spot", _("分析点"), longest=80),
                Field("at", _("分析时间"), "datetime-local", False, timezone.localtime().strftime("%Y-%m-%dT%H:%M")),
                Field("analyst", _("分析人"), longest=40),
                Field("instrument", _("仪器编号"), longest=40),
            ],
        ),
        ActForm("suspend", _("暂停作业"), [Field("reason", _("原因"), longest=200)], danger=True),
        ActForm("resume", _("恢复作业"), note=_("报警解除且暂停后重新分析合格的，才能恢复。")),
        ActForm(
            "extend", _("延期"),
            [Field("hours", _("延长小时数"), "number"), Field("reason", _("原因"), longest=200)],
        ),
        ActForm("close", _("完工关闭"), [Field("told", _("完工情况"), "textarea", longest=300)], _("照片")),
        ActForm("cancel", _("取消"), [Field("reason", _("原因"), longest=200)], danger=True),
    ]  # fmt: skip
    if following is not None and not unticked:
        choices = [(following.pk, following.text)]
        found.insert(0, ActForm("sign", _("签字：%(text)s") % {"text": following.text}, [Field("step", _("签字"), "select", value=following.pk, choices=choices), Field("note", _("说明"), must=False, longest=200)]))  # fmt: skip
    if unticked:
        found.insert(0, ActForm("tick", _("确认隔离和措施"), [Field("step", _("步骤"), "select", choices=unticked), Field("note", _("说明"), must=False, longest=200)]))  # fmt: skip
    return found


def about(one: WorkPermit, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a permit shows."""
    steps = list(one.steps.select_related("by"))
    alive = one.state in (PermitState.APPLIED, *UNDER_WAY)
    held = kind_rules(one.kind)
    return {
        "permit": one,
        "steps": sorted(steps, key=lambda step: ([*StepKind.values].index(step.kind), step.place)),
        "readings": list(one.readings.select_related("entered_by")[:50]),
        "conflicts": conflicts_of(one) if alive else [],
        "children": list(visible(one.children.all(), user)),
        "hours": held["levels"][one.level],
        "looked_up": held["looked_up"],
        "files": list(one.files.filter(removed_at=None).select_related("by")),
        "acts": open_forms(_forms(one, steps), may),
    }


PERMIT = RecordPage(
    of=PERMIT_FOUND, acts=PERMITS, action=Action.WORK_PERMITS, template="safety/work_permit.html", context=about
)


def _levels() -> str:
    kinds = rules()["permits"]["kinds"]
    named = [(PermitKind(code).label, list(held["levels"])) for code, held in kinds.items()]
    return "；".join(f"{kind}：{'、'.join(levels)}" for kind, levels in named)


class PermitForm(RecordForm):
    """An application."""

    organisation = firm_field(gettext_lazy("单位"))

    class Meta:
        model = WorkPermit
        fields = (
            "organisation", "kind", "level", "work", "place", "vessel", "opens", "radius", "lon", "lat", "workers",
            "certificates_to", "guardian", "planned_from", "planned_to", "parent",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].help_text = _levels()


def _offered(request: HttpRequest) -> dict[str, Any]:
    firms = firms_of(request, Action.HANDLE_PERMITS)
    return {
        "organisation": firms,
        "guardian": User.objects.posted(Action.HANDLE_PERMITS, organisation__in=firms).order_by("username"),
        "parent": visible(WorkPermit.objects.filter(state__in=(PermitState.APPLIED, *UNDER_WAY)), request.user),
    }


FORMS = RecordForms(of=PERMIT_FOUND, form=PermitForm, list_page="work-permits", offered=_offered)
new = FORMS.making(
    gettext_lazy("申请作业票"), apply_for, Action.HANDLE_PERMITS,
    initial=lambda request: only_one(_offered(request), "organisation"),
)  # fmt: skip
