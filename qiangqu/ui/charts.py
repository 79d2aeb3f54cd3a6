"""Data of the charts. Pages build these dictionaries and show them by ``{% chart kind data … %}``
(``templatetags/shell.py``); ``static/ui/charts.js`` draws them. A value that is not known is None: a gap in
the line, a dash in the table, never 0.

Every chart takes ``unit`` (beside the axis), ``decimals``, ``source`` (a line below), ``simulated`` (shows
模拟数据).
"""

from typing import Any, Literal, TypedDict

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

Kind = Literal["target-path", "line", "bar", "ranking", "waterfall", "map", "sparkline", "gauge"]
KINDS: tuple[str, ...] = ("target-path", "line", "bar", "ranking", "waterfall", "map", "sparkline", "gauge")
Values = list[float | None]


class Common(TypedDict, total=False):
    unit: str
    decimals: int
    source: str
    simulated: bool


class TargetPath(Common, total=False):
    """Required path against observed values and the forecast band; all lists are aligned with ``x`` (period
    labels).

    ``target`` is drawn as a horizontal line labelled ``target_label``; ``direction`` ">=" or "<=" tells which
    side is reached.
    """

    x: list[str]
    required: Values
    observed: Values
    forecast: Values
    low: Values
    high: Values
    target: float | None
    target_label: str
    direction: str


class Series(TypedDict, total=False):
    name: str
    values: Values
    dashed: bool


class Lines(Common, total=False):
    """``line`` and ``bar``: series over ``x``. ``stacked`` is for bars; ``zero`` makes the axis start at 0
    (bars always do).
    """

    x: list[str]
    series: list[Series]
    stacked: bool
    zero: bool


class Item(TypedDict, total=False):
    """One bar. ``url`` opens on click; ``total`` marks the first and last bar of a waterfall."""

    name: str
    value: float | None
    url: str
    total: bool


class Items(Common, total=False):
    """``ranking`` (drawn in the order given) and ``waterfall``; ``target`` draws a line across a ranking."""

    items: list[Item]
    target: float | None


class MapArea(TypedDict, total=False):
    """A city: ``name`` as in the outline (full name, 银川市)."""

    name: str
    value: float | None
    url: str


class MapPoint(TypedDict, total=False):
    """A zone: degrees; ``value`` sets its size, ``status`` (done on_track at_risk off_track no_data) its
    colour and shape.
    """

    name: str
    lon: float
    lat: float
    value: float | None
    status: str
    url: str


class Map(Common, total=False):
    """``outline`` and ``outline_note`` (printed beside the map) are those of :mod:`qiangqu.ui.maps`."""

    outline: str | None
    outline_note: str
    areas: list[MapArea]
    points: list[MapPoint]
    value_name: str
    point_name: str
    point_unit: str


class Sparkline(Common, total=False):
    values: Values
    x: list[str]


class Gauge(Common, total=False):
    """Progress from ``base`` (default 0) to ``target``."""

    value: float | None
    base: float
    target: float


def words() -> dict[str, str]:
    """The words that charts.js writes, in the reader's language."""
    return {
        "required": _("要求路径"),
        "observed": _("实际"),
        "forecast": _("预测"),
        "band": _("预测区间"),
        "target": _("目标"),
        "unit": pgettext("measure", "单位"),
        "source": _("来源"),
        "simulated": _("模拟数据"),
        "sketch": _("示意图"),
        "data": _("数据表"),
        "period": _("时期"),
        "name": _("名称"),
        "value": _("数值"),
        "none": _("暂无数据"),
        "low": _("下限"),
        "high": _("上限"),
        "up": _("增加"),
        "down": _("减少"),
        "total": _("合计"),
        "less": _("低"),
        "more": _("高"),
        "failed": _("图表未能显示，请刷新页面"),
        "done": _("已完成"),
        "on_track": _("正常"),
        "at_risk": _("预警"),
        "off_track": _("滞后"),
        "no_data": _("无数据"),
    }


def check(kind: str, data: Any) -> None:
    """Raise ValueError when a page asks for a chart that does not exist or gives lists that are not
    aligned.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no chart of kind {kind!r}; kinds: {', '.join(KINDS)}")
    if kind == "target-path":
        for name in ("required", "observed", "forecast", "low", "high"):
            if data.get(name) and len(data[name]) != len(data["x"]):
                raise ValueError(f"chart target-path: {name} has {len(data[name])} values for {len(data['x'])} periods")
    if kind in ("line", "bar"):
        for series in data["series"]:
            if len(series["values"]) != len(data["x"]):
                raise ValueError(
                    f"chart {kind}: series {series.get('name')} has {len(series['values'])} values for {len(data['x'])} periods"
                )
