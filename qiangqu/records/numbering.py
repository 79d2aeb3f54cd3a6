"""Numbers without gaps: taken in the transaction of the act that needs them, so that an act undone gives its
number back.
"""

from typing import Any

from django.db import transaction
from django.db.models import F

from .models import NumberSeries


def take(series: str, *, year: int = 0, node: str = "") -> int:
    """The next number of a series, from 1: of a ``year`` where the series begins anew with each, and of a
    ``node`` where several mint alike.

    The series' row is held until the transaction ends: two acts at once wait for each other, and none gets
    the other's number. Raises RuntimeError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a number is taken inside the transaction of the act that uses it")
    key: dict[str, Any] = {"series": series, "year": year, "node": node}
    NumberSeries.objects.get_or_create(**key)
    NumberSeries.objects.filter(**key).update(last=F("last") + 1)
    return NumberSeries.objects.values_list("last", flat=True).get(**key)
