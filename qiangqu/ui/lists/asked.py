"""What a list is asked for: by whom, where, as of which day, with which parameters."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from ..menu import Text

LONGEST_SEARCH = 80


@dataclass(frozen=True, slots=True)
class Tab:
    """One of several lists on a page (``?list=key``). ``count`` stands beside the word when something waits;
    ``url`` leads to another page instead; the one that is ``first`` (else the first) is shown when the
    address names none."""

    key: str
    label: Text
    note: Text = ""
    count: int = 0
    url: str = ""
    first: bool = False


@dataclass(slots=True)
class Asked:
    """One question to a list. ``area`` is what the user looks at (None: everything that he may see), ``day``
    a past day or None, ``tab`` the chosen tab's key, ``values`` what the filters were given (cleaned),
    ``kept`` room for what the list's functions share, ``request`` the page's (None where no page asks)."""

    user: Any
    params: QueryDict
    area: Any = None
    day: dt.date | None = None
    tab: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    request: Any = None

    @property
    def today(self) -> dt.date:
        """The day shown: the one chosen, else today."""
        return self.day or timezone.localdate()

    @property
    def q(self) -> str:
        """The words to be found."""
        return " ".join(self.params.get("q", "").replace("\0", "").split())[:LONGEST_SEARCH]

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """What ``make()`` gives, made once for this question."""
        if name not in self.kept:
            self.kept[name] = make()
        return self.kept[name]

    @property
    def below(self) -> str:
        """Path of the area that was chosen, else ""."""
        return self.area.path if self.area is not None else ""


def asked_of(request: Any) -> Asked:
    """The question that a page's address asks."""
    area, day = getattr(request, "within", None), getattr(request, "as_of", None)
    return Asked(request.user, request.GET, area=area, day=day, request=request)


def asked_for(user: Any, area: Any = None, **params: str) -> Asked:
    """The same question without a page: what the API asks."""
    given = QueryDict(mutable=True)
    given.update({name: text for name, text in params.items() if text})
    return Asked(user, given, area=area)


def end_of(day: dt.date) -> dt.datetime:
    """The first moment after ``day``."""
    return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min))
