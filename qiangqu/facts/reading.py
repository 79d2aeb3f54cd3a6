"""Rows of an uploaded table (.csv, .xlsx) one by one, in bounded memory. What people upload is hostile: sizes are bounded, nothing is
evaluated, and whatever is wrong with a file as a whole is an InputError of one sentence."""

import codecs
import csv
import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string, get_column_letter

from qiangqu.base.errors import InputError
from qiangqu.ui.spreadsheets import MAX_PARTS, OLE_MAGIC

MAX_BYTES = 64 * 1024 * 1024
MAX_UNPACKED = 2 * 1024 * 1024 * 1024
MAX_STRINGS = 256 * 1024 * 1024  # the one part that openpyxl holds in memory
MAX_RATIO = 200  # spreadsheets shrink to a tenth or a thirtieth
MAX_ROWS = 1_000_000
MAX_COLUMNS = 100
MAX_CELL = 2000
MAX_MERGED = 20_000
MAX_UNCACHED = 20_000
SUFFIXES = (".csv", ".xlsx")
_BROKEN = "文件不是可读的 .xlsx，可能已损坏；请在 Excel 里另存为 .xlsx 后再试"
#: what a broken part makes zipfile, the XML parser or openpyxl raise
_FAULTS = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, ValueError, TypeError, KeyError, IndexError, AttributeError,
    OverflowError, NotImplementedError, RuntimeError, SyntaxError, AssertionError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Merged:
    """A cell that shows the value of a merged range above or beside it."""

    value: Any


@dataclass(frozen=True, slots=True)
class Uncached:
    """A formula whose result was not saved in the file."""

    cell: str


def read_rows(path: Path) -> Iterator[tuple[int, list[Any]]]:
    """``(number, cells)`` of each row that is not empty; the number is the one that a spreadsheet program or a text editor shows. Cells are str,
    int, float, bool, date, datetime, None, Merged or Uncached; a number shown as percent is a str like ``3.5%``.

    Raises InputError for a file that is empty, too large, encrypted, broken or of another kind.
    """
    size = path.stat().st_size
    if size == 0:
        raise InputError("文件是空的，请重新导出后再试", where=path.name)
    if size > MAX_BYTES:
        raise InputError(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请分成几个文件", where=path.name)
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        start = file.read(8)
        if start == OLE_MAGIC:
            raise InputError("这是旧版 .xls 或加了密码的文件；请去掉密码并另存为 .xlsx", where=path.name)
        file.seek(0)
        if suffix == ".xlsx":
            yield from _xlsx_rows(file)
        elif suffix == ".csv":
            if start[:4] == b"PK\x03\x04":
                raise InputError("这不是 CSV 文本，而是 .xlsx 或压缩文件；请改正扩展名", where=path.name)
            yield from _csv_rows(file)
        else:
            raise InputError(f"只接受 {'、'.join(SUFFIXES)} 文件", where=path.name)


# ---------------------------------------------------------------- CSV


def _encoding(file: IO[bytes]) -> str:
    """utf-8 (with or without mark), utf-16 with its mark, else gb18030, which is how Excel writes CSV in China."""
    start = file.read(2)
    file.seek(0)
    if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    for name, codec in (("utf-8-sig", "utf-8"), ("gb18030", "gb18030")):
        decoder = codecs.getincrementaldecoder(codec)()
        try:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
            return name
        except UnicodeDecodeError:
            continue
        finally:
            file.seek(0)
    raise InputError("文件不是 UTF-8 或 GB18030 编码的文本，请另存为 CSV UTF-8 后再试")


def _csv_rows(file: IO[bytes]) -> Iterator[tuple[int, list[Any]]]:
    encoding = _encoding(file)
    text = codecs.getreader(encoding)(file)
    head = text.read(64 * 1024)
    if "\0" in head:
        raise InputError("文件不是文本（含有空字符），请另存为 CSV UTF-8 后再试")
    first = head.splitlines()[:20]
    delimiter = max(",\t;", key=lambda mark: max((line.count(mark) for line in first), default=0))
    file.seek(0)
    lines = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        for cells in reader:
            if len(cells) > MAX_COLUMNS:
                cells = cells[: MAX_COLUMNS + 1]
            if any(cells) and any(cell.strip() for cell in cells):
                yield reader.line_num, list(cells)
    except csv.Error as error:
        raise InputError(
            f"不是合法的 CSV（引号不成对或单元格过长）：{error}", where=f"第{reader.line_num}行"
        ) from error
    except UnicodeError as error:
        raise InputError("文件的编码前后不一致，请另存为 CSV UTF-8 后再试", where=f"第{reader.line_num}行") from error
    finally:
        lines.detach()


# ---------------------------------------------------------------- XLSX


def _check_container(file: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(file) as container:
            parts = container.infolist()
            total = sum(part.file_size for part in parts)
            packed = sum(part.compress_size for part in parts)
            strings = sum(part.file_size for part in parts if "sharedstrings" in part.filename.lower())
            bomb = total > 16 * 1024 * 1024 and total > MAX_RATIO * max(packed, 1)
            if len(parts) > MAX_PARTS or total > MAX_UNPACKED or strings > MAX_STRINGS or bomb:
                raise InputError("文件解开后过大，请只保留要导入的工作表")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with container.open(part) as stream:
                        # an .xlsx has no document type; one that does tries to expand entities
                        if b"<!DOCTYPE" in stream.read(4096).upper():
                            raise InputError("文件里有不允许的内容（DOCTYPE），请在 Excel 里另存为 .xlsx")
    except InputError:
        raise
    except _FAULTS as error:
        raise InputError(_BROKEN) from error
    file.seek(0)


def _xlsx_rows(file: IO[bytes]) -> Iterator[tuple[int, list[Any]]]:
    _check_container(file)
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises whatever the broken part makes it raise
        raise InputError(_BROKEN) from error
    try:
        for sheet in book.worksheets:
            rows = _sheet_rows(file, sheet)
            first = next(rows, None)
            if first is not None:
                yield first
                yield from rows
                return
    except InputError:
        raise
    except _FAULTS as error:
        raise InputError("工作表已损坏，读不下去；请在 Excel 里另存为 .xlsx 后再试") from error
    finally:
        book.close()
    raise InputError("文件里没有数据：应有一行表头，其下每行一条")


_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})"')
_UNCACHED = re.compile(
    rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3}\d{1,7})"[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_OVERLAP = 16 * 1024


