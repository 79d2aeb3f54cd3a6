"""The monthly bulletin 督查通报 as Word in the form of GB/T 9704—2012. In Chinese only: it is an official
paper.
"""

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import override

from qiangqu.base.chinese import date_words
from qiangqu.cases.models import Case, Light
from qiangqu.registry.models import Area

from .hands import Hands, hands_of
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
    """The bulletin of ``month`` (any day of it): what was opened, closed and is open now, and the points of
    units, both as of ``day``.
    """
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
    hands = {one.pk: hands_of(one, day) for one in cases}
    red = [one for one in running if one.light == Light.RED and hands[one.pk].unit_has]
    judging = [one for one in running if hands[one.pk].judge_has]
    unjudged = [one for one in judging if hands[one.pk].judge_late_now]
    paper.text(f"现将{area.name}《{plan.title or plan.name}》{name}督查督办情况通报如下。")
    if any(one.simulated for one in cases):
        paper.text("本通报所列事项含由模拟数据立项的，仅供演示，不作为考核依据。")
    paper.level_1("一、总体情况")
    paper.text(
        f"{name}新立项{len(opened)}件，办结{len(closed)}件。截至{date_words(day)}在办{len(running)}件，其中红灯{len(red)}件，"
        f"已报告待评判{len(judging)}件（评判逾期{len(unjudged)}件）。"
    )
    paper.level_1("二、红灯事项")
    for one in red[:40]:
        due = f"期限{date_words(one.due_on)}。" if one.due_on else ""
        mark = "（模拟）" if one.simulated else ""
        paper.text(f"{one.title}{mark}：责任单位{one.data.get('unit_name', '')}，{due}")
    if not red:
        paper.text("无。")
    paper.level_1("三、评判逾期事项")
    for one in unjudged[:40]:
        mark = "（模拟）" if one.simulated else ""
        paper.text(
            f"{one.title}{mark}：{one.data.get('unit_name', '')}已报告，由{hands[one.pk].judge[1]}评判，评判已超过时限。"
        )
    if not unjudged:
        paper.text("无。")
    paper.level_1("四、有关要求")
    paper.text("红灯事项的责任单位应立即报告办理情况；退回重报的应逐项补正；评判逾期的督办单位应立即评判。")
    paper.text(
        "逾期按谁手里有这一步计算：报告在责任单位，评判在督办单位；单位报告以后、评判以前的时间不计责任单位逾期。"
    )
    paper.attachments(["督办事项表", "单位积分表"])
    paper.signature(issuer, date_words(day))
    paper.attachment("附件1", "督办事项表")
    listed = [one for one in cases if one.running or one in opened or one in closed][:MAX_ROWS]
    rows = [
        (
            one.number,
            one.title + ("（模拟）" if one.simulated else ""),
            str(one.data.get("unit_name", "")),
            date_words(one.due_on) if one.due_on else "—",
            f"{one.data.get('progress', 0)}%",
            _standing(one, hands[one.pk]),
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
            *(str(n) for n in (one.open, one.on_time, one.late, one.returned, one.judge_late)),
            "—" if one.points is None else f"{one.points:g}",
            one.reasoning,
        )
        for one in scores
    ]
    if units:
        header = ("单位", "在办", "按期办结", "逾期", "退回", "评判逾期", "积分", "计算")
        paper.table(header, units, (32, 11, 13, 11, 11, 13, 13, 52))
    else:
        paper.text("无。")
    return paper.data()


def _standing(case: Case, hands: Hands) -> str:
    """The light of the unit's task; while it is judged, that."""
    if not case.running:
        return str(case.get_status_display())
    if hands.judge_has:
        return "评判逾期" if hands.judge_late_now else "待评判"
    return LIGHTS.get(Light(case.light), "")


def _within(moment: dt.datetime, month: dt.date) -> bool:
    day = timezone.localdate(moment)
    return (day.year, day.month) == (month.year, month.month)
