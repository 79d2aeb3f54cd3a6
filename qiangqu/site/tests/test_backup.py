import sqlite3
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from qiangqu.base.errors import InputError
from qiangqu.site.backup import DATABASE, backup, restore


@pytest.fixture
def node(settings, tmp_path) -> Path:
    """A node's data folder with one table and one uploaded file."""
    home = tmp_path / "home"
    (home / "media").mkdir(parents=True)
    (home / "media" / "证据.txt").write_text("现场照片说明")
    with sqlite3.connect(home / DATABASE) as connection:
        connection.execute("CREATE TABLE kept (value TEXT)")
        connection.execute("INSERT INTO kept VALUES ('2800')")
    settings.HOME = home
    settings.MEDIA_ROOT = home / "media"
    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(home / DATABASE)}}
    return home


def test_a_backup_restores_records_and_files(node, tmp_path):
    target = tmp_path / "backup.tar.gz"
    made = backup(target)
    restored = tmp_path / "restored"
    assert restore(target, restored) == made
    with sqlite3.connect(restored / DATABASE) as connection:
        assert connection.execute("SELECT value FROM kept").fetchall() == [("2800",)]
    assert (restored / "media" / "证据.txt").read_text() == "现场照片说明"
    assert target.stat().st_mode & 0o077 == 0


def test_a_backup_is_consistent_while_another_process_writes(node, tmp_path):
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sqlite3,sys\n"
            f"c=sqlite3.connect({str(node / DATABASE)!r}, timeout=20, isolation_level=None)\n"
            "c.execute('PRAGMA journal_mode=WAL')\n"
            "print('on', flush=True)\n"
            "while True:\n"
            "  c.execute('BEGIN IMMEDIATE'); c.execute(\"INSERT INTO kept VALUES ('a')\"); c.execute(\"INSERT INTO kept VALUES ('b')\"); c.execute('COMMIT')",
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert writer.stdout is not None and writer.stdout.readline() == b"on\n"
        backup(tmp_path / "backup.tar.gz")
    finally:
        writer.kill()
        writer.wait()
    restore(tmp_path / "backup.tar.gz", tmp_path / "restored")
    with sqlite3.connect(tmp_path / "restored" / DATABASE) as connection:
        counts = dict(connection.execute("SELECT value, count(*) FROM kept GROUP BY value"))
    assert counts.get("a", 0) == counts.get("b", 0)


def test_nothing_is_overwritten(node, tmp_path):
    target = tmp_path / "backup.tar.gz"
    target.write_text("older")
    with pytest.raises(InputError, match="已存在"):
        backup(target)
    assert target.read_text() == "older"
    target.unlink()
    backup(target)
    with pytest.raises(InputError, match="不是空的"):
        restore(target, node)


@pytest.mark.parametrize("content", [b"", b"not an archive", b"\x1f\x8b" + b"\0" * 100])
def test_a_foreign_file_is_refused(tmp_path, content):
    archive = tmp_path / "x.tar.gz"
    archive.write_bytes(content)
    with pytest.raises(InputError, match="备份文件"):
        restore(archive, tmp_path / "restored")


def test_a_path_that_leaves_the_folder_is_refused(tmp_path):
    archive = tmp_path / "evil.tar.gz"
    (tmp_path / "payload").write_text("x")
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "payload", "../outside")
    with pytest.raises(InputError):
        restore(archive, tmp_path / "deep" / "restored")
    assert not (tmp_path / "deep" / "outside").exists()


def test_damage_is_noticed(node, tmp_path):
    target = tmp_path / "backup.tar.gz"
    backup(target)
    with tarfile.open(target) as tar:
        tar.extractall(tmp_path / "open", filter="data")
    with (tmp_path / "open" / DATABASE).open("r+b") as file:
        file.seek(200)
        file.write(b"damage")
    damaged = tmp_path / "damaged.tar.gz"
    with tarfile.open(damaged, "w:gz") as tar:
        for path in (tmp_path / "open").iterdir():
            tar.add(path, path.name)
    with pytest.raises(InputError, match="校验值不符"):
        restore(damaged, tmp_path / "restored")


@pytest.fixture
def telemetry(node) -> Path:
    """The node's lake: a telemetry segment that counts, one that was merged away, one of the sums that
    are computed from facts.
    """
    with sqlite3.connect(node / DATABASE) as connection:
        connection.execute("CREATE TABLE lake_segment (dataset TEXT, file TEXT, retired_at TEXT)")
        for dataset, name, retired in (
            ("telemetry", "a", None),
            ("telemetry", "b", "2026-11-23"),
            ("sums", "c", None),
        ):
            file = f"{dataset}/{name}.parquet"
            connection.execute("INSERT INTO lake_segment VALUES (?, ?, ?)", (dataset, file, retired))
            (node / "lake" / dataset).mkdir(parents=True, exist_ok=True)
            (node / "lake" / file).write_bytes(name.encode() * 10_000)
    return node / "lake"


def test_telemetry_is_in_the_backup(telemetry, settings, tmp_path):
    settings.LAKE_DIR = telemetry
    backup(tmp_path / "backup.tar.gz")
    restore(tmp_path / "backup.tar.gz", tmp_path / "restored")
    files = [path for path in (tmp_path / "restored" / "lake").rglob("*") if path.is_file()]
    assert [path.name for path in files] == ["a.parquet"]
    assert files[0].read_bytes() == b"a" * 10_000


def test_a_missing_telemetry_segment_is_named(telemetry, settings, tmp_path):
    settings.LAKE_DIR = telemetry
    (telemetry / "telemetry" / "a.parquet").unlink()
    with pytest.raises(InputError, match=r"telemetry/a\.parquet"):
        backup(tmp_path / "backup.tar.gz")
    assert not (tmp_path / "backup.tar.gz").exists()
