"""Homes of nodes for tests that start processes of their own."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def shared() -> Path:
    """A folder that all workers of one run of the suite share; ``qiangqu.site.testing`` names the run and removes the folder."""
    return Path(tempfile.gettempdir()) / f"qiangqu-run-{os.getuid()}-{os.environ['QIANGQU_TEST_RUN']}"


def migrated(home: Path) -> None:
    """Give a home an empty SQLite database with all tables. All migrations run once in a run of the suite; after that the file is copied."""
    shared().mkdir(exist_ok=True)
    template = shared() / "home"
    with (shared() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (template / "done").exists():
            template.mkdir(exist_ok=True)
            kept = {name: value for name, value in os.environ.items() if name != "QIANGQU_DATABASE_URL"}
            subprocess.run(
                [sys.executable, str(ROOT / "manage.py"), "migrate", "-v0"],
                env=kept | {"QIANGQU_HOME": str(template), "PYTHONPATH": str(ROOT)},
                cwd=template,
                check=True,
            )
            (template / "done").touch()
    for file in template.glob("*.sqlite3*"):
        shutil.copy(file, home / file.name)
