"""Backup and restore of a node that keeps its records in SQLite: database, uploaded files, facts,
telemetry and secret key in one archive.

The keys of encrypted fields are not in it: who finds a backup finds no secrets. They are kept apart
(docs/operations/backup.md).

Of the lake the records are taken, facts and telemetry: the rest is computed again by ``qiangqu lake rebuild``. A node on PostgreSQL uses ``pg_dump`` (docs/operations/backup.md).
"""

import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.base.homes import own_only
from qiangqu.lake.models import RECORDS

MANIFEST = "manifest.json"
DATABASE = "qiangqu.sqlite3"


def _database_path() -> Path:
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        raise InputError("本节点用 PostgreSQL 存储，请用 pg_dump 备份（见 docs/operations/backup.md）")
    return Path(database["NAME"])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def backup(target: Path) -> dict[str, str]:
    """Write an archive to ``target`` while the node goes on working (SQLite's online backup). Returns the
    manifest.

    The archive appears under its name only when it is whole and on disk. Raises InputError when ``target``
    exists.
    """
    source = _database_path()
    if target.exists():
        raise InputError("文件已存在，请换一个文件名", where=str(target))
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        copy = Path(folder) / DATABASE
        with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as live, sqlite3.connect(copy) as saved:
            live.backup(saved, pages=4096)
        with sqlite3.connect(copy) as saved:
            verdict = saved.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            raise InputError(f"数据库完整性检查未通过：{verdict}", where=str(source))
        held = Path(folder) / "lake"
        _hold_records(copy, held)
        manifest = {"made_at": timezone.now().isoformat(), "database_sha256": _sha256(copy)}
        (Path(folder) / MANIFEST).write_text(json.dumps(manifest))
        archive = Path(folder) / "archive"
        with tarfile.open(archive, "w:gz", compresslevel=3) as tar:
            tar.add(Path(folder) / MANIFEST, MANIFEST)
            tar.add(copy, DATABASE)
            media = Path(settings.MEDIA_ROOT)
            if media.is_dir():
                tar.add(media, "media")
            for path in held.rglob("*.parquet"):
                tar.add(path, f"lake/{path.relative_to(held).as_posix()}")
            key = Path(settings.HOME) / "secret_key"
            if key.is_file():
                tar.add(key, "secret_key")
        with archive.open("rb") as file:
            os.fsync(file.fileno())
        archive.chmod(0o600)
        archive.rename(target)
    return manifest


def _hold_records(database: Path, held: Path) -> None:
    """Put the segments of records that count in ``database`` into the folder ``held``: by hard links, so that
    merging cannot delete them while the archive is written, or as copies where the backup lies on another
    disk."""
    with sqlite3.connect(database) as saved:
        if not saved.execute("SELECT 1 FROM sqlite_master WHERE name = 'lake_segment'").fetchone():
            return
        marks = ", ".join("?" for _ in RECORDS)
        wanted = f"SELECT file FROM lake_segment WHERE retired_at IS NULL AND dataset IN ({marks})"  # noqa: S608 - marks only
        files = [file for (file,) in saved.execute(wanted, RECORDS)]
    for file in files:
        target = held / file
        target.parent.mkdir(parents=True, exist_ok=True)
        source = Path(settings.LAKE_DIR) / file
        try:
            os.link(source, target)
        except FileNotFoundError as error:
            raise InputError("数据段文件不见了，备份未完成，请执行 qiangqu lake check", where=file) from error
        except OSError:
            shutil.copyfile(source, target)


def restore(archive: Path, home: Path, keys: Path | None = None) -> dict[str, str]:
    """Unpack ``archive`` into the empty folder ``home`` after checking it, with the file ``keys`` of field
    keys beside it. Returns the manifest.

    Raises InputError when the folder is not empty, the archive is not one of ours, or its contents are
    damaged.
    """
    if home.exists() and any(home.iterdir()):
        raise InputError("目标文件夹不是空的；请恢复到一个新的文件夹", where=str(home))
    try:
        with tarfile.open(archive, "r:gz") as tar:
            home.mkdir(parents=True, exist_ok=True)
            tar.extractall(home, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise InputError(f"不是完好的备份文件：{error}", where=str(archive)) from error
    try:
        manifest: dict[str, str] = json.loads((home / MANIFEST).read_text())
        good = manifest["database_sha256"] == _sha256(home / DATABASE)
    except (OSError, ValueError, KeyError) as error:
        raise InputError("不是强区的备份文件", where=str(archive)) from error
    if not good:
        raise InputError("备份中的数据库与清单的校验值不符，文件已损坏", where=str(archive))
    if keys is not None:
        shutil.copyfile(keys, home / "field_keys")
    home.chmod(0o755)  # what was unpacked has the rights of the archive: all of it is gone through
    own_only(home)
    return manifest
