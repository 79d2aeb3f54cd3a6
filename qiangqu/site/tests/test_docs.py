"""The documentation is held to the program: links lead somewhere, commands parse, references are what the
program says.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import click
import pytest

from qiangqu.site.cli import build_program, command_of

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.M | re.S)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


def commands() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        for block in CONSOLE.findall(page.read_text(encoding="utf-8")):
            lines = block.replace("\\\n", " ").splitlines()
            found += [(str(page.relative_to(ROOT)), line[2:].strip()) for line in lines if line.startswith("$ ")]
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    dead = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert dead == []


@pytest.mark.parametrize("page, line", commands())
def test_commands_are_ones_that_exist(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):  # settings before the command
        words = words[1:]
    assert words, f"{page}: {line}"
    if words[0] == "make":
        assert {w for w in words[1:] if "=" not in w} <= TARGETS, f"{page}: {line}"
    if words[0].endswith("qiangqu"):
        parse(build_program(), words[1:])


def parse(command: click.Command, words: list[str]) -> None:
    """Raises a UsageError when ``words`` are not what the command takes; nothing is run."""
    while isinstance(command, click.Group):
        assert words, command.name
        command, words = command_of(command, words[0]), words[1:]
    for parameter in command.params:  # files named in documentation need not be there
        if isinstance(parameter.type, click.Path):
            parameter.type.exists = False
    with patch.object(click.Option, "prompt_for_value", lambda option, context: "typed in"):
        command.make_context(command.name, list(words))


def test_references_are_what_the_program_says() -> None:
    checked = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "build_reference.py"), "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr
