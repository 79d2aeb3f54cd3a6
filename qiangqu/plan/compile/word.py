"""Word documents: what Word shows, once and in reading order, wherever the format puts it.

Paragraphs, tables and content controls stand in their order; what is anchored to a paragraph (text boxes,
shapes, diagrams) follows it; foot- and endnotes follow the paragraph or table that refers to them. Headers
and footers come last, each text once and only if the body does not hold it. Numbers of lists become text. Not
there: what tracking or formatting shows as struck out, hidden text, instructions of fields, comments, the
reading beside ruby text, figures that a chart draws, numbers of pages and notes.
"""

import email
import re
from dataclasses import dataclass, field
from typing import Any

from lxml import html

from .readers import DocumentError, decode
from .word_accept import accept, hidden_drawing, mark_deleted
from .word_drawing import drawn_lines, math_text
from .word_numbering import Numbering
from .word_package import TOO_LARGE, Package, attribute, child, is_on, kind, q, value
from .word_styles import Styles
from .word_symbols import in_font, symbol

_PAGE_LINE = re.compile(r"^[\s\-—–·./|第页共]*$")
MAX_SPAN = 63  # columns that a cell may take: Word's own bound for a table
MAX_CELLS = 500_000
DEEPEST_IMPORT = 2  # documents embedded in documents
# never text: properties, marks, what is not shown
_SKIPPED = {
    "w:sectPr", "w:sdtEndPr", "w:delText", "w:delInstrText", "w:instrText", "w:fldData", "w:rt", "w:del", "w:moveFrom",
    "w:tblGrid", "w:tblPrEx", "w:annotationRef", "w:binData", "w:softHyphen", "w:fldChar",
}  # fmt: skip
_MARKS = {"w:tab": "\t", "w:ptab": "\t", "w:cr": "\n", "w:noBreakHyphen": "-"}
_SHAPES = ("w:drawing", "w:pict", "w:object")


@dataclass(eq=False)
class Cell:
    """A cell of a row. ``top`` is the cell above that it is merged with; ``span`` (characters of the text) is
    known at the end.
    """

    text: str
    top: "Cell | None" = None
    span: tuple[int, int] = (0, 0)


@dataclass
class Line:
    text: str
    heading: int = 0
    cells: list[Cell] = field(default_factory=list)


def word_text(data: bytes, name: str) -> tuple[str, dict[int, int], dict[int, tuple[tuple[int, int], ...]]]:
    """Text of a .docx, the heading level of each line that has a heading style, and the spans of the cells of
    each line that is a row of a table (a cell merged with the one above has that one's span). Lines are told
    by their first character. Raises DocumentError."""
    lines = _Reader(Package(data, name), 0).lines()
    headings: dict[int, int] = {}
    rows: dict[int, tuple[tuple[int, int], ...]] = {}
    position = 0
    for line in lines:
        if line.heading and line.text:
            headings[position] = line.heading
        if line.cells:
            at = position
            for cell in line.cells:
                cell.span = cell.top.span if cell.top is not None else (at, at + len(cell.text))
                at += len(cell.text) + 1
            if sum(cell.span[0] < cell.span[1] for cell in line.cells) > 1:
                rows[position] = tuple(cell.span for cell in line.cells)
        position += len(line.text) + 1
    return "\n".join(line.text for line in lines), headings, rows


def _heading_level(style: str) -> int:
    for prefix in ("Heading ", "heading ", "标题 ", "标题"):
        if style.startswith(prefix) and style[len(prefix) :].strip().isdecimal():
            return min(int(style[len(prefix) :]), 9)
    return 0


@dataclass
class _Inline:
    """What one paragraph holds: its text in pieces, and the lines that follow it."""

    pieces: list[str] = field(default_factory=list)
    after: list[Line] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces)


