"""What one version of a draft changed in the one before."""

import difflib
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from qiangqu.base.errors import NotFoundError

from ..models.documents import Document, DocumentVersion


@dataclass(frozen=True, slots=True)
class Compared:
    """A version: ``lines`` of its text, each with " ", "+" or "-"; of other ``fields`` that changed the
    label, the old and the new value.
    """

    version: DocumentVersion
    lines: list[tuple[str, str]]
    fields: list[tuple[Any, Any, Any]]


def compared(document: Document, number: int) -> Compared:
    """The version of that number beside the one before. Raises NotFoundError."""
    found = {one.number: one for one in document.versions.filter(number__in=(number - 1, number)).select_related("by")}
    if number not in found:
        raise NotFoundError(_("没有这一稿"), where=str(number))
    new, old = found[number].content, found[number - 1].content if number - 1 in found else None
    before = old or {"text": ""}
    lines = difflib.ndiff(before["text"].splitlines(), new["text"].splitlines())
    changed = [name for name, value in new.items() if name != "text" and (old is None or old.get(name) != value)]
    labels: dict[str, Any] = {name: Document._meta.get_field(name) for name in changed}
    return Compared(
        found[number],
        [(line[0], line[2:]) for line in lines if line[:1] in " +-"],
        [(labels[name].verbose_name, before.get(name, ""), new[name]) for name in changed],
    )
