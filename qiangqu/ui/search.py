"""Search over the whole site by name, code or document number. Parts name providers in their manifests."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .menu import Text

MAX_QUERY = 80


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: what it is (e.g. 单位), its title, a second line, and its page."""

    kind: Text
    title: str
    detail: str
    url: str


Provider = Callable[[str, Any, int], Iterable[Hit]]
_providers: dict[str, tuple[int, Provider]] = {}


def register(name: str, provider: Provider, order: int = 100) -> None:
    """``provider(query, user, limit)`` gives at most ``limit`` hits that ``user`` may see; ``name`` again
    replaces it.
    """
    _providers[name] = (order, provider)


def find(query: str, user: Any, limit: int = 8) -> list[Hit]:
    """Hits of all providers in their order, each at most ``limit``; nothing for a blank query."""
    query = " ".join(query.split())[:MAX_QUERY]
    if not query:
        return []
    hits: list[Hit] = []
    for _order, provider in sorted(_providers.values(), key=lambda pair: pair[0]):
        hits.extend(list(provider(query, user, limit))[:limit])
    return hits
