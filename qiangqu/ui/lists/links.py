"""Which links of a page lead its viewer somewhere. A row may name a record that he does not see: an owner that
has moved away, a thing that went to another zone. Its name is no secret, its page is.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Model

from qiangqu.base.visibility import visible

from .asked import Asked
from .columns import Column
from .declare import Listing


class Open:
    """The records among those that the rows of a page lead to that the viewer sees: one query for each
    model.
    """

    def __init__(self, viewer: Any, records: Iterable[Any]) -> None:
        wanted: dict[type[Model], set[Any]] = defaultdict(set)
        for record in records:
            if isinstance(record, Model):
                wanted[type(record)].add(record.pk)
        self._seen = {
            model: set(visible(model._default_manager.filter(pk__in=pks), viewer).values_list("pk", flat=True))
            for model, pks in wanted.items()
        }

    def __contains__(self, record: Any) -> bool:
        return record is not None and record.pk in self._seen.get(type(record), ())


def openable(listing: Listing, asked: Asked, columns: Sequence[Column], rows: Sequence[Any]) -> Open:
    """What of all that the rows lead to the viewer may open."""
    ways: list[Callable[[Any], Any]] = [one.opens for one in columns if one.opens is not None]
    if listing.opens is not None:
        ways.append(listing.opens)
    return Open(asked.user, (way(row) for way in ways for row in rows))
