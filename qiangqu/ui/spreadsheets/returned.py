"""Tables that people are to fill in: an import's template, and a file that comes back with what is wrong in it.

Both are read again by :mod:`.table`, which passes over what is not the reader's business: rows that are marked as
an example, the column with the faults, the sheets with explanations and choices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from qiangqu.base.errors import InputError

from .cells import Cell, Number, text_shown
from .container import Limits
from .table import CHOICES, EXAMPLE, FAULTS_HEADING, HELP, IsHeading, heading_text, open_table
from .writing import safe_text, write_xlsx

#: down to which row a template offers its choices
LAST = 2000
#: choices of one column; a longer list is no help
MOST_CHOICES = 1000
#: rows of a file that come back with the faults; of a longer one only the faulty rows
WHOLE = 20_000
_HEAD = PatternFill("solid", fgColor="E7F0FB")
_MUST = PatternFill("solid", fgColor="FDE8CF")


@dataclass(frozen=True, slots=True)
class Asked:
    """One column of a template: heading, how it is filled in, whether it must be, what can be chosen and an
    example (the first column's is marked as one).
    """

    heading: str
    explained: str = ""
    must: bool = False
    choices: Sequence[str] = ()
    example: Any = None
    width: int = 16


def write_template(target: IO[bytes], title: str, columns: Sequence[Asked]) -> None:
    """A sheet to be filled in, with one example row and drop-downs, and a sheet that explains its columns."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title, sheet.freeze_panes = title[:31], "A2"
    guide: Any = book.create_sheet(HELP)
    lists: Any = book.create_sheet(CHOICES)
    lists.sheet_state = "hidden"
    guide.append([_("列"), _("必填"), _("怎么填"), _("示例")])
    for at, one in enumerate(columns, start=1):
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = one.width
        head = sheet.cell(1, at, safe_text(one.heading))
        head.font, head.fill = Font(bold=True), _MUST if one.must else _HEAD
        head.alignment = Alignment(vertical="center")
        example = "" if one.example is None else str(one.example)
        cell = sheet.cell(2, at, safe_text(f"{EXAMPLE}{example}" if at == 1 else example))
        cell.font, cell.data_type = Font(italic=True, color="808080"), "s"
        guide.append([safe_text(text) for text in (one.heading, _("是") if one.must else "", one.explained, example)])
        chosen = [safe_text(text) for text in one.choices][:MOST_CHOICES]
        if chosen:
            for row, text in enumerate(chosen, start=1):
                lists.cell(row, at, text)
            where = f"'{CHOICES}'!${letter}$1:${letter}${len(chosen)}"
            # what is not on the list can still be written: a code, a name in another spelling
            rule = DataValidation(type="list", formula1=where, allow_blank=True, showErrorMessage=False)
            rule.add(f"{letter}3:{letter}{LAST}")
            sheet.add_data_validation(rule)
    for letter, width in zip("ABCD", (22, 8, 70, 30), strict=True):
        guide.column_dimensions[letter].width = width
    for cell in guide[1]:
        cell.font, cell.fill = Font(bold=True), _HEAD
    for row in guide.iter_rows(min_row=2):
        row[2].alignment = Alignment(wrap_text=True, vertical="top")
    guide.append([])
    guide.append([_("灰色斜体的示例行不导入，可以留着；橙色表头的列必填。在示例行下面一行一条地填。")])
    book.save(target)


def write_returned(
    target: IO[bytes], path: Path, limits: Limits, is_heading: IsHeading, reasons: Mapping[int, str], rows: int
) -> None:
    """The table of the file at ``path`` with what is wrong in a row beside it (``reasons`` by the row's number), to
    be corrected and sent again; of a file with more than :data:`WHOLE` of its ``rows`` only the faulty ones.

    Raises InputError when the file cannot be read.
    """
    with open_table(path, limits, is_heading) as table:
        heading = [FAULTS_HEADING, *(heading_text(cell) for cell in table.heading)]
        found = (
            [reasons.get(number, ""), *(_kept(cell) for cell in cells[: len(heading) - 1])]
            for number, cells in table.rows
            if rows <= WHOLE or number in reasons
        )
        write_xlsx(target, table.title or "CSV", heading, found, [44])


def _kept(cell: Cell) -> Any:
    """A cell as a person sees it; one that cannot be read stays empty."""
    if cell is None or isinstance(cell, bool):
        return cell
    if isinstance(cell, Number) and cell.format == "General":
        return float(cell)
    try:
        return text_shown(cell)
    except InputError:
        return None