class _Reader:
    def __init__(self, package: Package, depth: int) -> None:
        self.package, self.part, self.depth = package, package.main, depth
        self.root = accept(package.tree(package.main))
        self.targets = {key: target for key, _kind, target, outside in package.relations(self.part) if not outside}
        self.styles = Styles(self._first("styles"))
        self.numbering = Numbering(self._first("numbering"), self.styles)
        self.notes: dict[tuple[str, str], Any] = {}
        self.noted: list[tuple[str, str, Any]] = []
        for what in ("footnote", "endnote"):
            for part in package.related(self.part, what + "s"):
                root = package.tree(part)
                for note in accept(root).iter(q("w:" + what)) if root is not None else ():
                    if attribute(note, "w:type") in (None, "normal"):
                        self.notes.setdefault((what, attribute(note, "w:id") or ""), note)
        self.table_style = ""
        self.cells = 0

    def _first(self, what: str) -> Any:
        parts = self.package.related(self.part, what)
        root = self.package.tree(parts[0]) if parts else None
        return accept(root) if root is not None else None

    def lines(self) -> list[Line]:
        body = child(self.root, "w:body")
        lines = self.story(body, top=True) if body is not None else []
        return lines + self._furniture({" ".join(line.text.split()) for line in lines})

    # ------------------------------------------------------------ blocks

    def story(self, container: Any, *, top: bool = False) -> list[Line]:
        """The lines of what holds paragraphs and tables. At the ``top`` notes follow at once; within cells
        and boxes they wait.
        """
        lines: list[Line] = []
        waiting: list[Any] = []  # paragraphs whose ends are not there: the next goes on in their line
        for node in self._blocks(container):
            what = kind(node)
            if what == "w:p":
                waiting.append(node)
                if self._goes_on(node):
                    continue
            if waiting:
                lines += self._paragraph(waiting)
                waiting = []
            if what == "w:tbl":
                lines += self._table(node)
            elif what == "w:altChunk":
                lines += self._imported(node)
            elif what == "w:subDoc":
                raise DocumentError(
                    "文件是主控文档，子文档的内容不在其中，请在 Word 中展开子文档并取消链接后再上传",
                    where=self.package.name,
                )
            elif what != "w:p":
                lines += self._paragraph([node])
            if top:
                lines += self._due_notes()
        if waiting:
            lines += self._paragraph(waiting)
        if top:
            lines += self._due_notes()
        return lines

    def _blocks(self, container: Any) -> Any:
        for node in container:
            what = kind(node)
            if what in ("w:p", "w:tbl", "w:altChunk", "w:subDoc", "w:r", "m:oMath", "m:oMathPara"):
                yield node
            elif what not in _SKIPPED and not what.endswith("Pr"):
                yield from self._blocks(node)

    def _goes_on(self, paragraph: Any) -> bool:
        properties = child(paragraph, "w:pPr")
        if mark_deleted(properties):
            return True
        return self.styles.effective(
            "w:vanish", child(properties, "w:rPr"), value(properties, "w:pStyle") or "", self.table_style
        )

    def _paragraph(self, nodes: list[Any]) -> list[Line]:
        """The line of a paragraph (or of several that run on), and what is anchored to it."""
        found = [self._inline(node) for node in nodes]
        # of paragraphs that run on, the first that shows something gives the number and the heading
        first = next((at for at, one in enumerate(found) if one.text.strip()), len(nodes) - 1)
        properties = child(nodes[first], "w:pPr")
        label = self.numbering.label(properties)
        text = "".join(one.text for one in found)
        level = _heading_level(self.styles.name(value(properties, "w:pStyle") or ""))
        lines = [Line(label + text if text.strip() else "", level)]
        if label and not text.strip() and kind(nodes[first].getparent()) == "w:tc":
            lines = [Line(label)]  # a column of numbers that Word counts
        after = [line for one in found for line in one.after]
        return [*lines, Line(""), *after, Line("")] if after else lines

    def _due_notes(self) -> list[Line]:
        lines: list[Line] = []
        while self.noted:
            _what, _key, note = self.noted.pop(0)
            lines += [line for line in self.story(note) if line.text.strip()]
        return [Line(""), *lines, Line("")] if lines else []

    # ------------------------------------------------------------ tables

    def _table(self, table: Any) -> list[Line]:
        outer, self.table_style = self.table_style, value(table, "w:tblPr", "w:tblStyle") or ""
        lines: list[Line] = []
        above: dict[int, Cell] = {}  # first column → a cell that may go on below
        for row in self._inside(table, "w:tr"):
            made, above = self._row(row, above)
            lines += made
        self.table_style = outer
        return lines

    def _inside(self, node: Any, wanted: str) -> Any:
        """Rows of a table, cells of a row; also within content controls and the like, but not those of nested
        tables.
        """
        for one in node:
            what = kind(one)
            if what == wanted:
                yield one
            elif what not in _SKIPPED and not what.endswith("Pr") and what not in ("w:tbl", "w:p"):
                yield from self._inside(one, wanted)

    def _row(self, row: Any, above: dict[int, Cell]) -> tuple[list[Line], dict[int, Cell]]:
        cells: list[Cell] = [Cell("") for _gap in range(_count(value(row, "w:trPr", "w:gridBefore"), 0))]
        here: dict[int, Cell] = {}
        nodes = list(self._inside(row, "w:tc"))
        alone: list[Line] = []
        for node in nodes:
            properties, at = child(node, "w:tcPr"), len(cells)
            merge = child(properties, "w:vMerge")
            goes_on = merge is not None and attribute(merge) in (None, "continue") and at in above
            if goes_on:
                cell = Cell("", above[at].top or above[at])
            else:
                alone = self.story(node)
                cell = Cell(" ".join(" ".join(line.text for line in alone).split()))
            if merge is not None:
                here[at] = cell
            cells.append(cell)
            cells += [Cell("") for _further in range(_count(value(properties, "w:gridSpan"), 1) - 1)]
        self.cells += len(cells)
        if self.cells > MAX_CELLS:
            raise DocumentError(TOO_LARGE, where=self.package.name)
        if not any(cell.text for cell in cells) and child(row, "w:trPr", "w:hidden") is not None:
            return [], here
        if len(nodes) == 1:  # a framed box (专栏) or a line across the table, not a row of columns
            return alone, here
        return [Line("\t".join(cell.text for cell in cells), cells=cells)], here

    # ------------------------------------------------------------ within paragraphs

    def _inline(self, node: Any) -> _Inline:
        into = _Inline()
        style = value(node, "w:pPr", "w:pStyle") or ""
        if kind(node) == "w:p":
            for one in node:
                self._piece(one, into, style)
        else:
            self._piece(node, into, style)
        return into

    def _piece(self, node: Any, into: _Inline, style: str, font: str = "") -> None:
        what = kind(node)
        if not what or what in _SKIPPED or what.endswith("Pr"):
            return
        if what == "w:t":
            into.pieces.append(in_font(_plain(node), font))
        elif what in _MARKS:
            into.pieces.append(_MARKS[what])
        elif what == "w:br":
            into.pieces.append("\n" if (attribute(node, "w:type") or "textWrapping") == "textWrapping" else "")
        elif what == "w:sym":
            code = attribute(node, "w:char") or ""
            if 0 < len(code) <= 6 and all(one in "0123456789abcdefABCDEF" for one in code):
                into.pieces.append(symbol(int(code, 16), attribute(node, "w:font") or ""))
        elif what in ("w:footnoteReference", "w:endnoteReference"):
            key = (what[2:-9], attribute(node, "w:id") or "")
            note = self.notes.pop(key, None)
            if note is not None:
                self.noted.append((*key, note))
        elif what in ("m:oMath", "m:oMathPara"):
            into.pieces.append(math_text(node))
        elif what in _SHAPES:
            into.after += self._drawn(node)
        elif what == "w:r":
            properties = child(node, "w:rPr")
            if self.styles.hides(properties, style, self.table_style):
                return
            fonts = child(properties, "w:rFonts")
            own = attribute(fonts, "w:ascii") or attribute(fonts, "w:hAnsi") or ""
            for one in node:
                self._piece(one, into, style, own)
        else:
            for one in node:
                self._piece(one, into, style, font)

    def _drawn(self, node: Any) -> list[Line]:
        """What a drawing shows as text: boxes, words on shapes, diagrams, titles of charts."""
        lines: list[Line] = []
        if hidden_drawing(node):
            return lines
        what = kind(node)
        if what == "w:txbxContent":
            return [line for line in self.story(node) if line.text.strip()]
        if what in ("a:p", "v:textpath", "dgm:relIds", "c:chart"):
            return [Line(text) for text in drawn_lines(node, self._related_tree)]
        for one in node:
            lines += self._drawn(one)
        return lines

    def _related_tree(self, key: str) -> Any:
        target = self.targets.get(key)
        return self.package.tree(target) if target else None

    # ------------------------------------------------------------ other parts

    def _imported(self, node: Any) -> list[Line]:
        """A document embedded as a whole (``w:altChunk``), which Word shows as part of this one."""
        target = self.targets.get(attribute(node, "r:id") or "", "")
        data = self.package.data(target)
        if data is None:
            return []
        if data.startswith(b"PK") and self.depth < DEEPEST_IMPORT:
            return _Reader(Package(data, self.package.name), self.depth + 1).lines()
        suffix = target.rpartition(".")[2].lower()
        if suffix in ("mht", "mhtml", "eml"):
            parts = [one for one in email.message_from_bytes(data).walk() if one.get_content_type() == "text/html"]
            payload = parts[0].get_payload(decode=True) if parts else None
            data, suffix = payload if isinstance(payload, bytes) else b"", "html"
        if suffix in ("htm", "html", "xhtml"):
            return [Line(line) for line in _html_lines(decode(data, self.package.name) if data else "")]
        if suffix == "txt":
            return [Line(line) for line in decode(data, self.package.name).split("\n")]
        raise DocumentError("文件嵌入了无法读取的子文档，请用 Word 打开并重新另存为 .docx", where=self.package.name)

    def _furniture(self, known: set[str]) -> list[Line]:
        """Headers and footers that are shown, as far as the body does not hold their text; each text once."""
        settings = self._first("settings")
        even = child(settings, "w:evenAndOddHeaders")
        lines: list[Line] = []
        for section in self.root.iter(q("w:sectPr")):
            if kind(section.getparent()) == "w:sectPrChange":
                continue
            title = child(section, "w:titlePg")
            shown = {
                "default": True,
                "first": title is not None and is_on(title),
                "even": even is not None and is_on(even),
            }
            for reference in section.iter(q("w:headerReference"), q("w:footerReference")):
                target = self.targets.get(attribute(reference, "r:id") or "")
                if not target or not shown.get(attribute(reference, "w:type") or "default", False):
                    continue
                root = self.package.tree(target)
                if root is None:
                    continue
                main, targets = self.part, self.targets
                relations = self.package.relations(target)
                self.targets = {key: found for key, _kind, found, outside in relations if not outside}
                for line in self.story(accept(_without_page_numbers(root))):
                    text = " ".join(line.text.split())
                    if not _PAGE_LINE.match(text) and text not in known:
                        known.add(text)
                        lines.append(Line(text))
                self.part, self.targets = main, targets
        return [Line(""), *lines] if lines else []


