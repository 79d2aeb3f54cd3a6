"""Official papers 公文 in Word: the layout of GB/T 9704—2012 党政机关公文格式, as far as a program can set
it.

Clause numbers are those of the standard. Lengths in millimetres, sizes of type in points (2号 22, 3号 16, 4号
14).
"""

import unicodedata
from collections.abc import Sequence
from copy import deepcopy
from io import BytesIO

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

# 5.1, 5.2.1: A4; top 37, binding edge 28, type area 156 × 225
PAGE = (210, 297)
TOP, LEFT, TYPE_WIDTH, TYPE_HEIGHT = 37, 28, 156, 225
RIGHT, BOTTOM = PAGE[0] - LEFT - TYPE_WIDTH, PAGE[1] - TOP - TYPE_HEIGHT
LINES, CHARACTERS = 22, 28  # 5.2.3
SIZE_2, SIZE_3, SIZE_4, SIZE_TABLE = 22.0, 16.0, 14.0, 10.5
LINE = TYPE_HEIGHT / 25.4 * 72 / LINES  # points from line to line that fill the type area with 22 lines
SONG_TITLE, FANG_SONG, HEI, KAI, SONG = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
RED = RGBColor(0xFF, 0, 0)
# 7.5: the dash lies 7 mm below the type area (35 mm from the edge), less the height of 4号 type
FOOTER_MM = 23


def plain(text: str) -> str:
    r"""The text on one line without control characters, which XML does not allow.

    >>> plain("船舶\x01产值\n增长")
    '船舶产值 增长'
    """
    return "".join(
        " " if c in "\n\r\t" else c for c in text if c in "\n\r\t" or unicodedata.category(c) not in ("Cc", "Cs")
    )


def _font(run: Run, name: str, size: float, *, bold: bool = False, colour: RGBColor | None = None) -> Run:
    run.font.name = name
    run.font.size = Pt(size)
    run.font.bold = bold
    fonts = run._element.get_or_add_rPr().get_or_add_rFonts()
    for kind in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(kind), name)
    if colour is not None:
        run.font.color.rgb = colour
    return run


