"""Tables that come in and go out, .xlsx and .csv: the one reader and the one writer of spreadsheets.

What people upload is hostile: sizes, memory and time are bounded, nothing is evaluated, faults get one clear
sentence. What is read is what a person sees in the file: :mod:`.table` chooses the sheet, :mod:`.cells` says
what a cell holds, :mod:`.formats` what it shows.

>>> import tempfile, pathlib
>>> with tempfile.TemporaryDirectory() as folder:
...     path = pathlib.Path(folder) / "表.xlsx"
...     with path.open("wb") as file:
...         written = write_xlsx(file, "表", ["名称"], [["=1+1"], [None]])
...     with open_table(path, RECORDS, lambda cells: cells == ["名称"]) as table:
...         written, table.title, table.heading, list(table.rows)
(2, '表', ['名称'], [(2, ['=1+1'])])
"""

from .cells import Cell, Merged, Number, Partly, Unread, code_shown, mangled, readable, text_shown
from .container import FIGURES, RECORDS, Limits, kind_of
from .returned import Asked, write_returned, write_template
from .table import SUFFIXES, Table, heading_text, open_table
from .values import day_of, number_of, number_text, text_of
from .writing import write_xlsx

__all__ = [
    "FIGURES", "RECORDS", "SUFFIXES", "Asked", "Cell", "Limits", "Merged", "Number", "Partly", "Table", "Unread", "code_shown", "day_of", "heading_text", "kind_of", "mangled",
    "number_of", "number_text", "open_table", "readable", "text_of", "text_shown", "write_returned", "write_template", "write_xlsx",
]  # fmt: skip
