"""A forked program is like one that was started: on its own home, database, standard input, output and
error.
"""

import json
import os
import signal
from pathlib import Path

import pytest

from .patience import PATIENCE
from .programs import Program

SCRIPT = """
import json, os, resource, sys
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
if sys.argv[1] == "wait":
    print("here", flush=True)
    sys.stdin.read()
    sys.exit("enough")
seen = [sys.argv[1:], settings.HOME, settings.LAKE_DIR, settings.DATABASES["default"]["NAME"], connection.settings_dict["NAME"],
        default_storage.location, os.getcwd(), os.environ["QIANGQU_HOME"], sys.stdin.readline().strip(), __name__]
print(json.dumps([str(one) for one in seen]))
connection.cursor().execute("SELECT 1")
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
print("oh", file=sys.stderr)
raise SystemExit(3)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    (tmp_path / "script.py").write_text(SCRIPT)
    return tmp_path / "script.py"


def test_each_is_on_its_own_home(script: Path, tmp_path: Path) -> None:
    import resource

    homes = [tmp_path / "one", tmp_path / "other"]
    for home in homes:
        home.mkdir()
        program = Program(script, "say", 7, home=home)
        program.stdin.write("word\n")
        program.stdin.flush()
        code, said, complaints = program.finish(PATIENCE)
        seen, files = said.splitlines()
        database = str(home / "qiangqu.sqlite3")
        assert json.loads(seen) == [
            "['say', '7']", str(home), str(home / "lake"), database, database, str(home / "media"), str(home), str(home),
            "word", "__main__",
        ]  # fmt: skip
        assert (code, complaints, int(files)) == (3, "oh\n", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        assert Path(database).exists()
    assert os.environ["QIANGQU_HOME"] not in map(str, homes)


def test_it_is_killed_and_ends_as_any_other(script: Path, tmp_path: Path) -> None:
    killed, ended = (Program(script, "wait", home=tmp_path) for _n in range(2))
    assert [one.stdout.readline() for one in (killed, ended)] == ["here\n", "here\n"]
    assert killed.poll() is None
    killed.kill()
    assert killed.wait(PATIENCE) == -signal.SIGKILL == killed.returncode
    assert ended.finish(PATIENCE) == (1, "", "enough\n")
