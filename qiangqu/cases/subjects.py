"""What a case is about, as a link: ``document:5`` leads to the document. The part that owns such records says
how.
"""

from collections.abc import Callable
from typing import Any

from django.utils.safestring import SafeString

Resolver = Callable[[Any, str], "tuple[str, str] | None"]
Shower = Callable[[Any, str], SafeString | None]
_resolvers: dict[str, Resolver] = {}
_showers: dict[str, Shower] = {}


def name_subjects(prefix: str, resolver: Resolver) -> None:
    """``resolver(user, rest)`` gives (words, address) for the subject ``prefix:rest``, None when the user may
    not see it or it is gone.
    """
    _resolvers[prefix] = resolver


def subject_link(user: Any, subject: str) -> tuple[str, str] | None:
    """Words and address of what a case is about, when there is something to open."""
    prefix, _colon, rest = subject.partition(":")
    resolver = _resolvers.get(prefix)
    return resolver(user, rest) if resolver is not None and rest else None


def show_subjects(prefix: str, shower: Shower) -> None:
    """``shower(user, rest)`` gives the piece of page that shows the subject ``prefix:rest`` itself: what is
    to be judged stands before the form.
    """
    _showers[prefix] = shower


def subject_shown(user: Any, subject: str) -> SafeString | None:
    """What a case is about, to be shown on its page; None when nothing is registered, or the user may not see
    it.
    """
    prefix, _colon, rest = subject.partition(":")
    shower = _showers.get(prefix)
    return shower(user, rest) if shower is not None and rest else None
