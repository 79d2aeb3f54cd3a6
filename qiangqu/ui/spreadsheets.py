"""Reading and writing .xlsx safely. What people upload is hostile: sizes are bounded, nothing is evaluated, faults get one clear sentence.

>>> from io import BytesIO
>>> out = BytesIO()
>>> write_xlsx(out, "表", ["名称"], [["=1+1"], [None]])
2
>>> sheet = read_xlsx(out)
>>> sheet.header, [row.cells for row in sheet.rows]
(['名称'], [['=1+1']])
"""

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from qiangqu.base.errors import InputError

MAX_BYTES = 12 * 1024 * 1024
MAX_UNPACKED = 400 * 1024 * 1024
MAX_PARTS = 2000
MAX_COLUMNS = 200
MAX_CELL = 4000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB] 2.2: old .xls, and .xlsx behind a password


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number as the spreadsheet program shows it, and its cells (str, float, int, bool, date, datetime or None)."""

    number: int
    cells: list[Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first sheet that holds something. ``rows`` leaves out empty rows."""

    title: str
    header: list[str]
    rows: list[SheetRow]


def _check_container(file: IO[bytes]) -> None:
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    if size == 0:
        raise InputError("文件是空的，请重新导出后上传")
    if size > MAX_BYTES:
        raise InputError(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请分成几个文件")
    if file.read(8) == OLE_MAGIC:
        raise InputError("这是旧版 .xls 或加了密码的文件；请去掉密码并另存为 .xlsx")
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as container:
            parts = container.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise InputError("文件解开后过大，请只保留要导入的工作表")
            for part in parts:
                # an .xlsx has no document type; one that does tries to expand entities
                if part.filename.endswith((".xml", ".rels")):
                    with container.open(part) as stream:
                        if b"<!DOCTYPE" in stream.read(4096).upper():
                            raise InputError("文件里有不允许的内容（DOCTYPE），请在 Excel 里另存为 .xlsx")
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
    ) as error:
        raise InputError("文件不是可读的 .xlsx，可能已损坏；请在 Excel 里另存为 .xlsx 后再试") from error
    file.seek(0)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        text = value.strip()
        if len(text) > MAX_CELL:
            text = text[:MAX_CELL]
        return text or None
    if isinstance(value, dt.datetime) and value.time() == dt.time.min:
        return value.date()
    return value


def read_xlsx(file: IO[bytes], max_rows: int = 100_000) -> Sheet:
    """Header and rows of the first sheet that holds something; formulas count as their stored values.

    Raises InputError for a broken, empty, encrypted or too large file.
    """
    _check_container(file)
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises whatever the broken part makes it raise
        raise InputError("文件不是可读的 .xlsx，可能已损坏；请在 Excel 里另存为 .xlsx 后再试") from error
    try:
        for sheet in book.worksheets:
            found = _read_sheet(sheet, max_rows)
            if found:
                return found
    except InputError:
        raise
    except (
        ParseError,
        KeyError,
        ValueError,
        TypeError,
        IndexError,
        AttributeError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OverflowError,
        SyntaxError,
    ) as error:
        raise InputError("工作表已损坏，读不下去；请在 Excel 里另存为 .xlsx 后再试") from error
    finally:
        book.close()
    raise InputError("文件里没有数据：第一行应是表头，其下每行一条")


def _read_sheet(sheet: Any, max_rows: int) -> Sheet | None:
    # the declared size of a sheet may be a lie in either direction
    sheet.reset_dimensions()
    header: list[str] = []
    rows: list[SheetRow] = []
    blank = 0
    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [_plain(value) for value in values[: MAX_COLUMNS + 1]]
        if not any(cell is not None for cell in cells):
            blank += 1
            if blank > max_rows:
                break
            continue
        if not header:
            while cells and cells[-1] is None:
                cells.pop()
            if len(cells) > MAX_COLUMNS:
                raise InputError(f"表头超过 {MAX_COLUMNS} 列", where=f"第{number}行")
            header = [str(cell) if cell is not None else "" for cell in cells]
            continue
        if len(rows) >= max_rows:
            raise InputError(f"超过 {max_rows} 行，请分成几个文件", where=f"第{number}行")
        rows.append(SheetRow(number, (cells + [None] * len(header))[: len(header)]))
    return Sheet(str(sheet.title), header, rows) if header else None


def _safe(sheet: Any, value: Any) -> Any:
    if isinstance(value, str):
        text = _CONTROL.sub("", value)[:32000]
        if not text.startswith(_FORMULA_START):
            return text
        cell = WriteOnlyCell(sheet, value=text)
        # a text stays a text: never a formula, also after it has been edited or saved as CSV and read again
        cell.data_type = "s"
        cell.quotePrefix = True
        return cell
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.replace(tzinfo=None)
    return value


def write_xlsx(
    target: IO[bytes], title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int] = ()
) -> int:
    """Write one sheet row by row (memory does not grow with the rows); returns the number of rows. Text is written as text, never as formula."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "Sheet1")
    for at in range(len(header)):
        sheet.column_dimensions[get_column_letter(at + 1)].width = widths[at] if at < len(widths) else 16
    sheet.freeze_panes = "A2"
    heads = []
    for text in header:
        cell = WriteOnlyCell(sheet, value=_CONTROL.sub("", str(text)))
        cell.data_type = "s"
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E7F0FB")
        cell.alignment = Alignment(vertical="center")
        heads.append(cell)
    sheet.append(heads)
    count = 0
    for row in rows:
        sheet.append([_safe(sheet, value) for value in row])
        count += 1
    book.save(target)
    return count


def iter_dicts(sheet: Sheet, names: dict[str, str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows as (number, {field: cell}) for the header texts in ``names`` (header text → field)."""
    places = [(at, names[text]) for at, text in enumerate(sheet.header) if text in names]
    for row in sheet.rows:
        yield row.number, {field: row.cells[at] for at, field in places}
