"""Where files lie: under ``MEDIA_ROOT/files`` by their SHA-256, without a suffix, never in a folder that is
served; each content once.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.homes import sync_folder

FOLDER = "files"
EARLIER = ("cases", "evidence")
"""Folders of release 0.1.0: what lies there stays there and is found."""


def path_of(sha256: str) -> Path:
    """Where the file with this hash lies, or will lie."""
    root = Path(settings.MEDIA_ROOT)
    places = [root / folder / sha256[:2] / sha256 for folder in (FOLDER, *EARLIER)]
    return next((place for place in places[1:] if place.is_file()), places[0])


def keep(data: bytes, sha256: str) -> None:
    """Put bytes on disk, whole or not at all; the same content once."""
    target = path_of(sha256)
    if target.exists():
        return
    fresh = [folder for folder in (target.parent, *target.parent.parents) if not folder.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as part:
            part.write(data)
            part.flush()
            os.fsync(part.fileno())
        Path(name).rename(target)
        for folder in {target.parent, *(one.parent for one in fresh)}:
            sync_folder(folder)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read(sha256: str, name: str) -> bytes:
    """The bytes, checked against their hash; ``name`` says in errors which file it is.

    Raises NotFoundError when the file is gone and InputError when it was changed on disk.
    """
    path = path_of(sha256)
    if not path.is_file():
        raise NotFoundError(_("文件不在存储中，请联系系统管理员从备份恢复"), where=name)
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise InputError(_("文件与登记的校验值不符，已被改动"), where=name)
    return data
