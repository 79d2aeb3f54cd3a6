"""Files of cases: what may be uploaded, where it is kept, how it is given out again.

Contents decide, not names: a file is what its first bytes (and for Office files its parts) say. Files lie under ``MEDIA_ROOT/cases`` by their
SHA-256, without a suffix, never in a folder that is served.
"""

import datetime as dt
import hashlib
import os
import tempfile
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError, NotFoundError

from .models import Attachment, Case, Letter, Step

MAX_BYTES = 10 * 1024 * 1024
MAX_FILES = 10  # in one act
MAX_PER_CASE = 200
MAX_PARTS = 5000  # entries of an Office file
_OFFICE = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml", ".pptx": "ppt/presentation.xml"}
CONTENT_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be kept: a harmless name, its own content type, its bytes and hash."""

    name: str
    content_type: str
    data: bytes
    sha256: str


def safe_name(name: str) -> str:
    """The last part of a name, without folders, control and direction characters; "" when nothing is left.

    >>> safe_name("../../etc/passwd"), safe_name("C:\\\\temp\\\\报告.pdf"), safe_name("a\\u202efdp.exe")
    ('passwd', '报告.pdf', 'afdp.exe')
    """
    last = PureWindowsPath(PurePosixPath(name).name).name
    kept = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    kept = kept.strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    return f"{stem[:120]}{dot}{suffix[:10]}" if dot else kept[:120]


def check_files(uploads: Sequence[UploadedFile]) -> list[CheckedFile]:
    """Check several uploads of one act. Raises InputError that names the file."""
    if len(uploads) > MAX_FILES:
        raise InputError(_("一次最多上传 %(count)s 个文件") % {"count": MAX_FILES}, where="files")
    return [check_file(upload) for upload in uploads]


def check_file(upload: UploadedFile) -> CheckedFile:
    """Read and check one upload. Raises InputError that names the file and what is wrong with it."""
    name = safe_name(str(upload.name or ""))
    suffix = Path(name).suffix.lower()
    where = name or "?"
    if suffix not in CONTENT_TYPES:
        raise InputError(_("只能上传 PDF、Word、Excel、PPT（docx、xlsx、pptx）和图片（png、jpg）"), where=where)
    data = upload.read(MAX_BYTES + 1)
    if not data:
        raise InputError(_("文件是空的"), where=where)
    if len(data) > MAX_BYTES:
        raise InputError(_("文件超过 %(size)s MB，请压缩或拆分") % {"size": MAX_BYTES // 1024 // 1024}, where=where)
    if not _is_what_it_says(data, suffix):
        raise InputError(_("内容与扩展名 %(suffix)s 不符，请上传原始文件") % {"suffix": suffix}, where=where)
    return CheckedFile(name, CONTENT_TYPES[suffix], data, hashlib.sha256(data).hexdigest())


def _is_what_it_says(data: bytes, suffix: str) -> bool:
    match suffix:
        case ".pdf":
            return data.startswith(b"%PDF-")
        case ".png":
            return data.startswith(b"\x89PNG\r\n\x1a\n")
        case ".jpg" | ".jpeg":
            return data.startswith(b"\xff\xd8\xff")
        case _:
            return _is_office(data, suffix)


def _is_office(data: bytes, suffix: str) -> bool:
    """An Office file of the right kind without macros."""
    if not data.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    if len(names) > MAX_PARTS or any(name.lower().endswith("vbaproject.bin") for name in names):
        return False
    return "[Content_Types].xml" in names and _OFFICE[suffix] in names


def path_of(sha256: str) -> Path:
    """Where the file with this hash lies."""
    return Path(settings.MEDIA_ROOT) / "cases" / sha256[:2] / sha256


def keep(file: CheckedFile) -> None:
    """Put the bytes on disk, whole or not at all; the same contents once."""
    target = path_of(file.sha256)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as part:
            part.write(file.data)
            part.flush()
            os.fsync(part.fileno())
        Path(name).rename(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def attach(case: Case, file: CheckedFile, user: Any, at: dt.datetime, step: Step | None = None) -> Attachment:
    """Keep a file and its row. The bytes are on disk before the row is committed: a row never names a file that is not there."""
    if case.attachments.count() >= MAX_PER_CASE:
        raise InputError(_("一个办件最多 %(count)s 个附件") % {"count": MAX_PER_CASE}, where=file.name)
    keep(file)
    return Attachment.objects.create(
        case=case, step=step, name=file.name, content_type=file.content_type, size=len(file.data), sha256=file.sha256,
        by=user, at=at,
    )  # fmt: skip


def read(attachment: Attachment | Letter) -> bytes:
    """The bytes, checked against the hash. Raises NotFoundError when the file is gone and InputError when it was changed on disk."""
    path = path_of(attachment.sha256)
    if not path.is_file():
        raise NotFoundError(_("文件不在存储中，请联系系统管理员从备份恢复"), where=str(attachment))
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != attachment.sha256:
        raise InputError(_("文件与登记的校验值不符，已被改动"), where=str(attachment))
    return data
