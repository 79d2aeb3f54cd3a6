"""What a file says it is, against what it holds. Contents decide, not names: a file is what its first bytes
(and for Office files its parts) say. What can hide something from whoever opens it later, or from a virus
scanner, is a fault: macros, passwords, archives that unpack without end, names that lie.
"""

import re
import subprocess
import sys
import zipfile
import zlib
from typing import IO

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

from ..spreadsheets import Limits, kind_of
from ..spreadsheets.container import BROKEN, FAULTS, Budget, open_container

MAX_PARTS = 5000  # entries of an Office file
MAX_UNPACKED = 512 * 1024 * 1024  # bytes of all parts of an Office file
MAX_RATIO = 200  # spreadsheets shrink to a tenth or a thirtieth
MAX_PIXELS = 150_000_000
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB] 2.2: old Office files, and new ones with a password
_OFFICE = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml", ".pptx": "ppt/presentation.xml"}
_MACROS = re.compile(r"(^|/)(vba(project|data)[^/]*$|(intl)?macrosheets/)", re.IGNORECASE)
#: how files begin that are no text
_NO_TEXT = (b"%PDF-", b"PK\x03\x04", OLE, b"\x89PNG", b"\xff\xd8\xff", b"MZ\x90\x00", b"\x7fELF")


def fault_of(file: IO[bytes], suffix: str) -> str:
    """What is wrong with a file that its suffix (".pdf" …) calls by its kind, "" for nothing."""
    test = {
        ".pdf": _pdf,
        ".png": _image,
        ".jpg": _image,
        ".jpeg": _image,
        ".txt": _text,
        ".md": _text,
        ".csv": _text,
    }.get(suffix, _office)
    return test(file, suffix)


def table_fault(file: IO[bytes], suffix: str, limits: Limits) -> str:
    """The same of a table (.csv, .xlsx) that is going to be read within ``limits``."""
    try:
        if kind_of(file, suffix) == "csv":
            return ""
        with open_container(file, Budget(limits)) as archive:
            return _macros(archive)
    except InputError as error:
        return error.message
    except FAULTS:
        return BROKEN


def _text(file: IO[bytes], suffix: str) -> str:
    data = file.read()
    if data.startswith(_NO_TEXT):
        return _other(suffix)
    return "" if data.strip() else _("文件是空的，请检查后重新上传")


def _other(suffix: str) -> str:
    return _("内容与扩展名 %(suffix)s 不符，请上传原始文件") % {"suffix": suffix}


def _locked() -> str:
    return _("文件要密码才能打开，请去掉密码后再上传")


def _pdf(file: IO[bytes], suffix: str) -> str:
    data = file.read()
    if not data.startswith(b"%PDF-"):
        return _other(suffix)
    # the dictionary that names the encryption is never itself packed (ISO 32000-1, 7.5.8.2)
    if b"/Encrypt" not in data:
        return ""
    from . import locked_pdf

    command = [sys.executable, "-P", locked_pdf.__file__]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)  # noqa: S603 - own program
    except subprocess.TimeoutExpired:
        return _("文件读不出来，可能已损坏；请重新导出后再上传")
    if done.returncode == locked_pdf.LOCKED:
        return _locked()
    return "" if done.returncode == 0 else _("文件读不出来，可能已损坏；请重新导出后再上传")


def _image(file: IO[bytes], suffix: str) -> str:
    from PIL import Image, UnidentifiedImageError

    kind = "PNG" if suffix == ".png" else "JPEG"
    try:
        with Image.open(file, formats=[kind]) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                return _("图片的像素过多，请缩小后再上传")
            if kind == "PNG":
                image.verify()  # the sums of its chunks
    except Image.DecompressionBombError:
        return _("图片的像素过多，请缩小后再上传")
    except UnidentifiedImageError:
        return _other(suffix)
    except (OSError, SyntaxError, ValueError, EOFError, zlib.error):
        return _("图片已损坏，请重新导出后再上传")
    return ""


def _office(file: IO[bytes], suffix: str) -> str:
    """An Office file of the right kind, without macros and password, that unpacks to a bounded size."""
    start = file.read(8)
    if start == OLE and "EncryptedPackage".encode("utf-16-le") in file.read():
        return _locked()
    if not start.startswith(b"PK\x03\x04"):
        return _other(suffix)
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if "[Content_Types].xml" not in names or _OFFICE[suffix] not in names:
                return _other(suffix)
            if any(part.flag_bits & 0x1 for part in parts):
                return _locked()
            unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
            bomb = unpacked > 16 << 20 and unpacked > MAX_RATIO * max(packed, 1)
            if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED or bomb:
                return _("文件解开后过大，请精简后再上传")
            return _macros(archive)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError, RuntimeError):
        return _other(suffix)


def _macros(archive: zipfile.ZipFile) -> str:
    """What is to be said of an Office file with macros; "" of one without."""
    with archive.open("[Content_Types].xml") as stream:
        types = stream.read(1 << 20)
    if b"macroenabled" in types.lower() or any(_MACROS.search(name) for name in archive.namelist()):
        return _("文件里有宏，不能上传；请另存为不带宏的文件")
    return ""
