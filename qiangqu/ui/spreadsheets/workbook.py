"""Sheets of an .xlsx, cell by cell and in bounded memory: what each cell holds, in which format it shows it,
and which sheets, rows and columns a person sees (ECMA-376 part 1, chapter 18; the transitional and the strict
namespaces)."""

import datetime as dt
import posixpath
import re
import zipfile
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext as _
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from qiangqu.base.errors import InputError

from .cells import Cell, Merged, Number, Partly, Unread, failed, from_text
from .container import BROKEN, SHEET_BROKEN, Budget, feed
from .formats import date_parts, is_date

MAIN = frozenset(
    ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
)
MAX_SHEETS = 500
MAX_STYLES = 100_000
MAX_MERGED = 20_000
MAX_ROW = 1_048_576
#: formats that Excel gives by number alone in a Chinese edition (18.8.30, zh-cn); 5–8 are the currency of the
#: place
_CHINESE_FORMATS = {
    27: 'yyyy"年"m"月"', 28: 'm"月"d"日"', 29: 'm"月"d"日"', 30: "m-d-yy", 31: 'yyyy"年"m"月"d"日"', 32: 'h"时"mm"分"', 33: 'h"时"mm"分"ss"秒"',
    34: '上午/下午h"时"mm"分"', 35: '上午/下午h"时"mm"分"ss"秒"', 36: 'yyyy"年"m"月"', 50: 'yyyy"年"m"月"', 51: 'm"月"d"日"', 52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"', 54: 'm"月"d"日"', 55: '上午/下午h"时"mm"分"', 56: '上午/下午h"时"mm"分"ss"秒"', 57: 'yyyy"年"m"月"', 58: 'm"月"d"日"',
    5: "¥#,##0;¥-#,##0", 6: "¥#,##0;[Red]¥-#,##0", 7: "¥#,##0.00;¥-#,##0.00", 8: "¥#,##0.00;[Red]¥-#,##0.00",
}  # fmt: skip
_FORMATS = {**BUILTIN_FORMATS, **_CHINESE_FORMATS}
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?", re.ASCII)

Attributes = dict[str, str]


@dataclass(frozen=True, slots=True)
class SheetInfo:
    """A worksheet as the workbook lists it. ``hidden``: a person does not see it (hidden or very hidden)."""

    title: str
    part: str
    hidden: bool


@dataclass(slots=True)
class Found:
    """What the reading of a sheet met besides its rows: hidden rows that hold something, hidden columns (from
    0), the first rows' number.
    """

    hidden_rows: int = 0
    hidden_columns: set[int] = field(default_factory=set)


def _local(name: str) -> str:
    """The local name of an element of spreadsheets, "" for one of another vocabulary."""
    space, _blank, local = name.rpartition(" ")
    return local if space in MAIN else ""


def _flag(attributes: Attributes, name: str) -> bool:
    return attributes.get(name, "").strip().lower() in ("1", "true", "on")


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _region(reference: str) -> tuple[int, int, int, int] | None:
    """First row, last row, first and last column (from 0) of ``B2:C5``."""
    found = _REFERENCE.fullmatch(reference)
    if not found:
        return None
    a, b, c, d = found.groups()
    return int(b), int(d or b), _column(a), _column(c or a)


def unescaped(text: str) -> str:
    """Text without the escapes and control characters that XML cannot hold (22.9.2.19, ST_Xstring).

    >>> unescaped("甲_x000D_\\n乙_x005F_x0041_")
    '甲\\n乙_x0041_'
    """
    if "_x" in text:
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", ""))


