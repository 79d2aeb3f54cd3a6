"""Workbooks as people and programs make them, for tests."""

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from qiangqu.ui.spreadsheets import RECORDS, Limits, Table, open_table

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT = (
    (MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main"),
    (
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "http://purl.oclc.org/ooxml/officeDocument/relationships",
    ),
)


def book(*rows: Sequence[Any], change: Callable[[Any], object] | None = None) -> bytes:
    """A workbook with one sheet; ``change(sheet)`` does the rest."""
    made = Workbook()
    for row in rows:
        made.active.append(list(row))
    if change:
        change(made.active)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def edited(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with the text of the parts whose names end with ``part`` changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            text = source.read(name)
            target.writestr(name, change(text) if name.endswith(part) else text)
    return out.getvalue()


def strict(content: bytes) -> bytes:
    """The same workbook as “Strict Open XML”."""

    def change(text: bytes) -> bytes:
        for old, new in _STRICT:
            text = text.replace(old.encode(), new.encode())
        return text

    return edited(content, "", change)


def kept(folder: Path, content: bytes, name: str = "表.xlsx") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def read(path: Path, *headings: str, limits: Limits = RECORDS) -> tuple[Table, list[tuple[int, list[Any]]]]:
    """Table and rows; the heading is the row with one of ``headings``."""
    with open_table(
        path, limits, lambda cells: any(isinstance(cell, str) and cell in headings for cell in cells)
    ) as table:
        return table, list(table.rows)
