"""Entry points of the plan compiler: a document or a text in, the “Compiled plan” of the fixed shapes out."""

import re
from bisect import bisect_right
from collections import Counter
from pathlib import Path
from typing import Any

from . import phrases as ph
from .blocks import Block, split_blocks
from .confidence import judge_measure, judge_target
from .measures import find_measures
from .numbers import clean_value
from .readers import Source, check_text, read_file
from .sentence import Context, Target
from .structure import Measure, Structure, read_structure
from .tables import cell_sentences, table_runs, table_targets, table_tasks
from .targets import block_targets
from .units_responsible import unify

OWNER = re.compile(
    r"([^，、。和与及]{2,14}?(?:产业集群|产业链|产业|制造业|服务业|加工业|旅游业|农业|工业|经济|贸易|物流|行业|园区|开发区))(?:[^业]|$)"
)


def compile_file(path: str | Path) -> dict[str, Any]:
    """Compile a plan document (.txt .md .docx .pdf).

    Returns the keys of “Compiled plan” in contracts.md; each target and task also has ``confidence`` (0..1)
    and ``reason`` (Chinese, empty when nothing is in doubt), each target ``direction`` (up or down), each
    task ``lead_units`` and ``supporting_units``. Where the text states service standards
    (为每名退役军人提供2次职业介绍), ``standards`` lists them in the shape of targets; they are promises to
    everyone and no targets. Raises DocumentError when the file cannot be read.
    """
    return compile_source(read_file(path))


def compile_text(text: str, name: str = "计划.txt") -> dict[str, Any]:
    """Compile plain text (or markdown when ``name`` ends in .md). Raises DocumentError when it is empty or
    too long.
    """
    check_text(text, name)
    return compile_source(Source(name, text))


def compile_source(source: Source) -> dict[str, Any]:
    """Compile a document already read; spans count characters of ``source.text``."""
    blocks = split_blocks(source)
    frame = read_structure(blocks, source.text)
    frame.measures = find_measures(blocks, frame.items, frame, frame.annex)
    everything = _targets(blocks, frame, source)
    found = [target for target, standard in everything if not standard]
    standards = [target for target, standard in everything if standard]
    rows = [row for run in table_runs(blocks) for row in table_tasks(run, blocks, source.text)]
    tasks = _tasks(blocks, frame, source)
    if len(rows) >= 3 and not any(task["units"] for task in tasks):
        tasks = _row_tasks(rows, blocks)
        for target in [*found, *standards]:
            target["measure"] = next(
                (t["no"] for t in tasks if t["span"][0] <= target["span"][0] < t["span"][1]), target["measure"]
            )
    names = [name for task in tasks for name in task["units"]]
    names += [name for notes in frame.notes.values() for note in notes for name in note.names]
    names += [name for row in rows for name in row.names]
    same = unify(names)
    for task in tasks:
        for key in ("units", "lead_units", "supporting_units"):
            task[key] = list(dict.fromkeys(same[name] for name in task[key]))
    anyone = any(task["units"] for task in tasks)
    for task in tasks:
        task["confidence"], task["reason"] = judge_measure(task["title"], task["units"], anyone)
    compiled: dict[str, Any] = {
        "document": {"title": frame.title, "number": frame.number, "issuer": frame.issuer},
        "targets": found,
        "tasks": tasks,
        "units": list(dict.fromkeys(same[name] for name in names)),
    }
    return compiled | {"standards": standards} if standards else compiled


def _targets(blocks: list[Block], frame: Structure, source: Source) -> list[tuple[dict[str, Any], bool]]:
    """(target, whether it is a service standard) in reading order."""
    text = source.text
    _settle_goal_year(blocks, frame)
    result: list[tuple[dict[str, Any], bool]] = []
    seen: set[tuple[object, ...]] = set()
    runs = {run[0]: run for run in table_runs(blocks)}
    context = Context()
    last_measure = -1
    item_of = _innermost(frame, len(blocks))
    for index, block in enumerate(blocks):
        if index < frame.first and not (index and block.kind == "text" and len(block.text) > 80):
            continue
        if index in frame.past:
            continue
        context.goal_year, context.start_year = frame.goal_year, frame.start_year
        context.this_year = frame.this_year
        context.heading_year = frame.heading_year.get(index)
        context.in_goals = index in frame.goals
        context.preamble = item_of[index] < 0 and bool(frame.items) and block.kind == "text"
        measure = _measure_at(frame, (index, 0))
        context.owner = _owner_of(frame, item_of[index])
        if index in runs:
            inside = table_targets(runs[index], blocks, text, context) or cell_sentences(
                runs[index], blocks, text, context
            )
            for row, target in inside:
                number = _measure_at(frame, (row, 0))
                _append(result, seen, target, (target.start, target.end), text, number.no if number else 0)
        if block.kind == "row":
            continue
        here = item_of[index]
        # A year carries on inside a paragraph, and from a sentence that introduces bullets to the bullets.
        if block.marker != "bullet" and not (block.joined and here == last_measure and _continues_list(blocks, index)):
            context.carried, context.past = None, False
        last_measure = here
        blocked = [(note.start, note.end) for note in frame.notes.get(index, ())]
        offset = block.marker_end
        for target in block_targets(block.text, offset, blocked, context):
            number = _measure_at(frame, (index, target.start)) or measure
            span = block.norm.source_span(target.start, target.end)
            _append(
                result, seen, target, span, text, number.no if number and _inside(number, index, target.start) else 0
            )
    return result


