"""Tables of indicators (专栏, 主要指标) and of tasks (任务分解表)."""

import re
from dataclasses import dataclass, field

from .blocks import Block
from .cells import cell_target, name_and_unit
from .normalise import normalise
from .sentence import Context, Target
from .targets import block_targets

NAME_HEAD = re.compile(
    r"^(?!一级|同级)[一-龥]{0,8}指标(?:名称|内容|体系|项目?|事项|（[^（）]{1,12}）)?$|^(?:项目|目标|内容|指标项|目标内容|主要目标|目标名称|目标项目|监测内容)$"
)
UNIT_HEAD = re.compile(r"^(?:计量)?单位$")
YEAR_HEAD = re.compile(r"20\d\d")
GROWTH_HEAD = re.compile(r"年均|累计|增速|增长|增幅|变化|提高")
BASE_HEAD = re.compile(r"基期|现状|实际|完成|基数|基准|预计|现有|当前")
TARGET_HEAD = re.compile(r"目标|规划值|规划数|规划期末|预期值|期末|计划数|计划值|指标值|远期|末年|达到值")
NOT_VALUE_HEAD = re.compile(r"序号|属性|类型|性质|类别|备注|单位|责任|牵头|来源|部门|领域|维度|分类|一级")
TASK_HEAD = re.compile(r"任务|措施|举措|工作内容|事项|重点工作")
WHO_HEAD = re.compile(r"责任|牵头|配合|负责|主办|协办|参与单位|落实单位")


@dataclass
class _Columns:
    name: int
    unit: int | None
    goals: list[tuple[int, int | None]]  # column, year
    growth: list[tuple[int, str]]  # column, header
    width: int
    years: list[int] = field(default_factory=list)


@dataclass
class TaskRow:
    title: str
    names: list[str]
    block: int
    section: str = ""


def cell_texts(block: Block, source: str) -> list[str]:
    return [normalise(source, [span]).text if span[0] < span[1] else "" for span in block.cells]


def table_runs(blocks: list[Block]) -> list[list[int]]:
    """Indexes of blocks that are rows of one table, table by table."""
    runs: list[list[int]] = []
    for index, block in enumerate(blocks):
        if block.kind != "row":
            continue
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _columns(header: list[str], second: list[str], context: Context) -> _Columns | None:
    """Meaning of the columns; None when the table is not one of indicators."""
    # A header of two rows (2025年 | 年均增长 under 目标值) reads as one.
    joined = [a + b if b and b != a else a for a, b in zip(header, second, strict=False)] if second else header
    names = [i for i, text in enumerate(joined) if NAME_HEAD.match(text)]
    specific = [i for i in names if "指标" in joined[i]] or names
    if not specific:
        return None
    name = specific[-1] if "指标" in joined[specific[-1]] else specific[0]
    unit = next((i for i, text in enumerate(joined) if UNIT_HEAD.match(text)), None)
    dated: list[tuple[int, int]] = []
    growth: list[tuple[int, str]] = []
    plain: list[int] = []
    for i, text in enumerate(joined):
        if i in (name, unit) or not text or (NOT_VALUE_HEAD.search(text) and not YEAR_HEAD.search(text)):
            continue
        years = [int(y) for y in re.findall(r"20\d\d", text)]
        if GROWTH_HEAD.search(text) and not re.fullmatch(r"20\d\d年?(?:累计)?(?:目标值?)?", text):
            growth.append((i, text))
        elif years:
            if not (BASE_HEAD.search(text) and not TARGET_HEAD.search(text)):
                dated.append((i, years[-1]))
        elif TARGET_HEAD.search(text) and not BASE_HEAD.search(text):
            plain.append(i)
    goals: list[tuple[int, int | None]] = []
    if dated:
        start = context.start_year
        last = max(y for _, y in dated)
        # Without a plan start the earliest of several years is the base.
        floor = (
            start if start is not None else (min(y for _, y in dated) + 1 if len({y for _, y in dated}) > 1 else last)
        )
        if last < floor:
            floor = last
        first = min(y for _, y in dated)
        if _shows_base(joined, dated, start):
            floor = max(floor, first + 1)
        goals = [
            (i, y)
            for i, y in dated
            if y >= floor
            and (
                y > first
                or len(dated) == 1
                or (context.start_year is not None and context.start_year < y)
                or TARGET_HEAD.search(joined[i])
            )
        ]
    goals += [(i, context.heading_year or context.goal_year) for i in plain if not dated]
    if goals:
        # how far the goal lies from the base is no goal of its own
        growth = [(i, text) for i, text in growth if not re.search(r"变化量|变化值|增减|变化情况|变化$", text)]
    if not goals and not growth:
        return None
    return _Columns(name, unit, goals, growth, len(joined))


