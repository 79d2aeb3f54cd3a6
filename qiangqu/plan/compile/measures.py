"""Which numbered items are the measures of a plan, with their numbers, titles, sections and responsibility
notes.
"""

import re
from itertools import pairwise

from .blocks import Block
from .structure import Item, Measure, Structure

# Closing articles on validity and interpretation are no work.
VALIDITY = re.compile(r"本(?:措施|办法|意见|方案|细则|规定|政策|计划|通知)自|.{0,12}由.{2,20}负责解释|有效期")


def find_measures(blocks: list[Block], items: list[Item], result: Structure, annex: int) -> list[Measure]:
    """Choose which kind of item is the measure, number and title them."""
    usable = [
        i
        for i in items
        if i.block not in result.goals and i.block not in result.past and i.block < annex and i.kind != "plain"
    ]
    chosen = _choose(usable, sum(len(n) for b, n in result.notes.items() if b not in result.goals and b < annex))
    picked: list[Item] = []
    if chosen:
        main = [i for i in usable if i.kind == chosen]
        covered = {a for m in main for a in _ancestors(m)}
        picked = list(main)
        main_rank = main[0].rank
        # Sections without any item of that kind: their own numbered children, or the section itself when it
        # names units.
        with_children = {id(c.parent) for c in usable}
        taken = {id(p) for p in picked}
        for item in usable:
            if item.rank < main_rank and id(item) not in covered and not (_ancestor_ids(item) & taken):
                named = bool(item.notes) or (
                    item.parent is not None and (item.kind == "paren" or id(item.parent) in covered)
                )
                if id(item) not in with_children and named:
                    picked.append(item)
                    taken.add(id(item))
        picked.sort(key=lambda i: i.block)
        # An item inside another picked item is a detail of it.
        ids = {id(p) for p in picked}
        picked = [p for p in picked if not (_ancestor_ids(p) & ids)]
    picked = [p for p in picked if not VALIDITY.match(p.title)]
    measures = [
        Measure(
            item.number,
            item.title,
            item.parent.title if item.parent else "",
            item.notes,
            (item.block, 0),
            (min(item.end_block, annex), 0),
        )
        for item in picked
    ]
    listed = _enumerated(blocks, items, result, annex)
    with_notes = [m for m in listed if m.notes]
    if not measures or (len(measures) < 3 and not any(m.notes for m in measures)):
        measures = listed or measures
    elif (
        len(with_notes) >= 3
        and len(with_notes) >= 0.6 * len(listed)
        and len(with_notes) > 1.3 * sum(bool(m.notes) for m in measures)
    ):
        # Each 一是 names its own units: they are the measures, not the sections around them.
        measures = listed
    numbers = [m.no for m in measures]
    if not all(a < b for a, b in pairwise(numbers)) or 0 in numbers:
        for index, measure in enumerate(measures, start=1):
            measure.no = index
    return measures


def _ancestors(item: Item) -> list[int]:
    chain = []
    node = item.parent
    while node is not None:
        chain.append(id(node))
        node = node.parent
    return chain


def _ancestor_ids(item: Item) -> set[int]:
    return set(_ancestors(item))


def _choose(items: list[Item], note_count: int) -> str:
    """The kind of item that carries the measures."""
    kinds: dict[str, list[Item]] = {}
    for item in items:
        kinds.setdefault(item.kind, []).append(item)
    if not kinds:
        return ""
    if note_count >= 2:
        fitting = []
        for kind, members in kinds.items():
            with_notes = [m for m in members if m.notes]
            covered = len({id(n) for m in members for n in m.notes})
            if len(members) >= 2 and len(with_notes) >= 0.6 * len(members) and covered >= 0.6 * note_count:
                fitting.append((members[0].rank, kind))
        if fitting:
            return max(fitting)[1]
    arabic = kinds.get("arabic", [])
    numbers = [i.number for i in arabic]
    if len(arabic) >= 5 and all(b == a + 1 for a, b in pairwise(numbers)) and len({id(i.parent) for i in arabic}) >= 2:
        return "arabic"
    ranked = sorted(((members[0].rank, kind) for kind, members in kinds.items()))
    tops = [(rank, kind) for rank, kind in ranked if len(kinds[kind]) >= 2] or ranked
    if not tops:
        return ""
    if tops[0][1] == "chapter" and len(tops) > 1 and tops[1][1] == "article":
        return "article"
    if len(tops) > 1:
        second = kinds[tops[1][1]]
        first = kinds[tops[0][1]]
        parents = {id(i.parent) for i in second}
        if len(second) >= 3 and (len(parents) >= 2 or len(first) <= 3 or len(second) >= len(first)):
            return tops[1][1]
    return tops[0][1]


def _enumerated(blocks: list[Block], items: list[Item], result: Structure, annex: int) -> list[Measure]:
    """Measures told inside paragraphs as 一是…；二是…"""
    found: list[Measure] = []
    pattern = re.compile(
        r"(?:^|(?<=[。；：！）〕】]))(?:([一二三四五六七八九十]{1,2})是(?!否|指)|第[一二三四五六七八九十]{1,2}，)"
    )
    for index, block in enumerate(blocks):
        if (
            index < result.first
            or index >= annex
            or index in result.goals
            or index in result.past
            or block.kind != "text"
        ):
            continue
        matches = list(pattern.finditer(block.text))
        parents = [i for i in items if i.block <= index < i.end_block] if matches else []
        for match in matches:
            stop = match.end()
            title = re.split(r"[。，；：]", block.text[stop:], maxsplit=1)[0].strip()
            section = parents[-1].title if parents else ""
            found.append(Measure(0, title, section, [], (index, match.start()), (0, 0)))
    if not found:
        return []
    starts = [i.block for i in items] + [annex, len(blocks)]
    for position, measure in enumerate(found):
        following = found[position + 1].start if position + 1 < len(found) else (len(blocks), 0)
        limit = min(b for b in starts if b > measure.start[0])
        measure.end = min(following, (limit, 0))
        for index in range(measure.start[0], min(measure.end[0] + 1, len(blocks))):
            for note in result.notes.get(index, ()):
                if measure.start <= (index, note.start) < measure.end:
                    measure.notes.append(note)
    return found if len(found) >= 2 else []
