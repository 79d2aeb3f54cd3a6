"""The document as a whole: title, number, issuer, release year, sections, measures and goals."""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from qiangqu.base.chinese import value_of

from .blocks import PLAIN_HEADING, RANK, Block
from .units_responsible import Note, find_notes
from .years import CITED

NUMBER = re.compile(
    r"(?:文\s*号|发文字号|文件编号)?[：:]?([一-龥]{1,14}[〔\[（【﹝〈](20\d\d)[〕\]）】﹞〉]第?\d{1,4}号)"
)
TITLE_END = re.compile(
    r"(?:意见|方案|计划|规划|通知|办法|措施|纲要|决定|要点|通告|批复|政策|行动|清单|指南|细则|条例|规定|若干措施|工作安排)(?:（[^（）]{2,30}）)?(?:的通知|的意见)?$"
)
META = re.compile(
    r"^(?:索引号|发文机关|发布机构|发布日期|成文日期|主题分类|来源|文号|发文字号|名称|有效性|发布时间|签发人|公开方式|体裁|关键词|信息分类|时间|字号|浏览)\S{0,4}[：:]"
)
DATE = re.compile(r"^（?(?:20\d\d|二[〇○零]{1,2}[一二三四五六七八九〇零]{1,3})年\S{1,3}月\S{1,3}日(?:印发|发布)?）?$")
MONTH = re.compile(r"^（?(?:20\d\d|二[〇○零]{1,2}[一二三四五六七八九〇零]{1,3})年\S{1,3}月）?$")
ORGANISATION = re.compile(
    r"^[一-龥（）、]{2,28}(?:人民政府|办公厅|办公室|委员会|厅|局|委|国务院|领导小组|管委会|政府)$"
)
GOAL_TITLE = re.compile(
    r"总体要求|总体目标|主要目标|发展目标|工作目标|行动目标|预期目标|建设目标|目标要求|具体目标|规划目标|目标愿景|目标定位|指导思想|基本原则|工作原则|发展原则|"
    r"总体思路|工作思路|发展思路|主要指标|指标体系|总则|附则|远景目标|战略定位|发展定位|^目标$|^目标任务$|^总体|阶段目标|量化目标"
)
PAST_TITLE = re.compile(
    r"发展基础|发展现状|现状|成效|回顾|背景|形势|发展环境|存在问题|面临|成就|基础条件|工作基础|规划基础|机遇|挑战|问题与|取得的|编制依据|执行情况|完成情况|落实情况|进展情况|工作总结"
)
ANNEX = re.compile(r"^附(?:件|表|录)\s*[\d一二三四五六七八九十]*\s*[：:.]?")
YEARS = re.compile(r"(20\d\d)年?[—\-~至到](20\d\d)年")
ANNUAL_TITLE = re.compile(r"工作报告|工作要点|工作安排|年度|重点工作|重点任务|年工作计划|年(?:实施|工作)?计划$|实事")
PLAN_LENGTH = re.compile(r"([一二三四五六七八九十])年(?:行动)?(?:计划|规划|行动|方案)|五年规划")


@dataclass
class Item:
    """A heading or numbered item: block index, offset in its clean text, rank and what it says."""

    block: int
    offset: int
    rank: int
    kind: str
    number: int
    title: str
    parent: "Item | None" = None
    end_block: int = 0  # first block (and offset) that is no longer inside
    end_offset: int = 0
    notes: list[Note] = field(default_factory=list)


@dataclass
class Measure:
    no: int
    title: str
    section: str
    notes: list[Note]
    start: tuple[int, int]
    end: tuple[int, int]


@dataclass
class Structure:
    title: str = ""
    number: str = ""
    issuer: str = ""
    release_year: int | None = None
    goal_year: int | None = None
    goal_year_stated: bool = False  # by the title
    start_year: int | None = None
    this_year: int | None = None  # what 今年 means: of a plan for one year that year, else the year of issue
    measures: list[Measure] = field(default_factory=list)
    notes: dict[int, list[Note]] = field(default_factory=dict)  # by block
    past: set[int] = field(default_factory=set)  # blocks that tell the past
    goals: set[int] = field(default_factory=set)
    heading_year: dict[int, int] = field(default_factory=dict)  # block → year that its heading states
    first: int = 0  # first block of the body
    items: list[Item] = field(default_factory=list)
    annex: int = 0  # first block of an annex behind the body