def _shows_base(header: list[str], dated: list[tuple[int, int]], start: int | None) -> bool:
    """Whether the first of the year columns is where things stand, though its header does not say so: 指标 |
    2024年 | 2030年.
    """
    years = sorted({year for _, year in dated})
    if len(years) < 2 or years[1] - years[0] < 2 or any(BASE_HEAD.search(text) for text in header):
        return False
    aimed = any(re.search(r"目标|近期|中期|规划值|预期", header[i]) for i, year in dated if year == years[0])
    return not aimed and (len(years) == 2 or start is None or years[0] <= start + 1)


def _by_years(rows: list[list[str]], run: list[int], blocks: list[Block], context: Context) -> list[tuple[int, Target]]:
    """Targets of a table whose rows are years and whose columns are indicators: 年度 | 森林覆盖率（%） | …"""
    header = rows[0]
    years = [re.match(r"(?:到|至)?(20\d\d)年?", row[0]) if row else None for row in rows[1:]]
    if (
        len(header) < 2
        or not re.fullmatch(r"(?:目标|规划|计划)?(?:年度|年份|时间|年|时间节点|阶段)", header[0])
        or not all(years)
    ):
        return []
    stated = [int(match.group(1)) for match in years if match]
    floor = max(context.start_year or 0, min(stated) + 1 if len(stated) > 1 else 0)
    result: list[tuple[int, Target]] = []
    for position, year in enumerate(stated, start=1):
        row = rows[position]
        if year < floor or BASE_HEAD.search(row[0]):
            continue
        for column in range(1, min(len(row), len(header))):
            name, unit = name_and_unit(header[column], "")
            target = cell_target(name, unit, row[column], year, context, "") if name else None
            if target:
                target.start, target.end = blocks[run[position]].cells[column]
                result.append((run[position], target))
    return result


