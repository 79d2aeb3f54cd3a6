"""What a case is about, as a link: ``document:5`` leads to the document. The part that owns such records says how."""

from collections.abc import Callable
from typing import Any

Resolver = Callable[[Any, str], "tuple[str, str] | None"]
_resolvers: dict[str, Resolver] = {}


def name_subjects(prefix: str, resolver: Resolver) -> None:
    """``resolver(user, rest)`` gives (words, address) for the subject ``prefix:rest``, None when the user may not see it or it is gone."""
    _resolvers[prefix] = resolver


def subject_link(user: Any, subject: str) -> tuple[str, str] | None:
    """Words and address of what a case is about, when there is something to open."""
    prefix, _colon, rest = subject.partition(":")
    resolver = _resolvers.get(prefix)
    return resolver(user, rest) if resolver is not None and rest else None
