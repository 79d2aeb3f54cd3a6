"""Bring the English catalogue up to date with the words in the code (Chinese literals in gettext calls and
template tags).

python tools/update_messages.py           # add what is missing (empty), drop what is gone, keep translations
python tools/update_messages.py --check   # change nothing; exit 1 and name every word without a translation
"""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "qiangqu" / "locale" / "en" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
SKIPPED_FOLDERS = {"tests", "migrations", "vendor", "node_modules"}


def words_of(path: Path) -> list[tuple[int, str | tuple[str, ...], str | None]]:
    """Line, message (a tuple for plural forms) and context of every word in a Python module or a Django
    template.
    """
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        from django.utils.translation.template import templatize

        source = templatize(source, origin=str(path))
    found = extract("python", BytesIO(source.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"})
    return [(line, message, context) for line, message, _comments, context in found]


def sources() -> list[Path]:
    files = [*ROOT.glob("qiangqu*/**/*.py"), *ROOT.glob("qiangqu/**/templates/**/*.html")]
    return sorted(path for path in files if not SKIPPED_FOLDERS & set(path.relative_to(ROOT).parts))


def template_of_words() -> Catalog:
    """Every word of the code, without translations."""
    catalogue = Catalog(domain="django", charset="utf-8")
    for path in sources():
        for line, message, context in words_of(path):
            catalogue.add(message, locations=[(str(path.relative_to(ROOT)), line)], context=context)
    return catalogue


def read() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en", domain="django")


def _text(message: str | tuple[str, ...] | list[str]) -> str:
    return message if isinstance(message, str) else message[0]


def missing(catalogue: Catalog) -> list[str]:
    """Words of the code without an English translation."""
    gaps = []
    for word in template_of_words():
        if not word.id:
            continue
        known = catalogue.get(_text(word.id), word.context)
        translated = known is not None and (
            all(known.string) if isinstance(known.string, (list, tuple)) else bool(known.string)
        )
        if not translated:
            gaps.append(_text(word.id))
    return gaps


def update() -> int:
    catalogue = read()
    catalogue.update(template_of_words(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, no_location=True, sort_output=True, width=0, omit_header=False)
    return len(missing(catalogue))


if __name__ == "__main__":
    if "--check" in sys.argv:
        gaps = missing(read())
        for word in gaps:
            print(f"no English for: {word}")
        sys.exit(1 if gaps else 0)
    print(f"{update()} words without English in {CATALOGUE.relative_to(ROOT)}")
