"""Files that a page gives out: to be saved, never shown in the page."""

import io
import tempfile
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from django.http import FileResponse, HttpResponse

from .spreadsheets import write_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _headers(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }


def download(data: bytes, name: str, content_type: str = XLSX) -> HttpResponse:
    """A file of these bytes."""
    return HttpResponse(data, content_type=content_type, headers=_headers(name))


def workbook(
    name: str, title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int] = ()
) -> HttpResponse:
    """A spreadsheet of one sheet, for some thousand rows."""
    out = io.BytesIO()
    write_xlsx(out, title, header, rows, widths)
    return download(out.getvalue(), name)


def large_workbook(
    name: str, title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int] = ()
) -> FileResponse:
    """A spreadsheet of one sheet, written row by row onto disk: memory does not grow with the rows."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    try:
        write_xlsx(file, title, header, rows, widths)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, content_type=XLSX, headers=_headers(name))
