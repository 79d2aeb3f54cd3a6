"""What calls for attention on pages of other parts: alarms on the wall screen, counters in the page head.

Parts name providers in their manifests; the pages that show alarms ask here and import none of the parts that
have them.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from .hooks import hooks

LEVELS = ("off_track", "at_risk", "no_data")


@dataclass(frozen=True, slots=True)
class Alert:
    """One alarm: ``level`` is a state (off_track: red, at_risk: yellow, no_data: grey), ``url`` where to act
    on it, ``word`` what stands in its badge in place of the state's own."""

    level: str
    text: str
    url: str
    word: str = ""


#: from the user, the area that he looks at and the day shown (None: now) to what he may see
Provider = Callable[[Any, Any, dt.date | None], Iterable[Alert]]
_providers: dict[str, Provider] = {}
_counters: dict[str, Any] = {}


def register(name: str, provider: Provider) -> None:
    """Add a provider of alerts; the same name again replaces it."""
    _providers[name] = provider


def alerts(user: Any, area: Any, day: dt.date | None = None) -> list[Alert]:
    """The alerts of all parts, red first."""
    found = [alert for provider in _providers.values() for alert in provider(user, area, day)]
    return in_order(found)


def in_order(found: Iterable[Alert]) -> list[Alert]:
    """Red first, then yellow, then grey; those of one level stay in their order."""
    return sorted(found, key=lambda alert: LEVELS.index(alert.level) if alert.level in LEVELS else len(LEVELS))


def register_counter(url_name: str, action: Any = None) -> None:
    """Show a counter in the page head: the page of that name gives its HTML and is asked again every half
    minute. ``action`` is what the user must be allowed to do."""
    _counters[url_name] = action


def counters(user: Any) -> list[str]:
    """Addresses of the counters that the user may see."""
    found = []
    for name, action in _counters.items():
        if action is not None and not hooks.may(user, action):
            continue
        try:
            found.append(reverse(name))
        except NoReverseMatch:  # a node that runs only part of the site
            continue
    return found
