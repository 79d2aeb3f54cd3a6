"""The table of an uploaded file: the sheet that a person sees and that has the expected heading, its rows one
by one, and what was left out.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.terms import listed

from .cells import Cell, Unread, error_value
from .container import FAULTS, SHEET_BROKEN, Budget, Limits, kind_of, open_container
from .delimited import csv_rows
from .workbook import Found, SheetInfo, Workbook

SUFFIXES = (".csv", ".xlsx")
#: a row whose first filled cell begins so is an example: read over
EXAMPLE = "示例："
#: the column of a returned file that says what is wrong: nothing that is read
FAULTS_HEADING = "有误之处"
#: sheets of our own templates, beside the one that is filled in
HELP, CHOICES = "填写说明", "可选值"
HEADING_WITHIN = 20  # rows in which the heading is looked for
Rows = Generator[tuple[int, list[Cell]]]
IsHeading = Callable[[list[Cell]], bool]


@dataclass
class Table:
    """``heading`` is the row that was expected, or, with ``recognised`` False, the first row that holds
    something. ``title``: the sheet's name ("" in a CSV). ``rows`` can be read once, while the table is open;
    ``notes`` is complete when they have been read."""

    title: str
    heading_row: int
    heading: list[Cell]
    recognised: bool
    rows: Rows
    from_csv: bool
    unseen: list[str] = field(default_factory=list)
    found: Found = field(default_factory=Found)
    _notes: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        """Names the sheet and the row of the heading."""
        return _row_name(self.title, self.heading_row)

    @property
    def notes(self) -> list[str]:
        """What was read and what was left out, for a preview: sheet, hidden rows, columns and sheets."""
        notes = [_("读取的是工作表“%(title)s”") % {"title": self.title}] if self.title else []
        notes += self._notes
        if self.unseen:
            notes.append(_("隐藏的列没有读取：%(names)s") % {"names": listed(self.unseen[:10])})
        if self.found.hidden_rows:
            notes.append(_("隐藏（或被筛选掉）的 %(n)s 行没有读取；要导入请先取消隐藏") % {"n": self.found.hidden_rows})
        return notes


def _row_name(title: str, number: int) -> str:
    """Names a row to people; ``title``: its sheet, "" in a CSV."""
    return (_("工作表“%(title)s”第%(n)s行") if title else _("第%(n)s行")) % {"title": title, "n": number}


@contextmanager
def open_table(path: Path, limits: Limits, is_heading: IsHeading, name: str = "") -> Iterator[Table]:
    """Open the table of the file at ``path``, which people call ``name``.

    Raises InputError for a file that is empty, too large, encrypted, broken or of another kind, for one
    without data that a person sees, and for one in which several sheets have the expected heading.
    """
    name = name or path.name
    size = path.stat().st_size
    if size == 0:
        raise InputError("文件是空的，请重新导出后再试", where=name)
    if size > limits.size:
        raise InputError(f"文件超过 {limits.size >> 20} MB，请分成几个文件", where=name)
    with path.open("rb") as file:
        try:
            kind = kind_of(file, Path(name).suffix.lower())
        except InputError as error:
            raise InputError(error.message, where=name) from error
        with _csv_table(file, limits, is_heading) if kind == "csv" else _xlsx_table(file, limits, is_heading) as table:
            yield table


@contextmanager
def _csv_table(file: IO[bytes], limits: Limits, is_heading: IsHeading) -> Iterator[Table]:
    with closing(csv_rows(file, limits, is_heading)) as rows:
        passed, recognised = _look(rows, is_heading)
        if not passed:
            raise InputError("文件里没有数据：应有一行表头，其下每行一条")
        yield _table("", passed, recognised, rows, Found(), limits, True)


@contextmanager
def _xlsx_table(file: IO[bytes], limits: Limits, is_heading: IsHeading) -> Iterator[Table]:
    budget = Budget(limits)
    with closing(open_container(file, budget)) as container:
        with _faults():
            book = Workbook(container, budget)
            sheet, passed_over = _choose(book, is_heading)
        found = Found()
        with closing(_guarded(book.rows(sheet, found))) as rows:
            passed, recognised = _look(rows, is_heading)
            table = _table(sheet.title, passed, recognised, rows, found, limits, False)
            if passed_over:
                table._notes.append(_("没有读取的工作表：%(names)s") % {"names": listed(passed_over[:10])})
            yield table


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except FAULTS as error:
        raise InputError(SHEET_BROKEN) from error


def _guarded(rows: Rows) -> Rows:
    """``rows``, with what a broken part raises said in a sentence."""
    with _faults(), closing(rows):
        while True:
            row = next(rows, None)
            if row is None:
                return
            yield row


def _look(rows: Rows, is_heading: IsHeading) -> tuple[list[tuple[int, list[Cell]]], bool]:
    """Rows up to the heading, which is the last of them; without a heading the first rows."""
    passed: list[tuple[int, list[Cell]]] = []
    for row in rows:
        passed.append(row)
        if is_heading(row[1]):
            return passed, True
        if len(passed) >= HEADING_WITHIN:
            break
    return passed, False


def _choose(book: Workbook, is_heading: IsHeading) -> tuple[SheetInfo, list[str]]:
    """The sheet to read, and the titles of those that hold something and are not read."""
    tables: list[SheetInfo] = []
    heads: list[SheetInfo] = []
    others: list[SheetInfo] = []
    hidden = [sheet for sheet in book.sheets if sheet.hidden and sheet.title != CHOICES]
    for sheet in book.sheets:
        if sheet.hidden or sheet.title == HELP:
            continue
        with closing(book.rows(sheet, Found())) as rows:
            passed, recognised = _look(rows, is_heading)
            if recognised:
                filled = any(not is_example(row) for _at, row in rows)
                (tables if filled else heads).append(sheet)
            elif passed:
                others.append(sheet)
    if len(tables) > 1:
        titles = listed(f"“{sheet.title}”" for sheet in tables[:5])
        raise InputError(f"有 {len(tables)} 个工作表都像要导入的表：{titles}；请只留一个（其余移到别的文件）")
    chosen = (tables or heads or others)[:1]
    if not chosen:
        what = f"；隐藏的工作表不读取（{'、'.join(sheet.title for sheet in hidden[:5])}）" if hidden else ""
        raise InputError(f"文件里没有数据：第一行应是表头，其下每行一条{what}")
    left = [sheet.title for sheet in (*heads, *others) if sheet is not chosen[0]]
    return chosen[0], [*left, *(_("%(title)s（隐藏）") % {"title": sheet.title} for sheet in hidden)]


def _table(
    title: str,
    passed: list[tuple[int, list[Cell]]],
    recognised: bool,
    rows: Rows,
    found: Found,
    limits: Limits,
    from_csv: bool,
) -> Table:
    number, heading = passed[-1] if recognised else passed[0]
    heading = list(heading)
    where = _row_name(title, number)
    while heading and heading[-1] is None:
        heading.pop()
    if len(heading) > limits.columns:
        raise InputError(f"表头超过 {limits.columns} 列", where=where)
    unseen = [str(cell)[:40] for at, cell in enumerate(heading) if at in found.hidden_columns and isinstance(cell, str)]
    for at in found.hidden_columns:
        if at < len(heading):
            heading[at] = None

    def seen(row: list[Cell]) -> list[Cell]:
        if not found.hidden_columns:
            return row
        return [None if at in found.hidden_columns else cell for at, cell in enumerate(row)]

    notes: list[str] = []

    def rest() -> Rows:
        for at, row in passed[1:] if not recognised else ():
            yield at, seen(row)
        for at, row in rows:
            if not is_example(row):
                yield at, seen(row)
            elif not notes:
                notes.append(_("示例行没有读取"))

    for at, cell in enumerate(heading):
        if cell == FAULTS_HEADING:
            heading[at] = None
    return Table(title, number, heading, recognised, rest(), from_csv, unseen, found, notes)


def is_example(row: list[Cell]) -> bool:
    """Whether a row of a template only shows how it is filled in."""
    first = next((cell for cell in row if cell is not None and cell != ""), None)
    return isinstance(first, str) and first.strip().startswith(EXAMPLE)


def heading_text(cell: Cell) -> str:
    """A heading as text; one that could not be read names nothing."""
    return (
        "" if cell is None or isinstance(cell, Unread) or (isinstance(cell, str) and error_value(cell)) else str(cell)
    )
