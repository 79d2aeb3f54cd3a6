"""Databases with all tables, for tests: the migrations run once for as long as they stay the same; after that
the tables are copied.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.db import connections, transaction

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


def _copy_tables(connection: Any) -> None:
    connection.ensure_connection()
    source = sqlite3.connect(sqlite_tables())
    source.backup(connection.connection)
    source.close()


def fill_with_tables(connection: Any, migrate: Any) -> None:
    """Give the empty test database behind ``connection`` all tables: from the file on SQLite; on PostgreSQL
    as a copy of a database that the first to come fills by calling ``migrate``."""
    if connection.vendor == "sqlite":
        _copy_tables(connection)
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


class Emptying:
    """Gives the test database behind ``connection`` the rows again that it has when this is made, right after the
    migrations: what Django's ``flush`` does by emptying every table and making content types and permissions anew,
    which takes a second.
    """

    def __init__(self, connection: Any) -> None:
        self.connection, self.alias = connection, connection.alias
        self.kept: dict[str, tuple[Any, bytes]] = {}
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                for table in self._filled(cursor):
                    with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                        rows = b"".join(copy)
                    self.kept[table] = self._digest(cursor, table), rows

    def _filled(self, cursor: Any) -> list[str]:
        """The tables that have rows."""
        tables = self.connection.introspection.table_names(cursor)
        cursor.execute(" UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT 1 FROM \"{t}\")" for t in tables))
        return [table for (table,) in cursor.fetchall()]

    def _digest(self, cursor: Any, table: str) -> Any:
        cursor.execute(f'SELECT count(*), sum(hashtext(t::text)) FROM "{table}" t')
        return cursor.fetchone()

    def __call__(self) -> None:
        # not the connection of the beginning: beside a browser's event loop Django has another one, and only that
        # is in the transaction
        self.connection = connections[self.alias]
        if self.connection.vendor == "sqlite":
            _copy_tables(self.connection)
            return
        with transaction.atomic(self.alias), self.connection.cursor() as cursor:
            filled = self._filled(cursor)
            altered = [table for table in filled if self._digest(cursor, table) != self.kept.get(table, ("", b""))[0]]
            # in any order: all that refers to a row goes with it, and no trigger need look at each
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table in altered:
                cursor.execute(f'DELETE FROM "{table}"')
            for table, (_digest, rows) in self.kept.items():
                if table in altered or table not in filled:
                    with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                        copy.write(rows)
