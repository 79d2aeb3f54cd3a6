"""The monthly bulletin 督查通报 as Word in the form of GB/T 9704—2012. In Chinese only: it is an official paper."""

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import override

from qiangqu.cases.models import Case, Light
from qiangqu.registry.models import Area

from .briefing import chinese_date
from .models import Plan
from .official_paper import OfficialPaper
from .scoreboard import UnitScore

LIGHTS = {Light.GREEN: "绿", Light.YELLOW: "黄", Light.RED: "红"}
MAX_ROWS = 500


def build(
    plan: Plan,
    area: Area,
    month: dt.date,
    cases: Sequence[Case],
    scores: Sequence[UnitScore],
    *,
    issuer: str = "",
    number: str = "",
    day: dt.date | None = None,
) -> bytes:
    """The bulletin of ``month`` (any day of it): what was opened, closed and is open now, and the points of units, both as of ``day``."""
    with override("zh-hans"):
        return _build(plan, area, month, cases, scores, issuer or area.name, number, day or timezone.localdate())


def _build(
    plan: Plan,
    area: Area,
    month: dt.date,
    cases: Sequence[Case],
    scores: Sequence[UnitScore],
    issuer: str,
    number: str,
    day: dt.date,
) -> bytes:
    name = f"{month.year}年{month.month}月"
    title = f"关于{name}督查督办情况的通报"
    paper = OfficialPaper(title)
    paper.head(issuer, number or f"〔{month.year}〕　　号")
    paper.title(title)
    paper.addressees("各责任单位")
    opened = [one for one in cases if _within(one.opened_at, month)]
    closed = [one for one in cases if one.status == "closed" and one.closed_at and _within(one.closed_at, month)]
    running = [one for one in cases if one.running]
    red = [one for one in running if one.light == Light.RED]
    paper.text(f"现将{area.name}《{plan.title or plan.name}》{name}督查督办情况通报如下。")
    if any(one.simulated for one in cases):
        paper.text("本通报所列事项含由模拟数据立项的，仅供演示，不作为考核依据。")
    paper.level_1("一、总体情况")
    paper.text(
        f"{name}新立项{len(opened)}件，办结{len(closed)}件。截至{chinese_date(day)}在办{len(running)}件，其中红灯{len(red)}件。"
    )
    paper.level_1("二、红灯事项")
    for one in red[:40]:
        due = f"期限{chinese_date(one.due_on)}。" if one.due_on else ""
        mark = "（模拟）" if one.simulated else ""
        paper.text(f"{one.title}{mark}：责任单位{one.data.get('unit_name', '')}，{due}")
    if not red:
        paper.text("无。")
    paper.level_1("三、有关要求")
    paper.text("红灯事项的责任单位应立即报告办理情况；退回重报的应逐项补正。")
    paper.attachments(["督办事项表", "单位积分表"])
    paper.signature(issuer, chinese_date(day))
    paper.attachment("附件1", "督办事项表")
    listed = [one for one in cases if one.running or one in opened or one in closed][:MAX_ROWS]
    rows = [
        (
            one.number,
            one.title + ("（模拟）" if one.simulated else ""),
            str(one.data.get("unit_name", "")),
            chinese_date(one.due_on) if one.due_on else "—",
            f"{one.data.get('progress', 0)}%",
            LIGHTS.get(Light(one.light), "") if one.running else one.get_status_display(),
        )
        for one in listed
    ]
    if rows:
        paper.table(("编号", "事项", "责任单位", "期限", "进度", "状态"), rows, (30, 44, 30, 24, 14, 14))
    else:
        paper.text("无。")
    paper.attachment("附件2", "单位积分表")
    units = [
        (
            one.name + ("（模拟）" if one.simulated else ""),
            *(str(n) for n in (one.open, one.on_time, one.late, one.returned)),
            "—" if one.points is None else f"{one.points:g}",
            one.reasoning,
        )
        for one in scores
    ]
    if units:
        header = ("单位", "在办", "按期办结", "逾期", "退回", "积分", "计算")
        paper.table(header, units, (34, 12, 14, 12, 12, 14, 58))
    else:
        paper.text("无。")
    return paper.data()


def _within(moment: dt.datetime, month: dt.date) -> bool:
    day = timezone.localdate(moment)
    return (day.year, day.month) == (month.year, month.month)
