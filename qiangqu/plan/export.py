"""Lists of the plan as Excel files."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from qiangqu.base.terms import listed
from qiangqu.ui.files import workbook
from qiangqu.ui.templatetags.quantities import status_word

from .rule import percent
from .spec import number
from .track import TargetStatus


def _shown(value: float | None, one: TargetStatus) -> float | None:
    """A figure as pages show it: with the decimals of its indicator, not those of its binary sum."""
    return None if value is None else round(value, one.decimals)


def _beside(one: TargetStatus) -> str:
    if one.beside is None:
        return ""
    said = _("模拟数据") if one.beside.simulated else _("发布数据")
    return f"{said} {one.beside.period.label} {number(one.beside.value, one.decimals)}{one.unit}"


def _expected(one: TargetStatus) -> tuple[int | float | str | None, ...]:
    """What the running year is expected to end with, never in the column of what was observed."""
    found = one.expected
    if found is None:
        return (None,) * 6
    made, judged = found.forecast, _("是") if one.verdict.by_expected else _("否")
    return (
        found.period.year,
        *(_shown(value, one) for value in (made.mean, made.low, made.high)),
        judged,
        found.method,
    )


def targets_workbook(rows: Sequence[TargetStatus], scene: Any) -> HttpResponse:
    """The target list as shown."""
    header = [
        _("代码"), _("目标"), _("举措"), _("比较"), _("目标值"), _("上限"), _("单位"), _("目标年"), _("基数"), _("现应达到"), _("实际"), _("时期"),
        _("模拟数据"), _("预测"), _("预测下限"), _("预测上限"), _("概率（%）"), _("状态"), _("说明"), _("责任单位"), _("对照数据"),
        _("预计年度"), _("全年预计"), _("预计下限"), _("预计上限"), _("按预计判断"), _("预计依据"),
    ]  # fmt: skip
    cells = [
        [
            one.code, one.name, one.measure or "", one.comparator, one.target, one.target_max, one.unit, one.year,
            *(_shown(value, one) for value in (one.verdict.base, one.verdict.required_now, one.value)), one.value_period,
            _("是") if one.simulated else "", *(_shown(value, one) for value in (one.forecast.mean, one.forecast.low, one.forecast.high)),
            None if one.chance is None else percent(one.chance), status_word(one.state), one.verdict.reason, listed(one.units), _beside(one),
            *_expected(one),
        ]
        for one in rows
    ]  # fmt: skip
    return workbook(f"{_('目标进展')}-{scene.area.short_name}-{scene.day}.xlsx", _("目标"), header, cells)
