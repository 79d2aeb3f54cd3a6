"""The catalogue of indicators as a list, each with its latest value in the area that is looked at."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.visibility import is_own_only
from qiangqu.facts import subjects
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action, may
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing

from . import browse
from .models import Basis, Direction, Indicator
from .templatetags.indicators import opened_value


def place_of(asked: Asked) -> Area:
    """The area whose values are shown. Who speaks for an enterprise sees no indicators: their rows are other
    enterprises'.
    """
    area: Area | None = asked.area or getattr(asked.request, "area", None) or asked.user.area
    if area is None or is_own_only(asked.user):
        raise PermissionDenied
    return area


def _rows(asked: Asked) -> Any:
    place_of(asked)
    return Indicator.objects.all()


def _with_values(asked: Asked, rows: list[Any]) -> list[Any]:
    for row, latest in zip(rows, browse.latest_values(rows, place_of(asked), asked.today), strict=True):
        row.latest = latest
    return rows


def _opened(area: Area, row: Any) -> Any:
    latest = row.latest
    if latest.period is None:
        return format_html('<span title="{}">—</span>', _("没有数据"))
    return opened_value(row.code, area.code, latest.period.code, latest.value, row.decimals)


def _kinds() -> list[tuple[str, Any]]:
    return [(one.code, one.title) for one in subjects.subjects()]


def _columns(asked: Asked) -> Sequence[Column]:
    area, bases, kinds = place_of(asked), dict(Basis.choices), dict(_kinds())
    return [
        lists.column(Indicator, "name", role=lists.NAME, note=lambda row: row.code, verbatim=True, width=36),
        Column("value", _("%(area)s最新值") % {"area": area.short_name or area.name}, lambda row: row.latest.value,
               html=lambda row: _opened(area, row), number=True, role=lists.VALUE),
        lists.column(Indicator, "unit", verbatim=True),
        Column("period", _("时期"), lambda row: row.latest.period.label if row.latest.period else None, role=lists.DATE),
        Column("basis", _("数据基础"), lambda row: str(bases[row.latest.basis]) if row.latest.basis else None),
        Column("description", _("说明"), lambda row: row.description, text=lambda row: _short(row.description), verbatim=True, width=60),
        lists.column(Indicator, "direction", shown=False),
        Column("subject", _("取值对象"), lambda row: str(kinds.get(row.subject, row.subject)), sort=("subject",), shown=False),
        lists.column(Indicator, "code", shown=False, verbatim=True, width=28),
        lists.column(Indicator, "formula", shown=False, verbatim=True, width=80),
        lists.column(Indicator, "source", shown=False, verbatim=True, width=40),
    ]  # fmt: skip


def _short(text: str) -> str:
    return f"{text[:89]}…" if len(text) > 90 else text or "—"


def _filters(asked: Asked) -> lists.filters.Filters:
    used = set(Indicator.objects.order_by().values_list("subject", flat=True).distinct())
    kinds = [(code, title) for code, title in _kinds() if code in used]
    return lists.choice("subject", _("取值对象"), kinds) | lists.choice("direction", _("方向"), Direction.choices)


INDICATORS = Listing(
    code="indicators",
    page="indicators",
    title=gettext_lazy("指标"),
    rows=_rows,
    columns=_columns,
    filters=_filters,
    search=lambda rows, text: browse.search(text, rows),
    search_label=gettext_lazy("名称、代码或说明"),
    order=("order", "code"),
    prepare=_with_values,
    link=lambda row: reverse("indicator-detail", args=[row.code]),
    simulated=lambda row: row.latest.simulated,
    context=lambda request, _asked: {"may_edit": may(request.user, Action.EDIT_INDICATORS)},
    template="formulas/indicators.html",
    empty=gettext_lazy("没有符合条件的指标"),
    size=50,
)
