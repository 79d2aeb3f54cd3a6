"""What may be put with a record: documents and pictures, checked as all uploads are
(:mod:`qiangqu.ui.uploads`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.ui.uploads import Takes, Upload, check

MAX_BYTES = 10 * 1024 * 1024
MAX_FILES = 10  # in one act
CONTENT_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}
TAKES = Takes(
    tuple(CONTENT_TYPES),
    MAX_BYTES,
    gettext_lazy("只能上传 PDF、Word、Excel、PPT（docx、xlsx、pptx）和图片（png、jpg）"),
)


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


def check_files(uploads: Sequence[Upload], most: int = MAX_FILES) -> list[CheckedFile]:
    """Check several uploads of one act. Raises InputError that names the file."""
    if len(uploads) > most:
        raise InputError(_("一次最多上传 %(count)s 个文件") % {"count": most}, where=_("附件"))
    return [check_file(upload) for upload in uploads]


def check_file(upload: Upload) -> CheckedFile:
    """Check one upload. Raises InputError that names the file and what is wrong with it."""
    found = check(upload, TAKES)
    return CheckedFile(found.name, CONTENT_TYPES[found.suffix], found.data, found.sha256)
