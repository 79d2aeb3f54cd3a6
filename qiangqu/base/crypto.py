"""Secrets in the database are kept encrypted, with keys that are not in the database (Fernet: AES-128-CBC with HMAC-SHA-256).

The keys are one a line, the newest first, in ``QIANGQU_FIELD_KEYS`` (comma between them) or in the file ``QIANGQU_FIELD_KEY_FILE``
(default ``field_keys`` in the node's home, made at the first use). The first encrypts, all decrypt: ``qiangqu keys rotate``.
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

#: what is encrypted begins so; anything else is from before and is read as it stands
MARK = "enc1:"


def made_once(path: Path, text: str) -> str:
    """The text of a file that is made with ``text``, readable by its owner only, when it is not there. Of several at once one wins, and all
    read the same."""
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:  # mode 600
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(file.name, path)
        except FileExistsError:
            pass
        finally:
            Path(file.name).unlink()
    return path.read_text().strip()


def keys() -> list[str]:
    """The keys, newest first. Raises InputError for what is no key."""
    given = settings.QIANGQU_FIELD_KEYS or made_once(
        Path(settings.QIANGQU_FIELD_KEY_FILE), Fernet.generate_key().decode() + "\n"
    )
    return [text for text in given.replace(",", "\n").split() if text]


@lru_cache(maxsize=4)
def _box(texts: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(text) for text in texts])
    except ValueError as error:
        raise InputError("字段密钥不对：每行一个 44 个字符的密钥", where="QIANGQU_FIELD_KEYS") from error


def encrypt(text: str) -> str:
    """``text`` encrypted; "" stays."""
    return MARK + _box(tuple(keys())).encrypt(text.encode()).decode() if text else text


def decrypt(kept: str) -> str:
    """What was encrypted. Raises InputError when none of the keys fits."""
    if not kept.startswith(MARK):
        return kept
    try:
        return _box(tuple(keys())).decrypt(kept[len(MARK) :].encode()).decode()
    except InvalidToken as error:
        raise InputError(
            "解不开库中加密的内容：字段密钥不是当初的那一个，请恢复它（见 docs/operations/backup.md）",
            where=str(settings.QIANGQU_FIELD_KEY_FILE),
        ) from error


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """A text that is encrypted in the database. It can be read and written, not searched."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if isinstance(value, str) else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return decrypt(value) if isinstance(value, str) else value

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


class EncryptedJSONField(EncryptedTextField):
    """JSON data encrypted as a whole."""

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


def encrypt_anew(rows: Any, names: list[str]) -> int:
    """Write the fields ``names`` of ``rows`` with the first key; how many rows. Also for rows that are not encrypted yet."""
    count = 0
    for row in rows.order_by("pk").iterator(chunk_size=500):
        rows.model._base_manager.filter(pk=row.pk).update(**{name: getattr(row, name) for name in names})
        count += 1
    return count
