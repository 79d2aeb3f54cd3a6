"""An area among its peers: the areas of its level in the same region, in the newest period that most of them
have.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median

from django.db.models import Max

from qiangqu.base.periods import Period, PeriodKind, from_key, month
from qiangqu.registry.models import Area, AreaLevel
from qiangqu.registry.models.history import alive_on

from .models import Direction, EvaluationState, Indicator, IndicatorValue

#: with fewer, the middle value would tell the values of others
LEAST_PEERS = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """An indicator's value in an area and its place among the ``of`` peers that have one in the period (1 is
    best by the indicator's direction, equals share a place). ``middle`` is their median, None when fewer than
    :data:`LEAST_PEERS` have a value: other areas' values are not the viewer's to see.
    """

    indicator: Indicator
    period: Period
    value: float
    simulated: bool
    place: int
    of: int
    middle: float | None


def peers_of(area: Area, day: dt.date) -> list[Area]:
    """The areas of the same level that are there on ``day``, ``area`` among them. A region has none."""
    if area.level == AreaLevel.REGION:
        return []
    root = f"/{area.path.strip('/').split('/')[0]}/"
    return list(alive_on(Area.objects.filter(level=area.level, path__startswith=root), day))


def latest_common(cells: Iterable[tuple[int, int]], day: dt.date) -> int | None:
    """The key of the newest period that most areas have: whole years before others, so that places are
    compared over the same time. ``cells`` are (area, period key) with a value.
    """
    counted: dict[int, set[int]] = defaultdict(set)
    for area, key in cells:
        counted[key].add(area)
    ended = {key: len(areas) for key, areas in counted.items() if from_key(key).end <= day}
    if not ended:
        return None
    best = max(ended.values())
    full = [key for key, count in ended.items() if count * 2 >= best]
    years = [key for key in full if from_key(key).kind == PeriodKind.YEAR]
    return max(years or full, key=lambda key: (from_key(key).end, -from_key(key).kind))


def _lately(day: dt.date) -> list[int]:
    """Keys of the periods compared: years, quarters and months that ended in the last years; older ones say
    nothing of today, and all of them are very many.
    """
    found = [Period(PeriodKind.YEAR, day.year - back).key for back in range(1, 4)]
    quarter, one = Period(PeriodKind.QUARTER, day.year, (day.month + 2) // 3), month(day.year, day.month)
    for _back in range(2):
        quarter = quarter.previous()
        found.append(quarter.key)
    for _back in range(3):
        one = one.previous()
        found.append(one.key)
    return found


@dataclass(frozen=True, slots=True)
class Compared:
    """An indicator in the newest period that most of the areas have: value and whether it is simulated, by
    the id of the area.
    """

    indicator: Indicator
    period: Period
    values: dict[int, tuple[float, bool]]


def compared(areas: Sequence[Area], day: dt.date) -> list[Compared]:
    """The indicators that at least two of the areas have lately, in their order."""
    computed = EvaluationState.objects.values_list("refreshed_at", flat=True).first()
    newest = IndicatorValue.objects.aggregate(last=Max("pk"))["last"]
    cells = _cells(tuple(sorted(area.pk for area in areas)), day, computed, newest)
    known = Indicator.objects.filter(pk__in=cells).order_by("order", "code")
    return [Compared(one, from_key(cells[one.pk][0]), cells[one.pk][1]) for one in known]


@lru_cache(maxsize=64)
def _cells(
    areas: tuple[int, ...], day: dt.date, computed: dt.datetime | None, newest: int | None
) -> dict[int, tuple[int, dict[int, tuple[float, bool]]]]:
    """The period's key and the areas' values by the indicator's id. Kept until something is computed anew:
    everybody who looks at these areas compares the same thousands of values.
    """
    rows = IndicatorValue.objects.filter(area__in=areas, period_key__in=_lately(day), value__isnull=False)
    cells: dict[int, dict[tuple[int, int], tuple[float, bool]]] = defaultdict(dict)
    columns = ("indicator_id", "area_id", "period_key", "value", "simulated")
    for indicator, where, key, value, simulated in rows.values_list(*columns).iterator(chunk_size=5000):
        cells[indicator][where, key] = (float(value or 0.0), simulated)
    found = {}
    for indicator, values in cells.items():
        common = latest_common(values, day)
        there = {where: value for (where, key), value in values.items() if key == common}
        if common is not None and len(there) > 1:
            found[indicator] = (common, there)
    return found


def standings(area: Area, day: dt.date) -> list[Standing]:
    """How ``area`` stands among its peers in each indicator of :func:`compared` that it has itself."""
    peers = peers_of(area, day)
    if len(peers) < 2:
        return []
    return [one for found in compared(peers, day) if (one := _standing(found, area)) is not None]


def _standing(found: Compared, area: Area) -> Standing | None:
    if area.pk not in found.values:
        return None
    own, simulated = found.values[area.pk]
    # a real value is not held against made-up ones
    same = [value for value, made_up in found.values.values() if made_up == simulated]
    if len(same) < 2:
        return None
    up = found.indicator.direction == Direction.UP
    better = sum(value > own if up else value < own for value in same)
    middle = median(same) if len(same) >= LEAST_PEERS else None
    return Standing(found.indicator, found.period, own, simulated, better + 1, len(same), middle)
