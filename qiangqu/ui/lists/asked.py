"""What a list is asked for: by whom, where, as of which day, with which parameters."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from qiangqu.base.visibility import in_subtree, visible

from ..menu import Text

LONGEST_SEARCH = 80


@dataclass(frozen=True, slots=True)
class Tab:
    """One of several lists on a page (``?list=key``). ``count`` stands beside the word when something waits; ``url`` leads to another page instead."""

    key: str
    label: Text
    note: Text = ""
    count: int = 0
    url: str = ""


@dataclass(slots=True)
class Asked:
    """One question to a list. ``area`` is what the user looks at (None: everything that he may see), ``day`` a past day or None, ``tab`` the chosen
    tab's key, ``values`` what the filters were given (cleaned), ``kept`` room for what the list's functions share."""

    user: Any
    params: QueryDict
    area: Any = None
    day: dt.date | None = None
    tab: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def q(self) -> str:
        """The words to be found."""
        return " ".join(self.params.get("q", "").replace("\0", "").split())[:LONGEST_SEARCH]

    @property
    def below(self) -> str:
        """Path of the area when it is one below the user's own, else ""."""
        return self.area.path if self.area is not None and self.area.pk != self.user.area_id else ""


def asked_of(request: Any) -> Asked:
    """The question that a page's address asks."""
    return Asked(request.user, request.GET, area=getattr(request, "area", None), day=getattr(request, "as_of", None))


def seen(queryset: "QuerySet[Any]", user: Any, area: Any) -> "QuerySet[Any]":
    """Rows in the user's scope and in the area that he looks at (an enterprise's user: his own, wherever)."""
    rows = visible(queryset, user)
    if area is not None and not user.speaks_for_organisation:
        rows = in_subtree(rows, area.path)
    return rows
