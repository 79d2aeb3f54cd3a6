"""The reports 评价报告 as Word in the form of GB/T 9704—2012: of one zone, and of the whole round. In Chinese only: they are
official papers.
"""

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import override

from qiangqu.base.chinese import date_words
from qiangqu.plan.official_paper import OfficialPaper
from qiangqu.schemes.explain import Explained, Line
from qiangqu.schemes.language import Scheme

from .corrections import corrections
from .freezing import experts_of, explained_for, scheme_of, zones_of
from .models import FrozenValue, Round, RoundState, ZoneResult
from .objecting import score
from .outcomes import proposals, rule_words
from .places import origin_of, place, sections

MOST_LINES = 200


def of_zone(result: ZoneResult) -> bytes:
    """The report of one zone in a round as it stands now."""
    with override("zh-hans"):
        return _of_zone(result)


def of_round(one: Round) -> bytes:
    """The report of a round: the ranking, objections, what follows."""
    with override("zh-hans"):
        return _of_round(one)


def _begun(title: str, one: Round, simulated: bool) -> OfficialPaper:
    paper = OfficialPaper(title)
    if simulated:
        paper.text("【模拟数据】")
    if one.state != RoundState.PUBLISHED:
        paper.text(f"【{one.get_state_display()}，不是正式结果】")
    paper.head(one.area.name, one.document or one.number)
    paper.title(title)
    return paper


def _basis(one: Round, scheme: Scheme) -> str:
    when = f"数据截至{date_words(one.day)}"
    frozen = f"，{_day(one.frozen_at)}冻结" if one.frozen_at else ""
    document = scheme.document.title + (f"（{scheme.document.number}）" if scheme.document.number else "")
    return f"依据《{document.strip('《》')}》（{scheme.edition}版方案），{when}{frozen}。"


def _day(moment: dt.datetime) -> str:
    return date_words(timezone.localtime(moment).date())


def _result(result: ZoneResult, of: int, scheme: Scheme) -> str:
    most = f"（满分{scheme.max_points:g}分）" if scheme.max_points else ""
    level = f"，等级为{result.level}" if result.level else ""
    ranges = "得分是区间，因为缺少数据或方案原文有没有查到的分值。" if "—" in score(result) else ""
    return f"{result.area.name}得{score(result)}分{most}，在{of}个园区中列第{place(result)}名{level}。{ranges}"


def _of_zone(result: ZoneResult) -> bytes:
    one = result.round
    scheme, results = scheme_of(one), zones_of(one)
    row = next(at for at, zone in enumerate(results) if zone.pk == result.pk)
    result = results[row]
    paper = _begun(f"{result.area.name}评价报告", one, result.simulated)
    paper.level_1("一、结果")
    paper.text(_basis(one, scheme))
    paper.text(_result(result, len(results), scheme))
    if result.draft_low is not None and score(result) != score(result, "draft_low", "draft_high"):
        paper.text(
            f"初评得{score(result, 'draft_low', 'draft_high')}分，列第{result.draft_rank}名；异议裁定后更正如上。"
        )
    made = explained_for(one, results, row) if one.frozen_at else None
    if made is not None:
        _strong_and_weak(paper, made)
        _marks(paper, made, {value.name: value for value in _with_zone(result)}, experts_of(result.marks.all()))
    _objections(paper, [result], 1, "三、异议和裁定")
    _corrected(paper, one, result)
    _followed(paper, one, [result], "五、结果运用")
    paper.signature(one.area.name, date_words(timezone.localdate()))
    return paper.data()


def _with_zone(result: ZoneResult) -> Sequence[FrozenValue]:
    values = list(result.values.all())
    for value in values:
        value.result = result
    return values


def _strong_and_weak(paper: OfficialPaper, made: Explained) -> None:
    """The criteria that lost most, and those that are full."""
    scored = [line for line in made.criteria if line.most and line.low is not None and not line.group]
    lost = sorted(scored, key=lambda line: (line.low or 0) - (line.most or 0))[:5]
    lost = [line for line in lost if (line.most or 0) - (line.low or 0) > 0]
    if lost:
        told = "；".join(f"{line.title}（得{line.points}分，满分{line.most:g}分）" for line in lost)
        paper.text(f"失分较多的是：{told}。")
    full = [line.title for line in scored if line.low is not None and line.low >= (line.most or 0) > 0]
    if full:
        paper.text(f"得满分的是：{'、'.join(full[:10])}。")
    if made.missing:
        paper.text(
            f"缺少的数据：{'、'.join(one.title for one in made.missing)}。缺数不按零计，得分按最差到最好的情况给出区间。"
        )


