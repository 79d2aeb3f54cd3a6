"""CSV as people make it: by hand, by programs, and by Excel and WPS in China (GBK, a mark, tabs, semicolons,
empty columns at the end).
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Generator
from typing import IO

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

from .cells import Cell, Unread, from_text
from .container import Limits

DELIMITERS = ",\t;"
_SEP = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_KEPT_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"')
#: texts of this length and of this number are remembered; plain figures seldom repeat
_REMEMBERED, _MANY = 100, 100_000
_DIGITS = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_SHOWN = 20  # lines that are looked at to tell the delimiter


def encoding_of(file: IO[bytes]) -> str:
    """utf-8 (with or without mark), utf-16 with its mark, else gb18030, which is how Excel writes CSV in
    China. Raises InputError for other bytes.
    """
    file.seek(0)
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
    raise InputError("文件不是 UTF-8 或 GB18030（GBK）编码的文本，请另存为 CSV UTF-8 后再试")


def _delimiter(lines: list[str], is_heading: Callable[[list[Cell]], bool], limits: Limits) -> str:
    """The delimiter with which a line is the heading, else the one that stands most often in a line."""
    best = sorted(DELIMITERS, key=lambda mark: -max((line.count(mark) for line in lines), default=0))
    for mark in best:
        try:
            if any(is_heading(_cells(row, limits, {})) for row in csv.reader(lines, delimiter=mark)):
                return mark
        except (csv.Error, InputError):
            continue
    return best[0]


def _cells(row: list[str], limits: Limits, known: dict[str, Cell]) -> list[Cell]:
    """``known`` remembers texts: in a long file most of them repeat."""
    cells: list[Cell] = []
    for text in row[: limits.columns + 1]:
        if text in known:
            cells.append(known[text])
            continue
        cell = _cell(text, limits.cell)
        if isinstance(cell, Unread):
            cell = Unread(_("第%(n)s列：%(reason)s") % {"n": len(cells) + 1, "reason": cell.reason})
        elif len(text) <= _REMEMBERED and not _DIGITS.fullmatch(text):
            if len(known) >= _MANY:
                known.clear()
            known[text] = cell
        cells.append(cell)
    return cells


def _cell(text: str, longest: int) -> Cell:
    if len(text) <= min(longest, _REMEMBERED) and _DIGITS.fullmatch(text):
        return text
    kept = _KEPT_AS_TEXT.fullmatch(text) if text.startswith('="') else None
    return from_text(kept[1].replace('""', '"') if kept else text, longest)


def csv_rows(
    file: IO[bytes], limits: Limits, is_heading: Callable[[list[Cell]], bool]
) -> Generator[tuple[int, list[Cell]]]:
    """``(line, cells)`` of the rows that are not empty; the line is the one on which the row ends, as a text
    editor counts. Cells are texts, None or Unread.

    Raises InputError for what is no text and for quotes that do not close.
    """
    encoding = encoding_of(file)
    head = codecs.getreader(encoding)(file, "replace").read(64 * 1024)
    if "\0" in head:
        raise InputError("文件不是文本（含有空字符），请另存为 CSV UTF-8 后再试")
    first = head.splitlines()[: _SHOWN + 1]
    stated = _SEP.fullmatch(first[0].strip()) if first else None
    delimiter = stated[1] if stated and stated[1] not in '"\r\n' else _delimiter(first, is_heading, limits)
    file.seek(0)
    lines = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        known: dict[str, Cell] = {}
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        for row in reader:
            if stated and reader.line_num == 1:
                continue
            cells = _cells(row, limits, known)
            if any(cell is not None for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise InputError(
            f"不是合法的 CSV（引号不成对或单元格过长）：{error}", where=f"第{reader.line_num}行"
        ) from error
    except UnicodeError as error:
        raise InputError("文件的编码前后不一致，请另存为 CSV UTF-8 后再试", where=f"第{reader.line_num}行") from error
    finally:
        lines.detach()
