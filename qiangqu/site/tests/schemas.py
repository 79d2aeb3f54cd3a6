"""What tables a database has, to be compared: the names and kinds of their columns, and what holds for them."""

import re
import sqlite3
from pathlib import Path
from typing import Any

Schema = dict[str, set[Any]]

#: what makes the tables of an upgraded node other than a new one's, and why
UNLIKE = {"facts_fact": "the check that numbers are not negative would have written the whole table anew"}

#: names that nobody declared: PostgreSQL gives one to a column that is unique from the beginning, Django another later
GIVEN = re.compile(r"\w+(_uniq|_key|_like)\b")


def of_sqlite(path: Path) -> Schema:
    found: Schema = {}
    with sqlite3.connect(path) as database:
        ask = database.execute
        for table, made in ask(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
        ).fetchall():
            found[table] = {("column", name, kind, not_null, key) for _at, name, kind, not_null, _default, key in ask(
                f'PRAGMA table_info("{table}")'
            )}  # fmt: skip
            found[table] |= {("refers", *row[2:5]) for row in ask(f'PRAGMA foreign_key_list("{table}")')}
            found[table] |= set(re.findall(r"CHECK \((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)", made))
            for _at, name, unique, _origin, partial in ask(f'PRAGMA index_list("{table}")').fetchall():
                (text,) = ask("SELECT sql FROM sqlite_master WHERE name = ?", [name]).fetchone()
                columns = tuple(row[2:4] for row in ask(f'PRAGMA index_xinfo("{name}")') if row[5])
                only = text.partition(" WHERE ")[2] if partial else ""
                found[table].add(("index", name if text else "", unique, columns, only))
    return found


def of_postgres(cursor: Any) -> Schema:
    """Of the database behind a psycopg or Django cursor."""
    found: Schema = {}
    cursor.execute(
        "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, is_identity "
        "FROM information_schema.columns WHERE table_schema = 'public'"
    )
    for table, *column in cursor.fetchall():
        found.setdefault(table, set()).add(("column", *column))
    cursor.execute("SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'")
    for table, definition in cursor.fetchall():
        found[table].add(GIVEN.sub("", definition))
    cursor.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype <> 'n'"
    )
    for table, name, definition in cursor.fetchall():
        found[table].add((GIVEN.sub("", name), definition))
    return found


def differences(one: Schema, other: Schema) -> list[Any]:
    return [
        (table, found)
        for table in sorted({*one, *other} - {*UNLIKE})
        if (found := sorted(map(str, one.get(table, {"no table"}) ^ other.get(table, {"no table"}))))
    ]
