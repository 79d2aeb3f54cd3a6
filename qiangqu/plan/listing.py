"""Lists of this part: documents that are compiled and reviewed, supervised cases."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.part import Text
from qiangqu.base.terms import listed
from qiangqu.base.visibility import seen
from qiangqu.cases.models import Case, Light
from qiangqu.cases.templatetags.cases import case_badge
from qiangqu.registry.access import home
from qiangqu.registry.roles import Action
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing
from qiangqu.ui.templatetags.quantities import status_badge

from . import supervision
from .hands import hands_of, with_steps
from .models import CompiledItem, Decision, PlanDocument
from .queries import CASE_FILTERS, with_counts
from .rule import supervision_words
from .scene import Scene, look


def _rows(asked: Asked) -> Any:
    """Documents in the area, by the day that is looked at."""
    rows = seen(PlanDocument.objects.all(), asked.user, asked.area)
    return rows.filter(uploaded_at__lt=lists.end_of(asked.day)) if asked.day else rows


def _undecided(rows: Any, given: str) -> Any:
    """Those of which an item is still to be reviewed."""
    waiting = CompiledItem.objects.filter(document=OuterRef("pk"), decision=Decision.PENDING)
    return rows.filter(Exists(waiting)) if given else rows


def _columns(asked: Asked) -> list[Column]:
    def field(name: str, **more: Any) -> Column:
        return lists.column(PlanDocument, name, **more)

    def count(name: str, label: str, **more: Any) -> Column:
        return Column(name, label, lambda row: getattr(row, name), number=True, decimals=0, **more)

    return [
        Column("title", _("文件"), str, sort=("title", "file_name"), role=lists.NAME, verbatim=True, note=lambda row: row.file_name, width=44),
        field("number", verbatim=True),
        Column("area", _("区域"), lambda row: row.area.short_name, sort=("area__path",)),
        Column("plan", _("对应计划"), lambda row: str(row.plan) if row.plan else None, sort=("plan__name",), width=30),
        count("targets", _("目标")),
        count("tasks", _("举措")),
        count("pending", _("待审"), role=lists.VALUE),
        Column("by", _("上传人"), lambda row: str(row.uploaded_by) if row.uploaded_by else None, sort=("uploaded_by__username",)),
        field("uploaded_at", role=lists.DATE),
        field("issuer", verbatim=True, shown=False, width=30),
        field("sha256", shown=False, width=40),
    ]  # fmt: skip


DOCUMENTS = Listing(
    code="plan-documents",
    page="plan-documents",
    title=gettext_lazy("计划文件"),
    rows=_rows,
    columns=_columns,
    filters=lambda asked: (
        lists.choice(
            "review", _("审核"), [("1", _("只看有待审的"))], how=_undecided
        )
        | lists.days("uploaded_at", _("上传时间"), moments=True)
    ),
    search=("title", "file_name", "number", "issuer"),
    search_label=gettext_lazy("标题、文号或发文机关"),
    order=("-id",),
    fetch=lambda asked, rows: with_counts(rows),
    link=lambda row: reverse("plan-document", args=[row.pk]),
    empty=gettext_lazy("还没有计划文件"),
    empty_icon="file-text",
    template="plan/documents.html",
    size=50,
)  # fmt: skip


# ---------------------------------------------------------------- supervision


def _scene(asked: Asked) -> Scene:
    """The plan as whoever asks looks at it."""
    area = asked.area or home(asked.user, Action.VIEW_PLAN)
    scene: Scene = asked.once("scene", lambda: look(asked.user, area, asked.day))
    return scene


def _supervised(asked: Asked) -> Any:
    scene = _scene(asked)
    return supervision.cases(scene.user, scene.plan, scene.area)


def _supervised_filters(asked: Asked) -> lists.filters.Filters:
    every = _supervised(asked).order_by()
    units = every.exclude(data__unit=None).values_list("data__unit", "data__unit_name").distinct()
    places = every.values_list("area__code", "area__short_name").distinct()

    def by(name: str, label: Text, choices: Iterable[tuple[Any, Text]]) -> lists.filters.Filters:
        narrow = CASE_FILTERS[name]
        return lists.choice(name, label, choices, how=lambda rows, given: narrow(rows, given) if given else rows)

    return (
        by("light", _("红黄绿"), Light.choices)
        | by("unit", _("责任单位"), sorted(units))
        | by("place", _("区域"), sorted(places))
        | by("state", _("状态"), [("open", _("在办")), ("closed", _("办结"))])
    )


def _with_hands(asked: Asked, held: list[Any]) -> list[Any]:
    """The cases with ``hands``: in whose they are today."""
    for one in held:
        one.hands = hands_of(one, timezone.localdate())
    return held


def _turn(row: Any) -> str:
    """Whose turn it is."""
    hands = row.hands
    return str(row.data.get("unit_name", "") if hands.unit_has else hands.judge[1] if hands.judge_has else "")


def _late(row: Any) -> str:
    """Who is or was late."""
    return listed([_("责任单位")] * row.hands.unit_late + [_("评判")] * row.hands.judge_late)


def _stand(row: Any) -> SafeString:
    """How it stands: what the supervisor owes, else the case's own light or status; and what is waited for."""
    hands, note = row.hands, ""
    if hands.judge_has:
        badge = (
            status_badge("at_risk", _("评判逾期")) if hands.judge_late_now else status_badge("on_track", _("待评判"))
        )
        note = _("待%(who)s评判") % {"who": hands.judge[1]}
    else:
        badge = case_badge(row)
    if hands.unit_has:
        note = _("待责任单位报告") + (f" · {_('逾期')}" if hands.unit_late else "")
    return format_html('{}<div class="qq-note">{}</div>', badge, note) if note else badge