class Workbook:
    """The parts of an open .xlsx that readers of its sheets need. Raises InputError for what is broken."""

    def __init__(self, container: zipfile.ZipFile, budget: Budget) -> None:
        self.container, self.budget = container, budget
        self._names = {name.lower(): name for name in container.namelist()}
        self.sheets: list[SheetInfo] = []
        self.epoch = WINDOWS_EPOCH
        self.recalculated = False
        #: formats of cells by style number
        self.formats: list[str] = []
        self._strings: list[str] | None = None
        self._targets: dict[str, str] = {}
        self._merged: dict[str, list[tuple[int, int, int, int]]] = {}
        self._read_workbook()
        if not self.sheets:
            raise InputError(BROKEN)
        self.formats = self._read_styles(self._targets.get("styles", ""))

    # ------------------------------------------------------------ parts

    def _part(self, name: str) -> str:
        return self._names.get(name.lower(), "")

    def _parse(
        self,
        part: str,
        start: Callable[[str, Attributes], None],
        end: Callable[[str], None] | None = None,
        text: Any = None,
    ) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = start
        if end:
            parser.EndElementHandler = end
        if text:
            parser.CharacterDataHandler = text
        with self.container.open(part) as stream:
            for _piece in feed(stream, parser, self.budget):
                pass

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Id → (last word of the type, part) of the relations of a part ("" for the package)."""
        folder, name = posixpath.split(part)
        found: dict[str, tuple[str, str]] = {}

        def start(element: str, attributes: Attributes) -> None:
            if (
                element.rpartition(" ")[2] == "Relationship"
                and attributes.get("TargetMode") != "External"
                and len(found) < 10_000
            ):
                target = attributes.get("Target", "")
                path = (
                    target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                )
                found[attributes.get("Id", "")] = attributes.get("Type", "").rpartition("/")[2], self._part(path)

        own = self._part(posixpath.join(folder, "_rels", f"{name}.rels"))
        if own:
            self._parse(own, start)
        return found

    def _read_workbook(self) -> None:
        main = next((part for kind, part in self._relations("").values() if kind == "officeDocument" and part), "")
        main = main or self._part("xl/workbook.xml")
        if not main:
            raise InputError(BROKEN)
        relations = self._relations(main)
        self._targets = {kind: part for kind, part in relations.values() if part}

        def start(element: str, attributes: Attributes) -> None:
            name = _local(element)
            if name == "sheet":
                key = next((value for at, value in attributes.items() if at.endswith(" id")), "")
                kind, part = relations.get(key, ("", ""))
                if len(self.sheets) >= MAX_SHEETS:
                    raise InputError(f"工作表超过 {MAX_SHEETS} 个，请只保留要导入的工作表")
                if kind == "worksheet" and part:
                    hidden = attributes.get("state", "visible") != "visible"
                    self.sheets.append(SheetInfo(attributes.get("name", "")[:100], part, hidden))
            elif name == "workbookPr" and _flag(attributes, "date1904"):
                self.epoch = MAC_EPOCH
            elif name == "calcPr":
                self.recalculated = _flag(attributes, "fullCalcOnLoad")

        self._parse(main, start)

    def _read_styles(self, part: str) -> list[str]:
        own: dict[int, str] = {}
        cells: list[int] = []
        inside = [""]

        def start(element: str, attributes: Attributes) -> None:
            name = _local(element)
            if name in ("cellXfs", "cellStyleXfs", "dxfs"):
                inside[0] = name
            elif len(cells) + len(own) > MAX_STYLES:
                raise InputError("文件里的单元格样式过多；请把数据粘贴到新的工作簿（只粘贴数值）后再试")
            elif name == "numFmt" and inside[0] != "dxfs":
                own[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")[:1000]
            elif name == "xf" and inside[0] == "cellXfs":
                cells.append(int(attributes.get("numFmtId", "0")))

        def end(element: str) -> None:
            if _local(element) == inside[0]:
                inside[0] = ""

        if part:
            self._parse(part, start, end)
        return [own.get(number) or _FORMATS.get(number) or "General" for number in cells]

    @property
    def strings(self) -> list[str]:
        """The shared texts, read when the first cell needs one. Phonetic runs are left out; of an overlong
        text the beginning is kept.
        """
        if self._strings is None:
            self._strings = []
            part = self._targets.get("sharedStrings", "")
            if part:
                self._read_strings(part, self._strings)
        return self._strings

    def _read_strings(self, part: str, strings: list[str]) -> None:
        pieces: list[str] = []
        state = {"text": False, "phonetic": False, "length": 0}
        longest = self.budget.limits.cell + 1

        def start(element: str, _attributes: Attributes) -> None:
            name = _local(element)
            if name == "t":
                state["text"] = not state["phonetic"]
            elif name == "rPh":
                state["phonetic"] = True

        def data(text: str) -> None:
            if state["text"]:
                room = longest - state["length"]
                if room > 0:
                    pieces.append(text[:room])
                state["length"] += len(text)

        def end(element: str) -> None:
            name = _local(element)
            if name == "t":
                state["text"] = False
            elif name == "rPh":
                state["phonetic"] = False
            elif name == "si":
                text = "".join(pieces)
                self.budget.take_text(len(text))
                strings.append(unescaped(text))
                pieces.clear()
                state["length"] = 0

        self._parse(part, start, end, data)

    # ------------------------------------------------------------ rows

    def merged(self, sheet: SheetInfo) -> list[tuple[int, int, int, int]]:
        """Merged ranges of a sheet, by first row. They stand behind the rows, so the part is read once for
        them where it has some.
        """
        if sheet.part not in self._merged:
            self._merged[sheet.part] = self._read_merged(sheet)
        return self._merged[sheet.part]

    def _read_merged(self, sheet: SheetInfo) -> list[tuple[int, int, int, int]]:
        with self.container.open(sheet.part) as stream:
            first = stream.read(4)
            tail, found = first, first[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in first
            while not found and (chunk := stream.read(1 << 20)):
                found = b"mergeCell" in tail + chunk
                tail = chunk[-16:]
        regions: set[tuple[int, int, int, int]] = set()

        def start(element: str, attributes: Attributes) -> None:
            if element.endswith("mergeCell") and _local(element) == "mergeCell":
                region = _region(attributes.get("ref", ""))
                if region and (region[0] != region[1] or region[2] != region[3]):
                    regions.add(region)
                if len(regions) > MAX_MERGED:
                    raise InputError("合并单元格太多；请取消合并后再试")

        if found:
            self._parse(sheet.part, start)
        return sorted(regions)

    def rows(self, sheet: SheetInfo, found: Found) -> Generator[tuple[int, list[Cell]]]:
        """``(number, cells)`` of the rows that a person sees and that hold something he sees, merged cells
        filled. What to do with the cells of hidden columns is the caller's matter."""
        merges = _Merges(self.merged(sheet), self.budget.limits.columns)
        with closing(_SheetParser(self, sheet.part, found).rows()) as rows:
            for number, cells, hidden in rows:
                merges.fill(number, cells)
                unseen = found.hidden_columns
                if not any(cell is not None and at not in unseen for at, cell in enumerate(cells)):
                    continue
                if hidden:
                    found.hidden_rows += 1
                else:
                    yield number, cells


