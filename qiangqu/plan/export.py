"""Lists of the plan as Excel files."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from qiangqu.ui.spreadsheets import write_xlsx
from qiangqu.ui.templatetags.quantities import status_word

from .track import TargetStatus

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attachment(data: bytes, name: str, content_type: str) -> HttpResponse:
    """A file to be saved, never shown in the page."""
    return HttpResponse(
        data,
        content_type=content_type,
        headers={
            "Content-Disposition": _disposition(name),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


def _disposition(name: str) -> str:
    from django.utils.http import content_disposition_header

    return content_disposition_header(True, name) or "attachment"


def targets_workbook(rows: Sequence[TargetStatus], scene: Any) -> HttpResponse:
    """The target list as shown."""
    header = [
        _("代码"), _("目标"), _("举措"), _("比较"), _("目标值"), _("上限"), _("单位"), _("目标年"), _("基数"), _("现应达到"), _("实际"), _("时期"),
        _("模拟数据"), _("预测"), _("预测下限"), _("预测上限"), _("概率"), _("状态"), _("说明"), _("责任单位"),
    ]  # fmt: skip
    cells = [
        [
            one.code, one.name, one.measure or "", one.comparator, one.target, one.target_max, one.unit, one.year, one.verdict.base,
            one.verdict.required_now, one.value, one.value_period, _("是") if one.simulated else "", one.forecast.mean, one.forecast.low,
            one.forecast.high, one.chance, status_word(one.state), one.verdict.reason, "、".join(one.units),
        ]
        for one in rows
    ]  # fmt: skip
    out = BytesIO()
    write_xlsx(out, _("目标"), header, cells)
    return attachment(out.getvalue(), f"{_('目标进展')}-{scene.area.short_name}-{scene.day}.xlsx", XLSX)
