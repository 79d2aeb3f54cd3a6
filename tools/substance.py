"""How much of each domain is its substance: lines of code by what they are for.

    python tools/substance.py [FOLDER ...]

Counted are lines that hold code: no blank lines, comments, docstrings, tests or migrations. Substance is what
no other domain would need: rules, methods of standards, calculations, the steps of an act. Not counted as
substance is what every domain has again: page controllers, mapping for the API, tables, wiring, commands and
publishing. (Demonstrations stand in qiangqu_demo/.)
"""

import ast
import io
import sys
import tokenize
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOMAINS = ROOT / "qiangqu" / "domains"
KINDS = ("substance", "pages", "api", "models", "wiring", "programs")
_BY_NAME = {
    "api": ("api", "schemas"),
    "models": ("models",),
    "wiring": ("apps", "part", "urls", "registers", "lookups", "lists", "listing", "subjects"),
    "programs": ("demonstration", "commands", "publishing"),
    "pages": ("pages", "templatetags", "presenting", "forms"),
}


def kind_of(file: Path, domain: Path) -> str:
    """What a file is for, by its name or the name of a folder that it lies in.

    >>> kind_of(Path("d/pages/places.py"), Path("d")), kind_of(Path("d/api_waste.py"), Path("d"))
    ('pages', 'api')
    >>> kind_of(Path("d/aqi.py"), Path("d"))
    'substance'
    """
    names = [*file.relative_to(domain).parts[:-1], file.stem]
    for kind, words in _BY_NAME.items():
        if any(name == word or name.startswith(f"{word}_") for name in names for word in words):
            return kind
    return "substance"


def code_lines(text: str) -> int:
    """How many lines of a Python source hold code.

    >>> code_lines('\"\"\"What it is.\"\"\"\\n\\n# why\\nx = 1\\n')
    1
    """
    lines: set[int] = set()
    idle = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in idle:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(
            node, clean=False
        ):
            lines.difference_update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return len(lines)


def count(domain: Path) -> Counter[str]:
    """Lines of code of one folder by kind."""
    found: Counter[str] = Counter()
    for file in sorted(domain.rglob("*.py")):
        if not {"tests", "migrations"} & set(file.relative_to(domain).parts):
            found[kind_of(file, domain)] += code_lines(file.read_text(encoding="utf-8"))
    return found


def main(folders: list[str]) -> None:
    domains = [Path(name) for name in folders] or sorted(
        path for path in DOMAINS.iterdir() if path.is_dir() and path.name != "__pycache__"
    )
    print(f"{'':14}{'lines':>7}" + "".join(f"{kind:>11}" for kind in KINDS))
    for domain in domains:
        lines = count(domain)
        total = sum(lines.values())
        print(f"{domain.name:14}{total:7}" + "".join(f"{lines[kind] / max(total, 1):10.0%} " for kind in KINDS))


if __name__ == "__main__":
    main(sys.argv[1:])
