"""Lines of the text → blocks: headings, paragraphs, bullets, table rows; hard-wrapped lines joined again."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from qiangqu.base.chinese import VALUES, value_of

from .normalise import Normalised, normalise
from .readers import Source
from .units import unit_at

# Marker kinds by rank: a smaller rank encloses a larger one.
Kind = Literal[
    "chapter", "part", "dun", "named", "paren", "arabic", "arabic_paren", "half", "circled", "article", "is", ""
]
RANK: dict[str, int] = {
    "title": 0, "chapter": 1, "part": 2, "dun": 3, "article": 4, "named": 4, "paren": 5, "arabic": 6, "arabic_paren": 7,
    "half": 7, "circled": 8, "is": 9,
}  # fmt: skip
MARKERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("chapter", re.compile(r"第([一二三四五六七八九十百\d]{1,4})[章篇编](?!程)[、：:]?")),
    ("part", re.compile(r"第([一二三四五六七八九十\d]{1,3})(?:节|部分)[、：:]?")),
    ("article", re.compile(r"第([一二三四五六七八九十百\d]{1,4})条[、：:]?")),
    ("paren", re.compile(r"（([一二三四五六七八九十]{1,3})）[、.]?")),
    ("arabic_paren", re.compile(r"（(\d{1,3})）[、.]?")),
    ("half", re.compile(r"(\d{1,3})）")),
    ("dun", re.compile(r"([一二三四五六七八九十]{1,3})[、.](?![一二三四五六七八九十]、?[^，。]{0,3}产)")),
    (
        "named",
        re.compile(
            r"(?:专项行动|重点行动|重点任务|重点工程|专项工程|行动|任务|工程|措施|举措)([一二三四五六七八九十\d]{1,3})(?:[：:、.]| (?=\S))"
        ),
    ),
    ("arabic", re.compile(r"(\d{1,3})(?:[.、](?!\d)|．)")),
    ("circled", re.compile(r"([①-⑳])[、.]?")),
    ("is", re.compile(r"([一二三四五六七八九十]{1,2})是(?!否|指)")),
)
# 2.365健康服务项目, 3、15分钟便民生活圈: an item whose title begins with a number.
NUMBER_TITLE = re.compile(r"(\d{1,2})[.、](?=(\d{1,5}(?:\.\d+)?)([^\d.、，。]{1,12}))")
BULLET = re.compile(r"(?:——?|--|[-•·●◆■▪➢○◎★☆▲△◇□※*+])(?!\d)[\t ]*")
MARKDOWN = re.compile(r"\s{0,3}(#{1,6})\s+")
CONTENTS = re.compile(r"(?:…{2,}|\.{4,}|·{4,}|^[^\t]*\t)\s*[（(]?\d{1,3}[)）]?\s*$")
NUMBER_LINE = re.compile(r"^[（(]?[一-龥]{1,14}[〔\[（(【﹝〈]20\d\d[〕\])）】﹞〉]第?\d{1,4}号[）)]?$")
DATE_LINE = re.compile(r"^[（(]?20\d\d年\d{1,2}月(?:\d{1,2}日)?[^，。]{0,4}[）)]?$")
RULE = re.compile(r"^[\s|:\-—=_*+]+$")
PAGE_NUMBER = re.compile(r"^\s*[-—–]\s*\d{1,4}\s*[-—–]\s*$")
TERMINAL = "。！？；：!?;:"
CLOSERS = "”’」）)》】*"
BOX_HEADING = re.compile(
    r"专栏\s*[\d一二三四五六七八九十]*|表\s*\d+|附[件表图]\s*[\d一二三四五六七八九十]*\s*[：:.]?|图\s*\d+"
)
PLAIN_HEADING = re.compile(
    r"(?:主要|发展|工作|总体|具体|行动|预期|建设|规划|任务|阶段|量化)*(?:目标|指标|任务|要求)|指导思想|基本原则|发展基础|发展现状|保障措施|重点任务|组织实施"
)


@dataclass
class Block:
    """One heading, paragraph, bullet or table row. ``norm`` is its clean text, marker included."""

    norm: Normalised
    kind: Literal["text", "row"]
    marker: str = ""  # a key of RANK, "bullet" or ""
    number: int = 0
    marker_end: int = 0  # where the content starts in norm.text
    level: int = 0  # heading level said by the format (markdown, Word), 0 unknown
    cells: tuple[tuple[int, int], ...] = ()  # source spans of the cells of a row
    joined: int = 1  # how many lines

    @property
    def text(self) -> str:
        return self.norm.text

    @property
    def content(self) -> str:
        return self.norm.text[self.marker_end :]

    @property
    def source_start(self) -> int:
        return self.norm.offsets[0] if self.norm.offsets else 0

    @property
    def source_end(self) -> int:
        return self.norm.offsets[-1] + 1 if self.norm.offsets else 0


def chinese_to_int(text: str) -> int:
    """Ordinal written 12, 十二, 二十一 or ⑫ → 12 …; 0 when it is none.

    >>> chinese_to_int("二十一"), chinese_to_int("百零三"), chinese_to_int("7")
    (21, 103, 7)
    """
    if text.isdigit() and text.isascii():
        return int(text)
    if len(text) == 1 and "①" <= text <= "⑳":
        return ord(text) - ord("①") + 1
    return int(value_of(text)) if all(char in VALUES or char in "十百" for char in text) else 0


def find_marker(text: str) -> tuple[str, int, int]:
    """(kind, number, end of marker) of a clean line; ("", 0, 0) without one."""
    for kind, pattern in MARKERS:
        match = pattern.match(text)
        if match:
            return kind, chinese_to_int(match.group(1)), match.end()
    match = BULLET.match(text)
    if match and match.end() < len(text):
        return "bullet", 0, match.end()
    return "", 0, 0


def display_width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def _open_bracket(text: str) -> bool:
    """A parenthesis or a quotation mark is still open at the end of the line."""
    depth = 0
    for char in text:
        if char in "（(“《":
            depth += 1
        elif char in "）)”》":
            depth = max(0, depth - 1)
    return depth > 0


@dataclass
class _Line:
    start: int
    end: int
    text: str  # stripped source text
    indent: int  # leading white space, ideographic space counted twice
    blank_before: bool


def _lines(text: str, rows: Mapping[int, Any]) -> list[_Line]:
    """The lines that hold something; those that start at a key of ``rows`` are rows of a table, whatever they
    look like.
    """
    lines: list[_Line] = []
    position = 0
    blank = True
    for raw in text.split("\n"):
        stripped = raw.strip(" \t\u3000\u00a0\r\x0b\x0c")
        start = position
        if start in rows:
            lines.append(_Line(start, start + len(raw), stripped, 0, blank))
            position += len(raw) + 1
            blank = False
            continue
        if stripped.startswith(">"):  # markdown quotation
            quoted = len(raw) - len(raw.lstrip("> \u3000\t"))
            start, position, raw, stripped = (
                start + quoted,
                position + quoted,
                raw[quoted:],
                stripped.lstrip("> \u3000\t"),
            )
        position += len(raw) + 1
        if (
            not stripped
            or PAGE_NUMBER.match(raw)
            or (len(stripped) > 2 and RULE.match(stripped) and "|" not in stripped)
        ):
            blank = True
            continue
        lines.append(_Line(start, start + len(raw), stripped, _indent(raw), blank))
        blank = False
    return lines


def _indent(raw: str) -> int:
    lead = raw[: len(raw) - len(raw.lstrip())]
    return sum(2 if c == "\u3000" else 4 if c == "\t" else 1 for c in lead)


def is_row(line: str) -> bool:
    """A line of a table: tabs or pipes between cells, or columns parted by wide gaps."""
    if line.count("|") >= 2 or (line.count("\t") >= 1 and not CONTENTS.search(line)):
        return True
    return len(re.findall(r"\S(?:[ \u3000]{2,})\S", line)) >= 2 and not re.search(r"[。；]", line)


# One space between the cells, as text copied out of a table has it; the space in “2025 年” or “6 %” parts
# nothing.
LOOSE_GAP = re.compile(r"(?<=\d)[ \u3000]+(?!年(?!均)|[%‰）)])|(?<![\d \u3000])[ \u3000]+")
LOOSE_VALUE = re.compile(r"[-≥≤<>＞＜〔\[]?\d|—|/")
LOOSE_HEAD = re.compile(r"20\d\d|目标|单位|属性|增速|增长|规划|现状|基期|期末")


def _loose_rows(lines: list[_Line]) -> set[int]:
    """Lines of tables whose cells only one space parts: a header (指标 单位 2025年 …), then lines of as many
    cells with values.
    """
    found: set[int] = set()
    width = 0
    for index, line in enumerate(lines):
        parts = LOOSE_GAP.split(line.text) if len(line.text) <= 120 and not re.search(r"[。；|\t]", line.text) else []
        if width and len(parts) in (width, width - 1) and any(LOOSE_VALUE.match(part) for part in parts[1:]):
            found.add(index)
            continue
        head = len(parts) >= 3 and any(re.search(r"指标|^项目$|^目标$", part) for part in parts[:3])
        width = len(parts) if head and any(LOOSE_HEAD.search(part) for part in parts) else 0
        if width:
            found.add(index)
    # a header with nothing under it is a line of text
    return {index for index in found if index - 1 in found or index + 1 in found}


def _cells(source: str, start: int, end: int, *, loose: bool = False) -> tuple[tuple[int, int], ...]:
    """Spans of the cells of a row, empty cells as empty spans."""
    raw = source[start:end]
    if raw.count("|") >= 2:
        separator = re.compile(r"\|")
    elif "\t" in raw.strip():
        separator = re.compile(r"\t")
    else:
        separator = LOOSE_GAP if loose else re.compile(r"[ \u3000]{2,}")
    spans = []
    at = 0
    for match in [*separator.finditer(raw), None]:
        stop = match.start() if match else len(raw)
        piece = raw[at:stop]
        lead = len(piece) - len(piece.lstrip())
        spans.append((start + at + lead, start + at + max(lead, len(piece.rstrip()))))
        at = match.end() if match else stop
    if "|" in raw and separator.pattern == r"\|":
        if raw.lstrip().startswith("|"):
            spans = spans[1:]
        if raw.rstrip().endswith("|"):
            spans = spans[:-1]
    elif separator.pattern != r"\t":
        spans = [s for s in spans if s[0] < s[1]]
    return tuple(spans)


def split_blocks(source: Source) -> list[Block]:
    """Blocks of the document in reading order."""
    lines = _lines(source.text, source.rows)
    widths = sorted(
        display_width(line.text) for line in lines if line.start not in source.rows and not is_row(line.text)
    )
    widest = widths[int(len(widths) * 0.95)] if widths else 0
    # Hard-wrapped text: many lines of nearly the same, page-like width.
    full = [w for w in widths if widest - 6 <= w <= widest + 4]
    wrapped = bool(widths) and 30 <= widest <= 110 and len(full) >= 0.25 * len(widths)
    wrap = widest if wrapped else 0
    blocks: list[Block] = []
    current: list[_Line] = []
    level = 0

    def flush() -> None:
        nonlocal current, level
        if current:
            block = _make(source, current, level)
            if block is not None:
                blocks.append(block)
        current = []
        level = 0

    loose = _loose_rows(lines)
    for index, line in enumerate(lines):
        if line.start in source.rows:
            flush()
            norm = normalise(source.text, [(line.start, line.end)])
            if norm.text:
                blocks.append(Block(norm, "row", cells=source.rows[line.start]))
            continue
        heading = source.headings.get(line.start, 0)
        markdown = (
            MARKDOWN.match(source.text[line.start : line.end])
            if source.name.lower().endswith(".md") or line.text.startswith("#")
            else None
        )
        if heading or markdown:
            flush()
            if markdown:
                heading = len(markdown.group(1))
                line = _Line(line.start + markdown.end(), line.end, line.text.lstrip("#").strip(), 0, True)
            current, level = [line], heading
            flush()
            continue
        if index in loose or is_row(line.text):
            flush()
            if not RULE.match(line.text):
                norm = normalise(source.text, [(line.start, line.end)])
                cells = _cells(source.text, line.start, line.end, loose=index in loose)
                blocks.append(Block(norm, "row", cells=cells))
            continue
        if CONTENTS.search(line.text):
            flush()
            continue
        if current and not _continues(current, line, wrap):
            flush()
        current.append(line)
    flush()
    _mark_number_titles(blocks)
    return blocks


def _mark_number_titles(blocks: list[Block]) -> None:
    """Give “2.365健康服务项目” its number: after item 1 and before item 3 it is an item 2 whose title begins
    with 365.

    A lone “2.5万亩…” is a value, and 1.1, 1.2 of a decimal numbering are no titles either.
    """
    numbered = [(i, m) for i, b in enumerate(blocks) if not b.marker and (m := NUMBER_TITLE.match(b.text))]
    firsts = [match.group(1) for _, match in numbered]
    alike = {key for key in firsts if firsts.count(key) > 1} if len(firsts) < 400 else set(firsts)
    for index, match in numbered:
        if match.group(1) in alike or blocks[index].kind != "text":
            continue
        number = int(match.group(1))
        before = next((b.number for b in reversed(blocks[max(0, index - 60) : index]) if b.marker == "arabic"), 0)
        after = next((b.number for b in blocks[index + 1 : index + 60] if b.marker == "arabic"), 0)
        listed = after == number + 1 or str(number + 1) in firsts
        whole = index > 0 and blocks[index - 1].text[-1] in "。！；）" and len(match.group(3)) >= 4
        quantity = unit_at(match.group(2) + match.group(3), len(match.group(2))) is not None
        if before == number - 1 and (listed or (number > 1 and (whole or not quantity))):
            blocks[index].marker, blocks[index].number = "arabic", number
            blocks[index].marker_end = match.start(2)


def _continues(current: list[_Line], line: _Line, wrap: int) -> bool:
    """Whether ``line`` goes on where ``current`` stopped."""
    last = current[-1].text
    so_far = "".join(item.text for item in current) if len(current) < 4 else current[0].text + current[-1].text
    if BOX_HEADING.match(line.text) and line.blank_before:
        return False
    clean = normalise(line.text).text
    if NUMBER_LINE.match(clean) or DATE_LINE.match(clean) or NUMBER_LINE.match(normalise(last).text):
        return False
    kind, _number, _end = find_marker(clean)
    opened = _open_bracket("".join(item.text for item in current[-6:]))
    ended = (
        last.rstrip(CLOSERS)[-1:] in TERMINAL
        or re.search(r"（(?:责任|牵头|配合)[^（）]{0,400}）$|^（[^（）]{4,400}）$", last) is not None
    )
    if kind == "arabic" and not ended and re.match(r"\d+[.、]", clean) and re.search(r"[，、到达至超过和及]$", last):
        kind = ""  # a wrapped number, not a label
    if kind and kind != "is" and not (opened and kind in ("bullet", "half")):
        return False
    if (kind == "is" or NUMBER_TITLE.match(clean)) and ended:
        return False
    width = display_width(last)
    if ended and not opened:
        return (
            bool(wrap)
            and width >= wrap - 3
            and line.indent <= current[-1].indent
            and not line.blank_before
            and last[-1] not in "：:"
        )
    if opened or last[-1] in "，、,":
        return True
    first_marker = find_marker(normalise(current[0].text).text)[0]
    if (
        first_marker in RANK
        and len(current) == 1
        and width < (wrap - 3 if wrap else 60)
        and not re.search(r"[，。：；]", so_far[:-1])
    ):
        return bool(re.match(r"[，。；、）]", clean))
    if line.indent > current[-1].indent and wrap:
        return False
    if PLAIN_HEADING.fullmatch(normalise(last).text):
        return False
    if wrap:
        return width >= wrap * 0.8 or bool(re.match(r"[，。；、）]", clean))
    return width >= 60 or bool(re.match(r"[，。；、）]", clean))


def _make(source: Source, lines: list[_Line], level: int) -> Block | None:
    norm = normalise(source.text, [(line.start, line.end) for line in lines])
    if not norm.text:
        return None
    kind, number, end = find_marker(norm.text)
    return Block(norm, "text", kind, number, end, level, joined=len(lines))
