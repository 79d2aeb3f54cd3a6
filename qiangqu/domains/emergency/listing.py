"""Lists: events, requests, drills, siting scenarios."""

from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.visibility import seen, visible
from qiangqu.registry.roles import Action, may
from qiangqu.ui import lists
from qiangqu.ui.background import JobStatus
from qiangqu.ui.lists import Asked, Column, Listing, Tab

from .models import (
    DrillState,
    EmergencyDrill,
    EmergencyEvent,
    EventState,
    Grade,
    HazardKind,
    Scenario,
    SitingModel,
    SupplyBatch,
    SupplyItem,
)
from .siting.words import STANDING, standing
from .stock import standing_of, with_stock

EVENT_COLOURS = {EventState.OPEN: "red", EventState.ENDED: "amber", EventState.REVIEWED: "green"}
GRADE_COLOURS = {Grade.FIRST: "red", Grade.SECOND: "red", Grade.THIRD: "amber", Grade.FOURTH: "blue"}


def _event_columns(asked: Asked) -> list[Column]:
    field = partial(lists.column, EmergencyEvent)
    return [
        field("title", role=lists.NAME, note=lambda row: row.number, width=40),
        field("number", shown=False, width=20),
        field("hazard", width=18),
        field("grade", badge=lambda row: GRADE_COLOURS[row.grade]),
        field("area__name", label=_("区域"), width=24),
        field("place", shown=False, width=30),
        field("happened_at", role=lists.DATE, width=18),
        field("state", role=lists.STATE, badge=lambda row: EVENT_COLOURS[row.state]),
    ]


def _event_rows(asked: Asked) -> Any:
    rows = seen(EmergencyEvent.objects.all(), asked.user, asked.area)
    return rows.filter(state=EventState.OPEN) if asked.tab == "open" else rows


EVENT_LIST = Listing(
    code="emergency-events",
    page="emergency-events",
    title=gettext_lazy("突发事件"),
    tabs=lambda asked: [Tab("all", _("全部")), Tab("open", _("处置中"))],
    rows=_event_rows,
    columns=_event_columns,
    filters=lambda asked: (
        lists.choice("state", _("状态"), EventState.choices)
        | lists.choice("grade", _("等级"), Grade.choices)
        | lists.choice("hazard", _("事件类型"), HazardKind.choices)
        | lists.days("happened_at", _("发生时间"), moments=True)
    ),
    search=("number", "title", "place"),
    search_label=gettext_lazy("编号、名称或地点"),
    order=("-opened_at", "-pk"),
    related=("area",),
    link=lambda row: reverse("emergency-event", args=[row.pk]),
    simulated=lambda row: row.simulated,
    empty=gettext_lazy("没有突发事件"),
    empty_icon="urgent",
    template="emergency/events.html",
    context=lambda request, asked: {"may_open": may(asked.user, Action.COMMAND_EMERGENCY)},
)


def _drill_columns(asked: Asked) -> list[Column]:
    field = partial(lists.column, EmergencyDrill)
    return [
        field("title", role=lists.NAME, note=lambda row: row.plan.name, width=40),
        field("kind"),
        field("area__name", label=_("区域"), width=24),
        field("held_on", role=lists.DATE),
        field("planned_minutes", unit=_("分钟")),
        field("real_minutes", unit=_("分钟"), role=lists.VALUE),
        field("people", unit=_("人"), shown=False),
        field("state", role=lists.STATE, badge=lambda row: "green" if row.state == DrillState.HELD else "blue"),
    ]


DRILL_LIST = Listing(
    code="emergency-drills",
    page="emergency-drills",
    title=gettext_lazy("应急演练"),
    rows=lambda asked: seen(EmergencyDrill.objects.all(), asked.user, asked.area),
    columns=_drill_columns,
    filters=lambda asked: lists.choice("state", _("状态"), DrillState.choices) | lists.days("held_on", _("演练日期")),
    search=("title", "plan__name"),
    order=("-held_on", "-pk"),
    related=("area", "plan"),
    link=lambda row: reverse("emergency-drill", args=[row.pk]),
    simulated=lambda row: row.simulated,
    empty=gettext_lazy("还没有演练"),
    empty_icon="speakerphone",
    template="emergency/drills.html",
    context=lambda request, asked: {"may_plan": may(asked.user, Action.KEEP_EMERGENCY)},
)


