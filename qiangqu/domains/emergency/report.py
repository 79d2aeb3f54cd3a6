"""The report 情况报告 of an event as Word, in the form of GB/T 9704—2012. In Chinese only: it is an official paper. The page
itself is printed to PDF by the browser, as other records are.
"""

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import override

from qiangqu.base.chinese import date_words
from qiangqu.plan.official_paper import OfficialPaper

from .handling.logbook import checklist
from .models import Answer, EmergencyEvent, RequestState
from .nearest import threatened

MOST_ENTRIES = 300


def _moment(moment: dt.datetime) -> str:
    local = timezone.localtime(moment)
    return f"{date_words(local.date())}{local:%H:%M}"


def word(event: EmergencyEvent, user: Any) -> bytes:
    """The report as it stands now: what happened, how it was met, who answered, what was used, and the log."""
    with override("zh-hans"):
        return _word(event, user)


def _word(event: EmergencyEvent, user: Any) -> bytes:
    title = f"关于{event.title}的情况报告"
    paper = OfficialPaper(title)
    if event.simulated:
        paper.text("【模拟数据】")
    paper.head(event.area.name, event.number)
    paper.title(title)
    _what_happened(paper, event, user)
    _how_it_was_met(paper, event)
    _resources(paper, event)
    if event.cause or event.review:
        paper.level_1("四、原因和处置评估")
        paper.text(f"原因：{event.cause}")
        paper.text(f"评估：{event.review}")
        for one in event.findings.select_related("unit"):
            paper.text(f"问题{one.number}：{one.text}。责任单位：{one.unit.name}，整改期限：{date_words(one.due_on)}。")
    paper.attachments(["处置记录"])
    paper.signature(event.area.name, date_words(timezone.localdate()))
    paper.attachment("附件", "处置记录")
    rows = [
        (f"{timezone.localtime(one.happened_at):%m-%d %H:%M}", one.get_kind_display(), one.text, str(one.by or "—"))
        for one in event.entries.select_related("by").order_by("happened_at", "id")[:MOST_ENTRIES]
    ]
    paper.table(("时间", "类别", "内容", "记录人"), rows, (24, 22, 86, 24))
    return paper.data()


def _what_happened(paper: OfficialPaper, event: EmergencyEvent, user: Any) -> None:
    paper.level_1("一、基本情况")
    unit = f"发生单位：{event.organisation.name}。" if event.organisation is not None else ""
    paper.text(
        f"{_moment(event.happened_at)}，{event.place}（东经{event.lon:.5f}度，北纬{event.lat:.5f}度）发生{event.get_hazard_display()}，"
        f"定为{event.get_grade_display()}。{unit}接报情况：{event.report}"
    )
    hit = threatened(event, user)
    paper.text(
        f"截至{_moment(event.ended_at or timezone.now())}，死亡{event.dead}人、失踪{event.missing}人、受伤{event.injured}人，转移{event.evacuated}人。"
        f"警戒半径{event.radius}米，范围内登记的防护目标{len(hit)}处、{sum(one.people for one, _far in hit)}人。"
    )


def _how_it_was_met(paper: OfficialPaper, event: EmergencyEvent) -> None:
    paper.level_1("二、响应和处置")
    plan = f"启动《{event.plan.name}》（{event.plan.edition}）。" if event.plan is not None else "没有适用的预案。"
    ended = f"{_moment(event.ended_at)}终止响应：{event.ended_because}。" if event.ended_at else "响应仍在进行。"
    calls = list(event.calls.all())
    answered = [one for one in calls if one.answer != Answer.NONE]
    comes = sum(one.answer == Answer.COMES for one in answered)
    paper.text(
        f"{_moment(event.opened_at)}登记。{plan}通知{len(calls)}人，{len(answered)}人答复，{comes}人前往。{ended}"
    )
    rows = [
        (
            one.duty, one.person, str(one.get_answer_display()) + ("（电话）" if one.entered_by_id else ""),
            f"{round((one.answered_at - one.called_at).total_seconds() / 60)}" if one.answered_at else "—", one.said or "—",
        )
        for one in calls
    ]  # fmt: skip
    if rows:
        paper.table(("职责", "姓名", "答复", "用时（分钟）", "说明"), rows, (34, 24, 34, 24, 40))
    steps = checklist(event)
    if steps:
        paper.level_2("（一）预案步骤")
        table = [
            (
                str(one.step.number), one.step.act, one.step.duty, str(one.step.minutes),
                str(one.taken) if one.taken is not None else "未做", "逾时" if one.late else "按时" if one.entry else "—",
            )
            for one in steps
        ]  # fmt: skip
        paper.table(("序", "步骤", "职责", "时限（分）", "实际（分）", "评价"), table, (10, 70, 26, 18, 18, 14))


def _resources(paper: OfficialPaper, event: EmergencyEvent) -> None:
    paper.level_1("三、资源调用")
    asked = event.requests.select_related("team__place", "equipment__place", "batch__place", "batch__item")
    rows = [
        (
            one.title, str(one.thing.place), f"{one.minutes:.0f}" if one.minutes is not None else "无路",
            str(one.get_state_display()) + ("" if one.state != RequestState.RETURNED or one.returned is None else f"（还{one.returned}）"),
            one.receiver or "—",
        )
        for one in asked.order_by("number")
    ]  # fmt: skip
    if not rows:
        paper.text("没有调用资源。")
        return
    paper.table(("资源", "来自", "预计（分钟）", "状态", "接收人"), rows, (52, 40, 22, 26, 16))
    paper.text(f"时间依据：{asked[0].basis}。")