def read_structure(blocks: list[Block], source: str) -> Structure:
    """Work out the frame of the document in which targets stand."""
    result = Structure()
    _front(blocks, source, result)
    for index, block in enumerate(blocks):
        notes = find_notes(block.norm, source) if block.kind == "text" else []
        if notes:
            result.notes[index] = notes
    items = _items(blocks, result)
    result.items = items
    _years(blocks, items, result)
    annex = _annex_start(blocks, items, result)
    _mark_sections(blocks, items, result)
    result.annex = annex
    if not result.issuer:
        _signature(blocks, result)
    return result


def cut_title(text: str) -> str:
    """Title part of an item: up to the first full stop, bracketed title, or the first comma of a long
    sentence.
    """
    bracket = re.match(r"[【\[]([^】\]]{2,40})[】\]]", text)
    if bracket:
        return bracket.group(1)
    cut = re.split(r"[。：；！？]|（(?:责任|牵头|配合|主责|市级|省级)", text, maxsplit=1)[0]
    if len(cut) > 45 and "，" in cut[:45]:
        cut = cut.split("，", 1)[0]
    return cut[:80].strip(" .，、")


def _front(blocks: list[Block], source: str, result: Structure) -> None:
    """Title, number and issuer from the first blocks."""
    parts: list[str] = []
    for index, block in enumerate(blocks[:20]):
        text = block.text
        tokens = re.sub(r"[*>#]", " ", source[block.source_start : block.source_end]).split()
        if (
            1 < len(tokens) <= 4
            and len(text) < 60
            and all(NUMBER.fullmatch(t) or DATE.match(t) or ORGANISATION.match(t) or MONTH.match(t) for t in tokens)
        ):
            # 文号　机关　日期 on one line.
            for token in tokens:
                numbered = NUMBER.fullmatch(token)
                if numbered:
                    result.number = result.number or numbered.group(1)
                    result.release_year = result.release_year or int(numbered.group(2))
                elif ORGANISATION.match(token):
                    result.issuer = result.issuer or token
            result.first = max(result.first, index + 1)
            continue
        number = NUMBER.fullmatch(text)
        if number:
            result.number = result.number or number.group(1)
            result.release_year = result.release_year or int(number.group(2))
            result.first = max(result.first, index + 1)
            continue
        if META.match(text):
            inner = re.match(r"^(?:文号|发文字号)\S{0,2}[：:](.+)$", text)
            found = NUMBER.fullmatch(inner.group(1)) if inner else None
            if found and not result.number:
                result.number, result.release_year = found.group(1), int(found.group(2))
            named = re.match(r"^(?:名称)\S{0,2}[：:](.+)$", text)
            if named and not parts:
                parts.append(named.group(1))
            continue
        if parts and (block.marker in RANK or block.level > 1 or block.kind == "row" or PLAIN_HEADING.fullmatch(text)):
            break
        complete = bool(parts) and TITLE_END.search("".join(parts)) is not None
        if block.level == 1 and block.marker not in RANK and not parts:
            parts.append(text)
            result.first = index + 1
            continue
        if complete and not re.match(r"^（[^（）]{2,30}）$", text):
            if re.search(r"[。：]$", text) or block.level or len(text) > 60:
                break
            continue
        if re.search(r"[。：；，]", text) or len(text) > 90 or block.kind == "row" or block.marker in RANK:
            if parts:
                break
            if block.marker in RANK or len(text) > 90:
                break
            continue
        if DATE.match(text) or re.fullmatch(r"[一-龥]{2,20}文件", text):
            continue
        if parts and ORGANISATION.match(text):
            continue
        if parts and text.startswith("——") and not re.match(r"——(?:关于|.{0,30}(?:方案|计划|规划)$)", text):
            result.first = index + 1  # where and when it was said: ——2027年1月12日在市人民代表大会上
            continue
        parts.append(text)
        result.first = index + 1
    result.title = re.sub(r"（20\d\d年\d{1,2}月(?:\d{1,2}日)?）$", "", "".join(parts))[:200]
    issuer = re.match(
        r"^(.{2,60}?(?:人民政府|办公厅|办公室|委员会|厅|局|委|部|院|小组|政府|管委会))(?:等[^关]{0,12})?关于",
        result.title,
    )
    if issuer:
        result.issuer = issuer.group(1)


