"""``qiangqu part new`` in a copy of the source: what it makes passes the project's checks and its own tests,
and its pages open.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.site import new_part

EARLY = 17  # takes long: begins before others

ROOT = Path(__file__).resolve().parents[3]
COPIED = ("qiangqu", "qiangqu_demo", "conftest.py", "manage.py", "pyproject.toml")
OPEN = """
import os, shutil, sys
from pathlib import Path
from qiangqu.base.tests.homes import migrated
home = Path(os.environ["QIANGQU_HOME"])
home.mkdir()
migrated(home)
os.environ["DJANGO_SETTINGS_MODULE"] = "qiangqu.site.settings"
import django
django.setup()
import datetime as dt
from django.conf import settings
from django.test import Client
from qiangqu.domains.water_rights.models import WaterRights
from qiangqu.registry.tests import factories
settings.ALLOWED_HOSTS = ["testserver"]
areas = factories.tree()
client = Client()
client.force_login(factories.users(areas)["zone"])
sent = {"code": "W1", "name": "一号取水口", "area": areas["Z1"].pk, "valid_from": "2024-01-01"}
assert client.post("/water-rights/new/", sent).status_code == 302
assert "一号取水口" in client.get("/water-rights/").content.decode()
page = client.get("/water-rights/distribution/").content.decode()
assert "水权分布" in page and "东一开发区" in page
assert 'href="/water-rights/distribution/"' in client.get("/water-rights/").content.decode(), "not in the menu"
assert client.get("/api/v1/water-rights/distribution").json() == [{"code": "Z1", "name": "东一开发区", "count": 1}]
assert "/api/v1/water-rights/distribution" in client.get("/api/openapi.json").json()["paths"]
assert "一号取水口" in client.get("/search/?q=W1").content.decode()
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("source")
    unwanted = shutil.ignore_patterns("__pycache__", "node_modules", "corpus", "release")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=unwanted)
        else:
            shutil.copy(ROOT / name, target / name)
    return target


def run(copy: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    unwanted = ("QIANGQU_", "DJANGO_", "PYTEST_", "PYTHONDONTWRITEBYTECODE")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}
    environment = kept | {"PYTHONPATH": str(copy), "PYTHONPYCACHEPREFIX": f"{copy}-compiled"} | more
    return subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


def files(copy: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(copy)): file.read_bytes()
        for file in sorted((copy / "qiangqu").rglob("*"))
        if file.is_file()
    }


def test_a_new_part_is_one_folder_and_one_line_and_works(copy: Path, tmp_path: Path) -> None:
    before = files(copy)
    made = run(copy, "-m", "qiangqu", "part", "new", "water_rights", "--title", "水权", "--section", "绿色")
    assert made.returncode == 0, made.stderr
    after = files(copy)
    folder = "qiangqu/domains/water_rights/"
    new = {name for name in after if name not in before}
    assert (
        all(name.startswith(folder) for name in new)
        and {f"{folder}part.py", f"{folder}migrations/0001_initial.py"} <= new
    )
    (changed,) = [name for name in before if before[name] != after[name]]
    was, now = before[changed].decode().splitlines(), after[changed].decode().splitlines()
    assert changed == "qiangqu/site/parts.py"
    assert [line for line in now if line not in was] == ['    "qiangqu.domains.water_rights",'] and len(now) == len(
        was
    ) + 1
    for check in (["check"], ["format", "--check"]):
        linted = run(copy, "-m", "ruff", *check, "--no-cache", folder, "qiangqu/site/parts.py")
        assert linted.returncode == 0, linted.stdout
    tested = run(copy, "-m", "pytest", "-p", "no:cacheprovider", folder)
    assert tested.returncode == 0 and "[100%]" in tested.stdout, tested.stdout[-3000:]
    (tmp_path / "open.py").write_text(OPEN, encoding="utf-8")
    opened = run(copy, str(tmp_path / "open.py"), QIANGQU_HOME=str(tmp_path / "home"))
    assert opened.returncode == 0, opened.stderr[-3000:]
    counted = run(copy, "-m", "qiangqu", "water-rights", "count", QIANGQU_HOME=str(tmp_path / "home"))
    assert counted.stdout == "Z1\t东一开发区\t1\n", counted.stderr[-3000:]
    again = run(copy, "-m", "qiangqu", "part", "new", "water_rights")
    assert again.returncode == 1 and again.stderr == "water_rights：已有这个部分，请换一个名字\n"


@pytest.mark.parametrize(
    "name, told",
    [
        ("devices", "qiangqu.domains.devices：菜单页面“devices-list”已由 telemetry 声明，请换一个"),
        ("alarms", "qiangqu.domains.alarms：命令“alarms”已由 telemetry 声明，请换一个"),
        ("auth", "aren't unique, duplicates: auth"),  # Django's own
    ],
)
def test_a_part_that_clashes_leaves_nothing_behind(copy: Path, name: str, told: str) -> None:
    before = files(copy)
    made = run(copy, "-m", "qiangqu", "part", "new", name)
    assert made.returncode == 1 and told in made.stderr, made.stderr
    assert files(copy) == before


@pytest.mark.parametrize("name", ["", "Land", "1st", "land-use", "class", "../land", "土地", "x" * 31, "a b"])
def test_a_wrong_name_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="部分名用小写字母"):
        new_part.create(name, "名称", "园区")


def test_what_stands_in_code_and_pages_is_checked() -> None:
    for title in ("", '"', "a'b", "{{ x }}", "$name", "换\n行", "名" * 21):
        with pytest.raises(InputError, match="名称用 1 到 20 个文字"):
            new_part.create("meadows", title, "园区")
    with pytest.raises(InputError, match="没有菜单分区“没有”，可用的是 总览、计划"):
        new_part.create("meadows", "草场", "没有")
    with pytest.raises(ConflictError, match="office：已有这个部分"):
        new_part.create("office", "办公", "办公")
    assert not (ROOT / "qiangqu" / "domains" / "meadows").exists()