def _supervised_columns(asked: Asked) -> list[Column]:
    field = partial(lists.column, Case)
    return [
        field("number", label=_("编号"), shown=False, width=20),
        field("title", label=_("督办事项"), role=lists.NAME, note=lambda row: row.number, width=44),
        Column("area", _("区域"), lambda row: row.area.short_name, sort=("area__path",)),
        Column("unit", _("责任单位"), lambda row: row.data.get("unit_name"), sort=("data__unit_name",), width=30),
        Column("opened_on", _("立项"), lambda row: timezone.localdate(row.opened_at), sort=("opened_at",), shown=False),
        field("due_on", label=_("办结期限"), role=lists.DATE),
        Column("progress", _("进度"), lambda row: int(row.data.get("progress") or 0), sort=("data__progress",), role=lists.VALUE,
               unit="%", number=True, decimals=0),
        field("light", label=_("红黄绿"), shown=False),
        field("status", label=_("办件状态"), shown=False),
        Column("turn", _("现在轮到"), _turn, shown=False, width=30),
        Column("late", _("逾期"), _late, shown=False),
        Column("state", _("状态"), lambda row: None, html=_stand, role=lists.STATE, sort=("light",), excel=False),
    ]  # fmt: skip


SUPERVISION = Listing(
    code="plan-supervision",
    page="plan-supervision",
    title=gettext_lazy("督办事项"),
    rows=_supervised,
    columns=_supervised_columns,
    filters=_supervised_filters,
    search=("number", "title"),
    search_label=gettext_lazy("编号或标题"),
    order=("-id",),
    fetch=lambda asked, rows: with_steps(rows.select_related("opened_by", "origin").defer("state")),
    prepare=_with_hands,
    link=lambda row: reverse("cases-case", args=[row.number]),
    simulated=lambda row: row.simulated,
    empty=gettext_lazy("没有督办事项"),
    empty_icon="checklist",
    template="plan/supervision.html",
    context=lambda request, asked: {"turn_rule": supervision_words(), "may_supervise": _scene(asked).may_supervise},
    size=50,
)
