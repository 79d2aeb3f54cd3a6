"""Uploads: the one way by which files come into the system, and the one check of them.

Nothing else reads what a request brings along (``site/tests/test_uploads.py``): a page asks :func:`given`, an
operation of the API makes an :class:`Upload` of its parameter. Neither can be read. :func:`check` opens it when
size, kind, content and the virus scanner allow, by what the form :class:`Takes`.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

from ..menu import Text
from ..spreadsheets import SUFFIXES, Limits
from . import contents, scanning

CHUNK = 1 << 20
# names that Windows keeps for itself
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


class Upload:
    """A file that somebody sent, not checked yet: only :func:`check` opens it."""

    __slots__ = ("__file", "name")

    def __init__(self, file: UploadedFile) -> None:
        self.__file = file
        self.name = safe_name(str(file.name or ""))

    def _opened(self) -> IO[bytes]:
        file: Any = self.__file
        file.seek(0)
        return file  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Takes:
    """What a form takes: files with one of the ``suffixes``, of at most ``size`` bytes; ``other`` is said of
    any other. ``table``: it is read as a table within these limits. ``test(file, suffix)`` says what is wrong with
    the content of kinds that only this form takes ("": nothing).
    """

    suffixes: tuple[str, ...]
    size: int
    other: Text = ""
    table: Limits | None = None
    test: Callable[[IO[bytes], str], str] | None = None


def tables(limits: Limits) -> Takes:
    """What a form takes that wants a table, .xlsx or .csv."""
    return Takes(SUFFIXES, limits.size, table=limits)


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be read and kept: a harmless name, its suffix in small letters, the open file, its bytes
    counted and their hash.
    """

    name: str
    suffix: str
    file: IO[bytes]
    size: int
    sha256: str

    @property
    def data(self) -> bytes:
        self.file.seek(0)
        return self.file.read()

    def keep(self, path: Path) -> None:
        """Write the file to ``path``."""
        self.file.seek(0)
        with path.open("wb") as kept:
            while chunk := self.file.read(CHUNK):
                kept.write(chunk)


def given(request: HttpRequest, field: str) -> list[Upload]:
    """The files that came in a field of a form."""
    return [Upload(file) for file in request.FILES.getlist(field)]


def one_given(request: HttpRequest, field: str) -> Upload:
    """The one file of a field. Raises InputError when there is none."""
    found = given(request, field)
    if not found:
        raise InputError(_("请选择一个文件"), where=_("文件"))
    return found[-1]


def content_of(request: HttpRequest) -> Iterator[tuple[str, str, Iterator[bytes]]]:
    """Field, name and bytes of all files of a request: what tells one request from another. They are read, not
    understood.
    """
    for key in sorted(request.FILES):
        for file in request.FILES.getlist(key):
            yield key, f"{file.name} {file.size}", file.chunks()
            file.seek(0)


def check(upload: Upload, takes: Takes) -> Checked:
    """Open an upload. Raises InputError that names the file and what is wrong with it."""
    name = upload.name
    suffix, where = Path(name).suffix.lower(), name or "?"
    if takes.table is None and suffix not in takes.suffixes:
        raise InputError(str(takes.other), where=where)
    file = upload._opened()
    size, digest = 0, hashlib.sha256()
    while chunk := file.read(min(CHUNK, takes.size + 1 - size)):
        size += len(chunk)
        digest.update(chunk)
    if not size:
        raise InputError(_("文件是空的，请检查后重新上传"), where=where)
    if size > takes.size:
        raise InputError(_("文件超过 %(size)s MB，请压缩或拆分") % {"size": takes.size >> 20}, where=where)
    file.seek(0)
    # of a table, the content also says what a file of another kind is
    if takes.table is not None:
        fault = contents.table_fault(file, suffix, takes.table)
    else:
        fault = (takes.test or contents.fault_of)(file, suffix)
    if fault:
        raise InputError(fault, where=where)
    scanning.scan(file, where)
    file.seek(0)
    return Checked(name, suffix, file, size, digest.hexdigest())


def safe_name(name: str) -> str:
    """The last part of a name, without folders, control and direction characters and those that a system
    gives a meaning; "" when nothing is left.

    >>> safe_name("../../etc/passwd"), safe_name("C:\\\\temp\\\\报告.pdf"), safe_name("a\\u202efdp.exe")
    ('passwd', '报告.pdf', 'afdp.exe')
    >>> safe_name('a"<b>|c?.pdf'), safe_name("con.pdf")
    ('a__b__c_.pdf', '_con.pdf')
    """
    last = PureWindowsPath(PurePosixPath(name).name).name
    kept = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    kept = re.sub(r'[<>:"/\\|?*]', "_", kept).strip(" .")
    if _DEVICES.match(kept):
        kept = f"_{kept}"
    stem, dot, suffix = kept.rpartition(".")
    return f"{stem[:120]}{dot}{suffix[:10]}" if dot else kept[:120]
