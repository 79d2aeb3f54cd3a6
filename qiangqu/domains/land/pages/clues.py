"""Clues of idle and little-used land: the list with what each parcel would bring, and the page of one."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.visibility import seen
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.roles import Action
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing, Tab

from ..handling import CLUES, FOUND
from ..idle import rule, settings, unused
from ..models import Clue, ClueState
from ..models.use import OPEN
from ..parcels import bounds_around
from ..potential import PerMu, gain, measures, per_mu

COLOURS = {
    ClueState.SUSPECTED: "amber", ClueState.INVESTIGATED: "blue", ClueState.DETERMINED: "red", ClueState.FEE: "red",
    ClueState.EXTENDED: "blue", ClueState.TAKEN_BACK: "grey", ClueState.SUPPLIED: "green", ClueState.DISMISSED: "grey",
}  # fmt: skip


def _known(asked: Asked, code: str) -> PerMu:
    found: PerMu = asked.once(code, lambda: per_mu(measures()[code], asked.today))
    return found


def _columns(asked: Asked) -> list[Column]:
    def gained(code: str) -> Any:
        return lambda row: gain(row.parcel, measures()[code], _known(asked, code), unused(row.rule))

    return [
        lists.column(
            Clue,
            "parcel__code",
            label=_("宗地"),
            role=lists.NAME,
            verbatim=True,
            width=24,
            note=lambda row: row.parcel.holder or "",
        ),
        Column("rule", _("线索"), lambda row: rule(row.rule)["title"], sort=("rule",), width=30),
        lists.column(Clue, "state", role=lists.STATE, badge=lambda row: COLOURS[row.state]),
        lists.column(Clue, "days"),
        lists.column(Clue, "parcel__land_area", label=_("面积"), unit=_("亩"), decimals=1),
        Column(
            "output", _("盘活可增产值"), gained("output"), unit=_("万元/年"), decimals=0, number=True, role=lists.VALUE
        ),
        Column("tax", _("盘活可增税收"), gained("tax"), unit=_("万元/年"), decimals=1, number=True),
        lists.column(Clue, "found_on", role=lists.DATE),
        lists.column(Clue, "due_on", shown=False),
        lists.column(Clue, "parcel__area__name", label=_("园区"), shown=False, width=30),
    ]


def _rows(asked: Asked) -> Any:
    rows = seen(Clue.objects.all(), asked.user, asked.area)
    return rows.filter(state__in=OPEN) if asked.tab != "all" else rows


def _intro(asked: Asked) -> str:
    known = _known(asked, "output")
    if not known.period:
        return _("还没有企业亩均产值，无法计算盘活后的增量。")
    words = {"period": known.period}
    return (
        _(
            "线索由规则按合同、投资和用电找出，认定由人作出。可增产值、税收按所在园区 %(period)s 企业亩均的中位数减去现状（未动工、停工、空置的按 0 计），乘以面积；现状已不低于中位数的不计。"
        )
        % words
    )


CLUE_LIST = Listing(
    code="land-clues",
    page="land-clues",
    title=gettext_lazy("闲置低效用地"),
    tabs=lambda asked: [Tab("open", _("待处置")), Tab("all", _("全部"))],
    rows=_rows,
    columns=_columns,
    filters=lambda asked: (
        lists.choice("state", _("状态"), ClueState.choices)
        | lists.choice("rule", _("线索"), [(one["id"], one["title"]) for one in settings()["rules"]])
        | lists.numbers("parcel__land_area", _("面积（亩）"))
    ),
    search=("parcel__code", "parcel__holder__name"),
    # the largest first: they close most of the gap
    order=("-parcel__land_area", "pk"),
    related=("parcel__holder", "parcel__area"),
    link=lambda row: reverse("land-clue", args=[row.pk]),
    simulated=lambda row: row.simulated,
    intro=_intro,
    empty=gettext_lazy("没有闲置低效用地的线索"),
    empty_icon="map-2",
)


def about(one: Clue, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a clue shows."""
    return {
        "record": one,
        "rule": rule(one.rule),
        "stops": list(one.contract.stops.all()) if one.contract is not None else [],
        "gains": [
            (
                known.title,
                gain(one.parcel, known, per_mu(known, timezone.localdate(), one.parcel.area_id), unused(one.rule)),
            )
            for known in (measures()["output"], measures()["tax"])
        ],
        "files": list(one.files.filter(removed_at=None).select_related("by")),
        "bounds": bounds_around(one.parcel),
        "acts": [form for form in forms() if may[form["name"].replace("-", "_")]],
    }


def forms() -> list[dict[str, Any]]:
    """The acts on a clue as forms: name, heading, fields (name, label, kind, must), whether files come along."""
    document = ("document", _("文号"), "text", True)
    cause = [("holder", _("使用权人原因")), ("government", _("政府原因或不可抗力"))]
    return [
        {"name": "investigate", "title": _("发调查通知书"), "fields": [document, ("day", _("日期"), "date", False)], "files": True},
        {"name": "determine", "title": _("认定"), "fields": [document], "choice": ("cause", _("原因"), cause), "files": True},
        {"name": "charge-fee", "title": _("征缴闲置费"), "fields": [document], "files": True},
        {"name": "extend", "title": _("延期"), "fields": [document, ("until", _("新的开工期限"), "date", True)], "files": True},
        {"name": "take-back", "title": _("收回"), "fields": [document, ("hearing", _("听证情况（已告知、申请与否、结果）"), "text", True)], "files": True},
        {"name": "supply-again", "title": _("重新供应"), "fields": [("document", _("新合同编号"), "text", True)], "files": True},
        {"name": "stop-clock", "title": _("登记停算期间"), "fields": [("first", _("停算起"), "date", True), ("last", _("停算止"), "date", False), ("cause", _("原因"), "text", True)]},
        {"name": "explain", "title": _("使用权人的说明"), "fields": [("text", _("说明"), "text", True)], "files": True},
        {"name": "dismiss", "title": _("不属闲置低效，结束"), "fields": [("reason", _("理由"), "text", True)], "files": True},
    ]  # fmt: skip


CLUE = RecordPage(of=FOUND, acts=CLUES, action=Action.VIEW, template="land/clue.html", context=about)
