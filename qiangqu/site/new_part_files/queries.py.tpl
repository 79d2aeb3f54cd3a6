"""What page, API and command ask."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from qiangqu.base.visibility import in_subtree, visible
from qiangqu.registry.models import Area
from qiangqu.registry.models.history import alive_on, as_of

from .models import $model


@dataclass(frozen=True, slots=True)
class AreaCount:
    """How many records an area has itself, without those below it."""

    code: str
    name: str
    count: int


def records(day: dt.date | None = None) -> Any:
    """The records of today, or as they were on ``day``."""
    return as_of($model, day) if day else alive_on($model.objects.all(), timezone.localdate())


def seen(user: Any, area: Area | None, day: dt.date | None = None) -> Any:
    """Those of the records that ``user`` may see, inside ``area`` when given."""
    rows = visible(records(day), user)
    return rows if area is None else in_subtree(rows, area.path)


def by_area(rows: Any) -> list[AreaCount]:
    """The areas that have records among ``rows``, in the order of the tree."""
    counts = Counter(rows.order_by().values_list("area_id", flat=True))
    areas = Area.objects.filter(pk__in=counts).order_by("path")
    return [AreaCount(area.code, area.name, counts[area.pk]) for area in areas]
