"""Write docs/reference/ from the program itself: commands, units, the formula language.

python tools/build_reference.py           # write
python tools/build_reference.py --check   # change nothing; exit 1 and name the pages that are behind the code
"""

import os
import re
import sys
from pathlib import Path

from qiangqu.base.subjects import Attribute

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"
NOTE = "<!-- Written by tools/build_reference.py; do not edit. -->\n\n"


def commands_page() -> str:
    """Every command with its arguments and options, as ``--help`` tells them."""
    import click

    from qiangqu.site.cli import build_program

    parts = [
        "# Commands 命令\n\n"
        + NOTE
        + "`qiangqu …`, also `python -m qiangqu …`. Results go to stdout, progress and errors to stderr. "
        "Exit codes: 0 done, 1 the work failed or found faults, 2 wrong usage.\n"
    ]

    def walk(command: click.Command, parent: click.Context | None, name: str) -> None:
        context = click.Context(command, parent=parent, info_name=name, max_content_width=100, terminal_width=100)
        if isinstance(command, click.Group):
            for child in command.list_commands(context):
                found = command.get_command(context, child)
                assert found is not None
                walk(found, context, child)
        else:
            parts.append(f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n")

    walk(build_program(), None, "qiangqu")
    return "\n".join(parts)


def units_page() -> str:
    """Units by heading of units.txt, with their spellings and definitions."""
    lines = [
        "# Units 单位\n\n"
        + NOTE
        + "Spellings that files, packs and formulas may use. Products are written with `·` or `*`, quotients with `/` "
        "(元/平方米, 吨标准煤/万元); `%` is 百分比.\n"
    ]
    for line in (ROOT / "qiangqu" / "base" / "units.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# --"):
            lines.append(f"\n## {line[4:].strip()}\n\n| unit | is | also written |\n|---|---|---|")
        elif "=" in line and not line.startswith("#"):
            name, definition, *others = (part.strip() for part in line.split("="))
            also = "、".join(other for other in others if other != "_")
            meaning = "—" if re.fullmatch(r"\[.*\]", definition) else definition.replace("|", "\\|")
            lines.append(f"| {name} | {meaning} | {also} |")
    return "\n".join(lines) + "\n"


def formulas_page() -> str:
    """The functions of the formula language."""
    from qiangqu.formulas.language import FUNCTIONS

    rows = "\n".join(
        f"| `{usage.replace('|', chr(92) + '|')}` | {meaning.replace('|', chr(92) + '|')} |"
        for usage, meaning in (text.split("：", 1) for text in FUNCTIONS.values())
    )
    return (
        "# Formula language 公式\n\n"
        + NOTE
        + "A formula is one expression: numbers, `+ - * /`, comparison, `AND OR NOT`, `CASE WHEN`, `COALESCE`, `NULLIF`, `ROUND`, `ABS`, "
        "`GREATEST`, `LEAST`, and the functions below. Elements and indicators are named by their codes; conditions on enterprises "
        "(`scale = 'above'`, `sector = 'C26'`) follow the element. Division by zero gives no value with the reason. "
        "A formula is checked when it is defined: unknown names, units that do not fit, cycles and anything outside this page are refused "
        "with a sentence that names it.\n\n"
        "| function | gives |\n|---|---|\n"
        + rows
        + "\n\n## Registers 名录\n\nWhat `count()` and `sum()` may name, and `subjects` of an element: the registers that the parts declare. A record also has the "
        "attributes of who owns it. Each is taken as it was at the end of the period.\n\n"
        "| register | attributes |\n|---|---|\n" + _registers() + "\n"
    )


def _registers() -> str:
    from django.utils.translation import override

    from qiangqu.facts.subjects import subjects
    from qiangqu.formulas.records import attributes

    def shown(one: Attribute) -> str:
        return f"`{one.name}` {one.title}" + (f"（{one.unit}{'' if one.sums else '，不能求和'}）" if one.unit else "")

    with override("zh-hans"):
        return "\n".join(
            f"| `{subject.code}` {subject.title} | {'、'.join(shown(one) for _whose, one in attributes(subject))} |"
            for subject in subjects()
        )


PAGES = {"cli.md": commands_page, "units.md": units_page, "formulas.md": formulas_page}


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiangqu.site.settings")
    import django

    django.setup()
    behind = []
    for name, build in PAGES.items():
        path, text = FOLDER / name, build()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        behind.append(name)
        if "--check" not in sys.argv:
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in behind:
        print(f"docs/reference/{name} {'is behind the code' if '--check' in sys.argv else 'written'}")
    return 1 if behind and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