def _signature(blocks: list[Block], result: Structure) -> None:
    """Issuer from the signature: an organisation's name on its own just above a date."""
    for above, below in pairwise(blocks):
        if DATE.match(below.text) and ORGANISATION.match(above.text):
            result.issuer = above.text
            return
        joined = re.fullmatch(
            r"([一-龥（）、]{2,28}(?:人民政府|办公厅|办公室|委员会|厅|局))((?:20\d\d)年\d{1,2}月\d{1,2}日)", below.text
        )
        if joined:
            result.issuer = joined.group(1)
            return
    number = re.match(r"^(国发|国办发)", result.number)
    if number:
        result.issuer = {"国发": "国务院", "国办发": "国务院办公厅"}[number.group(1)]
        return
    for block in blocks[:20]:
        if ORGANISATION.match(block.text) and not block.marker:
            result.issuer = block.text
            return


def _items(blocks: list[Block], result: Structure) -> list[Item]:
    """Headings and numbered items in order, with their parents and where they end."""
    levels = sorted({b.level for i, b in enumerate(blocks) if b.level and b.marker not in RANK and i >= result.first})
    by_level = dict(zip(levels, (3, 5, 6, 7, 8, 8, 8, 8, 8), strict=False))
    items: list[Item] = []
    stack: list[Item] = []
    for index, block in enumerate(blocks):
        if index < result.first or block.kind != "text":
            continue
        kind, rank = block.marker, RANK.get(block.marker, 0)
        if kind not in RANK or kind == "is":
            if block.level and block.marker not in RANK:
                kind, rank = f"level{block.level}", by_level.get(block.level, 5)
            elif PLAIN_HEADING.fullmatch(block.text) and not block.marker:
                kind, rank = "plain", 3
            else:
                continue
        title = cut_title(block.content)
        if not title and index + 1 < len(blocks):
            title = cut_title(blocks[index + 1].content)
        while stack and stack[-1].rank >= rank:
            closed = stack.pop()
            closed.end_block, closed.end_offset = index, 0
        item = Item(index, 0, rank, kind, block.number, title, stack[-1] if stack else None)
        items.append(item)
        stack.append(item)
    for open_item in stack:
        open_item.end_block = len(blocks)
    for item in items:
        for index in range(item.block, item.end_block):
            item.notes.extend(result.notes.get(index, ()))
    return items


def _years(blocks: list[Block], items: list[Item], result: Structure) -> None:
    """Start, goal and release years of the plan."""
    heads = [result.title, *(b.text for b in blocks[:25] if len(b.text) < 60)]
    for head in heads:
        # the years of a plan that is only cited are not its own
        own = head if head is result.title or re.search(r"印发|现将", head) else CITED.sub("", head)
        match = YEARS.search(own)
        if match and 0 <= int(match.group(2)) - int(match.group(1)) <= 20:
            result.start_year, result.goal_year = int(match.group(1)), int(match.group(2))
            break
    if not result.release_year:
        dates = [b.text for b in blocks if len(b.text) < 40 and DATE.match(b.text)]
        for text in dates[:1]:
            match = re.search(r"20\d\d", text)
            if match:
                result.release_year = int(match.group())
    if result.goal_year is None:
        fifth = re.search(r"“?十([三四五六])五”?", result.title)
        if fifth:
            result.goal_year = {"三": 2020, "四": 2025, "五": 2030, "六": 2035}[fifth.group(1)]
            result.start_year = result.goal_year - 4
    if result.goal_year is None:
        single = re.search(r"(20\d\d)年(?!版)", result.title)
        if single:
            result.goal_year = int(single.group(1))
    annual = ANNUAL_TITLE.search(result.title) is not None and result.goal_year is not None
    result.this_year = (
        result.goal_year if annual and result.start_year is None else result.release_year or result.start_year
    )
    if result.start_year is None:
        result.start_year = (result.goal_year if annual else result.release_year) or _earliest_start(blocks)
    elif result.release_year and result.goal_year and result.start_year < result.release_year <= result.goal_year:
        result.start_year = result.release_year  # what lay before the plan was issued is no goal any more
    result.goal_year_stated = result.goal_year is not None
    if result.goal_year is None:
        result.goal_year = _last_goal(blocks, items, result)


