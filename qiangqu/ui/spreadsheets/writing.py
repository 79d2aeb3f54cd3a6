"""Writing .xlsx: text as text, never as a formula, in memory that does not grow with the rows."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")


def safe_text(text: Any) -> str:
    """Text that a cell can hold."""
    return _CONTROL.sub("", str(text))[:32000]


def _safe(sheet: Any, value: Any) -> Any:
    if isinstance(value, str):
        text = safe_text(value)
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
    """Write one sheet row by row (memory does not grow with the rows); returns the number of rows. Text is
    written as text, never as formula.
    """
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
