"""Which documents a list holds: what is to be read, what came in, what went out, one's own drafts."""

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet

from qiangqu.base.numbers import natural
from qiangqu.base.visibility import visible

from ..models.documents import Document
from .terms import Direction


def to_be_read(user: Any) -> QuerySet[Document]:
    """Documents that were given to the user to read and that he has not read."""
    return visible(Document.objects.all(), user).filter(circulations__user=user, circulations__read_at=None)


def listed(user: Any, which: str, below: str = "") -> QuerySet[Document]:
    """``read``: what is to be read; ``drafts``: what the user has written; ``in`` and ``out``: documents of
    that direction in the subtree of ``below`` (a path; "": wherever he sees them)."""
    if which == "read":
        return to_be_read(user)
    found = visible(Document.objects.all(), user)
    if which == "drafts":
        return found.filter(direction=Direction.OUT, created_by=user)
    found = found.filter(direction=which)
    return found.filter(body__area__path__startswith=below) if below else found


def of_year(rows: QuerySet[Document], text: str) -> QuerySet[Document]:
    """Those dated in a year, or received in it where they have no date; none for what is no year."""
    year = natural(text, most=2200, least=1950)
    if year is None:
        return rows.none()
    days = (dt.date(year, 1, 1), dt.date(year, 12, 31))
    return rows.filter(Q(dated__range=days) | Q(dated=None, received_on__range=days))