def _earliest_start(blocks: list[Block]) -> int | None:
    """First year that can be a goal when the document has no date: after every document it cites and every
    base year.
    """
    text = "".join(b.text for b in blocks[:12])
    cited = [int(y) for y in re.findall(r"[〔﹝\[](20\d\d)[〕﹞\]]", text)]
    bases = [int(y) + 1 for y in re.findall(r"(?:比|较)(20\d\d)年", "".join(b.text for b in blocks))]
    return max([*cited, *bases], default=None)


HORIZON = re.compile(
    r"(?:未来|今后)的?([二三四五六七八九十两]|[2-9]|10)年|(?<![\d十])([三五])年(?:左右)?(?:的?时间|内)"
)
OTHER_PLAN = re.compile(
    r"(?:按照|根据|落实|依据|对接|衔接|对照|贯彻|呼应)[^，。；]{0,30}(?:规划|纲要|方案|意见|计划|战略)[^。；]{0,60}|落实到?20\d\d年[^，。；]{0,30}(?:要求|目标|任务|部署)"
)


def _horizon(blocks: list[Block], release_year: int | None) -> int | None:
    """Last year of a plan that counts its own years: 未来五年 said in a plan issued in 2023 → 2027."""
    if release_year is None:
        return None
    for block in blocks:
        match = HORIZON.search(block.text)
        if match:
            return release_year + int(value_of(match.group(1) or match.group(2))) - 1
    return None


def _last_goal(blocks: list[Block], items: list[Item], result: Structure) -> int | None:
    """The plan's last year: the latest year that its goals name, visions (2035, 展望) left out."""
    spans = [range(i.block, i.end_block) for i in items if GOAL_TITLE.search(i.title) and len(i.title) <= 24]
    own = [OTHER_PLAN.sub("", CITED.sub("", b.text)) for b in blocks]
    inside = [own[index] for span in spans for index in span]
    floor = result.start_year or 0
    for texts in (inside, own):
        counts: Counter[int] = Counter()
        for text in texts:
            for match in re.finditer(r"(?:到|至|力争|确保|实现|—|-)(20\d\d)年", text):
                year = int(match.group(1))
                vision = re.search(r"展望|远景", text[max(0, match.start() - 8) : match.start() + 30])
                if year >= floor and not vision and not (floor and year - floor > 10):
                    counts[year] += 1
        if counts and texts is inside:
            return max(counts)
        horizon = _horizon(blocks, result.release_year) if texts is inside else None
        if horizon:
            return horizon
        if counts:
            return max(counts, key=lambda y: (counts[y], y))
    length = PLAN_LENGTH.search(result.title)
    if length and result.release_year and length.group(1):
        return result.release_year + int(value_of(length.group(1))) - 1
    return None


def _annex_start(blocks: list[Block], items: list[Item], result: Structure) -> int:
    """First block of an annex that follows the body (an annex that *is* the plan comes before any item)."""
    seen = [item.block for item in items if item.kind not in ("plain",)]
    for index, block in enumerate(blocks):
        if (
            index >= result.first
            and block.kind == "text"
            and ANNEX.match(block.text)
            and len(block.text) <= 60
            and sum(b < index for b in seen) >= 4
        ):
            after = [item for item in items if item.block > index and item.kind == "dun"]
            if len(after) < 3 or sum(b < index for b in seen) > sum(b > index for b in seen):
                return index
    return len(blocks)


def _mark_sections(blocks: list[Block], items: list[Item], result: Structure) -> None:
    """Which blocks tell goals, which the past, and which year a heading fixes."""
    for item in items:
        past = PAST_TITLE.search(item.title) is not None and len(item.title) <= 24 and "目标" not in item.title
        goal = GOAL_TITLE.search(item.title) is not None and len(item.title) <= 24
        year = re.search(r"(?:到|至)?(20\d\d)年", item.title) if len(item.title) <= 30 else None
        rows = range(item.block, item.end_block)
        if past and not goal:
            result.past.update(rows)
        if goal:
            result.goals.update(rows)
            result.past.difference_update(rows)
        if year and (not result.start_year or int(year.group(1)) >= result.start_year):
            result.heading_year.update(dict.fromkeys(rows, int(year.group(1))))