class OfficialPaper:
    """A paper that is filled from top to bottom; :meth:`data` gives the .docx."""

    def __init__(self, title: str) -> None:
        self.document: DocumentType = Document()
        self.document.core_properties.title = title
        self.document.core_properties.author = ""
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(PAGE[0]), Mm(PAGE[1])
        section.top_margin, section.bottom_margin = Mm(TOP), Mm(BOTTOM)
        section.left_margin, section.right_margin = Mm(LEFT), Mm(RIGHT)
        section.footer_distance = Mm(FOOTER_MM)
        self._grid(section)
        self._normal_style()
        self._page_numbers(section)

    # ---------------------------------------------------------------- page

    def _grid(self, section: object) -> None:
        """22 lines of 28 characters: 28 of 16 points are wider than the type area, so the grid draws them
        together a little.
        """
        properties = section._sectPr  # type: ignore[attr-defined]
        for old in properties.findall(qn("w:docGrid")):
            properties.remove(old)
        grid = OxmlElement("w:docGrid")
        grid.set(qn("w:type"), "linesAndChars")
        grid.set(qn("w:linePitch"), str(round(LINE * 20)))
        pitch = TYPE_WIDTH / 25.4 * 72 / CHARACTERS
        grid.set(qn("w:charSpace"), str(round((pitch - SIZE_3) * 4096)))
        properties.append(grid)

    def _normal_style(self) -> None:
        style = self.document.styles["Normal"]
        style.font.name, style.font.size = FANG_SONG, Pt(SIZE_3)  # 5.2.2
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(kind), FANG_SONG)
        layout = style.paragraph_format
        layout.space_before = layout.space_after = Pt(0)
        layout.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        layout.line_spacing = Pt(LINE)

    def _page_numbers(self, section: object) -> None:
        """7.5: — 1 — in 4号 Song; odd pages right, even pages left, one character in from the edge."""
        self.document.settings.odd_and_even_pages_header_footer = True
        sides = (
            (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),  # type: ignore[attr-defined]
            (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),  # type: ignore[attr-defined]
        )
        for footer, side in sides:
            footer.is_linked_to_previous = False
            paragraph = footer.paragraphs[0]
            paragraph.alignment = side
            layout = paragraph.paragraph_format
            if side == WD_ALIGN_PARAGRAPH.RIGHT:
                layout.right_indent = Pt(SIZE_4)
            else:
                layout.left_indent = Pt(SIZE_4)
            _font(paragraph.add_run("— "), SONG, SIZE_4)
            self._field(paragraph, "PAGE")
            _font(paragraph.add_run(" —"), SONG, SIZE_4)

    def _field(self, paragraph: Paragraph, code: str) -> None:
        run = _font(paragraph.add_run(), SONG, SIZE_4)
        for kind in ("begin", None, "end"):
            if kind is None:
                text = OxmlElement("w:instrText")
                text.set(qn("xml:space"), "preserve")
                text.text = code
                run._element.append(text)
            else:
                mark = OxmlElement("w:fldChar")
                mark.set(qn("w:fldCharType"), kind)
                run._element.append(mark)

    # ---------------------------------------------------------------- head

    def head(self, issuer: str, number: str, *, urgency: str = "", signers: str = "") -> None:
        """7.2.3 urgency at the upper left of the type area in Hei; 7.2.4 issuer in red Song title type, its
        top 35 mm below the top of the type area; 7.2.5 number two lines below, in an upward document one
        character in from the left with 7.2.6 the signers (in Kai) one in from the right; 7.2.7 a red line 4
        mm below, as wide as the type area."""
        above = 35.0
        if urgency:
            paragraph = self._paragraph()
            _font(paragraph.add_run(plain(urgency)), HEI, SIZE_3)
            above -= LINE / 72 * 25.4
        name = self._paragraph(WD_ALIGN_PARAGRAPH.CENTER)
        size = min(48.0, TYPE_WIDTH / 25.4 * 72 / max(len(issuer), 1) * 0.98)
        name.paragraph_format.space_before = Mm(above)
        name.paragraph_format.line_spacing = Pt(max(size * 1.3, LINE))
        _font(name.add_run(plain(issuer)), SONG_TITLE, size, colour=RED)
        self.blank(2)
        paragraph = self._paragraph(WD_ALIGN_PARAGRAPH.LEFT if signers else WD_ALIGN_PARAGRAPH.CENTER)
        if signers:
            layout = paragraph.paragraph_format
            layout.left_indent = layout.right_indent = Pt(SIZE_3)
            layout.tab_stops.add_tab_stop(Mm(TYPE_WIDTH) - Pt(SIZE_3), WD_TAB_ALIGNMENT.RIGHT)
        _font(paragraph.add_run(plain(number)), FANG_SONG, SIZE_3)
        if signers:
            _font(paragraph.add_run("\t签发人："), FANG_SONG, SIZE_3)
            _font(paragraph.add_run(plain(signers)), KAI, SIZE_3)
        border = OxmlElement("w:pBdr")
        line = OxmlElement("w:bottom")
        for key, value in (("val", "single"), ("sz", "12"), ("space", str(round(4 / 25.4 * 72))), ("color", "FF0000")):
            line.set(qn(f"w:{key}"), value)
        border.append(line)
        paragraph._element.get_or_add_pPr().append(border)

    def title(self, text: str) -> None:
        """7.3.1: 2号 Song title type, centred, two lines below the red line."""
        self.blank(2)
        paragraph = self._paragraph(WD_ALIGN_PARAGRAPH.CENTER)
        paragraph.paragraph_format.line_spacing = Pt(SIZE_2 * 1.5)
        _font(paragraph.add_run(plain(text)), SONG_TITLE, SIZE_2)

    # ---------------------------------------------------------------- body

    def blank(self, lines: int = 1) -> None:
        for _ in range(lines):
            self._paragraph()

    def addressees(self, text: str) -> None:
        """7.3.2: one line below the title, from the left edge, with a colon."""
        self.blank()
        _font(self._paragraph().add_run(plain(f"{text}：")), FANG_SONG, SIZE_3)

    def level_1(self, text: str, following: str = "") -> None:
        """7.3.3: 一、 in Hei; ``following`` goes on in Fang Song in the same paragraph."""
        paragraph = self._indented()
        _font(paragraph.add_run(plain(text)), HEI, SIZE_3)
        if following:
            _font(paragraph.add_run(plain(following)), FANG_SONG, SIZE_3)

    def level_2(self, text: str, following: str = "") -> None:
        """7.3.3: （一） in Kai; ``following`` goes on in Fang Song in the same paragraph."""
        paragraph = self._indented()
        _font(paragraph.add_run(plain(text)), KAI, SIZE_3)
        if following:
            _font(paragraph.add_run(plain(following)), FANG_SONG, SIZE_3)

    def text(self, text: str) -> None:
        """A paragraph, its first line two characters in."""
        _font(self._indented().add_run(plain(text)), FANG_SONG, SIZE_3)

    def attachments(self, names: Sequence[str]) -> None:
        """7.3.4: one line below the text, two characters in; several are numbered."""
        self.blank()
        for at, name in enumerate(names, start=1):
            paragraph = self._indented()
            head = "附件：" if at == 1 else "　　　"
            _font(paragraph.add_run(f"{head}{at}．{name}" if len(names) > 1 else f"{head}{name}"), FANG_SONG, SIZE_3)

    def signature(self, issuer: str, date: str) -> None:
        """7.3.5: issuer above the date; the date ends four characters from the right edge, the issuer is
        centred on it.
        """
        self.blank(2)
        for text, right in ((issuer, 4 + (len(date) - len(issuer)) / 2), (date, 4.0)):
            paragraph = self._paragraph(WD_ALIGN_PARAGRAPH.RIGHT)
            paragraph.paragraph_format.right_indent = Pt(max(right, 2.0) * SIZE_3)
            paragraph.paragraph_format.keep_with_next = text == issuer
            _font(paragraph.add_run(plain(text)), FANG_SONG, SIZE_3)

    def people(self, word: str, names: str) -> None:
        """10.3: who was present 出席, on leave 请假, sitting in 列席: the word in Hei, two characters in,
        names that run on below the first one.
        """
        paragraph = self._paragraph(WD_ALIGN_PARAGRAPH.JUSTIFY)
        layout = paragraph.paragraph_format
        layout.left_indent, layout.first_line_indent = Pt(5 * SIZE_3), Pt(-3 * SIZE_3)
        _font(paragraph.add_run(f"{plain(word)}："), HEI, SIZE_3)
        _font(paragraph.add_run(plain(names)), FANG_SONG, SIZE_3)

    def remark(self, text: str) -> None:
        """7.3.6: two characters in, in round brackets, on the line below the date."""
        _font(self._indented().add_run(f"（{plain(text)}）"), FANG_SONG, SIZE_3)

    def imprint(self, copies_to: str, printer: str, date: str) -> None:
        """7.4, at the foot of the last page: 7.4.1 lines as wide as the type area, the outer ones 0.35 mm,
        the one between 0.25 mm; 7.4.2 who gets a copy and 7.4.3 who printed it and when, in 4号 Fang Song,
        one character in on either side."""
        lines = []
        if copies_to:
            lines.append((f"抄送：{plain(copies_to).rstrip('。')}。", ""))
        lines.append((plain(printer), f"{plain(date)}印发"))
        for at, (left, right) in enumerate(lines):
            paragraph = self._paragraph()
            layout = paragraph.paragraph_format
            layout.left_indent = layout.right_indent = Pt(SIZE_4)
            layout.line_spacing = Pt(SIZE_4 * 1.6)
            _font(paragraph.add_run(left), FANG_SONG, SIZE_4)
            if right:
                layout.tab_stops.add_tab_stop(Mm(TYPE_WIDTH) - Pt(SIZE_4), WD_TAB_ALIGNMENT.RIGHT)
                _font(paragraph.add_run(f"\t{right}"), FANG_SONG, SIZE_4)
            elif copies_to:  # 7.4.2: what runs on stands below the first name
                layout.left_indent, layout.first_line_indent = Pt(4 * SIZE_4), Pt(-3 * SIZE_4)
            properties = paragraph._element.get_or_add_pPr()
            frame = OxmlElement("w:framePr")
            for key, value in (
                ("w", str(round(TYPE_WIDTH / 25.4 * 1440))), ("hRule", "auto"), ("wrap", "around"), ("vAnchor", "margin"),
                ("hAnchor", "margin"), ("xAlign", "left"), ("yAlign", "bottom"),
            ):  # fmt: skip
                frame.set(qn(f"w:{key}"), value)
            properties.insert(0, frame)
            border = OxmlElement("w:pBdr")
            # widths in eighths of a point: 0.35 mm is 8, 0.25 mm is 6
            sides = [("top", "8")] if at == 0 else []
            sides.append(("bottom", "8" if at == len(lines) - 1 else "6"))
            for side, width in sides:
                line = OxmlElement(f"w:{side}")
                for key, value in (("val", "single"), ("sz", width), ("space", "1"), ("color", "000000")):
                    line.set(qn(f"w:{key}"), value)
                border.append(line)
            properties.insert(1, border)

    def attachment(self, mark: str, title: str) -> None:
        """7.3.7: on a new page, the mark in 3号 Hei at the left edge, the title centred on the third line."""
        paragraph = self._paragraph()
        paragraph.add_run().add_break(WD_BREAK.PAGE)
        _font(paragraph.add_run(mark), HEI, SIZE_3)
        self.blank()
        heading = self._paragraph(WD_ALIGN_PARAGRAPH.CENTER)
        heading.paragraph_format.line_spacing = Pt(SIZE_2 * 1.4)
        _font(heading.add_run(title), SONG_TITLE, SIZE_2)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]], widths_mm: Sequence[float]) -> None:
        """A table as wide as the type area; its header is repeated on every page and no row is broken."""
        table = self.document.add_table(rows=1, cols=len(header))
        table.style = "Table Grid"
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        for cell, text in zip(table.rows[0].cells, header, strict=True):
            self._cell(cell, text, HEI, WD_ALIGN_PARAGRAPH.CENTER)
        self._row_property(table.rows[0], "w:tblHeader")
        for cell, width in zip(table.rows[0].cells, widths_mm, strict=True):
            cell.width = Mm(width)
        if rows:
            self._body(table, rows, widths_mm)
        # Word wants a paragraph after a table
        self._paragraph()

    def _body(self, table: Table, rows: Sequence[Sequence[str]], widths_mm: Sequence[float]) -> None:
        """Rows below the header. One is made by python-docx and copied: making each cell by itself takes half
        a millisecond, a copy a twentieth.
        """
        first = table.add_row()
        self._row_property(first, "w:cantSplit")
        for cell, width in zip(first.cells, widths_mm, strict=True):
            self._cell(cell, "x", FANG_SONG, WD_ALIGN_PARAGRAPH.LEFT)
            cell.width = Mm(width)
        model = first._tr
        for row in rows:
            copied = deepcopy(model)
            for place, text in zip(copied.iter(qn("w:t")), row, strict=True):
                place.text = plain(text)
                place.set(qn("xml:space"), "preserve")
            model.addprevious(copied)
        model.getparent().remove(model)

    def _cell(self, cell: _Cell, text: str, font: str, side: WD_ALIGN_PARAGRAPH) -> None:
        paragraph = cell.paragraphs[0]
        paragraph.alignment = side
        paragraph.paragraph_format.line_spacing = Pt(SIZE_TABLE * 1.4)
        _font(paragraph.add_run(plain(text)), font, SIZE_TABLE)

    def _row_property(self, row: object, name: str) -> None:
        row._tr.get_or_add_trPr().append(OxmlElement(name))  # type: ignore[attr-defined]

    def _paragraph(self, side: WD_ALIGN_PARAGRAPH | None = None) -> Paragraph:
        paragraph = self.document.add_paragraph()
        if side is not None:
            paragraph.alignment = side
        return paragraph

    def _indented(self) -> Paragraph:
        paragraph = self._paragraph(WD_ALIGN_PARAGRAPH.JUSTIFY)
        paragraph.paragraph_format.first_line_indent = Pt(2 * SIZE_3)
        return paragraph

    def data(self) -> bytes:
        """The .docx."""
        buffer = BytesIO()
        self.document.save(buffer)
        return buffer.getvalue()
