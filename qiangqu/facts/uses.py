"""What uses an element: parts on higher floors (indicators, validation rules) say so, facts imports none of
them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .models import Element


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that uses an element: what it is (e.g. 指标), its name and its page."""

    kind: Any
    name: str
    url: str


Provider = Callable[[Element, Any], Iterable[Use]]
_providers: dict[str, Provider] = {}


def register(name: str, provider: Provider) -> None:
    """``provider(element, user)`` gives what uses the element and ``user`` may see (parts join
    ``facts.uses``). ``name`` again replaces it.
    """
    _providers[name] = provider


def uses_of(element: Element, user: Any) -> list[Use]:
    """All that uses the element, in the order of registration."""
    return [use for provider in _providers.values() for use in provider(element, user)]
