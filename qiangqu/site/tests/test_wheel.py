"""The wheel that ``make dist`` builds: complete, and at work in an environment of its own, where everything that
opens a file of the checkout fails. Also the lock files: the exact versions that were tested.
"""

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from qiangqu.base.tests.homes import ROOT, migrated

from .test_front import ask, serving

VENDOR = ROOT / "qiangqu" / "ui" / "static" / "vendor"
#: in the empty environment: no file of the checkout is opened by anybody (the suite's packages may lie in it)
GUARD = """
import os, sys
def guard(event, args):
    if event in ("open", "os.listdir", "os.scandir") and args and isinstance(args[0], (str, os.PathLike)):
        path = os.path.realpath(args[0])
        if path.startswith({root!r} + os.sep) and not path.startswith({kept!r} + os.sep):
            raise PermissionError(f"{{path}} is in the checkout")
sys.addaudithook(guard)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: Any) -> Path:
    """The wheel as `make dist` builds it."""
    if not (VENDOR / ".built").is_file():
        pytest.skip("the front-end assets are not built")
    target = tmp_path_factory.mktemp("dist")
    tool = [sys.executable, str(ROOT / "tools" / "build_dist.py"), "--to", str(target)]
    done = subprocess.run(tool, cwd=target, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (target / "requirements.lock").read_bytes() == (ROOT / "requirements.lock").read_bytes()
    (found,) = target.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: Any) -> Path:
    """``qiangqu`` in an environment with nothing but the wheel; the packages that it needs are the suite's."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    install = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--offline",
        "--no-deps",
        "--python",
        str(python),
    ]
    subprocess.run([*install, str(wheel)], check=True)
    own = next((folder / "venv" / "lib").glob("*/site-packages"))
    packages = sysconfig.get_path("purelib")
    # a folder named in a .pth file is looked in, its own .pth files (the checkout's) are not read
    (own / "suite.pth").write_text(f"{packages}\n")
    (own / "sitecustomize.py").write_text(
        GUARD.format(root=str(ROOT), kept=os.path.realpath(Path(packages).parents[2]))
    )
    return folder / "venv" / "bin" / "qiangqu"


@pytest.fixture
def alone(tmp_path: Path) -> dict[str, str]:
    """An environment without Node and without a word of the checkout; its home has tables."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    migrated(home)
    return {"PATH": "/nowhere", "QIANGQU_HOME": str(home), "QIANGQU_BACKUPS": str(home), "LANG": "C.UTF-8"}


def run(program: Path, environment: dict[str, str], *arguments: str) -> Any:
    return subprocess.run(
        [program, *arguments], cwd=environment["QIANGQU_HOME"], env=environment, capture_output=True, text=True
    )


def test_everything_that_lies_in_the_packages_is_in_the_wheel(wheel: Path) -> None:
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("qiangqu")}
    wanted = set()
    for package in ("qiangqu", "qiangqu_demo"):
        for folder, folders, names in os.walk(ROOT / package, followlinks=True):
            folders[:] = [name for name in folders if name not in ("tests", "__pycache__")]
            wanted |= {str((Path(folder) / name).relative_to(ROOT)) for name in names if not name.endswith(".pyc")}
    # the template of a new part's tests is no test
    assert wanted - inside - {"qiangqu/site/new_part_files/tests/test_part.py.tpl"} == set()
    assert {name for name in inside if "/tests/" in name} == set()
    assert {"qiangqu/locale/en/LC_MESSAGES/django.mo", "qiangqu/ui/static/vendor/tabler.min.css"} <= inside


def test_it_knows_the_database_the_pack_and_the_tested_versions(program: Path, alone: dict[str, str]) -> None:
    told = json.loads(run(program, alone, "doctor", "--format", "json").stdout)
    states = {one["name"]: one["state"] for one in told["checks"]}
    assert states["migrations"] == states["packages"] == "ok", told
    checked = run(program, alone, "pack", "check", "ningxia")
    assert checked.returncode == 0 and "0 处错误" in checked.stdout, checked.stdout + checked.stderr
    assert "公开数据" in run(program, alone, "demo", "--help").stdout


def test_it_serves_pages_in_both_languages_and_their_files(program: Path, alone: dict[str, str]) -> None:
    process, port = serving([str(program)], Path(alone["QIANGQU_HOME"]), alone)
    try:
        status, page, _ = ask(port, "GET", "/accounts/login/")
        assert status == 200 and "登录" in page.decode()
        english = ask(port, "GET", "/accounts/login/", Accept_Language="en")[1].decode()
        assert "Sign in" in english and "登录" not in english
        files = set(re.findall(r'(?:src|href)="(/static/[^"?]+)', page.decode()))
        assert any("/vendor/" in one for one in files) and len(files) > 3
        files |= {"/static/vendor/fonts/tabler-icons.woff2", "/static/vendor/bpmn/bpmn-modeler.min.js"}
        assert {one: ask(port, "GET", one)[0] for one in files} == dict.fromkeys(files, 200)
    finally:
        process.terminate()
        process.wait()


def test_the_files_of_the_production_set_up_come_along(program: Path) -> None:
    share, deploy = program.parents[1] / "share" / "qiangqu", ROOT / "deploy"
    brought = {
        str(path.relative_to(share / "deploy")): path for path in (share / "deploy").rglob("*") if path.is_file()
    }
    assert set(brought) == {str(path.relative_to(deploy)) for path in deploy.rglob("*") if path.is_file()}
    assert all(path.read_bytes() == (deploy / name).read_bytes() for name, path in brought.items())


def test_the_guard_would_notice(program: Path, alone: dict[str, str]) -> None:
    python = program.with_name("python")
    done = run(python, alone, "-c", f"import qiangqu; print(qiangqu.__path__[0]); open({str(ROOT / 'Makefile')!r})")
    assert "is in the checkout" in done.stderr and done.stdout.startswith(str(program.parents[1]))


# the lock


def pins(name: str) -> dict[str, tuple[Requirement, int]]:
    """Of a lock file: the requirement with its exact version and how many hashes there are, by package."""
    found = {}
    for entry in re.split(r"^(?=[\w.-]+==)", (ROOT / name).read_text(encoding="utf-8"), flags=re.M)[1:]:
        wanted = Requirement(entry.partition("\\")[0].strip())
        if wanted.marker and not wanted.marker.evaluate({"python_full_version": "3.11.0", "python_version": "3.11"}):
            continue  # another version of it is for other Pythons
        found[canonical(wanted.name)] = wanted, entry.count("--hash=sha256:")
    return found


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_locks_hold_every_package_with_hashes_and_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    builds = (ROOT / "tools" / "build.in").read_text().split()
    locks = {name: pins(name) for name in ("requirements.lock", "requirements-dev.lock")}
    wanted = {
        "requirements.lock": [*project["dependencies"], *builds],
        "requirements-dev.lock": [*project["dependencies"], *project["optional-dependencies"]["dev"], *builds],
    }
    for name, texts in wanted.items():
        for one in map(Requirement, texts):
            pinned, _hashes = locks[name][canonical(one.name)]
            (exact,) = pinned.specifier
            assert exact.operator == "==" and one.specifier.contains(exact.version, prereleases=True), f"{name}: {one}"
        assert all(hashes for _pinned, hashes in locks[name].values())
    for package, (pinned, _hashes) in locks["requirements-dev.lock"].items():
        if package in locks["requirements.lock"]:
            assert pinned.specifier == locks["requirements.lock"][package][0].specifier, package
