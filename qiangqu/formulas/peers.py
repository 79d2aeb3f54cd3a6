"""An area among its peers: the areas of its level in the same region, in the newest period that most of them
have.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from qiangqu.base.periods import Period, PeriodKind, from_key, month
from qiangqu.registry.models import Area, AreaLevel
from qiangqu.registry.models.history import alive_on

from .models import Direction, Indicator, IndicatorValue

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


def standings(area: Area, day: dt.date, codes: Sequence[str] = ()) -> list[Standing]:
    """How ``area`` stands in each indicator (of ``codes``, when given) that it and at least one peer have a
    value of, in the order of the indicators.
    """
    peers = peers_of(area, day)
    if len(peers) < 2:
        return []
    rows = IndicatorValue.objects.filter(area__in=peers, period_key__in=_lately(day), value__isnull=False)
    if codes:
        rows = rows.filter(indicator__code__in=codes)
    cells: dict[int, dict[tuple[int, int], tuple[float, bool]]] = defaultdict(dict)
    columns = ("indicator_id", "area_id", "period_key", "value", "simulated")
    for indicator, where, key, value, simulated in rows.values_list(*columns).iterator(chunk_size=5000):
        cells[indicator][where, key] = (float(value or 0.0), simulated)
    known = Indicator.objects.in_bulk(cells)
    found = [_standing(known[pk], area, values, day) for pk, values in cells.items()]
    return sorted((one for one in found if one), key=lambda one: (one.indicator.order, one.indicator.code))


def _standing(
    indicator: Indicator, area: Area, values: dict[tuple[int, int], tuple[float, bool]], day: dt.date
) -> Standing | None:
    key = latest_common(values, day)
    if key is None or (area.pk, key) not in values:
        return None
    there = {where: value for (where, one), value in values.items() if one == key}
    own, simulated = values[area.pk, key]
    # a real value is not held against made-up ones
    same = [value for value, made_up in there.values() if made_up == simulated]
    if len(same) < 2:
        return None
    better = sum(value > own if indicator.direction == Direction.UP else value < own for value in same)
    middle = median(same) if len(same) >= LEAST_PEERS else None
    return Standing(indicator, from_key(key), own, simulated, better + 1, len(same), middle)