def _plain(node: Any) -> str:
    """The characters of a ``w:t``: white space in the XML is one space, and none at its ends unless it is to
    be kept.
    """
    text = node.text or ""
    for char in "\t\r\n":
        text = text.replace(char, " ")
    if node.get("{http://www.w3.org/XML/1998/namespace}space") != "preserve" and text != node.text:
        text = " ".join(text.split())
    return text


def _count(text: str | None, otherwise: int) -> int:
    return min(int(text), MAX_SPAN) if text is not None and text.isdecimal() else otherwise


def _without_page_numbers(root: Any) -> Any:
    """A header or footer without its fields (pages, dates, running titles): they are made from the rest of
    the document.
    """
    for simple in list(root.iter(q("w:fldSimple"))):
        simple.getparent().remove(simple)
    depth = 0
    for node in list(root.iter(q("w:fldChar"), q("w:t"))):
        if kind(node) == "w:fldChar":
            depth += {"begin": 1, "end": -1}.get(attribute(node, "w:fldCharType") or "", 0)
        elif depth > 0:
            node.text = ""
    return root


def _html_lines(source: str) -> list[str]:
    if not source.strip():
        return []
    root = html.fromstring(source)
    for node in list(root.iter("script", "style", "head", "del", "s", "strike")):
        node.drop_tree()
    for node in root.iter("p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6"):
        node.tail = "\n" + (node.tail or "")
    for node in root.iter("td", "th"):
        if node.getnext() is not None:
            node.tail = "\t" + (node.tail or "").strip()
    lines = ["\t".join(" ".join(cell.split()) for cell in line.split("\t")) for line in root.text_content().split("\n")]
    return [line for line in lines if line.strip()]