@dataclass(slots=True)
class _Extras:
    """What openpyxl's streaming reader does not tell: merged ranges by first row, formulas without a saved result."""

    merged: list[tuple[int, int, int, int]]  # first row, last row, first column, last column (from 1)
    uncached: set[str]


def _extras(file: IO[bytes], part: str) -> _Extras:
    """One pass over the sheet's XML as bytes."""
    found: dict[tuple[int, int, int, int], None] = {}
    uncached: set[str] = set()
    with zipfile.ZipFile(file) as container, container.open(part) as stream:
        tail = b""
        while chunk := stream.read(1 << 20):
            text = tail + chunk
            for a, b, c, d in _MERGE.findall(text):
                left, right = column_index_from_string(a.decode()), column_index_from_string(c.decode())
                found[(int(b), int(d), left, right)] = None
            if b"<f" in text or b":f" in text:
                uncached.update(match.decode() for match in _UNCACHED.findall(text))
            if len(found) > MAX_MERGED or len(uncached) > MAX_UNCACHED:
                raise InputError("合并单元格或没有保存结果的公式太多；请取消合并、把公式粘贴为数值后再试")
            tail = text[-_OVERLAP:]
    return _Extras(sorted(found), uncached)


def _sheet_rows(file: IO[bytes], sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    part = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
    position = file.tell()
    extras = _extras(file, part) if part else _Extras([], set())
    file.seek(position)
    merges = _Merges(extras.merged)
    percent: dict[int, bool] = {}
    # the size that a sheet declares may be a lie in either direction
    sheet.reset_dimensions()
    empty = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [_plain(cell, percent) for cell in row[: MAX_COLUMNS + 1]]
        if extras.merged:
            merges.fill(number, cells)
        if extras.uncached:
            for at, value in enumerate(cells):
                name = f"{get_column_letter(at + 1)}{number}"
                if value is None and name in extras.uncached:
                    cells[at] = Uncached(name)
        if any(cell is not None for cell in cells):
            yield number, cells
        else:
            empty += 1
            if empty > MAX_ROWS:
                return


class _Merges:
    """Gives the cells of merged ranges the value of their first one, row after row."""

    def __init__(self, regions: list[tuple[int, int, int, int]]) -> None:
        self.waiting = regions[::-1]
        self.open: list[tuple[int, int, int, Any]] = []  # last row, columns, value

    def fill(self, number: int, cells: list[Any]) -> None:
        self.open = [region for region in self.open if region[0] >= number]
        while self.waiting and self.waiting[-1][0] <= number:
            first, last, left, right = self.waiting.pop()
            value = cells[left - 1] if first == number and left <= len(cells) else None
            if value is not None and last >= number and len(self.open) < MAX_COLUMNS:
                self.open.append((last, left, min(right, MAX_COLUMNS), value))
        for _last, left, right, value in self.open:
            cells.extend([None] * (right - len(cells)))
            for at in range(left - 1, right):
                if cells[at] is None:
                    cells[at] = Merged(value)


def _plain(cell: Any, percent: dict[int, bool]) -> Any:
    value = cell.value
    if value is None:
        return None
    if isinstance(value, str):
        text = value[: MAX_CELL + 1].strip()
        return text or None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        style = cell._style_id
        if style not in percent:
            percent[style] = "%" in str(cell.number_format)
        return f"{value * 100:.15g}%" if percent[style] else value
    if isinstance(value, dt.datetime) and value.time() == dt.time.min:
        return value.date()
    return value
