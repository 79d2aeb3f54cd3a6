"""The piece of a case's page that shows the document which it is about."""

from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from .access import FOUND
from .rules import paragraphs


def shown(user: Any, rest: str) -> "SafeString | None":
    """The document itself with its annexes, for whoever has a step of its case."""
    found = FOUND.at(user, rest)
    if found is None:
        return None
    context = {"document": found, "paragraphs": list(paragraphs(found.text)), "files": list(found.kept_files)}
    return render_to_string("office/documents/on_case.html", context)
