"""What may be uploaded: one check for all parts.

Contents decide, not names: a file is what its first bytes (and for Office files its parts) say. What can hide
something from whoever opens it later, or from a virus scanner, is refused: macros, passwords, archives that
unpack without end, names that lie. The scanner is asked last.
"""

import hashlib
import re
import subprocess
import sys
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath, PureWindowsPath

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

from . import scanning

MAX_BYTES = 10 * 1024 * 1024
MAX_FILES = 10  # in one act
MAX_PARTS = 5000  # entries of an Office file
MAX_UNPACKED = 512 * 1024 * 1024  # bytes of all parts of an Office file
MAX_RATIO = 200  # spreadsheets shrink to a tenth or a thirtieth
MAX_PIXELS = 150_000_000
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB] 2.2: old Office files, and new ones with a password
CONTENT_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}
_OFFICE = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml", ".pptx": "ppt/presentation.xml"}
_MACROS = re.compile(r"(^|/)(vba(project|data)[^/]*$|(intl)?macrosheets/)", re.IGNORECASE)
# names that Windows keeps for itself
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be kept: a harmless name, its own content type, its bytes and hash."""

    name: str
    content_type: str
    data: bytes
    sha256: str


def checked(name: str, data: bytes) -> CheckedFile:
    """A file that the program itself has made, ready to be kept."""
    return CheckedFile(name, CONTENT_TYPES[Path(name).suffix], data, hashlib.sha256(data).hexdigest())


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


def check_files(uploads: Sequence[UploadedFile], most: int = MAX_FILES) -> list[CheckedFile]:
    """Check several uploads of one act. Raises InputError that names the file."""
    if len(uploads) > most:
        raise InputError(_("一次最多上传 %(count)s 个文件") % {"count": most}, where=_("附件"))
    return [check_file(upload) for upload in uploads]


def check_file(upload: UploadedFile, kinds: Collection[str] = tuple(CONTENT_TYPES)) -> CheckedFile:
    """Read and check one upload; ``kinds`` are the suffixes that are taken. Raises InputError that names the
    file and what is wrong with it.
    """
    name = safe_name(str(upload.name or ""))
    suffix = Path(name).suffix.lower()
    where = name or "?"
    if suffix not in kinds:
        raise InputError(_("只能上传 PDF、Word、Excel、PPT（docx、xlsx、pptx）和图片（png、jpg）"), where=where)
    data = upload.read(MAX_BYTES + 1)
    if not data:
        raise InputError(_("文件是空的"), where=where)
    if len(data) > MAX_BYTES:
        raise InputError(_("文件超过 %(size)s MB，请压缩或拆分") % {"size": MAX_BYTES // 1024 // 1024}, where=where)
    check_content(data, suffix, where)
    scanning.scan(data, where)
    return CheckedFile(name, CONTENT_TYPES[suffix], data, hashlib.sha256(data).hexdigest())


def check_content(data: bytes, suffix: str, where: str) -> None:
    """Raises InputError when the bytes are not what the suffix (".pdf" …) says, or hide what they hold."""
    test: Callable[[bytes, str], str] = {".pdf": _pdf, ".png": _image, ".jpg": _image, ".jpeg": _image}.get(
        suffix, _office
    )
    fault = test(data, suffix)
    if fault:
        raise InputError(fault, where=where)


def _other(suffix: str) -> str:
    return _("内容与扩展名 %(suffix)s 不符，请上传原始文件") % {"suffix": suffix}


def _locked() -> str:
    return _("文件要密码才能打开，请去掉密码后再上传")


def _pdf(data: bytes, suffix: str) -> str:
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


def _image(data: bytes, suffix: str) -> str:
    from PIL import Image, UnidentifiedImageError

    kind = "PNG" if suffix == ".png" else "JPEG"
    try:
        with Image.open(BytesIO(data), formats=[kind]) as image:
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


def _office(data: bytes, suffix: str) -> str:
    """An Office file of the right kind, without macros and password, that unpacks to a bounded size."""
    if data.startswith(OLE) and "EncryptedPackage".encode("utf-16-le") in data:
        return _locked()
    if not data.startswith(b"PK\x03\x04"):
        return _other(suffix)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
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
            with archive.open("[Content_Types].xml") as stream:
                types = stream.read(1 << 20)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError, RuntimeError):
        return _other(suffix)
    if b"macroenabled" in types.lower() or any(_MACROS.search(name) for name in names):
        return _("文件里有宏，不能上传；请另存为不带宏的文件")
    return ""