def table_targets(run: list[int], blocks: list[Block], source: str, context: Context) -> list[tuple[int, Target]]:
    """(block index, target) for each value of a table of indicators; spans are in source characters."""
    rows = [cell_texts(blocks[i], source) for i in run]
    columns: _Columns | None = None
    body = 0
    for position in range(min(4, len(rows))):
        second: list[str] = []
        if position + 1 < len(rows) and len(rows[position + 1]) == len(rows[position]):
            under = rows[position + 1]
            labels = [t for t in under if t]
            if labels and all(
                YEAR_HEAD.search(t)
                or GROWTH_HEAD.search(t)
                or BASE_HEAD.search(t)
                or TARGET_HEAD.search(t)
                or NAME_HEAD.match(t)
                or UNIT_HEAD.match(t)
                or NOT_VALUE_HEAD.search(t)
                or t in rows[position]
                for t in labels
            ):
                second = under
        columns = _columns(rows[position], second, context)
        if columns:
            body = position + (2 if second else 1)
            break
    if columns is None:
        return _by_years(rows, run, blocks, context)
    result: list[tuple[int, Target]] = []
    previous_name = ""
    for position in range(body, len(rows)):
        row = rows[position]
        index = run[position]
        shift = len(row) - columns.width
        if shift < 0 and len(row) < columns.width - 2:
            continue
        offset = shift if shift < 0 else 0  # a merged first column is missing in plain text
        name_at = columns.name + offset
        if not 0 <= name_at < len(row):
            continue
        name = row[name_at] or previous_name
        if not name or not re.search(r"[一-龥A-Za-z]", name):
            continue
        previous_name = name
        unit = row[columns.unit + offset] if columns.unit is not None and 0 <= columns.unit + offset < len(row) else ""
        name, unit = name_and_unit(name, unit)
        spans = blocks[index].cells
        goal_cells = [row[column + offset] for column, _year in columns.goals if 0 <= column + offset < len(row)]
        capped = any(re.match(r"[≤＜<]|不高于|不超过", cell) or cell.endswith(("以下", "以内")) for cell in goal_cells)
        for column, year in columns.goals:
            at = column + offset
            if 0 <= at < len(row):
                target = cell_target(name, unit, row[at], year, context, "")
                if target:
                    if capped and target.comparator == ">=":
                        # one year's ≤ tells which way the indicator goes
                        target.comparator, target.direction = "<=", "down"
                    target.start, target.end = (
                        min(spans[name_at][0], spans[at][0]),
                        max(spans[at][1], spans[name_at][1]),
                    )
                    result.append((index, target))
        for column, head in columns.growth:
            at = column + offset
            if 0 <= at < len(row) and row[at]:
                # “年均增长/累计” columns repeat the level in another form; brackets mark five-year totals.
                target = cell_target(name, unit, row[at], context.heading_year or context.goal_year, context, head)
                if target:
                    target.start, target.end = (
                        min(spans[name_at][0], spans[at][0]),
                        max(spans[at][1], spans[name_at][1]),
                    )
                    result.append((index, target))
    return result


def cell_sentences(run: list[int], blocks: list[Block], source: str, context: Context) -> list[tuple[int, Target]]:
    """Targets told in words inside the cells of a table of projects (工程名称 | 主要内容); spans in source
    characters.
    """
    result: list[tuple[int, Target]] = []
    for index in run:
        for span in blocks[index].cells:
            # a cell merged with the one above was read there
            if span[1] - span[0] < 14 or span[0] < blocks[index].source_start:
                continue
            norm = normalise(source, [span])
            context.carried, context.past = None, False
            for target in block_targets(norm.text, 0, [], context):
                target.start, target.end = norm.source_span(target.start, target.end)
                result.append((index, target))
    return result


def table_tasks(run: list[int], blocks: list[Block], source: str) -> list[TaskRow]:
    """Tasks of a table that has a column for the task and one for the responsible units."""
    from .units_responsible import split_names

    rows = [cell_texts(blocks[i], source) for i in run]
    for position in range(min(3, len(rows))):
        header = rows[position]
        who = [i for i, text in enumerate(header) if WHO_HEAD.search(text) and not re.search(r"人$|领导", text)]
        what = [i for i, text in enumerate(header) if TASK_HEAD.search(text) and i not in who]
        if not who or not what:
            continue
        group, detail = what[0], what[-1]
        filled = [row[group] for row in rows[position + 1 :] if len(row) >= len(header)]
        repeats = len(what) > 1 and len(set(filled)) < 0.8 * len(
            filled
        )  # one task over several rows: the details are the tasks
        task = detail if repeats else group
        result: list[TaskRow] = []
        for offset in range(position + 1, len(rows)):
            row = rows[offset]
            if len(row) < len(header) or not row[task]:
                continue
            names = [n for i in who for _, n in split_names(row[i]) if n]
            if not names:
                continue
            title = re.split(r"[。；]", row[task], maxsplit=1)[0][:80]
            title = re.sub(
                r"^(?:\d{1,3}[.、]|（[一二三四五六七八九十\d]{1,3}）|[一二三四五六七八九十]{1,3}、)", "", title
            )
            result.append(
                TaskRow(title.strip(" 。.，"), list(dict.fromkeys(names)), run[offset], row[group] if repeats else "")
            )
        if result:
            return result
    return []