def _marks(paper: OfficialPaper, made: Explained, values: dict[str, FrozenValue], experts: dict[str, int]) -> None:
    paper.level_1("二、逐项得分")
    for title, lines in sections(made):
        rows = [_row(line, values, experts) for line in lines[:MOST_LINES]]
        paper.level_2(title)
        paper.table(("条目", "所用的数", "来源", "标准", "得分"), rows, (40, 24, 36, 36, 20))


def _row(line: Line, values: dict[str, FrozenValue], experts: dict[str, int]) -> tuple[str, str, str, str, str]:
    figure = line.figure
    value = values.get(figure.name) if figure is not None else None
    text = f"{figure.text}{figure.unit}" if figure is not None else ""
    if value is not None and value.decided is not None:
        text += "（裁定）"
    points = line.points + (f"/{line.most:g}" if line.most and line.points else "")
    words = {"yes": "符合", "no": "不符合", "open": "待补"}
    state = words.get(line.state, "")
    source = origin_of(value, experts.get(value.name, 0))[0] if value is not None else ""
    return "　" * line.depth + line.title, text, source, line.threshold or line.gap, points or state


def _objections(paper: OfficialPaper, results: Sequence[ZoneResult], _of: int, heading: str) -> None:
    paper.level_1(heading)
    rows = [
        (zone.area.name, f"{one.number}", one.text, str(one.get_state_display()), one.reason or "—")
        for zone in results
        for one in zone.objections.order_by("pk")
    ]
    if not rows:
        paper.text("没有提出异议。")
        return
    paper.table(("园区", "序", "异议", "状态", "裁定理由"), rows, (36, 8, 50, 22, 40))


def _corrected(paper: OfficialPaper, one: Round, result: ZoneResult) -> None:
    paper.level_1("四、冻结后更正的数据")
    found = list(corrections(one, [result]).get(result.pk, {}).values()) if one.frozen_at else []
    if not found:
        paper.text("没有更正。")
        return
    paper.text("得分按冻结值；下列数据在冻结后有更正，供核对。")
    rows = [(each.title, f"{each.frozen}{each.unit}", f"{each.today}{each.unit}") for each in found]
    paper.table(("数据", "冻结值", "今日值"), rows, (70, 43, 43))


def _followed(paper: OfficialPaper, one: Round, results: Sequence[ZoneResult], heading: str) -> None:
    paper.level_1(heading)
    rows = [
        (zone.area.name, str(each.get_kind_display()), each.text, each.unit.name, date_words(each.due_on), "已完成" if each.done_on else "办理中")
        for zone in results
        for each in zone.measures.select_related("unit").order_by("pk")
    ]  # fmt: skip
    if rows:
        paper.table(("园区", "运用", "要求", "责任单位", "期限", "进展"), rows, (30, 18, 42, 30, 22, 14))
    rules = proposals(one) if one.state == RoundState.PUBLISHED else {}
    told = [f"{zone.area.name}：{rule_words(each)}" for zone in results for each in rules.get(zone.area_id, ())]
    for text in told[:MOST_LINES]:
        paper.text(f"{text}。")
    if not rows and not told:
        paper.text("还没有登记结果运用。")


def _of_round(one: Round) -> bytes:
    scheme, results = scheme_of(one), zones_of(one)
    results.sort(key=lambda zone: (zone.rank or 0, -(zone.low or 0), zone.area.code))
    paper = _begun(f"关于{one.title}结果的报告", one, one.simulated)
    paper.level_1("一、评价依据和过程")
    paper.text(_basis(one, scheme) + f"参评园区{len(results)}个。")
    steps = [
        f"{_day(moment)}{word}"
        for word, moment in (("冻结数据", one.frozen_at), ("送达初评", one.sent_at), ("公布结果", one.published_at))
        if moment
    ]
    if steps:
        paper.text("；".join(steps) + "。")
    for gap in scheme.gaps:
        paper.text(f"方案原文没有查到的：{gap}。")
    paper.level_1("二、排名")
    rows = [
        (
            place(zone) or "—",
            zone.area.name,
            score(zone) or "—",
            zone.level or "—",
            score(zone, "draft_low", "draft_high") or "—",
        )
        for zone in results
    ]
    paper.table(("名次", "园区", "得分", "等级", "初评得分"), rows, (18, 62, 26, 26, 24))
    _objections(paper, results, len(results), "三、异议和裁定")
    _followed(paper, one, results, "四、结果运用")
    paper.signature(one.area.name, date_words(timezone.localdate()))
    return paper.data()
