"""Word documents: paragraphs and tables in reading order, with automatic numbers made visible."""

import io
from collections.abc import Iterator
from typing import Any

from docx import Document
from docx.document import Document as DocumentType
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

CHINESE_DIGITS = "零一二三四五六七八九"


def chinese_number(number: int) -> str:
    """1..99 in Chinese numerals, as list labels write them.

    >>> chinese_number(21)
    '二十一'
    """
    if number < 10:
        return CHINESE_DIGITS[number]
    tens, ones = divmod(number, 10)
    head = "十" if tens == 1 else (CHINESE_DIGITS[tens] if tens < 10 else str(tens)) + "十"
    return head + (CHINESE_DIGITS[ones] if ones else "")


class _Numbering:
    """Labels of automatically numbered paragraphs (ECMA-376 part 1, 17.9)."""

    def __init__(self, document: DocumentType) -> None:
        self.levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self.counters: dict[str, dict[int, int]] = {}
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            return
        abstract: dict[str, dict[int, tuple[str, str, int]]] = {}
        for node in root.findall(qn("w:abstractNum")):
            levels = {}
            for level in node.findall(qn("w:lvl")):
                levels[int(level.get(qn("w:ilvl")) or 0)] = (
                    _value(level, "w:numFmt") or "decimal",
                    _value(level, "w:lvlText") or "",
                    int(_value(level, "w:start") or 1),
                )
            abstract[node.get(qn("w:abstractNumId"))] = levels
        for node in root.findall(qn("w:num")):
            self.levels[node.get(qn("w:numId"))] = abstract.get(_value(node, "w:abstractNumId") or "", {})

    def label(self, paragraph: Paragraph) -> str:
        properties = paragraph._p.find(qn("w:pPr"))
        number = properties.find(qn("w:numPr")) if properties is not None else None
        if number is None:
            style = paragraph.style
            style_properties = style.element.find(qn("w:pPr")) if style is not None else None
            number = style_properties.find(qn("w:numPr")) if style_properties is not None else None
        if number is None:
            return ""
        num_id = _value(number, "w:numId") or "0"
        level = int(_value(number, "w:ilvl") or 0)
        levels = self.levels.get(num_id)
        if num_id == "0" or not levels or level not in levels:
            return ""
        counters = self.counters.setdefault(num_id, {})
        counters[level] = counters.get(level, levels[level][2] - 1) + 1
        for deeper in [k for k in counters if k > level]:
            del counters[deeper]
        form, text, _start = levels[level]
        if form == "bullet":
            return "•"
        for index in range(level + 1):
            if f"%{index + 1}" in text:
                count = counters.get(index, levels.get(index, ("", "", 1))[2])
                text = text.replace(f"%{index + 1}", _format(count, levels.get(index, (form, "", 1))[0]))
        return text


def _value(node: Any, tag: str) -> str | None:
    found = node.find(qn(tag))
    return found.get(qn("w:val")) if found is not None else None


def _format(number: int, form: str) -> str:
    if form.startswith(("chinese", "japaneseCounting", "taiwaneseCounting", "ideograph")):
        return chinese_number(number)
    return str(number)


def word_text(data: bytes) -> tuple[str, dict[int, int]]:
    """Text of a .docx and the heading level of each line that has a heading style."""
    document = Document(io.BytesIO(data))
    numbering = _Numbering(document)
    lines: list[str] = []
    headings: dict[int, int] = {}
    position = 0
    for block in _blocks(document):
        if isinstance(block, Paragraph):
            label = numbering.label(block)
            new_lines = [(label + block.text) if block.text.strip() else ""]
            style = (block.style.name or "") if block.style is not None else ""
            level = _heading_level(style)
            if level and new_lines[0]:
                headings[position] = level
        else:
            new_lines = list(_rows(block))
        for line in new_lines:
            lines.append(line)
            position += len(line) + 1
    return "\n".join(lines), headings


def _heading_level(style: str) -> int:
    for prefix in ("Heading ", "heading ", "标题 ", "标题"):
        if style.startswith(prefix) and style[len(prefix) :].strip().isdigit():
            return min(int(style[len(prefix) :]), 9)
    return 0


def _blocks(document: DocumentType) -> Iterator[Paragraph | Table]:
    for child in document.element.body.iterchildren():
        if child.tag == qn("w:p"):
            yield Paragraph(child, document)
        elif child.tag == qn("w:tbl"):
            yield Table(child, document)
        elif child.tag == qn("w:sdt"):
            for inner in child.iter(qn("w:p")):
                yield Paragraph(inner, document)


def _rows(table: Table) -> Iterator[str]:
    """One line a row; a cell that is merged across appears once, its further places stay empty."""
    for row in table.rows:
        cells: list[str] = []
        previous = None
        for cell in row.cells:
            same = cell._tc is previous
            previous = cell._tc
            cells.append("" if same else " ".join(cell.text.split()))
        if len(cells) == 1:  # a framed box (专栏), not a table of columns
            yield from (line for line in row.cells[0].text.split("\n"))
        else:
            yield "\t".join(cells)