class _Merges:
    """Gives the cells of merged ranges the value of their first one, row after row."""

    def __init__(self, regions: list[tuple[int, int, int, int]], columns: int) -> None:
        self.waiting = regions[::-1]
        self.columns = columns
        self.open: list[tuple[int, int, int, Any]] = []  # last row, columns, value

    def fill(self, number: int, cells: list[Cell]) -> None:
        if not (self.waiting or self.open):
            return
        self.open = [region for region in self.open if region[0] >= number]
        while self.waiting and self.waiting[-1][0] <= number:
            first, last, left, right = self.waiting.pop()
            value = cells[left] if first == number and left < len(cells) else None
            if value is not None and len(self.open) < self.columns:
                self.open.append((last, left, min(right, self.columns - 1), value))
        for _last, left, right, value in self.open:
            cells.extend([None] * (right + 1 - len(cells)))
            for at in range(left, right + 1):
                if cells[at] is None:
                    cells[at] = Merged(value, at > left)


class _SheetParser:
    """One pass over a sheet's part."""

    def __init__(self, book: Workbook, part: str, found: Found) -> None:
        self.book, self.part, self.found = book, part, found
        # one more, so that a heading that is too wide is noticed
        self.columns = book.budget.limits.columns + 1
        self.longest = book.budget.limits.cell
        self.done: deque[tuple[int, list[Cell], bool]] = deque()
        self.row = 0
        self.hidden = False
        self.cells: list[Cell] = []
        self.at = -1  # column of the present cell
        self.kind, self.style, self.name = "n", 0, ""
        self.formula = self.has_value = False
        self.pieces: list[str] = []
        self.length = 0
        self.collect = ""
        self.phonetic = False
        # regions of array formulas without a saved result
        self.empty_formulas: list[tuple[int, int, int, int]] = []
        self.array = ""
        self.names: dict[str, str] = {}
        self.places: dict[str, int] = {}

    def rows(self) -> Generator[tuple[int, list[Cell], bool]]:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._data
        with self.book.container.open(self.part) as stream:
            for _piece in feed(stream, parser, self.book.budget):
                while self.done:
                    yield self.done.popleft()

    def _name(self, element: str) -> str:
        name = self.names.get(element)
        if name is None:
            name = _local(element)
            if len(self.names) < 1000:
                self.names[element] = name
        return name

    def _start(self, element: str, attributes: Attributes) -> None:
        name = self._name(element)
        if name == "c":
            self._open_cell(attributes)
        elif name == "v":
            self.has_value = True
            self.collect = "v"
        elif name == "t":
            self.collect = "" if self.phonetic else "t"
        elif name == "f":
            self.formula = True
            if attributes.get("t") == "array":
                self.array = attributes.get("ref", "")
        elif name == "row":
            self._open_row(attributes)
        elif name == "rPh":
            self.phonetic = True
        elif name == "col" and (_flag(attributes, "hidden") or attributes.get("width") == "0"):
            low, high = int(attributes.get("min", "1")), int(attributes.get("max", "0"))
            self.found.hidden_columns.update(range(max(low, 1) - 1, min(high, self.columns)))

    def _end(self, element: str) -> None:
        name = self._name(element)
        if name in ("v", "t"):
            self.collect = ""
        elif name == "c":
            self._close_cell()
        elif name == "row":
            self.done.append((self.row, self.cells, self.hidden))
            self.cells = []
        elif name == "rPh":
            self.phonetic = False

    def _data(self, text: str) -> None:
        if self.collect and self.length <= self.longest:
            self.pieces.append(text[: self.longest + 1])
            self.length += len(text)

    def _open_row(self, attributes: Attributes) -> None:
        number = int(attributes["r"]) if "r" in attributes else self.row + 1
        if not self.row < number <= MAX_ROW:
            raise InputError(SHEET_BROKEN)
        self.row, self.at, self.cells = number, -1, []
        self.hidden = _flag(attributes, "hidden") or (
            _flag(attributes, "customHeight") and float(attributes.get("ht", "1")) == 0
        )

    def _open_cell(self, attributes: Attributes) -> None:
        reference = attributes.get("r", "")
        letters = reference.rstrip("0123456789")
        at = self.places.get(letters)
        if at is None:
            if letters and not (len(letters) <= 3 and letters.isascii() and letters.isalpha() and letters.isupper()):
                raise InputError(SHEET_BROKEN)
            at = self.places[letters] = _column(letters) if letters else -1
        self.at = at if at >= 0 else self.at + 1
        self.kind = attributes.get("t", "n")
        self.style = int(attributes.get("s", "0"))
        self.formula = self.has_value = False
        self.array = ""
        self.pieces, self.length = [], 0

    def _close_cell(self) -> None:
        if self.at >= self.columns:
            return
        text = "".join(self.pieces)
        value = self._value(text)
        if value is None and self.empty_formulas:
            row, at = self.row, self.at
            if any(a <= row <= b and c <= at <= d for a, b, c, d in self.empty_formulas):
                value = self._no_result()
        if isinstance(value, Unread) and not value.reason.startswith(_("单元格")):
            value = Unread(_("单元格 %(place)s：%(reason)s") % {"place": self._place(), "reason": value.reason})
        if value is not None:
            if len(self.cells) <= self.at:
                self.cells.extend([None] * (self.at + 1 - len(self.cells)))
            self.cells[self.at] = value

    def _place(self) -> str:
        return f"{get_column_letter(self.at + 1)}{self.row}"

    def _no_result(self) -> Unread:
        return Unread(_("单元格 %(place)s 是公式且没有保存结果，请粘贴为数值") % {"place": self._place()})

    def _value(self, text: str) -> Cell:
        kind = self.kind
        if self.formula and self._without_result(text):
            region = _region(self.array)
            if region and len(self.empty_formulas) < 1000:
                self.empty_formulas.append(region)
            return self._no_result()
        if kind == "s":
            return from_text(self.book.strings[_index(text)], self.longest) if text else None
        if kind in ("inlineStr", "str"):
            return from_text(unescaped(text), self.longest)
        if not text.strip():
            return None
        if kind == "n":
            return self._number(text)
        if kind == "b":
            return text.strip() in ("1", "true")
        if kind == "e":
            return failed(text.strip())
        if kind == "d":
            return _iso(text.strip())
        raise InputError(SHEET_BROKEN)

    def _without_result(self, text: str) -> bool:
        if self.kind == "str":
            return not self.has_value  # a formula may well have the result ""
        # programs that compute nothing write 0 and ask Excel to compute all of it when it opens the file
        return not text.strip() or (self.book.recalculated and self.kind == "n" and text.strip() == "0")

    def _number(self, text: str) -> Cell:
        number = float(text) if text.isascii() and "_" not in text else float("nan")
        formats = self.book.formats
        form = formats[self.style] if 0 <= self.style < len(formats) else "General"
        if not is_date(form):
            return Number(number, form)
        return _moment(number, form, self.book.epoch)


def _index(text: str) -> int:
    index = int(text)
    if index < 0:
        raise InputError(SHEET_BROKEN)
    return index


def _iso(text: str) -> Cell:
    """A date of the strict format (18.18.11, type d)."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return Unread(_("单元格的日期“%(text)s”读不懂") % {"text": text[:30]})
    return at.date() if at.time() == dt.time.min else at


def _moment(number: float, form: str, epoch: dt.datetime) -> Cell:
    """A number that is shown as a date or a time."""
    shows = date_parts(form)
    try:
        if shows == "[":
            return dt.timedelta(days=number)
        at = from_excel(number, epoch)
    except (ValueError, OverflowError, TypeError):
        return Unread(_("单元格以日期格式显示 %(number)s，它不是日期；请改正单元格格式") % {"number": f"{number:.15g}"})
    if not isinstance(at, dt.datetime) or shows == "h":
        return (
            at
            if isinstance(at, dt.time)
            else at.time()
            if isinstance(at, dt.datetime)
            else Unread("单元格是时间，读不懂")
        )
    if not {"y", "m", "d"} <= set(shows):
        return Partly(at.date(), shows.replace("h", ""))
    return at.date() if at.time() == dt.time.min else at