def _stock_columns(asked: Asked) -> list[Column]:
    field = partial(lists.column, SupplyBatch)
    return [
        field("item__name", label=_("品名"), role=lists.NAME, note=lambda row: row.code, width=30),
        field("code", shown=False, width=20),
        field("place__name", label=_("存放场所"), width=30),
        Column("stock", _("库存"), lambda row: row.stock, sort=("stock",), number=True, role=lists.VALUE),
        Column("free", _("可调用"), lambda row: row.free, sort=("free",), number=True),
        field("item__unit", label=_("计量单位"), width=10),
        field("expires_on", role=lists.DATE),
        field("inspect_due", shown=False),
        field("place__area__name", label=_("区域"), shown=False, width=24),
        Column(
            "standing",
            _("状态"),
            lambda row: standing_of(row)[0],
            role=lists.STATE,
            badge=lambda row: standing_of(row)[1],
        ),
    ]


STOCK_LIST = Listing(
    code="supply-stock",
    page="supply-stock",
    title=gettext_lazy("应急物资"),
    rows=lambda asked: with_stock(
        seen(SupplyBatch.objects.filter(valid_to=None), asked.user, asked.area)
    ),  # to sort by
    columns=_stock_columns,
    filters=lambda asked: (
        lists.choice("item", _("品名"), [(one.pk, one.name) for one in SupplyItem.objects.order_by("code")[:300]])
        | lists.days("expires_on", _("有效期至"))
    ),
    search=("code", "item__name", "place__name"),
    search_label=gettext_lazy("品名、批号或场所"),
    order=("expires_on", "pk"),
    fetch=lambda asked, rows: with_stock(rows.select_related("item", "place__area")),
    link=lambda row: reverse("supply-batch", args=[row.pk]),
    simulated=lambda row: row.simulated,
    intro=gettext_lazy("库存由出入库流水计算得出；点开批次可办理出入库。"),
    empty=gettext_lazy("还没有应急物资"),
    empty_icon="package",
    template="emergency/stock.html",
    context=lambda request, asked: {"may_keep": may(asked.user, Action.KEEP_EMERGENCY)},
)


def _siting_columns(asked: Asked) -> list[Column]:
    field = partial(lists.column, Scenario)

    def figure(name: str) -> Any:
        return lambda row: (row.result.get("figures") or {}).get(name)

    return [
        field("title", role=lists.NAME, note=lambda row: row.parent.title if row.parent else "", width=40),
        field("area__name", label=_("区域"), width=24),
        field("model", width=22),
        field("p", width=8),
        field("standard", unit=_("分钟"), decimals=0),
        Column("within", _("达标权重占比"), figure("share"), unit="%", decimals=1, number=True, role=lists.VALUE),
        Column("mean", _("平均"), figure("mean"), unit=_("分钟"), decimals=1, number=True),
        Column("worst", _("最远"), figure("worst"), unit=_("分钟"), decimals=1, number=True),
        field("created_at", label=_("编制时间"), role=lists.DATE, width=18),
        Column("status", _("状态"), standing, role=lists.STATE, badge=lambda row: STANDING[JobStatus(row.status)][1]),
    ]


SITING_LIST = Listing(
    code="sitings",
    page="sitings",
    title=gettext_lazy("应急选址"),
    rows=lambda asked: seen(
        Scenario.objects.defer("points", "table").exclude(status=JobStatus.DROPPED), asked.user, asked.area
    ),
    columns=_siting_columns,
    filters=lambda asked: lists.choice("model", _("目标"), SitingModel.choices),
    search=("title",),
    order=("-pk",),
    related=("area", "parent"),
    link=lambda row: reverse("siting", args=[row.pk]),
    simulated=lambda row: row.simulated,
    intro=gettext_lazy("方案一并列出，便于比较；区域和到达标准相同的才可比。标明最优的均经证明，页面上注明界限。"),
    empty=gettext_lazy("还没有选址方案"),
    empty_icon="map-pin-search",
    template="emergency/sitings.html",
    context=lambda request, asked: {"may_plan": may(asked.user, Action.KEEP_EMERGENCY)},
)


def scenarios_of(user: Any) -> Any:
    """The scenarios that the user sees, without their tables."""
    return visible(Scenario.objects.defer("points", "table").exclude(status=JobStatus.DROPPED), user)
