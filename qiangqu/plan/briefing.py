"""The briefing 通报: where the plan stands, which targets lag, who is responsible and what each owes by when.
In Chinese only: it is an official paper."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import override

from qiangqu.base.chinese import date_words, numeral
from qiangqu.registry.models import Area

from .models import Effort, Plan
from .official_paper import OfficialPaper
from .progress import GRACE_DAYS, MeasureStatus
from .rule import percent, words
from .spec import difference_unit, number
from .track import TargetStatus, rules_of, state_counts

WORDS = {
    "done": "已完成",
    "on_track": "正常",
    "at_risk": "预警",
    "off_track": "滞后",
    "stale": "待更新",
    "no_data": "无数据",
}
MAX_NAMED = 40  # targets that are gone through in the text; all are in the table


def report_day(plan: Plan, as_of: dt.date) -> dt.date:
    """By when units owe the next report: the end of the reporting period that runs on ``as_of``, and the days
    of grace.
    """
    months = max(plan.report_months, 1)
    last = -(-as_of.month // months) * months
    year, month = (as_of.year, last) if last <= 12 else (as_of.year + 1, last - 12)
    first_after = dt.date(year + 1, 1, 1) if month == 12 else dt.date(year, month + 1, 1)
    return first_after + dt.timedelta(days=GRACE_DAYS - 1)


def _amount(one: TargetStatus, value: float | None) -> str:
    return "—" if value is None else f"{number(value, one.decimals)}{one.unit}"


def _goal(one: TargetStatus) -> str:
    if one.target is None:
        return "待下达"
    if one.target_max is not None:
        return f"{number(one.target, one.decimals)}—{_amount(one, one.target_max)}"
    return f"{one.comparator.replace('>=', '≥').replace('<=', '≤')}{_amount(one, one.target)}"


def _value(one: TargetStatus) -> str:
    if one.value is None or one.verdict.current is None:
        return "—"
    mark = "（模拟）" if one.verdict.current.simulated else ""
    text = f"{_amount(one, one.value)}{mark}"
    if one.beside is not None:
        sort = "模拟" if one.beside.simulated else "发布"
        text += f"（对照：{one.beside.period.label}{sort}{_amount(one, one.beside.value)}）"
    return text


def _expected(one: TargetStatus) -> str:
    """What the year is expected to end with where the target is judged by that."""
    found = one.expected
    if found is None or not one.verdict.by_expected:
        return ""
    made, mark = found.forecast, "（模拟）" if found.simulated else ""
    span = f"{number(made.low, one.decimals)}—{number(made.high, one.decimals)}"
    return f"；{found.period.year}年预计{_amount(one, found.value)}{mark}（{span}，按{found.basis.label}）"


def owed_by(one: TargetStatus, as_of: dt.date) -> tuple[dt.date, float | None]:
    """The day by which a lagging target is to be caught up, and the value then: the end of the running year,
    at most of the target year.
    """
    year = min(as_of.year, one.year)
    path = one.verdict.path
    return dt.date(year, 12, 31), path.at(year + 1.0) if path is not None else one.target


def _paragraph(one: TargetStatus, as_of: dt.date) -> str:
    day, wanted = owed_by(one, as_of)
    text = f"{one.verdict.reason}。"
    if one.units:
        text += f"责任单位：{'、'.join(one.units[:8])}{'等' if len(one.units) > 8 else ''}。"
    if wanted is not None:
        text += f"应于{date_words(day)}前达到{_amount(one, wanted)}。"
    if one.simulated:
        text += "（以上含模拟数据，不作为依据。）"
    return text


def build(
    plan: Plan,
    statuses: Sequence[TargetStatus],
    measures: Sequence[MeasureStatus],
    as_of: dt.date,
    area: Area,
    *,
    issuer: str = "",
    document_number: str = "",
) -> bytes:
    """The briefing as .docx. ``issuer`` defaults to the plan's; a missing ``document_number`` is left open
    for the registry to fill in.
    """
    with override("zh-hans"):
        return _build(plan, statuses, measures, as_of, area, issuer or plan.issuer or area.name, document_number)


def _build(
    plan: Plan,
    statuses: Sequence[TargetStatus],
    measures: Sequence[MeasureStatus],
    as_of: dt.date,
    area: Area,
    issuer: str,
    document_number: str,
) -> bytes:
    name = plan.name
    title = f"关于{name}目标进展情况的通报"
    paper = OfficialPaper(title)
    paper.head(issuer, document_number or f"〔{as_of.year}〕　　号")
    paper.title(title)
    paper.addressees("各责任单位")
    numbers = state_counts(statuses)
    off = [one for one in statuses if one.state == "off_track"]
    risk = [one for one in statuses if one.state == "at_risk"]
    paper.text(
        f"为推动{f'《{plan.title}》' if plan.title else name}{f'（{plan.document_number}）' if plan.document_number else ''}"
        f"落实，现将{area.name}截至{date_words(as_of)}的目标进展情况通报如下。"
    )
    if any(one.simulated for one in statuses):
        paper.text("本通报中注明“模拟”的数据由系统生成，仅供演示，不作为考核依据。")
    paper.level_1("一、总体情况")
    strive = sum(one.effort == Effort.STRIVE for one in statuses)
    paper.text(
        f"量化目标共{len(statuses)}项（其中力争目标{strive}项），"
        + "，".join(f"{WORDS[state]}{count}项" for state, count in numbers.items())
        + "。"
    )
    lights: dict[str, int] = defaultdict(int)
    for measure in measures:
        lights[measure.state] += 1
    if measures:
        paper.text(
            f"举措共{len(measures)}条，其中绿灯{lights['on_track'] + lights['done']}条，黄灯{lights['at_risk']}条，"
            f"红灯{lights['off_track']}条，尚无数据和报告{lights['no_data']}条。"
        )
    stale = [one for one in statuses if one.state == "stale"]
    if stale:
        paper.text(f"下列目标的数据已陈旧，不作判断，有关单位应尽快报送：{'、'.join(one.name for one in stale)}。")
    paper.text("判断规则见附件3。")
    _lagging(paper, "二、滞后目标", off, as_of)
    _lagging(paper, "三、预警目标", risk, as_of)
    _demands(paper, plan, off, risk, measures, as_of)
    paper.attachments(["量化目标进展情况表", "责任单位应办事项表", "状态判断规则"])
    paper.signature(issuer, date_words(as_of))
    _target_table(paper, statuses)
    _unit_table(paper, plan, [*off, *risk], as_of)
    paper.attachment("附件3", "状态判断规则")
    for sentence in words(rules_of(plan)):
        paper.text(sentence)
    return paper.data()


def _lagging(paper: OfficialPaper, heading: str, lagging: Sequence[TargetStatus], as_of: dt.date) -> None:
    paper.level_1(heading)
    if not lagging:
        paper.text("无。")
    for at, one in enumerate(lagging[:MAX_NAMED], start=1):
        paper.level_2(f"（{numeral(at)}）{one.name}（目标{_goal(one)}）。", _paragraph(one, as_of))
    if len(lagging) > MAX_NAMED:
        paper.text(f"其余{len(lagging) - MAX_NAMED}项见附件1。")


def _demands(
    paper: OfficialPaper,
    plan: Plan,
    off: Sequence[TargetStatus],
    risk: Sequence[TargetStatus],
    measures: Sequence[MeasureStatus],
    as_of: dt.date,
) -> None:
    paper.level_1("四、有关要求")
    due = date_words(report_day(plan, as_of))
    if off:
        paper.text(f"滞后目标的牵头单位应于{due}前报送原因分析和追赶措施，逐项明确责任人和完成时限。")
    if risk:
        paper.text("预警目标的牵头单位应逐月核对进度，发现继续落后的及时调整措施。")
    late = sorted({str(unit) for measure in measures for unit in measure.overdue})
    if late:
        paper.text(f"{'、'.join(late)}应补报逾期的进展报告。")
    missing = [one for one in (*off, *risk) if one.simulated]
    if missing:
        paper.text("目前以模拟数据显示的目标，有关单位应尽快报送实际数据。")
    paper.text(f"各牵头单位的下一次进展报告应于{due}前报送，应办事项见附件2。")


def _target_table(paper: OfficialPaper, statuses: Sequence[TargetStatus]) -> None:
    paper.attachment("附件1", "量化目标进展情况表")
    rows = [
        (
            str(at),
            one.name + ("（力争）" if one.effort == Effort.STRIVE else ""),
            _goal(one),
            _amount(one, one.verdict.required_now),
            _value(one) + _expected(one),
            one.verdict.current.period.label if one.verdict.current else "—",
            WORDS[one.state],
            "—" if one.chance is None else f"{percent(one.chance)}%",
            one.units[0] if one.units else "—",
        )
        for at, one in enumerate(statuses, start=1)
    ]
    header = ("序号", "目标", "目标值", "现应达到", "实际", "数据时期", "状态", "概率", "牵头单位")
    paper.table(header, rows, (9, 32, 20, 18, 22, 15, 11, 10, 19))


def _unit_table(paper: OfficialPaper, plan: Plan, lagging: Sequence[TargetStatus], as_of: dt.date) -> None:
    paper.attachment("附件2", "责任单位应办事项表")
    by_unit: dict[str, list[TargetStatus]] = defaultdict(list)
    for one in lagging:
        if one.units:
            by_unit[one.units[0]].append(one)
    rows = []
    for unit, owed in sorted(by_unit.items(), key=lambda pair: -len(pair[1])):
        for one in owed:
            day, wanted = owed_by(one, as_of)
            stands = one.expected.value if one.expected is not None and one.verdict.by_expected else one.value
            gap = None if wanted is None or stands is None else abs(wanted - stands)
            rows.append(
                (
                    unit,
                    one.name,
                    WORDS[one.state],
                    _value(one) + _expected(one),
                    _amount(one, wanted),
                    "—" if gap is None else f"{number(gap, one.decimals)}{difference_unit(one.unit)}",
                    date_words(day),
                )
            )
    if not rows:
        paper.text("没有滞后和预警的目标。")
        return
    header = ("单位", "目标", "状态", "实际", "年底应达到", "差距", "时限")
    paper.table(header, rows, (28, 38, 12, 22, 22, 16, 18))