def _settle_goal_year(blocks: list[Block], frame: Structure) -> None:
    """Without a goal year in the title: the year that most values of the goals are for, the later one when
    even.
    """
    if frame.goal_year_stated:
        return
    counts: Counter[int] = Counter()
    context = Context(start_year=frame.start_year, goal_year=frame.goal_year, this_year=frame.this_year, in_goals=True)
    for index in sorted(frame.goals - frame.past):
        block = blocks[index]
        if block.marker != "bullet":
            context.carried, context.past = None, False
        if block.kind == "text":
            counts.update(
                t.year
                for t in block_targets(block.text, block.marker_end, [], context)
                if t.year and t.year_from != "plan"
            )
    if counts:
        frame.goal_year = max(counts, key=lambda year: (counts[year], year))


def _continues_list(blocks: list[Block], index: int) -> bool:
    """A numbered line under an introduction that ends in a colon, or following lines of such a list."""
    if blocks[index].marker in ("dun", "paren", "chapter", "part", "article", "arabic") or index == 0:
        return False
    return blocks[index - 1].text.endswith(("：", "；")) or blocks[index].marker in ("half", "circled", "arabic_paren")


def _innermost(frame: Structure, size: int) -> list[int]:
    """For each block the index of the innermost item that holds it, -1 for none."""
    holder = [-1] * size
    for position, item in enumerate(frame.items):
        for index in range(item.block, min(item.end_block, size)):
            holder[index] = position
    return holder


def _owner_of(frame: Structure, position: int) -> str:
    """What a measure is about, from the titles around it: 做强绿色食品产业 → 绿色食品产业."""
    if position < 0:
        return ""
    node = frame.items[position]
    for _ in range(3):
        title = ph.strip_actions(
            re.sub(
                r"^(?:做优做强|做大做强|做强做优|优化发展|加快壮大|培育壮大|延伸发展|提档升级|发展壮大|做强|做大|做优|壮大|提升|突破|振兴|加快发展|大力发展|聚力发展|巩固提升)",
                "",
                node.title,
            )
        )
        match = OWNER.match(title)
        if match:
            return ph.polish(match.group(1))
        if node.parent is None:
            return ""
        node = node.parent
    return ""


def _inside(measure: Measure, block: int, offset: int) -> bool:
    return measure.start <= (block, offset) < measure.end


def _measure_at(frame: Structure, at: tuple[int, int]) -> Measure | None:
    position = bisect_right(frame.measures, at, key=lambda measure: measure.start) - 1
    if position >= 0 and at < frame.measures[position].end:
        return frame.measures[position]
    return None


def _append(
    result: list[tuple[dict[str, Any], bool]],
    seen: set[tuple[object, ...]],
    target: Target,
    span: tuple[int, int],
    text: str,
    measure: int,
) -> None:
    key = (target.standard, target.indicator, target.comparator, target.value, target.unit, target.year, measure)
    if key in seen:
        return
    seen.add(key)
    confidence, reason = judge_target(target)
    result.append(
        (
            {
                "indicator": target.indicator,
                "comparator": target.comparator,
                "value": None if target.value is None else clean_value(target.value),
                "value_max": None if target.value_max is None else clean_value(target.value_max),
                "unit": target.unit,
                "year": target.year,
                "kind": target.kind,
                "effort": target.effort,
                "measure": measure,
                "text": text[span[0] : span[1]],
                "span": [span[0], span[1]],
                "direction": target.direction,
                "confidence": confidence,
                "reason": reason,
            },
            target.standard,
        )
    )


def _tasks(blocks: list[Block], frame: Structure, source: Source) -> list[dict[str, Any]]:
    tasks = []
    for measure in frame.measures:
        lead = [n for note in measure.notes for n in note.lead]
        supporting = [n for note in measure.notes for n in note.supporting]
        names = list(dict.fromkeys(n for note in measure.notes for n in note.names))
        start = blocks[measure.start[0]].norm.source_span(measure.start[1], len(blocks[measure.start[0]].text))[0]
        end_block, end_offset = measure.end
        if end_offset:
            end = blocks[end_block].norm.source_span(end_offset - 1, end_offset)[1]
        else:
            end = max(blocks[max(measure.start[0], end_block - 1)].source_end, start)
        tasks.append(
            {
                "no": measure.no,
                "title": measure.title,
                "section": measure.section,
                "units": names,
                "span": [start, end],
                "lead_units": list(dict.fromkeys(lead)),
                "supporting_units": list(dict.fromkeys(supporting)),
            }
        )
    return tasks


def _row_tasks(rows: list[Any], blocks: list[Block]) -> list[dict[str, Any]]:
    return [
        {
            "no": number,
            "title": row.title,
            "section": row.section,
            "units": row.names,
            "span": [blocks[row.block].source_start, blocks[row.block].source_end],
            "lead_units": [],
            "supporting_units": [],
        }
        for number, row in enumerate(rows, start=1)
    ]
