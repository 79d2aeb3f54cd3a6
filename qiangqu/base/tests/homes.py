"""Databases with all tables, for tests: the migrations run once for as long as they stay the same; after that
the tables are copied.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
_KEPT = ROOT / ".pytest_cache" / "tables"


def _state_of_migrations() -> str:
    """A hash of all that decides what the tables look like and what the migrations put into them."""
    digest = hashlib.sha256(f"{version('django')} {sys.version}".encode())
    for file in sorted(ROOT.glob("qiangqu*/**/*.py")):
        # data migrations call code of their part; models give content types and permissions
        if file.parent.name in ("migrations", "models") or file.name in (
            "models.py",
            "crypto.py",
            "identity.py",
            "uid_migration.py",
        ):
            digest.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:24]


@contextmanager
def _alone(name: str) -> Iterator[None]:
    _KEPT.mkdir(parents=True, exist_ok=True)
    with (_KEPT / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sqlite_tables() -> Path:
    """An SQLite file with all tables; made when it is not there for the migrations as they are."""
    made = _KEPT / f"{_state_of_migrations()}.sqlite3"
    with _alone("sqlite"):
        if not made.exists():
            for old in _KEPT.glob("*.sqlite3"):
                old.unlink()
            with tempfile.TemporaryDirectory(prefix="qiangqu-tables-") as home:
                kept = {name: value for name, value in os.environ.items() if name != "QIANGQU_DATABASE_URL"}
                subprocess.run(
                    [sys.executable, str(ROOT / "manage.py"), "migrate", "-v0"],
                    env=kept | {"QIANGQU_HOME": home, "PYTHONPATH": str(ROOT)},
                    cwd=home,
                    check=True,
                )
                shutil.copy(Path(home) / "qiangqu.sqlite3", made.with_suffix(".new"))
            made.with_suffix(".new").rename(made)
    return made


def migrated(home: Path) -> None:
    """Give a home an empty SQLite database with all tables."""
    shutil.copy(sqlite_tables(), home / "qiangqu.sqlite3")


def fill_with_tables(connection: Any, migrate: Any) -> None:
    """Give the empty test database behind ``connection`` all tables: from the file on SQLite; on PostgreSQL
    as a copy of a database that the first to come fills by calling ``migrate``."""
    if connection.vendor == "sqlite":
        import sqlite3

        connection.ensure_connection()
        source = sqlite3.connect(sqlite_tables())
        source.backup(connection.connection)
        source.close()
        return
    name = connection.settings_dict["NAME"]
    template = f"qiangqu_tables_{_state_of_migrations()}"
    connection.close()
    with _alone("postgresql"):
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
            there = cursor.fetchone() is not None
        if not there:
            migrate()
            connection.close()
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{template}" TEMPLATE "{name}"')
            return
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
