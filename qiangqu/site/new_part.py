"""``qiangqu part new NAME``: the skeleton of a domain, a folder beside the others and one line in
:mod:`qiangqu.site.parts`.
"""

import keyword
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from string import Template

import click

from qiangqu.base.errors import ConflictError, InputError, UsageError
from qiangqu.base.part import load

from .parts import PARTS

ROOT = Path(__file__).resolve().parents[2]
FILES = Path(__file__).with_name("new_part_files")
LAST = '    "qiangqu.site",\n'  # the site stands after all parts that it is made of
MOST = 30  # letters of a name


@click.group("part")
def part_group() -> None:
    """部分：新建一个领域的骨架。"""


@part_group.command("new")
@click.argument("name")
@click.option("--title", help="中文名称，不写用 NAME")
@click.option("--section", default="园区", show_default=True, help="菜单分区")
def part_new(name: str, title: str | None, section: str) -> None:
    """在 qiangqu/domains/NAME 新建一个领域：名录、页面、接口、命令与测试，并登记到 qiangqu/site/parts.py。"""
    folder = create(name, title or name, section)
    click.echo(
        f"已新建 {folder.relative_to(ROOT)}，并登记到 qiangqu/site/parts.py；下一步：python -m pytest {folder.relative_to(ROOT)}",
        err=True,
    )


def create(name: str, title: str, section: str) -> Path:
    """Make the folder, its migration and the line. What fails leaves nothing behind. Raises UsageError,
    InputError or ConflictError.
    """
    listing = ROOT / "qiangqu" / "site" / "parts.py"
    if not (ROOT / "manage.py").is_file():
        raise UsageError("只能在源代码目录里新建部分（这里没有 manage.py）", where=str(ROOT))
    _check(name, title, section)
    before = listing.read_text(encoding="utf-8")
    folder = ROOT / "qiangqu" / "domains" / name
    try:
        _write(folder, name, title, section)
        listing.write_text(before.replace(LAST, f'    "qiangqu.domains.{name}",\n{LAST}'), encoding="utf-8")
        _finish(name, folder)
    except BaseException:
        listing.write_text(before, encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _check(name: str, title: str, section: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or len(name) > MOST or keyword.iskeyword(name):
        raise InputError(f"部分名用小写字母、数字和下划线，以字母开头，不超过 {MOST} 个字符", where=name[:60])
    if not re.fullmatch(r"[^\W_][\w（）、·-]{0,19}", title):
        raise InputError("名称用 1 到 20 个文字，不含引号、空格和标点", where=title[:60])
    found = load(PARTS)
    if (ROOT / "qiangqu" / "domains" / name).exists() or name in {part.name for part in found}:
        raise ConflictError("已有这个部分，请换一个名字", where=name)
    sections = [one.key for part in found for one in part.sections]
    if section not in sections:
        raise InputError(f"没有菜单分区“{section[:20]}”，可用的是 {'、'.join(sections)}", where="--section")


def _write(folder: Path, name: str, title: str, section: str) -> None:
    words = {
        "name": name,
        "NAME": name.upper(),
        "code": name.replace("_", "-"),
        "model": "".join(word.capitalize() for word in name.split("_")),
        "title": title,
        "section": section,
    }
    for source in sorted(FILES.rglob("*.tpl")):
        target = folder / source.relative_to(FILES).with_suffix("")
        if target.suffix == ".html":  # templates of an app stand in a folder of its name
            target = target.parent / name / target.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Template(source.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
    (folder / "migrations").mkdir()
    for package in (folder, folder / "migrations", folder / "tests"):
        (package / "__init__.py").touch()


def _finish(name: str, folder: Path) -> None:
    """The first migration, which also reads the manifest beside all others; the project's own formatting."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "QIANGQU_HOME": home}
        environment.pop("QIANGQU_DATABASE_URL", None)
        made = subprocess.run(  # noqa: S603 - this interpreter and a checked name
            [sys.executable, str(ROOT / "manage.py"), "makemigrations", name, "--verbosity", "0"],
            env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if made.returncode:
        told = made.stderr.strip().splitlines()[-1:] or ["不能建立迁移"]
        raise InputError(re.sub(r"^[\w.]+(Error|Configured): ", "", told[0]))
    ruff = shutil.which("ruff", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if ruff:
        for arguments in (["check", "--fix", "--quiet"], ["format", "--quiet"]):
            subprocess.run([ruff, *arguments, str(folder)], cwd=ROOT, check=True)  # noqa: S603
