"""Secrets in the database are kept encrypted, with keys that are not in the database (Fernet: AES-128-CBC
with HMAC-SHA-256).

The keys are one a line, the newest first, in ``QIANGQU_FIELD_KEYS`` (comma between them) or in the file
``QIANGQU_FIELD_KEY_FILE`` (default ``field_keys`` in the node's home, made at the first use). The first
encrypts, all decrypt: ``qiangqu keys rotate``.
"""

import json
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

from .errors import InputError
from .homes import made_once, sync_folder

#: what is encrypted begins so; anything else is from before and is read as it stands
MARK = "enc1:"


def keys() -> list[str]:
    """The keys, newest first. Raises InputError for what is no key."""
    if settings.QIANGQU_FIELD_KEYS:
        return settings.QIANGQU_FIELD_KEYS.replace(",", " ").split()
    path = Path(settings.QIANGQU_FIELD_KEY_FILE)
    if not path.exists():
        made_once(path, Fernet.generate_key().decode() + "\n")
    return _in_file(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _in_file(path: Path, changed: int) -> list[str]:
    return path.read_text().split()


@lru_cache(maxsize=4)
def _box(texts: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(text) for text in texts])
    except ValueError as error:
        raise InputError("字段密钥不对：每行一个 44 个字符的密钥", where="QIANGQU_FIELD_KEYS") from error


def encrypt(text: str) -> str:
    """``text`` encrypted; "" stays."""
    return MARK + _box(tuple(keys())).encrypt(text.encode()).decode() if text else text


@lru_cache(maxsize=20_000)
def _opened(texts: tuple[str, ...], kept: str) -> str:
    # the gateway reads the passwords of all its devices every few seconds
    return _box(texts).decrypt(kept[len(MARK) :].encode()).decode()


def decrypt(kept: str) -> str:
    """What was encrypted. Raises InputError when none of the keys fits."""
    if not kept.startswith(MARK):
        return kept
    try:
        return _opened(tuple(keys()), kept)
    except InvalidToken as error:
        raise InputError(
            "解不开库中加密的内容：字段密钥不是当初的那一个，请恢复它（见 docs/operations/backup.md）",
            where=str(settings.QIANGQU_FIELD_KEY_FILE),
        ) from error


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """A text that is encrypted in the database. It can be read and written; a query can ask only whether it
    is empty.
    """

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if isinstance(value, str) else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return decrypt(value) if isinstance(value, str) else value

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name in ("isnull", "exact") else None


class EncryptedJSONField(EncryptedTextField):
    """JSON data encrypted as a whole."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else encrypt(json.dumps(value, ensure_ascii=False))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else json.loads(decrypt(value))

    def to_python(self, value: Any) -> Any:
        return value


def encrypted_fields() -> list[tuple[type[models.Model], list[str]]]:
    """Every model with such fields (also those that keep history) and their names."""
    from django.apps import apps

    found = []
    for model in apps.get_models(include_auto_created=True):
        names = [one.attname for one in model._meta.concrete_fields if isinstance(one, EncryptedTextField)]
        if names:
            found.append((model, names))
    return found


def rotate() -> int:
    """Put a new key before the others in the key file, encrypt everything with it, and let the older keys go;
    how many rows.

    Killed in between, nothing is lost: all keys are kept until the last row is done. Raises InputError when
    the keys come from the environment.
    """
    if settings.QIANGQU_FIELD_KEYS:
        raise InputError(
            "字段密钥来自环境变量：请在它前面加上新密钥，再执行 qiangqu keys encrypt", where="QIANGQU_FIELD_KEYS"
        )
    path = Path(settings.QIANGQU_FIELD_KEY_FILE)
    fresh = Fernet.generate_key().decode()
    _write(path, [fresh, *keys()])
    count = encrypt_all()
    _write(path, [fresh])
    return count


def encrypt_all() -> int:
    """Encrypt every secret in the database with the first key; how many rows."""
    return sum(encrypt_anew(model._base_manager.all(), names) for model, names in encrypted_fields())


def _write(path: Path, texts: list[str]) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:  # mode 600
        file.write("\n".join(texts) + "\n")
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
    sync_folder(path.parent)  # or a power failure could bring back the old keys of what is encrypted anew
    _in_file.cache_clear()


def encrypt_anew(rows: Any, names: list[str]) -> int:
    """Write the fields ``names`` of ``rows`` with the first key; how many rows. Also for rows that are not
    encrypted yet.
    """
    count = 0
    for row in rows.order_by("pk").iterator(chunk_size=500):
        rows.model._base_manager.filter(pk=row.pk).update(**{name: getattr(row, name) for name in names})
        count += 1
    return count
